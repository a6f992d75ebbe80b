package certs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A password reaches neither a log nor JSON by accident.
func TestPasswordPrintsAsPlaceholder(t *testing.T) {
	const secret = "swordfish"
	holder := struct {
		Unlock *Bundle
		Also   Password
	}{&Bundle{Password: secret}, secret}
	asJSON, err := json.Marshal(holder.Also)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(asJSON), fmt.Sprint(holder), fmt.Sprintf("%v %+v %#v %s %q", holder, holder, holder, holder.Also, holder.Also),
		fmt.Sprintf("%+v", *holder.Unlock), fmt.Sprint(Unlock{Password: secret}),
	} {
		if strings.Contains(text, secret) || !strings.Contains(text, "[password]") {
			t.Errorf("the password prints as %s", text)
		}
	}
}

func TestReadFileBounds(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadFile(filepath.Join(dir, "missing.p12"), Unlock{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	big := filepath.Join(dir, "big.p12")
	writeFile(t, big, nil)
	if err := os.Truncate(big, MaxFileSize+1); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(big, Unlock{}); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("a file too large: %v", err)
	}
}

func TestFormats(t *testing.T) {
	for file, want := range map[string]string{
		"alice.der": "DER certificate", "alice-key.der": "DER key", "alice.crt": "PEM",
		"chain.p7b": "PKCS#7", "chain-pem.p7b": "PEM", "openssl-modern.p12": "PKCS#12", "nss-3des.p12": "PKCS#12",
	} {
		b, err := openTestFile(t, file)
		if err != nil || b.Format != want {
			t.Errorf("%s: %v, %v; want %s", file, b, err, want)
		}
	}
}

func TestSameAddress(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"alice@contoso.com", "alice@contoso.com", true},
		{"Alice@Contoso.com", "alice@CONTOSO.COM", true},
		{"alice@Bücher.de", "alice@xn--bcher-kva.de", true},
		{"alice@contoso.com", "alice@contoso.com.", false},
		{"alice@contoso.com", "bob@contoso.com", false},
		{"no address", "No Address", true},
		{"", "", true},
	} {
		if got := SameAddress(test.a, test.b); got != test.want {
			t.Errorf("SameAddress(%q, %q) = %v", test.a, test.b, got)
		}
	}
}
