package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The clock of the scripts: --at overrides it.
var scriptTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"easkit": func() {
			sys := system{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: func() time.Time { return scriptTime }, sleep: quickly}
			os.Exit(run(context.Background(), os.Args[1:], sys))
		},
	})
}

// Each script is a promise to users: what is printed where, which files are
// there afterwards and who can read them, and the exit status.
func TestScripts(t *testing.T) {
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(testdata, "crls"))))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("FOREIGN", filepath.Join(testdata, "foreign"))
			env.Setenv("CERTS", filepath.Join(testdata, "certs"))
			env.Setenv("CRLS", filepath.Join(testdata, "crls"))
			env.Setenv("SERVER", server.URL)
			if strings.HasPrefix(filepath.Base(env.WorkDir), "script-tenant") {
				return setupTenant(t, env)
			}
			env.Setenv("EASKIT_OFFLINE", "true") // certificates point to hosts that are not there
			return os.WriteFile(filepath.Join(env.WorkDir, "pw"), []byte("correct horse\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":  cmdExit,
			"mode":  cmdMode,
			"same":  cmdSame,
			"fault": cmdFault,
			"sleep": cmdSleep,
		},
	})
}

// cmdExit runs a command and wants its exit status: exit 2 easkit ios.
func cmdExit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit STATUS COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = regexp.MustCompile(`\d+$`).FindString(err.Error())
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s (%v)", got, args[0], err)
	}
}

// cmdMode wants the permissions of files: mode 600 alice.mobileconfig.
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if got := fmt.Sprintf("%o", info.Mode().Perm()); (got == args[0]) == neg {
			ts.Fatalf("mode of %s is %s", file, got)
		}
	}
}

// cmdSame wants each file to hold the bytes of the first: ! same a b.
func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	first := ts.ReadFile(args[0])
	for _, file := range args[1:] {
		if (ts.ReadFile(file) == first) == neg {
			ts.Fatalf("%s and %s: same is %v", args[0], file, !neg)
		}
	}
}

// Nothing that is printed anywhere holds a password, whatever goes wrong.
func TestNoPasswordInOutput(t *testing.T) {
	const secret = "correct horse"
	foreign, err := filepath.Abs("../../testdata/foreign")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("pw", []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"openssl-modern.p12", "openssl-3des.p12", "two-identities.p12", "truncated.p12", "openssl-nokey.p12", "openssl-hugeiter.p12", "alice-enc-pbes2.pem", "keytool.jks"} {
		for _, args := range [][]string{
			{"ios", "--verbose"}, {"ios", "--for", "mdm", "--format", "json", "--force"}, {"android", "--verbose", "--force"},
			{"check", "cert", "--offline", "--verbose"}, {"check", "cert", "--offline", "--format", "json"}, {"show"}, {"show", "--format", "json"},
		} {
			var out, errs strings.Builder
			sys := system{in: strings.NewReader(""), out: &out, err: &errs, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
			run(t.Context(), append(args, filepath.Join(foreign, file), "--password-file", "pw"), sys)
			if printed := out.String() + errs.String(); strings.Contains(printed, secret) {
				t.Errorf("easkit %s %s prints the password:\n%s", strings.Join(args, " "), file, printed)
			}
		}
	}
}
