package intune

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// The mail apps of Android, by the words of a template.
const (
	appGmail   = "gmail"
	appOutlook = "outlook"
	appNine    = "nine"
)

const gmailPackage = "com.google.android.gm"

// outlookOnIOS is the app that iPhones have.
var outlookOnIOS = App{Title: "Microsoft Outlook", IOS: "com.microsoft.Office.Outlook"}

// mailOfFullyManaged makes the configuration of the mail app of a fully managed phone,
// for which Intune has no mail profile.
func (b *builder) mailOfFullyManaged() error {
	switch {
	case b.oauth(), b.app() == appOutlook:
	case b.app() == appNine:
		b.set.Notes = append(b.set.Notes, "Fully managed phones get trusted certificates and a certificate, and no mail account: Nine's keys are published in part only.")
		return nil
	case b.Account.Android.IntuneCertificate == "":
		b.set.Notes = append(b.set.Notes, "Fully managed phones get trusted certificates and a certificate, and no mail account yet: Gmail wants the name of the key, which Intune fills in for {{cert:ID}} and shows to you only. "+
			"When the certificate profile is imported, begin an app configuration policy for Gmail in the portal, give exchange_login_certificate_alias the value type certificate, pick the profile, change the type to string and copy the id; "+
			"put it into the template as android.intune-certificate and make the set again.")
		return nil
	}
	return b.appConfiguration(FullyManaged)
}

// enrolments are the words of package android for platforms.
var enrolments = map[Platform]android.Enrolment{WorkProfile: android.WorkProfile, FullyManaged: android.FullyManaged}

// storeTitles are the names in managed Google Play, where an app's is longer than what
// people say.
var storeTitles = map[string]string{"com.microsoft.office.outlook": "Microsoft Outlook"}

// appConfiguration makes the configuration of Android's mail app.
func (b *builder) appConfiguration(p Platform) error {
	a := b.Account
	a.Android.App = b.app()
	config, err := android.New(a, nil)
	if err != nil {
		return err
	}
	policy, err := config.Intune(enrolments[p])
	if err != nil {
		return fmt.Errorf("making the configuration of %s: %w", config.App.Title, err)
	}
	var o Object
	if err := json.Unmarshal(policy, &o); err != nil {
		return fmt.Errorf("reading the configuration of %s: %w", config.App.Title, err)
	}
	delete(o, "targetedMobileApps") // the tenant's own ids
	part := Part{
		Key: keyOf(p, config.App.Name), Object: o, Notes: config.Notes,
		App: &App{Title: cmp.Or(storeTitles[config.App.Package], config.App.Title), Android: config.App.Package},
	}
	words := "work profile"
	if p == FullyManaged {
		words = "fully managed"
	}
	b.add(part, words+" "+config.App.Title, fmt.Sprintf("Fills the mail account into %s.", config.App.Title))
	return nil
}

// outlookOfIOS makes Outlook's configuration for iPhones: whose account it is. The keys
// are those of
// https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-configuration-with-microsoft-intune.
func (b *builder) outlookOfIOS() {
	a := b.Account
	if a.Issuer == preflight.ADFS {
		b.set.Notes = append(b.set.Notes, "There is no configuration of Outlook for iPhones: the tokens come from AD FS, and Outlook takes those of Entra ID only.")
		return
	}
	type setting struct{ key, value string }
	settings := []setting{
		{"com.microsoft.outlook.EmailProfile.AccountType", "ModernAuth"},
		{"com.microsoft.outlook.EmailProfile.EmailUPN", "{{userprincipalname}}"},
		{"com.microsoft.outlook.EmailProfile.EmailAddress", a.Email},
		{"IntuneMAMUPN", "{{userprincipalname}}"},
	}
	if a.Android.BlockUnmanagedAccounts {
		settings = append(settings, setting{"IntuneMAMAllowedAccountsOnly", "Enabled"})
	}
	var items []any
	for _, s := range settings {
		items = append(items, map[string]any{"appConfigKey": s.key, "appConfigKeyType": "stringType", "appConfigKeyValue": s.value})
	}
	part := Part{Key: keyOf(IOS, appOutlook), Object: newObject("iosMobileAppConfiguration", Object{"settings": items}), App: new(outlookOnIOS)}
	if left := outlookOptions(a.Android); len(left) > 0 {
		part.Notes = append(part.Notes, fmt.Sprintf("These options of the template's android section are not written for Outlook on iPhones: %s.", strings.Join(left, ", ")))
	}
	b.add(part, "iOS Outlook", "Fills the mail account into Outlook, for those who use it beside Apple's Mail.")
}

// outlookOptions are the options set of Android that Outlook's configuration for iPhones
// has no place for.
func outlookOptions(o profiles.Android) []string {
	o.BlockUnmanagedAccounts = false
	return androidOptions(o)
}
