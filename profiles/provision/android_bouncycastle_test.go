package provision_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// bouncyCastle is where Debian puts the library that Android reads PKCS#12 with.
const bouncyCastle = "/usr/share/java/bcprov.jar"

// BouncyCastle finds the key under the alias that the configuration names.
func TestAndroidAliasAgainstBouncyCastle(t *testing.T) {
	if testing.Short() {
		t.Skip("starting Java takes seconds")
	}
	for _, tool := range []string{"java", "javac"} { // java compiles the program that it is given
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on PATH", tool)
		}
	}
	if _, err := os.Stat(bouncyCastle); errors.Is(err, fs.ErrNotExist) {
		t.Skip("bcprov.jar is not installed")
	}
	dir := t.TempDir()
	args := []string{"-cp", bouncyCastle, filepath.Join("testdata", "Aliases.java")}
	var want, passwords strings.Builder
	for _, tt := range []struct {
		file, kind string
		android    int
		encryption certs.Encryption
	}{
		{"alice-pkcs8.pem", "RSA", 11, certs.LegacyDES},
		{"alice-pkcs8.pem", "RSA", 14, certs.Modern},
		{"bob-sec1.pem", "EC", 11, certs.LegacyDES},
		{"bob-sec1.pem", "EC", 14, certs.Modern},
	} {
		path := filepath.Join(dir, fmt.Sprintf("%s-%s.p12", tt.kind, tt.encryption))
		alias, secret := writeAndroid(t, tt.file, tt.android, path)
		fmt.Fprintf(&want, "%s %s 3\n", alias, tt.kind)
		fmt.Fprintln(&passwords, string(secret))
		args = append(args, path)
	}
	cmd := exec.Command("java", args...)
	cmd.Stdin = strings.NewReader(passwords.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("BouncyCastle finds\n%s", out)
	if string(out) != want.String() {
		t.Errorf("BouncyCastle finds\n%swant\n%s", out, want.String())
	}
}

// writeAndroid makes a user's configuration for Gmail with direct sign-in, writes
// its PKCS#12 file to a path, and gives the alias that the configuration names.
func writeAndroid(t *testing.T, identity string, version int, path string) (alias string, secret certs.Password) {
	t.Helper()
	req := request(t, identity)
	req.Scenario.Android = version
	req.Overrides = profiles.Overrides{App: "gmail", Auth: preflight.Direct, Mailbox: preflight.ExchangeServer, Host: "mail.contoso.com"}
	r := makeAndroid(t, req)
	if err := os.WriteFile(path, file(t, r.Files, "alice.p12"), 0o600); err != nil {
		t.Fatal(err)
	}
	var app struct {
		ManagedConfiguration struct {
			Alias string `json:"exchange_login_certificate_alias"`
		}
	}
	if err := json.Unmarshal(file(t, r.Files, "managed-configuration.json"), &app); err != nil {
		t.Fatal(err)
	}
	return app.ManagedConfiguration.Alias, told(t, r)
}
