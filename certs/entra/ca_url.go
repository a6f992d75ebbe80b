package entra

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// maxURL is how long an address may be to pass proxies and servers everywhere.
// Microsoft publishes no limit; this one is IIS's default for a query string and
// a common one for whole addresses.
const maxURL = 2048

// address is a CRL's address, taken apart.
type address struct {
	text   string // as the certificate has it, printable
	scheme string
	broken error  // why it is no address
	far    string // why the Internet doesn't reach its host
	notes  []string
	doubts []string // what may keep Entra ID from taking it
}

func parseAddress(text string) address {
	a := address{text: printable(text)}
	u, err := url.Parse(text)
	if err != nil {
		var why *url.Error
		if errors.As(err, &why) {
			err = why.Err
		}
		a.broken = err
		return a
	}
	a.scheme = strings.ToLower(u.Scheme)
	if !a.isHTTP() {
		return a
	}
	if u.Hostname() == "" {
		a.broken = errors.New("it names no host")
		return a
	}
	a.far = certs.UnroutableHost(u.Hostname())
	a.judge(u)
	return a
}

func (a *address) judge(u *url.URL) {
	if u.User != nil {
		a.doubts = append(a.doubts, "it holds a user name, and CRLs are fetched without credentials")
	}
	if strings.Contains(a.text, " ") {
		a.doubts = append(a.doubts, "there is a space in it (%20 in an address)")
	}
	if u.Fragment != "" {
		a.doubts = append(a.doubts, "there is a # in it, and what follows is not sent (%23 in an address)")
	}
	if len(a.text) > maxURL {
		a.doubts = append(a.doubts, fmt.Sprintf("it has %d characters", len(a.text)))
	}
	if p := u.Port(); p != "" && p != map[string]string{"http": "80", "https": "443"}[a.scheme] {
		a.notes = append(a.notes, "on port "+p)
	}
}

func (a address) isHTTP() bool { return a.scheme == "http" || a.scheme == "https" }

// sound reports whether nothing but http or https may stand against it.
func (a address) sound() bool {
	return a.isHTTP() && a.broken == nil && a.far == "" && len(a.doubts) == 0
}

// sameURL is an address in the form in which two that mean the same are equal:
// scheme and host in lower case.
func sameURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String()
}

func checkCRLURL(s preflight.Scenario, ca *CA) []preflight.Outcome {
	switch {
	case len(ca.CRLURLs) > 0 && !s.InCloud():
		return preflight.Pass("%s; %s fetches it from inside", listed(ca.CRLURLs), onPremises(s))
	case len(ca.CRLURLs) > 0:
		return append(judgeAddresses(ca.CRLURLs), ca.otherwise()...)
	case ca.Configured:
		return preflight.Warn("the trust store has no address of its CRL: Entra ID checks no revocation of what it issued, and where the tenant requires CRL validation every sign-in fails")
	case ca.Issued == 0 && ca.HasCRL:
		return preflight.Skip("its CRL was given as a file: at which address it is published is not known here (a certificate that this CA issued names it)")
	case ca.Issued == 0:
		return preflight.Unchecked("no certificate that this CA issued was given (--issued): it names the address of this CA's CRL; the CA's own certificate names its issuer's")
	case !s.InCloud():
		return preflight.Warn("of %d certificates that it issued none names a CRL: %s cannot see what is revoked", ca.Issued, onPremises(s))
	}
	return preflight.Warn("of %d certificates that it issued none names a CRL: without an address in the tenant Entra ID checks no revocation, "+
		"and where the tenant requires CRL validation every sign-in fails", ca.Issued)
}

// otherwise tells where the certificates that a CA issued name other addresses than
// the trust store has: it may be an address that is not kept up any more, or its
// issuer's.
func (ca *CA) otherwise() []preflight.Outcome {
	if !ca.Configured || len(ca.NamedURLs) == 0 {
		return nil
	}
	set := sameURL(ca.CRLURLs[0])
	if slices.ContainsFunc(ca.NamedURLs, func(u string) bool { return sameURL(u) == set }) {
		return nil
	}
	return inferred("the trust store has %s, and the certificates that it issued name %s", printable(ca.CRLURLs[0]), listed(ca.NamedURLs))
}

func listed(urls []string) string {
	texts := make([]string, len(urls))
	for i, u := range urls {
		texts[i] = printable(u)
	}
	return strings.Join(texts, ", ")
}

// judgeAddresses looks at all addresses of one CRL and judges the one that is
// for Entra ID: the first by http that stands, or else the first by http, or by
// https.
func judgeAddresses(urls []string) []preflight.Outcome {
	all := make([]address, len(urls))
	for i, u := range urls {
		all[i] = parseAddress(u)
	}
	first := slices.IndexFunc(all, func(a address) bool { return a.scheme == "http" && a.broken == nil })
	best := slices.IndexFunc(all, func(a address) bool { return a.scheme == "http" && a.sound() })
	switch {
	case best >= 0 && best == first:
		return preflight.Pass("%s", all[best].describe(passedOver(all, best)))
	case best >= 0:
		return inferred("%s; but before it stands %s, which the bulk upload takes: set the other in the tenant by hand", all[best].text, all[first].fault())
	}
	for _, kind := range []func(address) bool{address.sound, address.isHTTP} { // of those by https
		if first < 0 {
			first = slices.IndexFunc(all, kind)
		}
	}
	return all[max(first, 0)].outcome(all)
}

// passedOver says what becomes of the addresses beside the one that is taken.
func passedOver(all []address, taken int) (notes []string) {
	if taken > 0 {
		notes = append(notes, fmt.Sprintf("Entra ID's bulk upload passes over %s and takes the first by http", all[0].text))
	}
	if others := len(all) - taken - 1; others > 0 {
		notes = append(notes, fmt.Sprintf("Entra ID takes one address for a CA, and %d more stand after it", others))
	}
	return notes
}

func (a address) describe(more []string) string {
	notes := slices.Concat(a.notes, more)
	if len(notes) == 0 {
		return a.text
	}
	return a.text + " (" + strings.Join(notes, "; ") + ")"
}

// fault names an address and what is wrong with it.
func (a address) fault() string {
	switch {
	case a.broken != nil:
		return fmt.Sprintf("%s: it is no address (%s)", a.text, printable(a.broken.Error()))
	case a.far != "":
		return fmt.Sprintf("%s: %s, and Entra ID fetches it from the Internet", a.text, printable(a.far))
	case len(a.doubts) > 0:
		return fmt.Sprintf("%s: %s", a.text, strings.Join(a.doubts, "; "))
	}
	return a.text
}

// outcome judges the address that is left where none is good.
func (a address) outcome(all []address) []preflight.Outcome {
	switch {
	case a.broken != nil, a.far != "":
		return preflight.Fail("%s", a.fault())
	case !a.isHTTP():
		return []preflight.Outcome{{Status: preflight.StatusFail, Source: srcLimits,
			Message: fmt.Sprintf("%s: Entra ID fetches CRLs by HTTP only, not by %q", listedText(all), a.scheme)}}
	case len(a.doubts) > 0:
		return inferred("%s", a.fault())
	}
	return preflight.Warn("%s: of Microsoft's pages one allows https and the others want http, and its own checker refuses https", a.describe(nil))
}

func listedText(all []address) string {
	texts := make([]string, len(all))
	for i, a := range all {
		texts[i] = a.text
	}
	return strings.Join(texts, ", ")
}

func checkShared(_ preflight.Scenario, ca *CA) []preflight.Outcome {
	if len(ca.CRLURLs) == 0 {
		return preflight.Skip("the address of its CRL is not known")
	}
	note := "no other CA has it"
	for _, u := range ca.CRLURLs {
		for _, other := range ca.Store.index().byURL[sameURL(u)] {
			switch {
			case other == ca || string(other.Certificate.Raw) == string(ca.Certificate.Raw):
			case string(other.Certificate.RawKey) != string(ca.Certificate.RawKey):
				return preflight.Warn("%s is also where the CRL of %s is, which has another key", printable(u), printable(other.Name))
			default:
				note = fmt.Sprintf("%s has it too, and the same key", printable(other.Name))
			}
		}
		if !ca.Certificate.IsRoot() && slices.ContainsFunc(ca.Certificate.CDPs, func(own string) bool { return sameURL(own) == sameURL(u) }) {
			return preflight.Warn("%s is also where, by this CA's own certificate, the CRL of its issuer is", printable(u))
		}
	}
	return preflight.Pass("%s", note)
}

func checkDeltaURL(s preflight.Scenario, ca *CA) []preflight.Outcome {
	switch {
	case len(ca.DeltaURLs) == 0 && ca.Issued == 0 && !ca.HasCRL:
		return preflight.Skip("neither its CRL nor a certificate that it issued was given")
	case len(ca.DeltaURLs) == 0:
		return preflight.Pass("no delta CRL is named")
	case !s.InCloud():
		return preflight.Pass("%s; %s fetches it from inside", listed(ca.DeltaURLs), onPremises(s))
	case len(ca.CRLURLs) == 0 && ca.Issued > 0:
		return preflight.Fail("%s is named, but no base CRL", listed(ca.DeltaURLs))
	}
	for _, u := range ca.DeltaURLs {
		if slices.ContainsFunc(ca.CRLURLs, func(base string) bool { return sameURL(base) == sameURL(u) }) {
			return inferred("%s is named as the base CRL and as the delta", printable(u))
		}
	}
	outcomes := judgeAddresses(ca.DeltaURLs)
	if o := &outcomes[0]; o.Status == preflight.StatusPass && slices.ContainsFunc(ca.DeltaURLs, endsInPlus) {
		o.Message += "; its name ends in +, to which IIS answers 404.11 unless double escaping is allowed"
	}
	return outcomes
}

// endsInPlus knows the names that AD CS gives delta CRLs: CA+.crl.
func endsInPlus(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && strings.HasSuffix(strings.TrimSuffix(u.Path, ".crl"), "+")
}
