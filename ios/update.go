package ios

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/easkit/easkit/certs/cms"
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
	New       *File             // nil where only the signer is to be judged
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
	if err := u.Old.SignatureErr; err != nil && !errors.Is(err, cms.ErrWeakDigest) {
		o := outcome(preflight.StatusFail, "broken", "the signature of the old profile does not hold: %v", err)
		o.Fix = "something changed it after it was signed: find the original, and do not sign this one"
		return []preflight.Outcome{o}
	}
	if why := u.Old.ByMDM(); why != "" && !u.ByHand {
		o := outcome(preflight.StatusFail, "by-mdm", "device management delivers it, by the look of it: %s", why)
		o.Fix = "change it there (in Intune: OAuth in the e-mail profile, which is then sent out anew); --for manual says that users installed it by hand"
		return []preflight.Outcome{o}
	}
	if o := u.host(); o != nil {
		return []preflight.Outcome{*o}
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

// host warns where an account changes its server, by which iOS was seen to tell
// accounts apart.
func (u *Update) host() *preflight.Outcome {
	if u.New == nil || u.Signer == nil && u.Old.Signed != nil {
		return nil
	}
	if u.Old.Signed != nil && !bytes.Equal(u.Old.Signed.Signer.Raw, u.Signer.Raw) {
		return nil // of which there is more to say
	}
	olds, news := u.Old.Accounts(), u.New.Accounts()
	for i := range min(len(olds), len(news)) {
		was, is := olds[i].Get("Host").Str(), news[i].Get("Host").Str()
		if was != is {
			o := outcome(preflight.StatusWarn, "host", "the server changes from %s to %s: phones may take it for another account, and download the mail anew", was, is)
			o.Basis, o.Fix = preflight.Inferred, "try it on one phone, and tell the users"
			return &o
		}
	}
	return nil
}

// signerText names a signer's certificate so that one can be told from its renewal.
func signerText(c *x509.Certificate) string {
	return c.Subject.String() + " with the serial number " + c.SerialNumber.Text(16)
}

var serverCheck = preflight.Check[*Judgement]{Info: profiles.Info("profile.auth"), Run: checkServer}

// CheckServer says whether the servers of a profile that signs in by OAuth take tokens,
// as far as it is known where the mailboxes are: Exchange Online does, and Exchange
// Server where AD FS issues them.
func CheckServer(j *Judgement) []preflight.Finding { return serverCheck.Apply(j.Scenario, j) }

func checkServer(_ preflight.Scenario, j *Judgement) []preflight.Outcome {
	fail := func(fix, format string, args ...any) []preflight.Outcome {
		o := outcome(preflight.StatusFail, "mailbox-unknown", format, args...)
		o.Source, o.Fix = preflight.RetirementSource, fix
		return []preflight.Outcome{o}
	}
	switch {
	case slices.Contains(j.Mailboxes, preflight.MailboxUnknown):
		return fail("say --mailbox exchange-online, or give --users FILE with a column mailbox (easkit help preflight)",
			"whether the mailbox is in Exchange Online is not known by its server's name, and Exchange Server takes no tokens of Entra ID")
	case len(slices.Compact(slices.Sorted(slices.Values(j.Mailboxes)))) > 1:
		return fail("build a profile for each account", "its accounts have mailboxes in Exchange Online and on Exchange Server, and not all of them move")
	}
	return preflight.Pass("the mailbox is in %s", j.Scenario.Mailbox)
}

var seenCheck = preflight.Check[*Judgement]{Info: profiles.Info("profile.identity"), Run: checkSeen}

// CheckSeen fails a profile whose certificate nobody could look at, for where that is
// not enough: a pre-flight that was to decide would say nothing.
func CheckSeen(j *Judgement) []preflight.Finding { return seenCheck.Apply(j.Scenario, j) }

func checkSeen(_ preflight.Scenario, _ *Judgement) []preflight.Outcome {
	o := outcome(preflight.StatusFail, "not-opened", "nobody has looked at the certificate, for want of its password: whether the sign-in works is not known")
	o.Fix = "give the passwords with --password-dir DIR (NAME.password), or --unseen to go on without"
	return []preflight.Outcome{o}
}

// CheckRefused tells of a profile that phones refuse for what others saw them refuse,
// so that there is no use in sending it.
func CheckRefused(s preflight.Scenario, err error) []preflight.Finding {
	check := preflight.Check[error]{Info: profiles.Info("profile.structure"), Run: func(_ preflight.Scenario, err error) []preflight.Outcome {
		o := outcome(preflight.StatusWarn, "refused", "%v", err)
		o.Basis, o.Fix = preflight.Observed, "easkit explain FILE says why"
		return []preflight.Outcome{o}
	}}
	return check.Apply(s, err)
}
