package certs

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Reach is the verdict on the domain of an address.
type Reach struct {
	// Address is the address taken apart, zero where that failed.
	Address Address

	// Routable says that the domain can be one on the public Internet.
	Routable bool

	// Reason says why it can't: a clause that names what was found.
	Reason string

	// Note says what a routable address should be looked at for; mostly "".
	Note string
}

// Routable judges without the network whether an address is under a domain
// that a tenant of Microsoft 365 can have verified. With direct certificate
// authentication a UPN or rfc822Name elsewhere finds no mailbox.
//
// A routable domain is well-formed, is not reserved (the special-use table,
// read on [SpecialUseDate]), is under a top-level domain of the public suffix
// list, and is no such suffix itself. Whether it exists, is the tenant's, and
// whether the address is the user's, only the tenant knows.
func Routable(address string) Reach {
	a, err := ParseAddress(address)
	if err != nil {
		return Reach{Reason: err.Error()}
	}
	if reason := addrUnroutable(a.ASCIIDomain); reason != "" {
		return Reach{Address: a, Reason: reason}
	}
	return Reach{Address: a, Routable: true, Note: addrNote(a)}
}

// addrUnroutable says why no tenant has the domain, or "".
func addrUnroutable(domain string) string {
	// Before the suffix list, which has onion and arpa as top-level domains.
	if name, special, ok := addrSpecialUse(domain); ok {
		if !strings.Contains(name, ".") {
			name = "." + name
		}
		return fmt.Sprintf("%s is %s (%s)", name, special.why, special.source)
	}
	if slices.Contains(addrMicrosoftZones, domain) {
		return fmt.Sprintf("%s is Microsoft's own: a tenant's initial domain is a name under it", domain)
	}
	suffix, listed := addrRegistrySuffix(domain)
	switch {
	case !listed && suffix == domain:
		return fmt.Sprintf("%s is a single label, no Internet domain", domain)
	case !listed:
		return fmt.Sprintf(".%s is no top-level domain (public suffix list%s)", suffix, addrListDate())
	case suffix == domain:
		return fmt.Sprintf("%s is a public suffix, under which others register their domains", domain)
	}
	return ""
}

// addrRegistrySuffix gives the suffix of domain under which a registry
// delegates names, and whether the public suffix list has it.
//
// The list's private section is passed over. There owners have entered domains
// of theirs because they hand out names below them: github.io, uk.com. Such a
// domain was registered like any other, has a mail server if its owner likes,
// and the owner can verify it in a tenant; it gets a note, not a refusal.
//
// PublicSuffix reports a private suffix and one that no rule matches alike as
// not ICANN's; the latter is always a single label.
func addrRegistrySuffix(domain string) (suffix string, listed bool) {
	suffix, listed = publicsuffix.PublicSuffix(domain)
	for !listed {
		_, parent, ok := strings.Cut(suffix, ".")
		if !ok {
			return suffix, false
		}
		suffix, listed = publicsuffix.PublicSuffix(parent)
	}
	return suffix, true
}

// addrListDate is " of 2026-02-06" from the version of the list compiled in. A
// top-level domain delegated since then is not known; the reader must see that.
func addrListDate() string {
	version := publicsuffix.List.String()
	_, date, ok := strings.Cut(version, "(")
	date, _, dated := strings.Cut(date, "T")
	if !ok || !dated {
		return ""
	}
	return " of " + date
}

// addrMicrosoftZones are the zones under which Microsoft gives each tenant its
// initial domain and its domain for hybrid mail routing: worldwide, US
// Government, the German cloud closed in 2021, and China (21Vianet).
var addrMicrosoftZones = []string{
	"onmicrosoft.com", "mail.onmicrosoft.com",
	"onmicrosoft.us", "mail.onmicrosoft.us",
	"onmicrosoft.de", "mail.onmicrosoft.de",
	"onmschina.cn", "partner.onmschina.cn", "partner.mail.onmschina.cn",
}

// addrNote says what to look at in a routable address.
func addrNote(a Address) string {
	var notes []string
	domain := a.ASCIIDomain
	underZone := func(zone string) bool { return strings.HasSuffix(domain, "."+zone) }
	if slices.ContainsFunc(addrMicrosoftZones, underZone) {
		notes = append(notes, fmt.Sprintf("%s is a tenant's initial domain: "+
			"the address counts only where it is the user's UPN or one of their proxyAddresses", domain))
	}
	if suffix, icann := publicsuffix.PublicSuffix(domain); !icann && suffix == domain {
		notes = append(notes, fmt.Sprintf("%s is a suffix under which its owner gives names to others "+
			"(public suffix list, private section): only the owner has addresses right under it", domain))
	}
	if strings.HasSuffix(domain, addrAndorra) {
		notes = append(notes, addrAndorra+" is Andorra's, and also a common name for private networks "+
			"with Active Directory: the domain must be registered")
	}
	if !sanIsASCII(a.Local) {
		notes = append(notes, "the part before the @ is not ASCII, which Microsoft 365 takes in no user name")
	}
	return strings.Join(notes, "; ")
}

// addrAndorra is the one top-level domain that is both delegated and widely
// squatted on: refusing it would refuse the domains of a country.
const addrAndorra = ".ad"
