package main

import (
	"net/mail"
	"os"
	"strings"
	"testing"
)

// Who runs the portal is said on its pages, and in mail and on paper of ticket make, which
// knows it from serve. Mail is in its name unless the call has another.
func TestServeSaysWhoRunsIt(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runAt(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	s := servePortalAt(t, scriptClock, "easkit ticket make ", "serve", "easkit-quickstart", "--listen", "127.0.0.1:0",
		"--organisation", "Contoso Bücher", "--contact", "+49 30 901820")
	if _, _, body := visit(t, phone(t, nil), s.find(`at (http://\S+) until`), nil); !strings.Contains(body, "Contoso Bücher") || !strings.Contains(body, "Help desk: +49 30 901820") {
		t.Errorf("the page:\n%s", body)
	}
	call := []string{"ticket", "make", "alice", "--from", "easkit-quickstart"}
	if status, out := runAt(t, append(call, "--qr", "alice.html", "--language", "de")...); status != exitOK {
		t.Fatalf("paper: %d\n%s", status, out)
	}
	paper, err := os.ReadFile("alice.html")
	if err != nil || !strings.Contains(string(paper), "<p>Contoso Bücher</p>\n<p>Helpdesk: &#43;49 30 901820</p>") {
		t.Errorf("the paper: %v\n%s", err, paper)
	}
	for name, flags := range map[string][]string{"Contoso Bücher": nil, "Help desk": {"--mail-name", "Help desk"}} {
		server, sent := postBox(t)
		args := append(append(call, "--mail", "--mail-from", "helpdesk@contoso.com", "--smtp", server), flags...)
		if status, out := runAt(t, args...); status != exitOK {
			t.Fatalf("%s: %d\n%s", name, status, out)
		}
		text := <-sent
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != name || !strings.Contains(text, "Help desk: +49 30 901820") {
			t.Errorf("%v, and not %s: %v\n%s", from, name, err, text)
		}
	}
}
