package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

func checkOAuth(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	o := e.OAuth
	switch {
	case !e.byToken():
		return notForNow("the account signs in by its certificate")
	case o == nil || o.Exchange == nil:
		return notTried(e)
	case o.Challenge.Bearer:
		return authority(s, o)
	}
	x := o.Exchange
	switch {
	case e.refusedIn(x) != nil:
		return notTried(e)
	case x.is(401, 403):
		c := failed("not-offered", "", "%s answers HTTP %d and does not offer sign-in by token: %s", x.at(), x.Status, schemes(x.Header.Values("WWW-Authenticate")))
		c[0].Codes = []string{"http-401"}
		return c
	case x.is(200):
		return warned("open", "", "%s answers a request without a token, and does not say who gives tokens", x.at())
	case x.Status == 0 || x.Refused != nil:
		return notTried(e)
	}
	return preflight.Skip("not known: %s answers HTTP %d, which says nothing of tokens (eas.options, eas.redirect)", x.at(), x.Status)
}

// schemes lists what a server takes in place of tokens.
func schemes(values []string) string {
	var names []string
	for _, c := range parseChallenges(values) {
		names = append(names, c.scheme)
	}
	if len(names) == 0 {
		return "it names no way to sign in"
	}
	return "it takes " + listed(distinct(names))
}

// authority judges who gives tokens for the server.
func authority(s preflight.Scenario, o *OAuth) []preflight.Outcome {
	named := o.Challenge.Authority
	if named == "" {
		return warned("no-authority", "on Exchange Server, set the default authorisation server: Set-AuthServer … -IsDefaultAuthorizationEndpoint $true",
			"%s takes tokens, and does not say who gives them", o.Exchange.at())
	}
	u, err := url.Parse(named)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return failed("bad-authority", "", "%s sends to %s for tokens, which is no https address", o.Exchange.at(), safe(named))
	}
	host := safe(hostKey(u.Hostname()))
	known, isEntra := entraHosts[hostKey(u.Hostname())]
	switch {
	case isEntra && s.Issuer == preflight.ADFS:
		return warned("other-authority", "build the profile with --issuer entra, or name AD FS as the server's default (Get-AuthServer)", "the server takes tokens of Entra ID (%s), and the account expects AD FS", host)
	case !isEntra && s.Issuer != preflight.ADFS:
		return warned("other-authority", "build the profile with --issuer adfs where that is meant; else see Get-AuthServer on the server", "the server takes tokens of %s, which is not Entra ID", host)
	case isEntra && !known.of(s.Cloud):
		return warned("other-cloud", "say the tenant's cloud with --cloud, and use its host", "the server takes tokens of %s, which is not that of the cloud %s", host, s.Cloud)
	}
	return preflight.Pass("%s takes tokens of %s", o.Exchange.at(), host)
}

func checkCertAuth(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	o := e.OAuth
	switch {
	case !e.byToken():
		return notForNow("the account signs in by its certificate")
	case o != nil && o.CertAuth == nil && o.Challenge.Authority != "":
		return preflight.Skip("not tried: what the server names as authority is no https address to go to (eas.oauth)")
	case o == nil || o.CertAuth == nil:
		return preflight.Skip("not tried: the server names no authority (eas.oauth)")
	}
	return certAuthority(e, o.CertAuth)
}

// certAuthority judges the host that asks for the certificate. What is seen of it from
// here need not be what phones see, and so nothing fails.
func certAuthority(e *Evidence, x *Exchange) []preflight.Outcome {
	t := x.TLS
	tries := strings.Join(certAuthHosts(e.OAuth.Challenge.Authority), " or ")
	switch {
	case t == nil:
		word := "unreachable"
		if silent(x.Err) {
			word = "timeout"
		}
		return warned(word, "let the phones' networks reach "+safe(tries), "%s is not reached: %s", safe(tries), why(orUnknown(x.Err)))
	case t.ChainErr != nil:
		return certAuthUntrusted(e, x)
	case !t.Asked && x.Err != nil:
		return warned("handshake", "", "%s did not come as far as to ask for a certificate: %s", x.at(), why(x.Err))
	case !t.Asked:
		o := warned(wordNotAsked, "", "%s does not ask for a certificate in the handshake; %s", x.at(), onPhone)
		o[0].Basis = preflight.Inferred
		return o
	case len(t.CAs) == 0:
		return preflight.Pass("%s asks for a certificate (%s), and names no CAs: whether it trusts this one's is not known from here (easkit check tenant)", x.at(), tls.VersionName(t.Version))
	case e.Target.Identity == nil:
		return preflight.Pass("%s asks for a certificate of %s; there is none here to compare", x.at(), namesOfCAs(t.CAs))
	case !t.Offered:
		o := warned("not-offered", "", "%s asks for a certificate of %s; the issuer of this one, %s, is not among them, so that phones may not offer it", x.at(), namesOfCAs(t.CAs), name(e.Target.Identity.Leaf.RawIssuer))
		o[0].Basis = preflight.Inferred
		return o
	}
	return preflight.Pass("%s asks for a certificate, and names the CA of this one among %s", x.at(), preflight.Counted(len(t.CAs), "CA"))
}

// certAuthUntrusted says why the certificate of an authority's host is not trusted. That of
// Entra ID is from a public CA, so that another issuer of the right name is somebody who
// looks into TLS; unless the roots were people's own, to which Entra ID does not lead.
func certAuthUntrusted(e *Evidence, x *Exchange) []preflight.Outcome {
	var (
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	wrongName, noCA := errors.As(x.TLS.ChainErr, &host), errors.As(x.TLS.ChainErr, &unknown)
	o := untrusted(x, e.At)
	o[0].Status = preflight.StatusWarn
	switch isEntra := certAuthOfEntra(e.OAuth.Challenge.Authority); {
	case wrongName && isEntra:
		o[0].Fix = "see what answers in its place: a proxy, a firewall, or a page to sign in to the network"
	case wrongName:
		o[0].Fix = "have the certificate of AD FS name this host as well, or let it ask at port " + adfsPort
	case noCA && isEntra && e.OwnRoots:
		return warned("own-roots", "leave --roots out to see it, or have the roots of public CAs among them",
			"%s proves itself by %s, which does not lead to the roots that were given: what it asks for was not looked at", x.at(), name(lastIn(x.TLS.Chain).RawIssuer))
	case noCA && isEntra:
		return warned("inspected", "take *.certauth and the sign-in hosts out of TLS inspection", "%s shows a certificate that is not trusted: something on the way looks into TLS, and no certificate of a user gets through it (%s)", x.at(), why(x.TLS.ChainErr))
	}
	return o
}

func lastIn(chain []*x509.Certificate) *x509.Certificate { return chain[len(chain)-1] }

func orUnknown(err error) error {
	if err == nil {
		return ErrTimeout
	}
	return err
}
