package probe

import (
	"crypto/tls"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

func checkAsked(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	if e.byToken() {
		return notForNow("the account signs in by a token: eas.certauth sees where the certificate is asked for")
	}
	x := lastOf(e.direct())
	switch {
	case x == nil || x.TLS == nil || x.TLS.ChainErr != nil:
		return notTried(e)
	case x.TLS.Asked:
		return asked(e, x)
	case !x.is(200) && e.refusedIn(x) == nil:
		return notTried(e)
	}
	return notAsked(e, x)
}

// asked judges how a server asked.
func asked(e *Evidence, x *Exchange) []preflight.Outcome {
	t := x.TLS
	how := "in the handshake (" + tls.VersionName(t.Version) + ")"
	if t.Version == 0 { // it was not agreed on
		how = "in the handshake"
	}
	offer := "and takes those of any CA"
	if len(t.CAs) > 0 {
		offer = "and names " + preflight.Counted(len(t.CAs), "CA") + ": " + namesOfCAs(t.CAs)
	}
	var doubts []preflight.Outcome
	doubt := func(value, fix, format string, args ...any) {
		o := outcome(preflight.StatusWarn, value, fix, format, args...)
		o.Basis = preflight.Inferred
		doubts = append(doubts, o)
	}
	if e.Target.Identity != nil && !t.Offered {
		doubt("not-offered", fixClientCA, "%s asks for a certificate %s, %s; the issuer of this one, %s, is not among them, so that phones may not offer it", x.at(), how, offer, name(e.Target.Identity.Leaf.RawIssuer))
	}
	if first := lastOf(e.Options); !t.Late && first != nil && x != first && first.TLS != nil {
		doubt("only-tls-1.2", "have the server ask in the handshake of TLS 1.3 as well, or switch TLS 1.3 off until it can: phones speak the newest version that the server has",
			"%s asks %s alone, %s; in TLS 1.3 it refused %s, without having asked", x.at(), how, offer, howRefused(first))
	}
	if t.Late {
		doubt("late", "have the server ask in the handshake: on IIS, netsh http … clientcertnegotiation=enable for the address; on Apache, SSLVerifyClient for the whole host",
			"%s asks for a certificate only once it has the request, by renegotiation in TLS 1.2, %s; TLS 1.3 has no renegotiation, and not every app answers one", x.at(), offer)
	}
	if len(doubts) > 0 {
		return doubts
	}
	return preflight.Pass("%s asks %s, %s", x.at(), how, offer)
}

// howRefused is how a server refused in TLS 1.3 without having asked for a certificate.
func howRefused(x *Exchange) string {
	if x.Status != 0 {
		return fmt.Sprintf("with HTTP %d", x.Status)
	}
	return fmt.Sprintf("with %v", x.TLS.Alert)
}

// notAsked judges a server that did not ask. In TLS 1.3 a server may ask after the
// handshake (RFC 8446 4.6.2), which can't be seen from here; where TLS 1.2 was tried
// too, it would have asked there.
func notAsked(e *Evidence, x *Exchange) []preflight.Outcome {
	seen := "neither in the handshake nor after the request"
	if late := lastOf(e.Late); x.TLS.Version == tls.VersionTLS13 && (late == nil || late.Status == 0) {
		if x.is(200) {
			return warned(wordNotAsked, "", "%s answers without having asked for a certificate in the handshake: whether it asks for one at mail itself is not known", x.at())
		}
		return warned("perhaps-late", "have the server ask in the handshake, or allow TLS 1.2 beside 1.3: phones that can't be asked late get in then",
			"%s did not ask for a certificate in the handshake, and TLS 1.2 could not be tried: it may ask late, as TLS 1.3 allows, which is not seen from here", x.at())
	}
	if x.is(200) {
		return warned(wordNotAsked, "", "%s answers without having asked for a certificate, %s", x.at(), seen)
	}
	return failed(wordNotAsked, "", "%s did not ask for a certificate, %s: it has client certificates off, or something before it ends TLS", x.at(), seen)
}
