package profiles

import (
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// Where the rules of profiles come from.
const (
	srcGetStarted   = "https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started"
	srcProfiles     = "https://developer.apple.com/documentation/devicemanagement/configuring-multiple-devices-using-profiles"
	srcAppleSchema  = "https://github.com/apple/device-management"
	srcImporter     = "https://github.com/apple-oss-distributions/Security (OSX/sec/Security/p12import.c)"
	srcIntuneEmail  = "https://learn.microsoft.com/intune/intune-service/configuration/email-settings-ios"
	srcIntuneXML    = "https://learn.microsoft.com/intune/intune-service/configuration/custom-settings-apple"
	srcIntuneTokens = "https://learn.microsoft.com/intune/intune-service/apps/app-configuration-policies-use-ios"
)

// infos are the checks of a profile's file, whatever the phone: each format has a
// function of its own for those that it needs. Those of account, certificate and
// signature stand where their functions do.
var infos = []preflight.Info{
	{
		ID: "profile.format", Title: "The file is a profile that can be read", Basis: preflight.Documented, Source: srcProfiles,
		Reason: "the phone refuses the file as malformed, or offers to save it in place of installing it",
		Fix:    "build the profile anew, and deliver the file as it is",
	},
	{
		ID: "profile.structure", Title: "The profile is put together as the phone wants it", Basis: preflight.Documented, Source: srcAppleSchema,
		Reason: "the phone refuses the whole profile for one payload without a name of its own, or a date that has passed",
		Fix:    "give the profile and each of its payloads a PayloadIdentifier and a PayloadUUID of its own, and PayloadVersion 1",
	},
	{
		ID: "profile.schema", Title: "Keys, types and values are those that the vendor documents", Basis: preflight.Documented, Source: srcAppleSchema,
		Reason: "the phone passes over a key that it does not know, so that a misspelt setting is a missing one, and refuses a value of the wrong type",
		Fix:    "write the key and its value as the vendor's schema has them",
	},
	{
		ID: "profile.identity", Title: "The account's identity is there, and the phone can import it", Basis: preflight.FromSource, Source: srcImporter,
		Reason: "a reference that leads nowhere gives an account without a certificate, and every PKCS#12 file that the phone can't read is called a wrong password",
		Fix:    "build the profile with easkit ios, which writes the identity for the oldest version to serve and refers to it",
	},
	{
		ID: "profile.auth", Title: "Sign-in, OAuth keys and identity agree", Basis: preflight.Documented, Source: srcIntuneEmail,
		Reason: "the phone asks for a password that nobody has, or signs in without the certificate",
		Fix:    "say OAuth true or false in the account, give it an identity and no password",
	},
	{
		ID: "profile.secrets", Title: "No key or password lies open that does not have to", Basis: preflight.Documented, Source: srcAppleSchema,
		Reason: "whoever reads the file, a mailbox it was sent to or a console it was uploaded to, has the user's key",
		Fix:    "leave passwords out, and let the phone ask for them (--for manual), or let the phone make its own key by SCEP or ACME",
	},
	{
		ID: "profile.tokens", Title: "Placeholders are known to whoever fills them in", Basis: preflight.Documented, Source: srcIntuneTokens,
		Reason: "what nobody fills in reaches the phone as it stands: {{mail}} becomes the user's address",
		Fix:    "write the placeholder as the console has it, or the value itself",
	},
	{
		ID: "profile.update", Title: "Phones update the profile that they have in place", Basis: preflight.Documented, Source: srcProfiles,
		Reason: "the phone refuses the new profile until the old one is removed, and mail is downloaded again then",
		Fix:    "sign with the very certificate that the first profile was signed with, and keep its identifier and UUIDs",
	},
	{
		ID: "profile.intune", Title: "Intune takes the file as a custom profile", Basis: preflight.Documented, Source: srcIntuneXML,
		Reason: "Intune's upload answers \"Must be a well formed XML string\", or stores what phones then refuse",
		Fix:    "upload an unsigned profile in UTF-8 without a byte order mark, of at most 1,000,000 bytes and without a key in it",
	},
}

// Info is the entry of the catalogue for a check that each format decides with a
// function of its own; empty for any other.
func Info(id string) preflight.Info {
	if i := slices.IndexFunc(infos, func(i preflight.Info) bool { return i.ID == id }); i >= 0 {
		return infos[i]
	}
	return preflight.Info{}
}

// Catalogue lists the checks of profiles: of files, of accounts and of signatures.
func Catalogue() []preflight.Info {
	return slices.Concat(infos, checks.Catalogue(), SignatureChecks.Catalogue())
}
