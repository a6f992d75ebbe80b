package portal

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// wrongCode begins a sign-in at a path, and comes back with a code that is made up.
func (c *client) wrongCode(path string) answer {
	c.t.Helper()
	u, err := url.Parse(c.get(path).location)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.get(signInReturn + "?" + url.Values{"state": {u.Query().Get("state")}, "code": {"made-up"}}.Encode())
}

// A row of wrong codes ends before the issuer is asked. Of the others at the same address
// only who never signed in to the desk there waits, and only while that goes on.
func TestWrongDeskCodes(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	i.claims = map[string]any{"roles": []string{deskRole}, "upn": "helen@contoso.com"}
	helen, mallory, newcomer := d.client(), d.client(), d.client()
	if got := helen.signInAt(i, deskOIDC); got.location != deskRoot {
		t.Fatalf("helen signs in: %d", got.status)
	}
	path := back(i.authorize(newcomer.get(deskOIDC).location))
	before := i.asked
	for range missesOfAddress {
		mallory.wrongCode(deskOIDC)
	}
	if got := mallory.wrongCode(deskOIDC); got.status != http.StatusTooManyRequests || i.asked != before+missesOfAddress {
		t.Errorf("one more: %d, and the issuer was asked %d times", got.status, i.asked-before)
	}
	if got := helen.signInAt(i, deskOIDC); got.location != deskRoot {
		t.Errorf("helen, again: %d", got.status)
	}
	if got := newcomer.get(path); got.status != http.StatusTooManyRequests {
		t.Errorf("a newcomer: %d", got.status)
	}
	d.clock.pass(addressRefill)
	for range 3 { // who is right uses nothing up
		if got := newcomer.signInAt(i, deskOIDC); got.location != deskRoot {
			t.Errorf("a newcomer, later: %d", got.status)
		}
	}
}

// A known browser is one that this server has sealed, and for a while only.
func TestKnownBrowser(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	i.claims = map[string]any{"roles": []string{deskRole}, "upn": "helen@contoso.com"}
	c := d.client()
	c.signInAt(i, deskOIDC)
	for n := range missesOfTicket + 1 {
		if got := c.wrongCode(deskOIDC); (got.status == http.StatusTooManyRequests) != (n == missesOfTicket) {
			t.Errorf("wrong code %d of a known browser: %d", n, got.status)
		}
	}
	forged := &http.Request{Header: http.Header{}}
	kept, err := d.p.sealer.seal(known{"x", d.clock.now().Add(time.Hour)}, forDesk)
	if err != nil {
		t.Fatal(err)
	}
	forged.AddCookie(&http.Cookie{Name: d.p.attemptName(knownDesk), Value: kept})
	if id := d.p.knownBrowser(forged); id != "" {
		t.Errorf("what was sealed for something else is known as %q", id)
	}
	u, _ := url.Parse(d.url)
	real := &http.Request{Header: http.Header{}}
	for _, cookie := range c.http.Jar.Cookies(u) {
		real.AddCookie(cookie)
	}
	if d.p.knownBrowser(real) == "" {
		t.Error("the browser is not known")
	}
	d.clock.pass(knownLife)
	if d.p.knownBrowser(real) != "" {
		t.Error("the browser is known for ever")
	}
}

// Wrong codes of a visitor count against the link, and keep nobody out who has another.
func TestWrongVisitorCodes(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	i.claims = map[string]any{"upn": "alice@contoso.com"}
	var paths []string
	for range 2 {
		files, _ := contoso().Files(t.Context(), "alice@contoso.com")
		made, err := d.p.Store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "cli", SignIn: ticket.ByOIDC, Files: files})
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, ticketPath(made.Token))
	}
	mallory := d.client()
	for range missesOfTicket {
		mallory.wrongCode(paths[0] + signInEnd)
	}
	for _, query := range []string{"", "?lang=de", "?device=apple"} {
		if got := mallory.wrongCode(paths[0] + signInEnd + query); got.status != http.StatusTooManyRequests {
			t.Errorf("one more%s: %d", query, got.status)
		}
	}
	if i.asked != missesOfTicket {
		t.Errorf("the issuer was asked %d times", i.asked)
	}
	if got := d.client().signInAt(i, paths[1]+signInEnd); got.location != paths[1] {
		t.Errorf("another link, from there: %d", got.status)
	}
}
