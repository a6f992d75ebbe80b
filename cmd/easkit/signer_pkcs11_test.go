//go:build pkcs11 && cgo

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Each call gives its token back: the next in the same process opens it again.
func TestSignerIsClosed(t *testing.T) {
	const module = "/usr/lib/softhsm/libsofthsm2.so" // Debian's
	for _, tool := range []string{"softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not on PATH", tool)
		}
	}
	if _, err := os.Stat(module); err != nil {
		t.Skip("SoftHSM's module is not installed")
	}
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	if err := os.WriteFile(conf, []byte("directories.tokendir = "+dir+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	if err := os.WriteFile(filepath.Join(dir, "pin"), []byte("271828\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice := filepath.Join("..", "..", "testdata", "foreign", "alice-pkcs8.pem")
	for _, c := range [][]string{
		{"softhsm2-util", "--init-token", "--free", "--label", "Signing", "--pin", "271828", "--so-pin", "31415926"},
		{"softhsm2-util", "--import", alice, "--token", "Signing", "--label", "profiles", "--id", "01", "--pin", "271828"},
	} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c, err, out)
		}
	}
	by := []string{"--signer", "pkcs11:token=Signing;object=profiles?module-path=" + module, "--signer-password-file", filepath.Join(dir, "pin"), "--signer-chain", alice, "--at", "2026-11-21T12:00:00Z"}
	profile := filepath.Join(dir, "a.mobileconfig")
	for _, args := range [][]string{
		{"ios", alice, "-o", profile, "--at", "2026-11-21T12:00:00Z"},
		append([]string{"sign", profile, "-o", filepath.Join(dir, "1")}, by...),
		append([]string{"ios", alice, "-o", filepath.Join(dir, "2")}, by...),
		append([]string{"ios", alice, "-o", filepath.Join(dir, "2")}, by...), // fails: it is there
		append([]string{"migrate", profile, "-o", filepath.Join(dir, "m")}, by...),
		append([]string{"sign", profile, "-o", filepath.Join(dir, "3")}, by...),
	} {
		var out, errs bytes.Buffer
		status := run(context.Background(), args, system{in: &out, out: &out, err: &errs, env: func(string) (string, bool) { return "", false }, now: time.Now})
		t.Logf("%s: %d %s%s", args[0], status, out.String(), errs.String())
		if bytes.Contains(errs.Bytes(), []byte("open already")) {
			t.Errorf("%q: %s", args, errs.String())
		}
	}
	for _, name := range []string{"1", "2", "3"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
