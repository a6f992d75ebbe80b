package main

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// openSecret is a key of a payload under which an MDM has a secret, and which a profile
// that a user fetches must not have: page and file would come in one answer.
type openSecret struct{ payload, within, key, what, instead string }

// The keys are Apple's. What a "{{" stands for is no matter: a password may have one.
// Source: https://developer.apple.com/documentation/devicemanagement
var openSecrets = []openSecret{
	{"com.apple.security.pkcs12", "", "Password", "the password of its certificate", "make it with --for manual"},
	{"com.apple.eas.account", "", "CertificatePassword", "the password of its certificate", "make it with --for manual"},
	{"com.apple.eas.account", "", "Password", "the account's password", "make it without: a certificate needs none"},
	{"com.apple.security.scep", "PayloadContent", "Challenge", "a SCEP challenge, by which anybody gets a certificate", "make it without the challenge, or let an MDM deliver it"},
}

// errOpenSecret says that a profile is for an MDM alone.
var errOpenSecret = errors.New("it is made for an MDM")

// refuseSecrets refuses a profile that has in it what opens it, in any of its payloads.
func refuseSecrets(f ticket.File) error {
	if f.Kind != ticket.KindProfile {
		return nil
	}
	profile, err := ios.Open(f.Data)
	if err != nil {
		return err
	}
	for _, s := range openSecrets {
		for _, p := range profile.Of(s.payload) {
			n := p.Node
			if s.within != "" {
				n = n.Get(s.within)
			}
			if n.Get(s.key).Str() != "" {
				return withHint(fmt.Errorf("%s can't be handed out: %w, and has in it %s", preflight.Printable(f.Name), errOpenSecret, s.what), "%s", s.instead)
			}
		}
	}
	return nil
}
