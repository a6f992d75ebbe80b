package rollout

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/signer"
)

// sealed writes and ends a run.
func (t target) sealed(s Shard, r Run, by *signer.Signer, rows int, entries ...Entry) *Summary {
	t.Helper()
	w, unlock := t.locked(s)
	defer unlock()
	r.Signer = Thumbprint(by)
	m, err := Begin(t.Context(), t, w, s, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := m.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := m.Seal(t.Context(), rows, r.Begun.Add(time.Minute), by)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestSeal(t *testing.T) {
	by, l := signerOf(t)
	v := newTarget(t)
	s := Shard{1, 5}
	sum := v.sealed(s, madeRun(0), by, 3, made(2, Done, IOS, "x"), bareEntry(4, Failed, IOS, RowFinding(RowUser, 4, errors.New("it names nobody"))))
	sealed, err := VerifySeal(t.Context(), v, s)
	if err != nil {
		t.Fatal(err)
	}
	if got := sealed.Summary; got.Manifest != sum.Manifest || got.Rows != 3 || got.Counts[IOS][Left] != 1 || got.Run.Shard != "2/5" || !got.Ended.Equal(madeAt.Add(time.Minute)) {
		t.Errorf("the summary is %+v", got)
	}
	roots := x509.NewCertPool()
	roots.AddCert(l.Root.Certificate.X509)
	if _, err := sealed.Signature.Chain(roots, madeAt); err != nil {
		t.Error(err)
	}
	var form struct {
		Schema string
		Counts map[string]map[string]int
		Checks []struct {
			Check  string
			Failed int
			Users  []string
		}
		Failures []Failure
	}
	if err := json.Unmarshal([]byte(v.text("rollout-2-of-5.json")), &form); err != nil {
		t.Fatal(err)
	}
	if form.Schema != "easkit/rollout/v1" || form.Counts["ios"]["done"] != 1 || form.Counts["ios"]["kept"] != 0 || form.Checks[0].Check != RowUser || form.Checks[0].Failed != 1 || form.Failures[0].Line != 4 {
		t.Errorf("the file is %s", v.text("rollout-2-of-5.json"))
	}
}

// Another implementation reads the signature.
func TestSealByOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	by, l := signerOf(t)
	v := newTarget(t)
	v.sealed(Shard{}, madeRun(0), by, 1, made(2, Done, IOS, "x"))
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	root := write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: l.Root.Certificate.Raw}))
	signature := write("p7s", []byte(v.text("rollout.json.p7s")))
	verify := func(content string) error {
		return exec.Command(openssl, "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", write("json", []byte(content)),
			"-CAfile", root, "-purpose", "any", "-attime", strconv.FormatInt(madeAt.Unix(), 10), "-out", os.DevNull).Run()
	}
	text := v.text("rollout.json")
	if err := verify(text); err != nil {
		t.Errorf("openssl refuses it: %v", err)
	}
	if verify(strings.Replace(text, `"failed": 0`, `"failed": 1`, 1)) == nil {
		t.Error("openssl takes another summary")
	}
}

// What was changed since the run ended is told, and a run that did not end too.
func TestVerifySealRefuses(t *testing.T) {
	by, _ := signerOf(t)
	other, _ := signerOf(t)
	for _, test := range []struct {
		name   string
		change func(t target)
		kind   error
		want   string
	}{
		{"a line was changed", func(v target) {
			v.replace("rollout.jsonl", strings.Replace(v.text("rollout.jsonl"), "user3@", "user4@", 1))
		}, ErrChanged, `"rollout.jsonl": it is not as it was when the run ended: its SHA-256 is`},
		{"a line was taken out", func(v target) {
			text := v.text("rollout.jsonl")
			v.replace("rollout.jsonl", text[:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1])
		}, ErrChanged, "its SHA-256 is"},
		{"a line was added", func(v target) { v.replace("rollout.jsonl", v.text("rollout.jsonl")+"{}\n") }, ErrUnsealed, "it has lines that rollout.json does not know"},
		{"another run was killed", func(v target) { v.run(Shard{}, madeRun(1), false, 0, made(2, Kept, IOS, "x")) }, ErrUnsealed, "the run did not end"},
		{"the summary was changed", func(v target) {
			v.replace("rollout.json", strings.Replace(v.text("rollout.json"), `"done": 2`, `"done": 3`, 1))
		}, ErrChanged, `"rollout.json.p7s": it is not as it was`},
		{"the signature was taken away", func(v target) { v.gone("rollout.json.p7s") }, ErrChanged, "rollout.json was signed"},
		{"the signature is none", func(v target) { v.replace("rollout.json.p7s", "x") }, ErrChanged, `"rollout.json.p7s"`},
		{"somebody else signed", func(v target) {
			der, err := other.Sign([]byte(v.text("rollout.json")), madeAt, true)
			if err != nil {
				t.Fatal(err)
			}
			v.replace("rollout.json.p7s", string(der))
		}, ErrChanged, "the run names the signer"},
		{"signed, but the run names nobody", func(v target) {
			v.sealed(Shard{}, madeRun(1), nil, 0)
			der, err := other.Sign([]byte(v.text("rollout.json")), madeAt, true)
			if err != nil {
				t.Fatal(err)
			}
			v.replace("rollout.json.p7s", string(der))
		}, ErrChanged, `the run names the signer ""`},
		{"the summary is gone", func(v target) { v.gone("rollout.json") }, ErrUnsealed, "the run did not end"},
		{"the summary is another file", func(v target) { v.replace("rollout.json", "[]") }, ErrChanged, "it is no summary"},
		{"the summary is of the future", func(v target) {
			v.replace("rollout.json", strings.Replace(v.text("rollout.json"), "rollout/v1", "rollout/v2", 1))
		}, ErrChanged, `of the form "easkit/rollout/v2"`},
		{"the manifest is gone", func(v target) { v.gone("rollout.jsonl") }, fs.ErrNotExist, "rollout.jsonl"},
		{"nothing is there", func(v target) { v.gone("rollout.jsonl"); v.gone("rollout.json") }, fs.ErrNotExist, "rollout.jsonl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newTarget(t)
			v.sealed(Shard{}, madeRun(0), by, 2, made(2, Done, IOS, "x"), made(3, Done, IOS, "x"))
			test.change(v)
			sealed, err := VerifySeal(t.Context(), v, Shard{})
			if sealed != nil || !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%+v, %v, want %q", sealed, err, test.want)
			}
		})
	}
}

func (t target) gone(name string) {
	t.Helper()
	if err := t.Delete(t.Context(), name); err != nil {
		t.Fatal(err)
	}
}

// A run that isn't signed leaves no signature of the run before.
func TestSealUnsigned(t *testing.T) {
	by, _ := signerOf(t)
	v := newTarget(t)
	v.sealed(Shard{}, madeRun(0), by, 1, made(2, Done, IOS, "x"))
	v.sealed(Shard{}, madeRun(1), nil, 1, made(2, Kept, IOS, "x"))
	sealed, err := VerifySeal(t.Context(), v, Shard{})
	if err != nil || sealed.Signature != nil {
		t.Errorf("%+v, %v", sealed, err)
	}
}

func TestSealRefuses(t *testing.T) {
	by, _ := signerOf(t)
	for _, test := range []struct {
		name string
		rows int
		by   *signer.Signer
		want string
	}{
		{"fewer rows than entries", 1, nil, "2 rows have an entry for ios, and the share has 1"},
		{"a signer that the run doesn't name", 2, by, "it names the signer"},
	} {
		v := newTarget(t)
		w, unlock := v.locked(Shard{})
		m, err := Begin(t.Context(), v, w, Shard{}, madeRun(0))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(m.Add(t.Context(), made(2, Done, IOS, "x")), m.Add(t.Context(), made(3, Done, IOS, "x"))); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Seal(t.Context(), test.rows, madeAt, test.by); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		unlock()
		if _, err := VerifySeal(t.Context(), v, Shard{}); !errors.Is(err, ErrUnsealed) {
			t.Errorf("%s: it is sealed: %v", test.name, err)
		}
	}
}

// Whatever came of the rows, and however often a run was killed before, the counts of
// each platform are together the rows, and reading the manifest counts the same.
func TestCountsAddUp(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		rows := 1 + random.IntN(60)
		platforms := []Platform{IOS, Android}[:1+random.IntN(2)]
		v := newTarget(t)
		for hour := range random.IntN(3) {
			some := randomEntries(random, rows, platforms)
			v.run(Shard{}, madeRun(hour, platforms...), false, 0, some[:random.IntN(len(some)+1)]...)
		}
		entries := randomEntries(random, rows, platforms)
		noted := entries[:random.IntN(len(entries)+1)]
		sum := v.sealed(Shard{}, madeRun(9, platforms...), nil, rows, noted...)
		for _, p := range platforms {
			if sum.Counts[p].Rows() != rows {
				t.Errorf("seed %d: %v on %s are not %d rows", seed, sum.Counts[p], p, rows)
			}
		}
		if sum.Total(statuses...) != rows*len(platforms) {
			t.Errorf("seed %d: %d in all", seed, sum.Total(statuses...))
		}
		a, err := ReadAccount(func() (io.ReadCloser, error) { return v.Open(t.Context(), "rollout.jsonl") })
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range platforms {
			for _, status := range statuses[:len(statuses)-1] { // of those left, some have no entry
				if got, want := a.Summary.Counts[p][status], sum.Counts[p][status]; got != want {
					t.Errorf("seed %d: %d %s on %s when read again, %d when written", seed, got, status, p, want)
				}
			}
		}
	}
}
