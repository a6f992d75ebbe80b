package schema

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// Top is the table of the keys at the top of a profile. It is shared: nobody may
// change it.
func Top() *Payload { return &top }

var top = Payload{
	Type: "TopLevel", Title: "Top Level", Introduced: ios4, ManualInstall: true, UserEnrollment: allowed,
	Keys: []Key{
		{Name: "PayloadIdentifier", Type: plist.String, Required: true},
		{Name: "PayloadUUID", Type: plist.String, Required: true},
		{Name: "PayloadType", Type: plist.String, Required: true, Allowed: []any{"Configuration"}, taken: []any{"CertificateWrapper", "Profile Service"}, codes: []string{"ios-1016", "ios-1017"}},
		{Name: "PayloadVersion", Type: plist.Integer, Required: true, Allowed: []any{1}, taken: []any{2}, codes: []string{"ios-1001"}},
		{Name: "IsEncrypted", Type: plist.Boolean, Default: false, Removed: ios26},
		// Apple asks for none where IsEncrypted is true; phones were seen to look for
		// EncryptedPayloadContent alone.
		{Name: "PayloadContent", Type: plist.Array, Required: true, unless: "EncryptedPayloadContent", Keys: []Key{
			{Name: "PayloadContentItem", Type: plist.Dictionary, Keys: []Key{{Name: AnyName, Type: Any, Required: true}}},
		}},
		{Name: "EncryptedPayloadContent", Type: plist.Data},
		{Name: "PayloadDescription", Type: plist.String, Lists: preflight.Observed},
		{Name: "PayloadDisplayName", Type: plist.String},
		{Name: "HasRemovalPasscode", Type: plist.Boolean, Default: false, Removed: ios26},
		{Name: "PayloadOrganization", Type: plist.String},
		{Name: "PayloadRemovalDisallowed", Type: plist.Boolean, Default: false, Supervised: true, UserEnrollment: forbidden},
		{Name: "PayloadScope", Type: plist.String, Allowed: []any{"System", "User"}},
		{Name: "RemovalDate", Type: plist.Date},
		{Name: "DurationUntilRemoval", Type: plist.Real},
		{Name: "PayloadExpirationDate", Type: plist.Date},
		{
			Name: "TargetDeviceType", Type: plist.Integer, Default: 0, Allowed: []any{0, 1, 2, 3, 4, 5, 6}, taken: []any{7}, Introduced: Version{12, 2},
			note: "phones were seen to take 8 and more for a malformed profile", codes: []string{"ios-1000"},
		},
		{Name: "ConsentText", Type: plist.Dictionary, Keys: []Key{{Name: AnyName, Type: plist.String, Required: true}}},
	},
}

// ios26 no longer has two keys of 18.1; there is no schema between the two.
var ios26 = Version{Major: 26}
