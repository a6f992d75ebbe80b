package certs

import "strings"

// SpecialUseDate is the day on which the table of special-use names was put
// together, from the RFCs and resolutions that it cites and a copy of IANA's
// registry of Special-Use Domain Names.
const SpecialUseDate = "2026-11-21"

// addrSpecial says of a name why no mail is routed to it.
type addrSpecial struct {
	why    string // completes "NAME is …"
	source string
}

// What several names have in common.
const (
	addrWhyDocs    = "reserved for documentation"
	addrWhyPrivate = "a name for private networks, not delegated in the public DNS"
	addrWhyReverse = "for reverse look-ups"

	addrSrcPrivate   = "RFC 6762 appendix G"
	addrSrcCollision = "ICANN Board 2018-02-04" // resolution 2018.02.04.12
	addrSrcSeen      = "in no registry, common in private use"
)

// addrSpecialNames holds IANA's special-use names, and after them names that
// are not delegated but in wide private use. Those would fail as unlisted
// top-level domains anyway; here they get a reason that tells an admin more.
var addrSpecialNames = map[string]addrSpecial{
	"alt":       {"reserved for names outside the DNS", "RFC 9476"},
	"example":   {addrWhyDocs, "RFC 6761"},
	"invalid":   {"reserved for names that are invalid on purpose", "RFC 6761"},
	"local":     {"reserved for link-local names", "RFC 6762"},
	"localhost": {"reserved for the machine itself", "RFC 6761"},
	"onion":     {"reserved for Tor's hidden services", "RFC 7686"},
	"test":      {"reserved for tests", "RFC 6761"},

	"example.com": {addrWhyDocs, "RFC 6761"},
	"example.net": {addrWhyDocs, "RFC 6761"},
	"example.org": {addrWhyDocs, "RFC 6761"},

	"arpa":          {"the Internet's own infrastructure", "RFC 3172"},
	"6tisch.arpa":   {"reserved for joining 6TiSCH networks", "RFC 9031"},
	"eap.arpa":      {"reserved for EAP provisioning", "RFC 9965"},
	"eap-noob.arpa": {"reserved for EAP-NOOB", "RFC 9140"},
	"home.arpa":     {"reserved for home networks", "RFC 8375"},
	"in-addr.arpa":  {addrWhyReverse, "RFC 1035"},
	"ip6.arpa":      {addrWhyReverse, "RFC 3596"},
	"ipv4only.arpa": {"reserved for finding NAT64 prefixes", "RFC 8880"},
	"resolver.arpa": {"reserved for finding encrypted resolvers", "RFC 9462"},
	"service.arpa":  {"reserved for service registration", "RFC 9665"},

	"internal": {"reserved for private networks", "ICANN Board 2024-07-29"},
	"corp":     {addrWhyPrivate, addrSrcCollision},
	"home":     {addrWhyPrivate, addrSrcCollision},
	"mail":     {addrWhyPrivate, addrSrcCollision},
	"intranet": {addrWhyPrivate, addrSrcPrivate},
	"lan":      {addrWhyPrivate, addrSrcPrivate},
	"private":  {addrWhyPrivate, addrSrcPrivate},

	"dc":          {addrWhyPrivate, addrSrcSeen},
	"domain":      {addrWhyPrivate, addrSrcSeen},
	"intra":       {addrWhyPrivate, addrSrcSeen},
	"localdomain": {addrWhyPrivate, addrSrcSeen},
}

// addrSpecialUse finds the most specific special-use name that domain, in lower
// case and without a dot at its end, is or is under.
func addrSpecialUse(domain string) (name string, special addrSpecial, ok bool) {
	for name, more := domain, true; more; _, name, more = strings.Cut(name, ".") {
		if special, ok := addrSpecialNames[name]; ok {
			return name, special, true
		}
	}
	return "", addrSpecial{}, false
}
