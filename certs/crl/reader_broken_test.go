package crl

import (
	"bytes"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// brokenDate is the date of an entry.
var brokenDate = craftedUTC("261101120000Z")

// listingOnly is a list of one entry, of the serial number 5 and what follows it.
func listingOnly(parts ...[]byte) func(*craftedList) {
	return func(l *craftedList) { l.entries = wrap(0x30, craftedEntry([]byte{5}, parts...)) }
}

// brokenLists are lists with a part that is wrong, and what is said of it.
var brokenLists = []struct {
	name   string
	change func(*craftedList)
	err    error
	says   string // in the error, or in what is irregular
}{
	{"as it should be", func(*craftedList) {}, nil, ""},
	{"version 3", func(l *craftedList) { l.version = []byte{2, 1, 2} }, ErrNotCRL, "integer 2"},
	{"no algorithm", func(l *craftedList) { l.algorithm = nil }, ErrNotCRL, ""},
	{"an algorithm that is broken", func(l *craftedList) { l.algorithm = []byte{0x30, 2, 5, 0} }, ErrNotCRL, "algorithm"},
	{"no issuer", func(l *craftedList) { l.issuer = nil }, ErrNotCRL, "name is missing"},
	{"no thisUpdate", func(l *craftedList) { l.this, l.next = nil, nil }, ErrNotCRL, "thisUpdate"},
	{"a month 13", func(l *craftedList) { l.this = craftedUTC("261301120000Z") }, ErrMalformed, "261301120000Z"},
	{"thisUpdate without seconds", func(l *craftedList) { l.this = craftedUTC("2611201200Z") }, nil, "to the second"},
	{"thisUpdate in local time", func(l *craftedList) { l.this = craftedUTC("261120120000+0100") }, nil, "in UTC"},
	{"nextUpdate in 2060", func(l *craftedList) { l.next = wrap(0x18, []byte("20600101000000Z")) }, nil, ""},
	{"a field too many", func(l *craftedList) { l.junk = []byte{5, 0} }, ErrMalformed, "none of a CRL's fields"},
	{"a byte too many", func(l *craftedList) { l.junk = []byte{5} }, ErrMalformed, ""},
	{"text in place of extensions", func(l *craftedList) { l.extensions = []byte{0x0c, 1, 'x'} }, ErrMalformed, "stands where the extensions"},
	{"extensions that are none", func(l *craftedList) { l.extensions = wrap(0xa0, []byte{5, 0}) }, ErrMalformed, "extensions can't be read"},
	{"the number twice", func(l *craftedList) { l.extensions = wrap(0xa0, wrap(0x30, bytes.Repeat(craftedNumber, 2))) }, nil, "2.5.29.20 is there more than once"},
	{"a scope that is a number", func(l *craftedList) {
		l.extensions = wrap(0xa0, craftedExtension([]byte{0x55, 0x1d, 0x1c}, []byte{2, 1, 0}))
	}, ErrMalformed, "2.5.29.28"},
	{"a large name", func(l *craftedList) { l.issuer = craftedName(strings.Repeat("x", maxElement)) }, ErrMalformed, "at most 65536"},
	{"the largest name", func(l *craftedList) { l.issuer = craftedName(strings.Repeat("x", maxElement-40)) }, nil, ""},
	{"a large algorithm", func(l *craftedList) {
		l.algorithm = wrap(0x30, append(craftedSHA256[2:13:13], wrap(4, make([]byte, maxElement-100))...))
	}, nil, ""},

	{"no entry at all", func(l *craftedList) { l.entries = []byte{0x30, 0} }, nil, ""},
	{"an entry that is a number", func(l *craftedList) { l.entries = wrap(0x30, []byte{2, 1, 5}) }, ErrMalformed, "entry 1"},
	{"half an entry", func(l *craftedList) { l.entries = wrap(0x30, []byte{0x30, 20, 2, 1, 5}) }, ErrMalformed, "entry 1"},
	{"a byte of an entry", func(l *craftedList) { l.entries = wrap(0x30, []byte{0x30}) }, ErrMalformed, "entry 1"},
	{"an entry without date", listingOnly(), ErrMalformed, "date"},
	{"an entry without serial number", func(l *craftedList) { l.entries = wrap(0x30, wrap(0x30, brokenDate)) }, ErrMalformed, "serial number"},
	{"an empty serial number", func(l *craftedList) { l.entries = wrap(0x30, craftedEntry(nil, brokenDate)) }, ErrMalformed, "serial number"},
	{"30 February", listingOnly(craftedUTC("260230120000Z")), ErrMalformed, "date"},
	{"29 February in a leap year", listingOnly(craftedUTC("280229120000Z")), nil, ""},
	{"29 February in another", listingOnly(craftedUTC("270229120000Z")), ErrMalformed, "date"},
	{"31 November", listingOnly(craftedUTC("261131120000Z")), ErrMalformed, "date"},
	{"day 0", listingOnly(craftedUTC("261100120000Z")), ErrMalformed, "date"},
	{"hour 24", listingOnly(craftedUTC("261101240000Z")), ErrMalformed, "date"},
	{"a colon for a digit", listingOnly(craftedUTC("2611011200:0Z")), ErrMalformed, "date"},
	{"a time zone letter", listingOnly(craftedUTC("261101120000A")), ErrMalformed, "date"},
	{"a date without seconds", listingOnly(craftedUTC("2611011200Z")), nil, "to the second"},
	{"a negative reason", listingOnly(brokenDate, append([]byte(reasonStart), 0xff)), nil, ""},
	{"a reason that is text", listingOnly(brokenDate, craftedExtension([]byte{0x55, 0x1d, 0x15}, []byte{12, 1, 'x'})), ErrMalformed, "2.5.29.21"},
	{"another CA's entry in a direct list", listingOnly(brokenDate, craftedExtension([]byte{0x55, 0x1d, 0x1d}, wrap(0x30, wrap(0xa4, craftedName("Other"))))), nil, "indirect"},
	{"a certificateIssuer without names", listingOnly(brokenDate, craftedExtension([]byte{0x55, 0x1d, 0x1d}, []byte{0x30, 0})), ErrMalformed, "2.5.29.29"},
	{"junk in an entry", listingOnly(brokenDate, []byte{0x30, 0}, []byte{5, 0}), ErrMalformed, "extensions"},
	{"a serial number twice", func(l *craftedList) { l.entries = wrap(0x30, bytes.Repeat(craftedEntry([]byte{5}, brokenDate), 2)) }, nil, "more than once"},
	{"a serial number that is too long", func(l *craftedList) { l.entries = wrap(0x30, craftedEntry([]byte{0, 5}, brokenDate)) }, nil, "serial number is not written"},
	{"reasons in version 1", func(l *craftedList) {
		l.version, l.extensions = nil, nil
		listingOnly(brokenDate, append([]byte(reasonStart), 1))(l)
	}, nil, "version 1"},
}

// What is wrong with a list is said, by kind, and what can be read in spite of it
// is read.
func TestReadBroken(t *testing.T) {
	ca := craftedCA(t)
	for _, tt := range brokenLists {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Read(bytes.NewReader(ca.craft(t, tt.change)), NewSerials([]*big.Int{big.NewInt(5)}))
			if tt.err != nil {
				readerOnly(t, err, tt.err)
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			irregular := strings.Join(l.Irregular, "\n")
			if (tt.says == "") != (irregular == "") || !strings.Contains(irregular, tt.says) {
				t.Errorf("irregular: %q, want %q", irregular, tt.says)
			}
			if tt.name != "a large algorithm" && l.SignedBy(ca.cert) != nil {
				t.Error("the signature does not match")
			}
		})
	}
}

// Lengths that are lies, with no list behind them.
func TestReadLengths(t *testing.T) {
	good := readerBytes(t, "good.crl")
	body := append([]byte{0x30, 0x82, 0x7f, 0xff}, good[8:]...)
	entries := bytes.Index(good, []byte{0x30, 0x81}) // after the times
	large := append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x84, 0xff, 0xff, 0xff, 0xf0}, good[8:entries]...)
	large = append(append(large, 0x30, 0x84, 0xff, 0xff, 0, 0), good[entries+3:]...)
	tests := []struct {
		name string
		data []byte
		err  error
	}{
		{"4 GB", append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x84, 0xff, 0xff, 0xff, 0xf9}, good[8:]...), ErrMalformed},
		{"4 GB around it", append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, good[4:]...), ErrMalformed},
		{"4 GB of entries, and then extensions", large, ErrMalformed},
		{"4 GB of entries, and then nothing", large[:len(large)-(len(good)-entries-3-int(good[entries+2]))], ErrTruncated},
		{"a length of 5 bytes", append([]byte{0x30, 0x85, 1, 0, 0, 0, 0}, good[4:]...), ErrMalformed},
		{"a length of 127 bytes", append([]byte{0x30, 0xff}, good...), ErrMalformed},
		{"a body longer than the whole", append(bytes.Clone(good[:4]), body...), ErrMalformed},
		{"a body as long as the whole", append([]byte{0x30, 0x82, 0, 10, 0x30, 8}, good[8:16]...), ErrMalformed},
		{"a whole shorter than the signature", append([]byte{0x30, 0x82, good[2], good[3] - 1}, good[4:]...), ErrMalformed},
		{"a whole longer than the signature", append([]byte{0x30, 0x82, good[2], good[3] + 1}, append(bytes.Clone(good[4:]), 0)...), ErrMalformed},
		{"no body", []byte{0x30, 0}, ErrMalformed},
		{"a SEQUENCE of nothing in one", []byte{0x30, 2, 0x30, 0}, ErrMalformed},
		{"a single byte", []byte{0x30}, ErrTruncated},
		{"zeros", make([]byte, 3000), ErrEmpty},
		{"ones", bytes.Repeat([]byte{0xff}, 3000), ErrNotCRL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Read(bytes.NewReader(tt.data), nil)
			if l != nil {
				t.Error("a list")
			}
			readerOnly(t, err, tt.err)
		})
	}
}

// A serial number may be longer than RFC 5280 allows, and is found all the same.
func TestReadSerials(t *testing.T) {
	date := craftedUTC("261101120000Z")
	ca := craftedCA(t)
	for _, n := range []*big.Int{
		big.NewInt(0), big.NewInt(-1), big.NewInt(-129), big.NewInt(127), big.NewInt(128),
		new(big.Int).Lsh(big.NewInt(1), 159), new(big.Int).Lsh(big.NewInt(1), 1015), new(big.Int).Lsh(big.NewInt(1), 4000),
	} {
		der := ca.craft(t, func(l *craftedList) { l.entries = wrap(0x30, craftedEntry(integerContent(n), date)) })
		l, err := Read(bytes.NewReader(der), NewSerials([]*big.Int{n}))
		if err != nil {
			t.Errorf("%v: %v", n, err)
		} else if _, ok := l.Entry(n); !ok {
			t.Errorf("%v is not found", n)
		}
		if l != nil && len(l.Irregular) > 0 {
			t.Errorf("%v: %q", n, l.Irregular)
		}
	}
}

// The latest date is found on both sides of a century, and in both types.
func TestReadLatestEntry(t *testing.T) {
	ca := craftedCA(t)
	for want, dates := range map[string][][]byte{
		"2026-11-01": {craftedUTC("261101120000Z"), craftedUTC("991101120000Z")},
		"1999-11-01": {craftedUTC("501101120000Z"), craftedUTC("991101120000Z")},
		"2049-12-31": {craftedUTC("491231235959Z"), wrap(0x18, []byte("20260101000000Z"))},
		"2051-01-01": {craftedUTC("491231235959Z"), wrap(0x18, []byte("20510101000000Z"))},
	} {
		der := ca.craft(t, func(l *craftedList) {
			l.entries = wrap(0x30, append(craftedEntry([]byte{1}, dates[0]), craftedEntry([]byte{2}, dates[1])...))
		})
		l, err := Read(bytes.NewReader(der), nil)
		if err != nil || l.LatestEntry.Format(time.DateOnly) != want {
			t.Errorf("%v, want %s (%v)", l.LatestEntry, want, err)
		}
	}
}

// Text around and in PEM, as editors, mail and PowerShell leave it.
func TestReadPEM(t *testing.T) {
	text, der := string(readerBytes(t, "pem.crl")), readerBytes(t, "good.crl")
	crlf := strings.ReplaceAll(text, "\n", "\r\n")
	lines := strings.SplitAfter(text, "\n")
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: readerBytes(t, "certificate.crl")}))
	tests := []struct {
		name, text string
		err        error
		says       string
	}{
		{"as it is", text, nil, ""},
		{"with CRLF", crlf, nil, ""},
		{"with a BOM", "\ufeff" + text, nil, ""},
		{"with a BOM and CRLF", "\ufeff\r\n" + crlf, nil, ""},
		{"with blank lines and blanks", "\n\n  " + strings.ReplaceAll(text, "\n", "  \n\n"), nil, ""},
		{"with text before", "Issuer: Contoso\n\n" + text, nil, ""},
		{"with text behind", text + "\nsent from my phone\n", nil, ""},
		{"behind much text of openssl", "Certificate Revocation List (CRL):\n" + strings.Repeat("    Serial Number: 1234567890ABCDEF\n", 10000) + text, nil, ""},
		{"in one line", lines[0] + strings.ReplaceAll(strings.Join(lines[1:len(lines)-2], ""), "\n", "") + "\n" + lines[len(lines)-2], nil, ""},
		{"without a last line", strings.Join(lines[:len(lines)-2], ""), nil, "no last line"},
		{"twice", text + text, nil, "more PEM blocks follow"},
		{"and a certificate", text + certificate, nil, "more PEM blocks follow"},
		{"behind a certificate", certificate + text, ErrNotCRL, "but a certificate"},
		{"cut in a line", text[:300], ErrTruncated, ""},
		{"with a line too few", strings.Join(append(lines[:5:5], lines[6:]...), ""), nil, "-"},
		{"with garbage", text[:200] + "!" + text[201:], ErrBase64, "damaged at character"},
		{"with garbage behind the list", strings.Replace(text, pemEnd, "????\n"+pemEnd, 1), ErrBase64, "damaged"},
		{"empty", lines[0] + lines[len(lines)-2], ErrTruncated, ""},
		{"with its first line in a line", "here it is: " + text, ErrNotCRL, ""},
		{"openssl's text alone", "Certificate Revocation List (CRL):\n    Version 2 (0x1)\n", ErrBase64, "no line of it begins"},
		{"in UTF-16", "\xff\xfe-\x00-\x00-\x00", ErrBase64, "UTF-16"},
		{"a BOM alone", "\ufeff", ErrEmpty, ""},
		{"blanks alone", " \r\n\t\n", ErrEmpty, ""},
		{"a page behind a BOM", "\ufeff \n<?xml version=\"1.0\"?>", ErrHTML, ""},
		{"JSON", `{"error":"not found"}`, ErrNotCRL, "7B 22"},
	}
	want := readerSummary(t, readerList(t, "good.crl"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Read(strings.NewReader(tt.text), readerAsked(t))
			switch {
			case tt.says == "-": // how it fails depends on where the line was
				if err == nil && readerSigner(t, l) != "" {
					t.Error("it is not noticed")
				}
				return
			case tt.err != nil:
				readerOnly(t, err, tt.err)
				if err == nil || !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			irregular := strings.Join(l.Irregular, "\n")
			if (tt.says == "") != (irregular == "") || !strings.Contains(irregular, tt.says) {
				t.Errorf("irregular: %q, want %q", irregular, tt.says)
			}
			l.Irregular = nil
			if got := readerSummary(t, l); got != "PEM "+want || l.Size != int64(len(der)) {
				t.Errorf("it says %s, want %s", got, want)
			}
		})
	}
}
