package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// signedRollout makes a signed rollout of alice in a folder of its own, beside which
// somebody without the signer's key puts a manifest: she has another address there, and
// there is somebody else.
func signedRollout(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := rolloutFolder(".", func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("users.csv", []byte("upn\nalice@contoso.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rolloutOfAlice(t)
	text, err := os.ReadFile(filepath.Join("out", "rollout.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.NewReplacer("mail alice@contoso.com", "mail mallory@evil.example", "2026-11-21T12:00", "2026-11-21T13:00").Replace(string(text))
	more := strings.ReplaceAll(string(text), `"user":"alice@contoso.com"`, `"user":"mallory@evil.example"`)
	if forged == string(text) || more == string(text) {
		t.Fatalf("nothing is forged:\n%s", text)
	}
	if err := os.WriteFile(filepath.Join("out", "rollout-1-of-2.jsonl"), []byte(forged+more), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rolloutOfAlice(t *testing.T) {
	t.Helper()
	if status, out := runAt(t, "rollout", "users.csv", "--identities", "p12", "--password-file", "pw", "--signer", "signer.p12", "--signer-password-file", "pw", "--out", "out"); status != exitOK {
		t.Fatalf("rollout: %d\n%s", status, out)
	}
}

// sourceOf opens what rolloutOfAlice made.
func sourceOf(t *testing.T) usersFiles {
	t.Helper()
	a := &app{ctx: t.Context(), system: system{in: strings.NewReader(""), err: &strings.Builder{}, env: func(string) (string, bool) { return "", false }, now: scriptClock}}
	files, err := a.openUsersFiles(t.Context(), filepath.Join("out", "rollout.jsonl"), &sourceFlags{sealFlags: sealFlags{roots: []string{"root.pem"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return files
}

// Whoever a later run kept has the address of what was made.
func TestKeptUsersKeepTheirAddress(t *testing.T) {
	signedRollout(t)
	before, err := sourceOf(t).Users(t.Context(), "", 10)
	if err != nil || len(before) != 1 || before[0].Email == "" {
		t.Fatalf("%+v, %v", before, err)
	}
	rolloutOfAlice(t)
	after, err := sourceOf(t).Users(t.Context(), "", 10)
	if err != nil || len(after) != 1 || after[0].Status != "ios: kept" {
		t.Fatalf("%+v, %v", after, err)
	}
	if after[0].Email != before[0].Email {
		t.Errorf("%+v, and before %+v", after[0], before[0])
	}
}

// Who there is, and where their mail goes, only manifests say that count.
func TestUsersAreProven(t *testing.T) {
	signedRollout(t)
	files := sourceOf(t)
	users, err := files.Users(t.Context(), "", 10)
	if err != nil || len(users) != 1 || users[0].User != "alice@contoso.com" || users[0].Email != "alice@contoso.com" {
		t.Errorf("%+v, %v", users, err)
	}
	if counts, err := files.counts(t.Context()); err != nil || counts != (userCounts{users: 1, ios: 1, one: "alice@contoso.com"}) {
		t.Errorf("%+v, %v", counts, err)
	}
	manifest := filepath.Join("out", "rollout.jsonl")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, []byte(strings.ReplaceAll(string(text), "mail alice@", "mail malice@")), 0o600); err != nil {
		t.Fatal(err)
	}
	if users, err = files.Users(t.Context(), "", 10); err == nil {
		t.Errorf("of a manifest that was changed while it is served: %+v", users)
	}
}

// A link goes to the address that the signed manifest has.
func TestMailIsProven(t *testing.T) {
	signedRollout(t)
	server, mail := postBox(t)
	status, out := runAt(t, "ticket", "make", "alice@contoso.com", "--from", filepath.Join("out", "rollout.jsonl"), "--roots", "root.pem", "--password-file", "pw",
		"--origin", "https://mail-setup.contoso.com", "--mail", "--smtp", server, "--mail-from", "helpdesk@contoso.com")
	if status != exitOK || !strings.Contains(out, "sent to alice@contoso.com") {
		t.Fatalf("%d\n%s", status, out)
	}
	if letter := <-mail; !strings.Contains(letter, "alice@contoso.com") || strings.Contains(letter, "mallory") {
		t.Errorf("the letter:\n%s", letter)
	}
}
