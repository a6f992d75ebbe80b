package crl

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

func serialsOf(cs ...*certs.Certificate) *Serials {
	var numbers []*big.Int
	for _, c := range cs {
		numbers = append(numbers, c.Serial)
	}
	return NewSerials(numbers)
}

// revocationRow asks lists for a certificate.
type revocationRow struct {
	check  preflight.Check[*Question]
	cert   string
	issuer string // "" where it isn't known
	lists  string // with blanks between
	since  string
	want   preflight.Status
	value  Verdict
	says   string
}

const (
	beforeTheList = "2026-11-20T11:00:00Z"
	afterTheList  = "2026-11-20T13:00:00Z"
)

var revocationRows = []revocationRow{
	{CertRevoked, "good.pem", "issuing.pem", "good.crl", "", pass, NotListed, "not in the CRL of 2026-11-20T12:00:00Z"},
	{CertRevoked, "good.pem", "issuing.pem", "empty.crl", "", pass, NotListed, "not in the CRL"},
	{CertRevoked, "revoked.pem", "issuing.pem", "good.crl", "", fail, Revoked, "revoked since 2026-11-01 "},
	{CertRevoked, "revoked-hold.pem", "issuing.pem", "good.crl", "", fail, Revoked, "which may be taken back"},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl", "", pass, NotListed, ""},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl delta.crl", "", fail, Revoked, "only the delta CRL says so"},
	{CertRevoked, "revoked-hold.pem", "issuing.pem", "good.crl delta.crl", "", warn, NotListed, "only the delta CRL takes that back"},
	{CertRevoked, "revoked-hold.pem", "issuing.pem", "delta.crl good.crl", "", warn, NotListed, ""},
	{CertRevoked, "revoked-hold.pem", "issuing.pem", "good.crl", beforeTheList, warn, Effective, "which may be taken back"},
	{CertRevoked, "good.pem", "issuing.pem", "pem.crl", "", warn, Unverifiable, "PEM text, which Entra ID can't read"},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl delta-gap.crl", "", warn, Unverifiable, "another of the same CA that is no older"},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl delta-expired.crl", "", warn, Unverifiable, "another of the same CA that is no older"},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl delta-wrong-key.crl", "", pass, NotListed, ""},
	{CertRevoked, "revoked.pem", "issuing.pem", "expired.crl good.crl", "", fail, Revoked, ""},
	{CertRevoked, "revoked.pem", "issuing.pem", "wrong-key.crl good.crl", "", fail, Revoked, ""},
	{CertRevoked, "good.pem", "issuing.pem", "expired.crl", "", fail, ExpiredCRL, "to 2026-11-08 12:00 UTC only"},
	{CertRevoked, "good.pem", "issuing.pem", "no-next-update.crl", "", fail, ExpiredCRL, "does not say until when"},
	{CertRevoked, "good.pem", "issuing.pem", "wrong-key.crl", "", fail, WrongIssuer, "not signed with the key of"},
	{CertRevoked, "good.pem", "issuing.pem", "wrong-aki.crl", "", fail, WrongIssuer, "authority key identifier"},
	{CertRevoked, "good.pem", "issuing.pem", "other-issuer.crl", "", fail, WrongIssuer, "is by CN=Contoso Other CA"},
	{CertRevoked, "good.pem", "issuing.pem", "renewed.crl", "", fail, WrongIssuer, "not signed with the key of"},
	{CertRevoked, "good.pem", "issuing.pem", "unknown-critical.crl", "", warn, Unverifiable, "critical extensions"},
	{CertRevoked, "good.pem", "issuing.pem", "scope-cas.crl", "", warn, Unverifiable, "other kinds of certificates"},
	{CertRevoked, "good.pem", "issuing.pem", "scope-users.crl", "", pass, NotListed, ""},
	{CertRevoked, "good.pem", "issuing.pem", "scope-own.crl", "", pass, NotListed, ""},
	{CertRevoked, "good.pem", "issuing.pem", "scope-other.crl", "", warn, Unverifiable, "the part of the list that belongs to"},
	{CertRevoked, "good.pem", "issuing.pem", "scope-reasons.crl", "", warn, Unverifiable, "some reasons"},
	{CertRevoked, "good.pem", "issuing.pem", "scope-attributes.crl", "", warn, Unverifiable, "attribute certificates"},
	{CertRevoked, "good.pem", "issuing.pem", "", "", skip, Unverifiable, "there is no CRL"},
	{CertRevoked, "good.pem", "", "", "", skip, Unverifiable, "there is no CRL"},
	{CertRevoked, "revoked.pem", "", "good.crl", "", warn, Unverifiable, "it lists the certificate as revoked since 2026-11-01"},
	{CertRevoked, "good.pem", "", "good.crl", "", warn, Unverifiable, "its CA is not among those given"},
	{CertRevoked, "good.pem", "issuing.pem", "delta.crl", "", warn, Unverifiable, "only a delta CRL"},
	{CertRevoked, "good.pem", "issuing-no-crlsign.pem", "good.crl", "", fail, WrongIssuer, "may not sign CRLs"},
	{CertRevoked, "good.pem", "issuing.pem", "not-yet.crl", "", fail, ExpiredCRL, "is valid from 2026-11-22"},
	{CertRevoked, "revoked.pem", "issuing.pem", "wrong-aki.crl", "", fail, WrongIssuer, "it lists the certificate as revoked"},
	{CertRevoked, "good.pem", "issuing.pem", "indirect.crl", "", warn, Unverifiable, "an indirect one"},

	// A delta CRL that is announced has to be looked at; one that is not newer than
	// its base has been.
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl", "", skip, Unverifiable, "the delta CRL that goes with it (http://crl.contoso.com/issuing+.crl) was not read"},
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl delta-expired.crl", "", skip, Unverifiable, "was not read, or is not valid"},
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl delta-wrong-key.crl", "", skip, Unverifiable, "was not read, or is not valid"},
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl delta-gap.crl", "", skip, Unverifiable, "was not read, or is not valid"},
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl delta.crl", "", pass, NotListed, ""},
	{CertRevoked, "good.pem", "issuing.pem", "freshest.crl delta-same.crl", "", pass, NotListed, ""},
	{CertRevoked, "revoked.pem", "issuing.pem", "freshest.crl", "", fail, Revoked, ""},

	{CertRevoked, "revoked.pem", "issuing.pem", "good.crl", beforeTheList, pass, Effective, "in a CRL of 2026-11-20T12:00:00Z"},
	{CertRevoked, "revoked.pem", "issuing.pem", "good.crl", afterTheList, fail, StaleEffectiveDate, "but the CRL's Effective Date"},
	{CertRevoked, "revoked-delta.pem", "issuing.pem", "good.crl delta.crl", afterTheList, warn, Effective, "only the delta CRL says so"},
	{CertRevoked, "good.pem", "issuing.pem", "good.crl", beforeTheList, fail, NotListed, "it goes on working"},
	{CertRevoked, "revoked.pem", "issuing.pem", "expired.crl", beforeTheList, fail, ExpiredCRL, "it lists the certificate as revoked"},

	{CARevoked, "issuing.pem", "root.pem", "root.crl", "", pass, NotListed, ""},
	{CARevoked, "issuing-revoked.pem", "root.pem", "root.crl", "", fail, Revoked, "cACompromise"},
	{CARevoked, "issuing.pem", "root.pem", "good.crl", "", fail, WrongIssuer, ""},
	{CARevoked, "root.pem", "root.pem", "root.crl", "", skip, "", "a root is on nobody's list"},
}

func TestRevocation(t *testing.T) {
	for _, r := range revocationRows {
		t.Run(strings.Join([]string{r.cert, r.issuer, r.lists, r.since}, "/"), func(t *testing.T) {
			q := &Question{Certificate: certificateIn(t, r.cert)}
			q.Serial = q.Certificate.Serial
			if r.issuer != "" {
				q.Issuer = certificateIn(t, r.issuer)
			}
			for _, file := range strings.Fields(r.lists) {
				q.Lists = append(q.Lists, listIn(t, file, q.Certificate))
			}
			if r.since != "" {
				var err error
				if q.Since, err = time.Parse(time.RFC3339, r.since); err != nil {
					t.Fatal(err)
				}
			}
			s := preflight.Scenario{At: testClock}.WithDefaults()
			q.Lists = Rank(s, q.Issuer, q.Lists)
			got := r.check.Apply(s, q)
			checktest.Finding(t, got[0])
			if len(got) != 1 || got[0].Status != r.want || got[0].Value != string(r.value) || !strings.Contains(got[0].Message, r.says) {
				t.Errorf("%+v\nwant %s %s with %q", got, r.want, r.value, r.says)
			}
		})
	}
}

// The advice for a stale list names when a Windows CA's next one is late enough.
func TestStaleAdvice(t *testing.T) {
	since := time.Date(2026, 11, 20, 13, 0, 0, 0, time.UTC)
	cert := certificateIn(t, "revoked.pem")
	q := &Question{Serial: cert.Serial, Certificate: cert, Issuer: certificateIn(t, "issuing.pem"), Lists: []*List{listIn(t, "good.crl", cert)}, Since: since}
	f := CertRevoked.Apply(preflight.Scenario{At: testClock}.WithDefaults(), q)[0]
	if !strings.Contains(f.Fix, "publish the CRL again after 2026-11-20T13:10:00Z") {
		t.Errorf("the fix is %q", f.Fix)
	}
}

// What was asked for and did not come is no pass and no silent skip.
func TestWanted(t *testing.T) {
	cert := certificateIn(t, "good.pem")
	q := &Question{Serial: cert.Serial, Certificate: cert, Issuer: certificateIn(t, "issuing.pem"), Missing: "the CRL could not be read", Wanted: true}
	f := CertRevoked.Apply(preflight.Scenario{At: testClock}.WithDefaults(), q)[0]
	if f.Status != warn || f.Value != string(Unverifiable) || f.Message != q.Missing {
		t.Errorf("%+v", f)
	}
}

func TestFindIssuer(t *testing.T) {
	issuing, root, renewed := certificateIn(t, "issuing.pem"), certificateIn(t, "root.pem"), certificateIn(t, "issuing-renewed.pem")
	for _, c := range []struct {
		file string
		cas  []*certs.Certificate
		want *certs.Certificate
	}{
		{"good.crl", []*certs.Certificate{root, renewed, issuing}, issuing},
		{"root.crl", []*certs.Certificate{root, renewed, issuing}, root},
		{"renewed.crl", []*certs.Certificate{root, renewed, issuing}, renewed},
		{"renewed.crl", []*certs.Certificate{root, issuing}, nil}, // of the same name, with another key
		{"wrong-aki.crl", []*certs.Certificate{root, renewed, issuing}, issuing},
		{"other-issuer.crl", []*certs.Certificate{root, renewed, issuing}, issuing},
		{"no-aki.crl", []*certs.Certificate{root, renewed, issuing}, issuing},
		{"wrong-key.crl", []*certs.Certificate{root, issuing}, issuing}, // as it says, though it did not sign it
		{"fabrikam.crl", []*certs.Certificate{root, issuing}, nil},
	} {
		if got := FindIssuer(listIn(t, c.file), c.cas); got != c.want {
			t.Errorf("%s: the issuer is %v, want %v", c.file, got, c.want)
		}
	}
}
