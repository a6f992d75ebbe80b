package main

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/probe"
)

// writeProbe writes the report of one account, and in text how far it came.
func (a *app) writeProbe(r *preflight.Report, e *probe.Evidence) error {
	if a.global.verbose {
		a.tellExchanges(e)
	}
	o := preflight.TextOptions{Passes: true, Verbose: a.global.verbose, InOrder: true}
	o.Colour = a.colour(a.out) && (a.global.output == "" || a.global.output == stdout)
	var b bytes.Buffer
	var err error
	switch {
	case a.global.format == formatSARIF:
		err = r.WriteSARIF(&b, rulesOf(r), number())
	case a.global.format == formatText && !a.global.verbose:
		err = a.formReport(&b, shortened(r), o)
	default:
		err = a.formReport(&b, r, o)
	}
	if err != nil {
		return err
	}
	if text := cameTo(r.Subjects[0].Findings, e); a.global.format == formatText && text != "" {
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	return a.print(b.Bytes())
}

// rulesOf is the catalogue as far as a report has findings of it.
func rulesOf(r *preflight.Report) []preflight.Info {
	return slices.DeleteFunc(catalogue(), func(i preflight.Info) bool {
		return !slices.ContainsFunc(r.Subjects[0].Findings, func(f preflight.Finding) bool { return f.Check == i.ID })
	})
}

// tellExchanges tells of each request and its answer, and of what was seen of the mailbox.
func (a *app) tellExchanges(e *probe.Evidence) {
	for _, x := range e.Exchanges() {
		for _, line := range x.Lines() {
			a.say("%s", line)
		}
	}
	for _, f := range e.Facts() {
		a.say("%s: %s", f.Name, preflight.Printable(f.Value))
	}
}

// shortened is a report without the steps that the call does not have, and with one line
// for all that the same step stands before. Its counts are of all of them.
func shortened(r *preflight.Report) *preflight.Report {
	short := *r
	short.Subjects = slices.Clone(r.Subjects)
	for i := range short.Subjects {
		short.Subjects[i].Findings = collapsed(r.Subjects[i].Findings)
	}
	return &short
}

func collapsed(findings []preflight.Finding) []preflight.Finding {
	var lines []preflight.Finding
	for _, f := range findings {
		last := len(lines) - 1
		switch {
		case f.Status == preflight.StatusSkip && f.Value == probe.NotForNow:
		case last >= 0 && f.Value == probe.NotTried && lines[last].Value == probe.NotTried && f.Message == lines[last].Message:
			first, _, _ := strings.Cut(lines[last].Check, " ")
			lines[last].Check = first + " … " + strings.TrimPrefix(f.Check, "eas.")
		default:
			lines = append(lines, f)
		}
	}
	return lines
}

// cameTo says how far an account came, as the last line: to its mail, to be let in, or
// what is not known. Where something failed, the findings say it all; "" then.
func cameTo(findings []preflight.Finding, e *probe.Evidence) string {
	deep := []string{"eas.provision", "eas.foldersync", "eas.sync"}
	switch {
	case passed(findings, "eas.sync") != "":
		return fmt.Sprintf("%s (%s)", passed(findings, "eas.sync"), serverOf(e, lastExchange(e)))
	case e.Deep != nil:
		if f := firstOf(findings, deep, preflight.StatusWarn, preflight.StatusSkip); f != nil {
			return fmt.Sprintf("Not reached: folders and inbox (%s): %s", f.Check, cmp.Or(f.Fix, f.Message))
		}
	case passed(findings, "eas.auth") != "":
		return passed(findings, "eas.auth") + "; nothing was created in the mailbox, and --deep goes on to the mail"
	}
	if f := firstOf(findings, []string{"eas.auth"}, preflight.StatusSkip); f != nil {
		return "Not known: whether the sign-in works: " + strings.TrimPrefix(f.Message, "not tried: ")
	}
	return ""
}

// firstOf is the first finding of one of some checks, if it has one of some statuses; nil
// where one before it failed, or there is none.
func firstOf(findings []preflight.Finding, checks []string, statuses ...preflight.Status) *preflight.Finding {
	for i, f := range findings {
		switch {
		case !slices.Contains(checks, f.Check) || f.Status == preflight.StatusPass:
		case slices.Contains(statuses, f.Status):
			return &findings[i]
		default:
			return nil
		}
	}
	return nil
}

// passed is what a check says that has passed; "" where it has not.
func passed(findings []preflight.Finding, check string) string {
	i := slices.IndexFunc(findings, func(f preflight.Finding) bool { return f.Check == check && f.Status == preflight.StatusPass })
	if i < 0 {
		return ""
	}
	return findings[i].Message
}

// lastExchange is the one by which the account was let in.
func lastExchange(e *probe.Evidence) *probe.Exchange {
	var last *probe.Exchange
	all := append(slices.Clone(e.Options), e.Late...)
	if e.OAuth != nil {
		all = append(all, e.OAuth.Options...)
	}
	for _, x := range all {
		if x.Err == nil {
			last = x
		}
	}
	return last
}

// serverOf names a server, and how it was come to.
func serverOf(e *probe.Evidence, x *probe.Exchange) string {
	if x == nil {
		return "no server answered"
	}
	text := x.Address
	if u, err := url.Parse(x.URL); err == nil && u.Hostname() != "" {
		text = preflight.Printable(u.Hostname())
	}
	if x.TLS != nil && slices.ContainsFunc(x.TLS.Trusted, ofLab) {
		text = "lab server " + x.Address
	}
	if e.Name != nil && e.Name.Connect == x.Address {
		text += ", by --connect"
	}
	return text
}

// ofLab reports whether a certificate is of easkit's lab.
func ofLab(c *x509.Certificate) bool {
	parsed, err := certs.ParseCertificate(c.Raw)
	return err == nil && parsed.Lab
}
