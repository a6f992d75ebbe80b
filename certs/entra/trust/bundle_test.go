package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// openssl is the judge: it finds the certificates in the bundle, each once.
func TestBundle(t *testing.T) {
	root := issue(t, "Root", nil, nil)
	issuing := issue(t, "Issuing", root, nil)
	entries := []Entry{{Certificate: root.Raw, Root: true}, {Certificate: issuing.Raw}, {Certificate: root.Raw}}
	der, err := Bundle(entries)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(entries)
	if again, err := Bundle(entries); err != nil || !bytes.Equal(der, again) {
		t.Errorf("another order gives other bytes: %v", err)
	}
	if got, want := BundleHash(der), fmt.Sprintf("%X", sha256.Sum256(der)); got != want || len(got) != 64 || got != strings.ToUpper(got) {
		t.Errorf("the hash is %s, want %s", got, want)
	}
	found := judged(t, der)
	if len(found) != 2 || !found[string(root.Raw)] || !found[string(issuing.Raw)] {
		t.Errorf("openssl finds %d certificates, or others", len(found))
	}
}

// judged are the certificates that openssl finds in a .p7b.
func judged(t *testing.T, der []byte) map[string]bool {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not on PATH")
	}
	cmd := exec.Command("openssl", "pkcs7", "-inform", "DER", "-print_certs")
	cmd.Stdin = bytes.NewReader(der)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for block, rest := pem.Decode(out); block != nil; block, rest = pem.Decode(rest) {
		found[string(block.Bytes)] = true
	}
	return found
}

func TestBundleErrors(t *testing.T) {
	large := make([]Entry, 0, MaxBundle>>17+1)
	for i := range cap(large) {
		der := make([]byte, 1<<17) // a SEQUENCE of that size
		copy(der, []byte{0x30, 0x83, 0x01, 0xff, 0xfb, byte(i)})
		large = append(large, Entry{Certificate: der})
	}
	for _, r := range []struct {
		what    string
		entries []Entry
		says    string
	}{
		{"nothing", nil, "there is no CA to put into it"},
		{"no certificate", []Entry{{Certificate: []byte("x")}}, "making the .p7b for a bulk upload: "},
		{"too large", large, "more than the 2000000 (2 MB) that Entra ID takes"},
	} {
		if _, err := Bundle(r.entries); err == nil || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %v, want %q", r.what, err, r.says)
		}
	}
}
