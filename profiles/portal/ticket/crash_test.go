package ticket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The environment that makes of this test binary a process that works on tickets until
// it is killed.
const (
	workerDir  = "EASKIT_TEST_TICKET_DIR"
	workerTask = "EASKIT_TEST_TICKET_TASK"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(workerDir); dir != "" {
		if err := work(dir, os.Getenv(workerTask)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// work makes tickets, or redeems those whose links come in. It tells of each that is
// done: "token PIN", or "token session".
func work(dir, task string) error {
	ctx := context.Background()
	s, err := Open(ctx, dir, newClock().now)
	if err != nil {
		return err
	}
	defer s.Close()
	links := bufio.NewScanner(os.Stdin)
	for {
		if task == "make" {
			m, err := s.Make(ctx, order(ByPIN))
			if err != nil {
				return err
			}
			fmt.Println(string(m.Token), string(m.PIN))
			continue
		}
		if !links.Scan() {
			return links.Err()
		}
		token, pin, _ := strings.Cut(links.Text(), " ")
		session, _, err := s.Redeem(ctx, Token(token), Proof{PIN: PIN(pin)})
		if err != nil {
			return err
		}
		fmt.Println(token, string(session))
	}
}

// killed runs a worker, kills it in the middle of what it does, and returns what it had
// told by then.
func killed(t *testing.T, dir, task, links string) map[Token]string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), workerDir+"="+dir, workerTask+"="+task)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	in, inErr := cmd.StdinPipe() // stays open: who has no more links waits to be killed
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, links); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	told := map[Token]string{}
	for stop := 1 + rand.IntN(30); ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break // a part of a line was told to nobody
		}
		if err != nil {
			t.Fatal(err)
		}
		token, secret, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		told[Token(token)] = secret
		if len(told) == stop {
			time.Sleep(rand.N(500 * time.Microsecond)) // into any part of the next one
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || complaint.Len() > 0 {
		t.Fatalf("the worker was not killed: %v, %s", err, complaint.String())
	}
	return told
}

// A worker is killed so often in each test, and has so many tickets to redeem.
const (
	crashes      = 8
	crashTickets = 200
)

func TestKilledWhileMaking(t *testing.T) {
	dir := t.TempDir()
	told, untold := map[Token]string{}, 0
	for range crashes {
		for token, pin := range killed(t, dir, "make", "") {
			told[token] = pin
		}
		untold++ // at most the one it was at
	}
	s := open(t, dir, newClock())
	sound(t, s)
	for token, pin := range told {
		session, _, err := s.Redeem(t.Context(), token, Proof{PIN: PIN(pin)})
		if err != nil {
			t.Fatalf("a ticket that was told is lost: %v", err)
		}
		for name, want := range map[string]string{"alice.password": passwordText, "alice@contoso.com.mobileconfig": profileText} {
			if f, err := fetch(t.Context(), s, token, session, name); err != nil || string(f.Data) != want {
				t.Fatalf("its file %s is lost: %v", name, err)
			}
		}
	}
	var rows, halves int
	err := s.read.QueryRow(`SELECT count(*), count(*) FILTER (WHERE lookup IS NULL OR pin IS NULL
		OR (SELECT count(sealed) FROM files WHERE ticket = seq) <> 2) FROM tickets`).Scan(&rows, &halves)
	if err != nil || halves != 0 || rows < len(told) || rows > len(told)+untold {
		t.Errorf("%d tickets, %d of them halves, where %d were told, %v", rows, halves, len(told), err)
	}
}

func TestKilledWhileRedeeming(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, newClock())
	for range crashes {
		made, links := map[Token]PIN{}, ""
		for range crashTickets {
			m := mustMake(t, s, order(ByPIN))
			made[m.Token] = m.PIN
			links += string(m.Token) + " " + string(m.PIN) + "\n"
		}
		told, lost := killed(t, dir, "redeem", links), 0
		sound(t, s)
		for token, pin := range made {
			session, redeemed := told[token]
			if redeemed {
				if _, err := fetch(t.Context(), s, token, Session(session), "alice.password"); err != nil {
					t.Fatalf("a session that was told is lost: %v", err)
				}
			}
			switch _, _, err := s.Redeem(t.Context(), token, Proof{PIN: pin}); {
			case err == nil && redeemed:
				t.Fatal("a ticket was redeemed twice")
			case errors.Is(err, ErrUsed) && !redeemed:
				lost++ // on the disk, but not told yet
			case err != nil && !redeemed:
				t.Fatal(err)
			}
		}
		if lost > 1 {
			t.Errorf("%d tickets are used, and nobody was told", lost)
		}
	}
}

func sound(t *testing.T, s *Store) {
	t.Helper()
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("the database is broken: %s, %v", verdict, err)
	}
}
