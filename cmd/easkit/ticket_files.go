package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	some, err := m.like(ctx, name)
	if err != nil {
		return portal.User{}, err
	}
	if i := slices.IndexFunc(some, isUser(name)); i >= 0 {
		return some[i], nil
	}
	var short []string
	for _, u := range some {
		if local, _, ok := strings.Cut(u.User, "@"); ok && strings.EqualFold(local, name) {
			short = append(short, u.User)
		}
	}
	switch {
	case len(short) == 1 && len(some) < findMost:
		return some[slices.IndexFunc(some, isUser(short[0]))], nil
	case len(short) > 0:
		return portal.User{}, withHint(fmt.Errorf("%s: more than one user may be meant", preflight.Printable(name)), "give the whole name, such as %s", preflight.Printable(short[0]))
	}
	return portal.User{}, m.source.nobody(ctx, name)
}

// findWhole finds a user by the whole name alone: what somebody else asked for is no word
// of who calls.
func (m *making) findWhole(ctx context.Context, name string) (portal.User, error) {
	some, err := m.like(ctx, name)
	if err != nil {
		return portal.User{}, err
	}
	if i := slices.IndexFunc(some, isUser(name)); i >= 0 {
		return some[i], nil
	}
	return portal.User{}, m.source.nobody(ctx, name)
}

// like finds users who have a text in their name.
func (m *making) like(ctx context.Context, text string) ([]portal.User, error) {
	some, err := m.source.Users(ctx, text, findMost)
	return some, inFlag("--from", err)
}

// isUser is whether a user has this name, as a whole.
func isUser(name string) func(portal.User) bool {
	return func(u portal.User) bool { return certs.SameAddress(u.User, name) }
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
