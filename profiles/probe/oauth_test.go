package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// oauthLab is a mail server that takes tokens, and its authority's hosts for certificates.
type oauthLab struct {
	*wirePKI
	authority string // of authorization_uri
	redirect  string // where the first host sends to, if anywhere
	back      bool   // that one sends a token back

	mu   sync.Mutex
	seen []*http.Request
}

// oauthSecret is the one token that the server takes.
const oauthSecret = "eyJ0.secret-token.sig"

func (l *oauthLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.URL.Path != easPath {
		http.NotFound(w, r)
		return
	}
	l.seen = append(l.seen, r)
	switch {
	case l.redirect != "" && r.Host != l.redirect:
		w.Header().Set("X-MS-Location", "https://"+l.redirect+easPath)
		w.WriteHeader(http.StatusUnavailableForLegalReasons)
	case l.back && r.Header.Get("Authorization") == "Bearer "+oauthSecret:
		w.Header().Set("X-MS-Location", "https://"+wireHost+easPath)
		w.WriteHeader(http.StatusUnavailableForLegalReasons)
	case r.Header.Get("Authorization") == "Bearer "+oauthSecret:
		wireEAS(w, r)
	default:
		w.Header().Add("WWW-Authenticate", "NTLM")
		w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Bearer client_id="00000002", trusted_issuers="a@*", authorization_uri=%q, error="invalid_token", Basic realm=""`, l.authority))
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// serveAs runs a server with a certificate for some hosts.
func (l *oauthLab) serveAs(t *testing.T, asks tls.ClientAuthType, handler http.HandlerFunc, hosts ...string) string {
	config := l.config(asks, tls.VersionTLS13)
	c := wireIssue(t, l.web, func(c *x509.Certificate) { c.DNSNames = hosts })
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{c.cert.Raw}, PrivateKey: c.key}}
	return l.serve(t, config, handler)
}

// start runs the mail server, and the authority's host under one of its names.
func (l *oauthLab) start(t *testing.T, certAuth string, asks tls.ClientAuthType) (Target, Options) {
	l.wirePKI = newWirePKI(t)
	target := l.target()
	target.Account.Auth, target.Account.Mailbox = preflight.OAuth, preflight.ExchangeOnline
	mail := l.serveAs(t, tls.RequestClientCert, l.ServeHTTP, wireHost, "outlook.office365.com")
	o := l.options(mail)
	o.Connect["outlook.office365.com"] = mail
	if certAuth != "" {
		o.Connect[certAuth] = l.serveAs(t, asks, http.NotFound, certAuth)
	}
	return target, o
}

const entraAuthority = "https://login.microsoftonline.com/common/oauth2/authorize"

// What a server sees without a sign-in: an empty header and the address. No certificate
// goes to it, nor to the authority's host.
func TestCollectOAuth(t *testing.T) {
	l := &oauthLab{authority: entraAuthority, redirect: "outlook.office365.com"}
	target, o := l.start(t, "certauth.login.microsoftonline.com", tls.RequestClientCert)
	e, err := Run(t.Context(), target, o)
	if err != nil {
		t.Fatal(err)
	}
	want := Challenge{Host: "outlook.office365.com", Bearer: true, Authority: entraAuthority, TrustedIssuers: "a@*", ClientID: "00000002", Error: "invalid_token"}
	if diff := cmp.Diff(want, e.OAuth.Challenge); diff != "" {
		t.Error(diff)
	}
	if len(e.OAuth.Before) != 1 || e.OAuth.Before[0].Status != 451 || e.OAuth.Exchange.Status != 401 || e.OAuth.SignedIn || e.Options != nil {
		t.Errorf("%+v", e.OAuth)
	}
	if c := e.OAuth.CertAuth; c.Err != nil || c.Status != 0 || !c.TLS.Asked || !c.TLS.Offered || c.TLS.Sent {
		t.Errorf("%+v, %+v", c, c.TLS)
	}
	for _, r := range l.seen {
		if r.Header.Get("Authorization") != "Bearer" || r.Header.Get("X-User-Identity") != "alice@contoso.com" || len(r.TLS.PeerCertificates) != 0 {
			t.Errorf("%s of %v", r.Method, r.Header)
		}
	}
	judged := Judge(judgeOAuth, e)
	for _, check := range []string{"eas.oauth", "eas.certauth", "eas.tls"} {
		oauthWants(t, judged, check, preflight.StatusPass)
	}
	oauthWants(t, judged, "eas.auth", preflight.StatusSkip)
	oauthWants(t, judged, "eas.sync", preflight.StatusSkip)
}

// oauthWants fails the test unless a check comes to a status.
func oauthWants(t *testing.T, all []preflight.Finding, check string, want preflight.Status) {
	t.Helper()
	for _, f := range all {
		if f.Check == check && f.Status != want && !(check == "eas.tls" && f.Value == "expires-soon") {
			t.Errorf("%s: %s (%s), want %s", f.Check, f.Status, f.Message, want)
		}
	}
}

// The token of a sign-in goes to the server, stays for the commands after it, and is
// nowhere in the evidence.
func TestCollectOAuthSignIn(t *testing.T) {
	for _, test := range []struct {
		name, token string
		err         error
		signedIn    bool
		status      int
		auth        preflight.Status
	}{
		{"good", oauthSecret, nil, true, 200, preflight.StatusPass},
		{"refused", "another.token", nil, true, 401, preflight.StatusFail},
		{"failed", "", errors.New("AADSTS50057: disabled"), false, 0, preflight.StatusFail},
		{"no token", "a\r\nX-Evil: b", nil, false, 0, preflight.StatusFail},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &oauthLab{authority: entraAuthority}
			target, o := l.start(t, "certauth.login.microsoftonline.com", tls.RequestClientCert)
			o.SignIn = func(_ context.Context, c Challenge) (string, error) {
				if c.Authority != entraAuthority {
					t.Errorf("%+v", c)
				}
				return test.token, test.err
			}
			s, err := newSession(target, o)
			if err != nil {
				t.Fatal(err)
			}
			e := &Evidence{Target: target, At: s.opt.Now(), Name: s.lookup(t.Context(), wireHost)}
			collectOAuth(t.Context(), s, e)
			status := 0
			if x := lastOf(e.OAuth.Options); x != nil {
				status = x.Status
			}
			if e.OAuth.SignedIn != test.signedIn || status != test.status || (s.through.Bearer != "") != (test.status == 200) {
				t.Errorf("signed in %t, status %d, %v", e.OAuth.SignedIn, status, s.through)
			}
			text := fmt.Sprintf("%+v %v %v", e.OAuth, Judge(judgeOAuth, e), s.through)
			for _, x := range e.path() {
				text += fmt.Sprintf(" %+v", *x)
			}
			if test.token != "" && strings.Contains(text, test.token) {
				t.Errorf("the token is in %s", text)
			}
			oauthWants(t, Judge(judgeOAuth, e), "eas.auth", test.auth)
		})
	}
}

// A token for Exchange Online is got and sent for its hosts alone, whatever authority a
// server names, and wherever it is sent on.
func TestTokenStaysOnline(t *testing.T) {
	for _, test := range []struct {
		name     string
		redirect string // of the account's host, if anywhere
		tokens   int32  // that were asked for
	}{
		{"a server on premises", "", 0},
		{"one that sends to Exchange Online, which would send back", "outlook.office365.com", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := &oauthLab{authority: entraAuthority, redirect: test.redirect, back: test.redirect != ""}
			target, o := l.start(t, "certauth.login.microsoftonline.com", tls.RequestClientCert)
			var tokens atomic.Int32
			o.SignIn = SignInAs(target.Account, countingSource{&tokens})
			e, err := Run(t.Context(), target, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range l.seen {
				if strings.Contains(r.Header.Get("Authorization"), oauthSecret) && r.Host != test.redirect {
					t.Errorf("the token came to %s", r.Host)
				}
			}
			if tokens.Load() != test.tokens {
				t.Errorf("%d tokens were asked for", tokens.Load())
			}
			if last := lastOf(e.OAuth.Options); test.tokens > 0 && !errors.Is(last.Refused, ErrForeign) {
				t.Errorf("%+v", last)
			}
			if test.tokens == 0 {
				oauthWants(t, Judge(judgeOAuth, e), "eas.auth", preflight.StatusSkip)
			}
		})
	}
}

// countingSource counts how often a token is asked for.
type countingSource struct{ n *atomic.Int32 }

func (s countingSource) Token(context.Context) (graph.Token, error) {
	s.n.Add(1)
	return graph.Token{Secret: oauthSecret}, nil
}

// The account's own host may be inside, as people gave it; not at what a server names as
// its authority, though it be the same host.
func TestAuthorityAtOwnHost(t *testing.T) {
	p := newWirePKI(t)
	inside := netip.MustParseAddr("10.1.2.3")
	o := p.options("")
	o.Connect = nil
	if s := p.session(t, o); s.forbidden(wireHost, inside, false) != "" || s.forbidden(wireHost, inside, true) == "" {
		t.Error("the account's own host is forbidden, or allowed to a server")
	}
	if s := p.session(t, p.options("127.0.0.1:1")); s.forbidden(wireHost, inside, true) != "" {
		t.Error("what people connect to is forbidden")
	}
	address := p.serve(t, p.config(tls.RequestClientCert, tls.VersionTLS13), wireEAS)
	o.Resolver = wireDNS("127.0.0.1")
	x := p.session(t, o).shakeCertAuth(t.Context(), Challenge{Authority: "https://" + wireHost + wirePort(t, address) + "/adfs"})
	if !errors.Is(x.Err, ErrPrivate) || x.Address != "" {
		t.Errorf("at %s: %v", x.Address, x.Err)
	}
}

// A server chooses what it names as its authority. Nothing of the user goes there, and
// only a host that people named may be at an address inside.
func TestCollectOAuthHostileAuthority(t *testing.T) {
	for _, test := range []struct {
		authority string
		want      error
	}{
		{"https://10.0.0.1/adfs/oauth2/authorize", ErrPrivate},
		{"https://[::1]/authorize", ErrPrivate},
	} {
		l := &oauthLab{authority: test.authority}
		target, o := l.start(t, "", tls.NoClientCert)
		o.Timeout = 200 * 1e6
		s, err := newSession(target, o)
		if err != nil {
			t.Fatal(err)
		}
		e := &Evidence{Target: target, At: s.opt.Now()}
		for _, host := range certAuthHosts(test.authority) {
			if x := s.do(t.Context(), request{URL: "https://" + host + "/"}); x.TLS != nil {
				t.Errorf("%s was spoken with", host)
			}
		}
		collectOAuth(t.Context(), s, e)
		if x := e.OAuth.CertAuth; x == nil || x.TLS != nil || x.Err == nil {
			t.Errorf("%s: %+v", test.authority, x)
		}
	}
	for _, authority := range []string{"http://login.microsoftonline.com/", "file:///etc/passwd", "", "https://u:p@sts.contoso.com/"} {
		if hosts := certAuthHosts(authority); hosts != nil {
			t.Errorf("%q leads to %v", authority, hosts)
		}
	}
}

// AD FS asks at a host of its own, or else at a port of its own.
func TestShakeCertAuthADFS(t *testing.T) {
	for _, test := range []struct {
		at    string
		asks  tls.ClientAuthType
		asked bool
	}{
		{"certauth.sts.contoso.com", tls.RequireAndVerifyClientCert, true},
		{"sts.contoso.com", tls.RequestClientCert, true},
		{"sts.contoso.com", tls.NoClientCert, false},
	} {
		l := &oauthLab{authority: "https://sts.contoso.com/adfs/oauth2/authorize"}
		target, o := l.start(t, test.at, test.asks)
		if test.at == "sts.contoso.com" { // nobody is at the other
			o.Connect["certauth.sts.contoso.com"] = "127.0.0.1:1"
		}
		s, err := newSession(target, o)
		if err != nil {
			t.Fatal(err)
		}
		x := s.shakeCertAuth(t.Context(), Challenge{Authority: l.authority})
		if x.TLS == nil || x.TLS.Asked != test.asked || x.TLS.Sent || x.host() != test.at {
			t.Errorf("%s: %+v", test.at, x)
		}
	}
}

func TestCertAuthHosts(t *testing.T) {
	const tenant = "11111111-2222-3333-4444-5555AAAAbbbb"
	for _, test := range []struct{ authority, want string }{
		{"https://login.microsoftonline.com/common/oauth2/authorize", "certauth.login.microsoftonline.com"},
		{"https://login.windows.net/" + tenant + "/oauth2/authorize", "t11111111-2222-3333-4444-5555aaaabbbb.certauth.login.microsoftonline.com"},
		{"https://LOGIN.microsoftonline.us/organizations", "certauth.login.microsoftonline.us"},
		{"https://login.partner.microsoftonline.cn/common", "certauth.login.partner.microsoftonline.cn"},
		{"https://sts.contoso.com/adfs/oauth2/authorize", "certauth.sts.contoso.com sts.contoso.com:49443"},
		{"https://sts.contoso.com:8443/adfs", "certauth.sts.contoso.com:8443 sts.contoso.com:49443"},
	} {
		if got := strings.Join(certAuthHosts(test.authority), " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.authority, got, test.want)
		}
	}
}
