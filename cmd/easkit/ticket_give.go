package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// give notes what is to be printed of a ticket, and sends its link.
func (m *making) give(ctx context.Context, u portal.User, made *ticket.Made) error {
	link := portal.Link(m.origin, made.Token)
	line := lineOf(made.Ticket)
	line.PIN = string(made.PIN)
	if !m.flags.mail {
		line.Link = link
		m.lines = append(m.lines, line)
		return m.drawFiles(made, link)
	}
	line.Mailed = cmp.Or(u.Email, u.User)
	subject, body, err := portal.Letter(m.flags.language, m.operator, made, link)
	if err == nil {
		err = m.mailer.Send(ctx, portal.Message{To: line.Mailed, Subject: subject, Body: body, Language: m.flags.language})
	}
	if err != nil { // nobody has the link
		_, _, revoking := m.store.Revoke(context.WithoutCancel(ctx), made.ID, m.byCommand())
		if revoking == nil {
			err = fmt.Errorf("%w: the new ticket %s of %s is revoked, as nobody has its link; older ones are as they were", err, made.ID, preflight.Printable(made.User))
		}
		return errors.Join(fmt.Errorf("--mail: %w", hintMail(outsideError{err})), revoking)
	}
	m.lines = append(m.lines, line)
	return nil
}

// mailHints are what to do where a mail server can't be reached.
var mailHints = []struct {
	is   func(error) bool
	hint string
}{
	{func(err error) bool { return errors.As(err, new(*net.DNSError)) }, "see the name of the host in --smtp smtp://HOST:PORT"},
	{func(err error) bool { var op *net.OpError; return errors.As(err, &op) && op.Op == "dial" }, "see host and port in --smtp smtp://HOST:PORT (587 without, and 465 with smtps://), and whether a firewall lets this machine through"},
}

func hintMail(err error) error {
	for _, h := range mailHints {
		if h.is(err) {
			return withHint(err, "%s", h.hint)
		}
	}
	return err
}

// noteUnserved says that links lead nowhere for now.
func (m *making) noteUnserved(ctx context.Context) {
	if len(m.lines) == 0 {
		return
	}
	if lock, err := m.lockFolder(ctx, m.flags.data); err == nil {
		lock.release()
		m.say("note: no portal is served with --data %s now: links work while easkit serve %s runs", m.flags.data, strings.Join(servedAs(m.flags.from, m.flags.data), " "))
	}
}
