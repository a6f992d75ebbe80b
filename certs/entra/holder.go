package entra

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Holder is a user's certificate, and what is known of those it may belong to.
type Holder struct {
	Certificate *certs.Certificate
	Users       *Users    // nil where none were given
	Domains     *Domains  // nil where none were given
	Bindings    []Binding // of the tenant; nil for the default, which is then said to be assumed
}

// CheckHolder says whom a certificate signs in. Of one that wasn't understood it
// says nothing: cert.readable does.
func CheckHolder(s preflight.Scenario, h *Holder) []preflight.Finding {
	if h.Certificate == nil {
		return nil
	}
	return HolderChecks.Run(s, h)
}

// User is the one whom the certificate is for: whom a username binding leads to,
// or else whose address it has. Nil where nobody's is found, or several users'.
func (h *Holder) User(s preflight.Scenario) *User {
	if h.Users == nil || h.Certificate == nil {
		return nil
	}
	if s.Auth == preflight.OAuth {
		bindings, _ := h.bindings()
		if matches := h.Users.Bind(h.Certificate, bindings); len(matches) > 0 && len(matches[0].Users) == 1 {
			return matches[0].Users[0]
		}
	}
	if found := owners(h.Users.claims(addresses(h.Certificate), UserPrincipalName, ProxyAddress, Mail)); len(found) == 1 {
		return found[0]
	}
	return nil
}

// HolderChecks are the checks of a certificate against the tenant's users and
// domains.
var HolderChecks = preflight.Table[*Holder]{
	{Run: checkUser, Info: preflight.Info{
		ID: "cert.user", Title: "The certificate is one user's", Basis: preflight.Documented, Source: srcGetStarted,
		Reason: "a name that is nobody's opens no mailbox, and one that is two users' opens the wrong one",
		Fix:    "issue the certificate with an address of the one user it is for, or correct the user's addresses",
	}},
	{Run: checkDomain, Info: preflight.Info{
		ID: "cert.domain", Title: "An address of the certificate is under a verified domain", Basis: preflight.Documented, Source: srcDomains,
		Reason: "only under a verified domain of the tenant can an address be a user's",
		Fix:    "add and verify the domain in the tenant, or issue the certificate with an address under one that is",
	}},
	{Run: checkBinding, Info: preflight.Info{
		ID: "cert.binding", Title: "A username binding leads from the certificate to a user", Basis: preflight.Documented, Source: srcDeep, Codes: []string{"AADSTS50034"},
		Reason: "Entra ID finds the user by the tenant's username bindings alone; a proxyAddress or mail address is no target of one, and the phone says that account or password are wrong",
		Fix:    "issue the certificate with the user's UPN as Principal Name, or put one of its certificateUserIds into the user's account and bind the field (easkit show prints them)",
	}},
}

// noUsers is what can be said without a list of users.
func noUsers() []preflight.Outcome {
	return preflight.Skip("no list of users was given (--users)")
}

func checkUser(s preflight.Scenario, h *Holder) []preflight.Outcome {
	switch {
	case h.Users == nil:
		return noUsers()
	case onPremises(s) != "":
		return h.userOnPremises(onPremises(s))
	case s.Auth == preflight.OAuth:
		return h.userByBinding()
	}
	return h.userByAddress(s)
}

// userByAddress is the rule of direct sign-in to Exchange Online: the address
// in the SAN is the user's, an rfc822Name by proxyAddresses.
func (h *Holder) userByAddress(s preflight.Scenario) []preflight.Outcome {
	names := addresses(h.Certificate)
	claims := h.Users.claims(names, UserPrincipalName, ProxyAddress, Mail)
	bad := preflight.StatusFail
	if s.Mailbox != preflight.ExchangeOnline {
		bad = preflight.StatusWarn
	}
	switch found := owners(claims); {
	case len(names) == 0:
		return []preflight.Outcome{{Status: bad, Message: "it holds neither a UPN nor an rfc822Name, so it is nobody's"}}
	case len(found) == 0 && h.Users.knowsProxies:
		return []preflight.Outcome{{Status: bad, Message: fmt.Sprintf("none of the %d users has %s as userPrincipalName, mail or proxyAddress", h.Users.Len(), values(names))}}
	case len(found) == 0:
		return preflight.Skip("none of the %d users has %s as userPrincipalName or mail, and their proxyAddresses are not in the list: "+
			"Entra's CSV lacks them, GET /users?$select=userPrincipalName,mail,proxyAddresses has them", h.Users.Len(), values(names))
	case len(found) > 1:
		return []preflight.Outcome{{Status: bad, Message: fmt.Sprintf("it leads to %d users: %s", len(found), rules(claims))}}
	default:
		return one(found[0], claims)
	}
}

// one judges the only user whom claims lead to.
func one(u *User, claims []claim) []preflight.Outcome {
	onlyMail := !slices.ContainsFunc(claims, func(c claim) bool { return c.property != Mail })
	switch {
	case u.Disabled:
		return disabled(u, claims[0].String())
	case onlyMail && u.ProxyAddresses != nil:
		o := inferred("%s, but not among the user's proxyAddresses, by which Exchange Online goes", claims[0])
		o[0].Value = u.UPN
		return o
	}
	return []preflight.Outcome{{Status: preflight.StatusPass, Message: rules(claims), Value: u.UPN}}
}

func disabled(u *User, rule string) []preflight.Outcome {
	return []preflight.Outcome{{Status: preflight.StatusWarn, Value: u.UPN, Message: rule + ", whose account is disabled", Codes: []string{"AADSTS50057"},
		Fix: "enable the account, or leave the user out"}}
}

// maxRules bounds what one message names.
const maxRules = 4

func rules(claims []claim) string {
	texts := make([]string, 0, maxRules+1)
	for i, c := range claims {
		if i == maxRules {
			texts = append(texts, fmt.Sprintf("and %d more", len(claims)-maxRules))
			break
		}
		texts = append(texts, c.String())
	}
	return strings.Join(texts, "; ")
}

func values(names []certs.Name) string {
	var texts []string
	for _, n := range names {
		if !slices.ContainsFunc(texts, func(t string) bool { return certs.SameAddress(t, n.Value) }) {
			texts = append(texts, n.Value)
		}
	}
	return strings.Join(texts, " or ")
}

// userOnPremises: Active Directory decides there, by UPN, SID or explicit
// mapping, of which the tenant's users show the UPN only.
func (h *Holder) userOnPremises(server string) []preflight.Outcome {
	var upns []certs.Name
	for _, n := range addresses(h.Certificate) {
		if n.Kind == certs.KindUPN {
			upns = append(upns, n)
		}
	}
	claims := h.Users.claims(upns, OnPremisesUserPrincipalName, UserPrincipalName)
	switch found := owners(claims); {
	case len(found) == 0:
		return preflight.Skip("with %s Active Directory decides whose it is, and no user of the list has its UPN", server)
	case len(found) > 1:
		return inferred("it leads to %d users: %s; with %s Active Directory decides", len(found), rules(claims), server)
	case found[0].Disabled:
		return disabled(found[0], claims[0].String())
	default:
		return []preflight.Outcome{{Status: preflight.StatusPass, Value: found[0].UPN, Basis: preflight.Inferred,
			Message: fmt.Sprintf("%s; with %s Active Directory decides", rules(claims), server)}}
	}
}

// bindings are those of the tenant, or the default with the words that say so.
func (h *Holder) bindings() (list []Binding, assumed string) {
	if h.Bindings == nil {
		return DefaultBindings(), " (bindings assumed: the default)"
	}
	return h.Bindings, ""
}

func (h *Holder) userByBinding() []preflight.Outcome {
	bindings, assumed := h.bindings()
	matches := h.Users.Bind(h.Certificate, bindings)
	if len(matches) == 0 {
		return preflight.Skip("no username binding leads to a user: see cert.binding")
	}
	first := matches[0]
	u := first.Users[0]
	if len(first.Users) > 1 {
		return preflight.Fail("the binding %s leads to %d users, among them %s and %s%s", first.Binding, len(first.Users), u, first.Users[1], assumed)
	}
	for _, m := range matches[1:] {
		for _, other := range m.Users {
			if other != u {
				return []preflight.Outcome{{Status: preflight.StatusWarn, Value: u.UPN, Message: fmt.Sprintf("%s; but it also signs in another user: %s", first,
					Match{m.Binding, m.Value, []*User{other}}), Fix: "if that is not meant, remove the binding or the value of certificateUserIds"}}
			}
		}
	}
	for _, c := range h.Users.claims(addresses(h.Certificate), UserPrincipalName, ProxyAddress, Mail) {
		if c.user != u {
			return []preflight.Outcome{{Status: preflight.StatusWarn, Value: u.UPN, Message: fmt.Sprintf("%s; but %s", first, c),
				Fix: "issue the certificate with one user's names only"}}
		}
	}
	if u.Disabled {
		return disabled(u, first.String())
	}
	return []preflight.Outcome{{Status: preflight.StatusPass, Value: u.UPN, Message: first.String() + assumed}}
}

func checkBinding(s preflight.Scenario, h *Holder) []preflight.Outcome {
	switch {
	case s.Auth == preflight.Direct:
		return preflight.Skip("direct sign-in uses no username binding")
	case s.Issuer == preflight.ADFS:
		return preflight.Skip("AD FS finds the user in Active Directory, without the tenant's username bindings")
	}
	bindings, assumed := h.bindings()
	if !slices.ContainsFunc(bindings, func(b Binding) bool { return len(b.values(h.Certificate)) > 0 }) {
		return h.nothingToBind(bindings, assumed)
	}
	if h.Users == nil {
		return noUsers()
	}
	if matches := h.Users.Bind(h.Certificate, bindings); len(matches) > 0 {
		return preflight.Pass("%s%s", matches[0], assumed)
	}
	return h.unbound(bindings, assumed)
}

// nothingToBind is for a certificate that has none of the fields: it can match
// nobody, if the bindings are what they are taken for. Who gives neither users
// nor bindings has not asked yet, and is only warned.
func (h *Holder) nothingToBind(bindings []Binding, assumed string) []preflight.Outcome {
	var fields []string
	for _, b := range inOrder(bindings) {
		fields = append(fields, string(b.Field))
	}
	message := fmt.Sprintf("it has nothing in a field that is bound: %s%s%s", strings.Join(fields, ", "), assumed, h.hint())
	if assumed != "" && h.Users == nil {
		return inferred("%s", message)
	}
	return preflight.Fail("%s", message)
}

// unbound is for a certificate whose fields are nobody's.
func (h *Holder) unbound(bindings []Binding, assumed string) []preflight.Outcome {
	var looked []string
	for _, b := range inOrder(bindings) {
		for _, v := range b.values(h.Certificate) {
			if !h.Users.knows(b.Property) {
				return preflight.Skip("no user is found, and the list of users does not tell their %s, to which %s is bound", b.Property, b.Field)
			}
			if text := fmt.Sprintf("%s as %s", v, b.Property); len(looked) < maxRules && !slices.Contains(looked, text) {
				looked = append(looked, text)
			}
		}
	}
	for _, other := range otherForms(h.Certificate) {
		for _, b := range bindings {
			if found := h.Users.find(UserIDs, foldID(other.Value)); b.Property == UserIDs && b.Field == other.Field && len(found) > 0 {
				return inferred("%s has %s: %s, and whether Entra ID takes that is not known", found[0], other.Value, other.Note)
			}
		}
	}
	return preflight.Fail("none of the %d users has %s%s%s", h.Users.Len(), strings.Join(looked, " or "), assumed, h.hint())
}

// hint says which user the certificate seems meant for, and why that is not
// enough.
func (h *Holder) hint() string {
	if h.Users == nil {
		return ""
	}
	claims := h.Users.claims(addresses(h.Certificate), UserPrincipalName, OnPremisesUserPrincipalName, ProxyAddress, Mail)
	if len(claims) == 0 {
		return ""
	}
	c := claims[0]
	switch c.property {
	case ProxyAddress, Mail:
		return fmt.Sprintf("; %s, but no binding goes by a %s", c, c.property)
	}
	return fmt.Sprintf("; %s, but no binding leads from the one to the other", c)
}

func checkDomain(s preflight.Scenario, h *Holder) []preflight.Outcome {
	switch server := onPremises(s); {
	case server != "" && s.Mailbox == preflight.ExchangeServer:
		return preflight.Skip("with %s no domain of a tenant counts", server)
	case h.Domains == nil:
		return preflight.Skip("no list of the tenant's domains was given (--domains)")
	}
	names := addresses(h.Certificate)
	var good, bad []string
	for _, n := range names {
		text, ok := h.Domains.judge(n)
		switch {
		case text == "" || slices.Contains(good, text) || slices.Contains(bad, text):
		case ok:
			good = append(good, text)
		default:
			bad = append(bad, text)
		}
	}
	switch {
	case len(good) > 0:
		return preflight.Pass("%s", strings.Join(append(good, bad...), "; "))
	case len(bad) == 0:
		return preflight.Skip("there is no address to look at")
	case s.Auth == preflight.Direct && s.Mailbox == preflight.ExchangeOnline:
		return preflight.Fail("%s", strings.Join(bad, "; "))
	}
	return preflight.Warn("%s", strings.Join(bad, "; "))
}

// judge says of an address whether its domain is a verified one.
func (d *Domains) judge(n certs.Name) (text string, ok bool) {
	r := certs.Routable(n.Value)
	if !r.Routable {
		return fmt.Sprintf("%s: %s", n.Value, r.Reason), false
	}
	domain := r.Address.ASCIIDomain
	verified, listed := d.verified[domain]
	switch {
	case verified:
		return fmt.Sprintf("%s: %s is verified in the tenant", n.Value, domain), true
	case listed:
		return fmt.Sprintf("%s: %s is listed, but not verified", n.Value, domain), false
	}
	if _, parent, _ := strings.Cut(domain, "."); d.verified[parent] {
		return fmt.Sprintf("%s: %s is not listed; %s is, but each subdomain has to be added", n.Value, domain, parent), false
	}
	return fmt.Sprintf("%s: %s is no domain of the tenant", n.Value, domain), false
}
