package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

func newTicketRevoke(a *app) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "revoke ID|USER...",
		Short: "End tickets: their links work no more, and what waits is deleted",
		Long: "Ends a ticket by its ID, or all of a user's: links that work, those whose ten minutes of\n" +
			"downloads run, and what waits to be made. The files under them are deleted. What was\n" +
			"fetched is on a phone: easkit entra revoke is for the sign-in.",
		Example: "  easkit ticket revoke alice@contoso.com\n" +
			"  easkit ticket revoke k2mw5qhx3a",
		Args: atLeastOne("ID or USER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			store, err := a.openTickets(cmd.Context(), data, false)
			if err != nil {
				return err
			}
			defer store.Close()
			var all []revoked
			for _, arg := range args {
				some, err := a.revokeTickets(cmd.Context(), store, arg)
				if err != nil {
					return err
				}
				all = append(all, some...)
			}
			return a.printRevoked(all)
		},
	}
	registerData(cmd, &data)
	return cmd
}

// revoked is a ticket after a call to end it.
type revoked struct {
	ticketLine
	changed bool // by the call
}

func (a *app) printRevoked(all []revoked) error {
	if a.global.format == formatJSON {
		lines := make([]ticketLine, len(all))
		for i, r := range all {
			lines[i] = r.ticketLine
		}
		return a.printJSON(ticketsOf(lines))
	}
	for _, r := range all {
		text := fmt.Sprintf("%s of %s is %s", r.ID, preflight.Printable(r.User), r.State)
		if !r.changed {
			text = fmt.Sprintf("%s of %s was %s already (%s UTC): nothing is left to end", r.ID, preflight.Printable(r.User), r.State, inUTC(r.Ended))
		}
		fmt.Fprintln(a.out, text)
	}
	return nil
}

// revokeTickets ends one ticket, or those of a user.
func (a *app) revokeTickets(ctx context.Context, store *ticket.Store, arg string) ([]revoked, error) {
	var open []ticket.Ticket
	one, err := store.Get(ctx, arg)
	switch {
	case err == nil:
		open = []ticket.Ticket{*one}
	case !errors.Is(err, ticket.ErrNone):
		return nil, err
	default:
		if open, err = a.openOf(ctx, store, arg); err != nil {
			return nil, err
		}
		if len(open) == 0 {
			return nil, withHint(fmt.Errorf("%s is neither the ID of a ticket, nor a user with one that can be ended", preflight.Printable(arg)), "easkit ticket list %s", preflight.Printable(arg))
		}
	}
	var all []revoked
	for _, t := range open {
		now, changed, err := store.Revoke(ctx, t.ID, a.byCommand())
		if errors.Is(err, ticket.ErrUsed) {
			err = fmt.Errorf("%w (%s UTC): nothing of it waits any more", err, inUTC(t.Redeemed))
		}
		if err != nil {
			return nil, fmt.Errorf("ticket %s of %s: %w", t.ID, preflight.Printable(t.User), err)
		}
		all = append(all, revoked{lineOf(*now), changed})
	}
	return all, nil
}
