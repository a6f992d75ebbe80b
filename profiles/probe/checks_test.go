package probe

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/profiles"
)

// judgeFix is what the evidence of the tests is made of.
type judgeFix struct {
	pki    *wirePKI
	server *x509.Certificate
	at     time.Time
}

func newJudgeFix(t *testing.T) *judgeFix {
	f := &judgeFix{pki: newWirePKI(t), at: time.Now()}
	f.server = wireIssue(t, f.pki.web, func(c *x509.Certificate) {
		c.DNSNames, c.NotAfter = []string{wireHost}, f.at.Add(90*24*time.Hour)
	}).cert
	f.pki.alice = f.identity(t, func(*x509.Certificate) {})
	return f
}

// identity is one of alice's, changed.
func (f *judgeFix) identity(t *testing.T, change func(*x509.Certificate)) *certs.Identity {
	return f.pki.identity(t, wireIssue(t, f.pki.issuing, func(c *x509.Certificate) {
		c.Subject.CommonName, c.EmailAddresses = "alice", []string{"alice@contoso.com"}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		change(c)
	}), f.pki.issuing, f.pki.root)
}

// answer is an exchange that came to HTTP.
func (f *judgeFix) answer(status int, host string, header ...string) *Exchange {
	x := &Exchange{
		Method: http.MethodOptions, URL: "https://" + host + easPath, Address: "192.0.2.1:443", Status: status, Stage: StageDone, Header: http.Header{}, Took: 20 * time.Millisecond,
		TLS: &TLS{
			Version: tls.VersionTLS13, Chain: []*x509.Certificate{f.server}, Trusted: []*x509.Certificate{f.server, f.pki.web.cert},
			Asked: true, Offered: true, Sent: true, CAs: [][]byte{f.pki.root.cert.RawSubject},
		},
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		x.Header.Add(name, value)
	}
	return x
}

func judgeEAS(versions string) []string {
	return []string{"MS-ASProtocolVersions: " + versions, "MS-ASProtocolCommands: Sync,FolderSync"}
}

// direct is the evidence of a mailbox on premises that answers a certificate, mail
// included.
func (f *judgeFix) direct() *Evidence {
	target := f.pki.target()
	target.Account.Mailbox = preflight.ExchangeServer
	return &Evidence{
		Target: target, At: f.at,
		Name:     &Lookup{Host: wireHost, Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.7")}},
		Options:  []*Exchange{f.answer(200, wireHost, judgeEAS("14.1,16.1")...)},
		Versions: []string{"14.1", "16.1"}, Commands: []string{"Sync", "FolderSync"},
		Discover: &Discovery{Exchange: f.answer(200, wireHost), URL: "https://" + wireHost + easPath},
		Deep: &Deep{
			Provision: &Provisioned{Status: 1, PolicyStatus: 1, Acknowledged: true, AckStatus: 1, Policy: []Setting{{"MinDevicePasswordLength", "6"}}},
			Folders:   &FolderSynced{Status: 1, Folders: []Folder{{ID: "1", Name: "Inbox", Type: 2}}},
			Inbox:     &InboxSynced{Status: 1, Messages: 3},
		},
	}
}

// oauth is the evidence of a mailbox in Exchange Online whose user signed in.
func (f *judgeFix) oauth() *Evidence {
	e := f.direct()
	e.Options, e.Target.Account.Auth, e.Target.Account.Mailbox = nil, preflight.OAuth, preflight.ExchangeOnline
	asked := f.answer(401, wireHost, `WWW-Authenticate: Bearer authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"`)
	e.OAuth = &OAuth{
		Exchange: asked, Challenge: readChallenge(asked.Header), CertAuth: f.answer(0, "certauth.login.microsoftonline.com"),
		SignedIn: true, Options: []*Exchange{f.answer(200, wireHost, judgeEAS("16.1")...)},
	}
	e.Versions = []string{"16.1"}
	return e
}

// ended is the evidence of a direct exchange that ended with an error.
func (f *judgeFix) ended(stage Stage, alert Alert, err error, change func(*Evidence, *TLS)) func(*Evidence) {
	return func(e *Evidence) {
		x := e.Options[0]
		x.Status, x.Stage, x.Err, x.TLS.Alert, x.Header = 0, stage, err, alert, nil
		e.Versions, e.Commands, e.Deep = nil, nil, nil
		if stage == StageConnect || stage == StageName {
			x.TLS = nil
		}
		if change != nil {
			change(e, x.TLS)
		}
	}
}

// refusedBy is the evidence of a direct exchange that was answered otherwise than by 200.
func (f *judgeFix) refusedBy(status int, body string, change func(*Evidence, *Exchange)) func(*Evidence) {
	return func(e *Evidence) {
		x := e.Options[0]
		x.Status, x.Header, x.Body = status, http.Header{}, []byte(body)
		e.Versions, e.Commands, e.Deep = nil, nil, nil
		if change != nil {
			change(e, x)
		}
	}
}

func judgeSent(e *Evidence, t *TLS) { t.Sent = true }

func judgeNone(e *Evidence, t *TLS) { e.Target.Identity, t.Sent, t.Offered = nil, false, false }

const (
	judgePass = preflight.StatusPass
	judgeSkip = preflight.StatusSkip
	judgeWarn = preflight.StatusWarn
	judgeFail = preflight.StatusFail
)

var (
	judgeInside = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer, Issuer: preflight.ADFS}
	judgeOnline = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline, Issuer: preflight.Entra, Cloud: preflight.Worldwide}
	judgeOAuth  = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline, Issuer: preflight.Entra, Cloud: preflight.Worldwide}
)

// judgeRow is evidence, and what one check makes of it.
type judgeRow struct {
	name     string
	scenario preflight.Scenario
	change   func(*Evidence)
	check    string
	want     preflight.Status
	value    string
	says     string // a part of message and fix
}

func keep(*Evidence) {}

// judgeAlert is the error of a server's alert.
var errJudgeAlert = &net.OpError{Op: "remote error", Err: errors.New("tls: alert")}

func (f *judgeFix) reachRows(t *testing.T) []judgeRow {
	timeout := fmt.Errorf("%w: after 15s", ErrTimeout)
	soon := wireIssue(t, f.pki.web, func(c *x509.Certificate) { c.DNSNames, c.NotAfter = []string{wireHost}, f.at.Add(3*24*time.Hour) }).cert
	between := wireCA(t, "Web issuing", f.pki.web)
	below := wireIssue(t, between, func(c *x509.Certificate) { c.DNSNames, c.NotAfter = []string{wireHost}, f.at.Add(90*24*time.Hour) }).cert
	chained := func(err error, chain ...*x509.Certificate) func(*Evidence) {
		return f.ended(StageHandshake, 0, err, func(_ *Evidence, s *TLS) { s.Chain, s.ChainErr, s.Asked, s.Sent = chain, err, false, false })
	}
	handshake := func(alert Alert, err error) func(*Evidence) {
		return f.ended(StageHandshake, alert, err, func(_ *Evidence, s *TLS) { s.Chain, s.Asked, s.Sent, s.CAs, s.Offered = nil, false, false, nil, false })
	}
	lookup := func(host string, ips ...string) func(*Evidence) {
		return func(e *Evidence) {
			e.Name = &Lookup{Host: host}
			for _, ip := range ips {
				e.Name.Addresses = append(e.Name.Addresses, netip.MustParseAddr(ip))
			}
		}
	}
	unfound := func(err error) func(*Evidence) {
		return func(e *Evidence) {
			f.ended(StageName, 0, err, nil)(e)
			e.Name = &Lookup{Host: wireHost, Err: err}
		}
	}
	return []judgeRow{
		{"found", judgeInside, keep, "eas.name", judgePass, "", "203.0.113.7"},
		{"private, on premises", judgeInside, lookup(wireHost, "10.0.0.1"), "eas.name", judgePass, "", ""},
		{"private, online", judgeOnline, lookup(wireHost, "10.0.0.1"), "eas.name", judgeWarn, "private", "a private address"},
		{"single label", judgeOnline, lookup("mail", "20.1.2.3"), "eas.name", judgeWarn, "private", "without a domain"},
		{"given", judgeOnline, func(e *Evidence) { e.Name = &Lookup{Host: wireHost, Connect: "127.0.0.1:8443"} }, "eas.name", judgeSkip, "", "127.0.0.1:8443"},
		{"not found", judgeInside, unfound(&net.DNSError{IsNotFound: true}), "eas.name", judgeFail, "not-found", "no address"},
		{"resolver silent", judgeInside, unfound(timeout), "eas.name", judgeWarn, "timeout", "DNS server did not answer"},
		{"not found: the rest", judgeInside, unfound(&net.DNSError{IsNotFound: true}), "eas.tls", judgeSkip, "", "not tried: the server's name leads nowhere"},

		{"connected", judgeInside, keep, "eas.connect", judgePass, "", "192.0.2.1:443"},
		{"dropped", judgeInside, f.ended(StageConnect, 0, timeout, nil), "eas.connect", judgeFail, "timeout", "firewall"},
		{"refused", judgeInside, f.ended(StageConnect, 0, errors.New("connecting: connection refused"), nil), "eas.connect", judgeFail, "refused", "nothing takes it"},
		{"unreachable", judgeInside, f.ended(StageConnect, 0, errors.New("no route to host"), nil), "eas.connect", judgeFail, "unreachable", "no route"},
		{"dropped: the rest", judgeInside, f.ended(StageConnect, 0, timeout, nil), "eas.sync", judgeSkip, "", "not tried: there is no connection"},

		{"trusted", judgeInside, keep, "eas.tls", judgePass, "", "TLS 1.3"},
		{"another name", judgeInside, chained(x509.HostnameError{Certificate: f.server, Host: "x"}, f.server), "eas.tls", judgeFail, "wrong-name", wireHost},
		{"server expired", judgeInside, chained(x509.CertificateInvalidError{Cert: f.server, Reason: x509.Expired}, f.server), "eas.tls", judgeFail, "server-expired", ""},
		{"ends soon", judgeInside, func(e *Evidence) { e.Options[0].TLS.Chain[0] = soon }, "eas.tls", judgeWarn, "expires-soon", "renew"},
		{"will it work later", preflight.Scenario{Mailbox: preflight.ExchangeServer, At: f.at.Add(400 * 24 * time.Hour)}, keep, "eas.tls", judgeFail, "server-expired", ""},
		{"own root", judgeInside, chained(x509.UnknownAuthorityError{}, f.server, f.pki.web.cert), "eas.tls", judgeFail, "server-untrusted", "Web root"},
		{"leaf alone", judgeInside, chained(x509.UnknownAuthorityError{}, below), "eas.tls", judgeFail, "incomplete", "alone"},
		{"unknown CA above", judgeInside, chained(x509.UnknownAuthorityError{}, below, between.cert), "eas.tls", judgeFail, "server-untrusted", "2 certificates"},
		{"trusted, incomplete", judgeInside, func(e *Evidence) {
			e.Options[0].TLS.Chain, e.Options[0].TLS.Trusted = []*x509.Certificate{below}, []*x509.Certificate{below, between.cert, f.pki.web.cert}
		}, "eas.tls", judgeWarn, "incomplete", "Web issuing"},
		{"silent in TLS", judgeInside, handshake(0, timeout), "eas.tls", judgeFail, "timeout", "took the connection and is silent"},
		{"protocol version", judgeInside, handshake(70, errJudgeAlert), "eas.tls", judgeFail, "protocol-version", "alert 70"},
		{"old TLS", judgeInside, handshake(0, ErrOldTLS), "eas.tls", judgeFail, "protocol-version", "TLS 1.0"},
		{"unrecognized name", judgeInside, handshake(112, errJudgeAlert), "eas.tls", judgeFail, "unrecognized-name", "host's name"},
		{"handshake failure before it asked", judgeInside, handshake(40, errJudgeAlert), "eas.tls", judgeFail, "handshake", "alert 40"},
		{"an alert that is in no table", judgeInside, handshake(115, errJudgeAlert), "eas.tls", judgeFail, "alert", "alert 115"},
		{"no TLS", judgeInside, handshake(0, tls.RecordHeaderError{Msg: "x"}), "eas.tls", judgeFail, "not-tls", "does not speak TLS"},
		{"closed in TLS", judgeInside, handshake(0, io.EOF), "eas.tls", judgeFail, "closed", "EOF"},
		{"key", judgeInside, f.ended(StageHandshake, 0, ErrKey, nil), "eas.tls", judgeFail, "key", "RSA of 2048"},
		{"certificate refused in the handshake", judgeInside, f.ended(StageHandshake, 45, errJudgeAlert, judgeSent), "eas.tls", judgePass, "", ""},
		{"untrusted: the rest", judgeInside, chained(x509.UnknownAuthorityError{}, f.server), "eas.auth", judgeSkip, "", "not tried: the server is not trusted"},
	}
}

func (f *judgeFix) authRows(t *testing.T) []judgeRow {
	own := func(change func(*x509.Certificate)) func(*Evidence, *TLS) {
		id := f.identity(t, change)
		return func(e *Evidence, _ *TLS) { e.Target.Identity = id }
	}
	expired := own(func(c *x509.Certificate) { c.NotAfter = f.at.Add(-time.Minute) })
	early := own(func(c *x509.Certificate) { c.NotBefore = f.at.Add(time.Minute) })
	forServers := own(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	nameless := own(func(c *x509.Certificate) { c.EmailAddresses = nil })
	foreign := func(_ *Evidence, s *TLS) {
		s.Offered, s.CAs = false, [][]byte{f.pki.web.cert.RawSubject}
	}
	other := wireCA(t, f.pki.root.cert.Subject.CommonName, nil)
	namesake := func(_ *Evidence, s *TLS) { s.Trusted = append(s.Trusted, other.cert) }
	http := func(change func(*Evidence, *TLS)) func(*Evidence, *Exchange) {
		return func(e *Evidence, x *Exchange) { change(e, x.TLS) }
	}
	const nginxBody, nginxNone = "<center>The SSL certificate error</center>", "<center>No required SSL certificate was sent</center>"
	iis := func(sub string) string { return "<h2>HTTP Error 403." + sub + " - Forbidden</h2>" }
	row := func(name string, change func(*Evidence), want preflight.Status, value, says string) judgeRow {
		return judgeRow{name, judgeInside, change, "eas.auth", want, value, says}
	}
	alert := func(n Alert, change func(*Evidence, *TLS)) func(*Evidence) {
		return f.ended(StageAnswer, n, errJudgeAlert, change)
	}
	return []judgeRow{
		row("good", keep, judgePass, "", "alice@contoso.com"),
		row("none sent, TLS 1.3", alert(116, judgeNone), judgeSkip, "none-sent", "asks for a certificate, as it should"),
		row("not sent, TLS 1.3", alert(116, func(_ *Evidence, s *TLS) { s.Sent = false }), judgeFail, "none-sent", "after the handshake, as TLS 1.3 has it, with certificate required (TLS alert 116)"),
		row("none sent, TLS 1.2", f.ended(StageHandshake, 40, errJudgeAlert, judgeNone), judgeSkip, "none-sent", "--p12 FILE"),
		row("none sent, HTTP", f.refusedBy(403, "", http(judgeNone)), judgeSkip, "none-sent", "mail.contoso.com"),
		row("none sent, nginx", f.refusedBy(400, nginxNone, http(judgeNone)), judgeSkip, "none-sent", "as it should"),
		row("not sent, IIS", f.refusedBy(403, iis("7"), func(_ *Evidence, x *Exchange) { x.TLS.Sent = false }), judgeFail, "none-sent", "easkit explain http-403.7"),
		row("none sent, IIS that never asked", f.refusedBy(403, iis("7"), func(_ *Evidence, x *Exchange) { x.TLS.Asked, x.TLS.Sent = false, false }), judgeSkip, "", "got none"),
		row("foreign CA", alert(48, foreign), judgeFail, "untrusted", "does not know the CA"),
		row("foreign CA, nginx", f.refusedBy(400, nginxBody, http(foreign)), judgeFail, "untrusted", "inferred from the certificate"),
		row("foreign CA, IIS", f.refusedBy(403, iis("16"), nil), judgeFail, "untrusted", "403.16"),
		row("foreign CA of the same name", alert(48, namesake), judgeFail, "untrusted", "another key than the CA of that name"),
		row("foreign CA of the same name, nginx", f.refusedBy(400, nginxBody, http(namesake)), judgeFail, "untrusted", "inferred from the certificate"),
		row("a CA of the server's own", f.refusedBy(403, "", http(namesake)), judgeFail, "no-such-account", "no account goes"),
		row("known CA, incomplete", alert(48, judgeSent), judgeFail, "untrusted", "an intermediate is missing"),
		row("expired", alert(45, expired), judgeFail, "expired", "has expired"),
		row("expired, TLS 1.2", f.ended(StageHandshake, 45, errJudgeAlert, expired), judgeFail, "expired", "in the handshake"),
		row("expired, nginx", f.refusedBy(400, nginxBody, http(expired)), judgeFail, "expired", "inferred"),
		row("expired, IIS", f.refusedBy(403, iis("17"), nil), judgeFail, "expired", "http-403.17"),
		row("CRL expired", alert(45, judgeSent), judgeFail, "crl-expired", "the CRL that the server looks into"),
		row("not yet valid", alert(42, early), judgeFail, "not-yet-valid", "inferred"),
		row("revoked", alert(44, judgeSent), judgeFail, "revoked", "CRL of its CA"),
		row("revoked, nginx", f.refusedBy(400, nginxBody, nil), judgeFail, "perhaps-revoked", "nothing else is wrong"),
		row("revoked, IIS", f.refusedBy(403, iis("13"), nil), judgeFail, "revoked", "http-403.13"),
		row("revoked, IIS: where that is read", f.refusedBy(403, iis("13"), nil), judgeFail, "revoked", "the page that came with it says 403.13: "),
		row("wrong EKU", alert(43, forServers), judgeFail, "wrong-eku", "clientAuth"),
		row("wrong EKU, by a server that says no more", alert(42, forServers), judgeFail, "wrong-eku", "inferred"),
		row("wrong EKU, nginx", f.refusedBy(400, nginxBody, http(forServers)), judgeFail, "wrong-eku", "clientAuth"),
		row("good EKU, unsupported", alert(43, judgeSent), judgeFail, "unsupported", "although"),
		row("no SAN", f.refusedBy(403, "", http(nameless)), judgeFail, "no-san", "neither a UPN nor an rfc822Name"),
		row("no such account", f.refusedBy(403, "", nil), judgeFail, "no-such-account", "no account goes with alice@contoso.com"),
		row("no such account, IIS", f.refusedBy(403, iis("12"), nil), judgeFail, "no-such-account", "mapped"),
		row("unknown substatus", f.refusedBy(403, iis("163"), nil), judgeFail, "no-such-account", "inferred"),
		row("401", f.refusedBy(401, "", nil), judgeFail, "no-such-account", "http-401"),
		row("401 with Bearer", f.refusedBy(401, "", func(_ *Evidence, x *Exchange) { x.Header.Set("WWW-Authenticate", "Bearer") }), judgeFail, "oauth-wanted", "--auth oauth"),
		row("blocked", f.refusedBy(456, "", nil), judgeFail, "account-blocked", "HTTP 456"),
		row("password", f.refusedBy(457, "", nil), judgeFail, "password-expired", "HTTP 457"),
		row("denied", alert(49, judgeSent), judgeFail, "denied", "may not come in"),
		row("no reason", alert(46, judgeSent), judgeFail, "bad-certificate", "does not say why"),
		row("signature", alert(51, judgeSent), judgeFail, "key", "signature"),
		row("late refusal", f.ended(StageAnswer, 40, errJudgeAlert, func(_ *Evidence, s *TLS) { s.Sent, s.Late = false, true }), judgeFail, "none-sent", "after the request"),
		row("closed", f.ended(StageAnswer, 0, io.EOF, nil), judgeFail, "closed", "closed the connection without saying why"),
		row("closed, expired", f.ended(StageAnswer, 0, io.EOF, expired), judgeFail, "expired", "inferred"),
		row("closed, none", f.ended(StageAnswer, 0, io.EOF, judgeNone), judgeSkip, "none-sent", "none here to show (alice.mobileconfig)"),
		row("nobody asked", func(e *Evidence) { e.Options[0].TLS.Asked, e.Options[0].TLS.Sent = false, false }, judgeSkip, "", "says nothing about the sign-in"),
		row("refused unasked", f.refusedBy(403, "", func(_ *Evidence, x *Exchange) { x.TLS.Asked, x.TLS.Sent = false, false }), judgeSkip, "", "eas.certificate-asked"),
		row("silence is no refusal", f.ended(StageAnswer, 0, ErrTimeout, nil), judgeSkip, "", "eas.options"),
		{"after the retirement", preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline, At: preflight.RetirementDay.Add(48 * time.Hour)}, keep, "eas.auth", judgeWarn, "retired", "2026-12-31"},
		{"before the retirement", preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline, At: preflight.RetirementDay}, keep, "eas.auth", judgePass, "", ""},
	}
}

func (f *judgeFix) askedRows() []judgeRow {
	row := func(name string, change func(*Evidence), want preflight.Status, value, says string) judgeRow {
		return judgeRow{name, judgeInside, change, "eas.certificate-asked", want, value, says}
	}
	unasked := func(status int, version uint16, late ...*Exchange) func(*Evidence) {
		return func(e *Evidence) {
			f.refusedBy(status, "", nil)(e)
			s := e.Options[0].TLS
			s.Version, s.Asked, s.Offered, s.Sent, s.CAs = version, false, false, false, nil
			e.Late = late
		}
	}
	again := f.answer(403, wireHost)
	again.TLS.Asked, again.TLS.Sent, again.TLS.Version = false, false, tls.VersionTLS12
	late := f.answer(200, wireHost)
	late.TLS.Late, late.TLS.Version = true, tls.VersionTLS12
	return []judgeRow{
		row("asked", keep, judgePass, "", "Users root"),
		row("of any CA", func(e *Evidence) { e.Options[0].TLS.CAs = nil }, judgePass, "", "any CA"),
		row("of other CAs", func(e *Evidence) { e.Options[0].TLS.Offered = false }, judgeWarn, "not-offered", "Users issuing"),
		row("late", unasked(403, tls.VersionTLS13, late), judgeWarn, "late", "renegotiation"),
		row("not at all, TLS 1.2", unasked(403, tls.VersionTLS12), judgeFail, "not-asked", "ends TLS"),
		row("not at all", unasked(403, tls.VersionTLS13, again), judgeFail, "not-asked", "neither in the handshake"),
		row("not, and 1.2 is off", unasked(403, tls.VersionTLS13), judgeWarn, "perhaps-late", "not seen from here"),
		row("not, and answered", unasked(200, tls.VersionTLS12), judgeWarn, "not-asked", "without having asked"),
		row("not, and answered in 1.3", unasked(200, tls.VersionTLS13), judgeWarn, "not-asked", "not known"),
		row("refused in the handshake", f.ended(StageHandshake, 45, errJudgeAlert, nil), judgePass, "", ""),
		row("silent before", f.ended(StageHandshake, 0, ErrTimeout, func(_ *Evidence, s *TLS) { s.Asked = false }), judgeSkip, "", "not tried"),
		{"by token", judgeOAuth, func(e *Evidence) { *e = *f.oauth() }, "eas.certificate-asked", judgeSkip, "", "eas.certauth"},
	}
}

func (f *judgeFix) redirectRows() []judgeRow {
	sent := func(status int, to string, refused error) func(*Evidence) {
		return f.refusedBy(status, "", func(_ *Evidence, x *Exchange) { x.Location, x.Refused = to, refused })
	}
	hop := func(status int, from, to string) func(*Evidence) {
		return func(e *Evidence) {
			first := f.answer(status, from)
			first.Location = "https://" + to + easPath
			e.Options = []*Exchange{first, f.answer(200, to, judgeEAS("16.1")...)}
		}
	}
	sentOn := func(stage Stage, err error) func(*Evidence) {
		return func(e *Evidence) {
			hop(451, "outlook.office365.com", "outlook-cba.office365.com")(e)
			x := e.Options[1]
			x.Status, x.TLS, x.Stage, x.Err, e.Versions, e.Deep = 0, nil, stage, err, nil, nil
		}
	}
	return []judgeRow{
		{"no redirect", judgeInside, keep, "eas.redirect", judgePass, "", "nowhere else"},
		{"to the host for certificates", judgeOnline, hop(451, "outlook.office365.com", "outlook-cba.office365.com"), "eas.redirect", judgePass, "", "host for certificates"},
		{"moved", judgeInside, hop(451, wireHost, "outlook.office365.com"), "eas.redirect", judgeWarn, "moved", "--auth oauth"},
		{"302", judgeInside, hop(302, wireHost, "named.contoso.com"), "eas.redirect", judgeWarn, "http-redirect", "named.contoso.com"},
		{"to http", judgeInside, sent(302, "http://mail.contoso.com/", ErrScheme), "eas.redirect", judgeFail, "to-http", "in the clear"},
		{"to a private address", judgeInside, sent(451, "https://10.0.0.1/", ErrPrivate), "eas.redirect", judgeFail, "to-private", "--connect"},
		{"round and round", judgeInside, sent(302, "https://mail.contoso.com/", ErrLoop), "eas.redirect", judgeFail, "loop", ""},
		{"too many", judgeInside, sent(302, "https://mail.contoso.com/", ErrHops), "eas.redirect", judgeFail, "loop", ""},
		{"to strangers", judgeInside, sent(451, "https://u:secret@evil.example/?t=secret", ErrForeign), "eas.redirect", judgeWarn, "not-followed", "https://evil.example/, to which"},
		{"to nonsense", judgeInside, sent(302, "https://:0/", ErrURL), "eas.redirect", judgeFail, "bad-location", ""},
		{"451 to nowhere", judgeInside, sent(451, "", nil), "eas.redirect", judgeWarn, "no-location", "Autodiscover"},
		{"no answer to send", judgeInside, f.ended(StageAnswer, 0, ErrTimeout, nil), "eas.redirect", judgeSkip, "", "not tried"},
		{"sent to a name that is not known", judgeOnline, sentOn(StageName, &net.DNSError{IsNotFound: true}), "eas.name", judgeFail, "not-found", "no address is known for outlook-cba.office365.com, where outlook.office365.com sends to"},
		{"sent to where nothing answers", judgeOnline, sentOn(StageConnect, ErrTimeout), "eas.connect", judgeFail, "timeout", "(outlook-cba.office365.com, where outlook.office365.com sends to)"},
	}
}

func (f *judgeFix) answerRows() []judgeRow {
	sent := func(status int, to string, refused error) func(*Evidence) {
		return f.refusedBy(status, "", func(_ *Evidence, x *Exchange) { x.Location, x.Refused = to, refused })
	}
	discover := func(change func(*Discovery)) func(*Evidence) { return func(e *Evidence) { change(e.Discover) } }
	versions := func(v ...string) func(*Evidence) { return func(e *Evidence) { e.Versions = v } }
	return []judgeRow{
		{"EAS", judgeInside, keep, "eas.options", judgePass, "", "2 commands"},
		{"a web page", judgeInside, func(e *Evidence) { e.Options[0].Header = nil }, "eas.options", judgeFail, "not-eas", "another kind of server"},
		{"404", judgeInside, f.refusedBy(404, "", nil), "eas.options", judgeFail, "not-eas", "http-404"},
		{"503", judgeInside, f.refusedBy(503, "", func(_ *Evidence, x *Exchange) { x.Header.Set("Retry-After", "30\x1b[2J") }), "eas.options", judgeFail, "busy", "after 30"},
		{"503 for a while", judgeInside, f.refusedBy(503, "", func(_ *Evidence, x *Exchange) { x.Header.Set("Retry-After", "30") }), "eas.options", judgeFail, "busy", "after 30 seconds"},
		{"500", judgeInside, f.refusedBy(500, "", nil), "eas.options", judgeFail, "http-500", "The server failed"},
		{"400", judgeInside, f.refusedBy(400, "Bad Request", nil), "eas.options", judgeFail, "http-400", "malformed"},
		{"418", judgeInside, f.refusedBy(418, "", nil), "eas.options", judgeFail, "418", "HTTP 418"},
		{"silent", judgeInside, f.ended(StageAnswer, 0, ErrTimeout, nil), "eas.options", judgeFail, "timeout", "reaches the CRLs"},
		{"silent in the body", judgeInside, f.ended(StageBody, 0, os.ErrDeadlineExceeded, nil), "eas.options", judgeFail, "timeout", "began its answer"},
		{"takes nothing", judgeInside, f.ended(StageRequest, 0, ErrTimeout, nil), "eas.options", judgeFail, "timeout", "did not take the request"},
		{"endless", judgeInside, f.ended(StageAnswer, 0, ErrHeader, nil), "eas.options", judgeFail, "endless", "does not end"},
		{"closed unasked", judgeInside, f.ended(StageAnswer, 0, io.EOF, func(_ *Evidence, s *TLS) { s.Asked = false }), "eas.options", judgeFail, "closed", ""},
		{"no HTTP", judgeInside, f.ended(StageAnswer, 0, ErrAnswer, nil), "eas.options", judgeFail, "broken", "not understood"},
		{"refused", judgeInside, f.refusedBy(403, "", nil), "eas.options", judgeSkip, "", "eas.auth"},
		{"sent on", judgeInside, sent(451, "https://x.example", ErrForeign), "eas.options", judgeSkip, "", "eas.redirect"},

		{"same host", judgeInside, keep, "eas.autodiscover", judgePass, "", wireHost},
		{"another host", judgeInside, discover(func(d *Discovery) { d.URL = "https://other.contoso.com/x" }), "eas.autodiscover", judgeWarn, "elsewhere", "other.contoso.com"},
		{"Exchange Online's other host", judgeOnline, discover(func(d *Discovery) { d.URL = "https://outlook.office365.com/x" }), "eas.autodiscover", judgePass, "", "outlook.office365.com"},
		{"an error", judgeInside, discover(func(d *Discovery) { d.URL, d.Error = "", "InvalidProtocol" }), "eas.autodiscover", judgeWarn, "error", "InvalidProtocol"},
		{"a bad address", judgeInside, discover(func(d *Discovery) { d.URL = "\x1b" }), "eas.autodiscover", judgeWarn, "error", "no address"},
		{"none on premises", judgeInside, discover(func(d *Discovery) { d.URL, d.Exchange.Status = "", 404 }), "eas.autodiscover", judgeSkip, "", "HTTP 404"},
		{"none online", judgeOnline, discover(func(d *Discovery) { d.URL, d.Exchange.Status = "", 404 }), "eas.autodiscover", judgeWarn, "none", "HTTP 404"},
		{"not asked", judgeInside, func(e *Evidence) { e.Discover = nil }, "eas.autodiscover", judgeSkip, "", "not tried"},
		{"not come to", judgeInside, discover(func(d *Discovery) {
			d.URL, d.Exchange.Stage, d.Exchange.Err = "", StageHandshake, ErrTimeout
		}), "eas.autodiscover", judgeSkip, "", "was not come to"},
		{"no address", judgeInside, func(e *Evidence) { e.Target.Account.Email = "" }, "eas.autodiscover", judgeSkip, "", "no mail address (--email gives one)"},

		{"16.1", judgeOnline, keep, "eas.version", judgePass, "", "14.1, 16.1"},
		{"below 16.1, online", judgeOnline, versions("14.0", "14.1"), "eas.version", judgeFail, "no-16.1", "takes no other"},
		{"below 16.1, on premises", judgeInside, versions("14.0", "14.1"), "eas.version", judgePass, "", "14.1"},
		{"old", judgeInside, versions("2.5"), "eas.version", judgeWarn, "old", "2.5"},
		{"none", judgeInside, f.refusedBy(403, "", nil), "eas.version", judgeSkip, "", "not tried: the sign-in is refused"},
	}
}

func (f *judgeFix) oauthRows() []judgeRow {
	row := func(name, check string, change func(*OAuth), want preflight.Status, value, says string) judgeRow {
		return judgeRow{name, judgeOAuth, func(e *Evidence) { *e = *f.oauth(); change(e.OAuth) }, check, want, value, says}
	}
	nothing := func(*OAuth) {}
	authority := func(uri string) func(*OAuth) { return func(o *OAuth) { o.Challenge.Authority = uri } }
	unsigned := func(err error) func(*OAuth) {
		return func(o *OAuth) { o.SignedIn, o.Options, o.SignInErr = false, nil, err }
	}
	token := func(status int, header ...string) func(*OAuth) {
		return func(o *OAuth) { o.Options = []*Exchange{f.answer(status, wireHost, header...)} }
	}
	host := func(change func(*Exchange)) func(*OAuth) { return func(o *OAuth) { change(o.CertAuth) } }
	without := func(status int, header ...string) func(*OAuth) {
		return func(o *OAuth) {
			*o = OAuth{Exchange: f.answer(status, wireHost, header...)}
			o.Challenge = readChallenge(o.Exchange.Header)
		}
	}
	const mail = "https://login.microsoftonline.us/common/oauth2/authorize"
	return []judgeRow{
		row("offered", "eas.oauth", nothing, judgePass, "", "login.microsoftonline.com"),
		row("Basic only", "eas.oauth", without(401, "WWW-Authenticate: Basic realm=x", "WWW-Authenticate: NTLM"), judgeFail, "not-offered", "it takes Basic, NTLM"),
		row("nothing at all", "eas.oauth", without(401), judgeFail, "not-offered", "names no way"),
		row("open", "eas.oauth", without(200), judgeWarn, "open", ""),
		row("404", "eas.oauth", without(404), judgeSkip, "", "HTTP 404"),
		row("no authority", "eas.oauth", authority(""), judgeWarn, "no-authority", ""),
		row("authority by http", "eas.oauth", authority("http://sts.contoso.com/"), judgeFail, "bad-authority", ""),
		row("AD FS where Entra ID is expected", "eas.oauth", authority("https://sts.contoso.com/adfs/oauth2/authorize"), judgeWarn, "other-authority", "sts.contoso.com"),
		row("another cloud", "eas.oauth", authority(mail), judgeWarn, "other-cloud", "worldwide"),
		{"direct", judgeInside, keep, "eas.oauth", judgeSkip, "", "by its certificate"},

		row("asks and offers", "eas.certauth", nothing, judgePass, "", "names the CA"),
		row("takes any CA", "eas.certauth", host(func(x *Exchange) { x.TLS.CAs = nil }), judgePass, "", "easkit check tenant"),
		row("does not ask", "eas.certauth", host(func(x *Exchange) { x.TLS.Asked = false }), judgeWarn, "not-asked", "iPhone"),
		row("other CAs", "eas.certauth", host(func(x *Exchange) { x.TLS.Offered = false }), judgeWarn, "not-offered", "Users issuing"),
		row("inspected", "eas.certauth", host(func(x *Exchange) { x.TLS.ChainErr = x509.UnknownAuthorityError{} }), judgeWarn, "inspected", "TLS inspection"),
		row("silent", "eas.certauth", host(func(x *Exchange) { x.TLS, x.Err, x.Stage = nil, ErrTimeout, StageConnect }), judgeWarn, "timeout", "certauth.login.microsoftonline.com"),
		row("not there", "eas.certauth", host(func(x *Exchange) { x.TLS, x.Err, x.Stage = nil, errors.New("no such host"), StageName }), judgeWarn, "unreachable", "no such host"),
		row("nobody named", "eas.certauth", func(o *OAuth) { o.CertAuth = nil }, judgeSkip, "", "eas.oauth"),

		row("token taken", "eas.auth", nothing, judgePass, "", "alice@contoso.com"),
		row("not signed in", "eas.auth", unsigned(nil), judgeSkip, "", "--sign-in"),
		row("no sign-in to it", "eas.auth", unsigned(fmt.Errorf("%w: AD FS", ErrNoSignIn)), judgeSkip, "", "iPhone"),
		row("sign-in fails", "eas.auth", unsigned(errors.New("AADSTS50034: no such user")), judgeFail, "sign-in-failed", "easkit explain AADSTS50034"),
		row("somebody else", "eas.auth", unsigned(ErrOtherUser), judgeFail, "other-user", "account's own user"),
		row("not offered", "eas.auth", without(401), judgeSkip, "", "eas.oauth"),
		row("token refused", "eas.auth", token(401, `WWW-Authenticate: Bearer error="invalid_token"`), judgeFail, "token-refused", "invalid_token"),
		row("refused with a code", "eas.auth", token(401, `WWW-Authenticate: Bearer error="x", error_description="AADSTS50057: off"`), judgeFail, "token-refused", "easkit explain AADSTS50057"),
		row("403 with a token", "eas.auth", token(403), judgeFail, "not-enabled", "HTTP 403"),
		row("certificate wanted with a token", "eas.auth", func(o *OAuth) {
			x := o.Exchange
			x.Status, x.Stage, x.Err, x.TLS.Alert, x.TLS.Sent = 0, StageAnswer, errJudgeAlert, 116, false
			o.SignedIn, o.Options, o.Challenge = false, nil, Challenge{}
		}, judgeFail, "none-sent", "tokens alone"),
		row("OPTIONS without a token", "eas.options", unsigned(nil), judgeSkip, "", "--sign-in"),
		row("OPTIONS with one", "eas.options", nothing, judgePass, "", ""),
	}
}

func (f *judgeFix) deepRows() []judgeRow {
	row := func(name, check string, change func(*Deep), want preflight.Status, value, says string) judgeRow {
		return judgeRow{name, judgeInside, func(e *Evidence) { change(e.Deep) }, check, want, value, says}
	}
	bad := func(x *Exchange) []*Exchange { return []*Exchange{x} }
	silence := f.answer(0, wireHost)
	silence.Stage, silence.Err = StageAnswer, ErrTimeout
	return []judgeRow{
		{"not asked for", judgeInside, func(e *Evidence) { e.Deep = nil }, "eas.sync", judgeSkip, "", "--deep"},
		row("accepted", "eas.provision", func(*Deep) {}, judgePass, "", "MinDevicePasswordLength 6"),
		row("no policy demanded", "eas.provision", func(d *Deep) { d.Provision = nil }, judgePass, "", "demands no policy"),
		row("no policy", "eas.provision", func(d *Deep) { d.Provision = &Provisioned{Status: 1, PolicyStatus: 2} }, judgePass, "", "no policy for the device"),
		row("not accepted", "eas.provision", func(d *Deep) { d.Provision.Acknowledged = false }, judgeWarn, "not-accepted", "--accept-policy"),
		row("wipe", "eas.provision", func(d *Deep) { d.Provision.Wipe = true }, judgeFail, "wipe", "not confirmed"),
		row("wipe of the account", "eas.provision", func(d *Deep) { d.Provision.WipeAccount = true }, judgeFail, "wipe", "the account's data"),
		row("refused", "eas.provision", func(d *Deep) { d.Provision.Status = 3 }, judgeFail, "status-3", "the server failed"),
		row("acknowledgement refused", "eas.provision", func(d *Deep) { d.Provision.AckStatus = 5 }, judgeFail, "status-5", "key does not fit"),
		row("device limit", "eas.provision", func(d *Deep) { d.Provision.Status = 177 }, judgeFail, "eas-177", "easkit explain eas-177"),
		row("folders", "eas.foldersync", func(*Deep) {}, judgePass, "", "1 folder"),
		row("sync off", "eas.foldersync", func(d *Deep) { d.Folders.Status = 126 }, judgeFail, "eas-126", "ActiveSyncEnabled"),
		row("policy first", "eas.foldersync", func(d *Deep) { d.Folders.Status, d.Provision.Acknowledged = 142, false }, judgeSkip, "", "eas.provision"),
		row("policy again", "eas.foldersync", func(d *Deep) { d.Folders.Status = 142 }, judgeFail, "policy-again", "demands once more"),
		row("policy again, for the inbox", "eas.sync", func(d *Deep) { d.Inbox.Status = 142 }, judgeFail, "policy-again", "demands once more"),
		row("no inbox", "eas.foldersync", func(d *Deep) { d.Folders.Folders = nil }, judgeFail, "no-inbox", ""),
		row("no WBXML", "eas.foldersync", func(d *Deep) {
			d.Folders.Err, d.Folders.Exchanges = errors.New("the answer to FolderSync: it ends early"), bad(f.answer(200, wireHost))
		}, judgeFail, "broken", "it ends early"),
		row("silent", "eas.foldersync", func(d *Deep) { d.Folders.Err, d.Folders.Exchanges = ErrTimeout, bad(silence) }, judgeFail, "timeout", "FolderSync: "),
		row("503", "eas.foldersync", func(d *Deep) {
			d.Folders.Err, d.Folders.Exchanges = errors.New("FolderSync: HTTP 503"), bad(f.answer(503, wireHost))
		}, judgeFail, "busy", "HTTP 503"),
		row("open until then", "eas.foldersync", func(d *Deep) {
			d.Folders.Err, d.Folders.Exchanges = errors.New("FolderSync: HTTP 403"), bad(f.answer(403, wireHost))
		}, judgeFail, "no-such-account", "FolderSync: mail.contoso.com"),
		row("sent elsewhere", "eas.foldersync", func(d *Deep) {
			x := f.answer(451, wireHost)
			x.Location, x.Refused = "http://mail.contoso.com/", ErrScheme
			d.Folders.Err, d.Folders.Exchanges = errors.New("FolderSync: HTTP 451"), bad(x)
		}, judgeFail, "to-http", "in the clear"),
		row("mail", "eas.sync", func(*Deep) {}, judgePass, "", "3 messages in Inbox, as alice@contoso.com"),
		row("more", "eas.sync", func(d *Deep) { d.Inbox.More = true }, judgePass, "", "the first 3 messages"),
		row("full", "eas.sync", func(d *Deep) { d.Inbox.Status = 9 }, judgeFail, "status-9", "full"),
		row("none to sync", "eas.sync", func(d *Deep) { d.Inbox = nil }, judgeSkip, "", "eas.foldersync"),
	}
}

func TestJudge(t *testing.T) {
	f := newJudgeFix(t)
	rows := slices.Concat(f.reachRows(t), f.authRows(t), f.askedRows(), f.answerRows(), f.redirectRows(), f.oauthRows(), f.deepRows(), f.edgeRows(), f.edgeOAuthRows())
	var covered []checktest.Row
	for _, row := range rows {
		covered = append(covered, checktest.Row{Check: row.check, Want: row.want})
		t.Run(row.check+"/"+row.name, func(t *testing.T) {
			e := f.direct()
			row.change(e)
			var worst *preflight.Finding
			for _, found := range Judge(row.scenario, e) {
				checktest.Finding(t, found)
				if found.Check == row.check && (worst == nil || found.Status.Worse(worst.Status)) {
					worst = &found
				}
			}
			if worst.Status != row.want || (worst.Status.Worse(judgeSkip) || row.value != "") && worst.Value != row.value || !strings.Contains(worst.Message+" "+worst.Fix, row.says) {
				t.Errorf("%s %q: %s (%s); want %s %q with %q", worst.Status, worst.Value, worst.Message, worst.Fix, row.want, row.value, row.says)
			}
			if strings.Contains(worst.Message+worst.Fix, "secret") || worst.Message != preflight.Printable(worst.Message) {
				t.Errorf("not fit for a terminal: %q", worst.Message)
			}
		})
	}
	checktest.Catalogue(t, Catalogue(), covered)
}

// A cause is told once: what one check fails for, no other fails for again.
func TestJudgeTellsOnce(t *testing.T) {
	f := newJudgeFix(t)
	for _, row := range slices.Concat(f.reachRows(t), f.authRows(t), f.askedRows(), f.answerRows(), f.redirectRows(), f.oauthRows(), f.deepRows(), f.edgeRows(), f.edgeOAuthRows()) {
		e := f.direct()
		row.change(e)
		var failed []string
		for _, found := range Judge(row.scenario, e) {
			if found.Status == judgeFail {
				failed = append(failed, found.Check)
			}
		}
		if len(failed) > 1 {
			t.Errorf("%s: %v", row.name, failed)
		}
	}
}

// Nothing but a target is evidence of nothing: no check passes, and none breaks.
func TestJudgeNothing(t *testing.T) {
	for _, auth := range preflight.Auths {
		for _, e := range []*Evidence{
			{Target: Target{Account: profiles.Account{Auth: auth}}},
			{Target: Target{Account: profiles.Account{Auth: auth}}, OAuth: &OAuth{}, Deep: &Deep{}, Discover: &Discovery{}, Name: &Lookup{}},
			{Target: Target{Account: profiles.Account{Auth: auth}}, Options: []*Exchange{{Stage: StageHandshake, Err: ErrTimeout}}, OAuth: &OAuth{Exchange: &Exchange{Stage: StageDone}}},
		} {
			for _, found := range Judge(judgeOAuth, e) {
				checktest.Finding(t, found)
				if found.Status == judgePass {
					t.Errorf("%s passes: %s", found.Check, found.Message)
				}
			}
		}
	}
}

func TestCatalogueOrder(t *testing.T) {
	var ids []string
	for _, info := range Catalogue() {
		ids = append(ids, strings.TrimPrefix(info.ID, "eas."))
	}
	const want = "name connect tls certificate-asked options redirect autodiscover version oauth certauth auth provision foldersync sync"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The names of a hostile server's CAs stay on one printable line of bounded length.
func TestJudgeHostileNames(t *testing.T) {
	f := newJudgeFix(t)
	e := f.direct()
	hostile := wireIssue(t, nil, func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "\x1b[31m" + strings.Repeat("A", 1<<16)}
	}).cert.RawSubject
	e.Options[0].TLS.CAs = slices.Repeat([][]byte{bytes.Clone(hostile)}, 1000)
	for _, found := range Judge(judgeInside, e) {
		checktest.Finding(t, found)
		if len(found.Message) > 4096 {
			t.Errorf("%s: a message of %d bytes", found.Check, len(found.Message))
		}
	}
}
