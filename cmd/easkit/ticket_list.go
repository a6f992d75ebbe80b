package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

func newTicketList(a *app) *cobra.Command {
	var data, state string
	var unfetched bool
	cmd := &cobra.Command{
		Use:   "list [TEXT]",
		Short: "List tickets: who was given one, when, and who has fetched it",
		Long: "Lists the tickets of a folder, the newest first: all, or those with a text in the user, in\n" +
			"who made it, or in the ID. States are pending (it waits for easkit ticket make --pending),\n" +
			"ready (the link works), used, expired, locked (five wrong PINs) and revoked. Tickets are\n" +
			"known for 400 days.",
		Example: "  easkit ticket list\n" +
			"  easkit ticket list alice@contoso.com\n" +
			"  easkit ticket list --unfetched --format csv -o waiting.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			format, err := preflight.Word("--format", a.global.format, expiringFormats)
			if err != nil {
				return err
			}
			q := ticket.Query{Text: strings.Join(args, ""), Unfetched: unfetched}
			if state != "" {
				if q.State, err = preflight.Word("--state", state, ticket.States); err != nil {
					return err
				}
			}
			store, err := a.openTickets(cmd.Context(), data, false)
			if err != nil {
				return err
			}
			defer store.Close()
			lines := []ticketLine{}
			if err := eachTicket(cmd.Context(), store, q, func(t ticket.Ticket) error { lines = append(lines, lineOf(t)); return nil }); err != nil {
				return err
			}
			return a.printTickets(lines, format)
		},
	}
	registerData(cmd, &data)
	cmd.Flags().StringVar(&state, "state", "", "those in one state: "+choice(ticket.States))
	cmd.Flags().BoolVar(&unfetched, "unfetched", false, "those of which nothing was fetched")
	return cmd
}

// printTickets prints a list.
func (a *app) printTickets(lines []ticketLine, format string) error {
	switch format {
	case formatJSON:
		return a.printJSON(ticketsOf(lines))
	case formatCSV:
		return a.printTable(lines, writeTicketsCSV)
	}
	return a.printTable(lines, writeTicketsText)
}

// ticketList is tickets in JSON.
type ticketList struct {
	Schema  string       `json:"schema"`
	Tickets []ticketLine `json:"tickets"`
}

func ticketsOf(lines []ticketLine) ticketList { return ticketList{ticketsSchema, lines} }

func (a *app) printTable(lines []ticketLine, write func(io.Writer, []ticketLine) error) error {
	var b bytes.Buffer
	if err := write(&b, lines); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return a.print(b.Bytes())
}

// minute is how times are told to people.
const minute = "2006-01-02 15:04"

func inUTC(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(minute)
}

func writeTicketsText(w io.Writer, lines []ticketLine) error {
	if len(lines) == 0 {
		_, err := fmt.Fprintln(w, "no tickets")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TICKET\tSTATE\tUSER\tMADE (UTC)\tENDS\tFETCHED\tBY")
	for _, l := range lines {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.State, preflight.Printable(l.User), inUTC(l.Made), inUTC(l.Expires), inUTC(l.Fetched), preflight.Printable(l.By))
	}
	return t.Flush()
}

func writeTicketsCSV(w io.Writer, lines []ticketLine) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"Ticket", "State", "User", "Sign-in", "By", "Made", "Ends", "Used", "Fetched", "Ended", "Ended by"}}
	for _, l := range lines {
		rows = append(rows, []string{l.ID, string(l.State), l.User, string(l.SignIn), l.By, stamp(l.Made), stamp(l.Expires), stamp(l.Redeemed), stamp(l.Fetched), stamp(l.Ended), l.EndedBy})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = preflight.Cell(preflight.Printable(row[i]))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
