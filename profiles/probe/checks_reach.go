package probe

import (
	"errors"
	"net"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

func checkName(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	l, hop := e.Name, endedIn(e.path(), StageName)
	switch {
	case l == nil:
		return notTried(e)
	case l.Err != nil:
		return nameFailed(l.Host, "", l.Err)
	case hop != nil:
		return nameFailed(hop.host(), e.sentBy(hop), hop.Err)
	case l.Connect != "":
		return preflight.Skip("%s is not looked up: %s was given in its place", safe(l.Host), safe(l.Connect))
	case len(l.Addresses) == 0:
		return failed("not-found", "", "%s has no address", safe(l.Host))
	}
	var addresses []string
	for _, ip := range l.Addresses {
		if reason := certs.UnroutableIP(ip); reason != "" && s.Mailbox == preflight.ExchangeOnline {
			return insideOut(l.Host, "leads inside: "+reason)
		}
		addresses = append(addresses, ip.String())
	}
	if s.Mailbox == preflight.ExchangeOnline && !strings.ContainsAny(l.Host, ".:") {
		return insideOut(l.Host, "is a name without a domain")
	}
	return preflight.Pass("%s leads to %s", safe(l.Host), listed(addresses))
}

// insideOut warns of a host that can't be Exchange Online's.
func insideOut(host, reason string) []preflight.Outcome {
	return warned("private", "correct the host in the template; where a proxy or test server is meant, say --mailbox exchange-server, or --connect for a test",
		"%s %s: Exchange Online is not there", safe(host), reason)
}

// fixDNS is for names that were not looked up, which is not to say that they are wrong.
const fixDNS = "see whether this machine is online and reaches its DNS server; phones may ask another"

// notFound says whether the DNS knows a name, and no address for it, or not even the name.
func notFound(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// nameFailed says why a name leads nowhere. from is who sent there, where the account
// does not name the host itself.
func nameFailed(host, from string, err error) []preflight.Outcome {
	var dns *net.DNSError
	fix := ""
	if from != "" {
		fix = "have the DNS that phones ask know the name; it is the server's, and not the template's: --host HOST tries another server"
	}
	switch {
	case notFound(err):
		return failed("not-found", fix, "no address is known for %s%s", safe(host), from)
	case silent(err):
		return warned("timeout", fixDNS, "the DNS server did not answer for %s%s", safe(host), from)
	case errors.As(err, &dns):
		return warned("dns", fixDNS, "%s%s could not be looked up, so that nothing is known of it: %s", safe(host), from, why(err))
	}
	return failed("not-found", fix, "%s%s: %s", safe(host), from, why(err))
}

func checkConnect(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	path := e.path()
	if x := endedIn(path, StageConnect); x != nil {
		o := connectFailed(x)
		o[0].Message += e.onTheWay(x)
		return o
	}
	var seen []string
	for _, x := range path {
		if x.Stage != StageName && x.Address != "" {
			seen = append(seen, x.at())
		}
	}
	if len(seen) == 0 {
		return notTried(e)
	}
	return preflight.Pass("%s", listed(distinct(seen)))
}

// onTheWay says of a host that the account does not name how it was come to.
func (e *Evidence) onTheWay(x *Exchange) string {
	if from := e.sentBy(x); from != "" {
		return " (" + safe(x.host()) + from + ")"
	}
	return ""
}

// connectFailed says who did not let the connection come about.
func connectFailed(x *Exchange) []preflight.Outcome {
	switch {
	case errors.Is(x.Err, ErrPrivate):
		return failed("private", "where that host is the right one, give its address with --connect", "%s is not connected to, as only the server named it: %s", x.at(), why(x.Err))
	case silent(x.Err):
		return failed("timeout", "", "%s is silent: the connection was asked for and nothing came back, as behind a firewall that drops it", x.at())
	case strings.Contains(x.Err.Error(), "refused"): // in these words on every system
		return failed("refused", "see whether the server runs, and on which port; a firewall may also refuse in its name", "%s refuses the connection: nothing takes it at that port", x.at())
	}
	return failed("unreachable", "", "%s is not reached: %s", x.at(), why(x.Err))
}

// distinct leaves out what stands there before.
func distinct(texts []string) []string {
	var once []string
	seen := map[string]bool{}
	for _, t := range texts {
		if !seen[t] {
			once = append(once, t)
		}
		seen[t] = true
	}
	return once
}
