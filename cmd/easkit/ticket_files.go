package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// findMost is how many users are looked at whose name has the text of a call.
const findMost = 50

// find finds a user by the whole name, or by what is before the @ where that is one
// user's alone.
func (m *making) find(ctx context.Context, name string) (portal.User, error) {
	some, err := m.source.Users(ctx, name, findMost)
	if err != nil {
		return portal.User{}, fmt.Errorf("--from: %w", err)
	}
	var short []portal.User
	for _, u := range some {
		if certs.SameAddress(u.User, name) {
			return u, nil
		}
		if local, _, ok := strings.Cut(u.User, "@"); ok && strings.EqualFold(local, name) {
			short = append(short, u)
		}
	}
	if len(short) == 1 && len(some) < findMost {
		return short[0], nil
	}
	return portal.User{}, noFilesOf(name)
}

// files opens what a ticket is made of.
func (m *making) files(ctx context.Context, user string) ([]ticket.File, error) {
	files, err := m.source.Files(ctx, user)
	if errors.Is(err, portal.ErrNoKey) {
		return nil, withHint(fmt.Errorf("what was made for %s is encrypted", preflight.Printable(user)), hintKey)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Kind == ticket.KindPassword {
			return files, nil
		}
	}
	if locked(files) {
		m.say("note: the ticket of %s has no password of the certificate, which the phone asks for: give --passwords or --password-file, or tell it to the user", preflight.Printable(user))
	}
	return files, nil
}
