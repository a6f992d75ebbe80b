package userids

import (
	"fmt"
	"io"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// WriteText shows a proposal to a person.
func (p *Proposal) WriteText(w io.Writer) error {
	var b strings.Builder
	add, users := 0, 0
	for _, r := range p.Rows {
		r.text(&b)
		if n := len(r.Add()); n > 0 {
			users++
			add += n
		}
	}
	fmt.Fprintf(&b, "\n%s to add to %s.\n", preflight.Counted(add, "value"), preflight.Counted(users, "user"))
	for _, line := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", preflight.Printable(line))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Row) text(b *strings.Builder) {
	user := r.UPN
	if user == "" {
		user = "no user"
	}
	fmt.Fprintf(b, "%s (%s)\n", preflight.Printable(user), preflight.Printable(strings.Join(r.Certificates, ", ")))
	for _, v := range r.Values {
		sign := "+"
		if r.action(v) != actionAdd {
			sign = " "
		}
		fmt.Fprintf(b, "  %s %s%s\n", sign, preflight.Printable(v.Value), inBrackets(v.Present))
		if v.Note != "" {
			fmt.Fprintf(b, "      note: %s\n", preflight.Printable(v.Note))
		}
	}
	for _, line := range r.Problems {
		fmt.Fprintf(b, "  problem: %s\n", preflight.Printable(line))
	}
	for _, value := range r.OnPremises {
		fmt.Fprintf(b, "  altSecurityIdentities: %s\n", preflight.Printable(value))
	}
	for _, line := range r.Notes {
		fmt.Fprintf(b, "  note: %s\n", preflight.Printable(line))
	}
}

func inBrackets(present bool) string {
	if present {
		return " (is there)"
	}
	return ""
}
