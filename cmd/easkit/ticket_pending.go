package main

import (
	"context"
	"errors"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// pending makes the tickets that wait.
func (m *making) pending(ctx context.Context, users []string) error {
	var waiting []ticket.Ticket
	err := eachTicket(ctx, m.store, ticket.Query{State: ticket.Pending}, func(t ticket.Ticket) error {
		if wanted(t.User, users) {
			waiting = append(waiting, t)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(waiting) == 0 {
		m.say("no ticket waits")
	}
	for _, t := range waiting {
		err := m.fulfil(ctx, t)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.tellFailed(err)
	}
	return m.outcome()
}

func wanted(user string, users []string) bool {
	for _, u := range users {
		if certs.SameAddress(u, user) {
			return true
		}
	}
	return len(users) == 0
}

// fulfil makes one ticket that waits.
func (m *making) fulfil(ctx context.Context, t ticket.Ticket) error {
	u, err := m.findWhole(ctx, t.User)
	if err != nil {
		return err
	}
	files, err := m.files(ctx, u.User)
	if err != nil {
		return err
	}
	made, err := m.store.Fulfil(ctx, t.ID, files, m.life)
	if errors.Is(err, ticket.ErrNotPending) {
		m.say("note: ticket %s waits no more: somebody else was faster", t.ID)
		return nil
	}
	if err != nil {
		return err
	}
	return m.give(ctx, u, made)
}
