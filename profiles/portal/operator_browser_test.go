package portal

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The longest names fit on a small phone and on a large screen, on visitors' pages and the
// help desk's.
func TestOperatorInBrowser(t *testing.T) {
	d := serveDesk(t, func(o *Options) {
		o.Operator = Operator{Organisation: "Contoso " + strings.Repeat("W", maxOperator-8), Contact: strings.Repeat("9", maxOperator), Zone: zone(t, "Europe/Berlin")}
	})
	s := &site{Portal: d.p, url: d.url}
	b := newTab(t, s)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	for _, screen := range []struct {
		agent, code, scheme string
		width               int64
	}{{iPhone, "de", "light", 320}, {agentAndroid, "ja", "dark", 390}, {agentWindows, "en", "light", 1280}} {
		b.look(screen.agent, screen.code, screen.width, screen.scheme)
		b.open(s.Link(made.Token))
		b.see("operator-" + screen.code)
		b.open(d.url + deskSignIn)
		b.see("operator-desk-" + screen.code)
	}
	b.healthy()
}
