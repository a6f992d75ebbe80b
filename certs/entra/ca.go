package entra

import (
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// CA is one authority of a trust store, and what is known around it.
//
// The CRL distribution point in a CA's own certificate is where the CRL of its
// issuer is. What Entra ID wants for each CA is the address of the CRL that
// this CA publishes, which only the certificates that it issued name.
type CA struct {
	Name        string             // as the report names it
	Certificate *certs.Certificate // nil where the file was not understood
	Err         error              // why
	Store       *Store             // that it is part of; nil where it stands alone
	CRLURLs     []string           // where certificates that it issued say its CRL is, in order, distinct
	DeltaURLs   []string           // where they, or its CRL, say that its delta CRL is
	Issued      int                // how many certificates that it issued were looked at; with 0 its CRL's address is not known
	HasCRL      bool               // a CRL of it was given, as a file or by address
	ToldRoot    *bool              // what a trust store is told that it is: a root, or an intermediate; nil where none says
	Configured  bool               // CRLURLs and DeltaURLs are what a trust store has, not what certificates say
	NamedURLs   []string           // of a configured one: where certificates that it issued say its CRL is
}

// CheckCA judges one authority, and its place among those of its store. Of one
// that wasn't understood, ca.readable alone speaks.
func CheckCA(s preflight.Scenario, ca *CA) []preflight.Finding {
	if ca.Certificate == nil {
		return readable.Apply(s, ca)
	}
	return CAChecks.Run(s, ca)
}

// Catalogue lists every check of this package.
func Catalogue() []preflight.Info {
	infos := append(CAChecks.Catalogue(), StoreChecks.Catalogue()...)
	return append(infos, HolderChecks.Catalogue()...)
}

// readable stands by itself because it also speaks for files that hold nothing
// that the others could look at.
var readable = preflight.Check[*CA]{Run: checkReadable, Info: preflight.Info{
	ID: "ca.readable", Title: "The file holds a CA certificate in standard form", Basis: preflight.Documented, Source: srcRFC5280,
	Reason: "services differ in what they forgive; a certificate outside the standard works on one and not on the next",
	Fix:    "export the CA's certificate again, as DER or PEM",
}}

// CAChecks are the checks of one authority, in the order in which they are
// reported. ca.revoked is another package's: it needs the issuer's CRL.
var CAChecks = preflight.Table[*CA]{
	readable,
	{Run: checkIsCA, Info: preflight.Info{
		ID: "ca.is-ca", Title: "The certificate may sign certificates and CRLs", Basis: preflight.Documented, Source: srcRFC5280 + "#section-4.2.1.3", Codes: []string{"AADSTS2205015"},
		Reason: "what a certificate without these rights signed is not accepted, and neither is its CRL",
		Fix:    "give the CA's own certificate; if that is what it is, renew it with basicConstraints CA and the key usages keyCertSign and cRLSign",
	}},
	{Run: checkRole, Info: preflight.Info{
		ID: "ca.role", Title: "It is plain whether the CA is a root or an intermediate", Basis: preflight.Documented, Source: srcConfigureCA,
		Reason: "Entra ID has to be told (isRootAuthority, or certificateAuthorityType root or intermediate); chains end at roots only",
		Fix:    "give the root that is signed with its own key, and tell Entra ID what each CA is",
	}},
	{Run: checkSKI, Info: preflight.Info{
		ID: "ca.ski", Title: "The key identifiers lead from each certificate to its issuer", Basis: preflight.Documented, Source: srcCRL, Codes: []string{"AADSTS500176"},
		Reason: "Entra ID builds chains by key identifiers, not by names: each CA needs an SKI, and below the root an AKI that is its issuer's SKI",
		Fix:    "renew the CA with a subject key identifier and the authority key identifier of its issuer",
	}},
	{Run: checkValidity, Info: preflight.Info{
		ID: "ca.validity", Title: "The CA is valid now", Basis: preflight.Documented, Source: srcConfigureCA, Codes: []string{"AADSTS500172"},
		Reason: "nobody signs in with a certificate below an expired CA, and while an expired CA is in the tenant no new one can be uploaded",
		Fix:    "renew the CA, issue the users' certificates below the new one, and delete the expired one from the tenant before adding others",
	}},
	{Run: checkSignatureHash, Info: preflight.Info{
		ID: "ca.signature-hash", Title: "The CA's certificate is signed with SHA-256 or better", Basis: preflight.Inferred, Source: srcSDL,
		Reason: "platforms drop weak hashes without telling the user",
		Fix:    "set the issuer to sign with SHA-256 and renew the CA's certificate",
	}},
	{Run: checkCRLURL, Info: preflight.Info{
		ID: "ca.crl-url", Title: "Entra ID can fetch the CA's CRL from the address that its certificates name", Basis: preflight.Documented, Source: srcCRL, Codes: []string{"AADSTS500173", "AADSTS500175"},
		Reason: "without a CRL address nothing is checked and a revoked certificate goes on working; with one that cannot be fetched nobody signs in. " +
			"The bulk upload sets the first HTTP address of the CA certificate's own distribution point, which is its issuer's CRL: correct it by hand",
		Fix: "publish the CRL at one plain http address that the Internet reaches, put it first in the CA's distribution points, and set it for this CA in the tenant",
	}},
	{Run: checkShared, Info: preflight.Info{
		ID: "ca.crl-shared", Title: "No other CA has the same CRL address", Basis: preflight.Observed, Source: srcCRL, Codes: []string{"AADSTS2205015"},
		Reason: "each CA signs its own CRL; at a shared address one overwrites the other, and Entra ID finds a CRL of another key",
		Fix:    "give each CA a CRL file of its own: AD CS writes CA(1).crl after a renewal with a new key, if <CRLNameSuffix> is in the CDP",
	}},
	{Run: checkDeltaURL, Info: preflight.Info{
		ID: "ca.delta-url", Title: "Entra ID can fetch the CA's delta CRL", Basis: preflight.Documented, Source: srcCRL, Codes: []string{"AADSTS500177", "AADSTS500173"},
		Reason: "a delta CRL without a base is refused, and one that cannot be fetched stops every sign-in; IIS answers 404.11 to names that end in +",
		Fix:    "set the base CRL's address as well, or no delta's; in IIS allow double escaping for the CRL folder (requestFiltering allowDoubleEscaping=\"true\")",
	}},
	{Run: checkSize, Info: preflight.Info{
		ID: "ca.size", Title: "The CA's certificate fits into the trust store", Basis: preflight.Documented, Source: srcHowTo,
		Reason: "the PKI-based trust store takes 8 KB for each CA",
		Fix:    "renew the CA's certificate without what makes it large (policies, logos), or use the classic store, of which no such limit is published",
	}},
	{Run: checkComplete, Info: preflight.Info{
		ID: "ca.complete", Title: "Every authority up to the root is in the store", Basis: preflight.Documented, Source: srcGetStarted, Codes: []string{"AADSTS500176"},
		Reason: "Entra ID trusts a certificate only if every CA from its issuer to the root is in the tenant, ten at most",
		Fix:    "add the CA that is missing to those given, and to the tenant",
	}},
	{Run: checkDuplicate, Info: preflight.Info{
		ID: "ca.duplicate", Title: "No CA is there twice", Basis: preflight.Documented, Source: srcUpload,
		Reason: "the upload of a certificate that is there already is refused (\"Duplicate Certificate exists\"), and of two CAs with one key identifier it is not known which counts",
		Fix:    "keep one certificate of each CA and key: the newest",
	}},
	{Run: checkPublic, Info: preflight.Info{
		ID: "ca.public", Title: "The CA is not a public one", Basis: preflight.Documented, Source: srcHowTo,
		Reason: "any CA that a tenant trusts can sign in any of its users, and a public CA issues to anybody: whoever gets a certificate with a fitting name signs in",
		Fix:    "trust a CA of your own, which issues to your users only; if a public one is in the tenant, issue the users new certificates and remove it",
	}},
	{Run: checkLab, Info: preflight.Info{
		ID: "ca.lab", Title: "The CA is not one of easkit's lab", Basis: preflight.Documented, Source: srcHowTo,
		Reason: "any CA that a tenant trusts can sign in any of its users: a lab CA, whose key lies in a folder, is a tenant taken over",
		Fix:    "never put a lab CA into a tenant with real users; if it is there, remove it now and look through the sign-in log",
	}},
}

// onPremises names the servers that judge in place of Entra ID, or "".
func onPremises(s preflight.Scenario) string {
	switch {
	case s.Auth == preflight.Direct && s.Mailbox == preflight.ExchangeServer:
		return "Exchange Server"
	case s.Auth == preflight.OAuth && s.Issuer == preflight.ADFS:
		return "AD FS"
	}
	return ""
}

func skipOnPremises(s preflight.Scenario, rule string) []preflight.Outcome {
	return preflight.Skip("%s is a rule of Entra ID: here %s judges, by Windows' rules", rule, onPremises(s))
}

// inferred is a warning that rests on a conclusion, in a check whose rule is
// firmer than that.
func inferred(format string, args ...any) []preflight.Outcome {
	return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred, Message: fmt.Sprintf(format, args...)}}
}

func checkReadable(_ preflight.Scenario, ca *CA) []preflight.Outcome {
	c := ca.Certificate
	switch {
	case c == nil:
		return preflight.Fail("%s", printable(fmt.Sprint(ca.Err)))
	case len(c.Doubled) > 0:
		return preflight.Warn("the extension %s is there twice (RFC 5280 4.2 allows one)", strings.Join(c.Doubled, ", "))
	case c.Refused != nil:
		return preflight.Warn("it is outside the standard: %s", printable(strings.TrimPrefix(c.Refused.Error(), "x509: ")))
	}
	return preflight.Pass("%s, issued by %s, serial number %X", c.Subject(), c.Issuer(), c.Serial)
}
