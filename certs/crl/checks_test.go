package crl

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

const (
	pass = preflight.StatusPass
	skip = preflight.StatusSkip
	warn = preflight.StatusWarn
	fail = preflight.StatusFail
)

// checkRow says what one check makes of one list: the status, and a part of the
// message.
type checkRow struct {
	check, file string
	with        func(*Subject)
	scenario    preflight.Scenario // at testClock, unless it says otherwise
	want        preflight.Status
	says        string
}

// Where the servers that ask for CRLs are.
var (
	cloud  = preflight.Scenario{}
	gov    = preflight.Scenario{Cloud: preflight.DoD}
	china  = preflight.Scenario{Cloud: preflight.China}
	inside = preflight.Scenario{Mailbox: preflight.ExchangeServer}
)

func from(url string) func(*Subject) { return func(s *Subject) { s.URL = url } }

func asked(kind Kind) func(*Subject) { return func(s *Subject) { s.Asked = kind } }

func after(previous string) func(*Subject) {
	return func(s *Subject) { s.Previous = listIn(nil, previous) }
}

func on(base string) func(*Subject) { return func(s *Subject) { s.Base = listIn(nil, base) } }

func since(text string) func(*Subject) {
	at, err := time.Parse(time.RFC3339Nano, text)
	return func(s *Subject) {
		if s.Since = at; err != nil {
			s.Since = time.Time{} // a slip in the table: the row fails
		}
	}
}

// came sets how the list was downloaded.
func came(d Download) func(*Subject) {
	return func(s *Subject) {
		if d.URL == "" {
			d.URL = "http://crl.contoso.com/issuing.crl"
		}
		if d.FinalURL == "" {
			d.FinalURL = d.URL
		}
		s.Download, s.URL = &d, d.URL
		if d.Err != nil {
			s.List, s.Err = nil, nil
		}
	}
}

func sized(n int64) func(*Subject) { return func(s *Subject) { s.List.Size = n } }

func failed(kind error, more string) Download {
	return Download{Err: fmt.Errorf("%w: %s", kind, more), Total: 300 * time.Millisecond}
}

var checkRows = []checkRow{
	{"crl.download", "good.crl", nil, cloud, skip, "read from a file"},
	{"crl.download", "good.crl", came(Download{Status: 200, Received: 1234567, Total: 40 * time.Millisecond, DNS: time.Millisecond}), cloud, pass, "HTTP 200, 1,234,567 bytes in 40ms (DNS 1ms"},
	{"crl.download", "good.crl", came(Download{URL: "https://crl.contoso.com/x.crl"}), cloud, warn, "it comes by https"},
	{"crl.download", "good.crl", came(Download{URL: "https://crl.contoso.com/x.crl"}), inside, pass, "HTTP"},
	{"crl.download", "good.crl", came(Download{Redirects: []string{"http://b.contoso.com/"}, FinalURL: "http://b.contoso.com/"}), cloud, warn, "redirected to http://b.contoso.com/"},
	{"crl.download", "good.crl", came(Download{ContentEncoding: "gzip"}), cloud, warn, "compressed (gzip)"},
	{"crl.download", "good.crl", came(Download{Special: []string{"10.0.0.1 is a private address"}}), cloud, warn, "10.0.0.1 is a private address; seen from here: Entra ID asks from the internet"},
	{"crl.download", "good.crl", came(failed(ErrHost, "no such host")), cloud, fail, "no such host (seen from here; proxies are not used)"},
	{"crl.download", "good.crl", came(failed(ErrResolver, "no answer")), cloud, warn, "no answer"},
	{"crl.download", "good.crl", came(failed(ErrConnect, "refused")), cloud, fail, "refused (seen from here; proxies are not used)"},
	{"crl.download", "good.crl", came(failed(ErrTimeout, "30s")), cloud, fail, "30s"},
	{"crl.download", "good.crl", came(failed(ErrScheme, "ldap")), cloud, fail, "ldap"},
	{"crl.download", "good.crl", came(failed(ErrPrivate, "10.0.0.1")), cloud, warn, "seen from here"},
	{"crl.download", "good.crl", came(Download{URL: "http://pki/x.crl", Err: ErrPrivate}), cloud, fail, "doesn't reach it"},
	{"crl.download", "good.crl", came(Download{URL: "http://pki/x.crl", Err: ErrPrivate}), inside, warn, "doesn't reach it"},
	{"crl.download", "good.crl", came(Download{Status: 404, Err: ErrStatus}), cloud, fail, "refused"},
	{"crl.download", "good.crl", came(failed(ErrIncomplete, "7 of 9 bytes")), cloud, fail, "7 of 9"},
	{"crl.download", "good.crl", came(Download{Err: ErrTooLarge, Size: 70 << 20}), cloud, skip, "see crl.size"},
	{"crl.download", "good.crl", came(Download{Err: ErrTooLarge, Size: 200 << 20}), inside, warn, "it was not read: it has more than 209,715,200 bytes"},
	{"crl.download", "good.crl", came(failed(ErrScheme, "ldap")), inside, warn, "ldap"},

	{"crl.time", "good.crl", nil, cloud, skip, "read from a file"},
	{"crl.time", "good.crl", came(Download{Total: 900 * time.Millisecond}), cloud, pass, "900ms of the 10s allowed (from here;"},
	{"crl.time", "good.crl", came(Download{Total: 6 * time.Second}), cloud, warn, "6s of the 10s"},
	{"crl.time", "good.crl", came(Download{Total: 11 * time.Second}), cloud, fail, "11s from the request to the last byte, more than 10s"},
	{"crl.time", "good.crl", came(Download{Total: 11 * time.Second}), inside, skip, "no limit is documented"},
	{"crl.time", "good.crl", came(Download{Total: 30 * time.Second, Err: ErrTimeout}), cloud, fail, "had not ended after 30s"},
	{"crl.time", "good.crl", came(failed(ErrHost, "x")), cloud, skip, "nothing was downloaded"},

	{"crl.format", "good.crl", nil, cloud, pass, "DER, version 2, 4 entries"},
	{"crl.format", "empty.crl", nil, cloud, pass, "0 entries"},
	{"crl.format", "pem.crl", nil, cloud, fail, "it is PEM text"},
	{"crl.format", "pem.crl", nil, inside, warn, "it is PEM text"},
	{"crl.format", "base64.crl", nil, cloud, fail, "base64"},
	{"crl.format", "page.crl", nil, cloud, fail, "web page"},
	{"crl.format", "nothing.crl", nil, cloud, fail, "empty"},
	{"crl.format", "truncated.crl", nil, cloud, fail, "cut short"},
	{"crl.format", "indefinite.crl", nil, cloud, fail, "indefinite lengths"},
	{"crl.format", "certificate.crl", nil, cloud, fail, "certificate"},
	{"crl.format", "trailing.crl", nil, cloud, warn, "follow behind its end"},
	{"crl.format", "version-1.crl", nil, cloud, warn, "version 1"},
	{"crl.format", "version-1-extensions.crl", nil, cloud, warn, "which version 1 has not"},
	{"crl.format", "long-length.crl", nil, cloud, warn, "not written as short"},
	{"crl.format", "good.crl", came(failed(ErrHost, "x")), cloud, skip, "nothing was downloaded"},
	{"crl.format", "good.crl", came(Download{Err: ErrStatus, ReadErr: ErrHTML}), cloud, fail, "web page"},

	{"crl.size", "good.crl", nil, cloud, pass, "bytes of 20,971,520 bytes"},
	{"crl.size", "good.crl", nil, inside, skip, "servers inside"},
	{"crl.size", "good.crl", sized(20_000_000), cloud, warn, "20 MB, and not whether that is 20,000,000 bytes or 20,971,520"},
	{"crl.size", "good.crl", sized(20_971_520), cloud, warn, "20,971,520"},
	{"crl.size", "good.crl", sized(20_971_521), cloud, fail, "above the limit at a sign-in"},
	{"crl.size", "good.crl", sized(70_000_000), cloud, fail, "no sign-in below this CA succeeds"},
	{"crl.size", "good.crl", sized(50_000_000), cloud, fail, "the limit is 45,000,000 bytes or 68,157,440 bytes by how one reads"},
	{"crl.size", "good.crl", sized(30_000_000), cloud, fail, "the first one fails and starts a download"},
	{"crl.size", "good.crl", sized(44_000_000), gov, pass, "of 47,185,920 bytes"},
	{"crl.size", "good.crl", sized(50_000_000), gov, fail, "at a sign-in (47,185,920 bytes)"},
	{"crl.size", "good.crl", sized(155_000_000), gov, fail, "the limit is 150,000,000 bytes or 157,286,400 bytes"},
	{"crl.size", "good.crl", sized(160_000_000), gov, fail, "in the background"},
	{"crl.size", "good.crl", sized(30_000_000), china, warn, "this cloud's limits are not documented"},
	{"crl.size", "good.crl", came(Download{Err: ErrTooLarge, Size: 70 << 20}), cloud, fail, "73,400,320 bytes"},
	{"crl.size", "good.crl", came(failed(ErrHost, "x")), cloud, skip, "nothing was read"},

	{"crl.issuer", "good.crl", nil, cloud, pass, "CN=Contoso Test Issuing CA"},
	{"crl.issuer", "wrong-key.crl", nil, cloud, pass, "CN=Contoso Test Issuing CA"},
	{"crl.issuer", "no-aki.crl", nil, cloud, fail, "no authority key identifier"},
	{"crl.issuer", "no-aki.crl", nil, inside, pass, "it has no authority key identifier"},
	{"crl.issuer", "good.crl", func(s *Subject) { s.Pointing = s.CAs }, cloud, fail, `it is the CRL of "Contoso Test Issuing CA", and it stands where the CRL of "Contoso Test Root" should be`},
	{"crl.issuer", "version-1.crl", nil, cloud, fail, "no authority key identifier"},
	{"crl.issuer", "wrong-aki.crl", nil, cloud, fail, "its authority key identifier is"},
	{"crl.issuer", "other-issuer.crl", nil, cloud, fail, "its issuer is CN=Contoso Other CA"},
	{"crl.issuer", "printable-issuer.crl", nil, cloud, warn, "other string types"},
	{"crl.issuer", "renewed.crl", nil, cloud, warn, "with another key"},
	{"crl.issuer", "fabrikam.crl", nil, cloud, skip, "by none of the CAs given (2)"},
	{"crl.issuer", "fabrikam.crl", func(s *Subject) { s.CAs = nil }, cloud, skip, "no CA was given"},
	{"crl.issuer", "fabrikam.crl", func(s *Subject) { s.Pointing = s.CAs[:1] }, cloud, fail, `it stands where the CRL of "Contoso Test Issuing CA" should be`},

	{"crl.signature", "good.crl", nil, cloud, pass, `SHA256-RSA, by "Contoso Test Issuing CA"`},
	{"crl.signature", "root.crl", nil, cloud, pass, `by "Contoso Test Root"`},
	{"crl.signature", "wrong-key.crl", nil, cloud, fail, "not signed with the key of"},
	{"crl.signature", "sha1.crl", nil, cloud, warn, "which is weak"},
	{"crl.signature", "fabrikam.crl", nil, cloud, skip, "not among those given"},
	{"crl.signature", "good.crl", func(s *Subject) { s.CA = certificateIn(nil, "issuing-no-crlsign.pem") }, cloud, fail, "lacks cRLSign"},

	{"crl.validity", "good.crl", nil, cloud, pass, "from 2026-11-20 12:00 UTC to 2026-11-27 12:00 UTC"},
	{"crl.validity", "expired.crl", nil, cloud, fail, "it ended on 2026-11-08"},
	{"crl.validity", "not-yet.crl", nil, cloud, fail, "valid from 2026-11-22"},
	{"crl.validity", "good.crl", nil, preflight.Scenario{At: testClock.AddDate(0, 2, 0), Now: testClock}, skip, "by 2027-01-21 12:00 UTC its CA must have published another"},
	{"crl.validity", "expired.crl", nil, preflight.Scenario{At: testClock.AddDate(0, 2, 0), Now: testClock}, fail, "it ended on"},
	{"crl.validity", "no-next-update.crl", nil, cloud, fail, "does not say when the next one comes"},
	{"crl.validity", "ends-soon.crl", nil, cloud, warn, "in 8 hours"},
	{"crl.validity", "future-entry.crl", nil, cloud, warn, "still to come"},
	{"crl.validity", "good.crl", nil, preflight.Scenario{At: testClock.AddDate(0, 0, 6)}, fail, "it ended on 2026-11-27 12:00 UTC (nextUpdate), 0 hours ago"},

	{"crl.number", "good.crl", nil, cloud, pass, "100; --previous FILE compares"},
	{"crl.number", "good.crl", after("number-99.crl"), cloud, pass, "100, after 99"},
	{"crl.number", "number-99.crl", after("good.crl"), cloud, fail, "99 is not higher than the previous 100"},
	{"crl.number", "number-100-other.crl", after("good.crl"), cloud, fail, "100 is not higher"},
	{"crl.number", "good.crl", after("good.crl"), cloud, pass, "the previous list itself"},
	{"crl.number", "good.crl", after("root.crl"), cloud, warn, "another CA's"},
	{"crl.number", "good.crl", after("renewed.crl"), cloud, warn, "another CA's or key's"},
	{"crl.number", "good.crl", after("delta.crl"), cloud, warn, "one is a delta CRL"},
	{"crl.number", "good.crl", after("no-number.crl"), cloud, pass, "the previous one has none"},
	{"crl.number", "no-number.crl", nil, cloud, warn, "it has no number"},

	{"crl.delta", "good.crl", nil, cloud, pass, "announces no delta"},
	{"crl.delta", "freshest.crl", nil, cloud, pass, "its delta CRL is at http://crl.contoso.com/issuing+.crl"},
	{"crl.delta", "delta.crl", asked(BaseCRL), cloud, fail, "name this address as the base CRL's"},
	{"crl.delta", "good.crl", asked(DeltaCRL), cloud, fail, "named as the delta CRL's"},
	{"crl.delta", "delta.crl", nil, cloud, skip, "the base CRL is not here"},
	{"crl.delta", "delta.crl", on("good.crl"), cloud, pass, "number 101, continues base 100"},
	{"crl.delta", "delta-same.crl", on("good.crl"), cloud, pass, "number 100"},
	{"crl.delta", "delta-gap.crl", on("good.crl"), cloud, fail, "it continues base 101, and the base published is 100"},
	{"crl.delta", "delta-old.crl", on("good.crl"), cloud, warn, "it adds nothing"},
	{"crl.delta", "delta.crl", on("scope-own.crl"), cloud, fail, "its scope"},
	{"crl.delta", "delta.crl", on("no-number.crl"), cloud, warn, "no number to go by"},

	{"crl.scope", "good.crl", nil, cloud, pass, "all certificates of its CA"},
	{"crl.scope", "scope-own.crl", from("http://crl.contoso.com/issuing.crl"), cloud, pass, "point to http://crl.contoso.com/issuing.crl"},
	{"crl.scope", "scope-own.crl", nil, cloud, pass, "point to"},
	{"crl.scope", "scope-other.crl", from("http://crl.contoso.com/issuing.crl"), cloud, fail, "belongs to http://crl.contoso.com/issuing-7.crl"},
	{"crl.scope", "scope-users.crl", nil, cloud, warn, "users' certificates only"},
	{"crl.scope", "scope-cas.crl", nil, cloud, warn, "CA certificates only"},
	{"crl.scope", "scope-reasons.crl", nil, cloud, fail, "some reasons only"},
	{"crl.scope", "scope-attributes.crl", nil, cloud, fail, "attribute certificates only"},
	{"crl.scope", "indirect.crl", nil, cloud, warn, "an indirect CRL"},
	{"crl.scope", "unknown-critical.crl", nil, cloud, fail, "critical extensions that nobody may pass over"},
	{"crl.scope", "entry-unknown-critical.crl", nil, cloud, fail, "critical extensions"},

	{"crl.next-publish", "next-publish.crl", nil, cloud, pass, "announced for 2026-11-26"},
	{"crl.next-publish", "next-publish.crl", nil, preflight.Scenario{At: testClock.AddDate(0, 2, 0), Now: testClock}, pass, "announced for 2026-11-26"},
	{"crl.next-publish", "next-publish-overdue.crl", nil, cloud, warn, "this is still the old one"},
	{"crl.next-publish", "good.crl", nil, cloud, skip, "does not say"},

	{"crl.token-time", "good.crl", nil, cloud, skip, "--since"},
	{"crl.token-time", "good.crl", since("2026-11-20T11:59:58.5Z"), cloud, pass, "later than 2026-11-20T11:59:58Z"},
	{"crl.token-time", "good.crl", since("2026-11-20T12:00:00Z"), cloud, fail, "is not later than"},
	{"crl.token-time", "good.crl", since("2026-11-20T11:59:59.2Z"), cloud, fail, "is not later than"},
}

func TestChecks(t *testing.T) {
	for _, r := range checkRows {
		t.Run(r.check+"/"+r.file+"/"+r.says, func(t *testing.T) {
			s := r.scenario.WithDefaults()
			if s.At.IsZero() {
				s.At = testClock
			}
			var got []preflight.Finding
			for _, f := range Check(s, subjectIn(t, r)) {
				if f.Check == r.check {
					got = append(got, f)
				}
				checktest.Finding(t, f)
			}
			if len(got) != 1 || got[0].Status != r.want || !strings.Contains(got[0].Message, r.says) {
				t.Errorf("%+v\nwant %s with %q", got, r.want, r.says)
			}
		})
	}
}

// subjectIn is a list with its CA found among the root and the issuing CA.
func subjectIn(t *testing.T, r checkRow) *Subject {
	t.Helper()
	sub := &Subject{CAs: []*certs.Certificate{certificateIn(t, "issuing.pem"), certificateIn(t, "root.pem")}}
	data, err := os.ReadFile(filepath.Join("../../testdata/crls", r.file))
	if err != nil {
		t.Fatal(err)
	}
	if sub.List, sub.Err = Read(bytes.NewReader(data), nil); sub.List != nil {
		sub.CA = FindIssuer(sub.List, sub.CAs)
	}
	if r.with != nil {
		r.with(sub)
	}
	return sub
}

// listIn and certificateIn read a fixture; t may be nil in tables, where a missing
// one shows as a nil pointer.
func listIn(t testing.TB, file string, asked ...*certs.Certificate) *List {
	f, err := os.Open(filepath.Join("../../testdata/crls", file))
	if err == nil {
		defer f.Close()
		var l *List
		if l, err = Read(f, serialsOf(asked...)); err == nil {
			return l
		}
	}
	if t != nil {
		t.Fatal(err)
	}
	return nil
}

func certificateIn(t testing.TB, file string) *certs.Certificate {
	b, err := certs.ReadFile(filepath.Join("../../testdata/certs", file), certs.Unlock{})
	if err == nil {
		return b.Certificates[0]
	}
	if t != nil {
		t.Fatal(err)
	}
	return nil
}

func TestCatalogue(t *testing.T) {
	var rows []checktest.Row
	for _, r := range checkRows {
		rows = append(rows, checktest.Row{Check: r.check, Want: r.want})
	}
	for _, r := range revocationRows {
		rows = append(rows, checktest.Row{Check: r.check.ID, Want: r.want})
	}
	checktest.Catalogue(t, Catalogue(), rows)
}

// What a failed download predicts depends on how it failed.
func TestCodes(t *testing.T) {
	for _, c := range []struct {
		file  string
		with  func(*Subject)
		check string
		code  string
	}{
		{"good.crl", came(failed(ErrHost, "x")), "crl.download", "AADSTS500173"},
		{"good.crl", came(failed(ErrTimeout, "x")), "crl.download", "AADSTS2205012"},
		{"good.crl", came(Download{Total: 11 * time.Second}), "crl.time", "AADSTS500179"},
		{"page.crl", nil, "crl.format", "AADSTS500174"},
		{"pem.crl", nil, "crl.format", "AADSTS2205011"},
		{"good.crl", sized(30_000_000), "crl.size", "AADSTS2205014"},
		{"wrong-aki.crl", nil, "crl.issuer", "AADSTS2205015"},
		{"expired.crl", nil, "crl.validity", "AADSTS500172"},
		{"scope-reasons.crl", nil, "crl.scope", "AADSTS500178"},
	} {
		s := preflight.Scenario{At: testClock}.WithDefaults()
		var codes []string
		for _, f := range Check(s, subjectIn(t, checkRow{file: c.file, with: c.with})) {
			if f.Check == c.check {
				codes = f.Codes
			}
		}
		if !slices.Contains(codes, c.code) {
			t.Errorf("%s of %s predicts %v, want %s", c.check, c.file, codes, c.code)
		}
	}
}

// IIS's refusal of a plus sign and AD CS's second file are told by the fix.
func TestFixes(t *testing.T) {
	s := preflight.Scenario{At: testClock}.WithDefaults()
	for url, want := range map[string]string{
		"http://crl.contoso.com/issuing+.crl": "allow double escaping",
		"http://crl.contoso.com/issuing.crl":  "CA(1).crl",
	} {
		d := &Download{URL: url, FinalURL: url, Status: 404, Err: errors.Join(ErrStatus)}
		if f := Check(s, &Subject{Download: d, URL: url})[0]; !strings.Contains(f.Fix, want) {
			t.Errorf("%s: the fix is %q, want %q", url, f.Fix, want)
		}
	}
	d := &Download{URL: "http://crl.contoso.com/x.crl", Special: []string{"x"}, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1")}, Err: ErrPrivate}
	if f := Check(s, &Subject{Download: d})[0]; !strings.Contains(f.Fix, "--resolver") {
		t.Errorf("the fix of a private address is %q", f.Fix)
	}
}
