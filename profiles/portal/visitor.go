package portal

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The paths of a link. The token stands in no other address, and in pages only where the
// visitor needs the link itself.
const (
	ticketRoot   = "/t/"
	tokenName    = "token"
	fileName     = "name"
	ticketRoute  = ticketRoot + "{" + tokenName + "}"
	stepsEnd     = "/steps"
	passwordEnd  = "/password"
	signInEnd    = "/signin"
	fileRouteEnd = "/file/{" + fileName + "}"
)

func ticketPath(t ticket.Token) string { return ticketRoot + url.PathEscape(string(t)) }

func (p *Portal) visitorRoutes() []route {
	get := []string{http.MethodGet}
	return []route{
		{ticketRoute, []string{http.MethodGet, http.MethodPost}, p.serveTicket},
		{ticketRoute + stepsEnd, get, p.serveSteps},
		{ticketRoute + passwordEnd, get, p.servePassword},
		{ticketRoute + fileRouteEnd, get, p.serveFile},
		{ticketRoute + signInEnd, get, p.serveSignIn},
	}
}

func tokenOf(r *http.Request) ticket.Token { return ticket.Token(r.PathValue(tokenName)) }

// endings are the states in which a link does not open: texts ended.STATE-title and
// ended.STATE-text.
var endings = []struct {
	err   error
	state ticket.State
}{
	{ticket.ErrUsed, ticket.Used},
	{ticket.ErrExpired, ticket.Expired},
	{ticket.ErrRevoked, ticket.Revoked},
	{ticket.ErrLocked, ticket.Locked},
}

// ended is what the page of a link says that does not open.
type ended struct {
	State   ticket.State
	Own     bool      // this browser used the link, and its time is over
	Used    time.Time // when the button was pressed
	Minutes int       // that there were from then on
	Steps   string    // path of the steps, for who may go on with them, or read them; else empty
}

// failTicket answers why a link does not open. The ticket is nil where there is none.
func (p *Portal) failTicket(w http.ResponseWriter, r *http.Request, t *ticket.Ticket, err error) {
	for _, e := range endings {
		if errors.Is(err, e.err) {
			p.failEnded(w, r, t, e.state)
			return
		}
	}
	switch {
	case errors.Is(err, ticket.ErrNone):
		if p.limited(w, r, addressKey(r), ofAddress, "") {
			return
		}
		if p.mayTell(toldOfVisitors) {
			p.tell(r, eventMissed, "")
		}
		p.failAs(w, r, http.StatusNotFound, "none")
	case errors.Is(err, ticket.ErrUnused):
		http.Redirect(w, r, ticketPath(tokenOf(r))+p.kept(r), http.StatusSeeOther)
	case errors.Is(err, ticket.ErrNoFile):
		p.fail(w, r, http.StatusNotFound)
	default:
		p.failInside(w, r, "opening a ticket", err)
	}
}

// failEnded says how a link ended, and takes down that somebody came. The browser that
// used it is told that its time is over, which is no reason to worry.
//
// A browser that comes from a page in which mail is read sends no cookie, since the
// cookie is SameSite=Strict: while the time runs, every browser is shown the way to the
// steps, on which it does.
func (p *Portal) failEnded(w http.ResponseWriter, r *http.Request, t *ticket.Ticket, state ticket.State) {
	data := ended{State: state}
	if state == ticket.Used {
		data.Own, data.Used, data.Minutes = p.usedHere(r, t), t.Redeemed, int(ticket.Window.Minutes())
		atSteps := strings.HasSuffix(r.URL.Path, stepsEnd) // who pressed the way to them, in vain
		if data.Own || t.Live(p.Now()) && !atSteps {
			data.Steps = ticketPath(tokenOf(r)) + stepsEnd
		}
	}
	if !data.Own {
		p.tellEnded(r, t.ID, state)
	}
	p.showEnded(w, r, data)
}

func (p *Portal) showEnded(w http.ResponseWriter, r *http.Request, data ended) {
	p.show(w, r, http.StatusGone, p.view(r, "ended", data))
}

// usedHere reports whether this browser is the one that used a link. Where that can't be
// read, it is not.
func (p *Portal) usedHere(r *http.Request, t *ticket.Ticket) bool {
	l, err := p.Store.Find(r.Context(), tokenOf(r))
	return err == nil && l.UsedBy(p.session(r, t))
}

// kept is the query that a redirect takes along.
func (p *Portal) kept(r *http.Request) string { return (&view{query: choices(r)}).Kept() }

// look finds the ticket of a link. Where there is none, look answers, and is nil.
func (p *Portal) look(w http.ResponseWriter, r *http.Request) *ticket.Ticket {
	// It takes microseconds; watching meanwhile whether the visitor has gone would take longer.
	t, err := p.Store.Look(context.WithoutCancel(r.Context()), tokenOf(r))
	if err != nil {
		p.failTicket(w, r, nil, err)
		return nil
	}
	return t
}

// serveTicket shows a link's page, or uses the link. Programs that look at links in mail
// and chats send GET or HEAD, which change nothing.
func (p *Portal) serveTicket(w http.ResponseWriter, r *http.Request) {
	t := p.look(w, r)
	switch {
	case t == nil:
	case t.State != ticket.Ready:
		p.serveEnded(w, r, t)
	case r.Method == http.MethodPost:
		p.redeem(w, r, t)
	default:
		p.showTicket(w, r, http.StatusOK, t, false)
	}
}

// serveEnded says why a link does not open any more. The browser that used it goes on
// where it was.
func (p *Portal) serveEnded(w http.ResponseWriter, r *http.Request, t *ticket.Ticket) {
	if t.State == ticket.Used {
		if l, err := p.Store.Find(r.Context(), tokenOf(r)); err == nil {
			if _, err := l.Files(r.Context(), p.session(r, t)); err == nil {
				http.Redirect(w, r, ticketPath(tokenOf(r))+stepsEnd+p.kept(r), http.StatusSeeOther)
				return
			}
		}
	}
	for _, e := range endings {
		if e.state == t.State {
			p.failEnded(w, r, t, t.State)
			return
		}
	}
	p.failInside(w, r, "showing a ticket", errors.New("its state is "+string(t.State)))
}

// offer is what a link's page is made from.
type offer struct {
	*ticket.Ticket
	Device     device
	Chosen     bool         // by hand
	Doubts     bool         // the browser may not pass on what the link gives
	Here       bool         // a computer would use the link up for another device
	Mac        bool         // it may be an iPad
	Nothing    bool         // the ticket has no file for the device
	Wrong      bool         // the PIN was
	User       string       // who is signed in
	Link       string       // of the page, to be copied
	QR         template.URL // of the link, as a data: address
	SignInPath string       // path of the sign-in; empty for none
	Ends       time.Time    // the ticket does, to the minute
	Left       time.Duration
	Choices    []device // the devices but this one
}

// showTicket shows the page of a link that opens.
func (p *Portal) showTicket(w http.ResponseWriter, r *http.Request, status int, t *ticket.Ticket, wrong bool) {
	b := browserOf(r)
	o := &offer{Ticket: t, Device: b.device, Mac: b.mac, Wrong: wrong, Ends: t.Expires.Truncate(time.Minute)}
	o.Left = roundLeft(o.Ends.Sub(p.Now().Truncate(time.Minute)))
	if d := chosenDevice(r); d != "" {
		o.Device, o.Chosen = d, true
	}
	o.Doubts = b.doubts && o.Device == b.device
	o.Here = b.device == computer && o.Device != computer
	o.Nothing = o.Device != computer && !slices.Contains(t.Kinds, kindFor[o.Device])
	for _, d := range devices {
		if d != o.Device {
			o.Choices = append(o.Choices, d)
		}
	}
	if t.SignIn == ticket.ByOIDC && p.signIn != nil {
		o.User, o.SignInPath = p.signIn.user(r), ticketPath(tokenOf(r))+signInEnd
	}
	page := "ticket"
	if o.Device == computer {
		page = "computer"
	}
	if o.Device == computer || o.Doubts {
		o.Link = p.Link(tokenOf(r))
		var err error
		if o.QR, err = drawQR(o.Link); err != nil {
			p.failInside(w, r, "drawing a QR code", err)
			return
		}
	}
	p.showOffer(w, r, status, page, o)
}

// roundLeft is what people are told of how long a link lives yet: the nearest hour, or the
// minutes of the last.
func roundLeft(d time.Duration) time.Duration {
	if d < time.Hour {
		return max(d, 0)
	}
	return d.Round(time.Hour)
}

// showOffer writes the page of a link, or one that was written for the same key.
func (p *Portal) showOffer(w http.ResponseWriter, r *http.Request, status int, page string, o *offer) {
	key := plainKey(r, o)
	if written := p.offers.get(key); written != nil && o.isPlain() {
		p.answer(w, status, false, written)
		return
	}
	v := p.view(r, page, o)
	v.Script = o.Link != ""
	written := p.write(w, r, v)
	if written == nil {
		return
	}
	if o.isPlain() {
		p.offers.put(key, written)
	}
	p.answer(w, status, v.Script, written)
}

// pinField is the field of the form that has the PIN.
const pinField = "pin"

// redeem uses a link.
func (p *Portal) redeem(w http.ResponseWriter, r *http.Request, t *ticket.Ticket) {
	proof := ticket.Proof{PIN: ticket.PIN(r.PostForm.Get(pinField))}
	if t.SignIn == ticket.ByOIDC && p.signIn != nil {
		if proof.User = p.signIn.user(r); proof.User == "" { // it lapsed since the page was shown
			p.showTicket(w, r, http.StatusForbidden, t, false)
			return
		}
	}
	key := ticketKey(t.ID)
	if t.SignIn == ticket.ByPIN && p.limited(w, r, key, ofTicket, t.ID) {
		return
	}
	session, now, err := p.Store.Redeem(r.Context(), tokenOf(r), proof)
	switch {
	case err == nil:
		p.limits.give(key)
		p.tell(r, eventRedeemed, t.ID)
		http.SetCookie(w, p.cookie(t, session))
		http.Redirect(w, r, ticketPath(tokenOf(r))+stepsEnd+p.kept(r), http.StatusSeeOther)
	case errors.Is(err, ticket.ErrPIN):
		p.tell(r, eventRefused, t.ID, slog.Int("left", now.Left))
		p.showTicket(w, r, http.StatusForbidden, now, true)
	case errors.Is(err, ticket.ErrLocked):
		p.tell(r, eventLocked, t.ID)
		p.showEnded(w, r, ended{State: ticket.Locked})
	case errors.Is(err, ticket.ErrUser):
		p.refuseUser(w, r, t.ID, proof.User)
	default:
		p.limits.give(key)
		p.failTicket(w, r, cmp.Or(now, t), err)
	}
}

// refuseUser answers who signed in, and is not the one that the link is for. It counts
// against their address, and holds up nobody else.
func (p *Portal) refuseUser(w http.ResponseWriter, r *http.Request, id, user string) {
	if p.limited(w, r, addressKey(r), ofAddress, id) {
		return
	}
	p.tell(r, eventRefused, id, slog.String("user", user))
	p.failAs(w, r, http.StatusForbidden, "user")
}

// serveSignIn sends a visitor to sign in. It is a link and not a form, because the policy
// lets forms go to the portal alone.
func (p *Portal) serveSignIn(w http.ResponseWriter, r *http.Request) {
	t := p.look(w, r)
	switch {
	case t == nil:
	case t.State != ticket.Ready:
		p.serveEnded(w, r, t)
	case t.SignIn != ticket.ByOIDC || p.signIn == nil:
		p.fail(w, r, http.StatusNotFound)
	default:
		p.signIn.begin(w, r, ticketPath(tokenOf(r))+p.kept(r))
	}
}
