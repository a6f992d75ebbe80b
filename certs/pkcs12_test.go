package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What OpenSSL can write beyond the samples: every scheme of RFC 7292, other
// ciphers and MACs, and what the phones say of them.
func TestPKCS12OfOpenSSL(t *testing.T) {
	tool(t, "openssl")
	dir := t.TempDir()
	alice := join(keyPEM(t, "alice-rsa2048"), readTestFile(t, "alice.crt"))
	for _, test := range []struct {
		args             string
		scheme           string
		ios18, android14 string // what keeps them from importing it; "" for nothing
		unsupported      bool
	}{
		{"-certpbe PBE-SHA1-2DES -keypbe PBE-SHA1-2DES -macalg sha1", "PBES1 3DES-2KEY-CBC", "two-key 3DES", "", false},
		{"-certpbe PBE-SHA1-RC4-40 -keypbe PBE-SHA1-RC4-40 -macalg sha1", "PBES1 RC4-40", "", "RC4-40", false},
		{"-certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-RC2-40 -macalg sha1", "PBES1 RC2-40-CBC", "", "", false},
		{"-certpbe AES-192-CBC -keypbe AES-192-CBC", "PBES2 AES-192-CBC with HMAC-SHA-256", "reads only AES-256", "", false},
		{"-certpbe DES-EDE3-CBC -keypbe DES-EDE3-CBC", "PBES2 3DES-CBC with HMAC-SHA-256", "reads only AES-256", "", false},
		{"-macalg md5", "PBES2 AES-256-CBC with HMAC-SHA-256", "its MAC is HMAC-MD5", "", false},
		{"-macalg sha224", "PBES2 AES-256-CBC with HMAC-SHA-256", "", "", false},
		{"-macalg sha384", "PBES2 AES-256-CBC with HMAC-SHA-256", "", "", false},
		{"-iter 1", "PBES2 AES-256-CBC with HMAC-SHA-256", "", "", false},
		{"-certpbe CAMELLIA-256-CBC -keypbe CAMELLIA-256-CBC", "", "", "", true},
	} {
		path := filepath.Join(dir, "out.p12")
		in := filepath.Join(dir, "in.pem")
		writeFile(t, in, alice)
		args := append([]string{"pkcs12", "-export", "-legacy", "-in", in, "-out", path, "-name", "eas-alice", "-passout", "pass:" + foreignPassword,
			"-certpbe", "AES-256-CBC", "-keypbe", "AES-256-CBC", "-macalg", "sha256"}, strings.Fields(test.args)...)
		output(t, "openssl", args...)
		b, err := ReadFile(path, Unlock{Password: foreignPassword})
		if errors.Is(err, ErrUnsupported) != test.unsupported || err != nil && !test.unsupported {
			t.Errorf("%s: %v", test.args, err)
		}
		if err != nil {
			continue
		}
		p := b.PKCS12
		if got := p.Keys[0].Scheme.String(); got != test.scheme {
			t.Errorf("%s: the key's scheme is %s, want %s", test.args, got, test.scheme)
		}
		checkProblems(t, test.args, "iOS 18", p.ProblemsIOS(18), test.ios18)
		checkProblems(t, test.args, "Android 14", p.ProblemsAndroid(14), test.android14)
		if _, err := ReadFile(path, Unlock{Password: "wrong"}); !errors.Is(err, ErrPassword) {
			t.Errorf("%s: a wrong password gives %v", test.args, err)
		}
	}
}

func checkProblems(t *testing.T, what, phone string, problems []Problem, want string) {
	t.Helper()
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Text)
	}
	if all := strings.Join(texts, "; "); (want == "") != (all == "") || !strings.Contains(all, want) {
		t.Errorf("%s: %s says %q, want %q", what, phone, all, want)
	}
}

// Without a MAC, one wrong password in 256 decrypts to padding that looks right.
func TestWrongPasswordWithoutMAC(t *testing.T) {
	data := readTestFile(t, "openssl-nomac.p12")
	for i := range 400 {
		password := "wrong" + strings.Repeat("x", i%20) + string(rune('a'+i/20))
		if _, err := Read(data, Unlock{Password: Password(password)}); !errors.Is(err, ErrPassword) {
			t.Fatalf("with password %q: %v, want ErrPassword", password, err)
		}
	}
}

// The rules of the phones on what no tool here writes.
func TestPhonesOnRareFiles(t *testing.T) {
	key := testKey(t, "alice-rsa2048")
	leaf, ca := certificateIn(t, "alice.crt"), certificateIn(t, "issuing-ca.pem")
	aes := Scheme{Name: "PBES2", Cipher: "AES-256-CBC", PRF: "HMAC-SHA-256", PRFNull: true}
	file := func(s Scheme, keyName, leafName, caName string, id []byte) *PKCS12 {
		return &PKCS12{
			MAC:          MAC{Digest: "SHA-256"},
			Keys:         []P12Key{{Key: key, Scheme: s, FriendlyName: keyName, LocalKeyID: id}},
			Certificates: []P12Certificate{{leaf, s, leafName, id}, {ca, s, caName, nil}},
		}
	}
	sha512, omitted := aes, aes
	sha512.PRF = "HMAC-SHA-512"
	omitted.PRF, omitted.PRFNull = "HMAC-SHA-1", false
	for _, test := range []struct {
		name       string
		file       *PKCS12
		ios, alias string
	}{
		{"as it should be", file(aes, "eas-alice", "eas-alice", "", []byte{1}), "", ""},
		{"PRF SHA-512", file(sha512, "eas-alice", "eas-alice", "", nil), "derives the key with HMAC-SHA-256 alone", ""},
		{"PRF left out", file(omitted, "eas-alice", "eas-alice", "", nil), "derives the key with HMAC-SHA-256 alone", ""},
		{"key and certificate under different names", file(aes, "eas-alice", "alice", "", nil), "share neither localKeyID nor friendlyName", ""},
		{"CA named like the leaf", file(aes, "eas-alice", "eas-alice", "eas-alice", nil), "a CA certificate in it bears the name of the user's", ""},
		{"CA named like the leaf, which has a localKeyID", file(aes, "eas-alice", "eas-alice", "eas-alice", []byte{1}), "", ""},
		{"no certificate of the key's", &PKCS12{MAC: MAC{Digest: "SHA-1"}, Keys: []P12Key{{Key: key, FriendlyName: "a", Scheme: aes}}}, "it holds 0 identities", ""},
		{"name with a space", file(aes, "eas alice", "", "", []byte{1}), "", "spaces and letters outside ASCII"},
		{"name with an umlaut", file(aes, "eas-älice", "", "", []byte{1}), "", "spaces and letters outside ASCII"},
		{"name with a dot in front", file(aes, ".alice", "", "", []byte{1}), "", `offers ""`},
		{"no key", &PKCS12{MAC: MAC{Digest: "SHA-1"}}, "it holds 0 identities", "there is no key to name"},
	} {
		checkProblems(t, test.name, "iOS 18", test.file.ProblemsIOS(18), test.ios)
		if got := test.file.ProblemAlias(); (got == "") != (test.alias == "") || !strings.Contains(got, test.alias) {
			t.Errorf("%s: the alias: %q, want %q", test.name, got, test.alias)
		}
	}
}

// bag makes a bag of a PKCS#12 file. The last arc of its OID tells its kind.
func bag(oid string, value []byte) safeBag {
	kind := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, int(oid[len(oid)-1] - '0')}
	return safeBag{Type: kind, Value: explicit(value)}
}

func explicit(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: der}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// plainPFX makes a PKCS#12 file without encryption and MAC.
func plainPFX(t *testing.T, version int, content string, bags ...safeBag) []byte {
	t.Helper()
	data := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	safe := contentInfo{data, explicit(marshal(t, marshal(t, bags)))}
	authSafe := contentInfo{data, explicit(marshal(t, marshal(t, []contentInfo{safe})))}
	if content == oidSignedData {
		authSafe.Type = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	}
	return marshal(t, struct {
		Version  int
		AuthSafe contentInfo
	}{version, authSafe})
}

// Structures that RFC 7292 allows and few tools write.
func TestPKCS12Structure(t *testing.T) {
	pkcs8, err := x509.MarshalPKCS8PrivateKey(testKey(t, "alice-rsa2048"))
	if err != nil {
		t.Fatal(err)
	}
	leaf := certificateIn(t, "alice.crt")
	oidX509 := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidSDSI := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 2}
	certificate := func(kind asn1.ObjectIdentifier, raw []byte) []byte {
		return marshal(t, struct {
			Type asn1.ObjectIdentifier
			Data asn1.RawValue
		}{kind, explicit(marshal(t, raw))})
	}
	key, cert := bag(oidKeyBag, pkcs8), bag(oidCertBag, certificate(oidX509, leaf.Raw))
	nested := func(depth int) safeBag {
		inner := bag(oidSafeBag, marshal(t, []safeBag{key}))
		for range depth - 1 {
			inner = bag(oidSafeBag, marshal(t, []safeBag{inner}))
		}
		return inner
	}
	secret := bag("1.2.840.113549.1.12.10.1.5", marshal(t, 1))
	whole := plainPFX(t, 3, "", key, cert)
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"key and certificate in the clear", whole, nil},
		{"a secret beside them", plainPFX(t, 3, "", secret, key, cert), nil},
		{"the key in a safe within", plainPFX(t, 3, "", nested(1), cert), nil},
		{"four safes deep", plainPFX(t, 3, "", nested(4), cert), nil},
		{"five safes deep", plainPFX(t, 3, "", nested(5), cert), ErrUnsupported},
		{"version 2", plainPFX(t, 2, "", key, cert), ErrUnsupported},
		{"signed", plainPFX(t, 3, oidSignedData, key, cert), ErrUnsupported},
		{"a certificate of another kind", plainPFX(t, 3, "", key, bag(oidCertBag, certificate(oidSDSI, leaf.Raw))), ErrUnsupported},
		{"a byte too many", append(slices.Clone(whole), 0), ErrFormat},
		{"cut short", whole[:len(whole)-1], ErrTruncated},
	} {
		b, err := Read(test.file, Unlock{})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if test.want != nil || err != nil {
			continue
		}
		id, err := b.Identity()
		if err != nil || !bytes.Equal(id.Leaf.Raw, leaf.Raw) {
			t.Errorf("%s: %v, want Alice's identity", test.name, err)
		}
	}
}

// What asks for too much work is refused before any of it is done.
func TestScryptBounds(t *testing.T) {
	scrypt := asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	// SEQUENCE { salt, N, r, p } of RFC 7914 7.1; its length is filled in.
	for _, test := range []struct {
		name, params string
		want         error
	}{
		{"OpenSSL's", "300d 0402 0102 0202 4000 0201 08 0201 01", nil},
		{"too much memory", "300e 0402 0102 0203 100000 0201 08 0201 01", ErrIterations},
		{"N of nothing", "300b 0402 0102 0201 00 0201 08 0201 01", ErrIterations},
		{"r beyond memory", "300e 0402 0102 0201 02 0204 7fffffff 0201 01", ErrIterations},
		{"p of 17", "300d 0402 0102 0202 4000 0201 08 0201 11", ErrIterations},
	} {
		params, err := hex.DecodeString(strings.ReplaceAll(test.params, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		params[1] = byte(len(params) - 2)
		kdf := pkix.AlgorithmIdentifier{Algorithm: scrypt, Parameters: asn1.RawValue{FullBytes: params}}
		scheme, _, err := readKDF(kdf)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if err == nil && scheme.Iterations != 16384*8 {
			t.Errorf("%s: it counts as %d rounds, want N·r·p", test.name, scheme.Iterations)
		}
	}
}
