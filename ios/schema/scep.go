package schema

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// usageBits are those that Apple's text gives to a key's usage: 1 for signing and
// 4 for encryption.
const usageBits = 1 | 4

var scep = Payload{
	Type: "com.apple.security.scep", Title: "SCEP", Introduced: ios4, Multiple: true, ManualInstall: true, UserEnrollment: allowed,
	Keys: []Key{
		{Name: "PayloadContent", Type: plist.Dictionary, Required: true, Keys: []Key{
			{Name: "URL", Type: plist.String, Required: true},
			{Name: "Name", Type: plist.String},
			{Name: "Subject", Type: plist.Array, Keys: subject("SCEP")},
			{Name: "Challenge", Type: plist.String, Secret: true},
			{Name: "Keysize", Type: plist.Integer, Default: 1024, Allowed: []any{1024, 2048, 4096}},
			{Name: "Key Type", Type: plist.String, Default: "RSA", Allowed: []any{"RSA"}},
			{Name: "Key Usage", Type: plist.Integer, Default: 0, Bits: usageBits, codes: []string{"ios-22000"}},
			{Name: "CAFingerprint", Type: plist.Data},
			{Name: "Retries", Type: plist.Integer, Default: 3},
			{Name: "RetryDelay", Type: plist.Integer, Default: 10},
			// One string or several each, but for the last (Apple's docs/errata.md).
			{Name: "SubjectAltName", Type: plist.Dictionary, Keys: []Key{
				{Name: "rfc822Name", Type: plist.String, Lists: preflight.Documented},
				{Name: "dNSName", Type: plist.String, Lists: preflight.Documented},
				{Name: "uniformResourceIdentifier", Type: plist.String, Lists: preflight.Documented},
				{Name: "ntPrincipalName", Type: plist.String},
			}},
			{Name: "KeyIsExtractable", Type: plist.Boolean, Default: true},
			{Name: "AllowAllAppsAccess", Type: plist.Boolean, Default: false},
		}},
	},
}

// subject is an X.500 name: an array of sets, each an array of pairs of an OID or
// its short name, and a value. Apple's names of the levels begin with the
// protocol's.
func subject(protocol string) []Key {
	return []Key{{Name: protocol + "SubjectArrayInnerArray", Type: plist.Array, Keys: []Key{
		{Name: protocol + "SubjectArrayPair", Type: plist.Array, Keys: []Key{
			{Name: protocol + "SubjectArrayPairItem", Type: plist.String, Repeat: Range{2, 2}},
		}},
	}}}
}
