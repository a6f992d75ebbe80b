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
		}
	}
	slices.SortStableFunc(once, func(x, y *certs.Certificate) int { return cmp.Compare(rank(x), rank(y)) })
	b.CAs = once
	return nil
}

// rank puts roots first: phones are to trust what is above before what is below.
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

// roots makes a trusted certificate of each authority.
func (b *builder) roots(p platformTypes) {
	for _, ca := range b.CAs {
		kind := "issuing CA"
		if ca.IsRoot() {
			kind = "root CA"
		}
		short := []rune(cmp.Or(profiles.IntuneName(ca.CommonName()), profiles.IntuneName(ca.Subject()), kind))
		name := strings.TrimSpace(string(short[:min(len(short), maxCAName)]))
		part := Part{Key: rootKey(p.platform, ca), Object: newObject(p.root, Object{
			"certFileName":           strings.ReplaceAll(name, " ", "-") + ".cer",
			"trustedRootCertificate": base64.StdEncoding.EncodeToString(ca.Raw),
		})}
		if ca.Lab {
			part.Notes = append(part.Notes, noteLab)
		}
		b.add(part, fmt.Sprintf("%s %s %s %s", p.words, kind, name, fingerprint(ca.Raw)),
			fmt.Sprintf("Lets phones trust %s, valid to %s.", preflight.Printable(ca.Subject()), ca.NotAfter.UTC().Format(time.DateOnly)))
	}
}

const noteLab = "This is the CA of a lab of easkit's: a lab's CA must never get into a real tenant, where it could sign in any user."

// anchor is the authority that certificate profiles refer to: the root, as the profiles
// of iOS want it (IntuneSCEP's source), of several the one that signed another of the
// CAs, and where no root was given the last.
func (b *builder) anchor() *certs.Certificate {
	first := b.CAs[0]
	if !first.IsRoot() {
		return b.CAs[len(b.CAs)-1]
	}
	for _, root := range b.CAs {
		signed := func(ca *certs.Certificate) bool { return !ca.IsRoot() && ca.SignedBy(root) == nil }
		if root.IsRoot() && slices.ContainsFunc(b.CAs, signed) {
			return root
		}
	}
	return first
}
