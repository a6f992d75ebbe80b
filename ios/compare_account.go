package ios

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// accounts says what happens to the first mail account and what signs it in.
func (c *comparison) accounts() {
	old, new := c.old.Account(), c.new.Account()
	switch {
	case old == nil:
		return
	case new == nil:
		c.loses(preflight.Documented, "The new profile has no mail account: the phone removes the old one with its mail.")
		return
	}
	c.d.Account = accountChanges(old, new)
	if old.Identifier != new.Identifier || old.UUID != new.UUID {
		c.loses(preflight.Inferred, "The identifier or UUID of the mail account changed: the phone removes the account and adds another. Mail is then downloaded anew, and drafts that are only on the phone may be lost.")
		if accountKey(old) == accountKey(new) {
			c.effect(preflight.Inferred, "Both are the same account (address, server, user). Whether the phone refuses the new one before the old one is gone (ios-21005) is not known.")
		}
	} else {
		c.effect(preflight.Documented, "What the user changed in the account's settings (which services are on, how much mail) is set to what the profile says.")
		if accountKey(old) != accountKey(new) {
			c.effect(preflight.Inferred, "Address, server or user name changed: the phone may take it for another account, and download the mail anew.")
		}
	}
	c.identity(old, new)
	c.signIn(old, new)
}

// loses says that the user loses something.
func (c *comparison) loses(basis preflight.Basis, format string, args ...any) {
	c.d.Verdict = Loses
	c.because(basis, format, args...)
}

// identity compares what the accounts sign in with.
func (c *comparison) identity(old, new *Payload) {
	was, is := c.old.Identity(old), c.new.Identity(new)
	switch {
	case was == nil, c.old.danglingReference(old):
		return
	case is == nil, c.new.danglingReference(new):
		c.loses(preflight.Documented, "The account has no certificate any more: the phone removes the old one, and the account cannot sign in with it.")
		return
	case was.Payload != nil && is.Payload != nil && was.Payload.UUID != is.Payload.UUID:
		c.effect(preflight.Inferred, "The certificate's payload has another UUID: the phone removes the old certificate and adds the new one. Whether the account keeps its mail then is not confirmed.")
	case !bytes.Equal(was.PKCS12, is.PKCS12):
		c.effect(preflight.Inferred, "The certificate is replaced in place. Whether the phone uses the new one at once is not confirmed: try it on one phone.")
	}
	if c.d.Verdict == Updates && was.Payload != nil && !slices.ContainsFunc(c.new.Payloads, func(p *Payload) bool { return p.Type == was.Payload.Type }) {
		c.effect(preflight.Documented, "The old certificate (%s) is removed from the phone.", was.Payload)
	}
}

// signIn compares how the accounts sign in.
func (c *comparison) signIn(old, new *Payload) {
	before, now := old.Get("OAuth").True(), new.Get("OAuth").True()
	switch {
	case !before && now:
		c.effect(preflight.Documented, "The account now signs in on a web page (OAuth): the user has to sign in once after the installation, and mail waits until then.")
	case before && !now:
		c.effect(preflight.Inferred, "The account no longer signs in on a web page: the phone shows the certificate, or asks for a password.")
	}
	if new.Get("OverridePreviousPassword").True() {
		c.effect(preflight.Documented, "The password of the account on the phone is replaced by the profile's (OverridePreviousPassword).")
	} else if !now && !before {
		c.effect(preflight.Documented, "A password that the account has on the phone is kept.")
	}
}

// secretKeys are never shown.
var secretKeys = []string{"Password", "Certificate", "CertificatePassword", "HeaderMagic", "Challenge", "RemovalPassword"}

// accountChanges lists the keys of an account that differ, in alphabetical order.
func accountChanges(old, new *Payload) []KeyChange {
	var keys []string
	for _, n := range []*plist.Node{old.Node, new.Node} {
		for _, e := range n.Entries {
			keys = append(keys, e.Key)
		}
	}
	slices.Sort(keys)
	var changes []KeyChange
	for _, key := range slices.Compact(keys) {
		a, b := old.Get(key), new.Get(key)
		if a != nil && b != nil && equal(a, b) {
			continue
		}
		change := KeyChange{Key: key, Old: shownValue(key, a), New: shownValue(key, b)}
		if change.Old == change.New { // of secrets and long values
			change.New += ", another"
		}
		changes = append(changes, change)
	}
	return changes
}

// longest is how much of a value is shown, in letters.
const longest = 100

// shownValue writes a value for a person; "" where there is none.
func shownValue(key string, n *plist.Node) string {
	if n == nil {
		return ""
	}
	if slices.Contains(secretKeys, key) {
		return "(secret)"
	}
	switch n.Kind {
	case plist.String:
		text := []rune(n.Text)
		if len(text) > longest {
			return string(text[:longest]) + "…"
		}
		return quoted(n.Text)
	case plist.Dictionary, plist.Array:
		return fmt.Sprintf("(%s)", n.Kind)
	case plist.Data:
		return fmt.Sprintf("(%s)", preflight.Counted(len(n.Data), "byte"))
	case plist.Date:
		return day(n.Time)
	}
	return strings.TrimSpace(fmt.Sprint(n.Plain()))
}
