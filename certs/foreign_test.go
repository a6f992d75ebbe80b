package certs

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const foreignDir = "../testdata/foreign"

// foreign is a file made by another tool, and what that tool or OpenSSL says of
// it: see testdata/foreign/README.md.
type foreign struct {
	File     string
	Password Password
	Expect   string
	Details  struct {
		Encoding      string
		KeyBag        string
		KeyIterations int
		CertBag       string
		MAC           string
		MACIterations int
		FriendlyName  string
		PRFNull       *bool
		Subject, Leaf string
	}
}

func foreignFiles(t testing.TB) []foreign {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(foreignDir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var files []foreign
	if err := json.Unmarshal(data, &files); err != nil {
		t.Fatal(err)
	}
	if len(files) < 40 {
		t.Fatalf("index.json lists %d files, want the whole collection", len(files))
	}
	return files
}

// What other tools wrote is read, and what can't be is refused for its own reason.
func TestForeignFiles(t *testing.T) {
	refusals := map[string]error{
		"no-key": ErrNoKey, "certificate": ErrNoKey, "chain": ErrNoKey, "two-identities": ErrSeveral,
		"not-pkcs12:jks": ErrKeystore, "truncated": ErrTruncated, "iterations": ErrIterations, "key": ErrNoCertificate,
	}
	for _, f := range foreignFiles(t) {
		t.Run(f.File, func(t *testing.T) {
			b, err := ReadFile(filepath.Join(foreignDir, f.File), Unlock{Password: f.Password})
			var id *Identity
			if err == nil {
				id, err = b.Identity()
			}
			if want := refusals[f.Expect]; want != nil {
				if !errors.Is(err, want) {
					t.Fatalf("error %v, want %v", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !samePublicKey(id.Leaf.PublicKey, id.Key.Public()) {
				t.Error("the leaf is not the key's")
			}
			if cn := id.Leaf.CommonName(); !strings.Contains(cn, "Example") {
				t.Errorf("the leaf is %q, want the user's certificate", cn)
			}
			if id.PKCS12 != nil {
				compareWithOpenSSL(t, f, id.PKCS12)
			}
		})
	}
}

func compareWithOpenSSL(t *testing.T, f foreign, p *PKCS12) {
	t.Helper()
	d := f.Details
	if got := p.BER; got != strings.Contains(d.Encoding, "BER") {
		t.Errorf("BER = %v, OpenSSL says %q", got, d.Encoding)
	}
	if d.MACIterations > 0 && p.MAC.Iterations != d.MACIterations {
		t.Errorf("MAC iterations = %d, want %d", p.MAC.Iterations, d.MACIterations)
	}
	if len(p.Keys) != 1 {
		t.Fatalf("%d keys, want one", len(p.Keys))
	}
	key := p.Keys[0]
	if d.KeyIterations > 0 && key.Scheme.Iterations != d.KeyIterations {
		t.Errorf("key iterations = %d, want %d", key.Scheme.Iterations, d.KeyIterations)
	}
	if key.FriendlyName != d.FriendlyName {
		t.Errorf("friendlyName = %q, want %q", key.FriendlyName, d.FriendlyName)
	}
	if d.PRFNull != nil && key.Scheme.Name == "PBES2" && key.Scheme.PRFNull != *d.PRFNull {
		t.Errorf("PRF with NULL = %v, want %v", key.Scheme.PRFNull, *d.PRFNull)
	}
	t.Logf("key %s (%s), certificates %s (%s), MAC %s (%s)", key.Scheme, d.KeyBag, p.Certificates[0].Scheme, d.CertBag, p.MAC, d.MAC)
}

// A wrong password is told from a damaged file, in every format.
func TestWrongPassword(t *testing.T) {
	for _, f := range foreignFiles(t) {
		if f.Expect != "identity" || f.Password == "" {
			continue
		}
		for password, want := range map[Password]error{"wrong": ErrPassword, "": ErrNoPassword} {
			if _, err := ReadFile(filepath.Join(foreignDir, f.File), Unlock{Password: password}); !errors.Is(err, want) {
				t.Errorf("%s with password %q: %v, want %v", f.File, string(password), err, want)
			}
		}
	}
}

func TestPromptIsAskedOnce(t *testing.T) {
	for _, file := range []string{"openssl-modern.p12", "alice-enc-pbes2.pem", "openssl-emptypass.p12"} {
		asked := 0
		prompt := func() (Password, error) { asked++; return "correct horse", nil }
		if _, err := ReadFile(filepath.Join(foreignDir, file), Unlock{Prompt: prompt}); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if want := 1; asked != want && file != "openssl-emptypass.p12" {
			t.Errorf("%s: asked %d times, want %d", file, asked, want)
		}
	}
}
