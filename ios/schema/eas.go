package schema

import "github.com/easkit/easkit/ios/plist"

// Versions that brought several keys of the mail account.
var (
	ios5  = Version{Major: 5}
	ios7  = Version{Major: 7}
	ios12 = Version{Major: 12}
	ios13 = Version{Major: 13}
	ios14 = Version{Major: 14}
)

// The texts of SMIMEEncryptByDefaultUserOverrideable contradict its name: nothing
// is said of its value.
var eas = Payload{
	Type: "com.apple.eas.account", Title: "Exchange ActiveSync", Introduced: ios4, Multiple: true, ManualInstall: true, UserEnrollment: allowed,
	rules: []rule{noServices, unusedCertificate, passwordWithOAuth},
	Keys: []Key{
		{Name: "EmailAddress", Type: plist.String},
		{Name: "Host", Type: plist.String},
		{Name: "SSL", Type: plist.Boolean, Default: false},
		{Name: "OAuth", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "UserName", Type: plist.String},
		{Name: "Password", Type: plist.String, Secret: true},
		{Name: "Certificate", Type: plist.Data, Introduced: ios7, Secret: true},
		{Name: "CertificateName", Type: plist.String, Introduced: ios7},
		{Name: "CertificatePassword", Type: plist.String, Secret: true},
		{Name: "PreventMove", Type: plist.Boolean, Default: false, Introduced: ios5},
		{Name: "PreventAppSheet", Type: plist.Boolean, Default: false, Introduced: ios5},
		{Name: "PayloadCertificateUUID", Type: plist.String, Pattern: uuidPattern, form: uuidForm},
		{Name: "SMIMEEnabled", Type: plist.Boolean, Default: false, Introduced: ios5, Deprecated: Version{10, 0}, Replacement: "SMIMESigningEnabled"},
		{Name: "SMIMESigningEnabled", Type: plist.Boolean, Default: false, Introduced: Version{10, 3}},
		{Name: "SMIMESigningCertificateUUID", Type: plist.String, Pattern: uuidPattern, form: uuidForm, Introduced: ios5},
		{Name: "SMIMEEncryptionEnabled", Type: plist.Boolean, Default: false, Introduced: Version{10, 3}, Deprecated: ios12, Replacement: "SMIMEEncryptByDefault"},
		{Name: "SMIMEEncryptionCertificateUUID", Type: plist.String, Pattern: uuidPattern, form: uuidForm, Introduced: ios5},
		{Name: "SMIMEEnablePerMessageSwitch", Type: plist.Boolean, Default: false, Introduced: Version{8, 0}, Deprecated: ios12, Replacement: "SMIMEEnableEncryptionPerMessageSwitch"},
		{Name: "disableMailRecentsSyncing", Type: plist.Boolean, Default: false},
		{
			Name: "MailNumberOfPastDaysToSync", Type: plist.Integer, Default: 7, Allowed: []any{0, 1, 3, 7, 14, 31},
			note: "what phones do with it is not known", mild: true, codes: []string{},
		},
		{Name: "HeaderMagic", Type: plist.String, Deprecated: ios7},
		{Name: "CommunicationServiceRules", Type: plist.Dictionary, Introduced: Version{10, 0}, Keys: []Key{
			{Name: "DefaultServiceHandlers", Type: plist.Dictionary, Keys: []Key{{Name: "AudioCall", Type: plist.String}}},
		}},
		{Name: "allowMailDrop", Type: plist.Boolean, Default: false, Introduced: Version{9, 2}},
		{Name: "SMIMESigningUserOverrideable", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "SMIMESigningCertificateUUIDUserOverrideable", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "SMIMEEncryptByDefault", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "SMIMEEncryptByDefaultUserOverrideable", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "SMIMEEncryptionCertificateUUIDUserOverrideable", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "SMIMEEnableEncryptionPerMessageSwitch", Type: plist.Boolean, Default: false, Introduced: ios12},
		{Name: "EnableMail", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableContacts", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableCalendars", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableReminders", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableNotes", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableMailUserOverridable", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableContactsUserOverridable", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableCalendarsUserOverridable", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableRemindersUserOverridable", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "EnableNotesUserOverridable", Type: plist.Boolean, Default: true, Introduced: ios13},
		{Name: "OAuthSignInURL", Type: plist.String, Introduced: ios13, form: urlForm},
		{Name: "OAuthTokenRequestURL", Type: plist.String, Introduced: ios13, form: urlForm},
		{Name: "OverridePreviousPassword", Type: plist.Boolean, Default: false, Introduced: ios14},
		{Name: "VPNUUID", Type: plist.String, Introduced: ios14},
		{Name: "SyncDefaultFoldersOnly", Type: plist.Boolean, undocumented: true},
	},
}
