package profiles

import (
	"crypto/x509"
	"fmt"
	"time"

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
		return preflight.Fail("it is not signed")
	}
	parsed, err := cms.Parse(sub.Data)
	if err != nil {
		return preflight.Fail("%v", err)
	}
	switch {
	case parsed.Detached && sub.Detached == nil:
		return preflight.Fail("the signature is detached: give the file that it is over with --content")
	case !parsed.Detached && sub.Detached != nil:
		return preflight.Fail("the signature holds its own content: --content is for a detached one")
	}
	if err := parsed.CheckSignature(sub.Detached); err != nil {
		return preflight.Fail("%v", err)
	}
	sub.parsed = parsed
	return preflight.Pass("one signer, %s, over %d bytes%s", parsed.Algorithm, max(len(parsed.Content), len(sub.Detached)), claimed(parsed))
}

// claimed is what the signer says of the time, which nobody has to believe.
func claimed(s *cms.SignedData) string {
	if s.SigningTime.IsZero() {
		return ""
	}
	return ", made (it says) " + s.SigningTime.UTC().Format("2006-01-02 15:04 MST")
}

// signerExpiresSoon is when a signer's end is worth a warning: after it, phones
// show Not Verified, and another signer's profile does not update this one's.
const signerExpiresSoon = 60 * 24 * time.Hour

func checkSigner(s preflight.Scenario, sub *Signed) []preflight.Outcome {
	if sub.parsed == nil {
		return preflight.Skip("there is no sound signature to judge the signer of")
	}
	signer := sub.parsed.Signer
	until := signer.NotAfter.UTC().Format("2006-01-02 15:04 MST")
	if s.At.After(signer.NotAfter) {
		return []preflight.Outcome{{Status: preflight.StatusFail, Message: fmt.Sprintf("signed by %q, whose certificate expired on %s: phones show Not Verified", signer.Subject.CommonName, until),
			Fix: "sign the profile with a certificate that is valid; installed profiles stay"}}
	}
	chain, err := sub.parsed.Chain(sub.Roots, s.At)
	if err != nil {
		return preflight.Fail("signed by %q (until %s), with %s: %v", signer.Subject.CommonName, until, sub.RootsAre, err)
	}
	message := fmt.Sprintf("signed by %q under %q (%s), until %s", signer.Subject.CommonName, chain[len(chain)-1].Subject.CommonName, sub.RootsAre, until)
	if signer.NotAfter.Sub(s.At) < signerExpiresSoon {
		return []preflight.Outcome{{Status: preflight.StatusWarn, Message: message + ": soon",
			Fix: "plan for the renewal: on phones without MDM, users remove the profile before they install one with another signer's certificate"}}
	}
	return preflight.Pass("%s", message)
}
