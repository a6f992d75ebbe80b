package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/provision"
)

// ticketKind is what a file is to the phone, by its name; "" for what is not for the phone.
func ticketKind(name string) ticket.Kind {
	switch base := path.Base(name); {
	case base == provision.FileBundle:
		return ticket.KindBundle
	case path.Ext(base) == provision.ExtIOS:
		return ticket.KindProfile
	case path.Ext(base) == ".p12":
		return ticket.KindPKCS12
	case path.Ext(base) == extPassword:
		return ticket.KindPassword
	}
	return ""
}

// errNothingMade says that there is nothing that a phone could be given.
var errNothingMade = errors.New("nothing was made that a phone could be given")

// gathered are the files of a user, before they are a ticket's.
type gathered struct {
	user     string
	password certs.Password // of the identities; "" for one that is not known, or empty
	all      []ticket.File
}

// add takes a file of what ref names. A password by itself is nothing that was handed out.
func (g *gathered) add(name string, data []byte, ref string) {
	f := ticket.File{Name: path.Base(name), Kind: ticketKind(name), Data: data, Ref: ref}
	if f.Kind == ticket.KindPassword {
		f.Ref = ""
	}
	g.all = append(g.all, f)
}

func (g *gathered) kinds() map[ticket.Kind]bool {
	has := map[ticket.Kind]bool{}
	for _, f := range g.all {
		has[f.Kind] = true
	}
	return has
}

// forPhones reports whether there is more than a password.
func (g *gathered) forPhones() bool {
	has := g.kinds()
	return has[ticket.KindProfile] || has[ticket.KindPKCS12] || has[ticket.KindBundle]
}

// files are the ticket's: with the .p12 of a bundle that came alone, and with the
// password that opens the identities, where one is to be typed and it is known.
func (g *gathered) files() ([]ticket.File, error) {
	has := g.kinds()
	if !g.forPhones() {
		return nil, withHint(fmt.Errorf("%s: %w", preflight.Printable(g.user), errNothingMade), "%s", hintNothing)
	}
	locked := false // there is an identity whose password is to be typed
	told := g.told()
	for _, f := range g.all {
		if err := refuseSecrets(f); err != nil {
			return nil, fmt.Errorf("the files of %s: %w", preflight.Printable(g.user), err)
		}
		p12, needs, err := identityIn(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", preflight.Printable(f.Name), err)
		}
		if f.Kind == ticket.KindBundle && !has[ticket.KindPKCS12] && p12 != nil {
			name := strings.TrimSuffix(f.Name, path.Ext(f.Name)) + ".p12"
			g.all = append(g.all, ticket.File{Name: name, Kind: ticket.KindPKCS12, Data: p12, Ref: f.Ref})
		}
		if !needs || p12 == nil {
			continue
		}
		locked = true
		if err := opens(p12, told); err != nil {
			return nil, fmt.Errorf("the password for %s of %s: %w", preflight.Printable(f.Name), preflight.Printable(g.user), err)
		}
	}
	if locked && g.password != "" && !has[ticket.KindPassword] {
		g.all = append(g.all, ticket.File{Name: "certificate" + extPassword, Kind: ticket.KindPassword, Data: []byte(string(g.password) + "\n")})
	}
	return g.all, nil
}

// told are the passwords that the user will be told: those of files, or else the table's.
func (g *gathered) told() []certs.Password {
	var all []certs.Password
	for _, f := range g.all {
		if f.Kind == ticket.KindPassword {
			all = append(all, certs.Password(strings.TrimRight(string(f.Data), "\r\n")))
		}
	}
	if len(all) == 0 && g.password != "" {
		all = append(all, g.password)
	}
	return all
}

// identityIn is the PKCS#12 file in one of a user's, and whether its password is to be
// typed: profiles may hold it.
func identityIn(f ticket.File) (p12 []byte, needs bool, err error) {
	switch f.Kind {
	case ticket.KindPKCS12:
		return f.Data, true, nil
	case ticket.KindProfile, ticket.KindBundle:
		doc, err := parseProfile(f.Data)
		if err != nil {
			return nil, false, err
		}
		return doc.PKCS12, doc.Password == "", nil
	}
	return nil, false, nil
}

// opens wants one of the passwords to open a PKCS#12 file: the user would stand before a
// phone that takes none, with the link used up. Where none is known, the user is told it
// by another way.
func opens(p12 []byte, passwords []certs.Password) error {
	var failed error
	for _, password := range passwords {
		if _, failed = certs.Read(p12, certs.Unlock{Password: password}); failed == nil {
			return nil
		}
	}
	return failed
}

// locked reports whether a phone will ask for a password that files don't hold.
func locked(files []ticket.File) bool {
	for _, f := range files {
		p12, needs, err := identityIn(f)
		if err == nil && needs && p12 != nil {
			return true
		}
	}
	return false
}
