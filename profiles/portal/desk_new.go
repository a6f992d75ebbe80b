package portal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// wanted is a form for a new ticket.
type wanted struct {
	user     User
	signIn   ticket.SignIn
	language string // of the mail
	once     string
}

// Why no link was made.
var (
	errMail  = errors.New("the link could not be sent") // and its ticket is revoked
	errFiles = errors.New("opening the user's files")
)

// serveDeskNew makes a ticket, or asks for one, and goes on to its page. The same form
// sent again leads to the same ticket.
func (p *Portal) serveDeskNew(w http.ResponseWriter, r *http.Request, who *person) {
	form := r.PostForm
	n := wanted{signIn: ticket.SignIn(form.Get("signin")), language: form.Get("language"), once: form.Get("once")}
	known := n.signIn == ticket.ByPIN || n.signIn == ticket.ByOIDC && p.OIDC != nil
	if !known || !slices.Contains(Languages, n.language) || n.once == "" || len(n.once) > maxName {
		p.failDesk(w, r, http.StatusBadRequest, "form")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), mailPatience)
	defer cancel()
	var err error
	if n.user, err = p.user(ctx, form.Get("user")); errors.Is(err, errNoUser) {
		p.failDesk(w, r, http.StatusNotFound, "nouser")
		return
	} else if err != nil {
		p.failDeskInside(w, r, "finding a user", err)
		return
	}
	if n.user.nothingMade() {
		p.failDeskTo(w, r, http.StatusConflict, "nothing", toUser(n.user.User))
		return
	}
	made, err := p.onceFor(ctx, r, who, n)
	switch {
	case errors.Is(err, errMail):
		p.failDeskTo(w, r, http.StatusBadGateway, "mail", toUser(n.user.User))
	case errors.Is(err, errFiles):
		p.Log.ErrorContext(r.Context(), "making a ticket", "err", err)
		p.failDeskTo(w, r, http.StatusInternalServerError, "files", toUser(n.user.User))
	case err != nil:
		p.failDeskInside(w, r, "making a ticket", err)
	default:
		http.Redirect(w, r, deskTicketPath(made)+p.kept(who.speaking(r)), http.StatusSeeOther)
	}
}

// onceFor is the ID of the ticket that came of a form, or comes of it now. One person's
// forms wait for each other.
func (p *Portal) onceFor(ctx context.Context, r *http.Request, who *person, n wanted) (string, error) {
	who.forms.Lock()
	defer who.forms.Unlock()
	if id := who.madeBy(n.once); id != "" {
		return id, nil
	}
	f, err := p.newTicket(ctx, r, who.identity, n)
	if err != nil {
		return "", err
	}
	f.once, f.until = n.once, p.Now().Add(freshLife)
	who.keep(f)
	return f.id, nil
}

// newTicket makes a ticket. With a PIN the link goes to the user by mail, and the help
// desk, which tells the PIN, never has both. Where that can't be, or without the
// rollout's key, the ticket waits for somebody who has it.
func (p *Portal) newTicket(ctx context.Context, r *http.Request, by identity, n wanted) (*fresh, error) {
	to := p.mailTo(n.user)
	if p.Source == nil || n.signIn == ticket.ByPIN && to == "" {
		return p.ask(ctx, r, by, n)
	}
	files, err := p.Source.Files(ctx, n.user.User)
	if errors.Is(err, ErrNoKey) {
		return p.ask(ctx, r, by, n)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFiles, err)
	}
	made, err := p.Store.Make(ctx, ticket.Order{User: n.user.User, By: by.name, SignIn: n.signIn, Files: files, Life: p.Life})
	if err != nil {
		return nil, err
	}
	p.note(r, eventMade, by, slog.String("ticket", made.ID), slog.String("user", made.User), slog.String("signin", string(made.SignIn)))
	f := &fresh{id: made.ID, pin: made.PIN}
	if made.SignIn == ticket.ByOIDC { // the link alone opens nothing
		f.link = p.Link(made.Token)
	}
	if to == "" {
		return f, nil
	}
	err = p.mailLink(ctx, r, by, to, n.language, made)
	switch {
	case err == nil:
		f.mailed = to
	case made.SignIn == ticket.ByPIN: // nobody has the link
		_, revoked, err := p.Store.Revoke(context.WithoutCancel(ctx), made.ID, by.name)
		if revoked {
			p.note(r, eventRevoked, by, slog.String("ticket", made.ID))
		}
		if err != nil {
			p.Log.ErrorContext(ctx, "revoking a ticket whose link was not sent", "ticket", made.ID, "err", err)
		}
		return nil, errMail
	}
	return f, nil
}

// ask puts a ticket down for somebody who has the rollout's key, or finds the one that
// was put down before.
func (p *Portal) ask(ctx context.Context, r *http.Request, by identity, n wanted) (*fresh, error) {
	begun := p.Now().Truncate(time.Millisecond) // as the store keeps times
	t, err := p.Store.Ask(ctx, n.user.User, by.name, n.signIn)
	if err != nil {
		return nil, err
	}
	if t.Made.Before(begun) {
		return &fresh{id: t.ID, again: true}, nil
	}
	p.note(r, eventAsked, by, slog.String("ticket", t.ID), slog.String("user", t.User), slog.String("signin", string(t.SignIn)))
	return &fresh{id: t.ID}, nil
}

// mailLink sends a link to its user.
func (p *Portal) mailLink(ctx context.Context, r *http.Request, by identity, to, language string, made *ticket.Made) error {
	subject, body := p.pages.languages[language].letter(made, p.Link(made.Token))
	err := p.Mail.Send(ctx, Message{To: to, Subject: subject, Body: body, Language: language})
	if err == nil {
		p.note(r, eventMailed, by, slog.String("ticket", made.ID))
		return nil
	}
	p.note(r, eventMailFailed, by, slog.String("ticket", made.ID), slog.Any("err", err))
	return err
}
