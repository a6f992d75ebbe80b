package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/portal"
)

// What is served, for how many, and with which command a link is made, serve says; and which
// of the help desk's tickets will wait.
func TestServeTells(t *testing.T) {
	encryptedRollout(t)
	token, _ := portal.NewAdminToken()
	if err := os.WriteFile("desk.token", []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, said, notes []string
	}{
		{
			nil,
			[]string{"3 users: 2 with an iPhone's profile, 2 with Android's, 1 without files", "easkit ticket make alice@contoso.com --from out --key-file FILE\n"},
			[]string{"easkit ticket make --pending: the files are encrypted"},
		}, {
			[]string{"--key-file", "company.agekey", "--password-file", "pw", "--data", "my tickets"},
			[]string{"easkit ticket make alice@contoso.com --from out --data 'my tickets' --key-file company.agekey --password-file pw\n"},
			[]string{"easkit ticket make --pending: without mail (--smtp)"},
		},
	} {
		s := servePortal(t, "easkit ticket make ", append([]string{"serve", "out", "--listen", "127.0.0.1:0", "--admin-token-file", "desk.token"}, c.args...)...)
		if got := s.end(); got != exitOK {
			t.Errorf("it ends with %d", got)
		}
		for _, want := range c.said {
			if !strings.Contains(s.said, want) {
				t.Errorf("it does not say %q:\n%s", want, s.said)
			}
		}
		for _, want := range c.notes {
			if !strings.Contains(s.errs.String(), want) {
				t.Errorf("no note %q:\n%s", want, s.errs.String())
			}
		}
		if strings.Contains(s.errs.String(), "open to others") {
			t.Errorf("the token is closed:\n%s", s.errs.String())
		}
	}
	if err := os.Chmod("desk.token", 0o644); err != nil {
		t.Fatal(err)
	}
	s := servePortal(t, "easkit ticket make ", "serve", "out", "--listen", "127.0.0.1:0", "--admin-token-file", "desk.token")
	if s.end(); !strings.Contains(s.errs.String(), "desk.token is open to others than its owner (mode 0644)") {
		t.Errorf("a token that others read:\n%s", s.errs.String())
	}
}

// One user's iPhone profile and Android bundle lie in one folder, as ios -o and android -o
// write them there: both are served, and the password that opens them is the call's.
func TestServeBundleInFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	at := func(name string) string { return filepath.Join("easkit-quickstart", name) }
	if status, out := runQuietly(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	for _, platform := range []string{"ios", "android"} {
		if status, out := runQuietly(t, platform, at("alice.p12"), "--password-file", at("alice.password"), "--template", at("account.yaml"), "-o", "alice/"); status != exitOK {
			t.Fatalf("%s: %d\n%s", platform, status, out)
		}
	}
	s := servePortal(t, "easkit ticket make ", "serve", "alice", "--listen", "127.0.0.1:0")
	if s.end(); !strings.Contains(s.said, "1 user: 1 with an iPhone's profile, 1 with Android's\n") || !strings.Contains(s.said, "ticket make alice@contoso.com") {
		t.Errorf("%s", s.said)
	}
	call := []string{"ticket", "make", "alice", "--from", "alice", "--password-file", at("alice.password"), "--format", "json"}
	status, out := runQuietly(t, call...)
	if status != exitOK || !strings.Contains(out, `"profile"`) || !strings.Contains(out, `"pkcs12"`) || !strings.Contains(out, `"bundle"`) || !strings.Contains(out, `"password"`) {
		t.Errorf("%d\n%s", status, out)
	}
	if err := os.Remove(filepath.Join("alice", "alice.mobileconfig")); err != nil {
		t.Fatal(err)
	}
	if status, out = runQuietly(t, call...); status != exitOK || strings.Contains(out, `"profile"`) || !strings.Contains(out, `"bundle"`) {
		t.Errorf("the bundle alone: %d\n%s", status, out)
	}
}

// An example that is copied into a shell does nothing that a user's name asks for.
func TestQuoted(t *testing.T) {
	for word, want := range map[string]string{
		"alice@contoso.com": "alice@contoso.com", "my tickets": "'my tickets'", "": "",
		"$(id)@x": "'$(id)@x'", "o'hara@x": `'o'\''hara@x'`,
	} {
		if got := quoted(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
