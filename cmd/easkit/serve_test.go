package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The identity of an iPhone's browser.
const iPhoneAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"

// servedPortal is a portal under way.
type servedPortal struct {
	t    *testing.T
	said string
	errs shared
	end  func() (status int)
}

// servePortal runs a command until it has said its last line.
func servePortal(t *testing.T, last string, args ...string) *servedPortal {
	t.Helper()
	return servePortalAt(t, time.Now, last, args...)
}

// servePortalAt is servePortal with a clock.
func servePortalAt(t *testing.T, now func() time.Time, last string, args ...string) *servedPortal {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	read, write := io.Pipe()
	s := &servedPortal{t: t}
	sys := system{in: strings.NewReader(""), out: write, err: &s.errs, env: func(string) (string, bool) { return "", false }, now: now}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, sys)
		write.Close()
	}()
	s.end = sync.OnceValue(func() int { interrupt(); return <-ended })
	t.Cleanup(func() { s.end() })
	for out := bufio.NewReader(read); !strings.Contains(s.said, last); {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("it does not say all: %v\n%s%s", err, s.said, s.errs.String())
		}
		s.said += line
	}
	go io.Copy(io.Discard, read)
	return s
}

// find is what an expression's group matches of what was said.
func (s *servedPortal) find(expression string) string {
	s.t.Helper()
	m := regexp.MustCompile(expression).FindStringSubmatch(s.said)
	if m == nil {
		s.t.Fatalf("it says no %s:\n%s", expression, s.said)
	}
	return m[1]
}

// phone is a browser with an iPhone's identity.
func phone(t *testing.T, transport http.RoundTripper) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: transport}
}

// visit sends a request as a browser does, and follows where it leads.
func visit(t *testing.T, c *http.Client, address string, form url.Values) (status int, where, body string) {
	t.Helper()
	method, content := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, content = http.MethodPost, strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", iPhoneAgent)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.String(), string(data)
}

// A new user runs the quickstart, opens the link on an iPhone, types the PIN, presses the
// button, and gets a profile that verifies. Then the link is used.
func TestQuickstartServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "trial")
	s := servePortal(t, "says that it is used", "quickstart", "--serve", "--dir", dir, "--listen", "127.0.0.1:0")
	link, pin := s.find(`(http://\S+/t/\S+)`), s.find(`PIN +(\d{6})`)
	c := phone(t, nil)
	for range 2 { // opening it changes nothing
		if status, _, body := visit(t, c, link, nil); status != http.StatusOK || !strings.Contains(body, `name="pin"`) {
			t.Fatalf("the link's page: %d\n%s", status, body)
		}
	}
	status, where, steps := visit(t, c, link, url.Values{"pin": {pin}})
	file := regexp.MustCompile(`href="(file/[^"]+)"`).FindStringSubmatch(steps)
	if status != http.StatusOK || where != link+"/steps" || file == nil {
		t.Fatalf("after the button: %d at %s\n%s", status, where, steps)
	}
	status, _, profile := visit(t, c, link+"/"+file[1], nil)
	made, err := os.ReadFile(filepath.Join(dir, "alice.mobileconfig"))
	if err != nil || status != http.StatusOK || profile != string(made) {
		t.Errorf("the profile: %d, %d bytes of %d, %v", status, len(profile), len(made), err)
	}
	verifies(t, profile, filepath.Join(dir, "lab", "root.pem"))
	password, err := os.ReadFile(filepath.Join(dir, "alice.password"))
	secret := strings.TrimSpace(string(password))
	if _, _, body := visit(t, c, link+"/password", nil); err != nil || !strings.Contains(body, secret) || strings.Contains(steps, secret) {
		t.Errorf("the password's page has no password, or the page before has it: %v", err)
	}
	if status, _, body := visit(t, phone(t, nil), link, nil); status != http.StatusGone || !strings.Contains(body, "This link is used") {
		t.Errorf("the link, in another browser: %d", status)
	}
	if _, err := os.Stat(filepath.Join(dir+dataEnd, deskToken)); err != nil || !strings.Contains(s.said, "/desk  (the token is in ") {
		t.Errorf("a help desk to try: %v\n%s", err, s.said)
	}
	if got := s.end(); got != exitOK {
		t.Errorf("interrupted, it ends with %d", got)
	}
	log := s.errs.String()
	for _, want := range []string{"ticket.redeemed", "ticket.fetched", "the portal has ended"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q:\n%s", want, log)
		}
	}
	for _, hidden := range []string{strings.TrimPrefix(link, s.find(`(http://[^/]+/t/)`)), pin, secret} {
		if strings.Contains(log, hidden) {
			t.Errorf("the log has %q", hidden)
		}
	}
}

func verifies(t *testing.T, profile, roots string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "got.mobileconfig")
	if err := os.WriteFile(file, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, out := runQuietly(t, "verify", file, "--roots", roots); status != exitOK {
		t.Errorf("easkit verify: %d\n%s", status, out)
	}
}

// runQuietly runs a command to its end.
func runQuietly(t *testing.T, args ...string) (status int, printed string) {
	t.Helper()
	var out strings.Builder
	sys := system{in: strings.NewReader(""), out: &out, err: &out, env: func(string) (string, bool) { return "", false }, now: time.Now}
	status = run(t.Context(), args, sys)
	return status, out.String()
}

// serverPair writes a certificate of its own for localhost, and more names.
func serverPair(t *testing.T, dir string, serial int64, more ...string) (*x509.CertPool, string, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: append([]string{"localhost"}, more...),
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, keyFile := filepath.Join(dir, "tls.pem"), filepath.Join(dir, "tls.key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: plain}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return pool, cert, keyFile
}

// With a certificate it is served by TLS, under the name that stands there; the help desk
// signs in with a token that is in its file alone.
func TestServeTLS(t *testing.T) {
	work := t.TempDir()
	dir := filepath.Join(work, "trial")
	if status, out := runQuietly(t, "quickstart", "--quiet", "--dir", dir); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	pool, cert, key := serverPair(t, work, 1)
	token, audit := filepath.Join(work, "desk.token"), filepath.Join(work, "audit.jsonl")
	s := servePortal(t, "easkit ticket make ", "serve", dir, "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key,
		"--data", filepath.Join(work, "tickets"), "--admin-token-file", token, "--audit", audit)
	origin := s.find(`at (https://localhost:\d+) until`)
	c := phone(t, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}})
	secret, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, body := visit(t, c, origin+"/desk/signin", url.Values{"token": {strings.TrimSpace(string(secret))}}); status != http.StatusOK || !strings.Contains(body, "/desk/signout") {
		t.Errorf("the help desk's page: %d\n%s", status, body)
	}
	status, made := runQuietly(t, "ticket", "make", "alice", "--from", dir, "--data", filepath.Join(work, "tickets"))
	link := regexp.MustCompile(regexp.QuoteMeta(origin) + `/t/\S+`).FindString(made)
	if status != exitOK || link == "" {
		t.Fatalf("ticket make beside the server: %d\n%s", status, made)
	}
	if status, _, _ := visit(t, c, link, nil); status != http.StatusOK {
		t.Errorf("its link: %d", status)
	}
	old := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}}
	if _, err := (&http.Client{Transport: old}).Get(origin); err == nil {
		t.Error("it takes TLS 1.1")
	}
	s.end()
	for _, file := range []string{token, audit, filepath.Join(work, "tickets", "tickets.db")} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	log, err := os.ReadFile(audit)
	if said := s.said + s.errs.String() + string(log); err != nil || !strings.Contains(said, "desk.signed-in") || strings.Contains(said, strings.TrimSpace(string(secret))) {
		t.Errorf("%v: the log does not say who signed in, or something has the token:\n%s", err, said)
	}
}

// A certificate that was renewed is taken; one that can't be read is not.
func TestTLSRenewed(t *testing.T) {
	dir := t.TempDir()
	_, cert, key := serverPair(t, dir, 1)
	p, err := (&app{system: system{now: time.Now}}).readTLS(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		pair, err := p.certificate(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	if changed, err := p.renew(); changed || err != nil {
		t.Errorf("nothing has changed: %v, %v", changed, err)
	}
	serverPair(t, dir, 2)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	if changed, err := p.renew(); !changed || err != nil || serial() != 2 {
		t.Errorf("renewed: %v, %v, serial %d", changed, err, serial())
	}
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.renew(); err == nil || serial() != 2 {
		t.Errorf("half a file: %v, serial %d", err, serial())
	}
}

// What links begin with follows from the certificate and the port.
func TestOrigin(t *testing.T) {
	at := func(port int) net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: port} }
	with := func(names ...string) *tlsPair {
		return &tlsPair{current: &tls.Certificate{Leaf: &x509.Certificate{DNSNames: names}}}
	}
	loopback := &tlsPair{current: &tls.Certificate{Leaf: &x509.Certificate{IPAddresses: []net.IP{net.IPv6loopback}}}}
	for _, c := range []struct {
		pair  *tlsPair
		asked string
		at    net.Addr
		want  string // "" for an error
	}{
		{nil, "", at(8443), "http://10.0.0.1:8443"},
		{nil, "https://mail.contoso.com", at(8443), "https://mail.contoso.com"},
		{with("*.contoso.com", "Mail.contoso.com"), "", at(443), "https://mail.contoso.com"},
		{with("mail.contoso.com"), "", at(8443), "https://mail.contoso.com:8443"},
		{with("*.contoso.com"), "https://mail.contoso.com", at(443), "https://mail.contoso.com"},
		{with("*.contoso.com"), "", at(443), ""},
		{with("mail.contoso.com"), "https://other.contoso.com", at(443), ""},
		{with("mail.contoso.com"), "https://mail.contoso.com:8443", at(443), "https://mail.contoso.com:8443"},
		{with("mail.contoso.com"), "http://mail.contoso.com", at(443), ""},
		{with("mail.contoso.com"), "mail.contoso.com", at(443), ""},
		{loopback, "https://[::1]:8443", at(443), "https://[::1]:8443"},
		{loopback, "https://[::1]", at(443), "https://[::1]"},
		{loopback, "https://[::2]", at(443), ""},
	} {
		got, err := (&portalServer{pair: c.pair}).originOf(c.asked, c.at)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

// One process at a time serves with a folder of tickets; when it ends, another may. What
// it serves lies there in the clear, which is said.
func TestServeOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, out := runQuietly(t, "quickstart", "--quiet"); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	call := []string{"serve", "easkit-quickstart", "--listen", "127.0.0.1:0"}
	first := servePortal(t, "easkit ticket make ", call...)
	status, out := runQuietly(t, call...)
	if status != exitInput || !strings.Contains(out, "serves a portal with it already") || !strings.Contains(out, "hint: end that one first") || strings.Contains(out, "shard") {
		t.Errorf("a second: %d\n%s", status, out)
	}
	if got := first.end(); got != exitOK {
		t.Errorf("the first ends with %d", got)
	}
	if log := first.errs.String(); !strings.Contains(log, "without encryption") {
		t.Errorf("it does not say what lies in the clear:\n%s", log)
	}
	again := servePortal(t, "easkit ticket make ", call...)
	if got := again.end(); got != exitOK {
		t.Errorf("after it: %d", got)
	}
}

// Whoever pressed the button with a stolen link fetches no more, once the user's tickets are
// revoked or the user has a new one.
func TestRevokeUsed(t *testing.T) {
	for name, args := range map[string][]string{
		"revoked": {"ticket", "revoke", "alice@contoso.com"},
		"new":     {"ticket", "make", "alice", "--from", "easkit-quickstart"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			s := servePortal(t, "says that it is used", "quickstart", "--serve", "--listen", "127.0.0.1:0")
			link, pin := s.find(`(http://\S+/t/\S+)`), s.find(`PIN +(\d{6})`)
			thief := phone(t, nil)
			if status, _, body := visit(t, thief, link, url.Values{"pin": {pin}}); status != http.StatusOK {
				t.Fatalf("the button: %d\n%s", status, body)
			}
			for _, page := range []string{"/file/alice.mobileconfig", "/password"} {
				if status, _, _ := visit(t, thief, link+page, nil); status != http.StatusOK {
					t.Fatalf("%s before: %d", page, status)
				}
			}
			if status, out := runQuietly(t, append(args, "--data", "easkit-quickstart-tickets")...); status != exitOK || !strings.Contains(out, "revoked") {
				t.Fatalf("%d\n%s", status, out)
			}
			if status, _, _ := visit(t, thief, link+"/file/alice.mobileconfig", nil); status == http.StatusOK {
				t.Error("the file is there as before")
			}
			if status, _, _ := visit(t, thief, link+"/password", nil); status == http.StatusOK {
				t.Error("the password is there as before")
			}
		})
	}
}
