package android

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// outlook doesn't use Exchange ActiveSync against Exchange Online and has no key
// for a certificate: its configuration fills in who signs in, and the
// certificate is chosen on Entra ID's page. The keys are those of "Deploying
// Outlook for iOS and Android app configuration settings"
// (https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-configuration-with-microsoft-intune).
var outlook = App{
	Name: "outlook", Title: "Outlook", Package: "com.microsoft.office.outlook", Product: "app:com.microsoft.office.outlook",
	keys: []key{
		{accountType, func(*Config) any { return modernAuth }, setAccountType},
		text(outlookUPN, func(c *Config) *string { return &c.Account.User }),
		text(outlookAddress, func(c *Config) *string { return &c.Account.Email }),
		{of(outlookHost, schema.String), func(*Config) any { return nil }, setHost},
		unwritten(of(outlookProfile+"EmailAccountName", schema.String), withPassword),
		unwritten(of(outlookProfile+"AccountDomain", schema.String), withPassword),
		unwritten(of(outlookSignIn, schema.String), withPassword),
		{of("com.microsoft.intune.mam.AllowedAccountUPNs", schema.String), getAllowed, setAllowed},
		option(outlookMail+"FocusedInbox", func(o *profiles.Android) **bool { return &o.FocusedInbox }),
		option(outlookKey+"Contacts.LocalSyncEnabled", func(o *profiles.Android) **bool { return &o.SaveContacts }),
		lock(outlookKey+"Contacts.LocalSyncEnabled", "save-contacts"),
		option(outlookKey+"Calendar.NativeSyncEnabled", func(o *profiles.Android) **bool { return &o.SyncCalendars }),
		lock(outlookKey+"Calendar.NativeSyncEnabled", "sync-calendars"),
		option(outlookMail+"BlockExternalImagesEnabled", func(o *profiles.Android) **bool { return &o.BlockExternalImages }),
		lock(outlookMail+"BlockExternalImagesEnabled", "block-external-images"),
		option(outlookMail+"ExternalRecipientsToolTipEnabled", func(o *profiles.Android) **bool { return &o.ExternalRecipientsTip }),
		option(outlookMail+"DefaultSignatureEnabled", func(o *profiles.Android) **bool { return &o.DefaultSignature }),
		option(outlookMail+"SuggestedRepliesEnabled", func(o *profiles.Android) **bool { return &o.SuggestedReplies }),
		lock(outlookMail+"SuggestedRepliesEnabled", "suggested-replies"),
		option(outlookMail+"TextPredictionsEnabled", func(o *profiles.Android) **bool { return &o.TextPredictions }),
		lock(outlookMail+"TextPredictionsEnabled", "text-predictions"),
		option(outlookMail+"OfficeFeedEnabled", func(o *profiles.Android) **bool { return &o.OfficeFeed }),
		option(outlookMail+"OrganizeByThreadEnabled", func(o *profiles.Android) **bool { return &o.OrganizeByThread }),
		option(outlookMail+"PlayMyEmailsEnabled", func(o *profiles.Android) **bool { return &o.PlayMyEmails }),
		option(outlookKey+"Settings.ThemesEnabled", func(o *profiles.Android) **bool { return &o.Themes }),
		option(outlookSMIME, func(o *profiles.Android) **bool { return &o.SMIME }),
		lock(outlookSMIME, "smime"),
		option(outlookSMIME+".SignAllMail", func(o *profiles.Android) **bool { return &o.SMIMESignAll }),
		lock(outlookSMIME+".SignAllMail", "smime-sign-all"),
		option(outlookSMIME+".EncryptAllMail", func(o *profiles.Android) **bool { return &o.SMIMEEncryptAll }),
		lock(outlookSMIME+".EncryptAllMail", "smime-encrypt-all"),
		text(outlookSMIME+".LDAPHostName", func(c *Config) *string { return &c.Account.Android.SMIMELDAPHost }),
		option(outlookSMIME+".CertsFromIntune", func(o *profiles.Android) **bool { return &o.SMIMECertsFromIntune }),
		unwritten(of(outlookKey+"Auth.Biometric", schema.Unknown), onIOS),
		unwritten(of("IntuneMAMAllowedAccountsOnly", schema.Unknown), onIOS),
		unwritten(of("IntuneMAMUPN", schema.Unknown), onIOS),
		unwritten(of("IntuneMAMOID", schema.Unknown), onIOS),
	},
	options: []string{
		"block-unmanaged-accounts", "allowed-accounts", "focused-inbox", "save-contacts", "sync-calendars", "block-external-images",
		"external-recipients-tip", "default-signature", "suggested-replies", "text-predictions", "office-feed", "organize-by-thread",
		"play-my-emails", "themes", "smime", "smime-sign-all", "smime-encrypt-all", "smime-certs-from-intune", "smime-ldap-host", "lock",
	},
	refuse: refuseOutlook,
	notes:  outlookNotes,
	odd:    func(*Config) []string { return nil },
}

// What the names of Outlook's keys have in common.
const (
	outlookKey     = "com.microsoft.outlook."
	outlookProfile = outlookKey + "EmailProfile."
	outlookMail    = outlookKey + "Mail."
	outlookSMIME   = outlookMail + "SMIMEEnabled"
	changeable     = ".UserChangeAllowed" // may the user change it: of switches, and documented for some
)

// Keys of Outlook.
const (
	outlookType    = outlookProfile + "AccountType"
	outlookUPN     = outlookProfile + "EmailUPN"
	outlookAddress = outlookProfile + "EmailAddress"
	outlookHost    = outlookProfile + "ServerHostName"
	outlookSignIn  = outlookProfile + "ServerAuthentication"
)

// Outlook's ways of signing in. The default is the one with a password.
const (
	modernAuth = "ModernAuth"
	basicAuth  = "BasicAuth"
)

var accountType = schema.Key{Key: outlookType, Type: schema.Choice, Default: basicAuth, Entries: []schema.Entry{{Value: modernAuth}, {Value: basicAuth}}}

// Why keys of Outlook are not written.
const (
	withPassword = "it is for accounts with a user name and a password, which use no certificate"
	onIOS        = "Outlook has this key on iOS only"
)

// refuseOutlook goes by what Microsoft says Outlook signs in with: Entra ID, be
// it by hybrid modern authentication, or a password ("Outlook for iOS and
// Android in Exchange Server").
func refuseOutlook(c *Config) error {
	switch a := c.Account; {
	case a.Auth == preflight.Direct:
		return c.refused("use --app gmail, or --auth oauth",
			"auth is direct, and Outlook has no key for a certificate: it shows one to Entra ID's sign-in page only")
	case len(a.Android.AllowedAccounts) > 0 && !a.Android.BlockUnmanagedAccounts:
		return c.refused("set block-unmanaged-accounts: true", "accounts are allowed beside the user's own, and none are blocked")
	case slices.ContainsFunc(a.Android.AllowedAccounts, func(upn string) bool { return upn == "" || strings.Contains(upn, upnSeparator) }):
		return c.refused("", "one of the allowed accounts is empty or has a %q in it, which separates them", upnSeparator)
	case a.Issuer == preflight.ADFS:
		return c.refused("use --app gmail, or --issuer entra with hybrid modern authentication",
			"its tokens come from AD FS, and Outlook takes those of Entra ID only")
	}
	return nil
}

func outlookNotes(c *Config) []string {
	a := c.Account
	install := fmt.Sprintf("install the .p12 file in the phone's key store as %q", c.Alias)
	if c.Everybody() {
		install = "a certificate profile of Intune's puts one on the phone"
	}
	notes := []string{
		fmt.Sprintf("Outlook takes its certificate at sign-in and not from the configuration: %s, and the user chooses it on Entra ID's page.", install),
		"Outlook reads the configuration on phones that are enrolled in device management only.",
		"Outlook finds its server and decides itself how much mail to keep: host and sync-days are not written.",
	}
	if a.Mailbox == preflight.ExchangeServer {
		notes = append(notes, "Outlook reaches a mailbox on Exchange Server by OAuth with hybrid modern authentication only.")
	}
	if on := a.Android.SMIME; on != nil && *on {
		notes = append(notes, "S/MIME needs certificates of its own on the phone: the one of this account is for signing in.")
	}
	return notes
}

func setAccountType(c *Config, v any) error {
	var kind string
	if err := expect(v, &kind); err != nil {
		return err
	}
	if kind != modernAuth {
		c.Account.Auth = ""
		return fmt.Errorf("it is not %q: Outlook signs in with a user name and a password, and no certificate is used", modernAuth)
	}
	return nil
}

// upnSeparator stands between the UPNs of AllowedAccountUPNs.
const upnSeparator = ";"

func getAllowed(c *Config) any {
	if o := c.Account.Android; o.BlockUnmanagedAccounts {
		return strings.Join(append([]string{c.Account.User}, o.AllowedAccounts...), upnSeparator)
	}
	return nil
}

func setAllowed(c *Config, v any) error {
	var upns string
	if err := expect(v, &upns); err != nil || upns == "" {
		return err
	}
	o := &c.Account.Android
	o.BlockUnmanagedAccounts = true
	own := false
	for upn := range strings.SplitSeq(upns, upnSeparator) {
		switch upn = strings.TrimSpace(upn); upn {
		case c.Account.User:
			own = true
		case "":
		default:
			o.AllowedAccounts = append(o.AllowedAccounts, upn)
		}
	}
	if !own {
		return fmt.Errorf("it allows %q, and the account is for %q", upns, c.Account.User)
	}
	return nil
}
