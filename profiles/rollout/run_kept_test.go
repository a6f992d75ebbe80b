package rollout

import (
	cryptorand "crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// noneRevoked is a list of nobody.
type noneRevoked struct{}

func (noneRevoked) Check(preflight.Scenario, *certs.Certificate, []*certs.Certificate) []preflight.Finding {
	return nil
}

// named makes a file with a certificate that has a UPN and another mail address.
func (c *company) named(name, upn, mail string) {
	c.t.Helper()
	id := c.user(upn)
	like := *id.Leaf.X509
	like.EmailAddresses = nil
	like.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: san(c.t, []string{"upn:" + upn, "mail:" + mail})}}
	for _, e := range like.Extensions {
		if e.Id.Equal(certs.OIDLabMarker) {
			like.ExtraExtensions = append(like.ExtraExtensions, e)
		}
	}
	der, err := x509.CreateCertificate(cryptorand.Reader, &like, c.lab.Issuing.Certificate.X509, id.Key.Public(), c.lab.Issuing.Key)
	if err != nil {
		c.t.Fatal(err)
	}
	leaf, err := certs.ParseCertificate(der)
	if err != nil {
		c.t.Fatal(err)
	}
	data, err := certs.EncodePKCS12(id.Key, leaf, id.Chain, runPassword, "eas", certs.LegacyDES)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(name, data)
}

// Who is finished is kept without their file having been opened, which a password shows
// that does not fit; but only where nothing but the file decides.
func TestKeptUnopened(t *testing.T) {
	const wrong = "another password"
	for _, test := range []struct {
		name   string
		change func(t *testing.T, c *company, o *Options)
		want   Status // of Alice on iOS
		check  string
	}{
		{"nothing changed", func(*testing.T, *company, *Options) {}, Kept, ""},
		{"somebody was added", func(_ *testing.T, c *company, o *Options) {
			c.row("zoe@contoso.com")
			o.Table = c.options().Table
		}, Kept, ""},
		{"only those that changed", func(_ *testing.T, _ *company, o *Options) { o.ChangedOnly = true }, Skipped, ""},
		{"another row has the certificate's mail address", func(_ *testing.T, c *company, o *Options) {
			c.row("a.example@contoso.com")
			o.Table, o.Password = c.options().Table, runPassword
		}, Failed, RowIdentity},
		{"a second file", func(_ *testing.T, c *company, _ *Options) { c.file("alice.p12", "alice@contoso.com") }, Failed, RowPassword},
		{"the file changed", func(_ *testing.T, c *company, _ *Options) { c.file("alice@contoso.com.p12", "alice@contoso.com") }, Failed, RowPassword},
		{"a profile is gone", func(t *testing.T, c *company, _ *Options) {
			if err := os.Remove(filepath.Join(c.target, "alice@contoso.com-android", "setup.html")); err != nil {
				t.Fatal(err)
			}
		}, Failed, RowPassword},
		{"CRLs are asked", func(_ *testing.T, _ *company, o *Options) { o.Revocation = noneRevoked{} }, Failed, RowPassword},
		{"a thumbprint is wanted", func(_ *testing.T, c *company, o *Options) {
			text := strings.ReplaceAll(c.table.String(), "Pilot\nalice@contoso.com,,,", "Thumbprint\nalice@contoso.com,,,"+strings.Repeat("00", 20))
			c.table.Reset()
			c.table.WriteString(text)
			o.Table = c.options().Table
		}, Failed, RowPassword},
		{"another certificate above", func(t *testing.T, c *company, o *Options) {
			o.Request.CAs = []*certs.Certificate{c.lab.Root.Certificate}
		}, Failed, RowPassword},
		{"it has expired", func(_ *testing.T, _ *company, o *Options) {
			o.Request.Scenario.At, o.Password = runTime.AddDate(5, 0, 0), runPassword
		}, Failed, checkValidity},
		{"it has expired, which is ignored from the first", func(_ *testing.T, c *company, o *Options) {
			o.Request.Scenario.At, o.Password = runTime.AddDate(5, 0, 0), runPassword
			o.Request.Signer = nil // it has expired, too
			o.Request.Ignore = map[string]string{checkValidity: "a trial", "cert.chain": "a trial"}
			if _, entries := c.do(*o); entries["alice@contoso.com"].Status != Done {
				c.t.Fatalf("%+v", entries)
			}
			o.Password = wrong
		}, Kept, ""},
		{"the manifest does not have its names", func(t *testing.T, c *company, _ *Options) {
			path := filepath.Join(c.target, ManifestName(Shard{}))
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			older := strings.ReplaceAll(string(text), `"names":`, `"since":`)
			target{t, c.options().Vault}.gone(SummaryName(Shard{})) // as of a run that was killed
			if err := os.WriteFile(path, []byte(older), 0o600); err != nil || older == string(text) {
				t.Fatal(err)
			}
		}, Failed, RowPassword},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := newCompany(t)
			c.named("alice@contoso.com.p12", "alice@contoso.com", "a.example@contoso.com")
			c.row("alice@contoso.com")
			o := c.options()
			c.do(o)
			o.Password = wrong
			test.change(t, c, &o)
			_, entries := c.do(o)
			e := entries["alice@contoso.com"]
			if e.Status != test.want || test.check != "" && firstFailed(e.Findings).Check != test.check {
				t.Errorf("%+v, want %s by %q", e, test.want, test.check)
			}
		})
	}
}

// A file that was found by its certificate is found again without being opened; what it is
// opened for once serves twice, if the password is the same.
func TestKeptBySAN(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	c.named("0815.p12", alice, "a.example@contoso.com")
	c.file("0816.p12", bob)
	c.row(alice)
	c.row(bob)
	o := c.options()
	wrong, err := ReadPasswords(strings.NewReader("user,password\n" + bob + ",wrong\n"))
	if err != nil {
		t.Fatal(err)
	}
	o.Passwords = wrong
	_, entries := c.do(o)
	if a, b := entries[alice], entries[bob]; a.Status != Done || a.Identity.Found != FoundBySAN || b.Status != Failed || b.Findings[0].Check != RowPassword {
		t.Errorf("%+v", entries)
	}
	o.Passwords = nil
	if _, entries = c.do(o); entries[alice].Status != Kept || entries[bob].Status != Done {
		t.Errorf("%+v", entries)
	}
	o.Password = "another password"
	if _, entries = c.do(o); entries[alice].Status != Kept || entries[bob].Status != Kept {
		t.Errorf("unopened: %+v", entries)
	}
	c.row("a.example@contoso.com")
	o.Table = c.options().Table
	if _, entries = c.do(o); entries[alice].Status != Failed || entries[alice].Findings[0].Check != RowIdentity || entries[bob].Status != Kept {
		t.Errorf("with somebody else of that name: %+v", entries)
	}
}

// What a run says of who was kept is a short line; all that is told of them comes from the
// entry that made it, in whichever manifest that is.
func TestKeptEntries(t *testing.T) {
	const longest = 260 // bytes
	c := newCompany(t)
	c.file("alice.p12", "alice@contoso.com")
	c.row("alice@contoso.com")
	o := c.options()
	_, first := c.do(o)
	for run := range 4 {
		o.Shard = Shard{}
		if run%2 == 0 { // which writes another manifest
			o.Shard = Shard{Index: 0, Count: 2}
			if !o.Shard.Has("alice@contoso.com") {
				o.Shard.Index = 1
			}
		}
		o.Now = func() time.Time { return runTime.Add(time.Duration(run+1) * time.Hour) }
		sum, entries := c.do(o)
		if e, made := entries["alice@contoso.com"], first["alice@contoso.com"]; sum.Counts[IOS][Kept] != 1 || sum.Counts[Android][Kept] != 1 || fmt.Sprint(e.Files) != fmt.Sprint(made.Files) ||
			!e.Identity.NotAfter.Equal(made.Identity.NotAfter) || e.Made != made.Ref() {
			t.Fatalf("%v\n%+v, and made was\n%+v", sum.Counts, e, made)
		}
		if files := c.entries(o, Android)["alice@contoso.com"].Files; len(files) != 8 || files[7].Size == 0 {
			t.Errorf("%+v", files)
		}
	}
	text, err := os.ReadFile(filepath.Join(c.target, ManifestName(o.Shard)))
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, `"kept"`) {
			if kept++; len(line) > longest {
				t.Errorf("%d bytes: %s", len(line), line)
			}
		}
	}
	if kept != 4 {
		t.Errorf("%d lines of what was kept", kept)
	}
	list, err := Expiring(ReadTarget(t.Context(), o.Vault), runTime.AddDate(5, 0, 0))
	if err != nil || len(list) != 1 || len(list[0].Platforms) != 2 || list[0].File == "" || list[0].Thumbprint == "" {
		t.Errorf("%+v, %v", list, err)
	}
}

// What is kept and joined is opened, and kept again; without the manifest that says what
// was made, it is made anew.
func TestKeptMerged(t *testing.T) {
	c := newCompany(t)
	for i := range 6 {
		c.file(fmt.Sprintf("user%d.p12", i), fmt.Sprintf("user%d@contoso.com", i))
		c.row(fmt.Sprintf("user%d@contoso.com", i))
	}
	var o Options
	for run := range 2 {
		for i := range 2 {
			o = c.options()
			o.Shard = Shard{i, 2}
			if sum, _ := c.do(o); run == 1 && sum.Counts[IOS][Kept] != sum.Rows {
				t.Fatalf("%+v", sum.Counts)
			}
		}
	}
	w, err := o.Vault.Lock(t.Context(), LockName(Shard{}))
	if err != nil {
		t.Fatal(err)
	}
	sum, findings, err := Merge(t.Context(), o.Vault, w, c.mergeOptions(t, o))
	if err != nil || len(findings) > 0 || sum.Counts[Android][Kept] != 6 {
		t.Fatalf("%+v, %v, %v", sum, findings, err)
	}
	if err := w.Unlock(); err != nil {
		t.Fatal(err)
	}
	o.Shard = Shard{}
	if entries := c.entries(o, IOS); len(entries) != 6 || len(entries["user1@contoso.com"].Files) != 1 {
		t.Errorf("%+v", entries)
	}
	if sum, _ := c.do(o); sum.Counts[Android][Kept] != 6 {
		t.Errorf("%+v", sum.Counts)
	}
	for i := range 2 {
		if err := os.Remove(filepath.Join(c.target, ManifestName(Shard{i, 2}))); err != nil {
			t.Fatal(err)
		}
	}
	if sum, _ := c.do(o); sum.Counts[Android][Done] != 6 {
		t.Errorf("without the manifests of those who made it: %+v", sum.Counts)
	}
}

func (c *company) mergeOptions(t *testing.T, o Options) MergeOptions {
	t.Helper()
	users, err := o.survey()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Options: &o, surveyed: users}
	return MergeOptions{Shards: 2, Table: users.digest, Version: o.Version, Now: runTime.Add(time.Hour), Signer: c.signer, Rows: func(yield func(Row, error) bool) {
		for record, err := range r.records() {
			if !yield(record.Row, err) {
				return
			}
		}
	}}
}

// Whatever happens to a table, what is said of an unopened file that agreed with its row
// before is what would be said of the opened one.
func TestStillAgrees(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	addresses := []string{"alice@contoso.com", "bob@contoso.com", "team@contoso.com", "Alice@fabrikam.com", "bob@fabrikam.com"}
	pick := func(none string) string { return append(addresses, none)[random.IntN(len(addresses)+1)] }
	newTable := func(mail string) string {
		text := "upn,mail\nalice@contoso.com," + mail + "\n"
		for range random.IntN(3) {
			text += pick("zoe@contoso.com") + "," + pick("") + "\n"
		}
		return text
	}
	yes, no := 0, 0
	for range 1000 {
		var names []string
		for range 1 + random.IntN(3) {
			names = append(names, []string{"upn:", "mail:"}[random.IntN(2)]+pick("zoe@contoso.com"))
		}
		leaf := &certs.Certificate{}
		for _, name := range names {
			kind, value, _ := strings.Cut(name, ":")
			leaf.Names = append(leaf.Names, certs.Name{Kind: map[string]certs.NameKind{"upn": certs.KindUPN, "mail": certs.KindEmail}[kind], Value: value})
		}
		mail := pick("")
		before, after := newTable(mail), newTable(mail)
		now := records(t, after, TableOptions{})[0]
		if then := records(t, before, TableOptions{})[0]; survey(t, before).Agrees(then, leaf) != nil {
			continue
		}
		x := newIndex()
		x.add(&Entry{User: now.Key(), Platform: IOS, Status: Done, Identity: &Identity{Names: notedNames(leaf)}, Files: []File{{Name: "a"}}}, x.history.of(Line{Number: 1, Run: &Run{}}))
		people := survey(t, after)
		err := people.Agrees(now, leaf)
		var hashes []digest
		for _, n := range leaf.Names {
			hashes = append(hashes, digestOf(certs.CanonicalAddress(n.Value)))
		}
		if line, _ := people.Holder(leaf); people.holderOf(hashes) != line {
			t.Fatalf("%q in\n%s: the holder is in line %d, and not %d", names, after, line, people.holderOf(hashes))
		}
		if got := x.agrees(now.Row, IOS, people); got != (err == nil) {
			t.Fatalf("%q in\n%s: %t, and opened %v", names, after, got, err)
		}
		if err == nil {
			yes++
		} else {
			no++
		}
	}
	if yes < 50 || no < 50 {
		t.Errorf("%d agree, %d don't: not much was tried", yes, no)
	}
}
