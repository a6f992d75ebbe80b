package schema

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// Payloads of macOS that are taken for those of a phone.
var (
	ews                   = Payload{Type: "com.apple.ews.account", Title: "Exchange Web Services", NotIOS: true}
	identityPreference    = Payload{Type: "com.apple.security.identitypreference", Title: "Identity Preference", NotIOS: true}
	certificatePreference = Payload{Type: "com.apple.security.certificatepreference", Title: "Certificate Preference", NotIOS: true}
)

// Known reports whether Apple's schema has a payload type, in a table here or not.
func Known(payloadType string) bool {
	return Lookup(payloadType) != nil || slices.Contains(otherTypes, payloadType)
}

// nearType is the payload type that somebody may have meant. What all of Apple's
// begin with does not make two of them near.
func nearType(payloadType string) string {
	const apple = "com.apple."
	rest, ok := strings.CutPrefix(payloadType, apple)
	if !ok {
		return ""
	}
	var known []string
	for _, p := range payloads {
		known = append(known, strings.TrimPrefix(p.Type, apple))
	}
	for _, other := range otherTypes {
		known = append(known, strings.TrimPrefix(other, apple))
	}
	if near := preflight.Nearest(rest, known); near != "" {
		return apple + near
	}
	return ""
}

// otherTypes are the payload types of Apple's schema that are not looked into, as
// of iOS 18.1 and macOS 15.1.
// Source: https://github.com/apple/device-management/tree/release/mdm/profiles
var otherTypes = []string{
	".GlobalPreferences",
	"com.apple.ADCertificate.managed",
	"com.apple.AIM.account",
	"com.apple.AssetCache.managed",
	"com.apple.Dictionary",
	"com.apple.DirectoryService.managed",
	"com.apple.DiscRecording",
	"com.apple.MCX",
	"com.apple.MCX.FileVault2",
	"com.apple.MCX.TimeMachine",
	"com.apple.ManagedClient.preferences",
	"com.apple.NSExtension",
	"com.apple.SetupAssistant.managed",
	"com.apple.ShareKitHelper",
	"com.apple.SoftwareUpdate",
	"com.apple.SystemConfiguration",
	"com.apple.TCC.configuration-profile-policy",
	"com.apple.airplay",
	"com.apple.airplay.security",
	"com.apple.airprint",
	"com.apple.apn.managed",
	"com.apple.app.lock",
	"com.apple.applicationaccess",
	"com.apple.applicationaccess.new",
	"com.apple.appstore",
	"com.apple.asam",
	"com.apple.associated-domains",
	"com.apple.caldav.account",
	"com.apple.carddav.account",
	"com.apple.cellular",
	"com.apple.cellularprivatenetwork.managed",
	"com.apple.conferenceroomdisplay",
	"com.apple.configurationprofile.identification",
	"com.apple.dashboard",
	"com.apple.declarations",
	"com.apple.desktop",
	"com.apple.dnsProxy.managed",
	"com.apple.dnsSettings.managed",
	"com.apple.dock",
	"com.apple.domains",
	"com.apple.education",
	"com.apple.extensiblesso",
	"com.apple.familycontrols.contentfilter",
	"com.apple.familycontrols.timelimits.v2",
	"com.apple.fileproviderd",
	"com.apple.finder",
	"com.apple.firstactiveethernet.managed",
	"com.apple.firstethernet.managed",
	"com.apple.font",
	"com.apple.gamed",
	"com.apple.globalethernet.managed",
	"com.apple.google-oauth",
	"com.apple.homescreenlayout",
	"com.apple.ironwood.support",
	"com.apple.jabber.account",
	"com.apple.ldap.account",
	"com.apple.loginitems.managed",
	"com.apple.loginwindow",
	"com.apple.lom",
	"com.apple.mail.managed",
	"com.apple.mcxMenuExtras",
	"com.apple.mcxloginscripts",
	"com.apple.mcxprinting",
	"com.apple.mdm",
	"com.apple.mobiledevice.passwordpolicy",
	"com.apple.networkusagerules",
	"com.apple.notificationsettings",
	"com.apple.osxserver.account",
	"com.apple.preference.security",
	"com.apple.preference.users",
	"com.apple.proxy.http.global",
	"com.apple.relay.managed",
	"com.apple.screensaver",
	"com.apple.screensaver.user",
	"com.apple.secondactiveethernet.managed",
	"com.apple.secondethernet.managed",
	"com.apple.security.FDERecoveryKeyEscrow",
	"com.apple.security.FDERecoveryRedirect",
	"com.apple.security.certificaterevocation",
	"com.apple.security.certificatetransparency",
	"com.apple.security.firewall",
	"com.apple.security.smartcard",
	"com.apple.security.wapi-identity",
	"com.apple.servicemanagement",
	"com.apple.shareddeviceconfiguration",
	"com.apple.sso",
	"com.apple.subscribedcalendar.account",
	"com.apple.syspolicy.kernel-extension-policy",
	"com.apple.system-extension-policy",
	"com.apple.system.logging",
	"com.apple.systemmigration",
	"com.apple.systempolicy.control",
	"com.apple.systempolicy.managed",
	"com.apple.systempolicy.rule",
	"com.apple.systempreferences",
	"com.apple.systemuiserver",
	"com.apple.thirdactiveethernet.managed",
	"com.apple.thirdethernet.managed",
	"com.apple.tvremote",
	"com.apple.universalaccess",
	"com.apple.vpn.managed",
	"com.apple.vpn.managed.applayer",
	"com.apple.vpn.managed.appmapping",
	"com.apple.webClip.managed",
	"com.apple.webcontent-filter",
	"com.apple.wifi.managed",
	"com.apple.xsan",
	"com.apple.xsan.preferences",
	"loginwindow",
}
