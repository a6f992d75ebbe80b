package lab

import "github.com/easkit/easkit/profiles/probe/wbxml"

// deviceNoted says that what a device told of itself was noted; nobody needs it here.
func deviceNoted() *wbxml.Element {
	return wbxml.E("Settings", "DeviceInformation", statusOf("Settings", success))
}

// settingsProtocolError is the status of Settings for what is not asked as documented
// (MS-ASCMD 2.2.3.177.15).
const settingsProtocolError = 2

// settings takes what a device tells of itself, and says which addresses the user has.
func settings(cmd *command) *wbxml.Element {
	const ns = "Settings"
	answer := []*wbxml.Element{statusOf(ns, success)}
	if cmd.body.Get("DeviceInformation", "Set") != nil {
		answer = append(answer, deviceNoted())
	}
	if cmd.body.Get("UserInformation", "Get") != nil {
		addresses := wbxml.E(ns, "EmailAddresses", wbxml.T(ns, "SMTPAddress", cmd.user))
		if cmd.version >= since141 {
			addresses = wbxml.E(ns, "Accounts", wbxml.E(ns, "Account", addresses))
		}
		answer = append(answer, wbxml.E(ns, "UserInformation", statusOf(ns, success), wbxml.E(ns, "Get", addresses)))
	}
	if len(answer) == 1 {
		return cmd.kind.status(settingsProtocolError)
	}
	return wbxml.E(ns, ns, answer...)
}
