package intune

import (
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// notes are those of the set as a whole, behind what the parts have put there.
func (b *builder) notes() []string {
	roots := 0
	for _, ca := range b.CAs {
		if ca.IsRoot() {
			roots++
		}
	}
	retires := b.Account.Auth == preflight.Direct && b.Account.Mailbox != preflight.ExchangeServer
	own := slices.ContainsFunc(b.intune.Platforms, func(p string) bool { return b.bringsOwnKey(Platform(p)) })
	notes := b.set.Notes
	for _, n := range []struct {
		applies bool
		text    string
	}{
		{b.hasLab(), noteLab},
		{len(b.set.Groups) == 0 && !b.pilotsOnly(), "No groups are named (intune.groups): the objects are created, and assigned to nobody."},
		{b.Account.Identifier == profiles.DefaultIdentifier, fmt.Sprintf("The objects are marked as %s, which is easkit's own default: give the template an identifier, so that two sets in one tenant do not take each other's objects for their own.", b.set.ID)},
		{b.namedByIdentifier(), fmt.Sprintf("The names of the objects begin with the identifier, %s: give the template an organization, or intune.name, for one that people know.", b.intune.Name)},
		{b.anchor != nil && roots == 0, fmt.Sprintf("None of the CAs given is a root: certificate profiles refer to %q, and phones may want the root as well.", b.anchorName())},
		{b.anchor != nil && roots > 1, fmt.Sprintf("Several roots are given: certificate profiles refer to %q.", b.anchorName())},
		{!b.pilotsOnly() && retires, fmt.Sprintf("Exchange Online stops taking certificates that phones show to it directly, by the end of 2026 (Microsoft names no day; easkit counts to %s): move to auth: oauth (%s).", preflight.RetirementDay.Format(time.DateOnly), preflight.RetirementSource)},
		{own && (b.intune.ByPKCS() || b.intune.BySCEP()), "The profile for iPhones holds its own way to a certificate; intune.pkcs and intune.scep are for Android."},
		{len(b.Pilots) > 0, "The profiles of pilots are not for the groups of the set: each holds one user's private key."},
	} {
		if n.applies {
			notes = append(notes, n.text)
		}
	}
	return notes
}

func (b *builder) hasLab() bool {
	return slices.ContainsFunc(b.CAs, func(c *certs.Certificate) bool { return c.Lab })
}

func (b *builder) anchorName() string {
	if b.anchor == nil {
		return ""
	}
	return b.anchor.String()
}

// namedByIdentifier reports whether nothing but the identifier gave the set its name.
func (b *builder) namedByIdentifier() bool {
	return b.Account.Intune.Name == "" && b.intune.Name == profiles.IntuneName(b.Account.Identifier)
}
