package crl

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// However the bytes come, the list is the same.
func TestReadPieces(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "with EOF": iotest.DataErrReader,
		"with nothing in between": func(r io.Reader) io.Reader { return &sluggish{r: iotest.OneByteReader(r)} },
	}
	for _, tt := range readerFixtures {
		for name, form := range readers {
			l, err := Read(form(bytes.NewReader(readerBytes(t, tt.file))), readerAsked(t))
			switch {
			case tt.err != nil:
				if !errors.Is(err, tt.err) {
					t.Errorf("%s, %s: error %v, want %v", tt.file, name, err, tt.err)
				}
			case err != nil:
				t.Errorf("%s, %s: %v", tt.file, name, err)
			case readerSummary(t, l) != tt.says:
				t.Errorf("%s, %s: it says %s", tt.file, name, readerSummary(t, l))
			}
		}
	}
}

// sluggish gives nothing at every second try, as io.Reader allows.
type sluggish struct {
	r     io.Reader
	tries int
}

func (s *sluggish) Read(b []byte) (int, error) {
	if s.tries++; s.tries%2 == 0 {
		return 0, nil
	}
	return s.r.Read(b)
}

// empty gives nothing at any try.
type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, nil }

// Why the reader fails is what Read says, and it isn't taken for the end.
func TestReadReaderFails(t *testing.T) {
	good, text := readerBytes(t, "good.crl"), readerBytes(t, "pem.crl")
	broken := errors.New("the line is down")
	for _, data := range [][]byte{good, text} {
		for _, n := range []int{0, 1, 100, len(data) - 1, len(data)} {
			start := bytes.NewReader(data[:n])
			for _, tt := range []struct {
				name string
				r    io.Reader
				want error
			}{
				{"an error", io.MultiReader(start, iotest.ErrReader(broken)), broken},
				{"an error with the last bytes", iotest.DataErrReader(io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))), broken},
				{"nothing for ever", io.MultiReader(bytes.NewReader(data[:n]), empty{}), io.ErrNoProgress},
			} {
				if l, err := Read(tt.r, nil); l != nil || !errors.Is(err, tt.want) {
					t.Errorf("%s after %d bytes: %v, %v", tt.name, n, l, err)
				}
			}
		}
		if _, err := Read(iotest.TimeoutReader(bytes.NewReader(data)), nil); !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("a timeout: %v", err)
		}
	}
}

// A list that ends too soon is that and nothing else, wherever it ends.
func TestReadPrefixes(t *testing.T) {
	data := readerBytes(t, "good.crl")
	for n := range data {
		l, err := Read(bytes.NewReader(data[:n]), nil)
		if want := ErrTruncated; n > 0 {
			readerOnly(t, err, want)
		} else {
			readerOnly(t, err, ErrEmpty)
		}
		if l != nil {
			t.Errorf("%d bytes: a list", n)
		}
	}
	text := readerBytes(t, "pem.crl")
	for n := range text {
		l, err := Read(bytes.NewReader(text[:n]), nil)
		if err == nil && len(l.Irregular) == 0 && n <= len(text)-len("X509 CRL-----\n") {
			t.Errorf("%d bytes of PEM are read without a word", n)
		}
	}
}

// No bit can change without an error or a signature that doesn't match any more.
func TestReadFlippedBits(t *testing.T) {
	good, ca := readerBytes(t, "good.crl"), readerCert(t, "issuing.pem")
	for i := range good {
		for bit := range 8 {
			data := bytes.Clone(good)
			data[i] ^= 1 << bit
			l, err := Read(bytes.NewReader(data), nil)
			if err == nil && l.SignedBy(ca) == nil {
				t.Errorf("bit %d of byte %d is not missed", bit, i)
			}
		}
	}
}

// Entries lie across the window's edges in every way: a name that is longer by a
// byte moves all of them.
func TestReadWindows(t *testing.T) {
	ca := craftedCA(t)
	const n = 7000 // 340 KB
	var entries []byte
	serials := make([]*big.Int, n)
	for i := range n {
		serial := bigSerial(i)
		serials[i] = new(big.Int).SetBytes(serial)
		date := testClock.AddDate(0, 0, -i%900).Format("060102150405Z")
		switch i % 3 {
		case 0:
			entries = append(entries, craftedEntry(serial, craftedUTC(date))...)
		default:
			entries = append(entries, craftedEntry(serial, craftedUTC(date), append([]byte(reasonStart), byte(i%7)))...)
		}
	}
	entries = wrap(0x30, entries)
	asked := NewSerials(serials)
	for shift := range 52 { // more than an entry has
		der := ca.craft(t, func(l *craftedList) {
			l.issuer, l.entries = craftedName(strings.Repeat("x", 1+shift)), entries
		})
		l, err := Read(bytes.NewReader(der), asked)
		if err != nil {
			t.Fatalf("shift %d: %v", shift, err)
		}
		if problem := oracleCompare(der, l, readerCert(t, "issuing.pem")); problem != "" {
			t.Fatalf("shift %d: %s", shift, problem)
		}
		if l.SignedBy(ca.cert) != nil {
			t.Fatalf("shift %d: the signature does not match", shift)
		}
	}
}

// craftedName is a name of one CN.
func craftedName(cn string) []byte {
	return wrap(0x30, wrap(0x31, wrap(0x30, append([]byte{0x06, 3, 0x55, 0x04, 0x03}, wrap(0x0c, []byte(cn))...))))
}

// Memory is that of the window, whatever the list's size and form.
func TestReadMemory(t *testing.T) {
	entry := craftedEntry(bigSerial(1), craftedUTC("260102030405Z"), append([]byte(reasonStart), 1))
	asked := NewSerials([]*big.Int{big.NewInt(1)})
	for name, form := range map[string]func(io.Reader) io.Reader{
		"DER": func(r io.Reader) io.Reader { return r },
		"PEM": func(r io.Reader) io.Reader { return streamedPEM(t, r) },
	} {
		t.Run(name, func(t *testing.T) {
			taken := func(megabytes int) uint64 {
				n := megabytes << 20 / len(entry)
				r := form(streamedList(entry, n))
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				l, err := Read(r, asked)
				runtime.ReadMemStats(&after)
				if err != nil || l.Entries != n {
					t.Fatal(err, l)
				}
				return after.TotalAlloc - before.TotalAlloc
			}
			small, large := taken(20), taken(60)
			if large > small+window/2 || small > 5*window {
				t.Errorf("%d bytes are taken for 20 MB, %d for 60 MB", small, large)
			}
		})
	}
}

// Entries that replace each other don't pile up.
func TestReadRepeatedEntries(t *testing.T) {
	removal := append([]byte(reasonStart), byte(RemoveFromCRL))
	for name, date := range map[string][]byte{"UTCTime": craftedUTC("260102030405Z"), "GeneralizedTime": wrap(0x18, []byte("20260102030405Z"))} {
		const n = 1000
		asked := NewSerials([]*big.Int{new(big.Int).SetBytes(bigSerial(1))})
		l, err := Read(streamedList(craftedEntry(bigSerial(1), date, removal), n), asked)
		if err != nil || l.Entries != n || len(l.found.records) != 1 || len(l.found.rare) > 1 {
			t.Errorf("%s: %v, %d records", name, err, len(l.found.records))
		}
	}
}

// streamedList is a list of n times the same entry, made while it is read, with a
// signature that says nothing.
func streamedList(entry []byte, n int) io.Reader {
	entries := int64(len(entry)) * int64(n)
	start := bytes.Join([][]byte{{0x02, 1, 1}, craftedSHA256, craftedName("x"), craftedUTC("261120120000Z"), craftedUTC("261127120000Z")}, nil)
	end := append(bytes.Clone(craftedSHA256), wrap(0x03, make([]byte, 257))...)
	body := int64(len(start)) + streamHeaderSize + entries
	return io.MultiReader(
		bytes.NewReader(streamHeader(streamHeaderSize+body+int64(len(end)))), bytes.NewReader(streamHeader(body)),
		bytes.NewReader(start), bytes.NewReader(streamHeader(entries)),
		&streamRepeat{what: entry, times: n}, bytes.NewReader(end))
}

// streamHeader is a SEQUENCE with a length of four bytes.
func streamHeader(content int64) []byte {
	return binary.BigEndian.AppendUint32([]byte{0x30, 0x84}, uint32(content))
}

const streamHeaderSize = 6

// streamRepeat gives the same bytes again and again.
type streamRepeat struct {
	what  []byte
	at    int
	times int
}

func (r *streamRepeat) Read(b []byte) (n int, err error) {
	for n < len(b) && r.times > 0 {
		got := copy(b[n:], r.what[r.at:])
		n, r.at = n+got, r.at+got
		if r.at == len(r.what) {
			r.at, r.times = 0, r.times-1
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// streamedPEM writes a list as PEM while it is read.
func streamedPEM(t *testing.T, der io.Reader) io.Reader {
	r, w := io.Pipe()
	t.Cleanup(func() { r.Close() })
	go func() {
		io.WriteString(w, pemBegin+"X509 CRL-----\n")
		line := make([]byte, 48)
		out := make([]byte, 0, window)
		for n, err := io.ReadFull(der, line); n > 0; n, err = io.ReadFull(der, line) {
			out = append(base64.StdEncoding.AppendEncode(out, line[:n]), '\n')
			if len(out) > cap(out)-100 || err != nil {
				w.Write(out)
				out = out[:0]
			}
		}
		w.Write(out)
		io.WriteString(w, pemEnd+"X509 CRL-----\n")
		w.Close()
	}()
	return r
}
