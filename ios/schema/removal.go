package schema

import "github.com/easkit/easkit/ios/plist"

var removalPassword = Payload{
	Type: "com.apple.profileRemovalPassword", Title: "Profile Removal Password",
	Introduced: ios4, Supervised: true, ManualInstall: true, UserEnrollment: forbidden,
	Keys: []Key{{Name: "RemovalPassword", Type: plist.String, Secret: true}},
}
