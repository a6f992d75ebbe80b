package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	servers "github.com/easkit/easkit/profiles/lab"
)

// labMailAddress is where a lab's ActiveSync is served if nothing else is said. No
// certificate names it.
const labMailAddress = "127.0.0.1:8766"

// labMailHost is an Exchange Server that a lab plays, beside the hosts of Exchange Online.
const labMailHost = "mail.contoso.com"

// Hosts that a lab plays beside that of an account in Exchange Online: where Entra ID asks
// for certificates, and where Exchange Online sends those who sign in with one.
const (
	certAuthHost  = "certauth.login.microsoftonline.com"
	onlineCBAHost = "outlook-cba.office365.com"
)

// listenMail listens for ActiveSync. Two labs have the same address unless one is told
// another: the later one takes a port that is free.
func (s *labServer) listenMail(ctx context.Context) error {
	l, err := servers.Listen(ctx, s.mailAddress)
	if err != nil && !s.mailAddressGiven {
		l, err = servers.Listen(ctx, "127.0.0.1:0")
	}
	if err != nil {
		return withHint(fmt.Errorf("--eas-listen: %w", err), "easkit lab serve --eas-listen 127.0.0.1:PORT, with a port that is free")
	}
	s.mailListener, s.mailAddress = l, l.Addr().String()
	return nil
}

// logMail tells of one request for mail.
func (s *labServer) logMail(r servers.EASRequest) {
	words := []string{"ActiveSync:"}
	if r.Method != "" {
		words = append(words, r.Method, "https://"+r.Host+r.Path, r.Command, r.User, statusText(r.Status))
	}
	if r.Refused != "" {
		words = append(words, "("+r.Refused+")")
	}
	if r.Wiped {
		words = append(words, "(the device says that it has wiped itself)")
	}
	s.log("%s", preflight.Printable(strings.Join(strings.Fields(strings.Join(words, " ")), " ")))
}

// labProbe is the call that tries Alice's certificate at a lab's ActiveSync, which plays
// hosts beside the account's.
func labProbe(dir, address string, auth preflight.Auth, hosts ...string) string {
	connect := "--connect " + address
	for _, host := range hosts {
		connect += " --connect " + host + "=" + address
	}
	alice := filepath.Join(dir, labUsers, "alice")
	return fmt.Sprintf("easkit probe --p12 %s.p12 --password-file %[1]s.password %s --auth %s --roots %s", alice, connect, auth, filepath.Join(dir, lab.RootFile))
}
