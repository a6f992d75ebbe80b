package portal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// press presses Enter on something of the page, and waits for the next one.
func (b *tab) press(selector string) {
	b.t.Helper()
	before := eval[float64](b, `performance.timeOrigin`)
	act(b, chromedp.Focus(selector))
	act(b, chromedp.KeyEvent(kb.Enter))
	b.loaded(before)
}

// typeInto types into a field of the page.
func (b *tab) typeInto(selector, text string) {
	b.t.Helper()
	act(b, chromedp.Focus(selector))
	act(b, chromedp.KeyEvent(text))
}

// The desk as its people see it, from signing in to withdrawing a link, with the keyboard.
func TestDeskInBrowser(t *testing.T) {
	for _, screen := range []struct {
		code, scheme string
		width        int64
	}{{"en", "light", 1280}, {"de", "dark", 1280}, {"ja", "dark", 768}, {"de", "light", 768}, {"ja", "light", 390}, {"en", "dark", 390}} {
		t.Run(fmt.Sprintf("%s %s %d", screen.code, screen.scheme, screen.width), func(t *testing.T) {
			d, _ := serveOIDC(t, entraTest, func(o *Options) { o.Mail, o.Source = &outbox{}, withLongName() })
			b := newTab(t, &site{url: d.url})
			b.look(agentWindows, screen.code, screen.width, screen.scheme)
			see := func(page string) {
				t.Helper()
				b.see(fmt.Sprintf("desk-%s-%s-%s-%d", page, screen.code, screen.scheme, screen.width))
			}
			b.open(d.url + deskSignIn)
			see("signin")
			b.refusing(true)
			b.typeInto("#token", "wrong")
			b.press("form button")
			see("wrong")
			b.refusing(false)
			b.typeInto("#token", d.token)
			b.press("form button")
			see("empty")
			fill(d)
			b.open(d.url + deskRoot)
			see("list")
			b.open(d.url + deskUsers)
			see("all-users")
			b.open(d.url + deskUser + "?name=" + longName)
			see("long-name")
			b.press(`a[href="/desk/users"]`)
			b.typeInto("#q", "alice")
			b.press(".filter button")
			see("users")
			b.press(`a[href^="/desk/user?"]`)
			see("user")
			b.press("form.narrow button")
			if pin := eval[string](b, `document.querySelector("#pin").textContent`); len(pin) != 6 || eval[string](b, `document.documentElement.lang`) != screen.code {
				t.Errorf("the PIN is %q", pin)
			}
			see("ticket")
			b.press(`form[action$="/revoke"] button`)
			if eval[bool](b, `!!document.querySelector("#pin, form[action$='/revoke']") || !document.querySelector(".state.revoked")`) {
				t.Error("the link is not withdrawn, or the PIN is there still")
			}
			see("revoked")
			b.open(d.url + deskUser + "?name=alice@contoso.com")
			see("over")
			b.refusing(true)
			b.open(d.url + deskTickets + "/none")
			see("failed")
			b.refusing(false)
			b.press(`a[href="/desk/users"]`)
			b.press(`a[href^="/desk/user?"]`)
			act(b, chromedp.Click("#oidc"))
			b.press("form.narrow button")
			if link := eval[string](b, `document.querySelector("#link").value`); !strings.HasPrefix(link, d.url+ticketRoot) {
				t.Errorf("the link is %q", link)
			}
			see("link")
			b.press(`form[action="/desk/signout"] button`)
			b.healthy()
			b.refusing(true)
			b.open(d.url + signInReturn)
			see("refused")
			b.healthy()
		})
	}
}

// longName is a user's that has no place to break in much of it.
const longName = "maximiliane.hohenstein-wittelsbach@verwaltungsniederlassungsued.contoso.com"

// withLongName is a rollout in which such a user has many findings.
func withLongName() *rolloutOf {
	s := contoso()
	long := User{User: longName, Status: "failed: the identity could not be opened, because the password is wrong"}
	for range 10 {
		long.Findings = append(long.Findings, s.users[0].Findings...)
	}
	s.users = append(s.users, long)
	return s
}

// fill makes tickets of several states.
func fill(d *deskServer) {
	d.t.Helper()
	files, _ := contoso().Files(d.t.Context(), "x")
	files = append(files, ticket.File{Name: "a.p12", Kind: ticket.KindPKCS12, Data: []byte("x")}, ticket.File{Name: "bundle.json", Kind: ticket.KindBundle, Data: []byte("x")})
	for i, user := range []string{"alice@contoso.com", "bob@contoso.com", longName, "dora@contoso.com"} {
		made, err := d.p.Store.Make(d.t.Context(), ticket.Order{User: user, By: "helen.desk@contoso.com", SignIn: ticket.ByPIN, Files: files, Life: time.Duration(i+1) * time.Hour})
		if err != nil {
			d.t.Fatal(err)
		}
		switch i {
		case 1:
			if _, _, err := d.p.Store.Redeem(d.t.Context(), made.Token, ticket.Proof{PIN: made.PIN}); err != nil {
				d.t.Fatal(err)
			}
			d.fetched(made.Token, files[0].Name)
		case 3:
			if _, _, err := d.p.Store.Revoke(d.t.Context(), made.ID, "helen.desk@contoso.com"); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	if _, err := d.p.Store.Ask(d.t.Context(), "carol@contoso.com", "helen.desk@contoso.com", ticket.ByPIN); err != nil {
		d.t.Fatal(err)
	}
}
