package revoke

import (
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// Commands are the commands of Exchange Online PowerShell that show a user's phones,
// block one of them (put its DeviceId in), and turn ActiveSync off for the mailbox.
// Sources: https://learn.microsoft.com/powershell/module/exchange/get-mobiledevice and
// https://learn.microsoft.com/powershell/module/exchange/set-casmailbox
func Commands(user string) []string {
	u := quote(user)
	return []string{
		"Get-MobileDevice -Mailbox " + u + " | Format-List DeviceId,DeviceModel,DeviceOS,ClientType,DeviceAccessState",
		"Set-CASMailbox -Identity " + u + " -ActiveSyncBlockedDeviceIDs @{Add='DEVICEID'}",
		"Set-CASMailbox -Identity " + u + " -ActiveSyncEnabled $false",
	}
}

// RemoveCommand is the command of Exchange's PowerShell that removes a device partnership
// from a user's mailbox.
// Source: https://learn.microsoft.com/powershell/module/exchange/remove-mobiledevice
func RemoveCommand(user, deviceID string) string {
	return "Get-MobileDevice -Mailbox " + quote(user) + " | Where-Object DeviceId -eq " + quote(deviceID) + " | Remove-MobileDevice"
}

// singleQuotes are all that PowerShell takes for a single quotation mark
// (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
// names the straight one; its tokenizer takes the curved ones as well).
const singleQuotes = "'\u2018\u2019\u201a\u201b"

// quote writes a text as a literal of PowerShell, in which nothing is run.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range preflight.Printable(text) {
		b.WriteRune(r)
		if strings.ContainsRune(singleQuotes, r) {
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
