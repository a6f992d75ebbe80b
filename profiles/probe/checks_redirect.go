package probe

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

func checkRedirect(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	var way []*Exchange
	answered := false
	for _, x := range e.path() {
		answered = answered || x.Status != 0
		switch {
		case x.Refused != nil:
			return notFollowed(x)
		case x.Location != "":
			way = append(way, x)
		case x.Status == http.StatusUnavailableForLegalReasons:
			o := warned("no-location", explained(explanation(Codes(), "http-451").Fix, "http-451"),
				"%s answers HTTP 451 and does not say where to go: the phone asks Autodiscover", x.at())
			o[0].Codes = []string{"http-451"}
			return o
		}
	}
	switch {
	case !answered:
		return notTried(e)
	case len(way) == 0:
		return preflight.Pass("the server sends nowhere else")
	}
	return followed(s, e, way)
}

// notFollowed says why it was not gone on to where a server sends.
func notFollowed(x *Exchange) []preflight.Outcome {
	to := safe(withoutSecrets(x.Location))
	switch {
	case errors.Is(x.Refused, ErrScheme):
		return failed("to-http", "have the server send to https", "%s sends to %s, which is not https: nothing may go there in the clear", x.at(), to)
	case errors.Is(x.Refused, ErrPrivate):
		return failed("to-private", "give the host in the profile, or its address with --connect, where it is the right one", "%s sends to %s, which phones outside don't reach: %s", x.at(), to, why(x.Refused))
	case errors.Is(x.Refused, ErrLoop), errors.Is(x.Refused, ErrHops):
		return failed("loop", "mend the servers' addresses for each other (on Exchange, InternalUrl and ExternalUrl of the virtual directory)", "%s sends to %s, and on: %s", x.at(), to, why(x.Refused))
	case silent(x.Refused):
		return failed("timeout", "see what makes the servers slow; "+fixServerLog, "%s sends to %s, which was not gone to any more: %s", x.at(), to, why(x.Refused))
	case errors.Is(x.Refused, ErrForeign):
		return warned("not-followed", "if that host is the mailbox's, build the profile for it, and probe it by --host",
			"%s sends to %s, to which certificate and token do not go unless that host is named: what comes there was not looked at", x.at(), to)
	}
	return failed("bad-location", "", "%s sends to %s, which is no address to go to: %s", x.at(), to, why(x.Refused))
}

// withoutSecrets is a URL without what may be a password or an address in it.
func withoutSecrets(location string) string {
	u, err := url.Parse(location)
	if err != nil {
		return "an address that can't be read"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

// followed judges the redirects that were gone along.
func followed(s preflight.Scenario, e *Evidence, way []*Exchange) []preflight.Outcome {
	from, last := way[0], lastOf(e.path())
	text := make([]string, 0, len(way))
	plain := false // by a redirect of HTTP's, which EAS has not
	for _, x := range way {
		text = append(text, withoutSecrets(x.Location))
		plain = plain || x.Status != http.StatusUnavailableForLegalReasons
	}
	moved := profiles.MailboxAt(from.host()) != preflight.ExchangeOnline && profiles.MailboxAt(last.host()) == preflight.ExchangeOnline
	switch {
	case moved && s.Mailbox != preflight.ExchangeOnline:
		o := warned("moved", "build the profile for Exchange Online: --mailbox exchange-online --auth oauth; direct sign-in ends there (easkit help retirement)",
			"%s sends to %s: the mailbox has moved to Exchange Online", from.at(), listed(text))
		o[0].Codes = []string{"http-451"}
		return o
	case plain:
		o := warned("http-redirect", "build the profile for the host that it ends at", "%s sends to %s by a redirect that is not of ActiveSync: not every mail app follows", from.at(), listed(text))
		o[0].Basis = preflight.Inferred
		return o
	case profiles.TokenHost(last.host()) != "":
		return preflight.Pass("%s sends to %s, Exchange Online's host for certificates", from.at(), listed(text))
	}
	return preflight.Pass("%s sends to %s, which is one host with it or known", from.at(), listed(text))
}

// unreached says whether no server was come to that is to be trusted.
func (e *Evidence) unreached() bool {
	x := lastOf(e.path())
	return x == nil || x.TLS == nil || x.TLS.ChainErr != nil
}

func checkDiscover(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	d := e.Discover
	switch {
	case d == nil && e.unreached():
		return notTried(e)
	case e.Target.Account.Email == "":
		return preflight.Skip("not tried: the account has no mail address (--email gives one)")
	case d == nil || d.Exchange == nil:
		return notTried(e)
	case d.Exchange.Stage == StageName || d.Exchange.Stage == StageConnect || d.Exchange.Stage == StageHandshake:
		return preflight.Skip("not tried: %s was not come to: %s", safe(d.Exchange.host()), why(orUnknown(d.Exchange.Err)))
	case d.Error != "":
		return warned("error", explanation(Codes(), "eas-600").Fix, "Autodiscover answers %s for %s", safe(d.Error), safe(e.Target.Account.Email))
	case d.URL != "":
		return discovered(s, e, d.URL)
	case d.Exchange.Err != nil || d.Exchange.Refused != nil:
		return preflight.Skip("Autodiscover gave no answer that can be used (%s); the profile names the host", why(errors.Join(d.Exchange.Err, d.Exchange.Refused)))
	case s.Mailbox == preflight.ExchangeOnline:
		return warned("none", "", "%s answers Autodiscover with HTTP %d, and names no server", d.Exchange.at(), d.Exchange.Status)
	}
	return preflight.Skip("%s has no Autodiscover v2 (HTTP %d); the profile names the host", d.Exchange.at(), d.Exchange.Status)
}

// discovered compares the server that Autodiscover names with the one that was come to.
func discovered(s preflight.Scenario, e *Evidence, address string) []preflight.Outcome {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return warned("error", "", "Autodiscover names %s, which is no address", safe(address))
	}
	named := hostKey(u.Hostname())
	same := named == hostKey(e.Target.Account.Endpoint.Host)
	for _, x := range e.path() {
		same = same || named == hostKey(x.host())
	}
	both := profiles.MailboxAt(named) == preflight.ExchangeOnline && online(s, e)
	if same || both {
		return preflight.Pass("Autodiscover names %s", safe(named))
	}
	return warned("elsewhere", "", "Autodiscover names %s, and the profile %s", safe(named), safe(strings.ToLower(e.Target.Account.Endpoint.Host)))
}
