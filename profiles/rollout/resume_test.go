package rollout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"
)

// lies says what of an entry lies in the target.
func lies(e Entry) func(string) ([sha256.Size]byte, error) {
	return func(name string) (sum [sha256.Size]byte, err error) {
		for _, f := range e.Files {
			if f.Name == name {
				_, err := hex.Decode(sum[:], []byte(f.SHA256))
				return sum, err
			}
		}
		return sum, fmt.Errorf("opening %q: %w", name, fs.ErrNotExist)
	}
}

// What earlier runs left decides whether a user is finished.
func TestFinished(t *testing.T) {
	done := made(2, Done, IOS, "x")
	kept := made(2, Kept, IOS, "x")
	kept.Identity = nil
	failed := bareEntry(2, Failed, IOS)
	type run struct {
		shard   Shard
		hours   int
		entries []Entry
	}
	whole := func(hours int, entries ...Entry) run { return run{Shard{}, hours, entries} }
	for _, test := range []struct {
		name  string
		runs  []run
		input string
		there Entry // what lies in the target
		want  bool
	}{
		{"no run", nil, "x", done, false},
		{"done", []run{whole(0, done)}, "x", done, true},
		{"kept", []run{whole(0, done), whole(1, kept)}, "x", done, true},
		{"kept, and the manifest of before is gone", []run{whole(1, kept)}, "x", done, true},
		{"another input", []run{whole(0, done)}, "y", done, false},
		{"the file is gone", []run{whole(0, done)}, "x", Entry{}, false},
		{"the file was changed", []run{whole(0, done)}, "x", made(2, Done, IOS, "other"), false},
		{"made anew of another input", []run{whole(0, done), whole(1, made(2, Done, IOS, "y"))}, "x", done, false},
		{"failed since", []run{whole(0, done), whole(1, failed)}, "x", done, true},
		{"failed since, and the file is gone", []run{whole(0, done), whole(1, failed)}, "x", Entry{}, false},
		{"only failed", []run{whole(0, failed)}, "x", done, false},
		{"not in the wave since", []run{whole(0, done), whole(1, bareEntry(2, Skipped, IOS))}, "x", done, true},
		{"left since", []run{whole(0, done), whole(1, bareEntry(2, Left, IOS))}, "x", done, true},
		{"the user's second row failed", []run{whole(0, done, Entry{User: done.User, Line: 9, Platform: IOS, Status: Failed})}, "x", done, true},
		{"done on another platform", []run{whole(0, made(2, Done, Android, "x"))}, "x", done, false},
		{"a clock that went back", []run{whole(5, done), whole(1, made(2, Done, IOS, "y"))}, "x", done, false},
		{"done by a shard", []run{{Shard{1, 2}, 0, []Entry{done}}}, "x", done, true},
		{"done by a shard, failed by a later run of all", []run{{Shard{1, 2}, 0, []Entry{done}}, whole(1, failed)}, "x", done, true},
		{"failed by a later shard, read before", []run{{Shard{1, 2}, 1, []Entry{failed}}, whole(0, done)}, "x", done, true},
		{"made anew by a run of all before a shard failed", []run{{Shard{1, 2}, 0, []Entry{done}}, {Shard{1, 2}, 2, []Entry{failed}}, whole(1, made(2, Done, IOS, "y"))}, "x", done, false},
		{"failed by a run of all, done by a later shard", []run{whole(0, failed), {Shard{1, 2}, 1, []Entry{done}}}, "x", done, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newTarget(t)
			for _, r := range test.runs {
				v.run(r.shard, madeRun(r.hours, IOS, Android), false, 0, r.entries...)
			}
			x, err := LoadIndex(t.Context(), v, Shard{})
			if err != nil {
				t.Fatal(err)
			}
			found, err := x.Finished(done.User, IOS, hexOf(test.input), artefactName(done.User), lies(test.there))
			if err != nil || (found != nil) != test.want {
				t.Fatalf("%+v, %v, want %t", found, err, test.want)
			}
			if found != nil && (found.Files[0].Name != done.Files[0].Name || found.Files[0].SHA256 != done.Files[0].SHA256) {
				t.Errorf("the files are %+v", found.Files)
			}
			if found != nil && len(test.runs) > 0 && test.runs[0].entries[0].Status == Done && !found.NotAfter.Equal(done.Identity.NotAfter) {
				t.Errorf("its certificate ends %s", found.NotAfter)
			}
		})
	}
}

func TestFinishedFiles(t *testing.T) {
	e := made(2, Done, Android, "x")
	own := artefactName(e.User)
	e.Files = append(e.Files, File{Name: own + "-android/" + own + ".p12.age", SHA256: hexOf("a")})
	strange := made(3, Done, Android, "x")
	strange.Files[0].Name = "android/somebody"
	empty := made(4, Done, Android, "x")
	empty.Files = nil
	v := newTarget(t)
	v.run(Shard{}, madeRun(0, Android), false, 0, e, strange, empty)
	x, err := LoadIndex(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := x.Finished(e.User, Android, e.Input, own, lies(e))
	if err != nil || found == nil || len(found.Files) != 2 || found.Files[1].Name != e.Files[1].Name {
		t.Errorf("two files: %+v, %v", found, err)
	}
	if found, err := x.Finished(e.User, Android, e.Input, own, lies(made(2, Done, Android, "x"))); err != nil || found != nil {
		t.Errorf("one of them is gone: %+v, %v", found, err)
	}
	for name, e := range map[string]Entry{"a name that doesn't follow from the user's": strange, "no file": empty} {
		if found, err := x.Finished(e.User, Android, e.Input, artefactName(e.User), lies(e)); err != nil || found != nil {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
	denied := func(string) (sum [sha256.Size]byte, err error) { return sum, errors.New("the service is away") }
	if _, err := x.Finished(e.User, Android, e.Input, own, denied); err == nil || !strings.Contains(err.Error(), "the service is away") {
		t.Errorf("a target that does not answer: %v", err)
	}
	failed := Entry{User: e.User, Line: e.Line, Platform: Android, Status: Failed}
	v.run(Shard{}, madeRun(1, Android), false, 0, failed)
	since, err := LoadIndex(t.Context(), v, Shard{})
	if err != nil {
		t.Fatal(err)
	}
	if before, same := since.Made(e.User, Android, e.Input); !before || same {
		t.Errorf("failed since: made before %t, the same %t", before, same)
	}
	for _, test := range []struct {
		input        string
		before, same bool
	}{{e.Input, true, true}, {hexOf("y"), true, false}} {
		if before, same := x.Made(e.User, Android, test.input); before != test.before || same != test.same {
			t.Errorf("made: %t, %t", before, same)
		}
	}
	if before, _ := x.Made(e.User, IOS, e.Input); before {
		t.Error("it was made for a platform that it was not made for")
	}
}

// A share's index has its own users alone, by whichever shard they were done before.
func TestIndexOfShard(t *testing.T) {
	const rows = 200
	v := newTarget(t)
	for i := range 2 {
		s := Shard{i, 2}
		var entries []Entry
		for line := 2; line < rows+2; line++ {
			if s.Has(userOf(line)) {
				entries = append(entries, made(line, Done, IOS, "x"))
			}
		}
		v.run(s, madeRun(i), false, 0, entries...)
	}
	total := 0
	for i := range 5 {
		x, err := LoadIndex(t.Context(), v, Shard{i, 5})
		if err != nil {
			t.Fatal(err)
		}
		total += len(x.records)
	}
	if total != rows {
		t.Errorf("five shards know of %d users, of %d", total, rows)
	}
}

func TestIndexRefuses(t *testing.T) {
	v := newTarget(t)
	v.replace("rollout-1-of-2.jsonl", "User,Email\n")
	if _, err := LoadIndex(t.Context(), v, Shard{}); !errors.Is(err, ErrManifest) || !strings.Contains(err.Error(), `reading what was done before: reading "rollout-1-of-2.jsonl": line 1:`) {
		t.Errorf("%v", err)
	}
}

// A run that was killed while it wrote its first line left none.
func TestIndexOfTornHeader(t *testing.T) {
	v := newTarget(t)
	v.replace("rollout.jsonl", headerLine[:40])
	x, err := LoadIndex(t.Context(), v, Shard{})
	if err != nil || len(x.records) != 0 {
		t.Errorf("%v", err)
	}
}

// madeManifest gives a manifest with two runs as it is read, and never has it in memory.
type madeManifest struct {
	entries, next int
	rest          bytes.Reader
}

func (m *madeManifest) Read(p []byte) (int, error) {
	for m.rest.Len() == 0 {
		if m.next == 2*m.entries {
			return 0, io.EOF
		}
		var text []byte
		if m.next%m.entries == 0 {
			run := madeRun(m.next/m.entries, IOS, Android)
			text, _ = json.Marshal(header{ManifestSchema, &run})
			text = append(text, '\n')
		}
		n := m.next % m.entries
		e := made(n/2+2, Done, []Platform{IOS, Android}[n%2], "x")
		e.Findings = nil
		line, err := encode(&e)
		if err != nil {
			return 0, err
		}
		m.rest.Reset(append(text, line...))
		m.next++
	}
	return m.rest.Read(p)
}

// The index of 100,000 rows on two platforms, twice in a manifest of 400,000 lines, takes some tens of
// bytes for each.
func TestIndexMemory(t *testing.T) {
	if os.Getenv(slowTests) == "" {
		t.Skip("reading 400,000 lines takes seconds: " + slowTests + "=1 does")
	}
	const entries, bytesEach, slack = 200_000, 96, 8 << 20
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	x := newIndex()
	for line, err := range ReadManifest(&madeManifest{entries: entries}) {
		if err != nil {
			t.Fatal(err)
		}
		if run := x.history.of(line); line.Entry != nil {
			x.add(line.Entry, run)
		}
	}
	after := heap()
	if len(x.records) != entries {
		t.Errorf("%d are known of %d", len(x.records), entries)
	}
	if used := after - before; used > entries*bytesEach+slack {
		t.Errorf("%d bytes, %d for each", used, used/entries)
	} else {
		t.Logf("%d bytes for each", used/entries)
	}
	runtime.KeepAlive(x)
}

func BenchmarkReadManifest(b *testing.B) {
	const entries = 1000
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range ReadManifest(&madeManifest{entries: entries}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N)*2*entries/b.Elapsed().Seconds(), "lines/s")
}
