package portal

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// fresh is what is told once of a ticket that somebody has just made.
type fresh struct {
	once   string // of the form
	id     string
	pin    ticket.PIN // to be told to the user by phone; empty for none
	link   string     // to be shown to the user; empty where the help desk may not have it
	mailed string     // address that the link went to; empty for none
	again  bool       // it was asked for before, and waits
	until  time.Time
}

// Limits of what is told once.
const (
	freshLife = 5 * time.Minute
	freshMost = 8 // of one person
)

// madeBy is the ID of the ticket that came of a form; empty for none.
func (p *person) madeBy(once string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.fresh, func(f *fresh) bool { return f.once == once }); i >= 0 {
		return p.fresh[i].id
	}
	return ""
}

// tidy forgets what nobody looked at in time.
func (p *person) tidy(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.fresh {
		if !now.Before(f.until) {
			f.forget()
		}
	}
}

// keep notes what is to be told once.
func (p *person) keep(f *fresh) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fresh = append(p.fresh, f)
	if len(p.fresh) > freshMost {
		p.fresh = slices.Delete(p.fresh, 0, len(p.fresh)-freshMost)
	}
}

// take gives what is told of a ticket, and forgets the secrets of it.
func (p *person) take(id string, now time.Time) fresh {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.fresh {
		if f.id != id || f.silent() {
			continue
		}
		told := *f
		f.forget()
		if now.Before(told.until) {
			return told
		}
	}
	return fresh{}
}

// silent reports whether there is nothing to be told.
func (f *fresh) silent() bool { return f.pin == "" && f.link == "" && f.mailed == "" && !f.again }

// forget leaves of it which ticket came of which form.
func (f *fresh) forget() { f.pin, f.link, f.mailed, f.again = "", "", "", false }

// deskTicketData is what the page of one ticket is made from.
type deskTicketData struct {
	ticketLine
	Files    []ticket.Given
	PIN      string
	Link     string
	QR       template.URL
	Mailed   string
	Told     bool // something is shown that is shown once
	Again    bool // it was asked for before, and waits
	Attempts int  // wrong PINs that lock a ticket
	UserPath string
	Command  string
}

// pendingCommand is what somebody runs who has the rollout's key.
const pendingCommand = "easkit ticket make --pending"

// serveDeskTicket shows one ticket, and once what whoever made it is to tell the user.
func (p *Portal) serveDeskTicket(w http.ResponseWriter, r *http.Request, who *person) {
	t, err := p.Store.Get(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, ticket.ErrNone):
		p.failDesk(w, r, http.StatusNotFound, "none")
		return
	case err != nil:
		p.failDeskInside(w, r, "reading a ticket", err)
		return
	}
	d := deskTicketData{ticketLine: ticketLine{*t, t.Live(p.Now())}, Attempts: ticket.Attempts, UserPath: deskUserPath(t.User), Command: pendingCommand}
	if d.Files, err = p.Store.Given(r.Context(), t.ID); err != nil {
		p.failDeskInside(w, r, "reading a ticket", err)
		return
	}
	if r.Method == http.MethodGet && !looksAhead(r) {
		told := who.take(t.ID, p.Now())
		d.PIN, d.Link, d.Mailed, d.Again = string(told.pin), told.link, told.mailed, told.again
		d.Told = d.PIN != "" || d.Link != "" || d.Mailed != ""
	}
	if d.Link != "" {
		if d.QR, err = drawQR(d.Link); err != nil {
			p.failDeskInside(w, r, "drawing a QR code", err)
			return
		}
	}
	v := p.deskView(r, "desk_ticket", who, nil, &d)
	v.Script = d.Told
	p.show(w, r, http.StatusOK, v)
}

// looksAhead reports whether a browser loads a page that nobody may ever look at, by the
// header of its standard or those that older ones send.
// Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose
func looksAhead(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

func deskTicketPath(id string) string { return deskTickets + "/" + url.PathEscape(id) }

// serveDeskRevoke ends a ticket. The log has it where there was something to end.
func (p *Portal) serveDeskRevoke(w http.ResponseWriter, r *http.Request, who *person) {
	t, revoked, err := p.Store.Revoke(r.Context(), r.PathValue("id"), who.name)
	switch {
	case errors.Is(err, ticket.ErrNone):
		p.failDesk(w, r, http.StatusNotFound, "none")
		return
	case errors.Is(err, ticket.ErrUsed):
		p.failDesk(w, r, http.StatusConflict, "toolate")
		return
	case err != nil:
		p.failDeskInside(w, r, "revoking a ticket", err)
		return
	}
	if revoked {
		p.note(r, eventRevoked, who.identity, slog.String("ticket", t.ID))
	}
	http.Redirect(w, r, deskTicketPath(t.ID)+p.kept(who.speaking(r)), http.StatusSeeOther)
}
