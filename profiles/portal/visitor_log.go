package portal

import (
	"log/slog"
	"net/http"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// What visitors do, as the log names it.
const (
	eventRedeemed = "ticket.redeemed"
	eventRefused  = "ticket.refused"
	eventLocked   = "ticket.locked"
	eventEnded    = "ticket.ended-opened" // a link that does not open any more
	eventMissed   = "ticket.missed"       // a link that is not known
	eventFetched  = "ticket.fetched"
	eventPassword = "ticket.password-shown"
	eventLimited  = "limited"
)

// tell takes down what a visitor did. Nothing of a link but its ticket's ID goes there.
func (p *Portal) tell(r *http.Request, event, ticketID string, attrs ...slog.Attr) {
	all := append([]slog.Attr{slog.String("ticket", ticketID), slog.String("from", addressOf(r))}, attrs...)
	p.Log.LogAttrs(r.Context(), slog.LevelInfo, event, all...)
}

// tellEnded takes down that somebody opened a link which has ended: whose was used before
// its user came may learn of it so. Programs that look at links in mail repeat it, so that
// one ticket has few records of it.
func (p *Portal) tellEnded(r *http.Request, ticketID string, state ticket.State) {
	if p.limits.take(endedKey(ticketID), ofTicket) == 0 {
		p.tell(r, eventEnded, ticketID, slog.String("state", string(state)))
	}
}
