package crl

import (
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Subject is what the checks of a CRL look at: one list, and what is known around
// it.
type Subject struct {
	List     *List     // nil where there is none
	Err      error     // what [Read] said then
	Download *Download // how it came, where it came from the network
	URL      string    // where it was asked for; "" for a file

	CA       *certs.Certificate   // whose it is: see [FindIssuer]; nil where that isn't known
	CAs      []*certs.Certificate // the authorities given
	Pointing []*certs.Certificate // those whose certificates say that their CRL is at URL
	Asked    Kind                 // what is said to be at URL; "" where nobody says
	Base     *List                // for a delta CRL: the base that it goes with; nil where there is none
	Previous *List                // an earlier list to compare the number with
	Since    time.Time            // when the users' sign-ins were revoked; zero where nobody asks
}

// Kind is one of the two kinds of CRLs.
type Kind string

// The kinds: a base CRL lists all that is revoked, a delta CRL what has changed
// since.
const (
	BaseCRL  Kind = "base"
	DeltaCRL Kind = "delta"
)

// Check judges one CRL. Where there is no list, only the checks speak that say
// why.
func Check(s preflight.Scenario, sub *Subject) []preflight.Finding {
	if sub.List == nil {
		return transport.Run(s, sub)
	}
	return Checks.Run(s, sub)
}

// Catalogue lists all checks of this package.
func Catalogue() []preflight.Info {
	return append(Checks.Catalogue(), CertRevoked.Info, CARevoked.Info)
}

// Where the rules come from.
const (
	srcRFC5280    = "https://www.rfc-editor.org/rfc/rfc5280"
	srcRevocation = "https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started#step-3-configure-revocation"
	srcBackdating = "https://learn.microsoft.com/archive/blogs/pki/how-effectivedate-thisupdate-nextupdate-and-nextcrlpublish-are-calculated"
)

// transport are the checks that also speak where no list could be read.
var transport = preflight.Table[*Subject]{
	{Run: checkDownload, Info: preflight.Info{
		ID: "crl.download", Title: "The CRL can be downloaded", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS500173"},
		Reason: "when the CRL of any CA in the chain can't be fetched, every sign-in below that CA fails",
		Fix:    "publish the CRL at an http URL that the Internet reaches, without redirect or sign-in",
	}},
	{Run: checkTime, Info: preflight.Info{
		ID: "crl.time", Title: "The download is quick enough", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS2205012", "AADSTS500179"},
		Reason: "Entra ID gives up after 10 seconds at a sign-in",
		Fix:    "make the CRL smaller (a new CA key starts an empty one), or put it on a faster server or a CDN",
	}},
	{Run: checkFormat, Info: preflight.Info{
		ID: "crl.format", Title: "It is one CRL of version 2 in DER", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS2205011"},
		Reason: "Entra ID reads DER only, and reports anything else as a CRL that it can't construct",
		Fix:    "publish the CRL as the CA wrote it, or turn it into DER: openssl crl -in FILE -outform DER -out FILE.crl",
	}},
	{Run: checkSize, Info: preflight.Info{
		ID: "crl.size", Title: "The CRL is within the cloud's limit", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS2205014"},
		Reason: "above 20 MB (45 MB in GCC High and DoD) the first sign-in fails, and above the background limit every one",
		Fix:    "stop listing expired certificates, or move to a new CA, whose CRL starts empty",
	}},
}

// Checks are the checks of a CRL, in the order in which they are reported.
var Checks = append(transport[:len(transport):len(transport)], preflight.Table[*Subject]{
	{Run: checkIssuer, Info: preflight.Info{
		ID: "crl.issuer", Title: "The CRL names its CA as Entra ID looks for it", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS2205015"},
		Reason: "Entra ID compares the CRL's authority key identifier with the CA's subject key identifier, and its issuer with the CA's name",
		Fix:    "publish the CRL of this very CA: a CA renewed with a new key writes another file (AD CS: CA(1).crl)",
	}},
	{Run: checkSignature, Info: preflight.Info{
		ID: "crl.signature", Title: "The CRL is signed by its CA", Basis: preflight.Documented, Source: srcRFC5280 + "#section-6.3.3", Codes: []string{"AADSTS2205015"},
		Reason: "a CRL that its CA did not sign proves nothing and is refused",
		Fix:    "publish the CRL that the CA wrote, unchanged",
	}},
	{Run: checkValidity, Info: preflight.Info{
		ID: "crl.validity", Title: "The CRL is valid now", Basis: preflight.Documented, Source: LimitsSource, Codes: []string{"AADSTS500172"},
		Reason: "with an expired CRL every sign-in below its CA fails",
		Fix:    "have the CA publish a new CRL, and find out why it did not",
	}},
	{Run: checkNumber, Info: preflight.Info{
		ID: "crl.number", Title: "The CRL's number goes up", Basis: preflight.Documented, Source: LimitsSource,
		Reason: "Entra ID wants the number of a new CRL to be higher than that of the one before",
		Fix:    "restore the CA's counter, and publish a CRL with a higher number",
	}},
	{Run: checkDelta, Info: preflight.Info{
		ID: "crl.delta", Title: "Delta CRL and base CRL go together", Basis: preflight.Documented, Source: srcRFC5280 + "#section-5.2.4",
		Reason: "a delta CRL that does not continue the published base adds nothing to it; with both configured, both must be valid",
		Fix:    "publish base and delta together, the base first",
	}},
	{Run: checkScope, Info: preflight.Info{
		ID: "crl.scope", Title: "The CRL speaks for all certificates of its CA", Basis: preflight.Documented, Source: srcRFC5280 + "#section-5.2.5", Codes: []string{"AADSTS500178"},
		Reason: "Entra ID takes one CRL address for each CA; certificates that the list does not speak for can't be checked",
		Fix:    "have the CA publish one complete CRL",
	}},
	{Run: checkNextPublish, Info: preflight.Info{
		ID: "crl.next-publish", Title: "The CA keeps to its own plan of publishing", Basis: preflight.Documented, Source: LimitsSource,
		Reason: "Entra ID looks for a new CRL from the announced time on; a CA that missed it may miss the end of the CRL, too",
		Fix:    "see why the CA did not publish: service stopped, key not available, copying to the web server failed",
	}},
	{Run: checkTokenTime, Info: preflight.Info{
		ID: "crl.token-time", Title: "The CRL is newer than the revocation of sign-ins", Basis: preflight.Documented, Source: srcRevocation,
		Reason: "a revocation lasts only if the CRL's Effective Date (thisUpdate) is later than the user's signInSessionsValidFromDateTime",
		Fix:    "publish the CRL again, more than ten minutes after the sign-ins were revoked: Windows CAs date it ten minutes back",
	}},
}...)
