package crl

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// wantAlike holds what a list that was read with all its entries says of serial numbers
// against one that was asked for them.
func wantAlike(t *testing.T, data []byte, serials []*big.Int) {
	t.Helper()
	asked, askedErr := Read(bytes.NewReader(data), NewSerials(serials))
	all, err := ReadAll(bytes.NewReader(data))
	if fmt.Sprint(err) != fmt.Sprint(askedErr) {
		t.Fatalf("all entries: %v, those asked for: %v", err, askedErr)
	}
	if err != nil {
		return
	}
	twice := slices.ContainsFunc(asked.Irregular, func(s string) bool { return strings.Contains(s, "more than once") })
	for _, n := range serials {
		want, listed := asked.Entry(n)
		got, found := all.Entry(n)
		if found != listed || got != want && !(twice && (got.Reason == RemoveFromCRL) == (want.Reason == RemoveFromCRL)) {
			t.Errorf("%X: %v %v, and asked for it %v %v", n, got, found, want, listed)
		}
	}
}

// A list says the same of each certificate, whether it was asked before or after it was
// read.
func TestReadAll(t *testing.T) {
	files, err := filepath.Glob("../../testdata/certs/*.pem")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	serials := []*big.Int{big.NewInt(0), big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 200)}
	for _, file := range files {
		if b, err := certs.ReadFile(file, certs.Unlock{}); err == nil {
			for _, c := range b.Certificates {
				serials = append(serials, c.Serial)
			}
		}
	}
	lists, err := filepath.Glob("../../testdata/crls/*.crl")
	if err != nil || len(lists) == 0 {
		t.Fatal(err, lists)
	}
	for _, file := range lists {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			wantAlike(t, data, serials)
		})
	}
}

// Entries that are not as every CA writes them: other lengths, other dates, an
// invalidity date, reasons that don't exist, a serial number more than once.
func TestReadAllRareEntries(t *testing.T) {
	ca := craftedCA(t)
	date, later := craftedUTC("261101120000Z"), craftedUTC("261102120000Z")
	reason := func(r Reason) []byte { return append([]byte(reasonStart), byte(r)) }
	invalid := craftedExtension([]byte{0x55, 0x1d, 0x18}, wrap(0x18, []byte("20261001000000Z")))
	entries := [][]byte{
		craftedEntry([]byte{5}, date),
		craftedEntry([]byte{0, 0x80}, later, reason(KeyCompromise)),
		craftedEntry([]byte{0xff}, wrap(0x18, []byte("20510101000000Z"))),
		craftedEntry([]byte{6}, wrap(0x18, []byte("21500101000000Z")), reason(Hold)),
		craftedEntry([]byte{7}, craftedUTC("500101000000Z"), reason(77)),
		craftedEntry([]byte{8}, wrap(0x18, []byte("19400101000000Z"))),
		craftedEntry([]byte{9}, date, invalid),
		craftedEntry(bytes.Repeat([]byte{0x7f}, 300), date, reason(Superseded)),
		craftedEntry([]byte{10}, later, reason(RemoveFromCRL)), craftedEntry([]byte{10}, later, reason(Hold)), craftedEntry([]byte{10}, date, reason(RemoveFromCRL)),
		craftedEntry([]byte{11}, date, reason(Hold)), craftedEntry([]byte{11}, later, reason(Superseded)),
	}
	data := ca.craft(t, func(l *craftedList) { l.entries = wrap(0x30, bytes.Join(entries, nil)) })
	serials := []*big.Int{big.NewInt(-1), big.NewInt(128), new(big.Int).SetBytes(bytes.Repeat([]byte{0x7f}, 300)), new(big.Int).SetBytes(bytes.Repeat([]byte{0x7f}, 299))}
	for i := range int64(20) {
		serials = append(serials, big.NewInt(i))
	}
	wantAlike(t, data, serials)
	l, err := ReadAll(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := l.Entry(big.NewInt(10)); !ok || e.Reason != Hold {
		t.Errorf("of three entries, one that revokes counts: %v %v", e, ok)
	}
	if e, ok := l.Entry(big.NewInt(11)); !ok || e.Reason != Hold {
		t.Errorf("of two that revoke the earliest counts: %v %v", e, ok)
	}
}

// Every question about a revocation has the same answer.
func TestReadAllAnswers(t *testing.T) {
	s := preflight.Scenario{At: testClock}.WithDefaults()
	for _, r := range revocationRows {
		t.Run(strings.Join([]string{r.cert, r.issuer, r.lists}, "/"), func(t *testing.T) {
			c := certificateIn(t, r.cert)
			var issuer *certs.Certificate
			if r.issuer != "" {
				issuer = certificateIn(t, r.issuer)
			}
			var asked, all []*List
			for _, file := range strings.Fields(r.lists) {
				asked, all = append(asked, listIn(t, file, c)), append(all, wholeIn(t, file))
			}
			answer := func(lists []*List) string {
				q := &Question{Serial: c.Serial, Certificate: c, Issuer: issuer, Lists: Rank(s, issuer, lists)}
				return fmt.Sprintf("%+v", r.check.Apply(s, q))
			}
			if got, want := answer(all), answer(asked); got != want {
				t.Errorf("%s\nand asked before %s", got, want)
			}
		})
	}
}

func wholeIn(t *testing.T, file string) *List {
	t.Helper()
	f, err := os.Open(filepath.Join("../../testdata/crls", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Of a list of several blocks each entry is found, and none beside it.
func TestReadAllLarge(t *testing.T) {
	const n = 120_000
	data := newAuthority(t, "Contoso Large CA").large(t, n)
	var serials []*big.Int
	for i := 0; i < n; i += 7 {
		serial := new(big.Int).SetBytes(bigSerial(i))
		serials = append(serials, serial, new(big.Int).Add(serial, big.NewInt(1)), new(big.Int).Rsh(serial, 8))
	}
	wantAlike(t, data, serials)
}

// BenchmarkReadAll reads a list of a million entries, and looks serial numbers up in it,
// half of which it has.
//
//	go test ./certs/crl -run '^$' -bench ReadAll
func BenchmarkReadAll(b *testing.B) {
	const n = 1_000_000
	data := newAuthority(b, "Contoso Benchmark CA").large(b, n)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var l *List
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			var err error
			if l, err = ReadAll(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(heap()-before)/1e6, "index-MB")
	})
	b.Run("look-up", func(b *testing.B) {
		asked := make([]*big.Int, 1<<16)
		for i := range asked {
			asked[i] = new(big.Int).SetBytes(bigSerial(i * 2 * n / len(asked)))
		}
		i, listed := 0, 0
		for b.Loop() {
			if _, ok := l.Entry(asked[i%len(asked)]); ok {
				listed++
			}
			i++
		}
		if listed == 0 {
			b.Fatal("none was found")
		}
	})
}
