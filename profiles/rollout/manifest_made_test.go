package rollout

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles/vault"
)

// madeAt is the clock of the manifests that tests write.
var madeAt = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// target is a folder that a test writes to.
type target struct {
	testing.TB
	vault.Vault
}

func newTarget(t testing.TB) target {
	t.Helper()
	v, err := vault.Open(t.Context(), t.TempDir(), vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return target{t, v}
}

// locked is the writer of a share, until the test or subtest calls unlock.
func (t target) locked(s Shard) (w vault.Writer, unlock func()) {
	t.Helper()
	w, err := t.Lock(t.Context(), LockName(s))
	if err != nil {
		t.Fatal(err)
	}
	return w, func() {
		if err := w.Unlock(); err != nil {
			t.Error(err)
		}
	}
}

// madeRun is a run that began some hours after madeAt.
func madeRun(hours int, platforms ...Platform) Run {
	if len(platforms) == 0 {
		platforms = []Platform{IOS}
	}
	return Run{
		Begun: madeAt.Add(time.Duration(hours) * time.Hour), Version: "v1.0.0", Platforms: platforms,
		Table: Digest{Name: "users.csv", SHA256: hexOf("table")}, Template: Digest{Name: "exchange-online", SHA256: hexOf("template")},
	}
}

func hexOf(text string) string {
	h := halfOf(text)
	return hex.EncodeToString(h[:]) + hex.EncodeToString(h[:])
}

// run writes a run that is ended, or else left as a kill would.
func (t target) run(s Shard, r Run, ended bool, rows int, entries ...Entry) *Summary {
	t.Helper()
	w, unlock := t.locked(s)
	defer unlock()
	m, err := Begin(t.Context(), t, w, s, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := m.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if !ended {
		if err := m.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	sum, err := m.Seal(t.Context(), rows, r.Begun.Add(time.Minute), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// text is all of a file in the target.
func (t target) text(name string) string {
	t.Helper()
	r, err := t.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// replace writes a file in the target as somebody else would.
func (t target) replace(name, text string) {
	t.Helper()
	w, err := t.Lock(t.Context(), "somebody")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Unlock()
	if err := w.Put(t.Context(), name, []byte(text), true); err != nil {
		t.Fatal(err)
	}
}

func userOf(line int) string { return fmt.Sprintf("user%d@contoso.com", line) }

// made is the entry of a row with a profile of an input.
func made(line int, s Status, p Platform, input string) Entry {
	name := fmt.Sprintf("%s/%s.mobileconfig", p, userOf(line))
	return Entry{
		User: userOf(line), Line: line, Platform: p, Status: s, Input: hexOf(input), Began: madeAt, Ended: madeAt.Add(time.Millisecond),
		Identity: &Identity{File: userOf(line) + ".p12", SHA256: hexOf("p12"), Thumbprint: strings.Repeat("AB", 20), Subject: "CN=" + userOf(line), NotAfter: madeAt.AddDate(1, 0, 0), Found: "name"},
		Files:    []File{{Name: name, SHA256: hexOf(name + input), Size: 9000}},
	}
}

// bare is the entry of a row for which nothing was made.
func bareEntry(line int, s Status, p Platform, findings ...preflight.Finding) Entry {
	return Entry{User: userOf(line), Line: line, Platform: p, Status: s, Findings: findings, Began: madeAt, Ended: madeAt}
}

// signerOf issues a certificate to sign with.
func signerOf(t testing.TB) (*signer.Signer, *lab.Lab) {
	t.Helper()
	l, err := lab.New(madeAt, "http://crl.contoso.com")
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
	return s, l
}

// randomEntries is rows with a random outcome for each platform, in a random order.
func randomEntries(random *rand.Rand, rows int, platforms []Platform) []Entry {
	var entries []Entry
	for _, p := range platforms {
		for line := range rows {
			entry := made(line+2, statuses[random.IntN(len(statuses))], p, "x")
			switch n := random.IntN(4); {
			case entry.Status == Failed:
				entry = bareEntry(line+2, Failed, p, RowFinding(rowChecks[n].ID, line+2, fmt.Errorf("wrong with %s", userOf(line+2))))
			case n == 0:
				entry.Findings = []preflight.Finding{{Check: "cert.validity", Status: preflight.StatusWarn, Message: "ends soon", Fix: "renew it"}}
			}
			entries = append(entries, entry)
		}
	}
	random.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries
}

// collect reads all lines.
func collect(lines iter.Seq2[Line, error]) (all []Line, err error) {
	for line, err := range lines {
		if err != nil {
			return all, err
		}
		all = append(all, line)
	}
	return all, nil
}

// countingWriter counts calls of Append, and fails from one of them on.
type countingWriter struct {
	vault.Writer
	appends, failFrom int
	lines             []int // of each
}

func (w *countingWriter) Append(ctx context.Context, name string, lines []byte) error {
	w.appends++
	if w.failFrom > 0 && w.appends >= w.failFrom {
		return fmt.Errorf("the disk is full")
	}
	w.lines = append(w.lines, strings.Count(string(lines), "\n"))
	return w.Writer.Append(ctx, name, lines)
}
