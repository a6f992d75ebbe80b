package probe

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// edgeRows are what is seen seldom, and easily told as something else.
func (f *judgeFix) edgeRows() []judgeRow {
	unfound := func(err error) func(*Evidence) {
		return func(e *Evidence) {
			f.ended(StageName, 0, err, nil)(e)
			e.Name = &Lookup{Host: wireHost, Err: err}
		}
	}
	offline := unfound(fmt.Errorf("looking up: %w", &net.DNSError{Err: "connect: network is unreachable", Name: wireHost}))
	answers := func(status int, name, value string) func(*Evidence) {
		return f.refusedBy(status, "", func(_ *Evidence, x *Exchange) { x.Header.Set(name, value) })
	}
	page := func(e *Evidence) { e.Options[0].Header, e.Versions, e.Commands, e.Deep = http.Header{}, nil, nil, nil }
	cutOff := f.ended(StageAnswer, 0, fmt.Errorf("%w in the middle of its answer", ErrClosed), nil)
	return []judgeRow{
		{"no DNS", judgeInside, offline, "eas.name", judgeWarn, "dns", "nothing is known of it"},
		{"no DNS: the rest", judgeInside, offline, "eas.tls", judgeSkip, NotTried, "could not be looked up"},

		{"alert 80 with the certificate", judgeInside, f.ended(StageAnswer, alertInternal, errJudgeAlert, nil), "eas.auth", judgeFail, "server-error", "SSLVerifyDepth"},
		{"alert 80 with it, TLS 1.2", judgeInside, f.ended(StageHandshake, alertInternal, errJudgeAlert, nil), "eas.auth", judgeFail, "server-error", "SSLVerifyDepth"},
		{"alert 80 without it", judgeInside, f.ended(StageAnswer, alertInternal, errJudgeAlert, func(_ *Evidence, s *TLS) { s.Asked, s.Sent = false, false }), "eas.options", judgeFail, "server-error", "after the handshake with"},
		{"alert 20", judgeInside, f.ended(StageAnswer, 20, errJudgeAlert, nil), "eas.options", judgeFail, "changed", "alert 20"},
		{"alert 50", judgeInside, f.ended(StageAnswer, 50, errJudgeAlert, nil), "eas.options", judgeFail, "not-understood", "alert 50"},
		{"a key for nothing, asked late", judgeInside, f.ended(StageAnswer, 0, ErrKey, func(_ *Evidence, s *TLS) { s.Late, s.Sent = true, false }), "eas.options", judgeFail, "key", "RSA of 2048"},
		{"cut off in the headers", judgeInside, cutOff, "eas.options", judgeFail, "broken", "in the middle of its answer"},
		{"cut off is no refusal", judgeInside, cutOff, "eas.auth", judgeSkip, NotTried, "eas.options"},
		{"OPTIONS answered for the server", judgeInside, f.refusedBy(204, "", nil), "eas.options", judgeFail, "204", "CORS"},

		{"Basic only", judgeInside, answers(401, "WWW-Authenticate", `Basic realm="x"`), "eas.auth", judgeFail, "not-set-up", "it takes Basic"},
		{"Windows only", judgeInside, f.refusedBy(401, "", func(_ *Evidence, x *Exchange) {
			x.Header["Www-Authenticate"] = []string{"Negotiate", "NTLM"}
		}), "eas.auth", judgeFail, "not-set-up", "Client Certificate Authentication"},
		{"a web page", judgeInside, page, "eas.auth", judgeSkip, NotTried, "eas.options"},
		{"a web page: the mails", judgeInside, page, "eas.sync", judgeSkip, NotTried, "eas.options"},
		{"no number of a version", judgeInside, func(e *Evidence) { e.Versions = []string{"Inf", "NaN", "+16.0", "0x10"} }, "eas.version", judgeWarn, "old", "Inf"},
		{"redirects out of time", judgeInside, f.refusedBy(302, "", func(_ *Evidence, x *Exchange) {
			x.Location, x.Refused = "https://mail.contoso.com/1", fmt.Errorf("%w, which is 1m0s", ErrTimeout)
		}), "eas.redirect", judgeFail, "timeout", "any more"},
	}
}

// edgeOAuthRows are those of accounts with tokens.
func (f *judgeFix) edgeOAuthRows() []judgeRow {
	const adfs = "https://sts.contoso.com/adfs/oauth2/authorize"
	row := func(name, check string, change func(*Evidence), want preflight.Status, value, says string) judgeRow {
		return judgeRow{name, judgeOAuth, func(e *Evidence) { *e = *f.oauth(); change(e) }, check, want, value, says}
	}
	untrusted := func(authority string, own bool, err error) func(*Evidence) {
		return func(e *Evidence) {
			e.OwnRoots, e.OAuth.Challenge.Authority = own, authority
			e.OAuth.CertAuth.TLS.ChainErr, e.OAuth.CertAuth.TLS.Asked = err, false
		}
	}
	front := func(status int, body string) func(*Evidence) {
		return func(e *Evidence) {
			x := f.answer(status, wireHost)
			x.Body, x.TLS.Sent = []byte(body), false
			e.OAuth, e.Versions, e.Commands, e.Deep = &OAuth{Exchange: x}, nil, nil, nil
		}
	}
	const nginx, iis = "<center>No required SSL certificate was sent</center>", "<h2>HTTP Error 403.7 - Forbidden</h2>"
	names := x509.HostnameError{Certificate: f.server, Host: "certauth.sts.contoso.com"}
	return []judgeRow{
		row("of another CA by AD FS", "eas.certauth", untrusted(adfs, false, x509.UnknownAuthorityError{}), judgeWarn, "incomplete", "alone"),
		row("of another name by AD FS", "eas.certauth", untrusted(adfs, false, names), judgeWarn, "wrong-name", "49443"),
		row("of another name by Entra ID", "eas.certauth", untrusted(entraAuthority, false, errors.Join(names, x509.UnknownAuthorityError{})), judgeWarn, "wrong-name", "in its place"),
		row("own roots", "eas.certauth", untrusted(entraAuthority, true, x509.UnknownAuthorityError{}), judgeWarn, "own-roots", "--roots"),
		row("expired at AD FS", "eas.certauth", untrusted(adfs, false, x509.CertificateInvalidError{Cert: f.server, Reason: x509.Expired}), judgeWarn, "server-expired", "renew"),
		row("an authority by http", "eas.certauth", func(e *Evidence) {
			e.OAuth.CertAuth, e.OAuth.Challenge.Authority = nil, "http://sts.contoso.com/"
		}, judgeSkip, "", "no https address"),

		row("nginx wants a certificate", "eas.auth", front(400, nginx), judgeFail, "none-sent", "tokens alone"),
		row("IIS wants a certificate", "eas.auth", front(403, iis), judgeFail, "none-sent", "tokens alone"),
		row("IIS wants a certificate: tokens", "eas.oauth", front(403, iis), judgeSkip, NotTried, "eas.auth"),
		row("a web page to the token", "eas.auth", func(e *Evidence) {
			e.OAuth.Options, e.Versions, e.Deep = []*Exchange{f.answer(200, wireHost)}, nil, nil
		}, judgeSkip, NotTried, "eas.options"),
	}
}

// A warning about one host does not hide what fails at the next, and warnings are told
// once for each host.
func TestJudgeTLSOfEveryHost(t *testing.T) {
	f := newJudgeFix(t)
	soon := f.pki.server.cert // it ends in an hour
	hop := func(host string, leaf *x509.Certificate, err error) *Exchange {
		x := f.answer(451, host)
		x.Location, x.TLS.Chain, x.TLS.Trusted, x.TLS.ChainErr = "https://elsewhere/", []*x509.Certificate{leaf}, nil, err
		return x
	}
	unknown := x509.UnknownAuthorityError{}
	for _, test := range []struct {
		name string
		path []*Exchange
		want []string
	}{
		{"a warning, then a failure", []*Exchange{hop("a.contoso.com", soon, nil), hop("b.contoso.com", f.server, unknown)}, []string{"fail incomplete"}},
		{"two warnings", []*Exchange{hop("a.contoso.com", soon, nil), hop("b.contoso.com", soon, nil)}, []string{"warn expires-soon", "warn expires-soon"}},
		{"one host twice", []*Exchange{hop("a.contoso.com", soon, nil), hop("a.contoso.com", soon, nil)}, []string{"warn expires-soon"}},
		{"nothing", []*Exchange{hop("a.contoso.com", f.server, nil), hop("b.contoso.com", f.server, nil)}, []string{"pass "}},
	} {
		e := f.direct()
		e.Options = test.path
		var got []string
		for _, found := range Judge(judgeInside, e) {
			if found.Check == "eas.tls" {
				got = append(got, fmt.Sprint(found.Status, " ", found.Value))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
