package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/provision"
)

// quickPortalText says what to do with the link: the link and its PIN are filled in.
const quickPortalText = `
A link for Alice, as a help desk would make it. It lives 24 hours, and works once:
  link  %s
  PIN   %s  (users are told it by another way than the link: by phone, or in person)

Open the link in a browser, choose iPhone or iPad where that is not known, type the PIN and press
the button. Then the profile can be fetched for ten minutes, and the link says that it is used.

`

// serveQuickstart serves what a quickstart wrote, with a link for its user.
func (a *app) serveQuickstart(ctx context.Context, q *provision.Quickstart, dir string, f *serveFlags, given bool) error {
	if q.Report.Worst() == preflight.StatusFail {
		return nil // there is no profile, and the report says why
	}
	if !given {
		f.address = freeAddress(ctx, f.address)
	}
	s := portalServer{app: a, flags: f, target: dir}
	err := s.open(ctx)
	if err == nil {
		fmt.Fprintln(a.out)
		err = s.tell(ctx)
	}
	if err == nil {
		err = s.quickLink(ctx)
	}
	if err == nil {
		err = s.serve(ctx)
	}
	return errors.Join(err, s.close())
}

// deskToken is the file, beside the tickets of a trial, with the token of its help desk.
const deskToken = "desk.token"

// quickOrganisation is whose portal a trial's is, as its user is of contoso.com.
const quickOrganisation = "Contoso (lab)"

// checkQuickServe refuses what could not be served, before anything is made, and sets what
// follows from the folder.
func checkQuickServe(dir string, f *serveFlags) error {
	f.data, f.organisation = ticketsBeside(dir), quickOrganisation
	f.adminFile = filepath.Join(f.data, deskToken)
	hint := fmt.Sprintf("leave out --listen; to serve others, easkit serve %s takes --tls-cert and --tls-key", dir)
	if err := checkAddress(f.address, false, hint); err != nil {
		return err
	}
	return refuseOpenFolder(f.data)
}

// hintQuickServe is for a folder that is there from an earlier time.
func hintQuickServe(dir string) string {
	data := ticketsBeside(dir)
	return fmt.Sprintf("easkit serve %s --data %s --admin-token-file %s serves what is there; or give another folder with --dir, or --force to replace it", dir, data, filepath.Join(data, deskToken))
}

// freeAddress is an address, or any other port of it where that is taken.
func freeAddress(ctx context.Context, address string) string {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err == nil {
		l.Close()
		return address
	}
	host, _, _ := net.SplitHostPort(address)
	return net.JoinHostPort(host, "0")
}

// quickLink makes a link for the user, and says what to do with it.
func (s *portalServer) quickLink(ctx context.Context) error {
	files, err := s.source.Files(ctx, s.counts.one)
	if err != nil {
		return err
	}
	made, err := s.store.Make(ctx, ticket.Order{User: s.counts.one, By: "quickstart", SignIn: ticket.ByPIN, Files: files})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, quickPortalText, s.portal.Link(made.Token), string(made.PIN))
	return err
}
