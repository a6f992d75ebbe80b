package certs

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

func checkReadable(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	switch {
	case c == nil:
		return preflight.Fail("%v", sub.Err)
	case len(c.Doubled) > 0:
		return preflight.Warn("the extension %s is there twice (RFC 5280 4.2 allows one)", strings.Join(c.Doubled, ", "))
	case c.Refused != nil:
		return preflight.Warn("it is outside the standard: %s", strings.TrimPrefix(c.Refused.Error(), "x509: "))
	}
	return preflight.Pass("%s, issued by %s, serial number %X", c.Subject(), c.Issuer(), c.Serial)
}

// addressStatus is how bad an address is that Exchange Online can't use: fatal
// in direct sign-in there, a warning where something else decides (the
// tenant's bindings in oauth, Active Directory on premises) or where it isn't
// known whether the mailbox is there.
func addressStatus(s preflight.Scenario) preflight.Status {
	if s.Auth == preflight.Direct && s.Mailbox == preflight.ExchangeOnline {
		return preflight.StatusFail
	}
	return preflight.StatusWarn
}

// decides names what judges the address in place of a rule of Exchange Online.
func decides(s preflight.Scenario) string {
	switch {
	case s.Auth == preflight.OAuth && s.Issuer == preflight.Entra:
		return "; in oauth the tenant's username bindings decide, and the default one takes the UPN"
	case s.Auth == preflight.OAuth:
		return "; AD FS looks for the UPN"
	case s.Mailbox == preflight.ExchangeServer:
		return "; on premises Active Directory's mapping decides"
	case s.Mailbox == preflight.MailboxUnknown:
		return "; a mailbox in Exchange Online could not be opened with it"
	}
	return ""
}

// addresses are the names that Microsoft's rule counts: UPN and rfc822Name.
// Whether SmtpUTF8Mailbox counts is not documented, so it does not.
func addresses(c *Certificate) []Name {
	var names []Name
	for _, n := range c.Names {
		if n.Kind == KindUPN || n.Kind == KindEmail {
			names = append(names, n)
		}
	}
	return names
}

// label names the kind of a name as admins know it.
func (n Name) label() string {
	if n.Kind == KindUPN {
		return "UPN"
	}
	return "rfc822Name"
}

func checkAddress(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	found := addresses(sub.Certificate)
	if len(found) > 0 {
		list := make([]string, len(found))
		for i, n := range found {
			list[i] = n.label() + " " + n.Value
		}
		return preflight.Pass("%s", strings.Join(list, ", "))
	}
	message := "there is no SubjectAltName"
	if sub.Certificate.HasSAN {
		message = "the SubjectAltName holds neither a UPN nor an rfc822Name"
	}
	if len(sub.Certificate.Values(KindSmtpUTF8)) > 0 {
		message += "; its SmtpUTF8Mailbox does not count"
	}
	return []preflight.Outcome{{Status: addressStatus(s), Message: message + decides(s)}}
}

func checkRoutable(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	found := addresses(sub.Certificate)
	if len(found) == 0 {
		return preflight.Skip("there is no address to look at")
	}
	var good, bad []string
	for _, n := range found {
		r := Routable(n.Value)
		text := n.label() + " " + n.Value
		switch {
		case !r.Routable:
			bad = append(bad, text+": "+r.Reason)
		case r.Note != "":
			good = append(good, text+" ("+r.Note+")")
		default:
			good = append(good, text)
		}
	}
	switch {
	case len(good) == 0:
		return []preflight.Outcome{{Status: addressStatus(s), Message: strings.Join(bad, "; ") + decides(s)}}
	case len(bad) > 0:
		return preflight.Warn("%s; the other is routable: %s", strings.Join(bad, "; "), strings.Join(good, ", "))
	}
	return preflight.Pass("%s", strings.Join(good, ", "))
}

func checkAgree(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	upns, mails := sub.Certificate.Values(KindUPN), sub.Certificate.Values(KindEmail)
	switch {
	case len(upns)+len(mails) == 0:
		return preflight.Skip("there is no address to compare")
	case len(upns) > 1 && !allEqual(upns):
		return preflight.Warn("there are %d UPNs: %s", len(upns), strings.Join(upns, ", "))
	case len(mails) > 1 && !allEqual(mails):
		return preflight.Warn("there are %d rfc822Names: %s", len(mails), strings.Join(mails, ", "))
	case !allEqual(append(append([]string{}, upns...), mails...)):
		return preflight.Warn("the UPN is %s and the rfc822Name %s: both must be the same user's", upns[0], mails[0])
	}
	return preflight.Pass("one address: %s", append(upns, mails...)[0])
}

func allEqual(values []string) bool {
	for _, v := range values {
		if CanonicalAddress(v) != CanonicalAddress(values[0]) {
			return false
		}
	}
	return true
}

// CanonicalAddress is an address in the form in which two that mean the same are
// equal: lower case, with the domain's A-labels.
func CanonicalAddress(address string) string {
	if a, err := ParseAddress(address); err == nil {
		return strings.ToLower(a.Local) + "@" + a.ASCIIDomain
	}
	return strings.ToLower(address)
}

// SameAddress reports whether two addresses mean the same mailbox: letter case
// and the spelling of an international domain do not count.
func SameAddress(a, b string) bool { return CanonicalAddress(a) == CanonicalAddress(b) }

func checkEncoding(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	if !c.HasSAN {
		return preflight.Skip("there is no SubjectAltName")
	}
	if c.NamesError != nil {
		return preflight.Fail("the SubjectAltName is broken: %v", c.NamesError)
	}
	var outcomes []preflight.Outcome
	for _, n := range c.Names {
		for _, problem := range n.Problems {
			outcomes = append(outcomes, preflight.Warn("%s %s: %s", n.Kind, n.Value, problem)...)
		}
	}
	if len(c.Names) == 0 {
		return preflight.Warn("the SubjectAltName is empty (RFC 5280 4.2.1.6 wants a name in it)")
	}
	if len(outcomes) == 0 {
		return preflight.Pass("%d names in standard form", len(c.Names))
	}
	return outcomes
}

func checkSID(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	c := sub.Certificate
	sid := c.SID
	for _, uri := range c.Values(KindURI) {
		if found, ok := SIDFromURI(uri); ok && sid == "" {
			sid = found
		}
	}
	switch {
	case c.SIDError != nil:
		return preflight.Warn("the SID extension is broken: %v", c.SIDError)
	case sid != "":
		return preflight.Pass("%s", sid)
	case s.Mailbox == preflight.ExchangeOnline:
		return preflight.Skip("Exchange Online and Entra ID do not read it")
	}
	return preflight.Warn("there is no SID in it: Active Directory may refuse to map it to an account%s", unlessOnline(s))
}

func unlessOnline(s preflight.Scenario) string {
	if s.Mailbox == preflight.MailboxUnknown {
		return fmt.Sprintf(" (it does not matter if the mailbox is in Exchange Online: say --mailbox %s)", preflight.ExchangeOnline)
	}
	return ""
}
