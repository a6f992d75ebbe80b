package schema

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// Common is the table of the keys that every payload has. It is shared: nobody
// may change it.
func Common() *Payload { return &common }

var common = Payload{
	Type: "CommonPayloadKeys", Title: "Common Payload Keys", Introduced: ios4, ManualInstall: true, UserEnrollment: allowed,
	Keys: []Key{
		{Name: "PayloadIdentifier", Type: plist.String, Required: true},
		{Name: "PayloadUUID", Type: plist.String, Required: true},
		{Name: "PayloadType", Type: plist.String, Required: true},
		{Name: "PayloadVersion", Type: plist.Integer, Required: true, Allowed: []any{1}, codes: []string{"ios-2001"}},
		{Name: "PayloadDescription", Type: plist.String, Lists: preflight.Observed},
		{Name: "PayloadDisplayName", Type: plist.String},
		{Name: "PayloadOrganization", Type: plist.String},
	},
}
