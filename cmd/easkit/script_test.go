package main

import (
	"context"
	"encoding/base64"
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
			env.Setenv("ANDROID", filepath.Join(testdata, "android"))
			env.Setenv("FOREIGN", filepath.Join(testdata, "foreign"))
			env.Setenv("CERTS", filepath.Join(testdata, "certs"))
			env.Setenv("CRLS", filepath.Join(testdata, "crls"))
			env.Setenv("SERVER", server.URL)
			if strings.HasPrefix(filepath.Base(env.WorkDir), "script-tenant") {
				return setupTenant(t, env)
			}
			if strings.HasPrefix(filepath.Base(env.WorkDir), "script-rollout") {
				return setupRollout(env)
			}
			if strings.HasPrefix(filepath.Base(env.WorkDir), "script-probe") {
				return setupProbe(env)
			}
			env.Setenv("EASKIT_OFFLINE", "true") // certificates point to hosts that are not there
			return os.WriteFile(filepath.Join(env.WorkDir, "pw"), []byte("correct horse\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit":     cmdExit,
			"mode":     cmdMode,
			"same":     cmdSame,
			"fault":    cmdFault,
			"easfault": cmdEASFault,
			"sleep":    cmdSleep,
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
			{"probe", "--host", "localhost", "--connect", "127.0.0.1:1", "--auth", "direct", "--verbose", "--p12"},
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

// Nor does what reads profiles print the secrets that lie in them.
func TestNoSecretOfProfilesInOutput(t *testing.T) {
	secrets := []string{"correct horse", "open-sesame-7", "challenge-me", "take-it-off"}
	foreign, err := filepath.Abs("../../testdata/foreign")
	if err != nil {
		t.Fatal(err)
	}
	p12, err := os.ReadFile(filepath.Join(foreign, "openssl-3des.p12"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	payload := func(kind, keys string) string {
		return "<dict><key>PayloadType</key><string>" + kind + "</string><key>PayloadVersion</key><integer>1</integer><key>PayloadUUID</key><string>" + kind +
			"</string><key>PayloadIdentifier</key><string>com.contoso." + kind + "</string>" + keys + "</dict>"
	}
	profile := `<?xml version="1.0"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>` +
		`<key>PayloadIdentifier</key><string>com.contoso.mail</string><key>PayloadUUID</key><string>0B9A8E5C-6C0D-4A0F-9C0A-8A7C1E1D2F30</string><key>PayloadContent</key><array>` +
		payload("com.apple.security.pkcs12", "<key>Password</key><string>correct horse</string><key>PayloadContent</key><data>"+base64.StdEncoding.EncodeToString(p12)+"</data>") +
		payload("com.apple.security.scep", "<key>PayloadContent</key><dict><key>URL</key><string>https://scep.contoso.com</string><key>Challenge</key><string>challenge-me</string></dict>") +
		payload("com.apple.profileRemovalPassword", "<key>RemovalPassword</key><string>take-it-off</string>") +
		payload("com.apple.eas.account", "<key>Password</key><string>open-sesame-7</string><key>EmailAddress</key><string>alice@contoso.com</string><key>Host</key><string>mail.contoso.com</string>"+
			"<key>PayloadCertificateUUID</key><string>com.apple.security.pkcs12</string>") + "</array></dict></plist>\n"
	// The second has what should be text as something else, and other secrets.
	other := strings.NewReplacer("<string>open-sesame-7</string>", "<integer>5</integer>", "challenge-me", "correct horse").Replace(profile)
	for name, text := range map[string]string{"one.mobileconfig": profile, "two.mobileconfig": other} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"show", "one.mobileconfig"}, {"check", "profile", "one.mobileconfig", "two.mobileconfig", "--offline", "--verbose"}, {"check", "profile", "one.mobileconfig", "--for", "intune", "--format", "json", "--offline"},
		{"explain", "one.mobileconfig"}, {"explain", "one.mobileconfig", "--letter"}, {"explain", "two.mobileconfig", "--format", "json"},
		{"diff", "one.mobileconfig", "two.mobileconfig"}, {"diff", "two.mobileconfig", "one.mobileconfig", "--format", "json"},
		{"probe", "one.mobileconfig", "--connect", "127.0.0.1:1", "--verbose"}, {"probe", "two.mobileconfig", "--connect", "127.0.0.1:1", "--format", "json"},
		{"migrate", "one.mobileconfig", "--for", "manual", "--offline", "--verbose"},
	} {
		var out, errs strings.Builder
		sys := system{in: strings.NewReader(""), out: &out, err: &errs, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
		run(t.Context(), args, sys)
		printed := out.String() + errs.String()
		if len(printed) < len("one.mobileconfig") {
			t.Errorf("easkit %s prints %q: is it the command that was meant?", strings.Join(args, " "), printed)
		}
		for _, secret := range secrets {
			if strings.Contains(printed, secret) {
				t.Errorf("easkit %s prints %q:\n%s", strings.Join(args, " "), secret, printed)
			}
		}
	}
}
