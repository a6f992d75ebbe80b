package certs

import (
	"github.com/easkit/easkit/certs/preflight"
)

// Subject is what the certificate checks look at: one certificate, and what is
// known around it.
type Subject struct {
	Certificate *Certificate
	PKCS12      *PKCS12        // the file it came in, where that was a PKCS#12 file
	InFile      []*Certificate // all certificates of that file
	CAs         []*Certificate // the authorities given to check against; nil where none were
	Err         error          // why the file could not be understood; Certificate is nil then
}

// Subjects lists what a bundle gives to check: each certificate that is not an
// authority's, or the first of them where there is no other.
func (b *Bundle) Subjects(cas []*Certificate) []*Subject {
	var subjects []*Subject
	add := func(c *Certificate) {
		subjects = append(subjects, &Subject{Certificate: c, PKCS12: b.PKCS12, InFile: b.Certificates, CAs: cas})
	}
	for _, c := range b.Certificates {
		if !c.IsCA {
			add(c)
		}
	}
	if len(subjects) == 0 {
		for _, c := range b.Certificates[:min(len(b.Certificates), maxAuthorities)] {
			add(c)
		}
	}
	return subjects
}

// maxAuthorities is how many certificates of a file with authorities alone are
// looked at as if they were users': the first few show the mistake.
const maxAuthorities = 50

// Subject is the subject of an identity's checks. The file it came in is left
// out: a builder writes a new one where the old does not suit the phone.
func (id *Identity) Subject(cas []*Certificate) *Subject {
	return &Subject{Certificate: id.Leaf, InFile: id.Chain, CAs: cas}
}

// Check judges a certificate by itself: every check of [Checks], and
// [preflight.Retirement], since a certificate for direct sign-in is made for
// what ends. Of a file that wasn't understood, cert.readable alone speaks.
func Check(s preflight.Scenario, sub *Subject) []preflight.Finding {
	if sub.Certificate == nil {
		return Unreadable(sub.Err, "")
	}
	return append(Checks.Run(s, sub), preflight.Retirement.Run(s, struct{}{})...)
}

// Unreadable is the finding on a file that could not be opened or understood. fix
// says what to do where that differs from the catalogue's.
func Unreadable(err error, fix string) []preflight.Finding {
	findings := readable.Apply(preflight.Scenario{}, &Subject{Err: err})
	if fix != "" {
		findings[0].Fix = fix
	}
	return findings
}

// Where the rules come from.
const (
	srcGetStarted = "https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started"
	srcEntraCRL   = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificate-revocation-list"
	srcEntraDeep  = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-technical-deep-dive"
	srcNonRoute   = "https://learn.microsoft.com/microsoft-365/enterprise/prepare-a-non-routable-domain-for-directory-synchronization"
	srcStrongMap  = "https://support.microsoft.com/help/5014754"
	srcRFC5280    = "https://www.rfc-editor.org/rfc/rfc5280"
	srcApple      = "https://github.com/apple-oss-distributions/Security (OSX/sec/Security/p12import.c)"
	srcAOSP       = "https://android.googlesource.com/platform/external/bouncycastle"
	srcInstaller  = "https://android.googlesource.com/platform/packages/apps/CertInstaller"
)

// readable stands by itself because it also speaks for files that hold nothing
// that the others could look at.
var readable = preflight.Check[*Subject]{Run: checkReadable, Info: preflight.Info{
	ID: "cert.readable", Title: "The file holds a certificate in standard form", Basis: preflight.Documented, Source: srcRFC5280,
	Reason: "servers differ in what they forgive; a certificate outside the standard works on one and not on the next",
	Fix:    "export the file again, or have the certificate issued anew",
}}

// Checks are the checks that a certificate and its file decide alone, in the
// order in which they are reported.
var Checks = preflight.Table[*Subject]{
	readable,
	{Run: checkAddress, Info: preflight.Info{
		ID: "cert.san.address", Title: "The SAN holds a UPN or an rfc822Name", Basis: preflight.Documented, Source: srcGetStarted,
		Reason: "Exchange Online and Entra ID find the user by an address in the SAN; an e-mail address in the subject does not count",
		Fix:    "issue the certificate with the user's UPN (Principal Name) or mail address (RFC822 Name) in the SAN",
	}},
	{Run: checkRoutable, Info: preflight.Info{
		ID: "cert.san.routable", Title: "An address in the SAN is routable", Basis: preflight.Documented, Source: srcNonRoute,
		Reason: "a domain that isn't on the internet can't be verified in the tenant, so the address is nobody's there",
		Fix:    "issue the certificate with the user's mail address",
	}},
	{Run: checkAgree, Info: preflight.Info{
		ID: "cert.san.agree", Title: "The names in the SAN agree", Basis: preflight.Inferred, Source: srcEntraDeep,
		Reason: "which of two different names a service takes depends on its bindings; it may be somebody else's",
		Fix:    "issue the certificate with one UPN and the same user's mail address",
	}},
	{Run: checkEncoding, Info: preflight.Info{
		ID: "cert.san.encoding", Title: "The SAN is encoded as the standards say", Basis: preflight.Documented, Source: srcRFC5280 + "#section-4.2.1.6",
		Reason: "a name in another string type is read by some software and silently dropped by other",
		Fix:    "correct the CA's template: UPN as UTF8String, rfc822Name as ASCII in an IA5String",
	}},
	{Run: checkSID, Info: preflight.Info{
		ID: "cert.sid", Title: "The certificate names the user's SID", Basis: preflight.Inferred, Source: srcStrongMap,
		Reason: "domain controllers refuse to map a certificate to an account by its UPN alone (KB5014754); that this reaches Exchange is inferred",
		Fix:    "issue the certificate with the SID extension (1.3.6.1.4.1.311.25.2), or map it in altSecurityIdentities",
	}},
	{Run: checkEKU, Info: preflight.Info{
		ID: "cert.eku", Title: "The certificate is for client authentication", Basis: preflight.Documented, Source: srcGetStarted,
		Reason: "servers ask for a client certificate, and do not offer or accept one that is for something else",
		Fix:    "issue the certificate with the extended key usage clientAuth (1.3.6.1.5.5.7.3.2)",
	}},
	{Run: checkKeyUsage, Info: preflight.Info{
		ID: "cert.key-usage", Title: "The key may sign", Basis: preflight.Documented, Source: srcRFC5280 + "#section-4.2.1.3",
		Reason: "client authentication in TLS is a signature; a key that may only decrypt cannot make it",
		Fix:    "issue the certificate with the key usage digitalSignature",
	}},
	{Run: checkKey, Info: preflight.Info{
		ID: "cert.key", Title: "The key is of a kind and size that phones and servers take", Basis: preflight.FromSource, Source: srcApple,
		Reason: "phones import RSA and EC keys only, and report any other as a wrong password",
		Fix:    "issue the certificate for an RSA key of 2048 bits or more, or an EC key on P-256 or P-384",
	}},
	{Run: checkSignatureHash, Info: preflight.Info{
		ID: "cert.signature-hash", Title: "The certificate is signed with SHA-256 or better", Basis: preflight.Inferred, Source: "https://learn.microsoft.com/security/sdl/cryptographic-recommendations",
		Reason: "platforms drop weak hashes without telling the user",
		Fix:    "set the CA to sign with SHA-256 and issue the certificate anew",
	}},
	{Run: checkValidity, Info: preflight.Info{
		ID: "cert.validity", Title: "The certificate is valid now", Basis: preflight.Documented, Source: srcEntraCRL, Codes: []string{"AADSTS500172"},
		Reason: "a certificate outside its validity is refused, and the phone reports a wrong password",
		Fix:    "issue a new certificate",
	}},
	{Run: checkChain, Info: preflight.Info{
		ID: "cert.chain", Title: "Every authority up to the root is known", Basis: preflight.Documented, Source: srcEntraCRL, Codes: []string{"AADSTS500176", "AADSTS500172"},
		Reason: "Entra ID and Exchange Online trust a certificate only if every CA from its issuer to the root is in the tenant, found by key identifiers",
		Fix:    "add the CA to those given (--ca, or --chain for ios and android), and to the tenant",
	}},
	{Run: checkP12IOS, Info: preflight.Info{
		ID: "cert.p12.ios", Title: "The iPhone can import the PKCS#12 file", Basis: preflight.FromSource, Source: srcApple, Codes: []string{"MCCertificateErrorDomain 9000"},
		Reason: "iOS reports every file that it cannot import as a wrong password",
		Fix:    "let easkit build the profile (it writes the file anew), or export it with 3DES and SHA-1",
	}},
	{Run: checkP12Android, Info: preflight.Info{
		ID: "cert.p12.android", Title: "Android can import the PKCS#12 file", Basis: preflight.FromSource, Source: srcAOSP,
		Reason: "Android reports an encryption that it doesn't know as a wrong password",
		Fix:    "let easkit android write the file anew, or export it with 3DES and SHA-1",
	}},
	{Run: checkP12Alias, Info: preflight.Info{
		ID: "cert.p12.alias", Title: "The PKCS#12 file carries a name that Android keeps", Basis: preflight.FromSource, Source: srcInstaller,
		Reason: "Android offers the key under its friendlyName, cut at the last dot; a mail app that looks for another alias asks the user to choose",
		Fix:    "let easkit android write the file anew, or export it with a friendly name of letters, digits and hyphens",
	}},
}
