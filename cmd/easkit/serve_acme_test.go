package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/net/dns/dnsmessage"
)

// The portal's name in these tests, one that leads to another port, and one that pebble
// refuses.
const (
	acmeHost    = "mail-setup.contoso.com"
	acmeBlocked = "blocked.contoso.com"
)

// pebble is a running ACME server of Let's Encrypt's, made for tests.
type pebble struct {
	directory string // its address
	roots     string // the file with the root of its own certificate
	tlsPort   string // of this machine, where it comes to see names
	issuer    *x509.CertPool
	keyFile   string // the key of the account "easkit", which it wants
	said      shared
	stop      func()
}

// startPebble runs a server that wants an account beforehand, and finds every name of
// contoso.com on this machine.
func startPebble(t *testing.T) *pebble {
	t.Helper()
	program, err := exec.LookPath("pebble")
	if err != nil {
		t.Skip("pebble is not on PATH")
	}
	dir := t.TempDir()
	pool, cert, key := serverPair(t, dir, 1)
	port, management := quietPort(t), quietPort(t)
	p := &pebble{
		directory: "https://localhost:" + port + "/dir", roots: cert, tlsPort: quietPort(t), keyFile: filepath.Join(dir, "account.key"),
	}
	secret := base64.RawURLEncoding.EncodeToString([]byte("thirty-two bytes that are no secret"))
	tlsPort, err := strconv.Atoi(p.tlsPort)
	if err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": "127.0.0.1:" + port, "managementListenAddress": "127.0.0.1:" + management,
		"certificate": cert, "privateKey": key, "tlsPort": tlsPort, "domainBlocklist": []string{acmeBlocked},
		"externalAccountBindingRequired": true, "externalAccountMACKeys": map[string]string{"easkit": secret},
	}})
	if err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(dir, "pebble.json")
	for file, content := range map[string][]byte{configFile: config, p.keyFile: []byte(secret + "\n")} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, program, "-config", configFile, "-dnsserver", startDNS(t))
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1")
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.stop = func() { cancel(); cmd.Wait() }
	t.Cleanup(p.stop)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	t.Cleanup(client.CloseIdleConnections)
	waitFor(t, client, p.directory, &p.said)
	p.issuer = x509.NewCertPool()
	if !p.issuer.AppendCertsFromPEM(waitFor(t, client, "https://localhost:"+management+"/roots/0", &p.said)) {
		t.Fatal("pebble tells no root")
	}
	return p
}

// waitFor asks until there is an answer.
func waitFor(t *testing.T, c *http.Client, address string, said *shared) []byte {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		resp, err := c.Get(address)
		if err != nil {
			continue
		}
		defer resp.Body.Close()
		if body, err := io.ReadAll(resp.Body); err == nil && resp.StatusCode == http.StatusOK {
			return body
		}
	}
	t.Fatalf("%s does not answer\n%s", address, said.String())
	return nil
}

// quietPort is a free port that the system gives to nobody else who asks for any.
func quietPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(10000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// startDNS answers for names of contoso.com that they are here.
func startDNS(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // pebble asks by TCP
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerDNS(conn)
		}
	}()
	return listener.Addr().String()
}

func answerDNS(conn net.Conn) {
	defer conn.Close()
	var size uint16
	var m dnsmessage.Message
	if binary.Read(conn, binary.BigEndian, &size) != nil {
		return
	}
	query := make([]byte, size)
	if _, err := io.ReadFull(conn, query); err != nil || m.Unpack(query) != nil || len(m.Questions) != 1 {
		return
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	switch {
	case !strings.HasSuffix(q.Name.String(), ".contoso.com."):
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		head := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
		m.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	}
	if answer, err := m.AppendPack(make([]byte, 2)); err == nil {
		binary.BigEndian.PutUint16(answer, uint16(len(answer)-2))
		conn.Write(answer)
	}
}

// orders counts the certificates that were asked for.
func (p *pebble) orders() int { return strings.Count(p.said.String(), "POST /order-plz") }

// flags are those with which a portal gets its certificate here.
func (p *pebble) flags(more ...string) []string {
	return append([]string{"--acme-url", p.directory, "--acme-roots", p.roots, "--acme-agree", "--acme-email", "admin@contoso.com",
		"--acme-account-id", "easkit", "--acme-account-key-file", p.keyFile}, more...)
}

// A portal gets its certificate of a real ACME server; strangers start no orders, and
// speak no protocol that is for that server; after a restart the certificate is there
// though the ACME server is not.
func TestACME(t *testing.T) {
	p := startPebble(t)
	work := t.TempDir()
	dir, data := filepath.Join(work, "trial"), filepath.Join(work, "tickets")
	if status, out := runQuietly(t, "quickstart", "--quiet", "--dir", dir); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	address := "127.0.0.1:" + p.tlsPort
	call := append([]string{"serve", dir, "--data", data, "--listen", address, "--acme", acmeHost}, p.flags()...)
	s := servePortal(t, "easkit ticket make ", call...)
	origin := s.find(`at (https://\S+) until`)
	if origin != "https://"+acmeHost+":"+p.tlsPort {
		t.Errorf("links begin with %s", origin)
	}
	status, made := runQuietly(t, "ticket", "make", "alice", "--from", dir, "--data", data)
	link := regexp.MustCompile(regexp.QuoteMeta(origin) + `/t/\S+`).FindString(made)
	if status != exitOK || link == "" {
		t.Fatalf("ticket make beside the server: %d\n%s", status, made)
	}
	first := opensByName(t, p, address, link)
	orders := p.orders()
	if orders == 0 {
		t.Errorf("no order was seen:\n%s", p.said.String())
	}
	t.Run("strangers", func(t *testing.T) { strangers(t, address, &s.errs) })
	if p.orders() != orders {
		t.Errorf("strangers made %d orders", p.orders()-orders)
	}
	keysKept(t, data)
	if got := s.end(); got != exitOK {
		t.Errorf("interrupted, it ends with %d", got)
	}
	if log := s.errs.String(); !strings.Contains(log, "tls.obtained") {
		t.Errorf("the log:\n%s", log)
	}
	p.stop()
	again := servePortal(t, "easkit ticket make ", call...)
	if second := opensByName(t, p, address, link); !second.Equal(first) {
		t.Error("it has another certificate after a restart")
	}
	if log := again.errs.String(); strings.Contains(log, "getting a certificate") {
		t.Errorf("the log after a restart:\n%s", log)
	}
}

// opensByName opens a link as a phone does that trusts the ACME server's CA.
func opensByName(t *testing.T, p *pebble, address, link string) *x509.Certificate {
	t.Helper()
	var leaf *x509.Certificate
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: p.issuer, VerifyConnection: func(c tls.ConnectionState) error {
			leaf = c.PeerCertificates[0]
			return nil
		}},
	}
	defer transport.CloseIdleConnections()
	if status, _, body := visit(t, phone(t, transport), link, nil); status != http.StatusOK || !strings.Contains(body, `name="pin"`) {
		t.Errorf("the link's page: %d\n%s", status, body)
	}
	return leaf
}

// strangers shake hands in ways that the portal's visitors do not.
func strangers(t *testing.T, address string, log *shared) {
	rsaOnly := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	for name, c := range map[string]struct {
		config *tls.Config
		agreed string // the protocol; "" for none
		fails  bool
	}{
		"another name":          {&tls.Config{ServerName: "other.contoso.com"}, "", true},
		"no name":               {&tls.Config{}, "", false},
		"the challenge's":       {&tls.Config{ServerName: acmeHost, NextProtos: []string{acme.ALPNProto}}, "", true},
		"the challenge's first": {&tls.Config{ServerName: acmeHost, NextProtos: []string{acme.ALPNProto, "h2"}}, "h2", false},
		"HTTP alone":            {&tls.Config{ServerName: acmeHost, NextProtos: []string{"http/1.1"}}, "http/1.1", false},
		"RSA alone":             {&tls.Config{ServerName: acmeHost, CipherSuites: rsaOnly, MaxVersion: tls.VersionTLS12}, "", true},
		"TLS 1.1":               {&tls.Config{ServerName: acmeHost, MaxVersion: tls.VersionTLS11}, "", true},
		"TLS 1.2":               {&tls.Config{ServerName: acmeHost, MaxVersion: tls.VersionTLS12}, "", false},
	} {
		c.config.InsecureSkipVerify = true // what is tried is the server's choice
		conn, err := tls.Dial("tcp", address, c.config)
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if got := conn.ConnectionState().NegotiatedProtocol; got != c.agreed {
				t.Errorf("%s: they agree on %q", name, got)
			}
			conn.Close()
		}
	}
	for range 100 {
		tls.Dial("tcp", address, &tls.Config{ServerName: "other.contoso.com"})
	}
	if n := strings.Count(log.String(), "handshake"); n > 30 {
		t.Errorf("they fill the log, with %d lines", n)
	}
}

// keysKept wants all that was got for its owner alone.
func keysKept(t *testing.T, data string) {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(data, acmeDir), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		found = append(found, d.Name())
		return nil
	})
	if all := strings.Join(found, " "); err != nil || !strings.Contains(all, "acme_account+key") || !strings.Contains(all, acmeHost) {
		t.Errorf("%v: %s", err, all)
	}
}

// What keeps a portal from its certificate is told in one line, with what to do.
func TestACMEFails(t *testing.T) {
	p := startPebble(t)
	work := t.TempDir()
	dir := filepath.Join(work, "trial")
	if status, out := runQuietly(t, "quickstart", "--quiet", "--dir", dir); status != exitOK {
		t.Fatalf("quickstart: %d\n%s", status, out)
	}
	_, stranger, _ := serverPair(t, t.TempDir(), 2)
	wrong := filepath.Join(work, "wrong.key")
	if err := os.WriteFile(wrong, []byte("c2VjcmV0LXRoYXQtaXMtd3Jvbmc"), 0o600); err != nil {
		t.Fatal(err)
	}
	without := func(flags ...string) []string { return append([]string{"--acme-url", p.directory}, flags...) }
	for name, c := range map[string]struct {
		host   string
		flags  []string
		status int
		want   []string
	}{
		"terms":        {acmeHost, without("--acme-roots", p.roots), exitInput, []string{"agreement to its terms: data:text/plain", "give --acme-agree"}},
		"root":         {acmeHost, without("--acme-roots", stranger, "--acme-agree"), exitService, []string{"unknown authority", "give --acme-roots"}},
		"no account":   {acmeHost, without("--acme-roots", p.roots, "--acme-agree"), exitService, []string{"(externalAccountRequired)", "--acme-account-id"}},
		"account":      {acmeHost, p.flags("--acme-account-key-file", wrong), exitService, []string{"no certificate for " + acmeHost}},
		"out of reach": {acmeHost, p.flags(), exitService, []string{"Failed to connect", "DNS must lead " + acmeHost}},
		"refused":      {acmeBlocked, p.flags(), exitService, []string{"(rejectedIdentifier)", "gives no certificates for " + acmeBlocked}},
		"not in DNS":   {"mail.fabrikam.com", p.flags(), exitService, []string{"mail.fabrikam.com", "DNS must lead mail.fabrikam.com"}},
		"no directory": {acmeHost, p.flags("--acme-url", p.directory+"ectory"), exitService, []string{"404", "is the address of an ACME directory"}},
		"no server":    {acmeHost, p.flags("--acme-url", "https://localhost:"+p.tlsPort), exitService, []string{"connection refused", "is the address of an ACME directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "tickets")
			args := append([]string{"serve", dir, "--data", data, "--listen", "127.0.0.1:0", "--acme", c.host}, c.flags...)
			status, out := runQuietly(t, args...)
			if status != c.status {
				t.Errorf("it ends with %d", status)
			}
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q", want)
				}
			}
			if strings.Count(out, "easkit: error: ") != 1 || strings.Contains(out, "c2VjcmV0") || strings.Contains(out, "is served") {
				t.Error("there is not one error, or it tells the secret")
			}
			if t.Failed() {
				t.Log(out)
			}
		})
	}
}

// Wrong flags are refused before anything is asked of a server.
func TestACMEFlags(t *testing.T) {
	key := filepath.Join(t.TempDir(), "account.key")
	if err := os.WriteFile(key, []byte("no base64 (a secret)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	agreed := func(more ...string) []string {
		return append([]string{"--acme", acmeHost, "--acme-agree"}, more...)
	}
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"no name":         {[]string{"--acme-agree"}, "give --acme HOST"},
		"a file as well":  {agreed("--tls-cert", "portal.pem"), "--tls-cert"},
		"localhost":       {[]string{"--acme", "localhost"}, "of this machine alone"},
		"below it":        {[]string{"--acme", "a.localhost"}, "of this machine alone"},
		"IPv4":            {[]string{"--acme", "192.0.2.1"}, "ACME certifies names"},
		"IPv6":            {[]string{"--acme", "[2001:db8::1]"}, "ACME certifies names"},
		"one label":       {[]string{"--acme", "portal"}, "no whole name in DNS"},
		"a port":          {[]string{"--acme", acmeHost + ":443"}, "without a port"},
		"all names":       {[]string{"--acme", "*.contoso.com"}, "no name of a host"},
		"capitals":        {[]string{"--acme", "Mail.contoso.com"}, "in lower case"},
		"a dot":           {[]string{"--acme", "mail.contoso.com."}, "no name of a host"},
		"an underscore":   {[]string{"--acme", "mail_setup.contoso.com"}, "no whole name in DNS"},
		"not agreed":      {[]string{"--acme", acmeHost}, "give --acme-agree"},
		"no TLS":          {agreed("--acme-url", "http://ca.contoso.com/dir"), "is no https address"},
		"no mail address": {agreed("--acme-email", "admin"), "is no mail address"},
		"two addresses":   {agreed("--acme-email", "a@contoso.com,b@contoso.com"), "is no mail address"},
		"no roots":        {agreed("--acme-roots", key+".pem"), "--acme-roots"},
		"half an account": {agreed("--acme-account-id", "easkit"), "go together"},
		"no key":          {agreed("--acme-account-id", "easkit", "--acme-account-key-file", key), "no base64url"},
	} {
		status, out := runQuietly(t, append([]string{"serve", "results", "--listen", "127.0.0.1:0"}, c.flags...)...)
		if status != exitInput || !strings.Contains(out, c.want) || strings.Contains(out, "a secret") {
			t.Errorf("%s: %d, %s", name, status, out)
		}
	}
}

// What links begin with is the name that the certificate will be for.
func TestACMEOrigin(t *testing.T) {
	s := &portalServer{acme: &acmeCertificate{host: acmeHost}}
	for _, c := range []struct {
		asked string
		port  int
		want  string // "" for an error
	}{
		{"", 443, "https://" + acmeHost},
		{"", 8443, "https://" + acmeHost + ":8443"},
		{"https://" + acmeHost, 8443, "https://" + acmeHost},
		{"http://" + acmeHost, 443, ""},
		{"https://other.contoso.com", 443, ""},
	} {
		got, err := s.originOf(c.asked, &net.TCPAddr{IP: net.IPv4zero, Port: c.port})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}

// Problems are found in what an ACME server answers; a nonce that has ended is none.
func TestACMEProblem(t *testing.T) {
	const kind = `"type":"urn:ietf:params:acme:error:`
	for name, c := range map[string]struct {
		status   int
		body     string
		want     string // "" for none
		decisive bool
	}{
		"a directory":  {200, `{"newNonce":"https://ca/nonce","meta":{"termsOfService":"https://ca/terms"}}`, "", false},
		"a chain":      {200, "-----BEGIN CERTIFICATE-----", "", false},
		"limited":      {429, `{` + kind + `rateLimited","detail":"too many","status":429}`, "too many (rateLimited)", false},
		"a nonce":      {400, `{` + kind + `badNonce","detail":"old"}`, "", false},
		"several":      {400, `{` + kind + `compound","detail":"two","subproblems":[{"detail":"one"},{"detail":"other"}]}`, "two; one; other (compound)", false},
		"no problem":   {502, "<html>", "it answers 502 Bad Gateway", false},
		"pending":      {200, `{"status":"pending","challenges":[{"type":"tls-alpn-01","status":"pending"}]}`, "", false},
		"a validation": {200, `{"status":"invalid","challenges":[{"type":"http-01"},{"type":"tls-alpn-01","error":{` + kind + `tls","detail":"no ALPN\n"}}]}`, "no ALPN\ufffd (tls)", true},
		"an order":     {200, `{"status":"invalid","error":{` + kind + `caa","detail":"not this CA"}}`, "not this CA (caa)", true},
		"invalid":      {200, `{"status":"invalid"}`, "", false},
	} {
		p, decisive := problemIn(c.status, []byte(c.body))
		got := ""
		if p != nil {
			got = p.Error()
		}
		if got != c.want || decisive != c.decisive {
			t.Errorf("%s: %q, %v", name, got, decisive)
		}
	}
}

// roundTrip is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A renewal that fails is in the log, once for an attempt.
func TestACMELog(t *testing.T) {
	now, log := time.Now(), new(bytes.Buffer)
	w, err := (&app{system: system{now: func() time.Time { return now }}}).newACMEWatch(&acmeFlags{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.end()
	w.base = roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("no\nroute") })
	ask := func(address string) error {
		resp, err := w.client().Get(address)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	w.logTo(slog.New(slog.NewJSONHandler(log, nil)))
	for hour := range 3 {
		for range 20 {
			if ask("https://ca.contoso.com/dir") == nil {
				t.Fatal("there is an answer")
			}
		}
		if n := strings.Count(log.String(), "the old one stays"); n != hour+1 {
			t.Errorf("%d lines after %d attempts:\n%s", n, hour+1, log)
		}
		now = now.Add(time.Hour)
	}
	if err := ask("http://ca.contoso.com/dir"); err == nil || !strings.Contains(err.Error(), "without https") {
		t.Errorf("without https: %v", err)
	}
	w.base = roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.LimitReader(zeros{}, maxACMEBody+1))}, nil
	})
	if err := ask("https://ca.contoso.com/dir"); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("a long answer: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// A limit of rates is not waited for, and an old nonce not at all.
func TestACMEPause(t *testing.T) {
	for _, c := range []struct {
		n, status int
		want      time.Duration
	}{
		{1, http.StatusTooManyRequests, 0},
		{1, http.StatusBadRequest, time.Millisecond},
		{1, http.StatusServiceUnavailable, time.Second},
		{acmeRetries, http.StatusServiceUnavailable, 16 * time.Second},
		{acmeRetries + 1, http.StatusServiceUnavailable, 0},
	} {
		if got := acmePause(c.n, nil, &http.Response{StatusCode: c.status}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
