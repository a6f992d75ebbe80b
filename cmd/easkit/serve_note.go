package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// noteFile is where, beside the tickets, serve notes how it serves, for who makes them.
const noteFile = "portal.json"

// maxNote is more than a note has, in bytes.
const maxNote = 16 << 10

// portalNote is what who makes tickets has to know of the portal.
type portalNote struct {
	Origin string `json:"origin"` // what links begin with
	SignIn bool   `json:"signIn"` // visitors can sign in (OIDC)

	// Who runs the portal.
	Organisation string `json:"organisation,omitempty"`
	Contact      string `json:"contact,omitempty"`
}

// operator is who runs the portal, at the time of this machine.
func (n portalNote) operator() portal.Operator {
	return portal.Operator{Organisation: n.Organisation, Contact: n.Contact, Zone: time.Local}
}

// note writes down how the portal serves.
func (s *portalServer) note() error {
	text, err := json.Marshal(portalNote{Origin: s.origin, SignIn: s.flags.issuer != "", Organisation: s.flags.organisation, Contact: s.flags.contact})
	if err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(s.flags.data, noteFile), append(text, '\n'), true)
}

// errNoNote says that no portal was served with a folder of tickets so far.
var errNoNote = errors.New("no portal was served with it yet")

// readNote reads what serve noted. The error is [errNoNote] where there is nothing.
func (a *app) readNote(dir string) (portalNote, error) {
	file := filepath.Join(dir, noteFile)
	text, err := a.readUpTo(file, maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return portalNote{}, fmt.Errorf("--data %s: %w", dir, errNoNote)
	}
	var n portalNote
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	if err == nil {
		_, err = portal.ParseOrigin(n.Origin)
	}
	if err == nil {
		err = n.operator().Check()
	}
	if err != nil {
		return n, withHint(fmt.Errorf("%s: %w", file, err), "start easkit serve anew, which writes it, or give --origin https://HOST")
	}
	return n, nil
}

// linkOrigin is what links begin with: --origin, or what serve noted.
func (a *app) linkOrigin(f *dataFlags) (string, error) {
	if f.origin != "" {
		origin := strings.TrimSuffix(f.origin, "/")
		_, err := portal.ParseOrigin(origin)
		return origin, inFlag("--origin", err)
	}
	n, err := a.readNote(f.data)
	if errors.Is(err, errNoNote) {
		err = withHint(fmt.Errorf("nothing says what links begin with: %w", err), "start easkit serve with this --data first, or give --origin https://HOST")
	}
	return n.Origin, err
}

// operatorOf is who runs the portal that a folder of tickets is of, as far as serve noted it.
func (a *app) operatorOf(data string) portal.Operator {
	n, err := a.readNote(data)
	if err != nil {
		n = portalNote{} // it is told where it is needed
	}
	return n.operator()
}

// refuseSignIn refuses links that nobody could use: of visitors who are to sign in at a
// portal that has no sign-in. What is not known is not refused.
func (a *app) refuseSignIn(how ticket.SignIn, data string) error {
	if how != ticket.ByOIDC {
		return nil
	}
	n, err := a.readNote(data)
	if err != nil || n.SignIn {
		return nil // a note that can't be read is told where it is needed
	}
	return withHint(fmt.Errorf("--sign-in %s: the portal at %s has no sign-in, and nobody could use the link", how, n.Origin), "start easkit serve with --oidc-issuer and --oidc-client-id (easkit help sign-in), or leave out --sign-in: then the link has a PIN")
}
