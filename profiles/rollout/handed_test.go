package rollout

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// artefacts are the entries that made what lies in the target.
func (c *company) artefacts(o Options, users ...string) (all []*Entry) {
	c.t.Helper()
	for e, err := range Artefacts(c.t.Context(), o.Vault, []Shard{{}}, func(user string) bool { return slices.Contains(users, user) }) {
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// after is the clock some hours after the tests' first run.
func after(hours int) func() time.Time {
	return func() time.Time { return runTime.Add(time.Duration(hours) * time.Hour) }
}

// What was handed out is deleted once its time has come, and not made anew, unless that
// is asked for, or anything changed.
func TestHandedOut(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user)
	}
	o := c.options()
	o.Request.Signer = nil // so that what is made anew is the same, to the byte
	c.do(o)
	whole := len(c.content())
	handOut := func(hours int, users ...string) {
		t.Helper()
		if err := HandOut(t.Context(), o.Vault, after(hours)(), c.artefacts(o, users...)...); err != nil {
			t.Fatal(err)
		}
	}
	again := func(hours int, deleteUntil int) *Summary {
		t.Helper()
		o.Now, o.DeleteHanded = after(hours), after(deleteUntil)()
		sum, _ := c.do(o)
		if sum.Counts[IOS].Rows() != 2 || sum.Counts[Android].Rows() != 2 {
			t.Errorf("%+v", sum.Counts)
		}
		return sum
	}
	handOut(10, alice)
	handOut(12, alice) // once more
	if sum := again(13, 11); sum.Counts[IOS][Kept] != 2 || sum.HandedOut != 0 || len(c.content()) != whole {
		t.Errorf("too soon: %+v", sum)
	}
	sum := again(20, 12)
	if sum.Counts[IOS][Kept] != 2 || sum.Counts[Android][Kept] != 2 || sum.HandedOut != 2 || len(c.content()) != whole/2 {
		t.Errorf("deleted: %+v, %d files", sum, len(c.content()))
	}
	if e := c.entries(o, IOS)[alice]; !e.HandedOut.Equal(after(12)()) || len(e.Files) != 1 {
		t.Errorf("%+v", e)
	}
	if text := written(t, (&Account{Summary: sum}).WriteText); !strings.Contains(text, "handed out and deleted since: 2 profiles") {
		t.Error(text)
	}
	o.Again = true
	if sum := again(30, 29); sum.Counts[IOS][Done] != 1 || sum.Counts[Android][Done] != 1 || len(c.content()) != whole {
		t.Errorf("asked for again: %+v", sum)
	}
	o.Again = false
	if sum := again(40, 39); sum.Counts[IOS][Kept] != 2 || sum.HandedOut != 0 || len(c.content()) != whole {
		t.Errorf("what was made anew was not handed out: %+v", sum)
	}
	handOut(50, alice, bob)
	if n, err := DeleteHanded(t.Context(), o.Vault, Shard{}, after(50)(), after(60)()); n != 4 || err != nil || len(c.content()) != 0 {
		t.Errorf("%d deleted, %v, and %d files are left", n, err, len(c.content()))
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Shard{}, after(50)(), after(61)()); n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
	c.file(bob+".p12", bob)
	if sum := again(70, 69); sum.Counts[IOS][Done] != 1 || sum.HandedOut != 2 {
		t.Errorf("after a renewal: %+v", sum)
	}
}

// A run that is killed while it deletes leaves what the next one deletes; and a file that
// was changed since, or that was not handed out, is nobody's to delete.
func TestDeleteHanded(t *testing.T) {
	const alice = "alice@contoso.com"
	c := newCompany(t)
	c.file("alice.p12", alice)
	c.row(alice)
	o := c.options()
	c.do(o)
	if err := HandOut(t.Context(), o.Vault, after(1)(), c.artefacts(o, alice)...); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(c.target, alice+androidFolder)
	if err := os.Remove(filepath.Join(folder, "setup.html")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "bundle.json"), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Now = after(2)
	if sum, _ := c.do(o); sum.Counts[Android][Kept] != 1 || sum.HandedOut != 1 {
		t.Errorf("half of it is gone: %+v", sum.Counts)
	}
	for _, other := range []Shard{{0, 2}, {1, 2}} {
		if !other.Has(alice) {
			if n, err := DeleteHanded(t.Context(), o.Vault, other, after(3)(), after(3)()); n != 0 || err != nil {
				t.Errorf("another shard's: %d, %v", n, err)
			}
		}
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Shard{}, after(3)(), after(3)()); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if left := c.content(); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
	w, err := o.Vault.Lock(t.Context(), "somebody")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Append(t.Context(), HandedName, []byte("{}\n")), w.Unlock()); err != nil {
		t.Fatal(err)
	}
	if _, err := Do(t.Context(), o); !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), HandedName) {
		t.Errorf("a line of another kind: %v", err)
	}
}

// Who wants to note something while another does waits, and is told.
func TestHandOutLocked(t *testing.T) {
	v := newTarget(t)
	w, err := v.Lock(t.Context(), handedLock)
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan error, 1)
	time.AfterFunc(10*time.Millisecond, func() { released <- w.Unlock() })
	e := made(2, Done, IOS, "x")
	if err := HandOut(t.Context(), v, madeAt, &e); err != nil || <-released != nil {
		t.Error(err)
	}
	if _, err := vault.Read(t.Context(), v, HandedName); err != nil {
		t.Error(err)
	}
}

// handedText is a target that has what was handed out, and nothing else.
type handedText struct {
	nowhere
	text string
}

func (h handedText) Open(_ context.Context, name string) (io.ReadCloser, error) {
	if name != HandedName {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(strings.NewReader(h.text)), nil
}

// Whatever stands there, it is understood or told, and deletes nothing by itself.
func FuzzReadHanded(f *testing.F) {
	f.Add(`{"schema":"easkit/handed-out/v1","user":"a@x.com","platform":"ios","files":[{"name":"a","sha256":"00"}],"handedOut":"2026-11-20T12:00:00Z"}` + "\n")
	f.Add(`{"schema":"easkit/handed-out/v2"}` + "\n" + `{"sch`)
	f.Fuzz(func(t *testing.T, text string) {
		v := handedText{text: text}
		lines := 0
		for line, err := range ReadHanded(t.Context(), v) {
			if lines++; err == nil && line.Schema != HandedSchema {
				t.Errorf("%+v", line)
			}
		}
		if whole := strings.Count(text, "\n"); lines > whole+1 {
			t.Errorf("%d lines of %d", lines, whole)
		}
		DeleteHanded(t.Context(), v, Shard{}, madeAt, madeAt) // whose Delete finds nothing
	})
}
