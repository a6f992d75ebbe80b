package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// tell says what is served where, and what whoever serves it should know.
func (s *portalServer) tell(ctx context.Context) error {
	s.warnModes()
	inClear, err := s.source.inClear(ctx)
	if err != nil {
		return err
	}
	encrypted := !inClear && s.counts.one != ""
	_, err = fmt.Fprintf(s.out, "The portal serves %s at %s until it is interrupted (Ctrl-C).\n  for         %s\n  listening   %s\n  tickets     %s\n  help desk   %s\n\nA link for a user, in another terminal:\n  %s\n",
		s.target, s.origin, s.counts, s.listener.Addr(), filepath.Clean(s.flags.data), s.deskLine(), s.example(encrypted))
	if inClear {
		s.say("note: in %s files for users lie without encryption: whoever reads them there needs no link (easkit rollout --encrypt-to makes others)", s.target)
	}
	if s.counts.one == "" {
		s.say("note: the rollout in %s has nothing for anybody so far: easkit rollout report says why", s.target)
	}
	s.tellWaiting(encrypted)
	return err
}

// hasDesk reports whether somebody can work at the help desk.
func (s *portalServer) hasDesk() bool { return s.flags.adminFile != "" || s.flags.role != "" }

func (s *portalServer) deskLine() string {
	switch {
	case s.flags.adminFile != "":
		return s.portal.Desk() + "  (the token is in " + s.flags.adminFile + ")"
	case s.flags.role != "":
		return s.portal.Desk() + "  (for the role " + s.flags.role + ")"
	}
	return "none: give --admin-token-file FILE, or --oidc-issuer and --desk-role"
}

// tellWaiting says which of the help desk's tickets will wait.
func (s *portalServer) tellWaiting(encrypted bool) {
	switch {
	case !s.hasDesk():
	case encrypted && !s.flags.key.given():
		s.say("note: tickets that the help desk asks for wait for easkit ticket make --pending: the files are encrypted, and there is no --key-file or --key-vault")
	case s.flags.server == "":
		s.say("note: tickets with a PIN that the help desk asks for wait for easkit ticket make --pending: without mail (--smtp) it would have both link and PIN")
	}
}

// example is the command that makes a link for somebody here.
func (s *portalServer) example(encrypted bool) string {
	words := []string{"easkit", "ticket", "make", cmp.Or(preflight.Printable(s.counts.one), "USER"), "--from"}
	words = append(words, servedAs(s.target, s.flags.data)...)
	key := s.flags.key.file
	if encrypted && !s.flags.key.given() {
		key = "FILE"
	}
	for _, f := range []struct{ flag, value string }{
		{"--key-file", key}, {"--key-vault", s.flags.key.vault}, {"--passwords", s.flags.passwords},
		{"--password-file", s.global.passwordFile}, {"--password-env", s.global.passwordEnv}, {"--blob-key-file", s.flags.keyFile},
	} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	for _, root := range s.flags.sealFlags.roots {
		words = append(words, "--roots", root)
	}
	for i, w := range words {
		words[i] = quoted(w)
	}
	return strings.Join(words, " ")
}

// servedAs are a target, and its folder of tickets where that is another than the usual.
func servedAs(target, data string) []string {
	if data == dataDir {
		return []string{target}
	}
	return []string{target, "--data", data}
}

// plainLetters need no quotes in a shell.
const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"

// quoted is a word as a shell takes it, also one that somebody else chose.
func quoted(word string) string {
	if strings.Trim(word, plainLetters) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
