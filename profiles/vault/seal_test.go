package vault

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// ageKey is a key as age-keygen writes it, and its public half.
func ageKey(t testing.TB) (file []byte, recipient string) {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return []byte("# created: 2026-11-21T12:00:00Z\n# public key: " + k.Recipient().String() + "\n" + k.String() + "\n"), k.Recipient().String()
}

// owner is a certificate with its key.
func owner(t testing.TB, serial int64) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Rollout of Contoso"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func seal(t testing.TB, s *Sealer, data []byte) []byte {
	t.Helper()
	sealed, err := s.Seal(data)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestSealForAge(t *testing.T) {
	file, recipient := ageKey(t)
	second, secondRecipient := ageKey(t)
	stranger, _ := ageKey(t)
	sealer, err := NewAgeSealer(recipient, " "+secondRecipient+"\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{{}, []byte("a profile"), bytes.Repeat([]byte("x"), 200_000)} {
		sealed := seal(t, sealer, data)
		for who, f := range map[string][]byte{"first": file, "second": second, "stranger": stranger} {
			o, err := NewAgeOpener(f, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := o.Open(sealed)
			if who == "stranger" {
				if !errors.Is(err, ErrNotForUs) {
					t.Errorf("a stranger: %q, %v", got, err)
				}
			} else if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes of %d, %v", who, len(got), len(data), err)
			}
			sealed := bytes.Clone(sealed)
			sealed[len(sealed)-1] ^= 1
			if _, err := o.Open(sealed); err == nil {
				t.Errorf("%s opens what was changed", who)
			}
			if _, err := o.Open(sealed[:len(sealed)/2]); err == nil {
				t.Errorf("%s opens half a file", who)
			}
		}
	}
	if got := sealer.Suffix(); got != SuffixAge {
		t.Errorf("the names end in %s", got)
	}
}

// The key itself may need a passphrase.
func TestSealedIdentity(t *testing.T) {
	file, recipient := ageKey(t)
	protect, err := age.NewScryptRecipient("hunter2")
	if err != nil {
		t.Fatal(err)
	}
	protect.SetWorkFactor(10) // a test waits for nothing
	var plain, armored bytes.Buffer
	w, err := age.Encrypt(&plain, protect)
	if err != nil {
		t.Fatal(err)
	}
	out := armor.NewWriter(&armored)
	_, err = w.Write(file)
	err = errors.Join(err, w.Close())
	_, armorErr := out.Write(plain.Bytes())
	if err := errors.Join(err, armorErr, out.Close()); err != nil {
		t.Fatal(err)
	}
	sealer, err := NewAgeSealer(recipient)
	if err != nil {
		t.Fatal(err)
	}
	sealed := seal(t, sealer, []byte("a profile"))
	for form, file := range map[string][]byte{"plain": plain.Bytes(), "armored": armored.Bytes()} {
		o, err := NewAgeOpener(file, func() (string, error) { return "hunter2", nil })
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if got, err := o.Open(sealed); err != nil || string(got) != "a profile" {
			t.Errorf("%s: %q, %v", form, got, err)
		}
		for name, ask := range map[string]func() (string, error){"none": nil, "another": func() (string, error) { return "wrong", nil }, "empty": func() (string, error) { return "", nil }} {
			if _, err := NewAgeOpener(file, ask); !errors.Is(err, ErrIdentity) {
				t.Errorf("%s, %s passphrase: %v", form, name, err)
			}
		}
	}
}

// openssl opens what is sealed for a certificate.
func TestSealForCertificate(t *testing.T) {
	c, key := owner(t, 1)
	stranger, strangersKey := owner(t, 2)
	sealer, err := NewCertificateSealer(c)
	if err != nil {
		t.Fatal(err)
	}
	if got := sealer.Suffix(); got != SuffixCMS {
		t.Errorf("the names end in %s", got)
	}
	sealed := seal(t, sealer, []byte("a profile"))
	if got, err := NewCertificateOpener(c, key).Open(sealed); err != nil || string(got) != "a profile" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := NewCertificateOpener(stranger, strangersKey).Open(sealed); !errors.Is(err, ErrNotForUs) {
		t.Errorf("a stranger: %v", err)
	}
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	dir := t.TempDir()
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, "key"), pkcs8, 0o600), os.WriteFile(filepath.Join(dir, "sealed"), sealed, 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "cms", "-decrypt", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "sealed"), "-keyform", "DER", "-inkey", filepath.Join(dir, "key")).Output()
	if err != nil || string(out) != "a profile" {
		t.Errorf("openssl: %q, %v", out, err)
	}
}

// Wrong keys are refused when a run begins, not at its first file, and never shown.
func TestWrongKeys(t *testing.T) {
	file, recipient := ageKey(t)
	secret := strings.Split(string(file), "\n")[2]
	for name, recipients := range map[string][]string{"none": nil, "secret": {secret}, "secret, small": {strings.ToLower(secret)}, "ssh": {"ssh-ed25519 AAAA"}, "cut": {recipient[:30]}, "two in one": {recipient + "\n" + recipient}} {
		if _, err := NewAgeSealer(recipients...); err == nil || strings.Contains(strings.ToUpper(err.Error()), secret[:24]) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, file := range map[string][]byte{"empty": nil, "a comment": []byte("# x\n"), "cut": []byte(secret[:40]), "public": []byte(recipient)} {
		if _, err := NewAgeOpener(file, nil); !errors.Is(err, ErrIdentity) || strings.Contains(err.Error(), secret[:24]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	for name, certificates := range map[string][]*x509.Certificate{"none": nil, "nil": {nil}, "EC": {c}} {
		if _, err := NewCertificateSealer(certificates...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestUnsealed(t *testing.T) {
	for name, want := range map[string]string{"a.mobileconfig.age": "a.mobileconfig", "a.json.p7m": "a.json"} {
		if got, sealed := Unsealed(name); got != want || !sealed {
			t.Errorf("%s is %s, %t", name, got, sealed)
		}
	}
	if got, sealed := Unsealed("a.mobileconfig"); got != "a.mobileconfig" || sealed {
		t.Errorf("%s, %t", got, sealed)
	}
}

func BenchmarkSeal(b *testing.B) {
	_, recipient := ageKey(b)
	c, _ := owner(b, 1)
	forAge, err := NewAgeSealer(recipient)
	if err != nil {
		b.Fatal(err)
	}
	forOwner, err := NewCertificateSealer(c)
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, profileSize)
	for name, s := range map[string]*Sealer{"age": forAge, "certificate": forOwner} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				seal(b, s, data)
			}
		})
	}
}
