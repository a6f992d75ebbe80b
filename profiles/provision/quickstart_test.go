package provision_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

func TestQuickstart(t *testing.T) {
	start := time.Now()
	q, err := provision.RunQuickstart(t.Context(), preflight.Scenario{At: now}, profiles.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	t.Run("files", func(t *testing.T) {
		want := []string{
			"account.yaml", "alice-android/alice.p12", "alice-android/androidenterprise.json", "alice-android/bundle.json", "alice-android/bundle.json.p7s",
			"alice-android/intune-app-configuration.json", "alice-android/managed-configuration.json", "alice-android/policy-fragment.json", "alice-android/setup.html", "alice.mobileconfig", "alice.p12", "alice.password",
			"lab/issuing.crl", "lab/issuing.pem", "lab/root.crl", "lab/root.pem", "lab/signer.pem",
		}
		got := names(q.Files)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("files %q,\nwant %q", got, want)
		}
	})
	t.Run("report", func(t *testing.T) { checkQuickReport(t, q.Report) })
	t.Run("profile", func(t *testing.T) { checkQuickProfile(t, q) })
	t.Run("lab", func(t *testing.T) { checkQuickLab(t, q) })
}

// Everything passes, but for the signer's short life, which is left out with a
// reason.
func checkQuickReport(t *testing.T, r *preflight.Report) {
	if r.Worst() != preflight.StatusPass || r.Summary.Warn != 0 || r.Summary.Fail != 0 || r.Summary.Pass < 10 {
		data, _ := json.MarshalIndent(r, "", " ")
		t.Errorf("the report:\n%s", data)
	}
	var subjects []string
	for _, s := range r.Subjects {
		subjects = append(subjects, s.Kind+" "+s.Name)
	}
	if want := []string{"certificate alice.p12", "iOS profile Alice's iOS profile", "Android configuration Alice's Android configuration", "signature alice.mobileconfig", "signature alice-android/bundle.json.p7s"}; !slices.Equal(subjects, want) {
		t.Errorf("subjects %q, want %q", subjects, want)
	}
	if !r.At.Equal(now) || r.Auth != preflight.OAuth || r.Issuer != preflight.Entra || r.Mailbox != preflight.ExchangeOnline {
		t.Errorf("it is for %v, %s, %s, %s", r.At, r.Auth, r.Issuer, r.Mailbox)
	}
}

// The profile has Alice's identity and CAs, and her password opens it.
func checkQuickProfile(t *testing.T, q *provision.Quickstart) {
	doc, err := ios.Parse(file(t, q.Files, "alice.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	password := certs.Password(strings.TrimSpace(string(file(t, q.Files, "alice.password"))))
	id := open(t, doc.PKCS12, password)
	if !doc.Signed || doc.Password != "" || len(doc.Certificates) != 2 || doc.Account.Email != "alice@contoso.com" || !id.Leaf.Lab {
		t.Errorf("%+v", doc)
	}
	if !slices.Equal(doc.PKCS12, file(t, q.Files, "alice.p12")) || !slices.Equal(doc.PKCS12, file(t, q.Files, "alice-android/alice.p12")) {
		t.Error("the phones get another file than the CA made")
	}
	for _, ca := range append(doc.Certificates, id.Leaf) {
		if days := ca.NotAfter.Sub(now).Hours() / 24; days > 30 {
			t.Errorf("%q lives %.0f days", ca, days)
		}
	}
}

// The files of the lab verify what was made, without anything else.
func checkQuickLab(t *testing.T, q *provision.Quickstart) {
	block, rest := pem.Decode(file(t, q.Files, "lab/root.pem"))
	if block == nil || len(rest) > 0 {
		t.Fatal("root.pem is not one block")
	}
	root, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	sub := &profiles.Signed{Data: file(t, q.Files, "alice.mobileconfig"), Roots: roots}
	for _, f := range profiles.CheckSigned(preflight.Scenario{At: now}, sub) {
		if f.Status == preflight.StatusFail || f.Status == preflight.StatusSkip {
			t.Errorf("%s: %s", f.Check, f.Message)
		}
	}
	for _, name := range []string{"lab/root.crl", "lab/issuing.crl"} {
		crl, err := x509.ParseRevocationList(file(t, q.Files, name))
		if err != nil || now.Before(crl.ThisUpdate) || now.After(crl.NextUpdate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(root.Subject.CommonName, "NOT FOR PRODUCTION") {
		t.Errorf("the root is named %q", root.Subject.CommonName)
	}
	if _, err := certs.Read(file(t, q.Files, "lab/signer.pem"), certs.Unlock{}); err != nil {
		t.Errorf("the signer: %v", err)
	}
}

func TestQuickstartInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := provision.RunQuickstart(ctx, preflight.Scenario{At: now}, profiles.Overrides{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
