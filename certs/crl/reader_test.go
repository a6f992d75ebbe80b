package crl

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
)

// The folders of fixtures. Each README says what is special about a file.
const (
	readerLists = "../../testdata/crls"
	readerCerts = "../../testdata/certs"
	readerKeys  = "../../testdata/keys"
)

// readerSigners are the CAs of the fixtures by their files; renewed and Fabrikam
// share a key.
var readerSigners = []string{"issuing.pem", "root.pem", "fabrikam-root.pem"}

// readerFixtures is what every file of testdata/crls says, by summary, or the
// error that it is refused with.
var readerFixtures = []struct {
	file, says string
	err        error
}{
	{"good.crl", "#100 4 entries to 2026-11-10, by issuing.pem", nil},
	{"root.crl", "#100 1 entries to 2026-11-16, by root.pem", nil},
	{"empty.crl", "#100 0 entries, by issuing.pem", nil},
	{"expired.crl", "#100 2026-11-01 to 2026-11-08, 3 entries to 2026-11-01, by issuing.pem", nil},
	{"not-yet.crl", "#100 2026-11-22 to 2026-11-29, 4 entries to 2026-11-10, by issuing.pem", nil},
	{"no-next-update.crl", "#100 2026-11-20 on, 4 entries to 2026-11-10, by issuing.pem", nil},
	{"ends-soon.crl", "#100 2026-11-15 to 2026-11-21, 4 entries to 2026-11-10, by issuing.pem", nil},
	{"future-entry.crl", "#100 5 entries to 2026-12-24, by issuing.pem", nil},
	{"invalidity.crl", "#100 2 entries to 2026-11-10, by issuing.pem; a date before 2050 stands in a GeneralizedTime (RFC 5280 5.1.2.4)", nil},
	{"next-publish.crl", "#100 4 entries to 2026-11-10, next on 2026-11-26, by issuing.pem", nil},
	{"next-publish-overdue.crl", "#100 4 entries to 2026-11-10, next on 2026-11-21, by issuing.pem", nil},
	{"wrong-key.crl", "#100 4 entries to 2026-11-10, by fabrikam-root.pem but AKI of issuing.pem", nil},
	{"wrong-aki.crl", "#100 4 entries to 2026-11-10, by issuing.pem but AKI of root.pem", nil},
	{"no-aki.crl", "#100 4 entries to 2026-11-10, by issuing.pem but no AKI", nil},
	{"other-issuer.crl", "CN=Contoso Other CA #100 4 entries to 2026-11-10, by issuing.pem", nil},
	{"printable-issuer.crl", "#100 4 entries to 2026-11-10, by issuing.pem", nil},
	{"renewed.crl", "#100 4 entries to 2026-11-10, by fabrikam-root.pem", nil},
	{"fabrikam.crl", "CN=Fabrikam Root #100 4 entries to 2026-11-10, by fabrikam-root.pem", nil},
	{"sha1.crl", "SHA1-RSA #100 4 entries to 2026-11-10, by issuing.pem", nil},
	{"no-number.crl", "4 entries to 2026-11-10, by issuing.pem", nil},
	{"number-99.crl", "#99 2026-11-13 to 2026-11-20, 4 entries to 2026-11-10, by issuing.pem", nil},
	{"number-100-other.crl", "#100 5 entries to 2026-11-19, by issuing.pem", nil},
	{"freshest.crl", "#100 4 entries to 2026-11-10, delta at http://crl.contoso.com/issuing+.crl, by issuing.pem", nil},
	{"delta.crl", "#101 delta to 100, 2026-11-21 to 2026-11-22, 2 entries to 2026-11-21, by issuing.pem", nil},
	{"delta-same.crl", "#100 delta to 100, 2026-11-21 to 2026-11-22, 0 entries, by issuing.pem", nil},
	{"delta-old.crl", "#99 delta to 98, 2026-11-21 to 2026-11-22, 2 entries to 2026-11-21, by issuing.pem", nil},
	{"delta-gap.crl", "#102 delta to 101, 2026-11-21 to 2026-11-22, 2 entries to 2026-11-21, by issuing.pem", nil},
	{"delta-expired.crl", "#101 delta to 100, 2026-11-20 to 2026-11-21, 1 entries to 2026-11-20, by issuing.pem", nil},
	{"delta-wrong-key.crl", "#101 delta to 100, 2026-11-21 to 2026-11-22, 2 entries to 2026-11-21, by fabrikam-root.pem but AKI of issuing.pem", nil},
	{"scope-users.crl", "#100 {users} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"scope-cas.crl", "#100 {CAs} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"scope-reasons.crl", "#100 {reasons} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"scope-attributes.crl", "#100 {attributes} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"scope-own.crl", "#100 {http://crl.contoso.com/issuing.crl} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"scope-other.crl", "#100 {http://crl.contoso.com/issuing-7.crl} 4 entries to 2026-11-10, by issuing.pem", nil},
	{"indirect.crl", "#100 {indirect} 4 entries to 2026-11-04, 2 of others, by issuing.pem", nil},
	{"unknown-critical.crl", "#100 4 entries to 2026-11-10, asks 2.999.1, by issuing.pem", nil},
	{"entry-unknown-critical.crl", "#100 5 entries to 2026-11-18, asks 2.999.1, by issuing.pem", nil},
	{"version-1.crl", "v1 4 entries to 2026-11-10, by issuing.pem but no AKI", nil},
	{"version-1-extensions.crl", "v1 #100 4 entries to 2026-11-10, by issuing.pem; it has extensions, which version 1 has not", nil},
	{"long-length.crl", "#100 4 entries to 2026-11-10, by issuing.pem; a length is not written as short as DER wants it", nil},
	{"trailing.crl", "#100 4 entries to 2026-11-10, 1 bytes behind it, by issuing.pem", nil},
	{"pem.crl", "PEM #100 4 entries to 2026-11-10, by issuing.pem", nil},
	{"base64.crl", "it looks like base64 without its first line", ErrBase64},
	{"page.crl", "web page", ErrHTML},
	{"nothing.crl", "it is empty", ErrEmpty},
	{"truncated.crl", "it has 285 bytes of 570", ErrTruncated},
	{"indefinite.crl", "indefinite", ErrIndefinite},
	{"certificate.crl", "but a certificate", ErrNotCRL},
}

func TestReadFixtures(t *testing.T) {
	known := map[string]bool{}
	for _, tt := range readerFixtures {
		known[tt.file] = true
		t.Run(tt.file, func(t *testing.T) {
			data := readerBytes(t, tt.file)
			l, err := Read(bytes.NewReader(data), readerAsked(t))
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
			if got := readerSummary(t, l); got != tt.says {
				t.Errorf("it says\n  %s, want\n  %s", got, tt.says)
			}
			if size := int64(len(data)) - l.Trailing; l.Size != size && !l.PEM {
				t.Errorf("size %d, want %d", l.Size, size)
			}
		})
	}
	for _, file := range readerFiles(t) {
		if !known[file] {
			t.Errorf("%s is not in the table", file)
		}
	}
}

// What the lists say of single certificates.
func TestReadEntries(t *testing.T) {
	tests := []struct{ list, cert, want string }{
		{"good.crl", "revoked.pem", "2026-11-01 keyCompromise"},
		{"good.crl", "revoked-hold.pem", "2026-11-10 certificateHold"},
		{"good.crl", "revoked-delta.pem", ""},
		{"good.crl", "good.pem", ""},
		{"pem.crl", "revoked.pem", "2026-11-01 keyCompromise"},
		{"version-1.crl", "revoked.pem", "2026-11-01 unspecified"},
		{"root.crl", "issuing-revoked.pem", "2026-11-16 cACompromise"},
		{"delta.crl", "revoked-delta.pem", "2026-11-21 keyCompromise"},
		{"delta.crl", "revoked-hold.pem", "2026-11-21 removeFromCRL"},
		{"delta.crl", "revoked.pem", ""},
		{"invalidity.crl", "revoked.pem", "2026-11-01 keyCompromise, invalid from 2026-10-27"},
		{"invalidity.crl", "revoked-hold.pem", "2026-11-10 unspecified"},
		{"indirect.crl", "revoked.pem", "2026-11-01 keyCompromise"},
		{"indirect.crl", "good.pem", ""},         // of another CA, by its own word
		{"indirect.crl", "revoked-hold.pem", ""}, // of the same, which the entry before said
	}
	for _, tt := range tests {
		t.Run(tt.list+"/"+tt.cert, func(t *testing.T) {
			l := readerList(t, tt.list)
			e, ok := l.Entry(readerCert(t, tt.cert).Serial)
			got := ""
			if ok {
				got = e.Revoked.Format("2006-01-02 ") + e.Reason.String()
			}
			if !e.Invalid.IsZero() {
				got += e.Invalid.Format(", invalid from 2006-01-02")
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A list knows nothing of serial numbers that nobody asked for.
func TestEntryNotAsked(t *testing.T) {
	l, err := Read(bytes.NewReader(readerBytes(t, "good.crl")), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, serial := range []*big.Int{readerCert(t, "revoked.pem").Serial, big.NewInt(0), nil} {
		if e, ok := l.Entry(serial); ok {
			t.Errorf("it says %v of %v", e, serial)
		}
	}
}

func TestSame(t *testing.T) {
	good := readerList(t, "good.crl")
	for file, want := range map[string]bool{"good.crl": true, "pem.crl": true, "long-length.crl": true, "number-99.crl": false, "renewed.crl": false, "sha1.crl": false} {
		if got := good.Same(readerList(t, file)); got != want {
			t.Errorf("same as %s: %v, want %v", file, got, want)
		}
	}
}

// readerSummary says what is special about a list. What the good case has goes
// without saying: the issuing CA's name, version, hash, dates and AKI.
func readerSummary(t *testing.T, l *List) string {
	t.Helper()
	const name, times = "CN=Contoso Test Issuing CA", "2026-11-20 to 2026-11-27"
	var b strings.Builder
	say := func(when bool, format string, args ...any) {
		if when {
			fmt.Fprintf(&b, format, args...)
		}
	}
	signer := readerSigner(t, l)
	say(l.PEM, "PEM ")
	say(l.Version != 2, "v%d ", l.Version)
	say(certs.SignatureName(l.Algorithm).String() != "SHA256-RSA", "%v ", certs.SignatureName(l.Algorithm))
	say(l.Issuer() != name && signer != "root.pem", "%s ", l.Issuer())
	say(l.Number != nil, "#%v ", l.Number)
	say(l.Delta(), "delta to %v, ", l.BaseNumber)
	from, until := l.ThisUpdate.Format("2006-01-02"), l.NextUpdate.Format(" to 2006-01-02")
	say(l.NextUpdate.IsZero(), "%s on, ", from)
	say(!l.NextUpdate.IsZero() && from+until != times, "%s%s, ", from, until)
	say(l.Scope != nil, "%s ", readerScope(l.Scope))
	say(true, "%d entries", l.Entries)
	say(l.Entries > 0, "%s", l.LatestEntry.Format(" to 2006-01-02"))
	say(l.Indirect > 0, ", %d of others", l.Indirect)
	say(len(l.UnknownAsks) > 0, ", asks %s", strings.Join(l.UnknownAsks, " "))
	say(len(l.FreshestCRLs) > 0, ", delta at %s", strings.Join(l.FreshestCRLs, " "))
	say(!l.NextPublish.IsZero(), "%s", l.NextPublish.Format(", next on 2006-01-02"))
	say(l.Trailing > 0, ", %d bytes behind it", l.Trailing)
	say(true, ", by %s", cmp.Or(signer, "nobody"))
	for _, ca := range readerSigners {
		say(signer != ca && bytes.Equal(readerCert(t, ca).SubjectKeyID, l.AuthorityKeyID), " but AKI of %s", ca)
	}
	say(l.AuthorityKeyID == nil, " but no AKI")
	say(len(l.Irregular) > 0, "; %s", strings.Join(l.Irregular, "; "))
	return b.String()
}

// readerSigner is the fixture CA with whose key the list is signed.
func readerSigner(t *testing.T, l *List) string {
	t.Helper()
	i := slices.IndexFunc(readerSigners, func(ca string) bool { return l.SignedBy(readerCert(t, ca)) == nil })
	if i < 0 {
		return ""
	}
	return readerSigners[i]
}

func readerScope(s *Scope) string {
	if s == nil {
		return ""
	}
	words := slices.Clone(s.URLs)
	for word, set := range map[string]bool{"users": s.OnlyUsers, "CAs": s.OnlyCAs, "reasons": s.OnlyReasons, "attributes": s.OnlyAttribute, "indirect": s.Indirect} {
		if set {
			words = append(words, word)
		}
	}
	if s.Named != (len(s.URLs) > 0) {
		words = append(words, "named")
	}
	slices.Sort(words)
	return "{" + strings.Join(words, " ") + "}"
}

// readerErrors are all kinds of errors of the reader.
var readerErrors = []error{ErrEmpty, ErrHTML, ErrBase64, ErrIndefinite, ErrTruncated, ErrNotCRL, ErrMalformed}

// readerOnly wants an error of that kind and of no other.
func readerOnly(t *testing.T, err, want error) {
	t.Helper()
	for _, kind := range readerErrors {
		if got := errors.Is(err, kind); got != (kind == want) {
			t.Errorf("error %v: is %q: %v", err, kind, got)
		}
	}
}

func readerBytes(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(readerLists, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readerFiles are the names of all fixtures.
func readerFiles(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(readerLists, "*.crl"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no lists in %s (%v): go generate makes them", readerLists, err)
	}
	for i, path := range paths {
		paths[i] = filepath.Base(path)
	}
	return paths
}

func readerCert(t testing.TB, file string) *certs.Certificate {
	t.Helper()
	b, err := certs.ReadFile(filepath.Join(readerCerts, file), certs.Unlock{})
	if err != nil {
		t.Fatal(err)
	}
	return b.Certificates[0]
}

// readerAsked are the serial numbers of the certificates that the fixtures are
// about.
func readerAsked(t testing.TB) *Serials {
	t.Helper()
	var all []*big.Int
	for _, file := range []string{"good.pem", "revoked.pem", "revoked-hold.pem", "revoked-delta.pem", "issuing-revoked.pem", "leaf-of-revoked-ca.pem"} {
		all = append(all, readerCert(t, file).Serial)
	}
	return NewSerials(all)
}

// readerList reads a fixture that can be read.
func readerList(t testing.TB, file string) *List {
	t.Helper()
	l, err := Read(bytes.NewReader(readerBytes(t, file)), readerAsked(t))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return l
}
