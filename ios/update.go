package ios

import (
	"bytes"
	"crypto/x509"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Update is an installed profile, and who signs the one that is to take its place
// with the same identifier.
type Update struct {
	Old       *File
	Signer    *x509.Certificate // nil leaves the new one unsigned
	ByHand    bool              // users installed the old one, whatever it looks like
	Reinstall bool              // users may be asked to remove the old one
}

var updateCheck = preflight.Check[*Update]{Info: profiles.Info("profile.update"), Run: checkUpdate}

// CheckUpdate says whether phones put the new profile in the old one's place. A signed
// profile is replaced only by one of the very same signer's certificate, and one that
// device management installed by device management alone.
func CheckUpdate(s preflight.Scenario, u *Update) []preflight.Finding {
	return updateCheck.Apply(s, u)
}

func checkUpdate(_ preflight.Scenario, u *Update) []preflight.Outcome {
	old := u.Old.Signed
	if why := u.Old.ByMDM(); why != "" && !u.ByHand {
		o := outcome(preflight.StatusFail, "by-mdm", "device management delivers it, by the look of it: %s", why)
		o.Fix = "change it there (in Intune: OAuth in the e-mail profile, which is then sent out anew); --for manual says that users installed it by hand"
		return []preflight.Outcome{o}
	}
	switch {
	case old == nil:
		return preflight.Pass("the installed profile is not signed: one with its identifier takes its place")
	case u.Signer != nil && bytes.Equal(old.Signer.Raw, u.Signer.Raw):
		return preflight.Pass("identifier, UUIDs and the signer's certificate stay the same")
	}
	status, word := preflight.StatusFail, "other-signer"
	message := "the installed profile is signed with another certificate, of " + signerText(old.Signer)
	if u.Signer == nil {
		word, message = "unsigned", "the installed profile is signed, with the certificate of "+signerText(old.Signer)+", and the new one would not be"
	}
	fix := "give that certificate with --signer; --allow-reinstall makes the profile all the same, for users who remove the old one first and download all mail again"
	if u.Reinstall {
		status, fix = preflight.StatusWarn, "tell the users to remove the old profile first: mail is downloaded again"
	}
	o := outcome(status, word, "%s: phones refuse it until the old one is removed", message)
	o.Codes, o.Fix = []string{"ios-4008"}, fix
	return []preflight.Outcome{o}
}

// signerText names a signer's certificate so that one can be told from its renewal.
func signerText(c *x509.Certificate) string {
	return c.Subject.String() + " with the serial number " + c.SerialNumber.Text(16)
}
