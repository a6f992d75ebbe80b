package portal

import (
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The help desk's links live as long as whoever serves the portal says.
func TestDeskLife(t *testing.T) {
	for asked, want := range map[time.Duration]time.Duration{0: ticket.DefaultLife, 4 * time.Hour: 4 * time.Hour} {
		d := serveDesk(t, func(o *Options) { o.Mail, o.Life = &outbox{}, asked })
		c := d.signedIn()
		c.made(c.order("alice@contoso.com", ticket.ByPIN))
		if got := d.only(); got.State != ticket.Ready || got.Expires.Sub(got.Made) != want {
			t.Errorf("asked for %s: %+v", asked, got)
		}
	}
	for _, life := range []time.Duration{-time.Second, ticket.MaxLife + 1} {
		if _, err := New(Options{Origin: "https://mail-setup.contoso.com", Life: life}); err == nil {
			t.Errorf("links of %s are taken", life)
		}
	}
}
