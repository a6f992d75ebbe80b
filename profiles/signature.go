package profiles

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
)

// Signed is what the signature checks look at: a file, and whom to trust.
type Signed struct {
	Data     []byte
	Err      error          // why Data could not be read
	Detached []byte         // what a detached signature is over; nil for an attached one
	Roots    *x509.CertPool // nil is the system's
	RootsAre string         // names them for a message: a file, or "the system's roots"
	// Delivery is how the file reaches the phone, where what the phone makes of the
	// signature is judged, and not the signature alone: then one that is missing or
	// that nobody trusts is told to the user, and no more.
	Delivery Delivery
	// Message is Data as it was parsed already, and MessageErr what CheckSignature said
	// of it; nil where nobody did.
	Message    *cms.SignedData
	MessageErr error

	parsed *cms.SignedData
}

// SignatureChecks are the checks of the signature on a file.
var SignatureChecks = preflight.Table[*Signed]{
	{Run: checkSignature, Info: preflight.Info{
		ID: "profile.signature", Title: "The signature is sound", Basis: preflight.Documented, Source: srcProfiles,
		Reason: "a phone refuses a profile whose signature does not hold, and shows one without a signature as Not Signed",
		Fix:    "do not install it: get it again, or sign the profile anew (easkit sign FILE --signer SIGNER)",
	}},
	{Run: checkSigner, Info: preflight.Info{
		ID: "profile.signer", Title: "The signer's chain leads to a trusted root, and is valid", Basis: preflight.Documented, Source: srcProfiles,
		Reason: "the phone shows the profile as Not Verified in red, since it trusts no root above the signer or the signer has expired",
		Fix:    "sign with a certificate whose root the phones trust, with its intermediates inside: --signer-chain FILE",
	}},
}

// CheckSigned judges the signature on a file at s.At.
func CheckSigned(s preflight.Scenario, sub *Signed) []preflight.Finding {
	return SignatureChecks.Run(s, sub)
}

// Content is what an attached signature is over, once CheckSigned has run.
func (s *Signed) Content() []byte {
	if s.parsed == nil {
		return nil
	}
	return s.parsed.Content
}

func checkSignature(_ preflight.Scenario, sub *Signed) []preflight.Outcome {
	switch {
	case sub.Err != nil:
		return preflight.Fail("%v", sub.Err)
	case !cms.IsCMS(sub.Data):
		return unsigned(sub.Delivery)
	}
	parsed, err := sub.parse()
	if err != nil {
		return unsound(err)
	}
	switch {
	case parsed.Detached && sub.Detached == nil:
		return preflight.Fail("the signature is detached: give the file that it is over with --content")
	case !parsed.Detached && sub.Detached != nil:
		return preflight.Fail("the signature holds its own content: --content is for a detached one")
	}
	err = sub.MessageErr
	if sub.Message == nil {
		err = parsed.CheckSignature(sub.Detached)
	}
	if errors.Is(err, cms.ErrWeakDigest) && sub.Delivery != "" {
		return []preflight.Outcome{{Status: preflight.StatusWarn, Value: "weak-digest", Basis: preflight.Inferred, Message: err.Error() + "; whether phones show it as Verified is not known",
			Fix: "sign the original anew, with SHA-256"}}
	}
	if err != nil {
		return unsound(err)
	}
	sub.parsed = parsed
	return preflight.Pass("one signer, %s, over %d bytes%s", parsed.Algorithm, max(len(parsed.Content), len(sub.Detached)), claimed(parsed))
}

// parse reads the message, unless somebody did.
func (s *Signed) parse() (*cms.SignedData, error) {
	if s.Message != nil {
		return s.Message, nil
	}
	return cms.Parse(s.Data)
}

func unsound(err error) []preflight.Outcome {
	return []preflight.Outcome{{Status: preflight.StatusFail, Value: "broken", Message: err.Error(), Codes: []string{"ios-1000", "ios-1004"},
		Fix: "something changed it after it was signed: do not install it, and do not sign it anew; get the original"}}
}

// unsigned judges a file without a signature. Device management vouches for what it
// installs, and Intune takes nothing signed.
func unsigned(d Delivery) []preflight.Outcome {
	o := preflight.Outcome{Status: preflight.StatusFail, Value: "unsigned", Message: "it is not signed"}
	switch d {
	case ForMDM, ForIntune:
		return preflight.Pass("it is not signed, and does not have to be: device management vouches for it")
	case ForManual, ForAppleBusiness:
		o.Status, o.Message = preflight.StatusWarn, "it is not signed: phones show Not Signed"
		o.Fix = "easkit sign FILE --signer SIGNER"
	}
	return []preflight.Outcome{o}
}

// claimed is what the signer says of the time, which nobody has to believe.
func claimed(s *cms.SignedData) string {
	if s.SigningTime.IsZero() {
		return ""
	}
	return ", made (it says) " + s.SigningTime.UTC().Format("2006-01-02 15:04 MST")
}

// untrusted is how bad it is that nobody trusts the signer: a phone shows Not
// Verified and goes on.
func (s *Signed) untrusted() preflight.Status {
	if s.Delivery != "" {
		return preflight.StatusWarn
	}
	return preflight.StatusFail
}

func checkSigner(s preflight.Scenario, sub *Signed) []preflight.Outcome {
	if sub.parsed == nil {
		return preflight.Skip("there is no sound signature to judge the signer of")
	}
	signer := sub.parsed.Signer
	until := signer.NotAfter.UTC().Format("2006-01-02 15:04 MST")
	if s.At.After(signer.NotAfter) {
		return []preflight.Outcome{{Status: sub.untrusted(), Value: "expired", Message: fmt.Sprintf("signed by %q, whose certificate expired on %s: phones show Not Verified", signer.Subject.CommonName, until),
			Fix: "sign the profile with a certificate that is valid; installed profiles stay"}}
	}
	chain, err := sub.parsed.Chain(sub.Roots, s.At)
	if err != nil {
		return []preflight.Outcome{{Status: sub.untrusted(), Value: "untrusted",
			Message: fmt.Sprintf("signed by %q (until %s), with %s: %v", signer.Subject.CommonName, until, sub.RootsAre, err)}}
	}
	first := slices.MinFunc(chain, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
	if first != signer && first.NotAfter.Before(signer.NotAfter) {
		until = fmt.Sprintf("%s, when %q ends", first.NotAfter.UTC().Format("2006-01-02 15:04 MST"), first.Subject.CommonName)
	}
	message := fmt.Sprintf("signed by %q under %q (%s), until %s", signer.Subject.CommonName, chain[len(chain)-1].Subject.CommonName, sub.RootsAre, until)
	if first.NotAfter.Sub(s.At) < preflight.SignerNotice {
		return []preflight.Outcome{{Status: preflight.StatusWarn, Value: "expires-soon", Message: message + ": soon",
			Fix: "plan for the renewal: on phones without MDM, users remove the profile before they install one with another signer's certificate"}}
	}
	if n := len(sub.parsed.Strangers(chain)); n > 0 {
		return []preflight.Outcome{{Status: preflight.StatusWarn, Value: "strangers",
			Message: fmt.Sprintf("%s; %s in the signature beside that chain, for which nobody vouches", message, preflight.Counted(n, "certificate")),
			Fix:     "sign with the signer's own chain alone"}}
	}
	return preflight.Pass("%s", message)
}
