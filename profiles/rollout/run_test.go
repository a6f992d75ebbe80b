package rollout

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/vault"
)

var runTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// runPassword opens the files of all users of these tests.
const runPassword = "0123456789abcdef"

// company is a lab with a folder of identities, a table and a target.
type company struct {
	t                  *testing.T
	lab                *lab.Lab
	signer             *signer.Signer
	identities, target string
	table              strings.Builder
}

func newCompany(t *testing.T) *company {
	t.Helper()
	l, err := lab.New(runTime, "http://crl.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	id, err := l.Signer()
	if err != nil {
		t.Fatal(err)
	}
	s, err := signer.New(id)
	if err != nil {
		t.Fatal(err)
	}
	c := &company{t: t, lab: l, signer: s, identities: t.TempDir(), target: filepath.Join(t.TempDir(), "out")}
	c.table.WriteString("User principal name,Mail,Identity,Pilot\n")
	return c
}

// everyonesKey is the key of all users of these tests: making one takes longer than all else
// that a test does for a user.
var everyonesKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// user makes the identity of an address.
func (c *company) user(address string) *certs.Identity {
	c.t.Helper()
	key, err := everyonesKey()
	if err != nil {
		c.t.Fatal(err)
	}
	id, err := c.lab.UserWithKey(address, address, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

// file makes a file with the certificate of an address.
func (c *company) file(name, address string) {
	c.t.Helper()
	id := c.user(address)
	data, err := certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, runPassword, "eas", certs.LegacyDES)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(name, data)
}

func (c *company) write(name string, data []byte) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.identities, name), data, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *company) row(cells ...string) {
	fmt.Fprintln(&c.table, strings.Join(append(cells, make([]string, max(0, 4-len(cells)))...), ","))
}

func (c *company) options() Options {
	c.t.Helper()
	v, err := vault.Open(c.t.Context(), c.target, vault.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { v.Close() })
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		c.t.Fatal(err)
	}
	scenario, err := template.Scenario(preflight.Scenario{At: runTime, IOS: 15, Android: 11}, profiles.Overrides{})
	if err != nil {
		c.t.Fatal(err)
	}
	text := c.table.String()
	return Options{
		Table:      Source{Name: "users.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }},
		Identities: c.identities, Password: runPassword, Platforms: []Platform{IOS, Android},
		Request: provision.Request{Template: template, Scenario: scenario, Signer: c.signer},
		Vault:   v, Version: "test", Now: func() time.Time { return runTime },
	}
}

// do runs a rollout, and gives the summary with what the manifest says of each user on
// one platform.
func (c *company) do(o Options) (*Summary, map[string]Entry) {
	c.t.Helper()
	sum, err := Do(c.t.Context(), o)
	if err != nil {
		c.t.Fatal(err)
	}
	return sum, c.entries(o, IOS)
}

func (c *company) entries(o Options, p Platform) map[string]Entry {
	c.t.Helper()
	account, err := OpenAccount(c.t.Context(), o.Vault, o.Shard)
	if err != nil {
		c.t.Fatal(err)
	}
	found := map[string]Entry{}
	for e, err := range account.Entries() {
		if err != nil {
			c.t.Fatal(err)
		}
		if e.Platform == p {
			found[e.User] = *e
		}
	}
	return found
}

// content is the target's files with their hashes, but for what accounts for them.
func (c *company) content() map[string][sha256.Size]byte {
	c.t.Helper()
	all := map[string][sha256.Size]byte{}
	err := filepath.WalkDir(c.target, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(c.target, path)
		if strings.HasPrefix(filepath.Base(name), ".") {
			c.t.Errorf("%s is left in the target", name)
		}
		if strings.HasPrefix(name, "rollout") {
			return nil
		}
		data, err := os.ReadFile(path)
		all[name] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// Each row ends as what it is, and says why.
func TestDo(t *testing.T) {
	c := newCompany(t)
	c.file("alice@contoso.com.p12", "alice@contoso.com")
	c.file("bobs file.p12", "bob@contoso.com")
	c.file("0815.p12", "carol@contoso.com")
	c.file("dave.p12", "erin@contoso.com")
	c.write("frank.p12", []byte("damaged"))
	c.row("alice@contoso.com")
	c.row("bob@contoso.com", "", "bobs file.p12")
	c.row("carol@contoso.com")
	c.row("dave@contoso.com")
	c.row("frank@contoso.com")
	c.row("grace@contoso.com")
	c.row("no address")
	c.row("alice@contoso.com", "too", "many", "cells", "here")
	o := c.options()
	sum, entries := c.do(o)
	for user, want := range map[string]struct {
		status Status
		check  string
		text   string
	}{
		"alice@contoso.com": {Done, "", ""},
		"bob@contoso.com":   {Done, "", ""},
		"carol@contoso.com": {Done, "", ""},
		"dave@contoso.com":  {Failed, RowIdentity, "erin@contoso.com"},
		"frank@contoso.com": {Failed, RowIdentity, ""},
		"grace@contoso.com": {Failed, RowIdentity, "there is no identity of this user"},
		"no address":        {Failed, RowUser, "is no address"},
		"":                  {Failed, RowReadable, "columns"},
	} {
		e, ok := entries[user]
		if !ok || e.Status != want.status {
			t.Errorf("%q: %+v", user, e)
			continue
		}
		if want.check == "" {
			if len(e.Files) != 1 || e.Files[0].Name != user+".mobileconfig" || e.Identity == nil || e.Identity.NotAfter.IsZero() {
				t.Errorf("%q: %+v", user, e)
			}
			continue
		}
		if f := e.Findings[0]; f.Check != want.check || !strings.Contains(f.Message, want.text) {
			t.Errorf("%q: %+v", user, f)
		}
	}
	if sum.Rows != 8 || sum.Counts[IOS][Done] != 3 || sum.Counts[Android][Failed] != 5 || sum.Counts[IOS].Rows() != 8 {
		t.Errorf("%+v", sum)
	}
	if found := entries["carol@contoso.com"].Identity.Found; found != FoundBySAN {
		t.Errorf("carol's file was found by %s", found)
	}
	if len(c.content()) != 3*(1+8) {
		t.Errorf("%d files", len(c.content()))
	}
}

// A second run writes nothing; what is gone, damaged, or of changed inputs is made again.
func TestDoAgain(t *testing.T) {
	c := newCompany(t)
	for _, name := range []string{"alice", "bob", "carol"} {
		c.file(name+".p12", name+"@contoso.com")
		c.row(name + "@contoso.com")
	}
	o := c.options()
	c.do(o)
	before := c.content()
	sum, _ := c.do(o)
	if after := c.content(); sum.Counts[IOS][Kept] != 3 || sum.Counts[Android][Kept] != 3 || !mapsEqual(before, after) {
		t.Errorf("a second run: %+v", sum.Counts)
	}
	if err := os.Remove(filepath.Join(c.target, "alice@contoso.com.mobileconfig")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.target, "bob@contoso.com-android", "setup.html"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if sum, _ = c.do(o); sum.Counts[IOS][Done] != 1 || sum.Counts[Android][Done] != 1 {
		t.Errorf("after two were lost: %+v", sum.Counts)
	}
	c.file("carol.p12", "carol@contoso.com")
	o.ChangedOnly = true
	if sum, _ = c.do(o); sum.Counts[IOS][Done] != 1 || sum.Counts[IOS][Skipped] != 2 {
		t.Errorf("after a renewal: %+v", sum.Counts)
	}
	if err := os.WriteFile(filepath.Join(c.identities, "carol.p12"), []byte("cut off"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sum, _ = c.do(o); sum.Counts[IOS][Failed] != 1 || sum.Counts[IOS][Skipped] != 2 {
		t.Errorf("after a renewal that failed: %+v", sum.Counts)
	}
	c.file("carol.p12", "carol@contoso.com")
	if sum, _ = c.do(o); sum.Counts[IOS][Done] != 1 || sum.Counts[IOS][Skipped] != 2 {
		t.Errorf("after the next: %+v", sum.Counts)
	}
	o.ChangedOnly, o.Template = false, Digest{Name: "other.yaml", SHA256: "00"}
	if sum, _ = c.do(o); sum.Counts[IOS][Done] != 3 {
		t.Errorf("with another template: %+v", sum.Counts)
	}
}

func mapsEqual[K comparable, V comparable](a, b map[K]V) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// However many machines share a table, the same files are made, and merging proves that
// each row was done once.
func TestDoShards(t *testing.T) {
	c := newCompany(t)
	for i := range 12 {
		address := fmt.Sprintf("user%d@contoso.com", i)
		c.file(fmt.Sprintf("user%d.p12", i), address)
		c.row(address)
	}
	var want []string
	for _, count := range []int{1, 2, 5} {
		c.target = filepath.Join(t.TempDir(), "out")
		rows := 0
		for i := range count {
			o := c.options()
			o.Platforms, o.Shard = []Platform{IOS}, Shard{Index: i, Count: count}
			sum, _ := c.do(o)
			rows += sum.Rows
		}
		var names []string
		for name := range c.content() {
			names = append(names, name)
		}
		slices.Sort(names)
		if want == nil {
			want = names
		}
		if rows != 12 || !slices.Equal(names, want) || len(names) != 12 {
			t.Errorf("%d shards: %d rows, %q", count, rows, names)
		}
	}
}

// A run that is interrupted ends its manifest, and the next does what is left.
func TestDoInterrupted(t *testing.T) {
	c := newCompany(t)
	for i := range 10 {
		c.file(fmt.Sprintf("user%d.p12", i), fmt.Sprintf("user%d@contoso.com", i))
		c.row(fmt.Sprintf("user%d@contoso.com", i))
	}
	o := c.options()
	o.Workers = 1
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(p Progress) {
		if p.Ended == 3 {
			cancel()
		}
	}
	sum, err := Do(ctx, o)
	if !errors.Is(err, context.Canceled) || sum == nil || sum.Counts[IOS][Done] < 3 || sum.Counts[IOS].Rows() != sum.Rows {
		t.Fatalf("%+v, %v", sum, err)
	}
	o.Progress = nil
	if sum, _ = c.do(o); sum.Counts[IOS][Done]+sum.Counts[IOS][Kept] != 10 || sum.Counts[IOS][Kept] < 3 {
		t.Errorf("%+v", sum.Counts)
	}
	c.content()
}

// A run ends where more users fail than it may have.
func TestDoStops(t *testing.T) {
	c := newCompany(t)
	for i := range 20 {
		c.row(fmt.Sprintf("user%d@contoso.com", i))
	}
	o := c.options()
	o.Workers, o.StopAt = 1, 0.1
	sum, err := Do(t.Context(), o)
	if !errors.Is(err, ErrStopped) || sum.Counts[IOS][Failed] != 3 || sum.Counts[IOS].Rows() != sum.Rows {
		t.Errorf("%+v, %v", sum, err)
	}
}

// The second of two runs of one share is told.
func TestDoTwice(t *testing.T) {
	c := newCompany(t)
	c.file("alice.p12", "alice@contoso.com")
	c.row("alice@contoso.com")
	o := c.options()
	w, err := o.Vault.Lock(t.Context(), LockName(o.Shard))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Do(t.Context(), o); !errors.As(err, new(*vault.LockedError)) {
		t.Errorf("a second run: %v", err)
	}
	if err := w.Unlock(); err != nil {
		t.Fatal(err)
	}
	c.do(o)
}

// Names of files are safe, and no two users have the same.
func TestArtefactName(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{"alice@contoso.com", "a/b@contoso.com", `a\b@contoso.com`, "a:b@contoso.com", "con", "älice@contoso.com", "ölice@contoso.com",
		strings.Repeat("x", 300) + "@contoso.com", strings.Repeat("x", 301) + "@contoso.com", "alice@contoso.com.", "..", "", "alice@contoso.com-android"} {
		name := artefactName(key)
		if err := vault.CheckName(name + ".mobileconfig"); err != nil {
			t.Errorf("%q: %v", key, err)
		}
		if other, taken := seen[strings.ToLower(name)]; taken {
			t.Errorf("%q and %q are both called %q", key, other, name)
		}
		seen[strings.ToLower(name)] = key
	}
	if _, taken := seen["alice@contoso.com"+androidFolder]; taken {
		t.Error("somebody has the name of Alice's files of Android")
	}
	if name := artefactName("alice@contoso.com"); name != "alice@contoso.com" {
		t.Errorf("Alice's is called %q", name)
	}
}
