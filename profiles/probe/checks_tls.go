package probe

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// expiresSoon is how long before its end a server's certificate is warned of: whoever
// renews by hand needs some days, and who renews by ACME is late by then. It is our own
// number.
const expiresSoon = 14 * 24 * time.Hour

func checkTLS(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	var (
		last     *Exchange
		warnings []preflight.Outcome
	)
	for _, x := range e.path() {
		if x.TLS == nil && x.Stage != StageHandshake {
			continue
		}
		for _, o := range serverFailed(s, e, x) {
			if o.Status == preflight.StatusFail {
				return []preflight.Outcome{o}
			}
			if !slices.ContainsFunc(warnings, func(w preflight.Outcome) bool { return w.Message == o.Message }) {
				warnings = append(warnings, o) // once for a server that was asked twice
			}
		}
		last = x
	}
	switch {
	case last == nil:
		return notTried(e)
	case len(warnings) > 0:
		return warnings
	}
	if len(last.TLS.Chain) == 0 {
		return preflight.Pass("%s", tls.VersionName(last.TLS.Version))
	}
	leaf := last.TLS.Chain[0]
	return preflight.Pass("%s with %s, until %s, from %s", tls.VersionName(last.TLS.Version), last.at(), day(leaf.NotAfter), name(leaf.RawIssuer))
}

// day is a date for a message.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// name is a distinguished name for a message.
func name(der []byte) string {
	if text := certs.NameString(der); text != "" {
		return safe(text)
	}
	return "one without a name"
}

// serverFailed is what is wrong with the server's side of a connection, nil where
// nothing is. What is wrong with the client's certificate is told elsewhere.
func serverFailed(s preflight.Scenario, e *Evidence, x *Exchange) []preflight.Outcome {
	t := x.TLS
	switch {
	case t != nil && t.ChainErr != nil:
		return untrusted(x, clock(s, e))
	case x.Stage == StageHandshake && x.Err != nil && e.refusedIn(x) == nil:
		return handshakeFailed(x)
	case t == nil || len(t.Chain) == 0:
		return nil
	}
	leaf, at := t.Chain[0], clock(s, e)
	switch {
	case at.After(leaf.NotAfter):
		return failed("server-expired", "renew the server's certificate", "the certificate of %s ends on %s", x.at(), day(leaf.NotAfter))
	case at.Add(expiresSoon).After(leaf.NotAfter):
		return warned("expires-soon", "renew the server's certificate", "the certificate of %s ends on %s, in %s", x.at(), day(leaf.NotAfter), preflight.Days(int(leaf.NotAfter.Sub(at)/(24*time.Hour))))
	}
	if missing := notSent(t); missing != nil {
		return warned("incomplete", "have the server send its intermediates: the file with the whole chain, not that with its certificate alone",
			"%s does not send %s, which this machine had from elsewhere: a phone that has not seen it before does not trust the server", x.at(), name(missing.RawSubject))
	}
	return nil
}

// notSent is an intermediate that a server is trusted by and did not send.
func notSent(t *TLS) *x509.Certificate {
	for i, c := range t.Trusted {
		sent := false
		for _, other := range t.Chain {
			sent = sent || c.Equal(other)
		}
		if !sent && i > 0 && i < len(t.Trusted)-1 {
			return c
		}
	}
	return nil
}

// untrusted says why a server's certificate is not trusted. It comes before everything
// that would be sent, and phones stop there too.
func untrusted(x *Exchange, at time.Time) []preflight.Outcome {
	var (
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		err     = x.TLS.ChainErr
	)
	leaf := x.TLS.Chain[0]
	switch {
	case errors.As(err, &host):
		return failed("wrong-name", "install a certificate that names this host, or write a host into the template that the certificate names",
			"the certificate of %s is for other names: %s", x.at(), namesOf(leaf))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil && at.Before(invalid.Cert.NotBefore):
		return failed("server-not-yet-valid", "set the clocks right, of the server's CA or of this machine", "a certificate of %s (%s) is valid from %s on", x.at(), name(invalid.Cert.RawSubject), day(invalid.Cert.NotBefore))
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		which := "the certificate"
		if !invalid.Cert.Equal(leaf) {
			which = "a certificate (" + name(invalid.Cert.RawSubject) + ")"
		}
		return failed("server-expired", "renew it, and install it with every intermediate above it", "%s of %s ended on %s", which, x.at(), day(invalid.Cert.NotAfter))
	case errors.As(err, &unknown):
		return unknownCA(x)
	}
	return failed("server-untrusted", "", "the certificate of %s is not trusted: %s", x.at(), why(err))
}

// unknownCA tells a root that is not trusted from an intermediate that is missing, as
// far as what was sent tells.
func unknownCA(x *Exchange) []preflight.Outcome {
	chain := x.TLS.Chain
	top := chain[len(chain)-1]
	switch {
	case bytes.Equal(top.RawSubject, top.RawIssuer):
		return failed("server-untrusted", "give the root with --roots, and put it on the phones too (a profile with the CA), or use a certificate of a CA that phones trust",
			"%s proves itself by %s, which is not trusted here", x.at(), name(top.RawSubject))
	case len(chain) == 1:
		return failed("incomplete", "have the server send its intermediates too; where its CA is the company's own, give the root with --roots and put it on the phones",
			"%s sends its own certificate alone, and nobody trusts its issuer %s: an intermediate is missing, or the CA is none that is trusted", x.at(), name(top.RawIssuer))
	}
	return failed("server-untrusted", "give the root with --roots, and put it on the phones too; or have the server send every intermediate",
		"%s sends %s up to one issued by %s, which is not trusted here", x.at(), preflight.Counted(len(chain), "certificate"), name(top.RawIssuer))
}

// namesOf is the hosts that a certificate is for.
func namesOf(c *x509.Certificate) string {
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return name(c.RawSubject) + " (no host in its SAN)"
	}
	return listed(names)
}

// keyUnfit is a server that asks for a signature which the identity can't give, in the
// handshake or when it asks late.
func keyUnfit(x *Exchange) []preflight.Outcome {
	return failed("key", "issue the certificate for a key that the server takes: RSA of 2048 bits, or ECDSA P-256",
		"%s asks for a signature that the identity's key can't make: %s", x.at(), why(x.Err))
}

// handshakeFailed says why TLS was not agreed on, where it is not for the client's
// certificate.
func handshakeFailed(x *Exchange) []preflight.Outcome {
	var header tls.RecordHeaderError
	switch {
	case errors.Is(x.Err, ErrKey):
		return keyUnfit(x)
	case x.TLS != nil && x.TLS.Alert != 0:
		a := alertOf(x.TLS.Alert)
		return failed(a.word, a.fix, "%s ended the handshake with %v: %s", x.at(), x.TLS.Alert, a.means)
	case errors.Is(x.Err, ErrOldTLS):
		return failed("protocol-version", "switch TLS 1.2 and 1.3 on at the server", "%s speaks only TLS 1.0 or 1.1: phones don't any more", x.at())
	case silent(x.Err):
		return failed("timeout", "see what stands at that address: a server of another protocol, or a firewall that lets connections through and not what is in them",
			"%s took the connection and is silent: it does not answer the TLS handshake", x.at())
	case errors.As(x.Err, &header):
		return failed("not-tls", "correct the port in the template; the server's own is 443", "what answers at %s does not speak TLS", x.at())
	}
	word := "handshake"
	if closed(x.Err) {
		word = "closed"
	}
	return failed(word, "see what stands before the server (a firewall or gateway); "+fixServerLog, "%s ended the handshake without saying why: %s", x.at(), why(x.Err))
}
