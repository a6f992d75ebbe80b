package rollout

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// ExpiringSchema names the form of [ExpiryList] in JSON. Fields may be added under it,
// never removed.
const ExpiringSchema = "easkit/expiring/v1"

// ExpiryList is certificates that end before a time, as of now.
type ExpiryList struct {
	Schema string    `json:"schema"`
	At     time.Time `json:"at"`
	Before time.Time `json:"before"`
	Users  []Expiry  `json:"users"`
}

// NewExpiryList is what [Expiring] found, to be written.
func NewExpiryList(found []Expiry, now, before time.Time) *ExpiryList {
	return &ExpiryList{ExpiringSchema, now.UTC().Truncate(time.Second), before.UTC().Truncate(time.Second), append([]Expiry{}, found...)}
}

// Redact takes out what names users: who has the table finds them by their line.
func (l *ExpiryList) Redact() {
	for i := range l.Users {
		e := &l.Users[i]
		e.User, e.Thumbprint, e.Subject, e.File = lineName(e.Line), "", "", ""
	}
}

// WriteJSON writes the list as indented JSON.
func (l *ExpiryList) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(l)
}

// WriteText writes a line for each user, the first to end first.
func (l *ExpiryList) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	if len(l.Users) == 0 {
		fmt.Fprintf(out, "No certificate ends before %s\n", l.Before.Format(time.DateOnly))
		return out.Flush()
	}
	fmt.Fprintf(out, "%s %s before %s\n\n", preflight.Thousands(len(l.Users)), certificatesEnd(len(l.Users)), l.Before.Format(time.DateOnly))
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for i := range l.Users {
		e := &l.Users[i]
		fmt.Fprintf(t, "%s\t%s\t%s\t%s%s\n", e.NotAfter.Format(time.DateOnly), l.days(e), preflight.Printable(e.User), e.platforms(", "), e.failedLast())
	}
	_ = t.Flush() // into out, which keeps its error
	return out.Flush()
}

func certificatesEnd(n int) string {
	if n == 1 {
		return "certificate ends"
	}
	return "certificates end"
}

// days says how long a certificate is still valid.
func (l *ExpiryList) days(e *Expiry) string {
	days := int(e.NotAfter.Sub(l.At).Hours() / 24)
	switch {
	case e.NotAfter.Before(l.At):
		return "has ended"
	case days == 0:
		return "today"
	}
	return fmt.Sprintf("in %d %s", days, pluralOf(days, "day"))
}

func (e *Expiry) platforms(between string) string {
	words := make([]string, len(e.Platforms))
	for i, p := range e.Platforms {
		words[i] = preflight.Printable(string(p))
	}
	return strings.Join(words, between)
}

// failedLast tells of a user for whom the latest run made nothing.
func (e *Expiry) failedLast() string {
	switch e.FailedLast {
	case "":
		return ""
	case unnamedCheck:
		return "  failed last"
	}
	return "  failed last: " + preflight.Printable(e.FailedLast)
}

// WriteCSV writes a row for each user, for a spreadsheet ([preflight.Cell]).
func (l *ExpiryList) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"Certificate ends", "User", "Line", "Platforms", "Thumbprint", "Subject", "File", "Failed last"}}
	for i := range l.Users {
		e := &l.Users[i]
		row := []string{e.NotAfter.Format(time.RFC3339), e.User, strconv.Itoa(e.Line), e.platforms(" "), e.Thumbprint, e.Subject, e.File, e.FailedLast}
		for k := range row {
			row[k] = preflight.Cell(preflight.Printable(row[k]))
		}
		rows = append(rows, row)
	}
	return out.WriteAll(rows)
}
