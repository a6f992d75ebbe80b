package portal

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Every reply has the headers, whatever it is of.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	c, link := newVisitor(t), s.Link(made.Token)
	answers := map[string]reply{
		"a ticket": get(t, c, link), "an asset": get(t, c, s.url+"/assets/portal.css"), "nothing": get(t, c, s.url+"/none"),
		"a wrong host": get(t, c, link, "Host", "evil.example"), "a wrong method": send(t, c, http.MethodDelete, link, ""),
		"a long path": get(t, c, s.url+"/t//../x"), "the button": press(t, c, link, made.PIN),
		"the steps": get(t, c, link+"/steps"), "a file": get(t, c, link+"/file/alice.p12"), "the password": get(t, c, link+"/password"),
	}
	for name, a := range answers {
		for _, h := range fixedHeaders {
			want := []string{h.value}
			if h.name == "Content-Security-Policy" {
				want = append(want, policyScript)
			}
			if got := a.Header.Values(h.name); len(got) != 1 || got[0] != want[0] && got[0] != want[len(want)-1] {
				t.Errorf("%s: %s is %q", name, h.name, got)
			}
		}
		if strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: the policy allows what is unsafe", name)
		}
	}
	for _, cookie := range answers["the button"].Cookies() {
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/t/" || strings.Contains(cookie.Name+cookie.Value, string(made.Token)) {
			t.Errorf("the cookie is %s", cookie)
		}
	}
}

// On HTTPS browsers are kept there, and cookies with them.
func TestHTTPS(t *testing.T) {
	p, err := New(Options{Origin: "https://setup.contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	p.setHeaders(h)
	if h.Get("Strict-Transport-Security") == "" {
		t.Error("there is no HSTS")
	}
	if c := p.cookie(&ticket.Ticket{ID: "x"}, "s"); !c.Secure || c.Name != "__Secure-ticket-x" {
		t.Errorf("the cookie is %s", c)
	}
	if _, err := New(Options{Origin: "http://setup.contoso.com"}); err == nil {
		t.Error("plain HTTP was taken")
	}
}

// An origin is what browsers send, letter by letter: with any other every form is refused.
func TestParseOrigin(t *testing.T) {
	for _, good := range []string{"https://setup.contoso.com", "https://setup.contoso.com:8443", "https://xn--mnchen-3ya.example", "https://[2001:db8::1]", "https://192.0.2.1:80",
		"http://localhost:8080", "http://127.0.0.1", "http://[::1]:443"} {
		if u, err := ParseOrigin(good); err != nil || u.String() != good {
			t.Errorf("%q: %v, %v", good, u, err)
		}
	}
	for _, bad := range []string{"", "contoso.com", "https://", "https://:443", "http://setup.contoso.com", "http://localhost.contoso.com", "https://setup.contoso.com/", "https://a@b", "ftp://x",
		"https://x/y", "https://x?", "https://x#", "HTTPS://x", "https://Setup.contoso.com", "https://[2001:DB8::1]", "https://münchen.example", "https://ſ.example", "https://setup.contoso.com.",
		"https://setup.contoso.com.:8443", "https://x:", "https://x:443", "http://127.0.0.1:80", "https://x:0", "https://x:08443", "https://x:65536", "https://a b", "https://a%20b", `https://x\@y`} {
		if _, err := ParseOrigin(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// Anybody makes the server say something: it has few lines in the log.
func TestServerLogIsBounded(t *testing.T) {
	var b strings.Builder
	p, err := New(Options{Origin: "https://setup.contoso.com", Log: NewAudit(&b), Now: func() time.Time { return time.Unix(0, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(p)
	for range 1000 {
		s.ErrorLog.Printf("http: TLS handshake error from %s: %s", "192.0.2.1:1", "EOF")
		s.ErrorLog.Printf("http: TLS handshake error from %s: read tcp 192.0.2.2:443->%[1]s: read: %s", "192.0.2.1:1", "connection reset by peer")
	}
	if b.Len() > 0 {
		t.Errorf("clients that hang up are told of:\n%s", b.String())
	}
	for range 1000 {
		s.ErrorLog.Printf("http: TLS handshake error from %s: no certificate", "192.0.2.1:1")
	}
	if n := strings.Count(b.String(), "handshake"); n != int(ofServerLog.most) {
		t.Errorf("%d lines", n)
	}
}

// There are time-outs, a limit of headers, and no old TLS.
func TestServer(t *testing.T) {
	p, err := New(Options{Origin: "https://setup.contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(p)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a time-out or limit is missing: %+v", s)
	}
	if s.TLSConfig.MinVersion < tls.VersionTLS12 {
		t.Error("old TLS is spoken")
	}
}

// Clients that send their request slowly are cut off, and others are served meanwhile.
func TestSlowClients(t *testing.T) {
	s := newSite(t)
	server := NewServer(s.Portal)
	server.ReadHeaderTimeout, server.ReadTimeout = 50*time.Millisecond, 50*time.Millisecond
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	var slow []net.Conn
	for range 20 {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: ")
		slow = append(slow, conn)
	}
	wantStatus(t, "another client", get(t, newVisitor(t), "http://"+listener.Addr().String()), http.StatusMisdirectedRequest)
	for _, conn := range slow {
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error("a slow client is still waited for")
		}
	}
}

// Requests that no page of ours makes are refused, with a page in the visitor's language.
func TestRefusals(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	link, form := s.Link(made.Token), pinField+"="+string(made.PIN)
	type headers []string
	for _, test := range []struct {
		name, method, body string
		headers            headers
		status             int
	}{
		{"another host", "GET", "", headers{"Host", "evil.example"}, http.StatusMisdirectedRequest},
		{"another method", "PUT", form, nil, http.StatusMethodNotAllowed},
		{"another site", "POST", form, headers{"Content-Type", formType, "Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"a sister site", "POST", form, headers{"Content-Type", formType, "Sec-Fetch-Site", "same-site", "Origin", s.url}, http.StatusForbidden},
		{"another origin", "POST", form, headers{"Content-Type", formType, "Origin", "https://evil.example"}, http.StatusForbidden},
		{"no origin", "POST", form, headers{"Content-Type", formType}, http.StatusForbidden},
		{"JSON", "POST", "{}", headers{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}, http.StatusUnsupportedMediaType},
		{"no type", "POST", form, headers{"Sec-Fetch-Site", "same-origin"}, http.StatusUnsupportedMediaType},
		{"too much", "POST", strings.Repeat("a", maxBody+1), headers{"Content-Type", formType, "Sec-Fetch-Site", "same-origin"}, http.StatusRequestEntityTooLarge},
		{"no form", "POST", "pin=%zz", headers{"Content-Type", formType, "Sec-Fetch-Site", "same-origin"}, http.StatusBadRequest},
	} {
		a := send(t, newVisitor(t), test.method, link+"?lang=de", test.body, test.headers...)
		wantStatus(t, test.name, a, test.status)
		if !strings.Contains(a.body, `<html lang="de">`) {
			t.Errorf("%s: the page is not in German: %s", test.name, titleOf(a.body))
		}
		if strings.Contains(a.body, "evil") || strings.Contains(a.Header.Get("Location"), "evil") {
			t.Errorf("%s: the reply repeats what was sent", test.name)
		}
	}
	// Safari before 16.4 says its origin, or none as the pages' policy wants it.
	for _, origin := range []string{s.url, originUnsaid} {
		made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
		a := send(t, newVisitor(t), http.MethodPost, s.Link(made.Token), pinField+"="+string(made.PIN), "Content-Type", formType, "Origin", origin)
		wantStatus(t, "Origin: "+origin, a, http.StatusSeeOther)
	}
}

// Bodies without a length are cut, and nothing from a request gets into headers.
func TestRawRequests(t *testing.T) {
	s := newSite(t)
	made := s.order(t, ticket.ByPIN, aliceFiles(t, "bundle.json"))
	path := ticketPath(made.Token)
	host := strings.TrimPrefix(s.url, "http://")
	chunk := strings.Repeat("a", maxBody+1)
	for _, test := range []struct{ name, request, want string }{
		{"chunked", fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nSec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", path, host, formType, len(chunk), chunk), " 413 "},
		{"line break in the path", fmt.Sprintf("GET %s/file/x%%0d%%0aSet-Cookie:a=b HTTP/1.1\r\nHost: %s\r\n\r\n", path, host), " 303 "},
		{"large header", fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nX: %s\r\n\r\n", path, host, strings.Repeat("a", 2*maxHeader)), " 431 "},
		{"no host", fmt.Sprintf("GET %s HTTP/1.0\r\n\r\n", path), " 421 "},
		{"whole address", fmt.Sprintf("GET http://evil.example%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host), " 421 "},
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(conn, test.request)
		line, err := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if err != nil || !strings.Contains(line, test.want) {
			t.Errorf("%s: %q, %v; want%s", test.name, line, err, test.want)
		}
	}
}
