package portal

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// postOffice is an SMTP server (RFC 5321) for one mail after the other.
type postOffice struct {
	offers   []string // extensions
	implicit bool     // TLS from the first byte
	refuse   string   // the answer to RCPT; empty takes the mail
	tls      *tls.Config
	listener net.Listener

	mu    sync.Mutex
	heard []string // commands, with [TLS] before those under TLS
	mails []string
}

func newPostOffice(t *testing.T, p *postOffice) *x509.CertPool {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate: 127.0.0.1 and example.com
	t.Cleanup(https.Close)
	p.tls = &tls.Config{Certificates: https.TLS.Certificates}
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	var err error
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { p.listener.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := p.listener.Accept()
			if err != nil {
				return
			}
			if p.implicit {
				conn = tls.Server(conn, p.tls)
			}
			p.talk(conn)
		}
	})
	return roots
}

func (p *postOffice) talk(conn net.Conn) {
	defer func() { conn.Close() }()
	secure := p.implicit
	in := bufio.NewReader(conn)
	say := func(format string, args ...any) { fmt.Fprintf(conn, format+"\r\n", args...) }
	say("220 office")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		p.note(secure, line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case verb == "EHLO":
			say("250-office")
			for _, o := range p.offers {
				if o != "STARTTLS" || !secure {
					say("250-%s", o)
				}
			}
			say("250 8BITMIME")
		case verb == "STARTTLS":
			say("220 go on")
			secured := tls.Server(conn, p.tls)
			conn, in, secure = secured, bufio.NewReader(secured), true
		case line == "AUTH LOGIN":
			for _, ask := range []string{"Username:", "Password:"} {
				say("334 %s", base64.StdEncoding.EncodeToString([]byte(ask)))
				said, _ := in.ReadString('\n')
				clear, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(said))
				p.note(secure, ask+string(clear))
			}
			say("235 welcome")
		case verb == "AUTH":
			say("235 welcome")
		case verb == "RCPT" && p.refuse != "":
			say("%s", p.refuse)
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for line := ""; line != ".\r\n"; {
				b.WriteString(strings.TrimPrefix(line, ".")) // RFC 5321, 4.5.2
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			p.mu.Lock()
			p.mails = append(p.mails, b.String())
			p.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (p *postOffice) note(secure bool, line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if secure {
		line = "[TLS] " + line
	}
	p.heard = append(p.heard, line)
}

func (p *postOffice) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.heard, "\n")
}

// smtpTo is a client of the office under a host's name, whatever that resolves to.
func (p *postOffice) smtpTo(t *testing.T, scheme, host string, roots *x509.CertPool, user string) *SMTP {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	o := SMTPOptions{Server: scheme + "://" + net.JoinHostPort(host, port), From: "help@contoso.com", Name: "Hélp, desk", User: user, Roots: roots,
		Now: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }}
	if user != "" {
		o.Password = "smtp-password"
	}
	s, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	s.dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.listener.Addr().String())
	}
	return s
}

var testMail = Message{To: "alice@bücher.example", Subject: "E-Mail für Sie", Body: "Grüße\n\n.\nhttp://127.0.0.1/t/" + strings.Repeat("x", 100) + "\n", Language: "de"}

func TestSMTP(t *testing.T) {
	for name, test := range map[string]struct {
		office       *postOffice
		scheme, host string
		user         string
		fails        string // part of the error; empty for none
		heard        string // a command that comes
	}{
		"STARTTLS":                {&postOffice{offers: []string{"STARTTLS"}}, "smtp", "example.com", "", "", "[TLS] RCPT TO:<alice@xn--bcher-kva.example>"},
		"TLS":                     {&postOffice{implicit: true}, "smtps", "example.com", "", "", "[TLS] MAIL FROM:<help@contoso.com> BODY=8BITMIME"},
		"TLS on loopback":         {&postOffice{implicit: true}, "smtps", "127.0.0.1", "", "", "[TLS] EHLO contoso.com"},
		"loopback":                {&postOffice{offers: []string{"STARTTLS"}}, "smtp", "127.0.0.1", "", "", "EHLO contoso.com"},
		"PLAIN":                   {&postOffice{offers: []string{"STARTTLS", "AUTH LOGIN PLAIN"}}, "smtp", "example.com", "me", "", "[TLS] AUTH PLAIN AG1lAHNtdHAtcGFzc3dvcmQ="},
		"LOGIN, as Exchange":      {&postOffice{offers: []string{"STARTTLS", "AUTH LOGIN XOAUTH2"}}, "smtp", "example.com", "me", "", "[TLS] Password:smtp-password"},
		"no STARTTLS":             {&postOffice{offers: []string{"AUTH PLAIN"}}, "smtp", "example.com", "me", "does not offer STARTTLS", "EHLO contoso.com"},
		"another name":            {&postOffice{offers: []string{"STARTTLS"}}, "smtp", "mail.contoso.com", "", "mail.contoso.com", "STARTTLS"},
		"it does not want to":     {&postOffice{refuse: "550 no such user"}, "smtp", "127.0.0.1", "", "no such user", ""},
		"nothing to sign in with": {&postOffice{implicit: true}, "smtps", "example.com", "me", "(AUTH)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			office := test.office
			roots := newPostOffice(t, office)
			err := office.smtpTo(t, test.scheme, test.host, roots, test.user).Send(t.Context(), testMail)
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Fatalf("%v, heard:\n%s", err, office.said())
			}
			if err != nil && strings.Contains(err.Error(), "smtp-password") {
				t.Errorf("the error has the password: %v", err)
			}
			if !strings.Contains(office.said(), test.heard) || test.fails == "" && len(office.mails) != 1 || test.fails != "" && len(office.mails) != 0 {
				t.Errorf("%d mails, heard:\n%s", len(office.mails), office.said())
			}
			for line := range strings.SplitSeq(office.said(), "\n") {
				if test.host != "127.0.0.1" && !strings.HasPrefix(line, "[TLS]") && !strings.HasPrefix(line, "EHLO") && line != "STARTTLS" && line != "QUIT" {
					t.Errorf("without TLS: %s", line)
				}
			}
		})
	}
}

// A mail is read by another implementation as it was meant.
func TestMailReads(t *testing.T) {
	office := &postOffice{}
	roots := newPostOffice(t, office)
	if err := office.smtpTo(t, "smtp", "127.0.0.1", roots, "").Send(t.Context(), testMail); err != nil {
		t.Fatal(err)
	}
	m, err := mail.ReadMessage(strings.NewReader(office.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	from, err := m.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != "Hélp, desk" || from[0].Address != "help@contoso.com" {
		t.Errorf("From: %v, %v", from, err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != testMail.Subject || m.Header.Get("To") != "<alice@xn--bcher-kva.example>" || m.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Errorf("%q, %v, %v", subject, err, m.Header)
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("Date: %v, %v", date, err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || got != testMail.Body {
		t.Errorf("%q, %v", got, err)
	}
	for line := range strings.SplitSeq(office.mails[0], "\r\n") {
		if len(line) > 78 && !strings.HasPrefix(line, "Subject") { // RFC 5322, 2.1.1
			t.Errorf("a long line: %s", line)
		}
	}
}

// No address, subject or language becomes a header or a command.
func TestMailInjection(t *testing.T) {
	office := &postOffice{}
	roots := newPostOffice(t, office)
	s := office.smtpTo(t, "smtp", "127.0.0.1", roots, "")
	const evil = "evil@example.com"
	for _, to := range []string{"a@b.com\r\nBcc: " + evil, "a@b.com>\r\nRCPT TO:<" + evil, "a@b.com, " + evil, "a@b.com\nBcc: " + evil, `"a\r\n"@b.com`, "<a@b.com>", "a@b.com ", "", "a"} {
		if err := s.Send(t.Context(), Message{To: to, Subject: "x", Body: "x", Language: "en"}); err == nil {
			t.Errorf("%q is sent", to)
		}
	}
	if err := s.Send(t.Context(), Message{To: "a@b.com", Subject: "x\r\nBcc: " + evil + "\r\n\r\nbody", Body: "x\r\n.\r\nMAIL FROM:<" + evil + ">\n.\nRCPT TO:<" + evil + ">", Language: "en\r\nBcc: " + evil}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(office.said(), evil) || len(office.mails) != 1 {
		t.Errorf("%d mails, heard:\n%s", len(office.mails), office.said())
	}
	m, err := mail.ReadMessage(strings.NewReader(office.mails[0]))
	if err != nil || m.Header.Get("Bcc") != "" {
		t.Errorf("%v, %v", m.Header, err)
	}
}

// A server that says nothing does not hold a form up for ever.
func TestMailGivesUp(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	s, err := NewSMTP(SMTPOptions{Server: "smtp://" + silent.Addr().String(), From: "help@contoso.com"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Send(ctx, testMail); err == nil {
		t.Error("it is sent")
	}
}

func TestNewSMTP(t *testing.T) {
	for name, test := range map[string]struct {
		o     SMTPOptions
		where string // empty where it is refused
	}{
		"STARTTLS":      {SMTPOptions{Server: "smtp://mail.contoso.com", From: "a@b.com"}, "mail.contoso.com:587"},
		"TLS":           {SMTPOptions{Server: "smtps://mail.contoso.com", From: "a@b.com"}, "mail.contoso.com:465"},
		"a port":        {SMTPOptions{Server: "smtp://[::1]:25", From: "a@b.com"}, "[::1]:25"},
		"no scheme":     {SMTPOptions{Server: "mail.contoso.com:25", From: "a@b.com"}, ""},
		"a password":    {SMTPOptions{Server: "smtp://me:secret@mail.contoso.com", From: "a@b.com"}, ""},
		"no sender":     {SMTPOptions{Server: "smtp://mail.contoso.com"}, ""},
		"a sender's LF": {SMTPOptions{Server: "smtp://mail.contoso.com", From: "a@b.com\nBcc: x@y.z"}, ""},
		"a name's LF":   {SMTPOptions{Server: "smtp://mail.contoso.com", From: "a@b.com", Name: "x\nBcc: x@y.z"}, ""},
		"no password":   {SMTPOptions{Server: "smtp://mail.contoso.com", From: "a@b.com", User: "me"}, ""},
	} {
		s, err := NewSMTP(test.o)
		if (err == nil) != (test.where != "") || err == nil && s.address != test.where {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error has the password: %v", err)
		}
	}
}
