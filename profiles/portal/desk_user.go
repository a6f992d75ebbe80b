package portal

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Limits of what is asked of the rollout and the store for one page.
const (
	deskUsersLength = 50
	deskUsersAlike  = 1000 // whose names have the wanted one in them
	deskUserTickets = 20
)

// maxName bounds, in bytes, what a form or a search may name.
const maxName = ticket.MaxPerson

// errNoUser says that a rollout has no such user.
var errNoUser = errors.New("the rollout has no such user")

// user finds a user by their whole name. Without a rollout any address will do, for a
// ticket that somebody else makes.
func (p *Portal) user(ctx context.Context, name string) (User, error) {
	if len(name) > maxName {
		return User{}, errNoUser
	}
	if p.Source == nil {
		if _, err := certs.ParseAddress(name); err != nil {
			return User{}, errNoUser
		}
		return User{User: name}, nil
	}
	some, err := p.Source.Users(ctx, name, deskUsersAlike)
	if err != nil {
		return User{}, err
	}
	for _, u := range some {
		if certs.SameAddress(u.User, name) {
			return u, nil
		}
	}
	return User{}, errNoUser
}

// ticketsOf are a user's tickets, the newest first.
func (p *Portal) ticketsOf(ctx context.Context, name string) ([]ticket.Ticket, error) {
	latest, err := p.Store.Latest(ctx, []string{name}, deskUserTickets)
	if err != nil {
		return nil, err
	}
	return latest[certs.CanonicalAddress(name)], nil
}

// nothingMade reports whether the rollout made nothing that a link could give. One that
// says nothing of its users, as a folder that no rollout made, may have something.
func (u User) nothingMade() bool { return u.Status != "" && u.Made.IsZero() }

// why is what went wrong for a user; empty where nothing is known of it.
func (u User) why() string {
	i := slices.IndexFunc(u.Findings, func(f preflight.Finding) bool { return f.Status == preflight.StatusFail })
	if i < 0 {
		return ""
	}
	return preflight.Printable(u.Findings[i].Message)
}

// userLine is one user of the search, with the ticket that counts.
type userLine struct {
	User
	Worst preflight.Status
	Last  *ticketLine // nil for none
}

// deskUsersData is what the search of users is made from.
type deskUsersData struct {
	Text   string
	Source bool // there are users to search
	Users  []userLine
	More   bool
}

// serveDeskUsers searches the rollout's users, so that those are found as well who were
// given nothing yet.
func (p *Portal) serveDeskUsers(w http.ResponseWriter, r *http.Request, who *person) {
	text := r.URL.Query().Get("q")
	if len(text) > maxName {
		p.failDesk(w, r, http.StatusBadRequest, "nouser")
		return
	}
	d := deskUsersData{Text: text, Source: p.Source != nil}
	if p.Source != nil {
		users, err := p.Source.Users(r.Context(), text, deskUsersLength+1)
		if err != nil {
			p.failDeskInside(w, r, "searching users", err)
			return
		}
		d.More = len(users) > deskUsersLength
		if d.Users, err = p.userLines(r.Context(), users[:min(len(users), deskUsersLength)]); err != nil {
			p.failDeskInside(w, r, "listing users' tickets", err)
			return
		}
	}
	p.show(w, r, http.StatusOK, p.deskView(r, "desk_users", who, url.Values{"q": {text}}, &d))
}

// counts is the ticket that a user's line shows: the newest from which something can
// still be had, or else the newest. The tickets come with the newest first.
func counts(of []ticketLine) *ticketLine {
	for i := range of {
		if of[i].Open {
			return &of[i]
		}
	}
	if len(of) == 0 {
		return nil
	}
	return &of[0]
}

// userLines are users with the ticket of each that counts.
func (p *Portal) userLines(ctx context.Context, users []User) ([]userLine, error) {
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.User
	}
	latest, err := p.Store.Latest(ctx, names, deskUserTickets)
	if err != nil {
		return nil, err
	}
	lines := make([]userLine, len(users))
	for i, u := range users {
		of := linesOf(latest[certs.CanonicalAddress(u.User)], p.Now())
		lines[i] = userLine{User: u, Worst: verdict(u.Findings), Last: counts(of)}
	}
	return lines, nil
}

// verdict is the worst that was found. Where nothing was checked, nothing passed.
func verdict(findings []preflight.Finding) preflight.Status {
	checked := func(f preflight.Finding) bool { return f.Status != preflight.StatusSkip }
	if !slices.ContainsFunc(findings, checked) {
		return preflight.StatusSkip
	}
	return preflight.Verdict(findings)
}

// deskUserData is what the page of one user is made from.
type deskUserData struct {
	User
	Known    bool // there is a rollout, which has the user
	Wrong    []preflight.Finding
	Passed   int
	Nothing  bool   // was made for the user
	Why      string // nothing was made; empty where it is not known
	Open     []ticketLine
	Over     []ticketLine   // tickets from which nothing can be had any more
	Live     bool           // a link works already
	Pending  *ticket.Ticket // that was asked for, and waits; nil for none
	Once     string
	ByOIDC   bool
	ByMail   bool   // a link with a PIN can be sent
	Mail     string // where to
	Language []languageLink
	Command  string
}

// serveDeskUser shows one user: what the rollout found, the tickets, and the form for a
// new one.
func (p *Portal) serveDeskUser(w http.ResponseWriter, r *http.Request, who *person) {
	name := r.URL.Query().Get("name")
	u, err := p.user(r.Context(), name)
	switch {
	case errors.Is(err, errNoUser):
		p.failDesk(w, r, http.StatusNotFound, "nouser")
		return
	case err != nil:
		p.failDeskInside(w, r, "finding a user", err)
		return
	}
	d := deskUserData{User: u, Known: p.Source != nil, Once: newOnce(), ByOIDC: p.OIDC != nil, ByMail: p.mailTo(u) != "", Mail: p.mailTo(u), Command: pendingCommand}
	tickets, err := p.ticketsOf(r.Context(), u.User)
	if err != nil {
		p.failDeskInside(w, r, "listing a user's tickets", err)
		return
	}
	d.sort(linesOf(tickets, p.Now()))
	d.Nothing, d.Why = u.nothingMade(), u.why()
	d.Wrong, d.Passed = sorted(u.Findings)
	v := p.deskView(r, "desk_user", who, url.Values{"name": {name}}, &d)
	d.Language = v.Codes
	p.show(w, r, http.StatusOK, v)
}

// sort puts the tickets where they belong.
func (d *deskUserData) sort(tickets []ticketLine) {
	for _, t := range tickets {
		if !t.Open {
			d.Over = append(d.Over, t)
			continue
		}
		d.Open = append(d.Open, t)
		switch t.State {
		case ticket.Ready:
			d.Live = true
		case ticket.Pending:
			d.Pending = &t.Ticket
		}
	}
}

// sorted gives the findings that are not passes, the worst first, and how many passes
// there are.
func sorted(findings []preflight.Finding) (wrong []preflight.Finding, passed int) {
	for _, f := range findings {
		if f.Status == preflight.StatusPass {
			passed++
			continue
		}
		f.Message, f.Fix = preflight.Printable(f.Message), preflight.Printable(f.Fix)
		wrong = append(wrong, f)
	}
	slices.SortStableFunc(wrong, func(a, b preflight.Finding) int {
		return cmp.Compare(slices.Index(preflight.Statuses, b.Status), slices.Index(preflight.Statuses, a.Status))
	})
	return wrong, passed
}

// mailTo is the address that a user's link is sent to; empty where none can be. It is the
// rollout's and nobody's at the help desk, who would have the link and the PIN otherwise.
func (p *Portal) mailTo(u User) string {
	address := cmp.Or(u.Email, u.User)
	if p.Mail == nil || p.Source == nil {
		return ""
	}
	if _, err := certs.ParseAddress(address); err != nil {
		return ""
	}
	return address
}

// mailPatience is how long making a ticket and sending its link may take, even where the
// browser has gone.
const mailPatience = time.Minute
