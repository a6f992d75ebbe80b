package portal

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/easkit/easkit/certs/preflight"
)

// NewAudit is a log of one JSON object a line, with times in UTC: what the portal did,
// for whom, and from where. Tickets are named by their ID. Tokens, PINs and sessions
// can't get there: their types print as placeholders.
func NewAudit(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: auditAttr}))
}

// maxAudited bounds a text of a record, in characters: some are from outside.
const maxAudited = 1000

func auditAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime:
		return slog.Time(a.Key, a.Value.Time().UTC())
	case slog.KindString:
		return slog.String(a.Key, preflight.Clip(preflight.Printable(a.Value.String()), maxAudited))
	case slog.KindAny:
		if err, is := a.Value.Any().(error); is {
			return slog.String(a.Key, preflight.Clip(preflight.Printable(err.Error()), maxAudited))
		}
	}
	return a
}

// What the help desk does, as the log names it. What visitors do is in visitor_log.go.
const (
	eventSignedIn      = "desk.signed-in"
	eventSignInRefused = "desk.sign-in-refused"
	eventSignedOut     = "desk.signed-out"
	eventMade          = "ticket.made"
	eventAsked         = "ticket.asked"
	eventRevoked       = "ticket.revoked"
	eventMailed        = "ticket.mailed"
	eventMailFailed    = "ticket.mail-failed"
	eventUserSignedIn  = "user.signed-in"
	eventUserRefused   = "user.sign-in-refused"
)

// note takes down what the help desk, or somebody who signs in, did. Names may move to
// somebody else, so that what the issuer knows the account by comes with them.
func (p *Portal) note(r *http.Request, event string, by identity, attrs ...slog.Attr) {
	all := []slog.Attr{slog.String("by", by.name), slog.String("from", addressOf(r))}
	if by.subject != "" {
		all = append(all, slog.String("subject", by.subject))
	}
	if by.object != "" {
		all = append(all, slog.String("object", by.object))
	}
	p.Log.LogAttrs(r.Context(), slog.LevelInfo, event, append(all, attrs...)...)
}
