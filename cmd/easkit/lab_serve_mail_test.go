package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	servers "github.com/easkit/easkit/profiles/lab"
)

// callLab runs a command at the time of the scripts.
func callLab(t *testing.T, command string) (status int, said string) {
	t.Helper()
	var out strings.Builder
	sys := system{in: strings.NewReader(""), out: &out, err: io.Discard, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
	args := strings.Fields(command)
	if args[0] != "easkit" {
		t.Fatalf("%q is no call of easkit", command)
	}
	return run(t.Context(), args[1:], sys), out.String()
}

// probes are the calls that a lab says to try for mail.
func (s *servedLab) probes() []string {
	var all []string
	for line := range strings.Lines(s.said) {
		if strings.HasPrefix(line, "  easkit probe ") {
			all = append(all, strings.TrimSpace(line))
		}
	}
	return all
}

// What it says to try for mail works as it stands there, up to the inbox and to the
// authority's host for certificates. A certificate that is revoked meanwhile is refused.
func TestLabServeMail(t *testing.T) {
	t.Chdir(t.TempDir()) // whose name has no space
	s := serveLab(t, "--dir", "lab", "--listen", "127.0.0.1:0")
	probes := s.probes()
	wants := []string{"nothing was created in the mailbox", "\n3 messages in Inbox, as alice@contoso.com", "pass eas.certauth"}
	if len(probes) != len(wants) {
		t.Fatalf("it says to try %q", probes)
	}
	for i, want := range wants {
		if status, said := callLab(t, probes[i]); status != exitOK || !strings.Contains(said, want) {
			t.Errorf("%s: %d, without %q:\n%s", probes[i], status, want, said)
		}
	}
	if status, said := callLab(t, "easkit lab revoke --dir lab "+filepath.Join("lab", "users", "alice.cer")); status != exitOK {
		t.Fatalf("lab revoke: %d: %s", status, said)
	}
	if status, said := callLab(t, probes[0]); status != exitFindings || !strings.Contains(said, "403.13") {
		t.Errorf("revoked: %d: %s", status, said)
	}
	if status := s.end(); status != exitOK {
		t.Errorf("interrupted, it ends with %d", status)
	}
	said := s.errs.String()
	for _, line := range []string{
		"easkit: ActiveSync: OPTIONS https://outlook.office365.com/Microsoft-Server-ActiveSync alice@contoso.com 200\n",
		"easkit: ActiveSync: POST https://outlook.office365.com/Microsoft-Server-ActiveSync Sync alice@contoso.com 200\n",
		"easkit: ActiveSync: OPTIONS https://outlook.office365.com/Microsoft-Server-ActiveSync 401 (there is no token)\n",
		"(403.13: the client certificate is revoked)\n", "easkit: the lab has ended\n",
	} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
}

// One flag takes the faults of both servers, and each goes to its own.
func TestLabFaults(t *testing.T) {
	var names []string
	for _, f := range append(graphFaults(), mailFaults()...) {
		if slices.Contains(names, f.name) {
			t.Errorf("the fault %s is there twice", f.name)
		}
		names = append(names, f.name)
		found, err := findFault(f.name)
		if err != nil || found.name != f.name || (found.graph.Name == f.name) == (found.mail.Name == f.name) {
			t.Errorf("%s: %+v, %v", f.name, found, err)
		}
	}
	t.Chdir(t.TempDir())
	s := serveLab(t, "--dir", "lab", "--listen", "127.0.0.1:0", "--fault", "disabled")
	if status, said := callLab(t, s.probes()[1]); status != exitFindings || !strings.Contains(said, "status 126") {
		t.Errorf("with --fault disabled: %d: %s", status, said)
	}
	if said := s.errs.String(); !strings.Contains(said, "note: the fault disabled is on") {
		t.Errorf("it does not say that there is a fault: %s", said)
	}
}

// Where a fault sends phones on, what it says to try leads to the lab again.
func TestLabRedirects(t *testing.T) {
	t.Chdir(t.TempDir())
	s := serveLab(t, "--dir", "lab", "--listen", "127.0.0.1:0", "--fault", "redirect-cba")
	status, said := callLab(t, s.probes()[1])
	if status != exitOK || !strings.Contains(said, "outlook-cba.office365.com (127.0.0.1:") || !strings.Contains(said, "3 messages in Inbox") {
		t.Errorf("%s: %d: %s", s.probes()[1], status, said)
	}
}

// The default address may be taken, by another lab most likely; one that was given may
// not.
func TestLabListensForMail(t *testing.T) {
	taken, err := servers.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	s := labServer{mailAddress: address}
	if err := s.listenMail(t.Context()); err != nil || s.mailAddress == address {
		t.Errorf("at %s: %v", s.mailAddress, err)
	} else {
		s.mailListener.Close()
	}
	given := labServer{mailAddress: address, mailAddressGiven: true}
	if err := given.listenMail(t.Context()); err == nil || !strings.Contains(err.Error(), "--eas-listen: listening on "+address) {
		t.Errorf("an address that is taken: %v", err)
	}
}
