package revoke

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// revokedAt is when the sessions of the tests were revoked: with a fraction of a
// second, as Entra ID has it.
var revokedAt = time.Date(2026, 11, 21, 14, 32, 9, 500_000_000, time.UTC)

// pki is a CA and a user's certificate by it.
type pki struct {
	ca   *certs.Certificate
	key  crypto.Signer
	user *certs.Certificate
}

func newPKI(t testing.TB) pki {
	t.Helper()
	p := pki{key: newKey(t)}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Contoso issuing CA"}, SubjectKeyId: []byte("key 1"), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:  x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		NotBefore: revokedAt.AddDate(-1, 0, 0), NotAfter: revokedAt.AddDate(5, 0, 0),
	}
	p.ca = issue(t, ca, ca, p.key, p.key)
	p.user = issue(t, &x509.Certificate{
		SerialNumber: big.NewInt(0xa11ce), Subject: pkix.Name{CommonName: "Alice"}, EmailAddresses: []string{"alice@contoso.com"},
		NotBefore: revokedAt.AddDate(-1, 0, 0), NotAfter: revokedAt.AddDate(1, 0, 0),
	}, p.ca.X509, newKey(t), p.key)
	return p
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issue(t testing.TB, template, parent *x509.Certificate, key, signer crypto.Signer) *certs.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := certs.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// crl makes a list of a time, which is good for a week.
func (p pki) crl(t testing.TB, thisUpdate time.Time, entries ...x509.RevocationListEntry) []byte {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(7), ThisUpdate: thisUpdate, NextUpdate: thisUpdate.AddDate(0, 0, 7), RevokedCertificateEntries: entries}
	der, err := x509.CreateRevocationList(rand.Reader, list, p.ca.X509, p.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (p pki) entry(reason int) x509.RevocationListEntry {
	return x509.RevocationListEntry{SerialNumber: p.user.Serial, RevocationTime: revokedAt.Truncate(time.Second), ReasonCode: reason}
}

// findings runs the pre-flight of the certificate against lists.
func (p pki) findings(t testing.TB, at time.Time, lists ...[]byte) []preflight.Finding {
	t.Helper()
	in := audit.Input{
		Certificates: []audit.Certificate{{Name: "alice.pem", Subject: &certs.Subject{Certificate: p.user}}},
		CAs:          []audit.Authority{{Name: "ca.pem", Certificate: p.ca}},
		Since:        revokedAt,
	}
	for _, der := range lists {
		in.CRLs = append(in.CRLs, audit.Source{Name: "ca.crl", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(der)), nil }})
	}
	report, err := audit.Run(context.Background(), preflight.Scenario{At: at}, in, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []preflight.Finding
	for _, s := range report.Subjects {
		if s.Kind == "certificate" || s.Kind == "crl" {
			all = append(all, s.Findings...)
		}
	}
	return all
}

const certificateHold = 6 // RFC 5280 5.3.1

// TestJudge goes through what a CRL can say of a certificate whose user was cut off.
func TestJudge(t *testing.T) {
	p, stranger := newPKI(t), newPKI(t)
	const after = "publish a CRL after 2026-11-21T14:42:10Z (2026-11-21T14:32:10Z, and the 10 minutes by which Windows CAs date it back)"
	soon := revokedAt.Add(time.Hour)
	rows := []struct {
		name    string
		at      time.Time
		list    []byte
		verdict crl.Verdict
		todo    string // "" where it lasts
	}{
		{"a second later", soon, p.crl(t, revokedAt.Add(1500*time.Millisecond), p.entry(1)), crl.Effective, ""},
		{"in the same second, of which the revocation has a part", soon, p.crl(t, revokedAt.Truncate(time.Second).Add(time.Second), p.entry(1)), crl.StaleEffectiveDate, after + " that lists the certificate with the serial number A11CE"},
		{"dated back by a Windows CA", soon, p.crl(t, revokedAt.Add(5*time.Minute-backdating), p.entry(1)), crl.StaleEffectiveDate, after},
		{"not on the list", soon, p.crl(t, revokedAt.Add(time.Minute)), crl.NotListed, "revoke the certificate with the serial number A11CE at its CA, and " + after + " that lists it"},
		{"on hold", soon, p.crl(t, revokedAt.Add(time.Minute), p.entry(certificateHold)), crl.Effective, "for another reason than certificateHold, after 2026-11-21T14:42:10Z"},
		{"ended", soon.AddDate(0, 1, 0), p.crl(t, revokedAt.Add(time.Minute), p.entry(1)), crl.ExpiredCRL, after + " that lists"},
		{"of another CA of that name", soon, stranger.crl(t, revokedAt.Add(time.Minute), p.entry(1)), crl.WrongIssuer, "of the certificate's own CA"},
		{"none", soon, nil, crl.Unverifiable, "and judge that one"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var lists [][]byte
			if r.list != nil {
				lists = append(lists, r.list)
			}
			findings := p.findings(t, r.at, lists...)
			at := slices.IndexFunc(findings, func(f preflight.Finding) bool { return f.Check == crl.CertRevoked.ID })
			if at < 0 || crl.Verdict(findings[at].Value) != r.verdict {
				t.Fatalf("the pre-flight says %+v", findings)
			}
			a := Judge(findings, Case{User: "alice@contoso.com", Serial: p.user.Serial, Since: revokedAt})
			if a.Lasts != (r.todo == "") || a.Lasts != (len(a.Todo) == 0) || !strings.Contains(strings.Join(a.Todo, "\n"), r.todo) {
				t.Errorf("lasts %v, to do: %q", a.Lasts, a.Todo)
			}
			if opens := a.Still[0] == stillOpen; opens == a.Lasts {
				t.Errorf("still: %q", a.Still)
			}
		})
	}
}

// TestJudgeKnowsNothing: what was not looked at does not last.
func TestJudgeKnowsNothing(t *testing.T) {
	for name, findings := range map[string][]preflight.Finding{
		"no finding":         nil,
		"the CRL alone":      {{Check: "crl.token-time", Status: preflight.StatusPass}},
		"no time":            {{Check: "cert.revoked", Status: preflight.StatusFail, Value: "revoked"}},
		"a word of later":    {{Check: "cert.revoked", Status: preflight.StatusPass, Value: "no-such-word"}},
		"pass without word":  {{Check: "cert.revoked", Status: preflight.StatusPass}},
		"one of two":         {{Check: "cert.revoked", Status: preflight.StatusPass, Value: "revocation-effective"}, {Check: "cert.revoked", Status: preflight.StatusFail, Value: "not-listed"}},
		"a CRL out of reach": {{Check: "cert.revoked", Status: preflight.StatusPass, Value: "revocation-effective"}, {Check: "crl.size", Status: preflight.StatusFail, Message: "too large", Fix: "split it"}},
	} {
		if a := Judge(findings, Case{User: "alice@contoso.com"}); a.Lasts || len(a.Todo) != 1 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
