package android

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// outlook doesn't use Exchange ActiveSync against Exchange Online and has no key
// for a certificate: its configuration fills in who signs in, and the
// certificate is chosen on Entra ID's page. The keys are those of "Deploying
// Outlook for iOS and Android app configuration settings"
// (https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-configuration-with-microsoft-intune).
var outlook = App{
	Name: "outlook", Title: "Outlook", Package: "com.microsoft.office.outlook", Product: "app:com.microsoft.office.outlook",
	keys: []key{
		{"com.microsoft.outlook.EmailProfile.AccountType", func(*Config) any { return modernAuth }, setAccountType},
		text("com.microsoft.outlook.EmailProfile.EmailUPN", func(c *Config) *string { return &c.Account.User }),
		text("com.microsoft.outlook.EmailProfile.EmailAddress", func(c *Config) *string { return &c.Account.Email }),
		{"com.microsoft.outlook.EmailProfile.ServerHostName", func(*Config) any { return nil }, setHost},
		{"com.microsoft.intune.mam.AllowedAccountUPNs", getAllowed, setAllowed},
		option("com.microsoft.outlook.Mail.FocusedInbox", func(c *Config) **bool { return &c.Account.Android.FocusedInbox }),
		option("com.microsoft.outlook.Contacts.LocalSyncEnabled", func(c *Config) **bool { return &c.Account.Android.SaveContacts }),
		option("com.microsoft.outlook.Mail.BlockExternalImagesEnabled", func(c *Config) **bool { return &c.Account.Android.BlockExternalImages }),
	},
	refuse: refuseOutlook,
	notes:  outlookNotes,
	odd:    func(*Config) []string { return nil },
}

const modernAuth = "ModernAuth"

// refuseOutlook goes by what Microsoft says Outlook signs in with: Entra ID, be
// it by hybrid modern authentication, or a password ("Outlook for iOS and
// Android in Exchange Server").
func refuseOutlook(c *Config) error {
	switch a := c.Account; {
	case a.Auth == preflight.Direct:
		return c.refused("use --app gmail, or --auth oauth",
			"auth is direct, and Outlook has no key for a certificate: it shows one to Entra ID's sign-in page only")
	case a.Issuer == preflight.ADFS:
		return c.refused("use --app gmail, or --issuer entra with hybrid modern authentication",
			"its tokens come from AD FS, and Outlook takes those of Entra ID only")
	}
	return nil
}

func outlookNotes(c *Config) []string {
	a := c.Account
	notes := []string{
		fmt.Sprintf("Outlook takes its certificate at sign-in and not from the configuration: install the .p12 file in the phone's key store as %q, and the user chooses it on Entra ID's page.", c.Alias),
		"Outlook reads the configuration on phones that are enrolled in device management only.",
		"Outlook finds its server and decides itself how much mail to keep: host and sync-days are not written.",
	}
	if a.Mailbox == preflight.ExchangeServer {
		notes = append(notes, "Outlook reaches a mailbox on Exchange Server by OAuth with hybrid modern authentication only.")
	}
	if a.Android.Signature != "" || a.Android.DeviceID != "" {
		notes = append(notes, "The options signature and device-id are Gmail's: Outlook has no keys for them.")
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
		return fmt.Errorf("%q signs in with a user name and a password: no certificate is used", kind)
	}
	return nil
}

func getAllowed(c *Config) any {
	if c.Account.Android.BlockUnmanagedAccounts {
		return c.Account.User
	}
	return nil
}

func setAllowed(c *Config, v any) error {
	var upns string
	if err := expect(v, &upns); err != nil || upns == "" {
		return err
	}
	c.Account.Android.BlockUnmanagedAccounts = true
	if upns != c.Account.User {
		return fmt.Errorf("it allows %q, and the account is for %q", upns, c.Account.User)
	}
	return nil
}
