package rollout

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

func TestNames(t *testing.T) {
	for _, test := range []struct {
		shard                                 Shard
		manifest, summary, signature, written string
	}{
		{Shard{}, "rollout.jsonl", "rollout.json", "rollout.json.p7s", ""},
		{Shard{0, 1}, "rollout.jsonl", "rollout.json", "rollout.json.p7s", ""},
		{Shard{1, 5}, "rollout-2-of-5.jsonl", "rollout-2-of-5.json", "rollout-2-of-5.json.p7s", "2/5"},
	} {
		got := []string{ManifestName(test.shard), SummaryName(test.shard), SignatureName(test.shard), test.shard.String()}
		if want := []string{test.manifest, test.summary, test.signature, test.written}; !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q", test.shard, got, want)
		}
		if !isManifest().MatchString(test.manifest) || isManifest().MatchString(test.summary) {
			t.Errorf("%v: the manifest isn't told from the summary", test.shard)
		}
	}
}

// Two runs follow each other in one manifest, as people and scripts read it.
func TestManifestForm(t *testing.T) {
	v := newTarget(t)
	v.run(Shard{}, madeRun(0), false, 0, bareEntry(2, Failed, IOS, RowFinding(RowIdentity, 2, errors.New("there is no file"))))
	v.run(Shard{}, madeRun(1), false, 0, bareEntry(2, Skipped, IOS))
	begun := func(hour int) string {
		return fmt.Sprintf(`{"schema":"easkit/manifest/v1","run":{"begun":"2026-11-21T%d:00:00Z","version":"v1.0.0","table":{"name":"users.csv","sha256":"%s"},"template":{"name":"exchange-online","sha256":"%s"},"platforms":["ios"]}}`, hour, hexOf("table"), hexOf("template"))
	}
	want := []string{
		begun(12),
		`{"user":"user2@contoso.com","line":2,"platform":"ios","status":"failed","findings":[{"check":"row.identity","status":"fail","message":"there is no file","fix":"put the user's own .p12 into the folder under their UPN, or name its path in the column identity","basis":"documented","source":"https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids","line":2}],"began":"2026-11-21T12:00:00Z","ended":"2026-11-21T12:00:00Z"}`,
		begun(13),
		`{"user":"user2@contoso.com","line":2,"platform":"ios","status":"skipped","began":"2026-11-21T12:00:00Z","ended":"2026-11-21T12:00:00Z"}`,
		"",
	}
	if got := strings.Split(v.text("rollout.jsonl"), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Whoever adds, each entry is there once and whole, in blocks.
func TestAddFromMany(t *testing.T) {
	const rows, adders = 2000, 16
	v := newTarget(t)
	inner, unlock := v.locked(Shard{})
	defer unlock()
	w := &countingWriter{Writer: inner}
	m, err := Begin(t.Context(), v, w, Shard{}, madeRun(0, IOS, Android))
	if err != nil {
		t.Fatal(err)
	}
	entries := randomEntries(rand.New(rand.NewPCG(1, 2)), rows, []Platform{IOS, Android})
	var group sync.WaitGroup
	for i := range adders {
		group.Go(func() {
			for k := i; k < len(entries); k += adders {
				if err := m.Add(t.Context(), entries[k]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if most := len(entries)/gathered + 2; w.appends > most {
		t.Errorf("%d blocks, at most %d are needed", w.appends, most)
	}
	if longest := slices.Max(w.lines); longest > gathered+adders {
		t.Errorf("a block has %d lines", longest)
	}
	seen := map[string]bool{}
	for line, err := range ReadTarget(t.Context(), v) {
		if err != nil {
			t.Fatal(err)
		}
		if line.Entry != nil {
			seen[line.Entry.User+string(line.Entry.Platform)] = true
		}
	}
	if len(seen) != len(entries) {
		t.Errorf("%d entries are there, of %d", len(seen), len(entries))
	}
	if c := m.tally.counts; c[IOS].Rows() != rows || c[Android].Rows() != rows {
		t.Errorf("the counts are %v", c)
	}
}

func TestAddRefuses(t *testing.T) {
	v := newTarget(t)
	w, unlock := v.locked(Shard{})
	defer unlock()
	m, err := Begin(t.Context(), v, w, Shard{}, madeRun(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add(t.Context(), made(2, Done, IOS, "x")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		entry Entry
		want  string
	}{
		{"the same row again", made(2, Failed, IOS, "x"), "line 2 of the table has its entry for ios"},
		{"a platform of another run", made(3, Done, Android, "x"), `the run has no platform "android"`},
		{"a status that doesn't exist", made(3, "fine", IOS, "x"), `there is no status "fine"`},
		{"no line", made(0, Done, IOS, "x"), "line 0 of the table has its entry"},
	} {
		if err := m.Add(t.Context(), test.entry); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if got := m.tally.counts[IOS]; got.Rows() != 1 || got[Done] != 1 {
		t.Errorf("what was refused counts: %v", got)
	}
	if _, err := Begin(t.Context(), v, w, Shard{}, Run{}); err == nil {
		t.Error("a run without platforms was begun")
	}
}

// An entry that is too long for a line loses findings, and is still there.
func TestLongEntry(t *testing.T) {
	v := newTarget(t)
	e := bareEntry(2, Failed, IOS)
	for range 400 {
		e.Findings = append(e.Findings, RowFinding(RowIdentity, 2, errors.New(strings.Repeat("long ", 1000))))
	}
	v.run(Shard{}, madeRun(0), false, 0, e, bareEntry(3, Skipped, IOS))
	all, err := collect(ReadTarget(t.Context(), v))
	if err != nil || len(all) != 3 {
		t.Fatalf("%d lines, %v", len(all), err)
	}
	if f := all[1].Entry.Findings; len(f) != keptFindings || len(f[0].Message) > keptCharacters+len("…") {
		t.Errorf("%d findings, the first of %d bytes", len(f), len(f[0].Message))
	}
}

// After a write that failed nothing is added, and the run can't be ended as if nothing
// had happened.
func TestFullDisk(t *testing.T) {
	v := newTarget(t)
	inner, unlock := v.locked(Shard{})
	defer unlock()
	m, err := Begin(t.Context(), v, &countingWriter{Writer: inner, failFrom: 2}, Shard{}, madeRun(0))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add(t.Context(), made(2, Done, IOS, "x")); err != nil {
		t.Fatal(err)
	}
	_, sealed := m.Seal(t.Context(), 1, madeAt, nil)
	for name, err := range map[string]error{"flush": m.Flush(t.Context()), "add": m.Add(t.Context(), made(3, Done, IOS, "x")), "seal": sealed} {
		if err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := VerifySeal(t.Context(), v, Shard{}); !errors.Is(err, ErrUnsealed) {
		t.Errorf("the run counts as ended: %v", err)
	}
}

// An interruption does not lose what was done before.
func TestInterrupted(t *testing.T) {
	v := newTarget(t)
	w, unlock := v.locked(Shard{})
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	m, err := Begin(ctx, v, w, Shard{}, madeRun(0))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := errors.Join(m.Add(ctx, made(2, Done, IOS, "x")), m.Flush(ctx)); err != nil {
		t.Fatal(err)
	}
	sum, err := m.Seal(t.Context(), 10, madeAt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c := sum.Counts[IOS]; c[Done] != 1 || c[Left] != 9 || c.Rows() != 10 {
		t.Errorf("the counts are %v", c)
	}
}

const headerLine = `{"schema":"easkit/manifest/v1","run":{"begun":"2026-11-21T12:00:00Z","platforms":["ios"]}}` + "\n"

func TestReadManifest(t *testing.T) {
	const entry = `{"user":"a","line":2,"platform":"ios","status":"done"}` + "\n"
	for _, test := range []struct {
		name, text string
		lines      int
		want       string // in the error
	}{
		{"nothing", "", 0, ""},
		{"only a torn line", headerLine[:30], 0, ""},
		{"a run", headerLine + entry, 2, ""},
		{"a torn line", headerLine + entry + entry[:20], 2, ""},
		{"a whole line without its end", headerLine + strings.TrimSuffix(entry, "\n"), 1, ""},
		{"unknown fields", headerLine + strings.Replace(entry, `"user"`, `"new":{"x":[1]},"user"`, 1), 2, ""},
		{"lines of another kind", headerLine + `{"note":"x"}` + "\n" + `{"schema":"easkit/manifest/v1","end":{}}` + "\n" + entry, 2, ""},
		{"a long line", headerLine + strings.Replace(entry, `"a"`, `"`+strings.Repeat("a", 100<<10)+`"`, 1) + entry, 3, ""},
		{"a line that is too long", headerLine + strings.Replace(entry, `"a"`, `"`+strings.Repeat("a", maxLine+70<<10)+`"`, 1), 1, "line 1: it is no manifest that can be read: it has more than 1048576 bytes"},
		{"another schema", strings.Replace(headerLine, "v1", "v2", 1), 0, `line 1: it is no manifest that can be read: it is of the form "easkit/manifest/v2"`},
		{"no header", entry, 0, "line 1: it is no manifest that can be read: it does not begin with a run"},
		{"a line of another kind before", "{}\n" + headerLine, 0, "line 1: it is no manifest that can be read: it does not begin with a run"},
		{"a status of the future", headerLine + strings.Replace(entry, "done", "deferred", 1), 1, `line 2: it is no manifest that can be read: there is no status "deferred"`},
		{"a torn line in the middle", headerLine + entry[:20] + "\n" + entry, 1, "line 2: it is no manifest"},
		{"another file", "User,Email\nalice,a@contoso.com\n", 0, "line 1: it is no manifest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			all, err := collect(ReadManifest(strings.NewReader(test.text)))
			if len(all) != test.lines {
				t.Errorf("%d lines, want %d", len(all), test.lines)
			}
			if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add(headerLine)
	f.Add(headerLine + `{"user":"a","line":2,"platform":"ios","status":"failed","findings":[{"check":"row.user","status":"fail"}]}` + "\n")
	f.Add(headerLine + headerLine + `{"status":"done","identity":{"notAfter":"2026-01-01T00:00:00Z"},"user":"x"}` + "\n{")
	f.Fuzz(func(t *testing.T, text string) {
		var order history
		x := newIndex()
		tally := newTally(&Run{})
		entries := 0
		for line, err := range ReadManifest(strings.NewReader(text)) {
			if err != nil {
				if !errors.Is(err, ErrManifest) || strings.ContainsFunc(err.Error(), func(r rune) bool { return !strings.ContainsRune(preflight.Printable(string(r)), r) }) {
					t.Errorf("the error is %q", err)
				}
				break
			}
			run := order.of(line)
			if line.Entry != nil {
				entries++
				x.add(line.Entry, run)
				tally.add(line.Entry)
			}
		}
		total := 0
		for _, c := range tally.summary().Counts {
			total += c.Rows()
		}
		if total != entries {
			t.Errorf("%d are counted of %d", total, entries)
		}
		if _, err := Expiring(ReadManifest(strings.NewReader(text)), madeAt); err != nil && !errors.Is(err, ErrManifest) {
			t.Error(err)
		}
	})
}
