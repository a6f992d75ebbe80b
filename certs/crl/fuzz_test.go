package crl

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/easkit/easkit/certs"
)

// x509Only are the errors with which Read refuses what crypto/x509 takes, each
// with the reason.
var x509Only = []string{
	"none of a CRL's fields",        // bytes behind the extensions; crypto/x509 passes over them
	"where the extensions should",   // the same, without extensions
	"a field is longer than",        // the same, where they look like a header
	"too many behind the signature", // bytes in the outermost SEQUENCE that belong to nothing
	"extensions can't be read",      // bytes behind an entry's or the list's extensions
	"an extension can't be read",    // bytes behind an extension's value
	"the value of the extension",    // one that crypto/x509 has no need of, such as the scope
	"where at most",                 // an element of more than 64 KB
	"entries are longer than",       // bytes behind the extensions, which look like entries
	"the time \"",                   // the same, which look like a nextUpdate
	"a length of ",                  // the same, which look like a long header
	"indefinite lengths",            // the same, which look like BER
}

// FuzzRead feeds any bytes to the reader. It fails with an error of one line and
// a kind, says the same however the bytes come, and reads what crypto/x509 reads
// as crypto/x509 does.
func FuzzRead(f *testing.F) {
	for _, file := range readerFiles(f) {
		f.Add(readerBytes(f, file))
	}
	var fixtures []*big.Int
	for _, file := range []string{"good.pem", "revoked.pem", "revoked-hold.pem"} {
		fixtures = append(fixtures, readerCert(f, file).Serial)
	}
	issuing := readerCert(f, "issuing.pem")
	f.Fuzz(func(t *testing.T, data []byte) { fuzzList(t, data, fixtures, issuing) })
}

// FuzzReadParts puts any bytes where a list has its fields, in lengths that fit,
// so that they are reached.
func FuzzReadParts(f *testing.F) {
	date := craftedUTC("261101120000Z")
	reason := append([]byte(reasonStart), byte(Hold))
	other := craftedExtension([]byte{0x55, 0x1d, 0x1d}, wrap(0x30, wrap(0xa4, craftedName("Other"))))
	scope := craftedExtension([]byte{0x55, 0x1d, 0x1c}, wrap(0x30, []byte{0x84, 1, 0xff}))
	times := append(craftedUTC("261120120000Z"), craftedUTC("261127120000Z")...)
	f.Add(times, craftedEntry([]byte{5}, date), wrap(0x30, craftedNumber))
	f.Add(times, craftedEntry([]byte{0, 0x80}, date, reason), scope)
	f.Add(wrap(0x18, []byte("20260101000000Z")), craftedEntry([]byte{0xff}, wrap(0x18, []byte("20510101000000Z")), other), []byte{})
	f.Add([]byte{}, append(craftedEntry([]byte{5}, date, reason), craftedEntry([]byte{5}, date, other)...), scope)
	issuing := readerCert(f, "issuing.pem")
	start := append([]byte{0x02, 1, 1}, append(craftedSHA256, craftedName("x")...)...)
	end := append(bytes.Clone(craftedSHA256), wrap(0x03, make([]byte, 257))...)
	f.Fuzz(func(t *testing.T, times, entries, extensions []byte) {
		fields := [][]byte{start, times}
		if len(entries) > 0 {
			fields = append(fields, wrap(0x30, entries))
		}
		if len(extensions) > 0 {
			fields = append(fields, wrap(0xa0, extensions))
		}
		data := wrap(0x30, append(wrap(0x30, bytes.Join(fields, nil)), end...))
		fuzzList(t, data, []*big.Int{big.NewInt(5), big.NewInt(-1)}, issuing)
	})
}

// fuzzList reads a list, asked for what crypto/x509 finds in it and for more.
func fuzzList(t *testing.T, data []byte, more []*big.Int, ca *certs.Certificate) {
	t.Helper()
	oracle, refused := x509.ParseRevocationList(data)
	if refused == nil {
		more = append(slices.Clone(more), oracleSerials(oracle)...)
	}
	asked := NewSerials(more)
	l, err := Read(bytes.NewReader(data), asked)
	fuzzPieces(t, data, asked, l, err)
	wantAlike(t, data, more)
	switch {
	case err != nil:
		fuzzError(t, err, refused)
	case strings.ContainsAny(l.Issuer(), "\r\n\x1b"):
		t.Fatalf("the issuer is %q", l.Issuer())
	case refused == nil:
		if problem := oracleCompare(data, l, ca); problem != "" {
			t.Fatal(problem)
		}
	}
}

func fuzzError(t *testing.T, err, refused error) {
	t.Helper()
	known := func(kind error) bool { return errors.Is(err, kind) }
	if !slices.ContainsFunc(readerErrors, known) || strings.ContainsAny(err.Error(), "\r\n\x1b") {
		t.Fatalf("error %q", err)
	}
	excused := func(part string) bool { return strings.Contains(err.Error(), part) }
	if refused == nil && !slices.ContainsFunc(x509Only, excused) {
		t.Fatalf("%v, which crypto/x509 reads", err)
	}
}

// fuzzPieces reads the same bytes in pieces.
func fuzzPieces(t *testing.T, data []byte, asked *Serials, whole *List, failed error) {
	t.Helper()
	l, err := Read(iotest.HalfReader(bytes.NewReader(data)), asked)
	if fmt.Sprint(err) != fmt.Sprint(failed) {
		t.Fatalf("in pieces: %v, as a whole: %v", err, failed)
	}
	if err != nil {
		return
	}
	if fuzzText(l) != fuzzText(whole) {
		t.Fatalf("in pieces:\n%s\nas a whole:\n%s", fuzzText(l), fuzzText(whole))
	}
}

// fuzzText is a list as text.
func fuzzText(l *List) string {
	return fmt.Sprint(l.Size, l.Trailing, l.PEM, l.Version, l.Algorithm, l.RawIssuer, l.ThisUpdate, l.NextUpdate, l.AuthorityKeyID,
		l.Number, l.BaseNumber, readerScope(l.Scope), l.FreshestCRLs, l.NextPublish, l.Entries, l.Indirect, l.LatestEntry,
		l.UnknownAsks, l.Irregular, l.found, l.digest, l.signature, l.unsupported)
}

// FuzzSerials holds the set against a map, and each serial's bytes against the
// shortest form.
func FuzzSerials(f *testing.F) {
	f.Add([]byte("\x01a\x02bc\x01d"), []byte("bc"))
	f.Add([]byte("\x01\x00\x01\xff\x02\x00\x80"), []byte{0})
	f.Add([]byte{3, 0, 0, 1, 3, 0, 0, 1}, []byte{0, 0, 1})
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, packed, other []byte) {
		known := map[string]bool{}
		var all []*big.Int
		for len(packed) > 0 { // a length, and so many bytes
			n := min(1+int(packed[0]), len(packed))
			serial := fuzzSerial(packed[1:n])
			known[serial.String()] = true
			all, packed = append(all, serial), packed[n:]
		}
		s := NewSerials(all)
		if s.Len() != len(known) {
			t.Fatalf("%d serials, want %d", s.Len(), len(known))
		}
		for _, n := range append(all, fuzzSerial(other), new(big.Int).SetBytes(other)) {
			key := integerContent(n)
			if !bytes.Equal(shortest(append([]byte{key[0] >> 7 * 0xff}, key...)), key) {
				t.Fatalf("%x is not the shortest form of %v", key, n)
			}
			i := s.index(key)
			if (i >= 0) != known[n.String()] || i >= 0 && !bytes.Equal(s.key(i), key) {
				t.Fatalf("%v is at %d", n, i)
			}
			if n.Sign() < 0 || len(key) > maxSerialDigits/2 {
				continue
			}
			if again, err := ParseSerial(n.Text(16)); err != nil || again.Cmp(n) != 0 {
				t.Fatalf("%v is read as %v (%v)", n, again, err)
			}
		}
	})
}

// fuzzSerial reads the content of a DER INTEGER.
func fuzzSerial(content []byte) *big.Int {
	n := new(big.Int).SetBytes(content)
	if len(content) > 0 && content[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(content))))
	}
	return n
}
