package portal

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Whoever has many addresses does not fill the log with sign-ins that fail.
func TestRefusedSignInsFillNoLog(t *testing.T) {
	for name, request := range map[string]func() *http.Request{
		"the admin token": func() *http.Request {
			r := httptest.NewRequest(http.MethodPost, deskSignIn, strings.NewReader("token=wrong"))
			r.Header.Set("Content-Type", formType)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			return r
		},
		"coming back to the desk":   func() *http.Request { return httptest.NewRequest(http.MethodGet, signInReturn+"?state=desk-x", nil) },
		"coming back, as a visitor": func() *http.Request { return httptest.NewRequest(http.MethodGet, signInReturn+"?state=visitor-x", nil) },
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := serveOIDC(t, entraTest, nil)
			for n := range missesTold + 50 {
				r := request()
				r.Host, r.RemoteAddr = d.p.origin.Host, fmt.Sprintf("[2001:db8:1:%x::1]:5", n)
				w := httptest.NewRecorder()
				if d.p.ServeHTTP(w, r); w.Code != http.StatusForbidden {
					t.Fatalf("%d", w.Code)
				}
			}
			const leftOut = 1 // which says that there were more
			if lines := strings.Count(d.log.String(), "\n"); lines != missesTold+leftOut {
				t.Errorf("%d records, want %d and one more", lines, missesTold)
			}
		})
	}
}

// The log says that a ticket was revoked where one was, by the ID that it has.
func TestRevokingIsToldOnce(t *testing.T) {
	d := serveDesk(t, nil)
	c := d.signedIn()
	files, _ := contoso().Files(t.Context(), "alice@contoso.com")
	made, err := d.p.Store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "cli", SignIn: ticket.ByPIN, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(id string) {
		t.Helper()
		got := c.post(deskTicketPath(id)+"/revoke", url.Values{"csrf": {c.csrf}}, nil)
		if got.status != http.StatusSeeOther || got.location != deskTicketPath(strings.ToLower(id)) {
			t.Fatalf("%d %s", got.status, got.location)
		}
	}
	told := func() []string {
		var lines []string
		for line := range strings.Lines(d.log.String()) {
			if strings.Contains(line, `"`+eventRevoked+`"`) {
				lines = append(lines, line)
			}
		}
		return lines
	}
	for range 3 {
		revoke(strings.ToUpper(made.ID))
	}
	if lines := told(); len(lines) != 1 || !strings.Contains(lines[0], `"ticket":"`+made.ID+`"`) {
		t.Errorf("told: %q", lines)
	}
	expired, err := d.p.Store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "cli", SignIn: ticket.ByPIN, Files: files})
	if err != nil {
		t.Fatal(err)
	}
	d.clock.pass(ticket.DefaultLife)
	c = d.signedIn()
	revoke(expired.ID)
	if lines := told(); len(lines) != 1 {
		t.Errorf("one that has expired is told as revoked: %q", lines)
	}
}
