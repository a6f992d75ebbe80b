package schema

import "github.com/easkit/easkit/ios/plist"

// The text of KeyIsExtractable contradicts its name, in 26.4 as well: nothing is
// said of its value.
var acme = Payload{
	Type: "com.apple.security.acme", Title: "ACME Certificate", Introduced: Version{16, 0}, Multiple: true, ManualInstall: true, UserEnrollment: allowed,
	rules: []rule{acmeKey},
	Keys: []Key{
		{Name: "DirectoryURL", Type: plist.String, Required: true, form: httpsForm},
		{Name: "ClientIdentifier", Type: plist.String, Required: true},
		{Name: "KeySize", Type: plist.Integer, Required: true},
		{Name: "KeyType", Type: plist.String, Required: true, Allowed: []any{keyRSA, keyEC}},
		{Name: "HardwareBound", Type: plist.Boolean, Required: true},
		{Name: "Subject", Type: plist.Array, Required: true, Keys: subject("ACME")},
		{Name: "SubjectAltName", Type: plist.Dictionary, Keys: []Key{
			{Name: "rfc822Name", Type: plist.String},
			{Name: "dNSName", Type: plist.String},
			{Name: "uniformResourceIdentifier", Type: plist.String},
			{Name: "ntPrincipalName", Type: plist.String},
		}},
		{Name: "UsageFlags", Type: plist.Integer, Bits: usageBits},
		{Name: "ExtendedKeyUsage", Type: plist.Array, Keys: []Key{{Name: "OID", Type: plist.String}}},
		{Name: "Attest", Type: plist.Boolean, Default: false},
		{Name: "KeyIsExtractable", Type: plist.Boolean, Default: true, NotIOS: true},
		{Name: "AllowAllAppsAccess", Type: plist.Boolean, Default: false, NotIOS: true},
	},
}

// The values of KeyType.
const (
	keyRSA = "RSA"
	keyEC  = "ECSECPrimeRandom"
)
