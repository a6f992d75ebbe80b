package trust

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// signs are how the actions are shown, as Terraform shows them.
var signs = map[Action]string{Add: "+", Change: "~", Remove: "-", Keep: " "}

// WriteText shows a plan to a person.
func (p *Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan %s for %s\n\n", p.Short(), p.Title())
	if p.Create {
		fmt.Fprintf(&b, "  + container %q\n", p.Container)
	}
	if len(p.Others) > 0 {
		fmt.Fprintf(&b, "             note: the tenant has other containers: %q\n", p.Others)
	}
	count := map[Action]int{}
	for _, s := range p.Steps() {
		count[s.Action]++
		p.step(&b, s)
	}
	if len(p.Before)+len(p.After) == 0 {
		b.WriteString("  The store is empty, and stays so.\n")
	}
	fmt.Fprintf(&b, "\n%d to add, %d to change, %d to remove, %d kept.\n", count[Add], count[Change], count[Remove], count[Keep])
	if p.Upload != nil && count[Add] > 0 {
		fmt.Fprintf(&b, "\nThe additions go in by a bulk upload from %q; the file's SHA-256 has to be\n%s\n", p.Upload.URL, p.Upload.SHA256)
	}
	p.warn(&b, count[Add] > 0)
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Plan) step(b *strings.Builder, s Step) {
	fmt.Fprintf(b, "  %s %-8s %s (%s, SHA-1 %s)\n", signs[s.Action], s.Action, s.Entry.Name(), s.Entry.role(), s.Entry.Thumbprint())
	switch s.Action {
	case Add:
		fmt.Fprintf(b, "             CRL: %s\n", orNone(s.Entry.CRL))
		if s.Entry.Delta != "" {
			fmt.Fprintf(b, "             delta CRL: %q\n", s.Entry.Delta)
		}
		if s.Entry.IssuerHint {
			b.WriteString("             issuer hint: on\n")
		}
	case Change, Remove:
		for _, what := range s.What {
			fmt.Fprintf(b, "             %s\n", what)
		}
	}
	if s.Danger != "" {
		fmt.Fprintf(b, "             danger: %s\n", s.Danger)
	}
	if note := p.overruled(s); note != "" {
		fmt.Fprintf(b, "             note: %s\n", note)
	}
}

// overruled says where the other store keeps a step from having an effect.
func (p *Plan) overruled(s Step) string {
	other, there := p.Elsewhere.Find(s.Entry.Key())
	switch {
	case !there || s.Action == Remove || other.CRL == s.Entry.CRL:
		return ""
	case p.Store == PKI && other.CRL != "":
		return fmt.Sprintf("the classic store has it with the CRL %q, and that counts as long as the two differ", other.CRL)
	case p.Store == Classic && s.Entry.CRL == "":
		return fmt.Sprintf("the PKI store has it with the CRL %q, and that counts", other.CRL)
	}
	return ""
}

func (p *Plan) warn(b *strings.Builder, adds bool) {
	if outage := p.Outage(); outage != "" {
		fmt.Fprintf(b, "\nDanger: %s.\n", outage)
	}
	if adds {
		fmt.Fprintf(b, "\n%s\n", Meaning)
	}
	if adds && slices.ContainsFunc(p.added(), func(e Entry) bool { return e.CRL == "" }) {
		b.WriteString("Of a CA without a CRL address no revocation is checked: a revoked certificate goes on working.\n")
	}
}
