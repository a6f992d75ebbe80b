package portal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/easkit/easkit/certs"
)

// Message is a mail of plain text.
type Message struct {
	To       string // a bare address
	Subject  string
	Body     string
	Language string // of both, as in RFC 5646
}

// Mailer sends mail.
type Mailer interface {
	// Send returns when somebody else is responsible for the mail.
	Send(context.Context, Message) error
}

// SMTPOptions is how mail is handed to a server.
type SMTPOptions struct {
	Server   string // smtp://HOST[:PORT] with STARTTLS, or smtps://HOST[:PORT]
	From     string // a bare address
	Name     string // that users read beside From; empty for none
	User     string // empty to send without signing in
	Password string
	Roots    *x509.CertPool   // that the server's certificate leads to; nil for the system's
	Now      func() time.Time // nil is time.Now
}

// SMTP hands mail to a server. TLS 1.2 or later is required, as links are secrets;
// on loopback alone smtp:// goes without.
type SMTP struct {
	options SMTPOptions
	host    string
	address string
	tls     bool // from the first byte
	plain   bool // no TLS
	from    mail.Address
	domain  string // the sender's, by which the portal greets
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// Ports of submission, with STARTTLS and with TLS (RFC 6409, RFC 8314 7.3).
const (
	submission  = "587"
	submissions = "465"
)

// smtpPatience is how long one mail may take, where the context allows more.
const smtpPatience = 30 * time.Second

// NewSMTP checks the options. It does not connect.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	u, err := url.Parse(o.Server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, errors.New("the mail server is not written as smtp://HOST:PORT or smtps://HOST:PORT, with nothing else in it")
	}
	from, err := certs.ParseAddress(o.From)
	if err != nil {
		return nil, fmt.Errorf("the sender of mail, %.100q, is no address: %w", o.From, err)
	}
	if strings.ContainsFunc(o.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return nil, fmt.Errorf("the name of mail's sender, %.100q, has a character that does not print", o.Name)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &SMTP{options: o, host: u.Hostname(), tls: u.Scheme == "smtps", domain: from.ASCIIDomain, from: mail.Address{Name: o.Name, Address: o.From}, dial: (&net.Dialer{}).DialContext}
	s.plain = !s.tls && certs.LoopbackHost(s.host)
	if o.User != "" && o.Password == "" {
		return nil, errors.New("there is a user for the mail server, and no password")
	}
	port := submission
	if s.tls {
		port = submissions
	}
	s.address = net.JoinHostPort(s.host, cmp.Or(u.Port(), port))
	return s, nil
}

// Send hands a mail over.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	to, err := certs.ParseAddress(m.To)
	if err != nil {
		return fmt.Errorf("sending mail to %.100q: %w", m.To, err)
	}
	data, err := s.compose(m, to)
	if err != nil {
		return fmt.Errorf("writing a mail: %w", err)
	}
	if err := s.deliver(ctx, to.Local+"@"+to.ASCIIDomain, data); err != nil {
		return fmt.Errorf("handing a mail to %s: %w", s.address, err)
	}
	return nil
}

// deliver speaks SMTP. The connection ends with the context.
func (s *SMTP) deliver(ctx context.Context, to string, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, smtpPatience)
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if s.options.User != "" {
		if offered, _ := c.Extension("AUTH"); !offered {
			return errors.New("the server does not offer to sign in (AUTH)")
		}
		if err := c.Auth(s.auth(c)); err != nil {
			return fmt.Errorf("signing in as %q: %w", s.options.User, err)
		}
	}
	if utf8, _ := c.Extension("SMTPUTF8"); !utf8 && strings.ContainsFunc(s.options.From+to, func(r rune) bool { return r > unicode.MaxASCII }) {
		return errors.New("the server does not take addresses with letters beyond ASCII (SMTPUTF8)")
	}
	if err := c.Mail(s.options.From); err != nil {
		return fmt.Errorf("naming the sender: %w", err)
	}
	if err := c.Rcpt(to); err != nil {
		return fmt.Errorf("naming the user: %w", err)
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Quit() // the server has the mail, whatever it says to this
	return nil
}

// connect opens a connection, with TLS but on loopback.
func (s *SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := s.dial(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	config := &tls.Config{ServerName: s.host, RootCAs: s.options.Roots, MinVersion: tls.VersionTLS12}
	if s.tls {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := s.secure(c, config); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (s *SMTP) secure(c *smtp.Client, config *tls.Config) error {
	if err := c.Hello(s.domain); err != nil {
		return err
	}
	if s.tls || s.plain {
		return nil
	}
	if offered, _ := c.Extension("STARTTLS"); !offered {
		return errors.New("the server does not offer STARTTLS, and links are not sent without TLS: use smtps://, or another port")
	}
	return c.StartTLS(config)
}

// compose writes the mail. What is in a header is encoded (RFC 2047) or an address that
// was checked, so that no line of it can become another header.
func (s *SMTP) compose(m Message, to certs.Address) ([]byte, error) {
	var b bytes.Buffer
	address := mail.Address{Address: to.Local + "@" + to.ASCIIDomain}
	for _, h := range []struct{ name, value string }{
		{"From", strings.ReplaceAll(s.from.String(), "?= =?", "?=\r\n =?")}, // encoded words, a line each
		{"To", address.String()},
		{"Subject", mime.BEncoding.Encode("utf-8", oneLine(m.Subject))},
		{"Date", s.options.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + s.domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834: no answer by a machine
		{"Content-Language", oneLine(m.Language)},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", h.name, h.value)
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	if _, err := w.Write([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n"))); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// oneLine leaves out what does not print, line ends among it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}
