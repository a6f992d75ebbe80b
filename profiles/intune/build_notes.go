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
		{len(b.set.Groups) == 0, "No groups are named (intune.groups): the objects are created, and assigned to nobody."},
		{b.set.ID == profiles.DefaultIdentifier, fmt.Sprintf("The objects are marked as %s, which is easkit's own default: give the template an identifier, so that two sets in one tenant do not take each other's objects for their own.", b.set.ID)},
		{len(b.CAs) > 0 && roots == 0, fmt.Sprintf("None of the CAs given is a root: certificate profiles refer to %q, and phones may want the root as well.", b.anchorName())},
		{roots > 1, fmt.Sprintf("Several roots are given: certificate profiles refer to %q.", b.anchorName())},
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
	if len(b.CAs) == 0 {
		return ""
	}
	return b.anchor().String()
}
