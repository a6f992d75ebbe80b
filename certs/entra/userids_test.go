package entra

import (
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
)

func TestCertificateUserIDs(t *testing.T) {
	ids := CertificateUserIDs(fixture(t, "subject-long.pem"))
	want := []UserID{
		{PrincipalName, "X509:<PN>alice@contoso.com", ""},
		{RFC822Name, "X509:<RFC822>alice@contoso.com", ""},
		{IssuerAndSubject, `X509:<I>C=US,O="Contoso, Inc.",CN=ContosoCA<S>DC=contoso,OU=UserAccounts,CN=alice`, noteSpaces + "; " + noteNames},
		{Subject, "X509:<S>DC=contoso,OU=UserAccounts,CN=alice", ""},
		{SubjectKeyIdentifier, "X509:<SKI>d1f4668628dda01d4daeb950e76e284a290746c6", noteHex},
		{SHA1PublicKey, "X509:<SHA1-PUKEY>d1f4668628dda01d4daeb950e76e284a290746c6", noteKey},
		{IssuerAndSerialNumber, `X509:<I>C=US,O="Contoso, Inc.",CN=ContosoCA<SR>4b09fee18fadb743`, noteSerial + "; " + noteSpaces + "; " + noteNames},
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
}

// A field that is missing gives no string, one with two values gives two, and
// one that can't be read gives none.
func TestCertificateUserIDsOfFewAndMany(t *testing.T) {
	for file, want := range map[string][]Field{
		"san-none.pem":  {IssuerAndSubject, Subject, SubjectKeyIdentifier, SHA1PublicKey, IssuerAndSerialNumber},
		"version-1.pem": {IssuerAndSubject, Subject, SHA1PublicKey, IssuerAndSerialNumber},
		"upn-two.pem":   {PrincipalName, PrincipalName, IssuerAndSubject, Subject, SubjectKeyIdentifier, SHA1PublicKey, IssuerAndSerialNumber},
	} {
		var got []Field
		for _, id := range CertificateUserIDs(fixture(t, file)) {
			got = append(got, id.Field)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", file, got, want)
		}
	}
}

// A zero that DER puts before a first bit that is set is shown by Windows, and
// so comes last in the reversed number.
func TestSerialBytes(t *testing.T) {
	for file, want := range map[string]string{"serial-zero.pem": "00", "serial-negative.pem": "99ed"} {
		ids := CertificateUserIDs(fixture(t, file))
		if got := ids[len(ids)-1].Value; !strings.HasSuffix(got, "<SR>"+want) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

// Names are one line whatever is in them.
func TestNamesArePrintable(t *testing.T) {
	for _, id := range CertificateUserIDs(fixture(t, "subject-newline.pem")) {
		if printable(id.Value) != id.Value {
			t.Errorf("%q", id.Value)
		}
	}
}

func TestFoldID(t *testing.T) {
	for _, pair := range [][2]string{
		{"X509:<SKI>AB", "X509:<SKI>ab"},
		{" X509:<I>CN=A<SR>0A ", "X509:<I>cn=a<SR>0a"},
		{"x509:<SKI>ab", "x509:<SKI>AB"},
		{"bob@LOCAL", "bob@local"},
		{"X509:<PN>a<b", "X509:<PN>A<B"},
		{"", ""},
	} {
		if a, b := foldID(pair[0]), foldID(pair[1]); a != b {
			t.Errorf("%q and %q differ: %q, %q", pair[0], pair[1], a, b)
		}
	}
	for _, pair := range [][2]string{
		{"X509:<SKI>ab", "x509:<SKI>ab"},
		{"X509:<SKI>ab", "X509:<ski>ab"},
		{"X509:<I>CN=A<S>CN=B", "X509:<I>CN=A<SR>CN=B"},
	} {
		if foldID(pair[0]) == foldID(pair[1]) {
			t.Errorf("%q and %q are the same", pair[0], pair[1])
		}
	}
}

// openssl says the same of key identifier, public key and serial number.
func TestAgainstOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not on PATH")
	}
	run := func(args ...string) []byte {
		t.Helper()
		out, err := exec.Command(openssl, args...).Output()
		if err != nil {
			t.Fatalf("openssl %s: %v", strings.Join(args, " "), err)
		}
		return out
	}
	colons := regexp.MustCompile(`[0-9A-F]{2}(:[0-9A-F]{2}){19}`)
	for _, file := range []string{"good.pem", "key-rsa1024.pem", "key-p256.pem", "key-p384.pem", "subject-long.pem"} {
		path := filepath.Join(fixtures, file)
		byField := map[Field]string{}
		for _, id := range CertificateUserIDs(fixture(t, file)) {
			byField[id.Field] = id.Value[strings.LastIndex(id.Value, ">")+1:]
		}
		ski := colons.FindString(string(run("x509", "-in", path, "-noout", "-ext", "subjectKeyIdentifier")))
		if got := strings.ToLower(strings.ReplaceAll(ski, ":", "")); got != byField[SubjectKeyIdentifier] {
			t.Errorf("%s: SKI %s, openssl %s", file, byField[SubjectKeyIdentifier], got)
		}
		// ocsp_id hashes the content of the public key's BIT STRING.
		_, id, _ := strings.Cut(string(run("x509", "-in", path, "-noout", "-ocspid")), "Public key OCSP hash: ")
		if got := strings.ToLower(strings.TrimSpace(id)); got != byField[SHA1PublicKey] {
			t.Errorf("%s: SHA1-PUKEY %s, openssl %s", file, byField[SHA1PublicKey], got)
		}
		_, number, _ := strings.Cut(strings.TrimSpace(string(run("x509", "-in", path, "-noout", "-serial"))), "=")
		serial, err := hex.DecodeString(number)
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(serial)
		if got := hex.EncodeToString(serial); got != byField[IssuerAndSerialNumber] {
			t.Errorf("%s: serial %s, openssl %s", file, byField[IssuerAndSerialNumber], got)
		}
	}
}

// Addresses are the same to the indexes if they are to the rest of easkit.
func TestFoldIsSameAddress(t *testing.T) {
	all := []string{"", "a@contoso.com", "A@Contoso.COM", "ä@contoso.com", "Ä@CONTOSO.com", "a@Bücher.de", "A@xn--bcher-kva.de", "a@xn--BCHER-KVA.de",
		"no address", "NO address", "a@b@c", "a@contoso.com ", "ä ö"}
	for _, a := range all {
		for _, b := range all {
			if same := fold(a) == fold(b); same != certs.SameAddress(a, b) {
				t.Errorf("%q and %q: %v", a, b, same)
			}
		}
	}
}
