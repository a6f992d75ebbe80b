package portal

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// brokenFiles is a rollout whose files can't be opened.
type brokenFiles struct{ *rolloutOf }

func (brokenFiles) Files(context.Context, string) ([]ticket.File, error) { return nil, errTest }

// What does not work at the desk is said in its own pages, with a way back.
func TestDeskFailures(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Options)
		status int
		says   string
	}{
		"the files":  {func(o *Options) { o.Mail, o.Source = &outbox{}, brokenFiles{contoso()} }, http.StatusInternalServerError, "The link was not made"},
		"the mail":   {func(o *Options) { o.Mail = &outbox{err: errTest} }, http.StatusBadGateway, "The mail could not be sent"},
		"everything": {func(o *Options) { o.Mail = &outbox{} }, http.StatusInternalServerError, "This did not work"},
	} {
		t.Run(name, func(t *testing.T) {
			d := serveDesk(t, test.change)
			c := d.signedIn()
			form := c.order("alice@contoso.com", ticket.ByPIN)
			back := `href="/desk/user?name=alice%40contoso.com"`
			if name == "everything" {
				d.p.Store.Close()
				back = `href="/desk"`
			}
			got := c.post(deskTickets, form, nil)
			if got.status != test.status || !strings.Contains(got.body, test.says) || !strings.Contains(got.body, `class="main" `+back) || !strings.Contains(got.body, `action="/desk/signout"`) {
				t.Errorf("%d\n%s", got.status, got.body)
			}
			if strings.Contains(got.body, `href="?lang=`) {
				t.Error("the switch of languages leads to a page that only takes forms")
			}
			if log := d.log.String(); !strings.Contains(log, "err") || strings.Contains(got.body, errTest.Error()) {
				t.Errorf("the log:\n%s", log)
			}
		})
	}
}

// For whom nothing was made there is no form, and none is taken.
func TestNothingWasMade(t *testing.T) {
	broken := User{User: "broken@contoso.com", Status: "ios: failed, android: failed", Findings: []preflight.Finding{{Check: "row.identity", Status: preflight.StatusFail, Message: "there is no identity of this user"}}}
	d := serveDesk(t, func(o *Options) {
		source := contoso()
		source.users = append(source.users, broken)
		o.Mail, o.Source = &outbox{}, source
	})
	c := d.signedIn()
	form := c.order("alice@contoso.com", ticket.ByPIN)
	page := c.get(deskUserPath(broken.User))
	if strings.Contains(page.body, `action="/desk/tickets"`) || !strings.Contains(page.body, "The rollout made nothing for this user") || strings.Count(page.body, "there is no identity of this user") != 2 || strings.Contains(page.body, "Checks passed") {
		t.Errorf("the page:\n%s", page.body)
	}
	form.Set("user", broken.User)
	if got := c.post(deskTickets, form, nil); got.status != http.StatusConflict || !strings.Contains(got.body, "There is nothing to hand out") {
		t.Errorf("%d\n%s", got.status, got.body)
	}
	if all, err := d.p.Store.List(t.Context(), ticket.Query{}); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}
