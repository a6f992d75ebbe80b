package exports

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// Object identifiers of extended key usages (RFC 5280, 4.2.1.12).
const (
	oidClientAuth = "1.3.6.1.5.5.7.3.2"
	oidAnyUsage   = "2.5.29.37.0"
)

// trait is something in a certificate profile by which its certificates can't sign in, or
// phones don't get one.
type trait struct {
	property, word, fix string
	status              preflight.Status
	basis               preflight.Basis // "" for the check's own
	source              string
	signIn              bool // it matters only where somebody signs in with the certificate
	is                  func(*Export) bool
	text                string
}

// traits are looked for in this order. Types for SCEP have all of the properties, and
// those for PKCS some.
var traits = []trait{
	{
		property: "scepServerUrls", word: "no-url", status: preflight.StatusFail, source: srcIntuneSCEP,
		is:   func(e *Export) bool { return isScep(e.Kind) && len(texts(e, "scepServerUrls")) == 0 },
		text: "scepServerUrls is empty: phones have no server to ask for a certificate", fix: "write the address of the SCEP server",
	},
	{
		property: "scepServerUrls", word: "http", status: preflight.StatusFail, source: srcIntuneSCEP,
		is: func(e *Export) bool {
			return wantsHTTPS[e.Kind.Platform] && slices.ContainsFunc(texts(e, "scepServerUrls"), isHTTP)
		},
		text: "scepServerUrls has an address with http://, and Android takes https:// alone", fix: "write the address with https://",
	},
	{
		property: "certificateStore", word: "machine", status: preflight.StatusWarn, basis: preflight.Inferred, source: srcIntuneSCEP, signIn: true,
		is: forMachine, text: "certificateStore is machine: its certificates are phones', and a mailbox is a user's", fix: "choose the certificate type User",
	},
	{
		property: "extendedKeyUsages", word: "no-client-auth", status: preflight.StatusFail, source: srcDirect, signIn: true,
		is: func(e *Export) bool {
			oids := usages(e)
			return len(oids) > 0 && !slices.Contains(oids, oidClientAuth) && !slices.Contains(oids, oidAnyUsage)
		},
		text: "extendedKeyUsages has no client authentication (" + oidClientAuth + "), which servers ask for", fix: "add Client Authentication",
	},
	{
		property: "extendedKeyUsages", word: "no-usage", status: preflight.StatusWarn, basis: preflight.Inferred, source: srcDirect, signIn: true,
		is:   func(e *Export) bool { return isScep(e.Kind) && len(usages(e)) == 0 }, // of PKCS the CA's template decides
		text: "extendedKeyUsages is empty: unless the CA adds client authentication (" + oidClientAuth + "), servers refuse the certificates", fix: "add Client Authentication",
	},
	{
		property: "keyUsage", word: "no-signature", status: preflight.StatusWarn, basis: preflight.Inferred, source: "https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3", signIn: true,
		is: func(e *Export) bool {
			return !strings.Contains(strings.ToLower(e.Object.Text("keyUsage")), "digitalsignature")
		},
		text: "keyUsage has no digitalSignature, which client authentication in TLS is", fix: "add Digital signature",
	},
	{
		property: "keySize", word: "short", status: preflight.StatusWarn, basis: preflight.Inferred, source: srcIntuneSCEP, signIn: true,
		is:   func(e *Export) bool { return strings.EqualFold(e.Object.Text("keySize"), "size1024") },
		text: "keySize is 1024 bits, which CAs and servers refuse more and more", fix: "choose 2048 bits or more",
	},
}

// ofPKCS are properties of which every export of a certificate profile for PKCS has one,
// unless it was asked for others alone.
var ofPKCS = []string{"certificateStore", "certificationAuthority", "certificationAuthorityName", "certificateTemplateName", "extendedKeyUsages"}

// wantsHTTPS are the platforms whose phones ask for certificates by HTTPS alone.
var wantsHTTPS = map[intune.Platform]bool{intune.WorkProfile: true, intune.FullyManaged: true}

func isScep(k intune.Kind) bool { return strings.Contains(k.Type, "ScepCertificateProfile") }

func isHTTP(url string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(url)), "http://")
}

// texts are the texts of a list that are not blank.
func texts(e *Export, key string) (all []string) {
	items, _ := e.Object[key].([]any)
	for _, item := range items {
		if text, ok := item.(string); ok && strings.TrimSpace(text) != "" {
			all = append(all, text)
		}
	}
	return all
}

// usages are the object identifiers of the extended key usages.
func usages(e *Export) (all []string) {
	items, _ := e.Object["extendedKeyUsages"].([]any)
	for _, item := range items {
		o, _ := item.(map[string]any)
		if oid := strings.TrimSpace(intune.Object(o).Text("objectIdentifier")); oid != "" {
			all = append(all, oid)
		}
	}
	return all
}

// certificate judges whether the certificates that a profile asks for can sign in, apart
// from the names in them.
func (j *judging) certificate(preflight.Scenario) []preflight.Outcome {
	if importsPFX[j.Kind.Type] {
		return preflight.Skip("%s: it imports certificates, and asks for none", j.called())
	}
	_, sure := j.tenant.uses(j.asked, j.Export)
	var all []preflight.Outcome
	passed, absent := false, ""
	for _, t := range traits {
		if _, there := j.Object[t.property]; !there {
			absent = t.property
			continue
		}
		if !t.is(j.Export) {
			continue
		}
		// A certificate of the machine is no candidate, and so is used only where it is named.
		if t.signIn && sure < likely {
			passed = true
			continue
		}
		o := outcome(t.status, t.word, "%s: %s", j.called(), t.text)
		o.Basis, o.Source, o.Fix = t.basis, t.source, t.fix+anew
		if t.signIn && sure == likely {
			o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
		}
		all = append(all, j.at(t.property, o))
	}
	switch {
	case len(all) > 0:
		return all
	case passed:
		return j.notForMail(sure)
	case absent != "" && isScep(j.Kind):
		return j.notExported(absent)
	case !j.has(ofPKCS...):
		return j.notExported(ofPKCS[0])
	}
	return preflight.Pass("%s: nothing in it keeps its certificates from signing in", j.called())
}
