package portal

import (
	"errors"
	"net/smtp"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
)

// auth is the way to sign in that a server takes: PLAIN, or the older LOGIN, which is all
// that Exchange takes beside OAuth.
func (s *SMTP) auth(c *smtp.Client) smtp.Auth {
	_, ways := c.Extension("AUTH")
	offered := strings.Fields(strings.ToUpper(ways))
	if !slices.Contains(offered, "PLAIN") && slices.Contains(offered, "LOGIN") {
		return &loginAuth{s.options.User, s.options.Password}
	}
	return smtp.PlainAuth("", s.options.User, s.options.Password, s.host)
}

// loginAuth is AUTH LOGIN: the server asks for the name, then for the password. As
// PLAIN, it wants TLS, or loopback.
// Source: https://datatracker.ietf.org/doc/html/draft-murchison-sasl-login
type loginAuth struct{ user, password string }

// Start begins to sign in.
func (a *loginAuth) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS && !certs.LoopbackHost(server.Name) {
		return "", nil, errors.New("the connection has no TLS")
	}
	return "LOGIN", nil, nil
}

// Next answers what the server asks.
func (a *loginAuth) Next(asked []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	switch strings.ToLower(strings.TrimRight(string(asked), ": \x00")) {
	case "username", "user name":
		return []byte(a.user), nil
	case "password":
		return []byte(a.password), nil
	}
	return nil, errors.New("the server asks for something that is neither the user name nor the password")
}
