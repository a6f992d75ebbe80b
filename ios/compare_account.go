package ios

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// accountPair is a mail account of the old profile and what becomes of it.
type accountPair struct{ old, new *Payload } // new is nil where it goes

// pairs finds for each account of the old profile that of the new one which takes its
// place: by identifier and UUID, or else by what the phone tells accounts apart by.
// added are those of the new profile that are left.
func (c *comparison) pairs() (all []accountPair, added []*Payload) {
	old, left := c.old.Accounts(), c.new.Accounts()
	all = make([]accountPair, len(old))
	for _, same := range []func(a, b *Payload) bool{
		samePayload,
		func(a, b *Payload) bool { return accountKey(a) != "" && accountKey(a) == accountKey(b) },
	} {
		for i, a := range old {
			all[i].old = a
			if all[i].new != nil || i >= maxAccounts {
				continue
			}
			if j := slices.IndexFunc(left, func(b *Payload) bool { return same(a, b) }); j >= 0 {
				all[i].new = left[j]
				left = slices.Delete(left, j, j+1)
			}
		}
	}
	return all, left
}

// accounts says what happens to the mail accounts and what signs them in.
func (c *comparison) accounts() {
	pairs, added := c.pairs()
	for _, p := range pairs {
		if p.new == nil {
			c.loses(preflight.Documented, "The new profile does not have the mail account %s: the phone removes it with its mail.", accountWords(p.old))
			continue
		}
		if len(pairs) > 1 {
			c.label = accountWords(p.old) + ": "
		}
		c.account(p.old, p.new)
		c.label = ""
	}
	for _, p := range added {
		c.effect(preflight.Documented, "The phone adds the mail account %s.", accountWords(p))
	}
}

// accountWords names an account by its address and server.
func accountWords(p *Payload) string {
	address, host := addressOf(p), p.Get("Host").Str()
	switch {
	case address == "":
		return p.String()
	case host == "":
		return quoted(address)
	}
	return quoted(address) + " on " + quoted(host)
}

// account compares one that stays.
func (c *comparison) account(old, new *Payload) {
	changes := accountChanges(old, new)
	for i := range changes {
		changes[i].Of = strings.TrimSuffix(c.label, ": ")
	}
	c.d.Account = append(c.d.Account, changes...)
	if !samePayload(old, new) {
		c.loses(preflight.Inferred, "The identifier or UUID of the mail account changed: the phone removes the account and adds another. Mail is then downloaded anew, and drafts that are only on the phone may be lost.")
		c.effect(preflight.Inferred, "Both are the same account (address, server, user). Whether the phone refuses the new one before the old one is gone (ios-21005) is not known.")
	} else {
		c.effect(preflight.Documented, "What the user changed in the account's settings (which services are on, how much mail) is set to what the profile says.")
		if accountKey(old) != accountKey(new) {
			c.effect(preflight.Inferred, "Address, server or user name changed: the phone may take it for another account, and download the mail anew.")
		}
	}
	on := servicesOf(new)
	for _, service := range servicesOf(old) {
		if !slices.Contains(on, service) {
			c.loses(preflight.Documented, "The account no longer brings %s: what it brought goes from the phone.", service)
		}
	}
	switch before, now := old.Get("SSL").True(), new.Get("SSL").True(); {
	case before && !now:
		c.effect(preflight.Documented, "The account no longer uses TLS (SSL is false): what it sends can be read on the way, and no certificate is shown to the mail server.")
	case !before && now:
		c.effect(preflight.Documented, "The account now uses TLS (SSL is true).")
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
	was, before := c.old.named(old)
	is, now := c.new.named(new)
	hadOne, hasOne := before == names || before == likely, now == names || now == likely
	switch {
	case !hadOne && hasOne:
		c.effect(preflight.Documented, "The account now has a certificate.")
		return
	case !hadOne:
		return
	case !hasOne:
		c.loses(preflight.Documented, "The account has no certificate any more, and cannot sign in with one.")
		return
	}
	from, to := cmp.Or(was.Payload, old), cmp.Or(is.Payload, new)
	change := c.identityChange(from, to)
	switch {
	case (was.Payload == nil) != (is.Payload == nil), was.Payload != nil && was.Payload.UUID != is.Payload.UUID:
		text := "The certificate's payload has another UUID: the phone removes the old certificate and adds the new one."
		if change.same {
			text = "The certificate is the same, in a payload with another UUID: the phone removes the one and adds the other."
		}
		c.effect(preflight.Inferred, "%s Whether the account keeps its mail then is not confirmed.", text)
	case change.none:
	case change.same:
		c.effect(preflight.Documented, "The certificate stays the same, in a file that was written anew.")
	case from.Type == to.Type && !holdsP12(to):
		c.effect(preflight.Inferred, "How the phone fetches the certificate changed. Whether it fetches another at once is not confirmed: try it on one phone.")
	case change.unknown:
		c.effect(preflight.Inferred, "The certificate file is another one. Whether it is the same certificate cannot be told, since it is locked: --password-file opens it.")
	default:
		c.effect(preflight.Inferred, "The certificate is replaced in place. Whether the phone uses the new one at once is not confirmed: try it on one phone.")
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
