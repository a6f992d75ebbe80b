package certs

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// iosVersions are on both sides of where iOS learned to read AES.
var iosVersions = []int{15, 17, 18}

func p12Files(t testing.TB) (files []foreign) {
	t.Helper()
	for _, f := range foreignFiles(t) {
		if filepath.Ext(f.File) == ".p12" && f.Expect != "truncated" {
			files = append(files, f)
		}
	}
	if len(files) < 30 {
		t.Fatalf("index.json lists %d PKCS#12 files, want the whole collection", len(files))
	}
	return files
}

// schemeOf puts what OpenSSL calls an encryption in our words.
func schemeOf(openssl string) string {
	return strings.NewReplacer(
		"clear", "not encrypted",
		"pbeWithSHA1And3-KeyTripleDES-CBC", "PBES1 3DES-CBC",
		"pbeWithSHA1And40BitRC2-CBC", "PBES1 RC2-40-CBC",
		"pbeWithSHA1And128BitRC2-CBC", "PBES1 RC2-128-CBC",
		"pbeWithSHA1And128BitRC4", "PBES1 RC4-128",
		" / hmacSHA1", " with HMAC-SHA-1",
		" / hmacSHA256", " with HMAC-SHA-256",
	).Replace(openssl)
}

// Without a password an outline says of every sample what OpenSSL says of it
// with one.
func TestOutlineOfForeignFiles(t *testing.T) {
	for _, f := range p12Files(t) {
		t.Run(f.File, func(t *testing.T) {
			p, err := OutlinePKCS12(readTestFile(t, f.File))
			if err != nil {
				t.Fatal(err)
			}
			d := f.Details
			if !p.Locked || p.BER != (d.Encoding == "BER") || p.EmptyPassword {
				t.Errorf("locked %v, BER %v, empty password %v; OpenSSL says %s", p.Locked, p.BER, p.EmptyPassword, d.Encoding)
			}
			mac, pbmac1 := strings.CutPrefix(d.MAC, "PBMAC1 ")
			if want := (MAC{Digest: macDigest(mac), PBMAC1: pbmac1, Iterations: d.MACIterations}); p.MAC != want {
				t.Errorf("MAC %+v, want %+v", p.MAC, want)
			}
			if !slices.ContainsFunc(p.Safes, func(s Scheme) bool { return s.String() == schemeOf(d.CertBag) }) {
				t.Errorf("safes %v, want one of the certificates with %s", p.Safes, d.CertBag)
			}
			compareOutlinedKeys(t, f, p)
		})
	}
}

// macDigest puts what OpenSSL calls a MAC in our words.
func macDigest(openssl string) string {
	switch openssl {
	case "none":
		return ""
	case "hmacSHA256 / hmacSHA256": // of PBMAC1: the PRF, and the MAC
		return "HMAC-SHA-256"
	}
	return openssl
}

func compareOutlinedKeys(t *testing.T, f foreign, p *PKCS12) {
	t.Helper()
	want := 1
	switch f.Expect {
	case "no-key":
		want = 0
	case "two-identities":
		want = 2
	}
	if len(p.Keys) != want {
		t.Fatalf("%d keys, want %d", len(p.Keys), want)
	}
	d := f.Details
	for _, k := range p.Keys {
		if k.Scheme.String() != schemeOf(d.KeyBag) || k.Scheme.Iterations != d.KeyIterations {
			t.Errorf("the key is %s (%d rounds), want %s (%d)", k.Scheme, k.Scheme.Iterations, d.KeyBag, d.KeyIterations)
		}
		if d.PRFNull != nil && k.Scheme.Name == "PBES2" && k.Scheme.PRFNull != *d.PRFNull {
			t.Errorf("PRF with NULL = %v, want %v", k.Scheme.PRFNull, *d.PRFNull)
		}
		if k.Key != nil || k.Err != nil {
			t.Errorf("the key was read: %v", k.Err)
		}
	}
	if want > 0 && p.Keys[0].FriendlyName != d.FriendlyName && f.File != "openssl-hugekdf.p12" { // of which index.json has none
		t.Errorf("friendlyName %q, want %q", p.Keys[0].FriendlyName, d.FriendlyName)
	}
}

// An outline has exactly those problems of the opened file that don't take opening it.
func TestOutlineProblems(t *testing.T) {
	openable := 0
	for _, f := range p12Files(t) {
		outline, err := OutlinePKCS12(readTestFile(t, f.File))
		if err != nil {
			t.Fatalf("%s: %v", f.File, err)
		}
		b, err := openTestFile(t, f.File)
		if f.Expect == "iterations" {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", f.File, err)
		}
		openable++
		for _, version := range iosVersions {
			sameProblems(t, f.File, outline.LockedProblemsIOS(version), b.PKCS12.ProblemsIOS(version))
			if !slices.Equal(outline.ProblemsIOS(version), outline.LockedProblemsIOS(version)) {
				t.Errorf("%s: of a locked file ProblemsIOS says %v", f.File, outline.ProblemsIOS(version))
			}
		}
		for _, version := range []int{11, 14, 16} {
			sameProblems(t, f.File, outline.LockedProblemsAndroid(version), b.PKCS12.ProblemsAndroid(version))
		}
	}
	if openable < 28 {
		t.Errorf("only %d files were compared", openable)
	}
}

// sameProblems leaves out of an opened file's problems what an outline cannot know.
func sameProblems(t *testing.T, file string, outline, opened []Problem) {
	t.Helper()
	opened = slices.DeleteFunc(opened, func(p Problem) bool {
		return slices.Contains([]string{"password-empty", "key-kind", "identities", "pairing", "ca-name"}, p.Word)
	})
	if !slices.Equal(outline, opened) {
		t.Errorf("%s: the outline has %v, want %v", file, outline, opened)
	}
}

func words(all []Problem) string {
	var words []string
	for _, p := range all {
		words = append(words, p.Word)
	}
	return strings.Join(words, " ")
}

// What is certain of a locked file, also of one that nobody can open.
func TestLockedProblems(t *testing.T) {
	for _, test := range []struct{ file, ios15, ios18, android11 string }{
		{"openssl-3des.p12", "", "", ""},
		{"openssl-modern.p12", "mac cipher", "", "mac cipher"},
		{"openssl-hugeiter.p12", "mac cipher", "", "mac cipher"},
		{"openssl-hugekdf.p12", "mac cipher", "", "mac cipher"},
		{"openssl-emptypass.p12", "mac cipher", "", "mac cipher"},
		{"openssl-ed25519.p12", "mac cipher", "", "mac cipher"},
		{"openssl-nokey.p12", "mac cipher", "", "mac cipher"},
		{"openssl-nomac.p12", "no-mac cipher", "no-mac", "no-mac cipher"},
		{"openssl-plainkey.p12", "mac cipher plain-key", "plain-key", "mac cipher plain-key"},
		{"pbmac1.p12", "pbmac1 cipher", "pbmac1", "pbmac1 cipher"},
		{"keytool-aes128-sha1prf.p12", "cipher", "cipher", "cipher"},
		{"nss-default.p12", "mac cipher cipher", "prf-null cipher", "mac cipher cipher"},
	} {
		p, err := OutlinePKCS12(readTestFile(t, test.file))
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
			continue
		}
		if ios15, ios18, android11 := words(p.LockedProblemsIOS(15)), words(p.LockedProblemsIOS(18)), words(p.LockedProblemsAndroid(11)); ios15 != test.ios15 || ios18 != test.ios18 || android11 != test.android11 {
			t.Errorf("%s: iOS 15 %q, iOS 18 %q, Android 11 %q, want %+v", test.file, ios15, ios18, android11, test)
		}
	}
}

// What lies in the clear is shown, but for the key; a key out of sight is no
// missing key.
func TestOutlineInTheClear(t *testing.T) {
	p, err := OutlinePKCS12(readTestFile(t, "openssl-nocertenc.p12"))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Certificates) != 3 || p.Certificates[0].CommonName() != "Alice Example" {
		t.Errorf("%d certificates, want Alice's and two CAs'", len(p.Certificates))
	}
	if p, err = OutlinePKCS12(plainPFX(t, 3, "", bag(oidKeyBag, marshal(t, "no key at all")))); err != nil {
		t.Fatal(err)
	}
	if got := words(p.LockedProblemsIOS(18)); got != "no-mac plain-key" || p.Keys[0].Key != nil {
		t.Errorf("a plain key bag: %q, want no-mac and plain-key", got)
	}
	if p, err = OutlinePKCS12(readTestFile(t, "openssl-nokey.p12")); err != nil || p.ProblemAlias() != "" {
		t.Errorf("the name of a key that is not in sight: %q, %v", p.ProblemAlias(), err)
	}
}

// A safe is decrypted whatever lies in it, and its encryption counts.
func TestSafesCount(t *testing.T) {
	p := &PKCS12{MAC: MAC{Digest: "SHA-256"}, Safes: []Scheme{{Name: "PBES2", Cipher: "AES-128-CBC", PRF: "HMAC-SHA-256"}}}
	if got := words(p.ProblemsIOS(18)); got != "cipher identities" {
		t.Errorf("a safe with nothing in it: %q, want cipher and identities", got)
	}
}

// scryptOf are parameters of RFC 7914 7.1 that ask for 32 TiB of memory.
func scryptOf(t *testing.T) pkix.AlgorithmIdentifier {
	t.Helper()
	params := marshal(t, struct {
		Salt    []byte
		N, R, P int
	}{[]byte("salt"), 1 << 30, 1 << 8, 1})
	return pkix.AlgorithmIdentifier{
		Algorithm:  asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11},
		Parameters: asn1.RawValue{FullBytes: params},
	}
}

// What no reader should compute is named all the same, in the key and in the MAC.
func TestOutlineBeyondBounds(t *testing.T) {
	type pair struct{ KDF, Algorithm pkix.AlgorithmIdentifier }
	algorithm := func(oid asn1.ObjectIdentifier, params []byte) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: params}}
	}
	aes := algorithm(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, marshal(t, make([]byte, 16)))
	hmac := algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, asn1.NullBytes)
	pbes2 := algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, marshal(t, pair{scryptOf(t), aes}))
	shrouded := marshal(t, struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{pbes2, make([]byte, 16)})

	file, _, err := readPFX(plainPFX(t, 3, "", bag(oidShroudedBag, shrouded)))
	if err != nil {
		t.Fatal(err)
	}
	file.MAC.Digest.Algorithm = algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}, marshal(t, pair{scryptOf(t), hmac}))
	raw := marshal(t, file)
	if _, err := ParsePKCS12(raw, ""); !errors.Is(err, ErrIterations) {
		t.Errorf("opening it: %v, want ErrIterations", err)
	}
	p, err := OutlinePKCS12(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got := words(p.LockedProblemsIOS(18)); got != "pbmac1 prf" || p.MAC.Digest != "HMAC-SHA-256" {
		t.Errorf("%q with the MAC %+v, want pbmac1 and prf", got, p.MAC)
	}
}

// What ParsePKCS12 refuses for other reasons than the password has no outline either.
func TestOutlineRefuses(t *testing.T) {
	key := bag(oidKeyBag, marshal(t, "any"))
	deep := key
	for range maxSafeDepth + 1 {
		deep = bag(oidSafeBag, marshal(t, []safeBag{deep}))
	}
	whole := plainPFX(t, 3, "", key)
	for _, test := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ErrFormat},
		{"a certificate", readTestFile(t, "alice.der"), ErrFormat},
		{"certificates", readTestFile(t, "chain.p7b"), ErrFormat},
		{"a Java keystore", readTestFile(t, "keytool.jks"), ErrFormat},
		{"half a file", readTestFile(t, "truncated.p12"), ErrTruncated},
		{"cut short", whole[:len(whole)-1], ErrTruncated},
		{"a byte too many", append(slices.Clone(whole), 0), ErrFormat},
		{"version 2", plainPFX(t, 2, "", key), ErrUnsupported},
		{"signed", plainPFX(t, 3, oidSignedData, key), ErrUnsupported},
		{"five safes deep", plainPFX(t, 3, "", deep), ErrUnsupported},
	} {
		if p, err := OutlinePKCS12(test.file); !errors.Is(err, test.want) || p != nil {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// A cipher that is not known here is no cipher that phones read.
func TestOutlineOfUnknownCipher(t *testing.T) {
	tool(t, "openssl")
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.pem"), filepath.Join(dir, "out.p12")
	writeFile(t, in, join(keyPEM(t, "alice-rsa2048"), readTestFile(t, "alice.crt")))
	output(t, "openssl", "pkcs12", "-export", "-in", in, "-out", out, "-passout", "pass:"+foreignPassword, "-keypbe", "CAMELLIA-256-CBC")
	if _, err := OutlinePKCS12(readFolder(t, dir)["out.p12"]); !errors.Is(err, ErrUnsupported) {
		t.Errorf("Camellia: %v, want ErrUnsupported", err)
	}
}

// FuzzOutline compares the outline of any bytes with the opened file: what opens
// has an outline, which says nothing that the opened file doesn't.
func FuzzOutline(f *testing.F) {
	for _, file := range p12Files(f) {
		if data := readTestFile(f, file.File); len(data) < maxSeed {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		outline, err := OutlinePKCS12(data)
		switch {
		case err != nil && strings.ContainsAny(err.Error(), "\n\r"):
			t.Fatalf("the error is no single line: %q", err)
		case errors.Is(err, ErrPassword), errors.Is(err, ErrIterations):
			t.Fatalf("an outline takes no password: %v", err)
		case asksForMuch(data):
			return
		}
		opened, openErr := ParsePKCS12(data, foreignPassword)
		if openErr != nil {
			return
		}
		if err != nil {
			t.Fatalf("it opens, and has no outline: %v", err)
		}
		if !bytes.Equal(outline.Raw, opened.Raw) || outline.BER != opened.BER || outline.MAC != opened.MAC || !slices.Equal(outline.Safes, opened.Safes) {
			t.Fatalf("the outline %+v differs from %+v", outline, opened)
		}
		for _, version := range iosVersions {
			all := append(opened.ProblemsIOS(version), opened.ProblemsAndroid(version)...)
			for _, p := range append(outline.LockedProblemsIOS(version), outline.LockedProblemsAndroid(version)...) {
				if !slices.Contains(all, p) {
					t.Fatalf("the outline says %v, the opened file %v", p, all)
				}
			}
		}
	})
}
