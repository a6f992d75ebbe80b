package android

import (
	"strings"

	"github.com/easkit/easkit/android/schema"
)

// known is an app's table as its vendor documents it: in part, since each release may
// bring keys. The app's own schema says more (--schema).
func known(pkg string) *schema.Table {
	keys := map[string][]schema.Key{gmail.Package: gmailKeys(), outlook.Package: outlookKeys()}[pkg]
	if keys == nil {
		return nil
	}
	return &schema.Table{Form: schema.BuiltIn, App: pkg, Keys: keys, Open: true}
}

// gmailKeys are those of Google Workspace Admin Help; exchange_password was one of old
// releases.
func gmailKeys() []schema.Key {
	return []schema.Key{
		{Key: "email_address", Type: schema.String},
		{Key: "exchange_host", Type: schema.String},
		{Key: "exchange_username", Type: schema.String},
		{Key: "exchange_ssl_required", Type: schema.Bool, Default: true},
		{Key: "exchange_trust_all_certificates", Type: schema.Bool, Default: false},
		{Key: gmailAlias, Type: schema.String},
		{Key: "exchange_device_id", Type: schema.String},
		{Key: "default_signature", Type: schema.String},
		{Key: "default_exchange_sync_window", Type: schema.Integer},
		{Key: "allow_unmanaged_accounts", Type: schema.Bool, Default: true},
		{Key: gmailPassword, Type: schema.String},
	}
}

const gmailPassword = "exchange_password"

// Keys of Outlook.
const (
	outlookType    = outlookProfile + "AccountType"
	outlookUPN     = outlookProfile + "EmailUPN"
	outlookAddress = outlookProfile + "EmailAddress"
	outlookHost    = outlookProfile + "ServerHostName"
	outlookSignIn  = outlookProfile + "ServerAuthentication"
	userChange     = ".UserChangeAllowed" // may the user change it: of switches, and documented for some
)

// outlookKeys are those that Microsoft documents for Outlook on enrolled Android phones.
func outlookKeys() []schema.Key {
	keys := []schema.Key{
		{Key: outlookType, Type: schema.Choice, Default: basicAuth, Entries: []schema.Entry{{Value: modernAuth}, {Value: basicAuth}}},
		{Key: "com.microsoft.intune.mam.AllowedAccountUPNs", Type: schema.String},
		{Key: outlookKey + "Mail.SMIMEEnabled.LDAPHostName", Type: schema.String},
	}
	for _, name := range []string{outlookUPN, outlookAddress, outlookProfile + "EmailAccountName", outlookHost, outlookProfile + "AccountDomain", outlookSignIn} {
		keys = append(keys, schema.Key{Key: name, Type: schema.String})
	}
	for _, name := range []string{
		"Mail.FocusedInbox", "Contacts.LocalSyncEnabled", "Calendar.NativeSyncEnabled", "Mail.ExternalRecipientsToolTipEnabled",
		"Mail.DefaultSignatureEnabled", "Mail.SuggestedRepliesEnabled", "Mail.OfficeFeedEnabled", "Mail.TextPredictionsEnabled",
		"Mail.OrganizeByThreadEnabled", "Mail.PlayMyEmailsEnabled", "Mail.BlockExternalImagesEnabled", "Settings.ThemesEnabled",
		"Mail.SMIMEEnabled", "Mail.SMIMEEnabled.SignAllMail", "Mail.SMIMEEnabled.EncryptAllMail", "Mail.SMIMEEnabled.CertsFromIntune",
	} {
		keys = append(keys, schema.Key{Key: outlookKey + name, Type: schema.Bool})
	}
	return keys
}

// basicAuth is Outlook's sign-in with a password, and its default.
const basicAuth = "BasicAuth"

// passedOver are keys that are not in the tables, and of which nothing is said: which
// of Outlook's switches can be left to the user differs by release.
func passedOver(t *schema.Table, path string) bool {
	of, ok := strings.CutSuffix(path, userChange)
	if !ok || t.Form != schema.BuiltIn {
		return false
	}
	k := schema.Find(t.Keys, of)
	return k != nil && k.Type == schema.Bool
}
