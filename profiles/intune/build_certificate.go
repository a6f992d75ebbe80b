package intune

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// clientAuth is the extended key usage by which a certificate signs in (RFC 5280
// 4.2.1.12).
const clientAuth = "1.3.6.1.5.5.7.3.2"

// keyUsage is what Intune's page on SCEP has a key for sign-in do; servers of TLS before
// 1.3 may want both.
const keyUsage = "digitalSignature,keyEncipherment"

// sidVariable becomes the user's SID, which Active Directory wants to see in a
// certificate (https://support.microsoft.com/topic/kb5014754). It is filled in where a
// SCEP profile has it as a URI of the SAN; for PKCS the connector does that.
const sidVariable = "{{OnPremisesSecurityIdentifier}}"

// certificate makes the profile by which phones of a platform get their certificates.
func (b *builder) certificate(p platformTypes) {
	kind, own, how := p.pkcs, b.pkcs(), "from the CA by Intune's connector (PKCS)"
	if b.intune.BySCEP() {
		kind, own, how = p.scep, b.scep(), "for a key of its own by SCEP"
	}
	part := Part{Key: certificateKey(p.platform), Object: newObject(kind, own)}
	for name, value := range b.certificateBase() {
		part.Object[name] = value
	}
	if has(kind, "rootCertificate") {
		part.Refers = []Reference{{Property: "rootCertificate", To: rootKey(p.platform, b.anchor)}}
	}
	for name, value := range map[string]any{
		"extendedKeyUsages":          []any{map[string]any{"name": "Client Authentication", "objectIdentifier": clientAuth}},
		"hashAlgorithm":              b.intune.SCEP.Hash,
		"certificationAuthorityType": "microsoft", // server, ca and template are those of AD CS
	} {
		if has(kind, name) {
			part.Object[name] = value
		}
	}
	if p.platform == FullyManaged {
		b.access(&part)
	}
	part.Notes = append(part.Notes, b.certificateNotes()...)
	b.add(part, p.words+" certificate", fmt.Sprintf("Gets each user's phone a certificate to sign in with, %s. Do not edit or unassign it: make another.", how))
}

func certificateKey(p Platform) string { return keyOf(p, "certificate") }

// certificateBase is what all certificate profiles have. customSubjectAlternativeNames
// stands in the place of subjectAlternativeNameType: Intune's portal sends one of them,
// and the service answers the other as null.
func (b *builder) certificateBase() Object {
	sans := []any{
		map[string]any{"sanType": "userPrincipalName", "name": "{{UserPrincipalName}}"},
		map[string]any{"sanType": "emailAddress", "name": "{{EmailAddress}}"},
	}
	if b.Account.Mailbox == preflight.ExchangeServer && b.intune.BySCEP() {
		sans = append(sans, map[string]any{"sanType": "universalResourceIdentifier", "name": sidVariable})
	}
	return Object{
		"subjectNameFormat": "custom", "subjectNameFormatString": b.intune.Subject,
		"customSubjectAlternativeNames":  sans,
		"certificateValidityPeriodScale": "days", "certificateValidityPeriodValue": float64(b.intune.ValidityDays),
		"renewalThresholdPercentage": float64(b.intune.RenewAtPercent), "certificateStore": "user",
	}
}

func (b *builder) pkcs() Object {
	p := b.intune.PKCS
	return Object{"certificationAuthority": p.Server, "certificationAuthorityName": p.CA, "certificateTemplateName": p.Template}
}

func (b *builder) scep() Object {
	var urls []any
	for _, url := range b.intune.SCEP.URLs {
		urls = append(urls, url)
	}
	return Object{"scepServerUrls": urls, "keySize": fmt.Sprintf("size%d", b.intune.SCEP.KeySize), "keyUsage": keyUsage}
}

// access says which apps of a fully managed phone may use the certificate unasked.
func (b *builder) access(part *Part) {
	if !b.oauth() && b.app() == appGmail {
		part.Object["certificateAccessType"] = "specificApps"
		part.Object["silentCertificateAccessDetails"] = []any{map[string]any{"packageId": gmailPackage}}
		part.Notes = append(part.Notes, "Gmail may use the certificate without asking the user, and other apps may not use it.")
		return
	}
	part.Object["certificateAccessType"] = "userApproval"
	if b.oauth() {
		part.Notes = append(part.Notes, "Users are asked once which certificate to take: with oauth the sign-in page shows it, which another app than the mail app may open, so that access for the mail app alone would not do.")
		return
	}
	part.Notes = append(part.Notes, "Users are asked once which certificate to take.")
}

func (b *builder) certificateNotes() []string {
	const source = "https://learn.microsoft.com/intune/intune-service/protect/remove-certificates"
	notes := []string{"Editing this profile revokes the certificates that it issued, and unassigning it removes them from the phones (" + source + "): when something changes, make a new object and move the groups over."}
	if b.intune.ByPKCS() {
		notes = []string{
			"Unassigning this profile removes its certificates from the phones (" + source + "): when something changes, make a new object and move the groups over.",
			"The Certificate Connector for Microsoft Intune must be installed and able to reach the CA, and may enrol with the template.",
		}
	}
	if b.Account.Mailbox == preflight.ExchangeServer {
		with := fmt.Sprintf("the profile asks for it as %s, which needs users that are synchronised", sidVariable)
		if b.intune.ByPKCS() {
			with = "for PKCS the connector adds it once that is switched on in its registry (EnableSidSecurityExtension)"
		}
		notes = append(notes, "Active Directory maps a certificate to its user by the SID in it (KB5014754): "+with+".")
	}
	return notes
}
