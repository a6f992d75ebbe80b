package portal

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The paths of the help desk's pages.
const (
	deskRoot     = "/desk"
	deskSignIn   = deskRoot + "/signin"
	deskOIDC     = deskRoot + "/oidc"
	deskSignOut  = deskRoot + "/signout"
	deskUsers    = deskRoot + "/users"
	deskUser     = deskRoot + "/user"
	deskTickets  = deskRoot + "/tickets"
	deskTicket   = deskTickets + "/{id}"
	deskRevoke   = deskTicket + "/revoke"
	deskStyle    = "desk.css"
	deskFailPage = "desk_failed"
)

// deskPages are the pages of the help desk and of sign-ins.
var deskPages = []string{"desk", "desk_users", "desk_user", "desk_ticket", "desk_signin", "desk_refused", deskFailPage}

// openDesk makes what the help desk and sign-ins need, and adds their routes.
func (p *Portal) openDesk() error {
	p.desk = newPeople("desk", p.isHTTPS(), deskLife, deskIdle, deskMost, p.Now)
	p.visitors = newPeople("visitor", p.isHTTPS(), visitorLife, visitorLife, visitorMost, p.Now)
	var err error
	if p.sealer, err = newSealer(); err != nil {
		return err
	}
	get, post := []string{http.MethodGet}, []string{http.MethodPost}
	if p.OIDC != nil {
		p.signIn = visitorSignIn{p}
		p.add([]route{{signInReturn, get, p.serveSignInReturn}})
	}
	if !p.hasDesk() {
		return nil
	}
	p.add([]route{
		{deskSignIn, []string{http.MethodGet, http.MethodPost}, p.serveDeskSignIn},
		{deskOIDC, get, p.serveDeskOIDC},
		{deskSignOut, post, p.forDesk(p.serveDeskSignOut)},
		{deskRoot, get, p.forDesk(p.serveDeskList)},
		{deskUsers, get, p.forDesk(p.serveDeskUsers)},
		{deskUser, get, p.forDesk(p.serveDeskUser)},
		{deskTickets, post, p.forDesk(p.serveDeskNew)},
		{deskTicket, get, p.forDesk(p.serveDeskTicket)},
		{deskRevoke, post, p.forDesk(p.serveDeskRevoke)},
	})
	return nil
}

func (p *Portal) hasDesk() bool { return p.Admin != AdminToken{} || p.deskByOIDC() }

func (p *Portal) deskByOIDC() bool { return p.OIDC != nil && p.OIDC.options.DeskRole != "" }

// csrfField is the field of every form of the desk that says that the desk made it.
const csrfField = "csrf"

// forDesk lets those in who are signed in to the desk, and forms that it made for them.
func (p *Portal) forDesk(serve func(http.ResponseWriter, *http.Request, *person)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who := p.desk.who(r)
		switch {
		case who == nil && r.Method == http.MethodPost:
			p.failDesk(w, r, http.StatusForbidden, "signedout")
		case who == nil:
			http.Redirect(w, r, deskSignIn+p.kept(r), http.StatusSeeOther)
		case r.Method == http.MethodPost && !who.said(r.PostForm.Get(csrfField)):
			p.failDesk(w, r, http.StatusForbidden, "form")
		default:
			serve(w, r, who)
		}
	}
}

// deskData is what every page of the desk is made from.
type deskData struct {
	By   string // who is signed in
	CSRF string
	Page any
}

// deskView starts a page of the desk, in the language that was chosen on any of its pages.
// keep is the page's own part of the address, which the switch of languages keeps.
func (p *Portal) deskView(r *http.Request, page string, who *person, keep url.Values, data any) *view {
	v := p.view(who.speaking(r), page, deskData{who.name, who.csrf, data})
	for name, values := range keep {
		if len(values) > 0 && values[0] != "" {
			v.query[name] = values
		}
	}
	for i, c := range v.Codes {
		v.Codes[i].Query = v.Query(langParameter, c.Code)
	}
	return v
}

// speaking is a request as it would be in the language that the person has chosen.
func (p *person) speaking(r *http.Request) *http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	if code := chosen(r); code != "" {
		p.language = code
	}
	if p.language == "" {
		return r
	}
	spoken := r.Clone(r.Context())
	q := url.Values{langParameter: {p.language}}
	spoken.URL.RawQuery = q.Encode()
	return spoken
}

// signInOffer is how one may sign in to the desk.
type signInOffer struct {
	Token bool // with the local admin token
	OIDC  bool
	Wrong bool // the token was
}

// tokenField is the field of the form that has the admin token.
const tokenField = "token"

// localAdmin is who signs in with the local admin token, for tickets and the log. It is no
// address, so that no account of an issuer is called that.
const localAdmin = "local admin"

// serveDeskSignIn asks for the admin token, and offers the other way to sign in.
func (p *Portal) serveDeskSignIn(w http.ResponseWriter, r *http.Request) {
	offer := signInOffer{Token: p.Admin != AdminToken{}, OIDC: p.deskByOIDC()}
	if r.Method != http.MethodPost {
		p.show(w, r, http.StatusOK, p.view(r, "desk_signin", offer))
		return
	}
	if !p.Admin.is(r.PostForm.Get(tokenField)) {
		if p.limited(w, r, addressKey(r), ofAddress, "") {
			return
		}
		if p.mayTell(toldOfSignIns) {
			p.note(r, eventSignInRefused, identity{}, slog.String("err", "the admin token is wrong"))
		}
		offer.Wrong = true
		p.show(w, r, http.StatusForbidden, p.view(r, "desk_signin", offer))
		return
	}
	p.desk.admit(w, r, identity{name: localAdmin})
	p.note(r, eventSignedIn, identity{name: localAdmin})
	http.Redirect(w, r, deskRoot+p.kept(r), http.StatusSeeOther)
}

// serveDeskOIDC sends somebody of the desk to sign in.
func (p *Portal) serveDeskOIDC(w http.ResponseWriter, r *http.Request) {
	if !p.deskByOIDC() {
		p.fail(w, r, http.StatusNotFound)
		return
	}
	p.beginSignIn(w, r, forDesk, deskRoot+p.kept(r), false)
}

func (p *Portal) serveDeskSignOut(w http.ResponseWriter, r *http.Request, who *person) {
	p.desk.leave(w, r)
	p.note(r, eventSignedOut, who.identity)
	http.Redirect(w, r, deskSignIn+p.kept(who.speaking(r)), http.StatusSeeOther)
}

// Filters beside the states. Without any, each user has one line.
const (
	notFetched = "unfetched" // whom to ask what holds them up
	allTickets = "all"
)

// deskPageLength is how many tickets one page lists.
const deskPageLength = 50

// deskList is what the list is made from.
type deskList struct {
	Text, State string
	States      []ticket.State
	Tickets     []ticketLine
	More        string // query of the next page; empty on the last
	Later       bool   // it is not the first page
	Source      bool   // there are users to search
}

// serveDeskList shows who was given what and when, who fetched it, and who has not.
func (p *Portal) serveDeskList(w http.ResponseWriter, r *http.Request, who *person) {
	q := r.URL.Query()
	d := deskList{Text: q.Get("q"), State: q.Get("state"), States: ticket.States, Later: q.Get("after") != "", Source: p.Source != nil}
	query := ticket.Query{Text: d.Text, Limit: deskPageLength + 1, After: q.Get("after")}
	switch {
	case d.State == notFetched:
		query.Owed = true
	case d.State == allTickets:
	case slices.Contains(ticket.States, ticket.State(d.State)):
		query.State = ticket.State(d.State)
	default:
		d.State, query.Newest = "", true
	}
	tickets, err := p.Store.List(r.Context(), query)
	switch {
	case errors.Is(err, ticket.ErrNone):
		p.failDesk(w, r, http.StatusNotFound, "none")
		return
	case err != nil:
		p.failDeskInside(w, r, "listing tickets", err)
		return
	}
	keep := url.Values{"q": {d.Text}, "state": {d.State}}
	v := p.deskView(r, "desk", who, keep, &d)
	if len(tickets) > deskPageLength {
		tickets = tickets[:deskPageLength]
		d.More = v.Query("after", tickets[deskPageLength-1].ID)
	}
	d.Tickets = linesOf(tickets, p.Now())
	p.show(w, r, http.StatusOK, v)
}

// newOnce makes what a form for a new ticket is known by, so that a second press of its
// button does nothing.
func newOnce() string { return rand.Text() }
