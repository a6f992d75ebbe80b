package intune

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/lab"
)

var pfxTime = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// aPFX is a user's file from a lab, and the connector's key.
func aPFX(t *testing.T, password string) (PFX, *rsa.PrivateKey) {
	t.Helper()
	l, err := lab.New(pfxTime, "http://crl.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	alice, err := l.User("Alice Example", "alice@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	file, err := certs.EncodePKCS12(alice.Key, alice.Leaf, alice.Chain, "file", "eas-alice", certs.LegacyDES)
	if err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return PFX{UPN: "alice@contoso.com", Data: file, Password: certs.Password(password), Leaf: alice.Leaf, Purpose: "smimeEncryption"}, key
}

// OpenSSL undoes what the connector has to undo: RSA-OAEP with SHA-512 for both hashes.
func TestPFXPasswordByOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	longest := strings.Repeat("x", 126) // 2048/8 - 2*512/8 - 2
	p, key := aPFX(t, longest)
	for _, padding := range Paddings {
		o, err := NewPFX(p, ConnectorKey{Public: &key.PublicKey, Name: "PFXEncryptionKey", Padding: padding})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		private := filepath.Join(dir, "private.pem")
		write(t, private, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
		sealed := filepath.Join(dir, "sealed")
		write(t, sealed, decoded(t, o.Text("encryptedPfxPassword")))
		digest := "sha" + strings.TrimPrefix(padding, "oaepSha")
		out, err := exec.Command("openssl", "pkeyutl", "-decrypt", "-inkey", private, "-in", sealed,
			"-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:"+digest, "-pkeyopt", "rsa_mgf1_md:"+digest).Output()
		if err != nil || string(out) != longest {
			t.Errorf("%s: openssl read %q, %v", padding, out, err)
		}
	}
}

func TestNewPFX(t *testing.T) {
	p, key := aPFX(t, "secret")
	o, err := NewPFX(p, ConnectorKey{Public: &key.PublicKey, Name: "PFXEncryptionKey"})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(decoded(t, o.Text("encryptedPfxBlob")), p.Data) {
		t.Error("the file is not in it as it was")
	}
	if broken := schema.NewCatalogue(schema.Intune()).Breaches(o.Type(), o, schema.Creating); len(broken) > 0 {
		t.Error(broken[0])
	}
	for key, want := range map[string]string{"thumbprint": p.Leaf.Thumbprint(), "providerName": DefaultProvider, "paddingScheme": "oaepSha512", "userPrincipalName": "alice@contoso.com"} {
		if !strings.EqualFold(o.Text(key), want) {
			t.Errorf("%s is %q, want %q", key, o.Text(key), want)
		}
	}
}

// A certificate that is not for mail is told of; one that says nothing is for all.
func TestPFXNotes(t *testing.T) {
	for name, want := range map[string]int{"good": 1, "eku-any": 0, "eku-none": 0, "eku-server": 1} {
		if got := (PFX{Leaf: authorities(t, name)[0]}).Notes(); len(got) != want {
			t.Errorf("%s: %q, want %d", name, got, want)
		}
	}
}

func TestNewPFXRefuses(t *testing.T) {
	good, key := aPFX(t, "secret")
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	to := ConnectorKey{Public: &key.PublicKey, Name: "PFXEncryptionKey"}
	for _, test := range []struct {
		name, want string
		change     func(*PFX, *ConnectorKey)
	}{
		{"no UPN", "no UPN", func(p *PFX, _ *ConnectorKey) { p.UPN = "alice" }},
		{"two UPNs in one", "no UPN", func(p *PFX, _ *ConnectorKey) { p.UPN = "alice@contoso.com,bob@contoso.com" }},
		{"another's", "is for alice@contoso.com, and bob@contoso.com would get", func(p *PFX, _ *ConnectorKey) { p.UPN = "bob@contoso.com" }},
		{"nobody's", "names no user", func(p *PFX, _ *ConnectorKey) { p.Leaf = authorities(t, "san-none")[0] }},
		{"no certificate", "no certificate", func(p *PFX, _ *ConnectorKey) { p.Leaf = nil }},
		{"expired", "has expired", func(p *PFX, _ *ConnectorKey) { p.At = p.Leaf.NotAfter.Add(time.Second) }},
		{"of tomorrow", "only from", func(p *PFX, _ *ConnectorKey) { p.At = p.Leaf.NotBefore.Add(-time.Second) }},
		{"to sign in", "signs in with", func(p *PFX, _ *ConnectorKey) { p.Purpose = "authentication" }},
		{"for VPN", "purpose", func(p *PFX, _ *ConnectorKey) { p.Purpose = "vpn" }},
		{"pkcs1", "padding", func(_ *PFX, k *ConnectorKey) { k.Padding = "pkcs1" }},
		{"oaepSha1", "padding", func(_ *PFX, k *ConnectorKey) { k.Padding = "oaepSha1" }},
		{"no key name", "no name", func(_ *PFX, k *ConnectorKey) { k.Name = "" }},
		{"a small key", "2048", func(_ *PFX, k *ConnectorKey) { k.Public = &small.PublicKey }},
		{"no password", "no password", func(p *PFX, _ *ConnectorKey) { p.Password = "" }},
		{"an umlaut", "ASCII", func(p *PFX, _ *ConnectorKey) { p.Password = "schlüssel" }},
		{"127 letters", "at most 126", func(p *PFX, _ *ConnectorKey) { p.Password = certs.Password(strings.Repeat("x", 127)) }},
	} {
		p, k := good, to
		test.change(&p, &k)
		o, err := NewPFX(p, k)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v, want an error with %q", test.name, o, err, test.want)
		}
		if err != nil && p.Password != "" && strings.Contains(err.Error(), string(p.Password)) {
			t.Errorf("%s: the error has the password", test.name)
		}
	}
}

// The forms in which Microsoft's tool and OpenSSL export the connector's key.
func TestParseConnectorKey(t *testing.T) {
	_, key := aPFX(t, "secret")
	n := key.N.Bytes()
	cng := new(bytes.Buffer)
	for _, v := range []any{[6]uint32{cngPublicKey, 2048, 3, uint32(len(n)), 0, 0}, []byte{1, 0, 1}, n} {
		if err := binary.Write(cng, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	pkix, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"CNG":        cng.Bytes(),
		"DER":        pkix,
		"PEM":        pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}),
		"PEM, PKCS1": pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}),
	} {
		got, err := ParseConnectorKey(data)
		if err != nil || !got.Equal(&key.PublicKey) {
			t.Errorf("%s: %v", name, err)
		}
		for i := range data { // cut anywhere, it is refused or another key, and nothing breaks
			if got, err := ParseConnectorKey(data[:i]); err == nil && got.Equal(&key.PublicKey) && len(bytes.TrimSpace(data[i:])) > 1 {
				t.Errorf("%s, cut after %d bytes, is read", name, i)
			}
		}
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if _, err := ParseConnectorKey(private); err == nil || !strings.Contains(err.Error(), "never leaves") {
		t.Errorf("a private key: %v", err)
	}
}

func decoded(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
