package main

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/probe"
)

// writeProbe writes the report of one account, and in text how far it came.
func (a *app) writeProbe(r *preflight.Report, e *probe.Evidence) error {
	o := preflight.TextOptions{Passes: true, Verbose: a.global.verbose}
	o.Colour = a.colour(a.out) && (a.global.output == "" || a.global.output == stdout)
	var b bytes.Buffer
	if err := a.formReport(&b, r, o); err != nil {
		return err
	}
	if text := cameTo(r.Subjects[0].Findings, e); a.global.format == formatText && text != "" {
		fmt.Fprintf(&b, "\n%s\n", text)
	}
	return a.print(b.Bytes())
}

// cameTo says how far an account came: to its mail, or to be let in; "" for less.
func cameTo(findings []preflight.Finding, e *probe.Evidence) string {
	x := lastExchange(e)
	if x == nil {
		return ""
	}
	if mail := passed(findings, "eas.sync"); mail != "" {
		return fmt.Sprintf("%s (%s)", mail, serverOf(e, x))
	}
	if in := passed(findings, "eas.auth"); in != "" && e.Deep == nil {
		return in + "; nothing was created in the mailbox, and --deep goes on to the mail"
	}
	return ""
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
