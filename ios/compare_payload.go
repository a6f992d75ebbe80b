package ios

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// samePayload reports whether the phone takes one payload for an update of the other:
// by identifier and UUID together. One of another kind is another payload, but for
// those that bring an identity.
func samePayload(a, b *Payload) bool {
	return a.Identifier == b.Identifier && a.UUID == b.UUID && (a.Type == b.Type || bringsIdentity(a.Type) && bringsIdentity(b.Type))
}

// payloadKey leads to the payloads of a file that may be the same.
func payloadKey(p *Payload) string { return p.Identifier + "\x00" + p.UUID }

// byKey finds payloads without looking at all of them.
func (f *File) byKey() map[string][]*Payload {
	found := map[string][]*Payload{}
	for _, p := range f.Payloads {
		found[payloadKey(p)] = append(found[payloadKey(p)], p)
	}
	return found
}

// counterpart is the payload that takes another's place, or that it takes; nil where
// there is none.
func counterpart(p *Payload, in map[string][]*Payload) *Payload {
	for _, q := range in[payloadKey(p)] {
		if samePayload(p, q) {
			return q
		}
	}
	return nil
}

// payloads says what happens to each.
func (c *comparison) payloads() {
	older, newer := c.old.byKey(), c.new.byKey()
	add := func(fate Fate, p *Payload, what string) {
		basis := preflight.Documented
		if fate == Replaced {
			basis = preflight.Inferred
		}
		c.d.Payloads = append(c.d.Payloads, PayloadChange{fate, p.Type, p.Identifier, what, basis})
	}
	for _, p := range c.new.Payloads {
		q := counterpart(p, older)
		switch {
		case q == nil:
			add(Added, p, c.identityWords(p))
		case p.Type == q.Type && equal(p.Node, q.Node):
			add(Kept, p, "")
		case p.Type == q.Type && p.Type != typePKCS12:
			add(Updated, p, "")
		default:
			fate, what := c.identityChange(q, p).words()
			add(fate, p, what)
		}
	}
	for _, q := range c.old.Payloads {
		if counterpart(q, newer) == nil {
			add(Removed, q, c.identityWords(q))
			c.removed(q)
		}
	}
}

// removed says what users lose with a payload, but for mail accounts and for what
// those sign in with, of which more is said.
func (c *comparison) removed(p *Payload) {
	switch {
	case p.Type == typeEAS:
	case bringsIdentity(p.Type):
		c.removedIdentity(p)
	case p.Type == typeRoot, p.Type == typePKCS1, p.Type == typePEM:
		c.removedAuthority(p)
	case slices.ContainsFunc(c.new.Payloads, func(q *Payload) bool { return p.Type == q.Type && p.Identifier == q.Identifier }):
		c.effect(preflight.Documented, "The UUID of %s (%s) changed: the phone removes it and adds the new one.", quoted(p.Identifier), p.Type)
	default:
		c.loses(preflight.Documented, "The phone removes %s (%s).", quoted(p.Identifier), p.Type)
	}
}

func (c *comparison) removedIdentity(p *Payload) {
	signsIn := false
	for _, a := range c.old.Accounts() {
		r, n := c.old.named(a)
		signsIn = signsIn || (n == names || n == likely) && r.Payload == p
		for _, key := range []string{keySMIMESign, keySMIMECipher} {
			if a.Get(key).Str() == p.UUID && p.UUID != "" && !c.stays(p) {
				c.loses(preflight.Documented, "The phone removes the certificate in %s, with which the account %s signs or decrypts mail (%s).", quoted(p.Identifier), accountWords(a), key)
				return
			}
		}
	}
	if !signsIn && !c.stays(p) {
		c.loses(preflight.Documented, "The phone removes the certificate in %s (%s).", quoted(p.Identifier), p.Type)
	}
}

// stays reports whether the new profile brings the very certificate of a payload.
func (c *comparison) stays(p *Payload) bool {
	leaf := c.opened(p).leaf
	return leaf != nil && slices.ContainsFunc(c.newFiles, func(o opened) bool { return o.leaf != nil && bytes.Equal(o.leaf.Raw, leaf.Raw) })
}

// removedAuthority is a CA that goes. What rests on a root is no longer trusted then;
// of what is in between, nobody notices.
func (c *comparison) removedAuthority(p *Payload) {
	b, err := certs.Read(p.Get("PayloadContent").Bytes(), certs.Unlock{})
	if err != nil || len(b.Certificates) != 1 {
		return
	}
	ca := b.Certificates[0]
	switch {
	case slices.ContainsFunc(c.new.authorities(), func(other *certs.Certificate) bool { return bytes.Equal(other.Raw, ca.Raw) }):
	case ca.IsRoot():
		c.loses(preflight.Documented, "The phone removes the root %s, and no longer trusts what rests on it.", quoted(ca.String()))
	default:
		c.effect(preflight.Documented, "The phone removes the certificate of the authority %s.", quoted(ca.String()))
	}
}

// opened is the certificate file of a payload of either profile.
func (c *comparison) opened(p *Payload) opened {
	for _, files := range [][]opened{c.oldFiles, c.newFiles} {
		for _, o := range files {
			if o.payload == p {
				return o
			}
		}
	}
	return opened{}
}

// identityWords names the certificate of a payload; "" where the file is locked.
func (c *comparison) identityWords(p *Payload) string {
	if leaf := c.opened(p).leaf; leaf != nil {
		return certificateWords(leaf)
	}
	return ""
}

func certificateWords(c *certs.Certificate) string {
	return fmt.Sprintf("%s, until %s", c, day(c.NotAfter))
}

// identityChange is what becomes of a certificate that a payload brings.
type identityChange struct {
	none    bool   // not a byte of it changes
	same    bool   // the certificate is the same
	unknown bool   // a file is locked
	was, is string // the certificates, in words
}

func (c *comparison) identityChange(old, new *Payload) identityChange {
	if !holdsP12(old) || !holdsP12(new) {
		return identityChange{none: old.Type == new.Type && equal(old.Node, new.Node), was: c.source(old), is: c.source(new)}
	}
	was, is := c.opened(old), c.opened(new)
	change := identityChange{none: bytes.Equal(fileIn(old), fileIn(new)), was: c.source(old), is: c.source(new)}
	change.same = change.none
	if was.leaf != nil && is.leaf != nil {
		change.same = bytes.Equal(was.leaf.Raw, is.leaf.Raw)
	} else {
		change.unknown = !change.none
	}
	return change
}

// fileIn is the certificate file that a payload holds.
func fileIn(p *Payload) []byte {
	if p.Type == typeEAS {
		return p.Get("Certificate").Bytes()
	}
	return p.Get("PayloadContent").Bytes()
}

// source says in words which certificate a payload brings.
func (c *comparison) source(p *Payload) string {
	if words := c.identityWords(p); words != "" {
		return words
	}
	if holdsP12(p) {
		return "a certificate in a file that is locked"
	}
	return "one that the phone fetches by " + strings.ToUpper(strings.TrimPrefix(p.Type, "com.apple.security."))
}

// words are a payload's fate, and what it is.
func (i identityChange) words() (Fate, string) {
	switch {
	case i.none:
		return Updated, ""
	case i.same:
		return Updated, i.is + ": the same certificate, in a file that was written anew"
	case i.unknown:
		return Replaced, "another certificate file; which certificate is in it cannot be told, since it is locked"
	}
	return Replaced, i.was + " -> " + i.is
}
