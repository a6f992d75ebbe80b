package ios_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/ios"
)

// What the phone writes beside the signer, and why.
func TestBadge(t *testing.T) {
	past, soon, late := noon.AddDate(-1, 0, 0), noon.AddDate(0, 3, 0), noon.AddDate(5, 0, 0)
	root := issue(t, "Contoso Root", nil, past, late, nil)
	middle := issue(t, "Contoso Issuing", root, past, soon, nil)
	leaf := issue(t, "Contoso Profiles", middle, past, late, nil)
	mail := issue(t, "Contoso Help Desk", middle, past, late, func(c *x509.Certificate) {
		c.EmailAddresses = []string{"help@contoso.com"}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
	})
	expired := issue(t, "Old Signer", middle, past, noon.AddDate(0, 0, -1), nil)
	early := issue(t, "New Signer", middle, soon, late, nil)
	oldMiddle := issue(t, "Old Issuing", root, past, noon.AddDate(0, 0, -2), nil)
	underOld := issue(t, "Signer", oldMiddle, past, late, nil)
	alone := issue(t, "Alone", nil, past, late, nil)

	content := written(t, small(smallAccount))
	for _, test := range []struct {
		name      string
		file      []byte
		state     ios.BadgeState
		signer    string
		why, ends string
	}{
		{"not signed", content, ios.NotSigned, "", "not signed", ""},
		{"verified", signedBy(t, content, leaf, middle), ios.Verified, "Contoso Profiles", `the root "Contoso Root" (the test's roots)`, "2027-02-22"},
		{"by mail address", signedBy(t, content, mail, middle), ios.Verified, "help@contoso.com", "Contoso Root", "2027-02-22"},
		{"no intermediate", signedBy(t, content, leaf), ios.NotVerified, "Contoso Profiles", `"Contoso Profiles" was issued by "Contoso Issuing", which is neither in the signature nor among the test's roots`, ""},
		{"expired signer", signedBy(t, content, expired, middle), ios.NotVerified, "Old Signer", "expired on 2026-11-21", ""},
		{"signer not yet valid", signedBy(t, content, early, middle), ios.NotVerified, "New Signer", "not valid before 2027-02-22", ""},
		{"expired intermediate", signedBy(t, content, underOld, oldMiddle), ios.NotVerified, "Signer", `"Old Issuing", above the signer, is valid from`, ""},
		{"self-signed", signedBy(t, content, alone), ios.NotVerified, "Alone", "signed by itself", ""},
		{"another root", signedBy(t, content, leaf, middle, root), ios.Verified, "Contoso Profiles", "", "2027-02-22"},
		{"changed", bytes.Replace(signedBy(t, content, leaf, middle), []byte("mail.contoso.com"), []byte("mail.fabrikam.de"), 1), ios.BadgeRefused, "Contoso Profiles", "does not fit", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			roots := x509.NewCertPool()
			roots.AddCert(root.Certificate)
			b := reopened(t, test.file).Badge(noon, roots, "the test's roots")
			ends := ""
			if !b.Until.IsZero() {
				ends = b.Until.Format("2006-01-02")
			}
			if b.State != test.state || b.Signer != test.signer || !strings.Contains(b.Why, test.why) || ends != test.ends {
				t.Errorf("got %+v", b)
			}
			if needsSigner := strings.Contains(b.Update, "very same certificate"); needsSigner != (test.state != ios.NotSigned) {
				t.Errorf("an update needs: %s", b.Update)
			}
		})
	}
	t.Run("root that nobody trusts", func(t *testing.T) {
		b := reopened(t, signedBy(t, content, leaf, middle, root)).Badge(noon, x509.NewCertPool(), "the test's roots")
		if b.State != ios.NotVerified || !strings.HasPrefix(b.Why, `"Contoso Issuing" was issued by "Contoso Root", which is neither`) {
			t.Errorf("got %+v", b)
		}
	})
	t.Run("root that comes with the profile", func(t *testing.T) {
		inside := small(dict{"PayloadType": "com.apple.security.root", "PayloadContent": root.Raw})
		b := reopened(t, signedBy(t, written(t, inside), leaf, middle)).Badge(noon, x509.NewCertPool(), "the test's roots")
		if b.State != ios.NotVerified || !strings.HasSuffix(b.Why, "it comes with this very profile, and counts only once that is installed") {
			t.Errorf("got %+v", b)
		}
	})
}

// A signature over SHA-1 is never called verified, nor refused: what phones make of it
// is not known.
func TestBadgeOfWeakSignature(t *testing.T) {
	openssl := tool(t, "openssl")
	dir := t.TempDir()
	signer := issue(t, "Signer", nil, noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0), nil)
	key, err := x509.MarshalPKCS8PrivateKey(signer.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"in.mobileconfig": written(t, small(smallAccount)),
		"signer.pem": append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Raw}),
			pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(openssl, "cms", "-sign", "-md", "sha1", "-binary", "-nodetach", "-outform", "DER", "-signer", "signer.pem", "-in", "in.mobileconfig", "-out", "out.mobileconfig")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("this openssl does not sign over SHA-1: %s", out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "out.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	f := reopened(t, data)
	if b := f.Badge(noon, nil, "the roots"); b.State != ios.BadgeUnknown {
		t.Errorf("got %+v", b)
	}
	if s := told(f, ios.Known{}); s.Refused {
		t.Errorf("refused: %+v", s.Steps)
	}
}

// A signature may hold any number of certificates: chains are followed so far that the
// reason can be told, and no further.
func TestBadgeOfManyCertificates(t *testing.T) {
	const many = 100
	past, late := noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0)
	root := issue(t, "Root", nil, past, late, nil)
	long := []*party{root}
	for i := range many {
		long = append(long, issue(t, fmt.Sprintf("CA %d", many-i), long[i], past, late, nil))
	}
	leaf := issue(t, "Signer", long[many], past, late, nil)
	namesakes := []*party{}
	for range many {
		namesakes = append(namesakes, issue(t, "Issuing", nil, past, late, nil))
	}
	under := issue(t, "Signer", issue(t, "Issuing", root, past, late, nil), past, late, nil)
	content := written(t, small(smallAccount))
	for _, test := range []struct {
		name string
		data []byte
		why  string
	}{
		{"a long chain", signedBy(t, content, leaf, long[1:]...), `"CA 16" was issued by "CA 17"`},
		{"one name for all", signedBy(t, content, under, namesakes...), `"Signer" was issued by "Issuing"`},
	} {
		if b := reopened(t, test.data).Badge(noon, x509.NewCertPool(), "the roots"); b.State != ios.NotVerified || !strings.HasPrefix(b.Why, test.why) {
			t.Errorf("%s: %+v", test.name, b)
		}
	}
}
