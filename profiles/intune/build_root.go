package intune

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// refuseCAs refuses what cannot be trusted as an authority, and takes out what is there
// twice.
func (b *builder) refuseCAs() error {
	if len(b.CAs) == 0 {
		return refused("give the root and the issuing CA: --ca FILE", "there is no CA certificate, so no phone would trust the certificates")
	}
	var once []*certs.Certificate
	for _, ca := range b.CAs {
		if slices.ContainsFunc(once, func(c *certs.Certificate) bool { return bytes.Equal(c.Raw, ca.Raw) }) {
			continue
		}
		once = append(once, ca)
		switch {
		case !ca.IsCA && !ca.IsRoot(): // a root of version 1 has no basicConstraints
			return refused("give the certificates of the authorities, not the users'", "%q is not a CA's certificate", ca)
		case !b.At.IsZero() && b.At.After(ca.NotAfter):
			return refused("give the CA's renewed certificate", "the CA %q has expired, on %s", ca, ca.NotAfter.UTC().Format(time.DateOnly))
		case !b.At.IsZero() && b.At.Before(ca.NotBefore):
			return refused("give the CA's certificate of today", "the CA %q is valid only from %s", ca, ca.NotBefore.UTC().Format(time.DateOnly))
		}
	}
	slices.SortFunc(once, inOrder)
	b.CAs = once
	return b.findAnchor()
}

// inOrder puts roots first: phones are to trust what is above before what is below. Of
// the same rank the older comes first, so that a renewed one changes nothing by being
// there, and none depends on the order in which they were given.
func inOrder(x, y *certs.Certificate) int {
	return cmp.Or(cmp.Compare(rank(x), rank(y)), x.NotBefore.Compare(y.NotBefore), bytes.Compare(x.Raw, y.Raw))
}

func rank(ca *certs.Certificate) int {
	if ca.IsRoot() {
		return 0
	}
	return 1
}

// fingerprintDigits of a SHA-256 tell the authorities of a set apart.
const fingerprintDigits = 8

func fingerprint(data []byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(data))[:fingerprintDigits]
}

// rootKey is the key of the part that brings an authority to a platform.
func rootKey(p Platform, ca *certs.Certificate) string { return keyOf(p, "root-"+fingerprint(ca.Raw)) }

// maxCAName is how much of an authority's name stands in the names of objects.
const maxCAName = 40

// caName is an authority's name, cut to maxCAName.
func caName(ca *certs.Certificate) string {
	short := []rune(cmp.Or(profiles.IntuneName(ca.CommonName()), profiles.IntuneName(ca.Subject()), "CA"))
	return strings.TrimSpace(string(short[:min(len(short), maxCAName)]))
}

// caWords are the words by which an authority's own name says that it is one.
var caWords = []string{"ca", "root"}

// saidAs puts what an authority is before its name, unless the name says it.
func saidAs(ca *certs.Certificate, name string) string {
	for _, word := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if slices.Contains(caWords, word) {
			return name
		}
	}
	if ca.IsRoot() {
		return "root CA " + name
	}
	return "issuing CA " + name
}

// roots makes a trusted certificate of each authority.
func (b *builder) roots(p platformTypes) {
	for _, ca := range b.CAs {
		name := caName(ca)
		part := Part{Key: rootKey(p.platform, ca), Object: newObject(p.root, Object{
			"certFileName":           strings.ReplaceAll(name, " ", "-") + ".cer",
			"trustedRootCertificate": base64.StdEncoding.EncodeToString(ca.Raw),
		})}
		if ca.Lab {
			part.Notes = append(part.Notes, noteLab)
		}
		b.add(part, fmt.Sprintf("%s %s %s", p.words, saidAs(ca, name), fingerprint(ca.Raw)),
			fmt.Sprintf("Lets phones trust %s, valid to %s.", preflight.Printable(ca.Subject()), ca.NotAfter.UTC().Format(time.DateOnly)))
	}
}

const noteLab = "This is the CA of a lab of easkit's: a lab's CA must never get into a real tenant, where it could sign in any user."

// findAnchor finds the authority that certificate profiles refer to: the root, as the
// profiles of iOS want it (IntuneSCEP's source), of several the one that signed another of
// the CAs. Without a root it is the one above the others.
func (b *builder) findAnchor() error {
	b.anchor = b.CAs[0]
	signed := func(by *certs.Certificate) bool {
		return slices.ContainsFunc(b.CAs, func(ca *certs.Certificate) bool { return ca != by && !ca.IsRoot() && ca.SignedBy(by) == nil })
	}
	if b.anchor.IsRoot() {
		if i := slices.IndexFunc(b.CAs, func(ca *certs.Certificate) bool { return ca.IsRoot() && signed(ca) }); i > 0 {
			b.anchor = b.CAs[i]
		}
		return nil
	}
	if len(b.CAs) == 1 {
		return nil
	}
	isBelow := func(ca *certs.Certificate) bool {
		return slices.ContainsFunc(b.CAs, func(by *certs.Certificate) bool { return ca != by && ca.SignedBy(by) == nil })
	}
	above := slices.DeleteFunc(slices.Clone(b.CAs), func(ca *certs.Certificate) bool { return !signed(ca) || isBelow(ca) })
	if len(above) != 1 {
		return refused("give the root as well: --ca root.cer", "none of the %d CAs is a root, and not one of them signed the others: certificate profiles refer to one CA, and a guess would give everybody a new certificate when it changes", len(b.CAs))
	}
	b.anchor = above[0]
	return nil
}
