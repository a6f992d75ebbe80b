package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
)

// encryptedRollout makes a rollout of three users in a folder of its own, for a key that
// is in company.agekey.
func encryptedRollout(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	recipient := ""
	err := rolloutFolder(".", func(name, value string) {
		if name == "RECIPIENT" {
			recipient = value
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("users.csv", []byte("upn\nalice@contoso.com\nerin@contoso.com\nnobody@contoso.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"rollout", "users.csv", "--identities", "p12", "--password-file", "pw", "--out", "out", "--encrypt-to", recipient, "--platform", "ios,android"}
	if status, out := runAt(t, args...); status != exitFindings { // nobody has no identity
		t.Fatalf("rollout: %d\n%s", status, out)
	}
}

// runAt runs a command at the time of the scripts.
func runAt(t *testing.T, args ...string) (status int, printed string) {
	t.Helper()
	var out strings.Builder
	sys := system{in: strings.NewReader(""), out: &out, err: &out, env: func(string) (string, bool) { return "", false }, now: scriptClock}
	status = run(t.Context(), args, sys)
	return status, out.String()
}

func scriptClock() time.Time { return scriptTime }

// openFiles opens the rollout as serve does.
func openFiles(t *testing.T, f sourceFlags) usersFiles {
	t.Helper()
	a := &app{ctx: t.Context(), system: system{in: strings.NewReader(""), err: &strings.Builder{}, env: func(string) (string, bool) { return "", false }, now: scriptClock}}
	files, err := a.openUsersFiles(t.Context(), "out", &f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	return files
}

// A rollout's users are found by a part of their name, with what came of them; their
// files are there for who has the key.
func TestRolloutAsSource(t *testing.T) {
	encryptedRollout(t)
	without := openFiles(t, sourceFlags{})
	users, err := without.Users(t.Context(), "CONTOSO", 10)
	if err != nil || len(users) != 3 {
		t.Fatalf("%v, %v", users, err)
	}
	for i, want := range []struct{ user, email, status string }{
		{"alice@contoso.com", "alice@contoso.com", "ios: done, android: done"},
		{"erin@contoso.com", "erin@contoso.com", "ios: done, android: done"},
		{"nobody@contoso.com", "", "ios: failed, android: failed"},
	} {
		got := users[i]
		if got.User != want.user || got.Email != want.email || got.Status != want.status || (got.Made.IsZero()) != (want.email == "") {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if found := users[2].Findings; len(found) == 0 || found[0].Check != "row.identity" {
		t.Errorf("nobody's findings: %+v", found)
	}
	for _, limit := range []int{1, 2} {
		if some, err := without.Users(t.Context(), "erin@contoso.com", limit); err != nil || len(some) != 1 {
			t.Errorf("%v, %v", some, err)
		}
	}
	if some, err := without.Users(t.Context(), "", 2); err != nil || len(some) != 2 {
		t.Errorf("at most two: %v, %v", some, err)
	}
	if _, err := without.Files(t.Context(), "alice@contoso.com"); !errors.Is(err, portal.ErrNoKey) {
		t.Errorf("without the key: %v", err)
	}
	with := openFiles(t, sourceFlags{key: keyFlags{file: "company.agekey"}})
	files, err := with.Files(t.Context(), "Alice@contoso.com")
	kinds := map[ticket.Kind]string{}
	for _, f := range files {
		kinds[f.Kind] = f.Name
	}
	if err != nil || len(kinds) != 3 || kinds[ticket.KindProfile] != "alice@contoso.com.mobileconfig" || kinds[ticket.KindPKCS12] != "alice@contoso.com.p12" || kinds[ticket.KindBundle] != "bundle.json" {
		t.Errorf("%v, %v", kinds, err)
	}
	if _, err := with.Files(t.Context(), "nobody@contoso.com"); !errors.Is(err, errFailedUser) || !strings.Contains(err.Error(), "ios failed by row.identity") {
		t.Errorf("who failed: %v", err)
	}
}

// A user who is called just so comes first, whoever else has the name in theirs.
func TestFirstUsers(t *testing.T) {
	all := firstUsers([]portal.User{{User: "b@x"}, {User: "ab@x"}, {User: "aab@x"}}, "B@x", 2)
	if len(all) != 2 || all[0].User != "b@x" || all[1].User != "aab@x" {
		t.Errorf("%v", all)
	}
	if got := onlyMail([]string{"upn a@x", "mail b@x"}); got != "b@x" {
		t.Errorf("one address: %q", got)
	}
	if got := onlyMail([]string{"mail a@x", "mail b@x"}); got != "" {
		t.Errorf("two addresses: %q", got)
	}
	if e := (&rollout.Entry{Status: rollout.Skipped}); standingOf(e).says {
		t.Error("who was skipped counts")
	}
}

// ask puts tickets down as the help desk does where the server has no key.
func ask(t *testing.T, users ...string) {
	t.Helper()
	store, err := ticket.Open(t.Context(), dataDir, scriptClock)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, user := range users {
		if _, err := store.Ask(t.Context(), user, "help desk", ticket.ByPIN); err != nil {
			t.Fatal(err)
		}
	}
}

// What the help desk asked for is made by who has the key. Who can't be given one waits
// on, and keeps nobody else from theirs.
func TestTicketMakePending(t *testing.T) {
	encryptedRollout(t)
	ask(t, "nobody@contoso.com", "alice@contoso.com", "erin@contoso.com")
	call := []string{"ticket", "make", "--pending", "--from", "out", "--key-file", "company.agekey", "--origin", "https://mail-setup.contoso.com"}
	status, out := runAt(t, append(call, "erin@contoso.com")...)
	if status != exitOK || strings.Count(out, "  PIN ") != 1 || !strings.Contains(out, "erin@contoso.com  (ticket") {
		t.Errorf("for one: %d\n%s", status, out)
	}
	status, out = runAt(t, call...)
	if status != exitInput || strings.Count(out, "  PIN ") != 1 || !strings.Contains(out, "alice@contoso.com  (ticket") || !strings.Contains(out, "nobody@contoso.com: nothing was made") {
		t.Errorf("for all: %d\n%s", status, out)
	}
	_, list := runAt(t, "ticket", "list", "--format", "json")
	var tickets ticketList
	if err := json.Unmarshal([]byte(list), &tickets); err != nil {
		t.Fatal(err)
	}
	states := map[string]ticket.State{}
	for _, l := range tickets.Tickets {
		states[l.User] = l.State
	}
	if len(tickets.Tickets) != 3 || states["alice@contoso.com"] != ticket.Ready || states["erin@contoso.com"] != ticket.Ready || states["nobody@contoso.com"] != ticket.Pending {
		t.Errorf("%v", states)
	}
}

// postBox is a mail server on loopback that takes one mail.
func postBox(t *testing.T) (address string, mail <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		fmt.Fprint(c, "220 ready\r\n")
		var text strings.Builder
		data := false
		for in := bufio.NewScanner(c); in.Scan(); {
			switch line := in.Text(); {
			case data && line == ".":
				data = false
				got <- text.String()
				fmt.Fprint(c, "250 taken\r\n")
			case data:
				text.WriteString(line + "\n")
			case line == "DATA":
				data = true
				fmt.Fprint(c, "354 go on\r\n")
			case line == "QUIT":
				fmt.Fprint(c, "221 bye\r\n")
				return
			default:
				fmt.Fprint(c, "250 fine\r\n")
			}
		}
	}()
	return "smtp://" + l.Addr().String(), got
}

// A link that goes by mail is not printed, and one that did not get there is revoked.
func TestTicketMakeMail(t *testing.T) {
	encryptedRollout(t)
	server, mail := postBox(t)
	call := []string{"ticket", "make", "alice", "--from", "out", "--key-file", "company.agekey", "--origin", "https://mail-setup.contoso.com", "--mail", "--mail-from", "helpdesk@contoso.com", "--smtp"}
	status, out := runAt(t, append(call, server)...)
	if status != exitOK || strings.Contains(out, "/t/") || !strings.Contains(out, "sent to alice@contoso.com") || !strings.Contains(out, "  PIN ") {
		t.Fatalf("%d\n%s", status, out)
	}
	letter := strings.ReplaceAll(<-mail, "=\n", "")
	pin := regexp.MustCompile(`PIN +(\d{6})`).FindStringSubmatch(out)[1]
	if !strings.Contains(letter, "https://mail-setup.contoso.com/t/") || strings.Contains(letter, pin) {
		t.Errorf("the letter has no link, or the PIN:\n%s", letter)
	}
	status, out = runAt(t, append(call, "smtp://127.0.0.1:1")...)
	if status != exitService || strings.Contains(out, "PIN") {
		t.Errorf("without a mail server: %d\n%s", status, out)
	}
	if _, list := runAt(t, "ticket", "list", "--state", "ready"); strings.Count(list, " ready ") != 1 {
		t.Errorf("the link that nobody has works, or the first does not:\n%s", list)
	}
}

// A portal of an encrypted rollout, without its key, has the help desk's tickets wait.
func TestServeWithoutKey(t *testing.T) {
	encryptedRollout(t)
	s := servePortal(t, "easkit ticket make ", "serve", "out", "--listen", "127.0.0.1:0", "--admin-token-file", "desk.token")
	origin := s.find(`at (http://\S+) until`)
	if log := s.errs.String(); strings.Contains(log, "without encryption") {
		t.Errorf("the rollout is encrypted:\n%s", log)
	}
	token, err := os.ReadFile("desk.token")
	if err != nil {
		t.Fatal(err)
	}
	c := phone(t, nil)
	visit(t, c, origin+"/desk/signin", map[string][]string{"token": {strings.TrimSpace(string(token))}})
	_, _, page := visit(t, c, origin+"/desk/user?name=alice@contoso.com", nil)
	form := map[string][]string{"user": {"alice@contoso.com"}, "signin": {"pin"}, "language": {"en"}}
	for _, field := range []string{"csrf", "once"} {
		m := regexp.MustCompile(`name="` + field + `" value="([^"]+)"`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("the user's page has no %s:\n%s", field, page)
		}
		form[field] = m[1:]
	}
	if status, _, body := visit(t, c, origin+"/desk/tickets", form); status != http.StatusOK || !strings.Contains(body, "easkit ticket make --pending") {
		t.Errorf("a new ticket: %d\n%s", status, body)
	}
	if status, out := runQuietly(t, "ticket", "make", "--pending", "--from", "out", "--key-file", "company.agekey"); status != exitOK || !strings.Contains(out, origin+"/t/") {
		t.Errorf("by who has the key: %d\n%s", status, out)
	}
}

// What is printed of a call that is interrupted is what was made until then.
func TestTicketMakeInterrupted(t *testing.T) {
	encryptedRollout(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	sys := system{in: strings.NewReader(""), out: &out, err: &out, env: func(string) (string, bool) { return "", false }, now: scriptClock}
	status := run(ctx, []string{"ticket", "make", "alice", "--from", "out", "--key-file", "company.agekey", "--origin", "https://x.contoso.com"}, sys)
	if status != exitInterrupted || strings.Contains(out.String(), "PIN") {
		t.Errorf("%d\n%s", status, out.String())
	}
}

// A ticket that waits is made for a user of just this name: what somebody else asked for is
// no short way to write another's.
func TestPendingWantsTheWholeName(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runAt(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	ask(t, "alice")
	status, out := runAt(t, "ticket", "make", "--pending", "--from", "easkit-quickstart", "--origin", "https://mail-setup.contoso.com")
	if status != exitInput || strings.Contains(out, "PIN") || !strings.Contains(out, "alice: the folder has nothing for this user") {
		t.Errorf("%d\n%s", status, out)
	}
	if _, list := runAt(t, "ticket", "list", "--state", "pending"); strings.Count(list, " pending ") != 1 {
		t.Errorf("it waits no more:\n%s", list)
	}
}

// Who fetched nothing of a mail that failed has no new link, and is told so; the older one
// works on.
func TestMailFails(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runAt(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	call := []string{"ticket", "make", "alice", "--from", "easkit-quickstart", "--origin", "https://mail-setup.contoso.com"}
	if status, out := runAt(t, call...); status != exitOK {
		t.Fatalf("the older one: %d\n%s", status, out)
	}
	status, out := runAt(t, append(call, "--mail", "--smtp", "smtp://127.0.0.1:1", "--mail-from", "helpdesk@contoso.com")...)
	if status != exitService || !strings.Contains(out, "of alice@contoso.com is revoked, as nobody has its link; older ones are as they were") || !strings.Contains(out, "hint: see host and port in --smtp") {
		t.Errorf("%d\n%s", status, out)
	}
	if _, hint := exitOf(hintMail(fmt.Errorf("a mail: %w", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host"}}))); !strings.Contains(hint, "the name of the host") {
		t.Errorf("no such host: %s", hint)
	}
	if _, list := runAt(t, "ticket", "list", "--state", "ready"); strings.Count(list, " ready ") != 1 {
		t.Errorf("the older one:\n%s", list)
	}
}

// A ticket that has ended is not said to end now.
func TestRevokeEnded(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runAt(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	status, out := runAt(t, "ticket", "make", "alice", "--from", "easkit-quickstart", "--origin", "https://mail-setup.contoso.com")
	id := regexp.MustCompile(`ticket ([a-z2-7]+),`).FindStringSubmatch(out)
	if status != exitOK || id == nil {
		t.Fatalf("%d\n%s", status, out)
	}
	for _, want := range []string{
		id[1] + " of alice@contoso.com is revoked\n",
		id[1] + " of alice@contoso.com was revoked already (2026-11-21 12:00 UTC): nothing is left to end\n",
	} {
		if status, out := runAt(t, "ticket", "revoke", id[1]); status != exitOK || out != want {
			t.Errorf("%d, %q, want %q", status, out, want)
		}
	}
}
