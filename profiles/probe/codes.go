package probe

import (
	"fmt"
	"slices"
	"sync"

	"github.com/easkit/easkit/certs/preflight"
)

// Where explanations come from.
const (
	openspecs = "https://learn.microsoft.com/openspecs/exchange_server_protocols/"

	srcHTTP      = openspecs + "ms-ashttp/e092c310-7609-4a38-90cc-10688f79cf8d"
	srcStatus    = openspecs + "ms-ascmd/95cb9d7c-d33d-4b94-9366-d59911c7a060"
	srcPolicy    = openspecs + "ms-oxproto/3764ce5a-8c53-4665-8cc7-07bafe0db341"
	srcProvision = openspecs + "ms-asprov/3a2e650b-e014-4095-8761-c1479de15b1f"
	srcDiscover  = openspecs + "ms-ascmd/332cb53e-264c-4918-9d69-8418b5cb53f7"
	srcOldEAS    = "https://techcommunity.microsoft.com/blog/exchange/exchange-online-activesync-device-support-update/4477997"
	srcIIS       = "https://learn.microsoft.com/troubleshoot/developer/webapps/iis/www-administration-management/http-status-code"
	srcGraph     = "https://learn.microsoft.com/graph/throttling"
)

// Codes explains the statuses of EAS commands and of HTTP, each kind in the order
// of its numbers.
func Codes() []preflight.Code { return slices.Clone(codes()) }

// codes is made once: each finding looks into it.
var codes = sync.OnceValue(func() []preflight.Code {
	all := slices.Clone(httpCodes)
	for _, s := range statuses {
		all = append(all, s.code())
	}
	slices.SortFunc(all, preflight.CompareCodes)
	return all
})

// What to look at, where several codes need it.
const (
	lookAccount  = "easkit show alice.mobileconfig (host, user name, sign-in)"
	lookCert     = "easkit check cert alice.cer --ca cas/ --users users.csv"
	lookDirect   = "easkit check cert alice.cer --auth direct --mailbox exchange-server --ca cas/"
	lookMailbox  = "Get-CASMailbox USER: is ActiveSyncEnabled true?"
	lookDevices  = "Get-MobileDevice -Mailbox USER: DeviceAccessState, DeviceAccessStateReason"
	lookRules    = "Get-ActiveSyncOrganizationSettings and Get-ActiveSyncDeviceAccessRule"
	lookPolicy   = "Get-MobileDeviceMailboxPolicy, and which one Get-CASMailbox USER names"
	lookIIS      = `The IIS log of the server (inetpub\logs\LogFiles): sc-status, sc-substatus, sc-win32-status`
	lookSignIns  = "Entra admin center > Sign-in logs, client app Exchange ActiveSync"
	lookDebugLog = "Set-CASMailbox USER -ActiveSyncDebugLogging $true, then Get-MobileDeviceStatistics -Mailbox USER -GetMailboxLog"
	lookHealth   = "Microsoft 365 admin center > Service health; on premises the server's event log"
)

// A status is what the Status element of an EAS answer says.
type status struct {
	number            int
	title, means, fix string
	check             []string
	seen              string          // where it is not in the Status element
	source            string          // where it is not MS-ASCMD's list of common statuses
	basis             preflight.Basis // where it is not documented
}

// seenStatus is where statuses are read. The answer around them is HTTP 200.
const seenStatus = "The Status element of the answer to an EAS command (WBXML, inside HTTP 200); the mailbox's EAS log on the server."

// seenDiscover is where Autodiscover's own numbers are read.
const seenDiscover = "The ErrorCode element of the answer to Autodiscover, before any EAS command."

func (s status) code() preflight.Code {
	c := preflight.Code{
		ID: fmt.Sprintf("eas-%d", s.number), Title: s.title, Seen: s.seen, Means: s.means,
		Check: s.check, Fix: s.fix, Basis: s.basis, Source: s.source,
	}
	if c.Seen == "" {
		c.Seen = seenStatus
	}
	if c.Check == nil {
		c.Check = []string{lookDebugLog}
	}
	if c.Basis == "" {
		c.Basis = preflight.Documented
	}
	if c.Source == "" {
		c.Source = srcStatus
	}
	return c
}

// clientsFault is what to do about a request that the app wrote wrong.
const clientsFault = "Update the mail app. If another app works with the same mailbox, tell the first one's developer."

var statuses = []status{
	{number: 101, title: "The request's content is not valid", means: "The server could not use what the mail app sent. Gateways in between that change the body do it too.", fix: clientsFault},
	{number: 102, title: "The request's WBXML is not valid", means: "The body is no WBXML that the server can decode.", fix: clientsFault},
	{number: 103, title: "The request's XML is not valid", means: "The WBXML decodes, but to something that the command's schema does not allow.", fix: clientsFault},
	{number: 108, title: "The device id is missing or not valid", means: "DeviceId of the request has to be letters and digits, 32 at most.", check: []string{"exchange_device_id in Gmail's configuration, if it is set there", lookDevices}, fix: "Leave the device id to the app, or give one of letters and digits."},
	{number: 109, title: "The device type is missing or not valid", means: "DeviceType of the request is not accepted.", fix: clientsFault},
	{number: 110, title: "The server failed", means: "An error on the server that trying again does not cure.", check: []string{lookHealth, lookDebugLog}, fix: "Look into the server's event log at that minute; with Exchange Online open a case with the request-id."},
	{number: 111, title: "The server failed for the moment", means: "A passing error: the app tries again by itself.", check: []string{lookHealth}, fix: "Wait."},
	{
		number: 112, title: "The server may not write to Active Directory", means: "Exchange could not create the device under the user's object.",
		check: []string{"The user's object in Active Directory: is inheritance of permissions on? It is off for members of administrators' groups"},
		fix:   "Switch inheritance on again, or use an account that is no administrator's for mail.", basis: preflight.Inferred,
	},
	{number: 113, title: "The mailbox is full", means: "Its quota is used up.", check: []string{"Get-MailboxStatistics USER"}, fix: "Make room, or raise the quota."},
	{number: 114, title: "The mailbox server is offline", means: "The server that answers does not reach the one with the mailbox.", check: []string{lookHealth}, fix: "Wait, or bring the database up."},
	{number: 123, title: "The user has no mailbox", means: "The sign-in worked, and the account has no mailbox: none was made, its licence is gone, or the certificate is another account's.", check: []string{lookCert, "Get-Mailbox USER"}, fix: "License the user, or issue the certificate for the account with the mailbox."},
	{number: 124, title: "An anonymous user has no mail", means: "The request came without any identity: the server neither asked for the certificate nor for anything else.", check: []string{lookIIS, "IIS > Microsoft-Server-ActiveSync > Authentication, SSL Settings"}, fix: "Switch anonymous access off there, and client certificates on.", basis: preflight.Inferred},
	{number: 125, title: "The user is not found in the directory", means: "The name that the server got is nobody's.", check: []string{lookCert, lookAccount}, fix: "Give the account the user's UPN as user name; correct the certificate's names."},
	{
		number: 126, title: "ActiveSync is switched off for the user", means: "The mailbox is there and the sign-in was good; the mailbox may not sync.",
		check: []string{lookMailbox}, fix: "Set-CASMailbox USER -ActiveSyncEnabled $true",
	},
	{number: 129, title: "The device is blocked for this user", means: "An administrator or a rule has blocked it, or it is not on the user's list of allowed ids.", check: []string{lookDevices, lookRules}, fix: "Allow the device: Set-CASMailbox USER -ActiveSyncAllowedDeviceIDs, or change the rule."},
	{number: 130, title: "Access is denied", means: "The server lets this device or user do nothing: blocked, in quarantine, or by a rule for its type.", check: []string{lookDevices, lookRules, lookSignIns}, fix: "Release it from quarantine or change the rule. A new device often waits there for an administrator.", basis: preflight.Inferred},
	{number: 131, title: "The account is disabled", means: "The user's account is switched off in the directory.", check: []string{lookCert}, fix: "Enable the account, if it is meant to work."},
	{number: 137, title: "The server does not know the command", means: "The command is not one of the EAS version that was agreed.", fix: clientsFault},
	{
		number: 138, title: "The EAS version is not supported", means: "The app asked in a version that the server does not take. Exchange Online refuses all below 16.1 since 2026; Exchange Server takes older ones.",
		check: []string{"Get-MobileDevice -Mailbox USER: ClientVersion"}, fix: "Update the mail app to one that speaks 16.1: the iPhone's does since iOS 10; Gmail and Samsung Email need a current version.", source: srcOldEAS,
	},
	{number: 139, title: "The device cannot meet all of the policy", means: "The policy does not allow devices that meet only a part of it.", check: []string{lookPolicy}, fix: "Allow non-provisionable devices in the policy, or take out what the phone cannot do.", source: srcProvision},
	{
		number: 140, title: "A wipe of the device was asked for", means: "The server wants the phone to delete its data, and goes on asking until the phone confirms.",
		check: []string{"Get-MobileDeviceStatistics -Mailbox USER: DeviceWipeRequestTime, DeviceWipeAckTime"},
		fix:   "Do not confirm it from a test. Find out who asked; Clear-MobileDevice -Cancel takes it back if the phone has not obeyed yet.",
	},
	{number: 141, title: "The app cannot take a policy, and has to", means: "The app speaks a version or dialect without policies, and the policy is strict.", check: []string{lookPolicy, "Get-MobileDevice -Mailbox USER: ClientVersion"}, fix: "Update the app, or allow non-provisionable devices in the policy.", source: srcProvision},
	{
		number: 142, title: "The device has not accepted the policy yet", means: "The normal answer to a new device: it fetches the policy (Provision), accepts it and asks again. It is an error only where it goes on like that.",
		check: []string{lookPolicy, lookDebugLog}, fix: "Let the user set the passcode that the policy asks for. In a test it proves that the sign-in works.", source: srcPolicy,
	},
	{number: 143, title: "The policy has changed", means: "The device has to fetch it again; apps do so by themselves.", check: []string{lookPolicy}, fix: "Wait; if it stays, let the user open the mail app with the phone unlocked.", source: srcPolicy},
	{number: 144, title: "The policy key is not valid", means: "The device showed the key of another or older policy; apps fetch a new one by themselves.", check: []string{lookPolicy, lookDebugLog}, fix: "Wait; if it stays, remove the account and install it again.", source: srcPolicy},
	{number: 145, title: "Devices under another's management are not allowed", means: "The phone says that something else manages it, and the policy does not accept that.", check: []string{lookPolicy}, fix: "Allow externally managed devices in the policy.", source: srcProvision},
	{number: 177, title: "The user has too many devices", means: "The limit of partnerships is reached. Old phones, and tests that pose as new ones each time, count until they are removed.", check: []string{lookDevices, "Get-ThrottlingPolicy: EasMaxDevices"}, fix: "Remove partnerships that are not used any more: Remove-MobileDevice."},
	{number: 600, title: "Autodiscover: the request is not valid", seen: seenDiscover, means: "The server could not understand what the client asked.", check: []string{lookAccount}, fix: "Give the host in the profile, so that the phone need not ask Autodiscover.", source: srcDiscover},
	{number: 601, title: "Autodiscover: nothing serves what was asked for", seen: seenDiscover, means: "The server has no provider for the kind of answer that the client wants.", check: []string{lookAccount}, fix: "Give the host in the profile, so that the phone need not ask Autodiscover.", source: srcDiscover},
}
