package probe

import (
	"context"
	"crypto/x509"
	"net"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// Target is who is to get mail from where: what a phone has of it after a profile was
// installed.
type Target struct {
	Name     string // of the file or host, for people
	Account  profiles.Account
	Identity *certs.Identity // nil where the profile holds none
}

// Options are how a target is tried.
type Options struct {
	Roots    *x509.CertPool    // that the server's certificate must lead to; nil for the system's
	Connect  map[string]string // ADDRESS:PORT to dial for a host in place of looking its name up; "" is the account's
	Hosts    []string          // beside the account's and Microsoft's, where certificate and token may follow a redirect
	Resolver *net.Resolver     // nil for the system's
	Timeout  time.Duration     // of a step, which is a request with its answer or a look-up; 0 for [DefaultTimeout]
	Now      func() time.Time
	Version  string // of easkit, for the User-Agent

	// SignIn gets a token for the account where Auth is oauth; nil tries what can be
	// tried without one. The token goes to the challenge's host, and is kept nowhere.
	SignIn func(ctx context.Context, c Challenge) (token string, err error)

	Deep         bool // also folders and mails, which makes a device partnership
	AcceptPolicy bool // acknowledge the policy that the server demands
}

// DefaultTimeout is how long a step may take: phones give up after 30 seconds or more,
// and people before.
const DefaultTimeout = 15 * time.Second
