package portal

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// A mail that fails ends its own link, and the user's line shows the one that works.
func TestLinkThatCounts(t *testing.T) {
	box := &outbox{}
	d := serveDesk(t, func(o *Options) { o.Mail = box })
	c := d.signedIn()
	path, _ := c.made(c.order("alice@contoso.com", ticket.ByPIN))
	d.clock.pass(time.Minute)
	form := c.order("alice@contoso.com", ticket.ByPIN)
	box.err = errTest
	c.post(deskTickets, form, nil)
	for _, page := range []string{deskUsers + "?q=alice", deskRoot} {
		got := c.get(page).body
		if !strings.Contains(got, `href="`+path+`"`) || !strings.Contains(got, ">Ready<") || strings.Contains(got, `>Revoked</span>`) {
			t.Errorf("%s:\n%s", page, got)
		}
	}
	if got := c.get(deskRoot + "?state=all").body; strings.Count(got, `<tr><th scope="row">`) != 2 {
		t.Errorf("all links:\n%s", got)
	}
	user := c.get(deskUserPath("alice@contoso.com")).body
	open, over, _ := strings.Cut(user, "<details")
	if !strings.Contains(open, ">Ready<") || strings.Contains(open, ">Revoked<") || !strings.Contains(over, ">Revoked<") || !strings.Contains(over, "Links that are over: 1") {
		t.Errorf("the user:\n%s", user)
	}
	if !strings.Contains(d.log.String(), `"`+eventRevoked+`"`) {
		t.Error("the log does not have that the link was revoked")
	}
}

// The page of a link that is over says why, what was fetched of it, and what comes next.
func TestLinkThatIsOver(t *testing.T) {
	files := []ticket.File{{Name: "a.mobileconfig", Kind: ticket.KindProfile, Data: []byte("x")}, {Name: "a.p12", Kind: ticket.KindPKCS12, Data: []byte("x")}}
	for name, test := range map[string]struct {
		end func(*deskServer, *ticket.Made) error
		has []string
	}{
		"locked": {func(d *deskServer, m *ticket.Made) error {
			wrong := ticket.PIN("000000")
			if m.PIN == wrong {
				wrong = "000001"
			}
			for range ticket.Attempts {
				d.p.Store.Redeem(d.t.Context(), m.Token, ticket.Proof{PIN: wrong})
			}
			return nil
		}, []string{"A wrong PIN was typed 5 times", "Never"}},
		"expired": {func(d *deskServer, _ *ticket.Made) error {
			d.clock.pass(ticket.DefaultLife)
			return nil
		}, []string{"Nobody used the link", "Never"}},
		"revoked": {func(d *deskServer, m *ticket.Made) error {
			_, _, err := d.p.Store.Revoke(d.t.Context(), m.ID, "root (command line)")
			return err
		}, []string{"The link works no more", "Never"}},
		"used": {func(d *deskServer, m *ticket.Made) error {
			if _, _, err := d.p.Store.Redeem(d.t.Context(), m.Token, ticket.Proof{PIN: m.PIN}); err != nil {
				return err
			}
			d.fetched(m.Token, "a.p12")
			d.clock.pass(ticket.Window)
			return nil
		}, []string{"the ten minutes to fetch its files are over", "Never"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := serveDesk(t, nil)
			made, err := d.p.Store.Make(t.Context(), ticket.Order{User: "alice@contoso.com", By: "cli", SignIn: ticket.ByPIN, Files: files})
			if err != nil {
				t.Fatal(err)
			}
			if err := test.end(d, made); err != nil {
				t.Fatal(err)
			}
			c := d.signedIn()
			page := c.get(deskTicketPath(made.ID)).body
			for _, text := range append(test.has, "They are deleted.", `name=alice%40contoso.com#new`) {
				if !strings.Contains(page, text) {
					t.Errorf("the page does not say %q:\n%s", text, page)
				}
			}
			if strings.Contains(page, "Not yet") || strings.Contains(page, "/revoke") {
				t.Errorf("the page promises something:\n%s", page)
			}
			profile, p12 := fileLine(page, "Profile"), fileLine(page, "Certificate")
			if profile != "Never" || (p12 == "Never") != (name != "used") {
				t.Errorf("fetched: profile %q, certificate %q", profile, p12)
			}
			list := c.get(deskRoot + "?state=" + name).body
			if strings.Contains(list, "Not yet") || strings.Contains(list, ">Nothing<") != (name != "used") || !strings.Contains(list, `data-label="Ends"`) {
				t.Errorf("the list:\n%s", list)
			}
		})
	}
}

// fileLine is what a ticket's page says of one of its files.
func fileLine(page, kind string) string {
	m := regexp.MustCompile(`<th scope="row">` + kind + `[^<]*</th><td>(.*?)</td>`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// Who asks for a link that waits is told so, before and after.
func TestAskedAgain(t *testing.T) {
	d := serveDesk(t, nil)
	c := d.signedIn()
	form := c.order("alice@contoso.com", ticket.ByPIN)
	path, page := c.made(form)
	const before, after = "A link was asked for already", "It was asked for before"
	if strings.Contains(page.body, after) {
		t.Errorf("the first time:\n%s", page.body)
	}
	d.clock.pass(time.Minute)
	if got := c.get(deskUserPath("alice@contoso.com")).body; !strings.Contains(got, before) || !strings.Contains(got, `href="`+path+`"`) || strings.Contains(got, `type="radio"`) {
		t.Errorf("the user's page:\n%s", got)
	}
	again, page := c.made(c.order("alice@contoso.com", ticket.ByPIN))
	if again != path || !strings.Contains(page.body, after) || strings.Contains(c.get(path).body, after) {
		t.Errorf("again: %s\n%s", again, page.body)
	}
	if n := strings.Count(d.log.String(), `"`+eventAsked+`"`); n != 1 {
		t.Errorf("%d records of asking", n)
	}
}

// The sign-in says whom to ask, and what may be wrong with a token.
func TestSignInSaysWhomToAsk(t *testing.T) {
	c := serveDesk(t, nil).client()
	if got := c.get(deskSignIn).body; !strings.Contains(got, "Ask whoever runs this server") {
		t.Errorf("%s", got)
	}
	if got := c.post(deskSignIn, url.Values{"token": {"abc"}}, nil).body; !strings.Contains(got, "26 capital letters and digits") || !strings.Contains(got, "ask whoever runs this server") {
		t.Errorf("%s", got)
	}
}
