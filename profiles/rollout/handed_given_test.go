package rollout

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/vault"
	"github.com/easkit/easkit/profiles/vault/vaulttest"
)

// given names artefacts as who hands them out kept it.
func given(hours int, entries ...*Entry) (all []Given) {
	for _, e := range entries {
		all = append(all, Given{User: e.User, Platform: e.Platform, Ref: e.Ref(), At: after(hours)()})
	}
	return all
}

// handedLines are those of a target.
func handedLines(t *testing.T, v vault.Vault) (all []Handed) {
	t.Helper()
	for line, err := range ReadHanded(t.Context(), v) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	return all
}

// What was given is noted by its name: the files are those of the entry that made it, also
// where it was kept or made anew since. Done again it is noted once.
func TestHandOutGiven(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user)
	}
	o := c.options()
	c.do(o)
	old := c.artefacts(o, alice)
	c.file(alice+".p12", alice) // renewed
	o.Now = after(2)
	c.do(o)
	latest := c.artefacts(o, alice, bob) // bob's were kept
	stranger := Given{User: alice, Platform: IOS, Ref: (&Entry{}).Ref(), At: after(3)()}
	all := slices.Concat(given(5, old...), given(3, old...), given(4, latest...), []Given{stranger})
	for range 2 {
		unknown, err := HandOutGiven(t.Context(), o.Vault, all)
		if err != nil || !slices.Equal(unknown, []Given{stranger}) {
			t.Fatalf("%v, %v", unknown, err)
		}
	}
	want := map[Given][]File{}
	for _, of := range []struct {
		hours   int
		entries []*Entry
	}{{3, old}, {4, latest}} {
		for n, g := range given(of.hours, of.entries...) {
			want[g] = of.entries[n].Files
		}
	}
	lines := handedLines(t, o.Vault)
	for _, l := range lines {
		if files, ok := want[l.given()]; !ok || !slices.Equal(l.Files, files) || len(files) == 0 {
			t.Errorf("%+v, of %+v", l, files)
		}
	}
	if len(lines) != len(want) || len(want) != 6 {
		t.Errorf("%d lines, want %d", len(lines), len(want))
	}
}

// A line that comes late, of what was made before, changes nothing about what was handed
// out of the latest: it is deleted, and not made anew.
func TestHandOutGivenLate(t *testing.T) {
	const alice = "alice@contoso.com"
	for name, late := range map[string]bool{"before it is deleted": false, "after it was deleted": true} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.file(alice+".p12", alice)
			c.row(alice)
			o := c.options()
			c.do(o)
			old := given(1, c.artefacts(o, alice)...)
			c.file(alice+".p12", alice)
			o.Now = after(2)
			c.do(o)
			handOut := func(all []Given) {
				t.Helper()
				if unknown, err := HandOutGiven(t.Context(), o.Vault, all); err != nil || unknown != nil {
					t.Fatal(unknown, err)
				}
			}
			handOut(given(3, c.artefacts(o, alice)...))
			if !late {
				handOut(old)
			}
			if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(4)(), Now: after(4)()}); n != 2 || err != nil || len(c.content()) != 0 {
				t.Fatalf("%d deleted, %d files are left: %v", n, len(c.content()), err)
			}
			if late {
				handOut(old)
			}
			o.Now = after(5)
			if sum, _ := c.do(o); sum.HandedOut != 2 || len(c.content()) != 0 {
				t.Errorf("%+v, %d files", sum, len(c.content()))
			}
		})
	}
}

// An artefact that was given before it was made anew is not what lies there: that stays.
func TestHandOutGivenOlder(t *testing.T) {
	const alice = "alice@contoso.com"
	c := newCompany(t)
	c.file(alice+".p12", alice)
	c.row(alice)
	o := c.options()
	c.do(o)
	old := given(3, c.artefacts(o, alice)...) // fetched after the next run, made before it
	c.file(alice+".p12", alice)
	o.Now = after(2)
	c.do(o)
	whole := c.content()
	if _, err := HandOutGiven(t.Context(), o.Vault, old); err != nil {
		t.Fatal(err)
	}
	if _, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(4)(), Now: after(4)()}); err != nil || len(c.content()) != len(whole) {
		t.Errorf("%d files of %d are left: %v", len(c.content()), len(whole), err)
	}
}

// While a run holds its locks, noting goes on; while another notes, it can be tried again.
func TestHandOutGivenLocked(t *testing.T) {
	const alice = "alice@contoso.com"
	c := newCompany(t)
	c.file(alice+".p12", alice)
	c.row(alice)
	o := c.options()
	c.do(o)
	all := given(1, c.artefacts(o, alice)...)
	run, err := o.Vault.Lock(t.Context(), LockName(Shard{}))
	if err != nil {
		t.Fatal(err)
	}
	noting, err := o.Vault.Lock(t.Context(), handedLock)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := HandOutGiven(ctx, o.Vault, all); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another notes: %v", err)
	}
	if err := noting.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := HandOutGiven(t.Context(), o.Vault, all); err != nil || len(handedLines(t, o.Vault)) != 2 {
		t.Errorf("while a run is on: %v", err)
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
}

// In a container it is the same.
func TestHandOutGivenContainer(t *testing.T) {
	const alice = "alice@contoso.com"
	server := vaulttest.Azurite(t)
	c := newCompany(t)
	c.file(alice+".p12", alice)
	c.row(alice)
	o := c.options()
	o.Vault = newContainer(t, server, server, "handed-given")
	if _, err := Do(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	all := given(1, c.artefacts(o, alice)...)
	for range 2 {
		if unknown, err := HandOutGiven(t.Context(), o.Vault, all); err != nil || unknown != nil {
			t.Fatal(unknown, err)
		}
	}
	if lines := handedLines(t, o.Vault); len(lines) != 2 {
		t.Errorf("%+v", lines)
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(2)(), Now: after(2)()}); n != 2 || err != nil {
		t.Errorf("%d deleted: %v", n, err)
	}
}
