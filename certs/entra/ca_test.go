package entra

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// caRow says what one check makes of the first CA of a file, in a store with
// those of other files.
type caRow struct {
	check, file string
	scenario    preflight.Scenario // at testClock, unless it says otherwise
	with        []string
	want        preflight.Status
	says        string
	change      func(*CA) // what is known around it
}

// urls are the CRL addresses that certificates of the CA name.
func urls(all ...string) func(*CA) {
	return func(ca *CA) { ca.CRLURLs, ca.Issued = all, 1 }
}

func deltas(base, delta []string) func(*CA) {
	return func(ca *CA) { ca.CRLURLs, ca.DeltaURLs, ca.Issued = base, delta, 1 }
}

// shared gives the CA an address that the next one in the store has too.
func shared(url, other string) func(*CA) {
	return func(ca *CA) {
		ca.CRLURLs, ca.Issued = []string{url}, 1
		ca.Store.CAs[1].CRLURLs = []string{other}
	}
}

func later(days int, s preflight.Scenario) preflight.Scenario {
	s.At = testClock.AddDate(0, 0, days)
	return s
}

const (
	goodURL   = "http://crl.contoso.com/issuing.crl"
	otherURL  = "http://crl.contoso.com/root.crl"
	deltaURL  = "http://crl.contoso.com/issuing+.crl"
	insideURL = "http://pki.contoso.local/issuing.crl"
	ldapURL   = "ldap:///CN=Issuing,CN=CDP,DC=contoso,DC=local?certificateRevocationList?base"
)

var caRows = []caRow{
	{"ca.readable", "issuing.pem", oauthOnline, nil, pass, "CN=Contoso Test Issuing CA, issued by CN=Contoso Test Root, serial number ", nil},
	{"ca.readable", "extension-doubled.pem", oauthOnline, nil, warn, "2.5.29.17 is there twice", nil},
	{"ca.readable", "serial-negative.pem", oauthOnline, nil, warn, "outside the standard: negative serial number", nil},
	{"ca.readable", "issuing.pem", oauthOnline, nil, fail, "it is no certificate", func(ca *CA) { ca.Certificate, ca.Err = nil, errors.New("it is no certificate") }},
	{"ca.readable", "issuing.pem", oauthOnline, nil, fail, `"it is\n"`, func(ca *CA) { ca.Certificate, ca.Err = nil, errors.New("it is\n") }},

	{"ca.is-ca", "root.pem", oauthOnline, nil, pass, "keyCertSign and cRLSign", nil},
	{"ca.is-ca", "issuing-no-ku.pem", oauthOnline, nil, pass, "without a key usage", nil},
	{"ca.is-ca", "issuing-no-certsign.pem", oauthOnline, nil, fail, "lacks keyCertSign", nil},
	{"ca.is-ca", "issuing-no-crlsign.pem", oauthOnline, nil, fail, "lacks cRLSign", nil},
	{"ca.is-ca", "issuing-not-ca.pem", oauthOnline, nil, fail, "it has no basicConstraints", nil},
	{"ca.is-ca", "issuing.pem", oauthOnline, nil, fail, "its basicConstraints say so", func(ca *CA) { ca.Certificate.IsCA = false }},
	{"ca.is-ca", "good.pem", oauthOnline, nil, fail, "it is no CA", nil},
	{"ca.is-ca", "root-v1.pem", oauthOnline, nil, warn, "a root of version 1", nil},

	{"ca.role", "root.pem", oauthOnline, nil, pass, "a root, signed with its own key (to Entra ID: isRootAuthority true, certificateAuthorityType root)", nil},
	{"ca.role", "root-v1.pem", oauthOnline, nil, pass, "see ca.is-ca", nil},
	{"ca.role", "issuing.pem", oauthOnline, nil, pass, "issued by CN=Contoso Test Root (to Entra ID: isRootAuthority false, certificateAuthorityType intermediate)", nil},
	{"ca.role", "root-link.pem", oauthOnline, []string{"root.pem"}, warn, "a link certificate: the CA's other key", nil},
	{"ca.role", "root-link.pem", oauthOnline, nil, warn, "and that one is not in the store", nil},
	{"ca.role", "root-broken.pem", oauthOnline, nil, fail, "its own key did not sign it", nil},
	{"ca.role", "root-sha512-224.pem", oauthOnline, nil, warn, "whether its own key signed it can't be checked here", nil},
	{"ca.role", "good.pem", oauthOnline, nil, skip, "it is no CA", nil},

	{"ca.ski", "root.pem", oauthOnline, nil, pass, "SKI ", nil},
	{"ca.ski", "root-aki.pem", oauthOnline, nil, pass, "SKI ", nil},
	{"ca.ski", "issuing.pem", oauthOnline, []string{"root.pem"}, pass, ", AKI ", nil},
	{"ca.ski", "issuing.pem", oauthOnline, nil, pass, ", AKI ", nil},
	{"ca.ski", "issuing-no-ski.pem", oauthOnline, nil, fail, "no subject key identifier", nil},
	{"ca.ski", "issuing-no-aki.pem", oauthOnline, nil, fail, "no authority key identifier", nil},
	{"ca.ski", "issuing-aki-other.pem", oauthOnline, []string{"root.pem"}, fail, `"Contoso Test Root" signed it, but its AKI`, nil},
	{"ca.ski", "issuing-aki-own.pem", oauthOnline, nil, fail, "its AKI is its own SKI", nil},
	{"ca.ski", "root-aki-other.pem", oauthOnline, nil, warn, "it is a root, but its AKI", nil},
	{"ca.ski", "issuing-no-ski.pem", directServer, nil, skip, "here Exchange Server judges", nil},
	{"ca.ski", "issuing-no-ski.pem", oauthADFS, nil, skip, "here AD FS judges", nil},
	{"ca.ski", "issuing-no-ski.pem", hybrid, nil, fail, "no subject key identifier", nil},

	{"ca.validity", "issuing.pem", oauthOnline, nil, pass, "until 2036-01-01 00:00 UTC", nil},
	{"ca.validity", "issuing-expired.pem", oauthOnline, nil, fail, "it expired on 2026-01-01 00:00 UTC; as long as it is in the tenant no new CA can be uploaded", nil},
	{"ca.validity", "issuing-expired.pem", directServer, nil, fail, "it expired on 2026-01-01 00:00 UTC", nil},
	{"ca.validity", "issuing-not-yet-valid.pem", oauthOnline, nil, fail, "not valid before 2027-01-01", nil},
	{"ca.validity", "issuing-expires-soon.pem", oauthOnline, nil, warn, "it expires on 2026-12-01 12:00 UTC, in 10 days, and with it all", nil},
	{"ca.validity", "issuing-expires-soon.pem", later(-18, oauthOnline), nil, pass, "until 2026-12-01", nil},
	{"ca.validity", "issuing-expires-soon.pem", later(10, oauthOnline), nil, warn, "in 0 days", nil},
	{"ca.validity", "issuing-expires-soon.pem", later(11, oauthOnline), nil, fail, "it expired", nil},

	{"ca.signature-hash", "issuing.pem", oauthOnline, nil, pass, "SHA256-RSA", nil},
	{"ca.signature-hash", "root-sha1.pem", oauthOnline, nil, pass, "SHA1-RSA; a root is trusted for being in the store", nil},
	{"ca.signature-hash", "issuing-sha1.pem", oauthOnline, nil, warn, "SHA1-RSA", nil},
	{"ca.signature-hash", "issuing-sha224.pem", oauthOnline, nil, warn, "an algorithm that is not known here", nil},

	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, goodURL, urls(goodURL)},
	{"ca.crl-url", "issuing.pem", directOnline, nil, pass, goodURL, urls(goodURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, "(on port 8080)", urls("http://crl.contoso.com:8080/issuing.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, "http://crl.contoso.com:80/a.crl", urls("http://crl.contoso.com:80/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, "bulk upload passes over ldap:///", urls(ldapURL, goodURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, "one address for a CA, and 1 more", urls(goodURL, otherURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, pass, "takes the first by http", urls("https://crl.contoso.com/a.crl", goodURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, skip, "no certificate that this CA issued was given", nil},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, skip, "its CRL was given as a file", func(ca *CA) { ca.HasCRL = true }},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "of 3 certificates that it issued none names a CRL: without an address in the tenant", func(ca *CA) { ca.Issued = 3 }},
	{"ca.crl-url", "issuing.pem", directServer, nil, warn, "Exchange Server cannot see what is revoked", func(ca *CA) { ca.Issued = 3 }},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "of Microsoft's pages one allows https", urls("https://crl.contoso.com/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "by HTTP only, not by \"ldap\"", urls(ldapURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "not by \"file\"", urls("file://pki/crl/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "not by \"ftp\"", urls("ftp://crl.contoso.com/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, insideURL + ": .local is reserved for link-local names", urls(insideURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "a private address", urls("http://10.0.0.1/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "a private address", urls("http://[fd00::1]:8080/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "a single label", urls("http://pki/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "it names no host", urls("http:///a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "it is no address", urls("http://crl.contoso.com:port/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, fail, "it is no address", urls("http://crl.contoso.com/\x1b[31m")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "one allows https", urls("http:///a.crl", "https://crl.contoso.com/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "but before it stands http://crl.contoso.com/a b.crl: there is a space", urls("http://crl.contoso.com/a b.crl", goodURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "but before it stands " + insideURL, urls(insideURL, goodURL)},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "without credentials", urls("http://user:word@crl.contoso.com/a.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "a space in it", urls("http://crl.contoso.com/Issuing CA.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "a # in it", urls("http://crl.contoso.com/a#b.crl")},
	{"ca.crl-url", "issuing.pem", oauthOnline, nil, warn, "characters", urls("http://crl.contoso.com/" + strings.Repeat("a", maxURL))},
	{"ca.crl-url", "issuing.pem", directServer, nil, pass, "Exchange Server fetches it from inside", urls(insideURL)},
	{"ca.crl-url", "issuing.pem", oauthADFS, nil, pass, "AD FS fetches it from inside", urls(ldapURL)},

	{"ca.crl-shared", "issuing.pem", oauthOnline, []string{"root.pem"}, pass, "no other CA has it", shared(goodURL, otherURL)},
	{"ca.crl-shared", "issuing.pem", oauthOnline, []string{"issuing-longer.pem"}, pass, "issuing-longer.pem has it too, and the same key", shared(goodURL, goodURL)},
	{"ca.crl-shared", "issuing.pem", oauthOnline, []string{"root.pem"}, warn, "is also where the CRL of root.pem is", shared(goodURL, "HTTP://CRL.contoso.com/issuing.crl")},
	{"ca.crl-shared", "issuing.pem", oauthOnline, []string{"issuing-renewed.pem"}, warn, "which has another key", shared(goodURL, goodURL)},
	{"ca.crl-shared", "issuing-cdp.pem", oauthOnline, nil, warn, "by this CA's own certificate, the CRL of its issuer", urls(otherURL)},
	{"ca.crl-shared", "issuing-cdp.pem", oauthOnline, nil, pass, "no other CA", urls(goodURL)},
	{"ca.crl-shared", "issuing.pem", oauthOnline, nil, skip, "is not known", nil},

	{"ca.delta-url", "issuing.pem", oauthOnline, nil, pass, "no delta CRL is named", urls(goodURL)},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, pass, "IIS answers 404.11", deltas([]string{goodURL}, []string{deltaURL})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, pass, "delta.crl", deltas([]string{goodURL}, []string{"http://crl.contoso.com/delta.crl"})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, fail, "is named, but no base CRL", deltas(nil, []string{deltaURL})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, fail, "reserved for link-local", deltas([]string{goodURL}, []string{"http://pki.contoso.local/issuing+.crl"})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, fail, "by HTTP only", deltas([]string{goodURL}, []string{ldapURL})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, warn, "as the base CRL and as the delta", deltas([]string{goodURL}, []string{goodURL})},
	{"ca.delta-url", "issuing.pem", directServer, nil, pass, "from inside", deltas([]string{insideURL}, []string{ldapURL})},
	{"ca.delta-url", "issuing.pem", oauthOnline, nil, skip, "was given", nil},

	{"ca.size", "issuing.pem", oauthOnline, nil, pass, " bytes", nil},
	{"ca.size", "issuing-6000.pem", oauthOnline, nil, warn, "in base64, as it is sent", nil},
	{"ca.size", "issuing-8000.pem", oauthOnline, nil, fail, "more than the 8192", nil},
	{"ca.size", "issuing-8000.pem", directServer, nil, skip, "the size of a CA is a rule of Entra ID", nil},

	{"ca.complete", "root.pem", oauthOnline, nil, pass, "it is a root", nil},
	{"ca.complete", "issuing.pem", oauthOnline, []string{"root.pem"}, pass, `"Contoso Test Root"`, nil},
	{"ca.complete", "root-cross-signed.pem", oauthOnline, []string{"fabrikam-root.pem"}, pass, `"Fabrikam Root"`, nil},
	{"ca.complete", "issuing.pem", oauthOnline, nil, fail, "its issuer CN=Contoso Test Root is missing", nil},
	{"ca.complete", "issuing.pem", oauthOnline, []string{"root-cross-signed.pem"}, fail, `the chain ends at "Contoso Test Root": its issuer CN=Fabrikam Root is missing`, nil},
	{"ca.complete", "issuing.pem", oauthOnline, []string{"root-renewed.pem"}, fail, "is there, but with another key", nil},
	{"ca.complete", "issuing-no-aki.pem", oauthOnline, []string{"root-renewed.pem"}, fail, "its key did not sign it", nil},
	{"ca.complete", "issuing-no-aki.pem", oauthOnline, []string{"root-v1.pem"}, fail, "but is no CA", nil},
	{"ca.complete", "issuing-aia.pem", oauthOnline, nil, fail, "can be got from http://pki.contoso.com/root.cer", nil},
	{"ca.complete", "issuing.pem", directServer, nil, warn, "Exchange Server may have it all the same", nil},
	{"ca.complete", "issuing-sha512-224.pem", oauthOnline, []string{"root.pem"}, warn, `whether "Contoso Test Root" signed "Contoso Test Issuing CA" can't be checked here`, nil},
	{"ca.complete", "root-sha512-224.pem", oauthOnline, nil, warn, "can't be checked here", nil},
	{"ca.complete", "good.pem", oauthOnline, nil, skip, "it is no CA", nil},

	{"ca.duplicate", "issuing.pem", oauthOnline, []string{"root.pem"}, pass, "it is there once", nil},
	{"ca.duplicate", "issuing.pem", oauthOnline, []string{"issuing-renewed.pem"}, pass, "issuing-renewed.pem has the same name and another key", nil},
	{"ca.duplicate", "issuing.pem", oauthOnline, []string{"issuing.pem"}, fail, "issuing.pem is the same certificate", nil},
	{"ca.duplicate", "issuing.pem", oauthOnline, []string{"issuing-longer.pem"}, warn, "issuing-longer.pem has the same key", nil},
	{"ca.duplicate", "root.pem", oauthOnline, []string{"root-cross-signed.pem"}, warn, "signed across", nil},
	{"ca.duplicate", "issuing.pem", oauthOnline, []string{"issuing-ski-stolen.pem"}, warn, "for another key", nil},
	{"ca.duplicate", "issuing.pem", directServer, []string{"issuing.pem"}, skip, "is a rule of Entra ID", nil},

	{"ca.public", "root.pem", oauthOnline, nil, pass, "it is not known as a public CA", nil},
	{"ca.public", "issuing.pem", oauthOnline, []string{"root.pem"}, pass, "it is not known as a public CA", nil},
	{"ca.public", "issuing.pem", oauthOnline, nil, fail, `it is issued by "GTS Root R1", a root that Mozilla trusts: whoever gets`, publicCA},
	{"ca.public", "issuing.pem", directServer, nil, warn, "servers that trust it for users let in whoever", publicCA},

	{"ca.lab", "root.pem", oauthOnline, nil, pass, "does not carry", nil},
	{"ca.lab", "root-lab.pem", oauthOnline, nil, fail, "can sign in as any user", nil},
	{"ca.lab", "root-lab.pem", directServer, nil, warn, "servers that trust it", nil},
}

// store puts the certificates of files into a store, each CA named by its file.
func store(t testing.TB, files ...string) *Store {
	st := &Store{}
	for _, file := range files {
		for _, c := range fixtureCertificates(t, file) {
			st.CAs = append(st.CAs, &CA{Name: file, Certificate: c, Store: st})
		}
	}
	return st
}

func TestCAChecks(t *testing.T) {
	for i, r := range caRows {
		t.Run(fmt.Sprintf("%d/%s/%s", i, r.check, r.file), func(t *testing.T) {
			ca := store(t, append([]string{r.file}, r.with...)...).CAs[0]
			if r.change != nil {
				r.change(ca)
			}
			expect(t, CheckCA(at(r.scenario), ca), r.check, r.want, r.says)
		})
	}
}

// A CA that stands alone, without a store, is judged as well.
func TestCAWithoutStore(t *testing.T) {
	findings := CheckCA(at(oauthOnline), &CA{Name: "issuing.pem", Certificate: fixture(t, "issuing.pem")})
	expect(t, findings, "ca.complete", fail, "is missing")
	expect(t, findings, "ca.duplicate", pass, "once")
}

// The value of ca.role is what Entra ID is told.
func TestRoleValue(t *testing.T) {
	for file, want := range map[string]string{"root.pem": "root", "issuing.pem": "intermediate", "root-link.pem": "intermediate", "root-v1.pem": "root"} {
		for _, f := range CheckCA(at(oauthOnline), store(t, file).CAs[0]) {
			if f.Check == "ca.role" && f.Value != want {
				t.Errorf("%s: the value is %q, want %q", file, f.Value, want)
			}
		}
	}
}

// Entra ID follows ten CAs: the ninth above a CA is the last.
func TestDepth(t *testing.T) {
	for file, want := range map[string]preflight.Status{"deep-10.pem": pass, "deep-12.pem": fail} {
		st := &Store{}
		for _, c := range fixtureCertificates(t, file)[1:] {
			st.CAs = append(st.CAs, &CA{Name: c.String(), Certificate: c, Store: st})
		}
		says := map[preflight.Status]string{pass: `"Contoso Test Level 10"`, fail: "Entra ID follows 10 from the user's certificate"}[want]
		expect(t, CheckCA(at(oauthOnline), st.CAs[0]), "ca.complete", want, says)
	}
}

// Two CAs that signed each other lead to no root.
func TestCircle(t *testing.T) {
	st := &Store{}
	for _, c := range fixtureCertificates(t, "cross-signed.pem")[1:] {
		st.CAs = append(st.CAs, &CA{Name: c.String(), Certificate: c, Store: st})
	}
	expect(t, CheckCA(at(oauthOnline), st.CAs[0]), "ca.complete", fail, "the way to a root is a circle")
}

// storeRows say what ca.count makes of a store of so many CAs.
var storeRows = []struct {
	scenario preflight.Scenario
	count    int
	want     preflight.Status
	says     string
}{
	{oauthOnline, 1, pass, "1 of the 250 CAs"},
	{oauthOnline, 250, pass, "250 of the 250 CAs"},
	{oauthOnline, 251, fail, "251 CAs are more than the 250"},
	{oauthOnline, 0, fail, "there is no CA"},
	{directServer, 0, fail, "there is no CA"},
	{directServer, 251, skip, "Exchange Server judges"},
}

func TestStoreChecks(t *testing.T) {
	good := fixture(t, "root.pem")
	for _, r := range storeRows {
		st := &Store{CAs: []*CA{{Name: "broken.pem", Err: errors.New("broken"), Store: nil}}}
		for i := range r.count {
			other := &certs.Certificate{Raw: fmt.Appendf(nil, "%d", i), RawSubject: good.RawSubject}
			st.CAs = append(st.CAs, &CA{Certificate: other, Store: st}, &CA{Certificate: other, Store: st})
		}
		expect(t, st.Check(at(r.scenario)), "ca.count", r.want, r.says)
	}
}

// A store of thousands of CAs with one name is crafted; it costs no more than
// the look-ups.
func TestLargeStore(t *testing.T) {
	st := &Store{}
	c := fixture(t, "issuing.pem")
	for i := range 2000 {
		copied, err := certs.ParseCertificate(c.Raw)
		if err != nil {
			t.Fatal(err)
		}
		st.CAs = append(st.CAs, &CA{Name: fmt.Sprint(i), Certificate: copied, Store: st, CRLURLs: []string{goodURL}, Issued: 1})
	}
	started := time.Now()
	for _, ca := range st.CAs {
		CheckCA(at(oauthOnline), ca)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
