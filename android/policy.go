package android

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// policyFragment is a part of a policy of the Android Management API, with fields
// of the policy itself.
type policyFragment struct {
	Applications               []applicationPolicy    `json:"applications"`
	ChoosePrivateKeyRules      []choosePrivateKeyRule `json:"choosePrivateKeyRules"`
	PrivateKeySelectionEnabled bool                   `json:"privateKeySelectionEnabled,omitempty"`
}

// choosePrivateKeyRule lets apps have a key. It has no urlPattern: without one,
// and with packageNames, Android 11 and later let the app have the key unasked.
type choosePrivateKeyRule struct {
	PackageNames    []string `json:"packageNames"`
	PrivateKeyAlias string   `json:"privateKeyAlias"`
}

// Policy is the configuration as a part of a policy of the Android Management API,
// to be merged into it: the element of applications[] that AMAPI writes, and what
// lets the app have the user's key. No field of a policy installs that key.
//
// With oauth the key is asked for by whatever shows the sign-in page, which may be
// another app: there the user may choose as well. A configuration that is
// everybody's is refused: the Android Management API fills in no placeholders. So is one
// whose values were given, since nobody says which of them names the key.
func (c *Config) Policy() ([]byte, error) {
	if c.Everybody() {
		return nil, c.refused("", "it has placeholders, and the Android Management API fills in none")
	}
	if c.isGiven {
		return nil, c.refused("write the rule yourself", "which of its values names a key is not known here")
	}
	return encode(policyFragment{
		Applications:               []applicationPolicy{{c.App.Package, c.Properties}},
		ChoosePrivateKeyRules:      []choosePrivateKeyRule{{[]string{c.App.Package}, c.Alias}},
		PrivateKeySelectionEnabled: c.Account.Auth == preflight.OAuth,
	})
}

// NotesPolicy is what an admin must know of the part of a policy, in full
// sentences.
func (c *Config) NotesPolicy() []string {
	notes := []string{
		fmt.Sprintf("For the Android Management API: add the rule of choosePrivateKeyRules at the end of your policy's own, since the last that matches wins. It lets %s have the key %q, from Android 11 on without asking. The list must stay empty where an app has the delegated scope CERT_SELECTION: that app then grants the key.", c.App.Title, c.Alias),
		"For the Android Management API: no field of a policy carries the key. An app with the delegated scope CERT_INSTALL installs it under that name (INSTALLKEY_SET_USER_SELECTABLE), or the user does.",
	}
	if c.Account.Auth == preflight.OAuth {
		notes = append(notes, "For the Android Management API: with oauth the app that shows the sign-in page asks for the key. Which one that is depends on the phone, so privateKeySelectionEnabled lets the user choose where no rule matches.")
	}
	return notes
}
