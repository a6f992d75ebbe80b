package main

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// serveOut serves the rollout in out.
func serveOut(t *testing.T) *servedPortal {
	t.Helper()
	return servePortalAt(t, scriptClock, "easkit ticket make ", "serve", "out", "--listen", "127.0.0.1:0")
}

// makeLink makes a ticket in another process than the portal's.
func makeLink(t *testing.T, origin string) (link, pin string) {
	t.Helper()
	status, out := runAt(t, "ticket", "make", "alice", "--from", "out", "--key-file", "company.agekey", "--password-file", "pw", "--origin", origin)
	m := regexp.MustCompile(`link +(\S+)\n +PIN +(\d{6})`).FindStringSubmatch(out)
	if status != exitOK || m == nil {
		t.Fatalf("ticket make: %d\n%s", status, out)
	}
	return m[1], m[2]
}

// fetchProfile does on an iPhone what the user does.
func fetchProfile(t *testing.T, link, pin string) {
	t.Helper()
	c := phone(t, nil)
	if status, _, body := visit(t, c, link, url.Values{"pin": {pin}}); status != http.StatusOK {
		t.Fatalf("the button: %d\n%s", status, body)
	}
	if status, _, body := visit(t, c, link+"/file/alice@contoso.com.mobileconfig", nil); status != http.StatusOK || len(body) == 0 {
		t.Fatalf("the profile: %d", status)
	}
}

// openOut opens the target as a rollout's command does.
func openOut(t *testing.T) vault.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), "out", vault.Options{Now: scriptClock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// handedOut are the lines of what was handed out of the rollout.
func handedOut(t *testing.T) (all []rollout.Handed) {
	t.Helper()
	for line, err := range rollout.ReadHanded(t.Context(), openOut(t)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line)
	}
	return all
}

// entryOf is the entry that made what a user has on a platform now.
func entryOf(t *testing.T, user string, p rollout.Platform) *rollout.Entry {
	t.Helper()
	for e, err := range rollout.Artefacts(t.Context(), openOut(t), []rollout.Shard{{}}, func(u string) bool { return u == user }) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Platform == p {
			return e
		}
	}
	t.Fatalf("there is nothing of %s for %s", user, p)
	return nil
}

// wantHanded wants one line, of what an entry made.
func wantHanded(t *testing.T, e *rollout.Entry) {
	t.Helper()
	lines := handedOut(t)
	if len(lines) != 1 || lines[0].User != e.User || lines[0].Platform != e.Platform || lines[0].Ref != e.Ref() || !slices.Equal(lines[0].Files, e.Files) || len(e.Files) == 0 {
		t.Errorf("%+v, want %+v", lines, e)
	}
}

// rollAgain runs the rollout of encryptedRollout once more.
func rollAgain(t *testing.T, more ...string) string {
	t.Helper()
	recipient, err := os.ReadFile("company.agekey")
	if err != nil {
		t.Fatal(err)
	}
	key := regexp.MustCompile(`age1\S+`).FindString(string(recipient))
	status, out := runAt(t, append([]string{"rollout", "users.csv", "--identities", "p12", "--password-file", "pw", "--out", "out", "--encrypt-to", key, "--platform", "ios,android"}, more...)...)
	if status != exitFindings { // nobody has no identity
		t.Fatalf("rollout: %d\n%s", status, out)
	}
	return out
}

func renew(t *testing.T) {
	t.Helper()
	if err := os.Rename("alice-renewed.p12", filepath.Join("p12", "alice@contoso.com.p12")); err != nil {
		t.Fatal(err)
	}
}

// inTarget are the files of a user's that a target has.
func inTarget(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("out", pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// soon waits until something is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	const tries, pause = 2000, 5 * time.Millisecond
	for range tries {
		if so() {
			return
		}
		time.Sleep(pause)
	}
	t.Fatalf("it does not come to it that %s", what)
}

// What a link handed out is deleted by the rollout's next run, and not made anew: the
// profile that was fetched, and not what Android would have had.
func TestFetchedIsHandedOut(t *testing.T) {
	encryptedRollout(t)
	made := entryOf(t, "alice@contoso.com", rollout.IOS)
	s := serveOut(t)
	link, pin := makeLink(t, s.find(`at (http://\S+) until`))
	fetchProfile(t, link, pin)
	if status := s.end(); status != exitOK {
		t.Fatalf("%d\n%s", status, s.errs.String())
	}
	wantHanded(t, made)
	if log := s.errs.String(); strings.Count(log, `"msg":"rollout.handed-out","files":1`) != 1 {
		t.Errorf("the log:\n%s", log)
	}
	rollAgain(t, "--delete-after", "0")
	if got := inTarget(t, "alice@contoso.com.mobileconfig*"); len(got) != 0 {
		t.Errorf("%q was fetched, and is there", got)
	}
	for _, pattern := range []string{"alice@contoso.com-android/*", "erin@contoso.com.mobileconfig*"} {
		if len(inTarget(t, pattern)) == 0 {
			t.Errorf("%s was not fetched, and is gone", pattern)
		}
	}
	if out := rollAgain(t); !strings.Contains(out, "handed out and deleted since: 1 profile") {
		t.Errorf("a run later:\n%s", out)
	}
}

// A ticket holds what was there when it was made: what a run made since stays.
func TestFetchedAfterRerun(t *testing.T) {
	encryptedRollout(t)
	made := entryOf(t, "alice@contoso.com", rollout.IOS)
	s := serveOut(t)
	link, pin := makeLink(t, s.find(`at (http://\S+) until`))
	renew(t)
	rollAgain(t)
	latest := entryOf(t, "alice@contoso.com", rollout.IOS)
	if latest.Ref() == made.Ref() {
		t.Fatal("nothing was made anew")
	}
	fetchProfile(t, link, pin)
	if status := s.end(); status != exitOK {
		t.Fatalf("%d\n%s", status, s.errs.String())
	}
	wantHanded(t, made)
	rollAgain(t, "--delete-after", "0")
	if got := inTarget(t, "alice@contoso.com.mobileconfig*"); len(got) != 1 {
		t.Errorf("what nobody fetched is gone: %q", got)
	}
}

// A server that is killed after somebody fetched something leaves it to the next one; and
// one that is killed after it noted that does not have it noted twice.
func TestKilledBeforeNoting(t *testing.T) {
	encryptedRollout(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = []string{"easkit", "serve", "out", "--listen", "127.0.0.1:0"} // by which name the test binary is easkit
	out, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	link, pin := makeLink(t, regexp.MustCompile(`http://\S+`).FindString(line))
	fetchProfile(t, link, pin)
	store, err := ticket.Open(t.Context(), dataDir, scriptClock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	soon(t, "the server has noted it for itself", func() bool {
		files, err := store.Unnoted(t.Context())
		return err == nil && len(files) > 0
	})
	cmd.Process.Kill()
	cmd.Wait()
	if lines := handedOut(t); len(lines) != 0 {
		t.Fatalf("it was noted before: %+v", lines)
	}
	files, err := store.Unnoted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openFiles(t, sourceFlags{}).handOut(t.Context(), files); err != nil { // and killed then
		t.Fatal(err)
	}
	next := serveOut(t)
	soon(t, "the next server notes it as it begins", func() bool { return strings.Contains(next.errs.String(), "rollout.handed-out") })
	wantHanded(t, entryOf(t, "alice@contoso.com", rollout.IOS))
	if files, err := store.Unnoted(t.Context()); len(files) != 0 || err != nil {
		t.Errorf("it is still to be noted: %v, %v", files, err)
	}
}

// failing is a target that can't be written to.
type failing struct {
	usersFiles
	err   error
	tries int
}

func (f *failing) handOut(ctx context.Context, files []ticket.Unnoted) ([]ticket.Unnoted, error) {
	if f.tries++; f.err != nil {
		return nil, f.err
	}
	return f.usersFiles.handOut(ctx, files)
}

// noteFetched notes that a file of a link went out whole.
func noteFetched(t *testing.T, store *ticket.Store, token ticket.Token, name string) {
	t.Helper()
	l, err := store.Find(t.Context(), token)
	if err == nil {
		err = l.Fetched(t.Context(), name)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A target that can't be written to is tried again, and each cause is logged once. What is
// of another target is logged once, and waits.
func TestNotingFails(t *testing.T) {
	encryptedRollout(t)
	store, err := ticket.Open(t.Context(), dataDir, scriptClock)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	files, err := openFiles(t, sourceFlags{key: keyFlags{file: "company.agekey"}}).Files(t.Context(), "alice@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	stranger := ticket.File{Name: "x.mobileconfig", Kind: ticket.KindProfile, Data: []byte("x"), Ref: "ios:0123456789abcdef0123456789abcdef"}
	for _, of := range []struct{ files []ticket.File }{{files}, {[]ticket.File{stranger}}} {
		made, err := store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "test", SignIn: ticket.ByPIN, Files: of.files})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range of.files {
			noteFetched(t, store, made.Token, f.Name)
		}
	}
	var log shared
	source := &failing{usersFiles: openFiles(t, sourceFlags{})}
	n := newHandNoter(store, source, portal.NewAudit(&log))
	for _, source.err = range []error{errors.New("read-only"), errors.New("read-only"), errors.New("locked"), nil, nil} {
		n.note(t.Context())
	}
	text := log.String()
	for said, times := range map[string]int{"read-only": 1, "locked": 1, "rollout.handed-out": 1, "that no manifest of this target lists": 1} {
		if strings.Count(text, said) != times {
			t.Errorf("it does not say %q %d times:\n%s", said, times, text)
		}
	}
	if lines := handedOut(t); len(lines) != 2 { // for iOS and Android
		t.Errorf("%+v", lines)
	}
	if left, err := store.Unnoted(t.Context()); len(left) != 1 || left[0].Ref != stranger.Ref || err != nil {
		t.Errorf("left are %v, %v", left, err)
	}
	if source.tries != 4 {
		t.Errorf("the target was tried %d times, the last for nothing", source.tries)
	}
}

// Who ends while a target hangs does not wait for it, nor log that as its failure.
func TestNotingEnds(t *testing.T) {
	encryptedRollout(t)
	store, err := ticket.Open(t.Context(), dataDir, scriptClock)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	made, err := store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "test", SignIn: ticket.ByPIN, Files: []ticket.File{{Name: "x.mobileconfig", Kind: ticket.KindProfile, Data: []byte("x"), Ref: "ios:0"}}})
	if err != nil {
		t.Fatal(err)
	}
	noteFetched(t, store, made.Token, "x.mobileconfig")
	var log shared
	source := &hanging{begun: make(chan struct{}, 2)}
	n := newHandNoter(store, source, portal.NewAudit(&log))
	n.begin(t.Context())
	<-source.begun
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	n.end(ctx)
	if text := log.String(); strings.Count(text, `"level":"`+slog.LevelError.String()) != 1 || !strings.Contains(text, context.DeadlineExceeded.Error()) {
		t.Errorf("the log:\n%s", text)
	}
	if left, err := store.Unnoted(t.Context()); len(left) != 1 || err != nil {
		t.Errorf("left are %v, %v", left, err)
	}
}

// hanging is a target that does not answer.
type hanging struct {
	usersFiles
	begun chan struct{}
}

func (h *hanging) handOut(ctx context.Context, _ []ticket.Unnoted) ([]ticket.Unnoted, error) {
	h.begun <- struct{}{}
	<-ctx.Done()
	return nil, ctx.Err()
}
