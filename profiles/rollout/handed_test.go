package rollout

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
	handOut(12, alice) // once more, which changes nothing
	if sum := again(13, 9); sum.Counts[IOS][Kept] != 2 || sum.HandedOut != 0 || len(c.content()) != whole {
		t.Errorf("too soon: %+v", sum)
	}
	sum := again(20, 10)
	if sum.Counts[IOS][Kept] != 2 || sum.Counts[Android][Kept] != 2 || sum.HandedOut != 2 || len(c.content()) != whole/2 {
		t.Errorf("deleted: %+v, %d files", sum, len(c.content()))
	}
	if e := c.entries(o, IOS)[alice]; !e.HandedOut.Equal(after(10)()) || len(e.Files) != 1 {
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
	if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(50)(), Now: after(60)()}); n != 4 || err != nil || len(c.content()) != 0 {
		t.Errorf("%d deleted, %v, and %d files are left", n, err, len(c.content()))
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(50)(), Now: after(61)()}); n != 0 || err != nil {
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
			if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Shard: other, Until: after(3)(), Now: after(3)()}); n != 0 || err != nil {
				t.Errorf("another shard's: %d, %v", n, err)
			}
		}
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(3)(), Now: after(3)()}); n != 2 || err != nil {
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

// Who is given their profile every day has it in the target as long as others, and no
// longer: the first time counts.
func TestHandedOutDaily(t *testing.T) {
	const alice, days = "alice@contoso.com", 7
	c := newCompany(t)
	c.file("alice.p12", alice)
	c.row(alice)
	o := c.options()
	c.do(o)
	for day := 1; day <= days+1; day++ {
		now := after(24 * day)()
		if err := HandOut(t.Context(), o.Vault, now, c.artefacts(o, alice)...); err != nil {
			t.Fatal(err)
		}
		n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: now.AddDate(0, 0, -days), Now: now})
		if want := map[bool]int{true: 2}[day == days+1]; n != want || err != nil {
			t.Errorf("on day %d %d were deleted, want %d: %v", day, n, want, err)
		}
	}
	o.Now = after(24 * (days + 2))
	if sum, entries := c.do(o); sum.HandedOut != 2 || !entries[alice].HandedOut.Equal(after(24)()) {
		t.Errorf("%+v", entries[alice])
	}
}

// The machine that hands out may have another clock than the one that makes: what was made
// says itself what it is. A line of an older version goes by the time.
func TestHandedOutClocks(t *testing.T) {
	const alice = "alice@contoso.com"
	for name, row := range map[string]struct {
		older bool
		hours int // of the hand-out
		want  int // artefacts that are deleted
	}{
		"a clock behind":               {false, -1, 2},
		"an older line, behind":        {true, -1, 0},
		"an older line, of that hour":  {true, 0, 2},
		"a clock that is far in front": {false, 10, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t)
			c.file("alice.p12", alice)
			c.row(alice)
			o := c.options()
			c.do(o)
			if err := HandOut(t.Context(), o.Vault, after(row.hours)(), c.artefacts(o, alice)...); err != nil {
				t.Fatal(err)
			}
			if v := (target{t, o.Vault}); row.older {
				v.replace(HandedName, regexp.MustCompile(`"ref":"[0-9a-f]+",`).ReplaceAllString(v.text(HandedName), ""))
			}
			if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(20)(), Now: after(20)()}); n != row.want || err != nil {
				t.Errorf("%d deleted, want %d: %v", n, row.want, err)
			}
		})
	}
}

// What was made anew needs its files, those too that are as they were in what was handed
// out before; and nobody's are deleted who is not asked for.
func TestDeleteHandedOthers(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user)
	}
	o := c.options()
	c.do(o)
	if err := HandOut(t.Context(), o.Vault, after(1)(), c.artefacts(o, alice, bob)...); err != nil {
		t.Fatal(err)
	}
	c.file(alice+".p12", alice)
	o.Now = after(2)
	c.do(o)
	whole := c.content()
	var told []string
	n, err := DeleteHanded(t.Context(), o.Vault, Deletion{
		Asked: func(user string) bool { return user == alice }, Until: after(3)(), Now: after(3)(),
		Each: func(h Handed) { told = append(told, h.User) },
	})
	if n != 2 || err != nil || len(told) != 2 || told[0] != alice || len(c.content()) != len(whole) {
		t.Errorf("%d, %v, told of %v, and %d files of %d are left", n, err, told, len(c.content()), len(whole))
	}
	o.Now = after(4)
	if sum, _ := c.do(o); sum.Counts[IOS][Kept] != 2 || sum.Counts[Android][Kept] != 2 || sum.HandedOut != 0 {
		t.Errorf("%+v", sum)
	}
}

// A run in which a user failed, by what was over with the next, does not bring back what
// was handed out and deleted; nor does it make anew what lies there.
func TestHandedOutFailedSince(t *testing.T) {
	const alice, bob = "alice@contoso.com", "bob@contoso.com"
	c := newCompany(t)
	for _, user := range []string{alice, bob} {
		c.file(user+".p12", user)
		c.row(user)
	}
	o := c.options()
	c.do(o)
	if err := HandOut(t.Context(), o.Vault, after(1)(), c.artefacts(o, alice)...); err != nil {
		t.Fatal(err)
	}
	if n, err := DeleteHanded(t.Context(), o.Vault, Deletion{Until: after(1)(), Now: after(1)()}); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	whole, folder := len(c.content()), o.Identities
	o.Now, o.Identities = after(2), t.TempDir() // a share that is not mounted
	if sum, _ := c.do(o); sum.Counts[IOS][Failed] != 2 {
		t.Fatalf("%+v", sum.Counts)
	}
	o.Now, o.Identities = after(3), folder
	sum, entries := c.do(o)
	if sum.Counts[IOS][Kept] != 2 || sum.HandedOut != 2 || len(c.content()) != whole || len(entries[bob].Files) != 1 {
		t.Errorf("%+v, %d files", sum, len(c.content()))
	}
	o.Request.Ignore = map[string]string{"crl.validity": "late", checkRevoked: "a trial", "ca.revoked": "the same"}
	if sum, _ := c.do(o); sum.Counts[IOS][Kept] != 2 || sum.HandedOut != 2 {
		t.Errorf("with checks ignored that make nothing: %+v", sum)
	}
	o.Request.Ignore = map[string]string{"cert.chain": "a trial"}
	if sum, _ := c.do(o); sum.Counts[IOS][Done] != 2 {
		t.Errorf("with a check ignored that decides: %+v", sum.Counts)
	}
	o.Request.Ignore = map[string]string{"cert.chain": "in other words"}
	if sum, _ := c.do(o); sum.Counts[IOS][Kept] != 2 {
		t.Errorf("for another reason: %+v", sum.Counts)
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
		DeleteHanded(t.Context(), v, Deletion{Until: madeAt, Now: madeAt}) // whose Delete finds nothing
	})
}
