package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"
)

// written is a PKCS#12 file that EncodePKCS12 made.
type written struct {
	name, user, friendlyName string
	encryption               Encryption
	key                      crypto.Signer
	leaf                     *Certificate
	chain                    []*Certificate
	path                     string
	data                     []byte
}

// writtenFiles makes one file of each kind: both encryptions, RSA and EC, with
// and without a name and a chain.
func writtenFiles(t *testing.T) (files []*written) {
	t.Helper()
	dir := t.TempDir()
	cas := certificatesIn(t, "issuing-ca.pem", "root-ca.pem")
	for _, e := range []Encryption{LegacyDES, Modern} {
		for _, w := range []written{
			{user: "alice", name: "rsa", chain: cas},
			{user: "alice", name: "rsa-named", chain: cas, friendlyName: "eas-alice"},
			{user: "alice", name: "rsa-alone", friendlyName: "eas-alice"},
			{user: "bob", name: "ec", chain: cas},
			{user: "bob", name: "ec-named", chain: cas, friendlyName: "eas-bob"},
			{user: "bob", name: "ec-umlaut", chain: cas, friendlyName: "Bücher 📱"},
		} {
			w.encryption, w.name = e, string(e)+"-"+w.name
			w.key = testKey(t, map[string]string{"alice": "alice-rsa2048", "bob": "bob-p256"}[w.user])
			w.leaf = certificateIn(t, w.user+".crt")
			var err error
			if w.data, err = EncodePKCS12(w.key, w.leaf, w.chain, foreignPassword, w.friendlyName, e); err != nil {
				t.Fatalf("%s: %v", w.name, err)
			}
			w.path = filepath.Join(dir, w.name+".p12")
			if err := os.WriteFile(w.path, w.data, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, &w)
		}
	}
	return files
}

// What is written is read back, and does on the phones that it is written for.
func TestEncodePKCS12(t *testing.T) {
	for _, w := range writtenFiles(t) {
		t.Run(w.name, func(t *testing.T) {
			b, err := Read(w.data, Unlock{Password: foreignPassword})
			if err != nil {
				t.Fatal(err)
			}
			id, err := b.Identity()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(id.Leaf.Raw, w.leaf.Raw) || !samePublicKey(id.Key.Public(), w.key.Public()) || !slices.Equal(names(id.Chain), names(w.chain)) {
				t.Errorf("read back %s with chain %q", id.Leaf, names(id.Chain))
			}
			p := b.PKCS12
			if p.BER || p.Keys[0].FriendlyName != w.friendlyName || !bytes.Equal(p.Keys[0].LocalKeyID, p.Certificates[0].LocalKeyID) {
				t.Errorf("BER %v, key %q with localKeyID %X, leaf's %X", p.BER, p.Keys[0].FriendlyName, p.Keys[0].LocalKeyID, p.Certificates[0].LocalKeyID)
			}
			for _, c := range p.Certificates[1:] {
				if len(c.LocalKeyID) > 0 || c.FriendlyName != "" {
					t.Errorf("the CA %s has a name or a localKeyID: iOS may take it for the user's", c)
				}
			}
			checkPhones(t, w, p)
		})
	}
}

func checkPhones(t *testing.T, w *written, p *PKCS12) {
	t.Helper()
	ios, android := 15, 11
	if w.encryption == Modern {
		ios, android = ModernSinceIOS, ModernSinceAndroid
		if len(p.ProblemsIOS(ios-1)) == 0 || len(p.ProblemsAndroid(android-1)) == 0 {
			t.Error("older phones are said to import AES")
		}
		if n := bytes.Count(w.data, prfWithNull); n != 2 {
			t.Errorf("HMAC-SHA-256 with NULL is there %d times, want 2: iOS decodes nothing else", n)
		}
	}
	if problems := slices.Concat(p.ProblemsIOS(ios), p.ProblemsAndroid(android)); len(problems) > 0 {
		t.Errorf("iOS %d and Android %d have problems with it: %q", ios, android, problems)
	}
	if EncryptionFor(ios, ModernSinceIOS) != w.encryption || EncryptionFor(android, ModernSinceAndroid) != w.encryption {
		t.Errorf("for iOS %d and Android %d another encryption is chosen", ios, android)
	}
}

// prfWithNull is the AlgorithmIdentifier of HMAC-SHA-256 as Apple's decoder
// wants it: once for the certificates and once for the key.
var prfWithNull, _ = hex.DecodeString("300c06082a864886f70d02090500")

func TestEncodePKCS12Refuses(t *testing.T) {
	key, leaf := testKey(t, "alice-rsa2048"), certificateIn(t, "good.pem")
	for _, e := range []Encryption{LegacyDES, Modern} {
		if _, err := EncodePKCS12(key, leaf, nil, "", "eas-alice", e); err == nil {
			t.Errorf("%s: an empty password is taken", e)
		}
	}
}

// A certificate that Go's parser refuses goes into a file all the same.
func TestEncodePKCS12OutsideTheStandard(t *testing.T) {
	leaf := certificateIn(t, "serial-negative.pem")
	data, err := EncodePKCS12(testKey(t, "alice-rsa2048"), leaf, nil, foreignPassword, "eas-alice", LegacyDES)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(data, Unlock{Password: foreignPassword})
	if err != nil || !bytes.Equal(b.Certificates[0].Raw, leaf.Raw) {
		t.Errorf("read back: %v", err)
	}
}

func TestWrittenPKCS12AgainstGoPKCS12(t *testing.T) {
	for _, w := range writtenFiles(t) {
		key, leaf, cas, err := pkcs12.DecodeChain(w.data, foreignPassword)
		if err != nil {
			t.Errorf("%s: %v", w.name, err)
			continue
		}
		signer, _ := key.(crypto.Signer)
		if !samePublicKey(w.key.Public(), signer.Public()) || !bytes.Equal(leaf.Raw, w.leaf.Raw) || !slices.Equal(rawOf(cas), rawOf(x509Of(w.chain))) {
			t.Errorf("%s: go-pkcs12 reads something else", w.name)
		}
	}
}

func x509Of(cs []*Certificate) (all []*x509.Certificate) {
	for _, c := range cs {
		all = append(all, c.X509)
	}
	return all
}

func rawOf(cs []*x509.Certificate) (all []string) {
	for _, c := range cs {
		all = append(all, string(c.Raw))
	}
	return all
}

// OpenSSL 3 reads both without its legacy provider.
func TestWrittenPKCS12AgainstOpenSSL(t *testing.T) {
	tool(t, "openssl")
	for _, w := range writtenFiles(t) {
		out := output(t, "openssl", "pkcs12", "-info", "-in", w.path, "-passin", "pass:"+foreignPassword, "-nodes")
		want := map[Encryption]string{LegacyDES: "pbeWithSHA1And3-KeyTripleDES-CBC", Modern: "AES-256-CBC, Iteration 2048, PRF hmacWithSHA256"}[w.encryption]
		if n := strings.Count(out, want); n != 2 {
			t.Errorf("%s: openssl shows %q %d times, want key and certificates:\n%s", w.name, want, n, out)
		}
		if n := strings.Count(out, "BEGIN CERTIFICATE"); n != 1+len(w.chain) {
			t.Errorf("%s: openssl shows %d certificates", w.name, n)
		}
		if w.friendlyName != "" && !strings.Contains(w.name, "umlaut") && !strings.Contains(out, "friendlyName: "+w.friendlyName) {
			t.Errorf("%s: openssl doesn't show the name:\n%s", w.name, out)
		}
	}
}

// Java takes the friendlyName for its alias, and pairs key and chain.
func TestWrittenPKCS12AgainstKeytool(t *testing.T) {
	tool(t, "keytool")
	chains := regexp.MustCompile(`Certificate chain length: (\d)`)
	for _, w := range writtenFiles(t) {
		if w.name != "aes256-rsa-named" && w.name != "3des-ec-named" {
			continue // starting Java takes a while
		}
		out := output(t, "keytool", "-J-Duser.language=en", "-list", "-v", "-keystore", w.path, "-storepass", foreignPassword)
		m := chains.FindStringSubmatch(out)
		if !strings.Contains(out, "Alias name: "+w.friendlyName+"\n") || !strings.Contains(out, "PrivateKeyEntry") || len(m) < 2 || m[1] != "3" {
			t.Errorf("%s: keytool says\n%s", w.name, out)
		}
	}
}

func TestWrittenPKCS12AgainstNSS(t *testing.T) {
	tool(t, "certutil")
	tool(t, "pk12util")
	db := "sql:" + t.TempDir()
	output(t, "certutil", "-N", "--empty-password", "-d", db)
	for _, w := range writtenFiles(t) {
		out := output(t, "pk12util", "-l", w.path, "-W", foreignPassword, "-d", db)
		if !strings.Contains(out, w.leaf.CommonName()) || !strings.Contains(out, "Key(shrouded):") {
			t.Errorf("%s: pk12util says\n%s", w.name, out)
		}
		if w.friendlyName != "" && !strings.Contains(w.name, "umlaut") && !strings.Contains(out, "Friendly Name: "+w.friendlyName) {
			t.Errorf("%s: pk12util doesn't show the name:\n%s", w.name, out)
		}
	}
}
