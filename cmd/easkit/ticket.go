package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The folder of the tickets, and what such a folder of one target ends in.
const (
	dataDir = "easkit-tickets"
	dataEnd = "-tickets"
)

// dataFlags say where the tickets are, and what their links begin with.
type dataFlags struct{ data, origin string }

func (f *dataFlags) register(cmd *cobra.Command) {
	registerData(cmd, &f.data)
	cmd.Flags().StringVar(&f.origin, "origin", "", "what links begin with, as visitors see it: `https://HOST[:PORT]` (default: as it is served)")
}

func registerData(cmd *cobra.Command, into *string) {
	cmd.Flags().StringVar(into, "data", dataDir, "the `FOLDER` of the tickets, on a local disk")
}

func registerLife(cmd *cobra.Command, into *string, what string) {
	cmd.Flags().StringVar(into, "life", "24h", what+": `DURATION`, such as 4h or 7d, up to 30d")
}

// parseLife reads --life; 0 is for a call that has no such flag.
func parseLife(text string) (time.Duration, error) {
	life, given, err := parseAge("--life", text)
	if err == nil && given && (life == 0 || life > ticket.MaxLife) {
		err = fmt.Errorf("--life %s is not above 0 and up to 30d", text)
	}
	return life, err
}

func newTicket(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ticket",
		Short: "Make, list and revoke the portal's one-time links",
		Long: "Makes the links by which users fetch their profile from the portal (easkit serve), and\n" +
			"keeps account of them. It works beside a portal that is being served.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTicketMake(a), newTicketList(a), newTicketRevoke(a))
	return cmd
}

// openTickets opens a folder of tickets. One that is only to be read has to be there.
func (a *app) openTickets(ctx context.Context, dir string, make bool) (*ticket.Store, error) {
	if a.global.at != "" {
		return nil, errors.New("--at is not for tickets: links live in the present")
	}
	if !make {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return nil, withHint(fmt.Errorf("there are no tickets in %s", dir), "give the folder with --data, as serve was given it")
		}
	}
	if err := refuseOpenFolder(dir); err != nil {
		return nil, err
	}
	return ticket.Open(ctx, dir, a.now)
}

// byCommand is who makes or revokes a ticket on the command line, for the lists.
func (a *app) byCommand() string {
	for _, variable := range []string{"USER", "USERNAME"} {
		if name, _ := a.env(variable); name != "" {
			return name + " (command line)"
		}
	}
	return "command line"
}

// listPage is how many tickets are read at a time.
const listPage = ticket.MaxLimit

// eachTicket goes through the tickets that a query finds, the newest first.
func eachTicket(ctx context.Context, store *ticket.Store, q ticket.Query, each func(ticket.Ticket) error) error {
	q.Limit = listPage
	for {
		page, err := store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, t := range page {
			if err := each(t); err != nil {
				return err
			}
		}
		if len(page) < q.Limit {
			return nil
		}
		q.After = page[len(page)-1].ID
	}
}

// openOf are a user's tickets that give something, or may yet: those that wait to be made,
// whose link works, or whose ten minutes after the button run.
func (a *app) openOf(ctx context.Context, store *ticket.Store, user string) ([]ticket.Ticket, error) {
	var open []ticket.Ticket
	err := eachTicket(ctx, store, ticket.Query{Text: user}, func(t ticket.Ticket) error {
		if t.Live(a.now()) && certs.SameAddress(t.User, user) {
			open = append(open, t)
		}
		return nil
	})
	return open, err
}

// ticketsSchema names the form of tickets in JSON. Fields may be added under it, never
// removed.
const ticketsSchema = "easkit/tickets/v1"

// ticketLine is a ticket as it is printed. Link and PIN are there when it is made.
type ticketLine struct {
	ID       string        `json:"id"`
	User     string        `json:"user"`
	State    ticket.State  `json:"state"`
	SignIn   ticket.SignIn `json:"signIn"`
	By       string        `json:"by"`
	Kinds    []ticket.Kind `json:"kinds,omitempty"`
	Made     time.Time     `json:"made,omitzero"`
	Expires  time.Time     `json:"expires,omitzero"`
	Redeemed time.Time     `json:"redeemed,omitzero"`
	Fetched  time.Time     `json:"fetched,omitzero"`
	Ended    time.Time     `json:"ended,omitzero"`
	EndedBy  string        `json:"endedBy,omitempty"`
	Link     string        `json:"link,omitempty"`
	PIN      string        `json:"pin,omitempty"`
	Mailed   string        `json:"mailed,omitempty"` // the address that the link went to
}

func lineOf(t ticket.Ticket) ticketLine {
	return ticketLine{
		ID: t.ID, User: t.User, State: t.State, SignIn: t.SignIn, By: t.By, Kinds: t.Kinds, Made: t.Made.UTC(), Expires: t.Expires.UTC(),
		Redeemed: t.Redeemed.UTC(), Fetched: t.Fetched.UTC(), Ended: t.Ended.UTC(), EndedBy: t.EndedBy,
	}
}
