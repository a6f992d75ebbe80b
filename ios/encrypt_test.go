package ios_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/ios"
)

// device is the key that a phone has already, with its certificate.
func device(t testing.TB) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Alice's iPhone"}, NotBefore: at, NotAfter: at.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, cert
}

// A profile that is encrypted for a phone reads, with the phone's key, as the one that
// it was made of; without it, as a profile of which nothing is known.
func TestEncrypt(t *testing.T) {
	key, cert := device(t)
	plain := goldenFile(t, "oauth.mobileconfig")
	sealed, err := ios.Encrypt(plain, cert)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, signed(t, sealed))
	if !f.Encrypted || len(f.Payloads) > 0 || f.Document().HasAccount || bytes.Contains(sealed, []byte("alice@contoso.com</string>\n\t\t\t<key>Enable")) {
		t.Error("what should be sealed is open")
	}
	if err := f.Decrypt(key, cert); err != nil {
		t.Fatal(err)
	}
	want, got := open(t, plain).Document(), f.Document()
	got.Signed = false
	if diff := cmp.Diff(want.Account, got.Account); diff != "" || !bytes.Equal(want.PKCS12, got.PKCS12) {
		t.Errorf("the account is another (-plain +decrypted):\n%s", diff)
	}
	other, otherCert := device(t)
	if err := open(t, sealed).Decrypt(other, otherCert); err == nil {
		t.Error("another phone's key opens it")
	}
	for name, data := range map[string][]byte{"signed": signed(t, plain), "encrypted": sealed, "no profile": []byte("hello")} {
		if _, err := ios.Encrypt(data, cert); err == nil {
			t.Errorf("a profile that is %s is encrypted all the same", name)
		}
	}
}

// OpenSSL opens what was sealed.
func TestEncryptAgainstOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	key, cert := device(t)
	sealed, err := ios.Encrypt(goldenFile(t, "oauth.mobileconfig"), cert)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"message": open(t, sealed).Top.Get("EncryptedPayloadContent").Bytes(), "key": der, "cert": cert.Raw}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(openssl, "cms", "-decrypt", "-inform", "DER", "-in", "message", "-inkey", "key", "-keyform", "DER", "-recip", "cert")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("openssl cms -decrypt: %v", err)
	}
	if !strings.Contains(string(out), "com.apple.eas.account") || !strings.Contains(string(out), "<array>") {
		t.Errorf("openssl reads %.200s", out)
	}
}

// An envelope that was changed in any of its last bytes is an error: of the envelope,
// or of the property list in it.
func TestTamperedEnvelope(t *testing.T) {
	key, cert := device(t)
	sealed, err := ios.Encrypt(goldenFile(t, "oauth.mobileconfig"), cert)
	if err != nil {
		t.Fatal(err)
	}
	message := open(t, sealed).Top.Get("EncryptedPayloadContent").Bytes()
	const last = 64
	for i := len(message) - last; i < len(message); i++ {
		for _, flip := range []byte{0x01, 0x80, 0xff} {
			changed := bytes.Clone(message)
			changed[i] ^= flip
			f := open(t, []byte(`<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>EncryptedPayloadContent</key><data>`+
				base64.StdEncoding.EncodeToString(changed)+`</data></dict></plist>`))
			if err := f.Decrypt(key, cert); err == nil {
				t.Errorf("byte %d, changed by %#x, goes unnoticed", i-len(message), flip)
			}
		}
	}
}
