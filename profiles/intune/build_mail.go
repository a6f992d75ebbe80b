package intune

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// has reports whether a type of Graph has a property.
func has(kind, property string) bool {
	_, ok := schema.NewCatalogue(schema.Intune())[kind].Property(property)
	return ok
}

func (b *builder) oauth() bool { return b.Account.Auth == preflight.OAuth }

// syncDurations are Graph's words (emailSyncDuration) for past days of mail.
var syncDurations = map[int]string{
	0: "unlimited", 1: "oneDay", 3: "threeDays", 7: "oneWeek", 14: "twoWeeks", 31: "oneMonth",
}

// easServices are Graph's words for services, in the order in which Graph has them.
var easServices = []struct {
	word string
	of   func(profiles.Services) profiles.Service
}{
	{"calendars", func(s profiles.Services) profiles.Service { return s.Calendars }},
	{"contacts", func(s profiles.Services) profiles.Service { return s.Contacts }},
	{"email", func(s profiles.Services) profiles.Service { return s.Mail }},
	{"notes", func(s profiles.Services) profiles.Service { return s.Notes }},
	{"reminders", func(s profiles.Services) profiles.Service { return s.Reminders }},
}

// The attributes of the directory that a mail profile takes address and user name from.
const (
	fromUPN  = "userPrincipalName"
	fromMail = "primarySmtpAddress"
	fromSAM  = "samAccountName"
)

// sources are Graph's words for placeholders (userEmailSource).
var sources = map[string]string{"{{mail}}": fromMail, "{{userprincipalname}}": fromUPN}

// samToken is the placeholder for the name that Active Directory has beside the UPN.
const samToken = "{{OnPremisesSamAccountName}}"

// address is where mail profiles take the address from.
func (b *builder) address() (string, error) {
	if source, ok := sources[b.Account.Email]; ok {
		return source, nil
	}
	return "", refused(`set email: "{{mail}}" in the template`, "a mail profile of Intune's takes the address from the directory, as {{mail}} or {{userprincipalname}}, and not as %q", b.Account.Email)
}

// user is where mail profiles take the user name from, and the domain before it, if any.
func (b *builder) user() (source, domain string, err error) {
	if source, ok := sources[b.Account.User]; ok {
		return source, "", nil
	}
	domain, name, split := strings.Cut(b.Account.User, `\`)
	if !split {
		domain, name = "", b.Account.User
	}
	if name == samToken && len(profiles.Tokens(domain)) == 0 {
		return fromSAM, domain, nil
	}
	return "", "", refused(`set user: "{{userprincipalname}}" in the template`, "a mail profile of Intune's takes the user name from the directory, as {{userprincipalname}}, {{mail}} or DOMAIN\\%s, and not as %q", samToken, b.Account.User)
}

// mailOfIOS makes the account of iOS, and Outlook's beside it.
func (b *builder) mailOfIOS() error {
	if len(b.KeyLess) > 0 {
		if err := b.custom(); err != nil {
			return err
		}
	} else if err := b.mailProfile(); err != nil {
		return err
	}
	if b.oauth() {
		b.outlookOfIOS()
	}
	return nil
}

// sources are where Intune takes address and user name from, and the user's domain.
func (b *builder) sources() (address, user, domain string, err error) {
	if address, err = b.address(); err != nil {
		return "", "", "", err
	}
	user, domain, err = b.user()
	return address, user, domain, err
}

// mailProfile makes the mail profile of iOS. With oauth it keeps the certificate, as
// Microsoft advises where the authorisation server wants one
// (https://learn.microsoft.com/intune/intune-service/configuration/email-settings-ios).
func (b *builder) mailProfile() error {
	a := b.Account
	address, user, domain, err := b.sources()
	if err != nil {
		return err
	}
	properties := Object{
		"accountName": b.accountName(), "hostName": a.Endpoint.String(), "requireSsl": true,
		"useOAuth": b.oauth(), "authenticationMethod": "certificate",
		"usernameSource": user, "usernameAADSource": user, "emailAddressSource": address,
		"durationOfEmailToSync": syncDurations[a.SyncDays],
		"easServices":           servicesOn(a.Services), "easServicesUserOverrideEnabled": !anyLocked(a.Services),
		"blockMovingMessagesToOtherEmailAccounts": a.IOS.PreventMove,
		"blockSendingEmailFromThirdPartyApps":     a.IOS.PreventAppSheet,
		"blockSyncingRecentlyUsedEmailAddresses":  a.IOS.DisableRecents,
		"requireSmime":                            false, "signingCertificateType": "none", "encryptionCertificateType": "none",
	}
	if user == fromSAM { // the older of the two properties has no such value
		properties["usernameSource"] = fromUPN
	}
	if domain != "" {
		properties["customDomainName"] = domain
	}
	b.add(Part{
		Key: keyMail, Object: newObject("iosEasEmailProfileConfiguration", properties),
		Refers: []Reference{{Property: "identityCertificate", To: certificateKey(IOS)}}, Notes: b.mailNotes(),
	}, "iOS mail", fmt.Sprintf("Sets up the mail account on %s, with the certificate that signs it in.", a.Endpoint.Host))
	return nil
}

// accountName is what the phone's list of accounts shows: no page says that mail
// profiles fill placeholders in.
func (b *builder) accountName() string {
	if len(profiles.Tokens(b.Account.Name)) > 0 || b.Account.Name == "" {
		return b.set.Name
	}
	return b.Account.Name
}

func servicesOn(s profiles.Services) string {
	var on []string
	for _, service := range easServices {
		if service.of(s).On {
			on = append(on, service.word)
		}
	}
	return strings.Join(on, ",")
}

func anyLocked(s profiles.Services) bool {
	return slices.ContainsFunc(s.List(), func(n profiles.NamedService) bool { return n.Locked })
}

// iosOptions are the keys of a template's ios section that a mail profile has.
var iosOptions = []string{"prevent-move", "prevent-app-sheet", "disable-recents-syncing"}

func (b *builder) mailNotes() []string {
	a := b.Account
	var notes []string
	if b.oauth() {
		notes = append(notes,
			"Users sign in once on a page that asks for the certificate: after the profile has come, and again when OAuth is switched on in a profile that they have.")
	}
	if b.oauth() && a.Issuer != preflight.ADFS {
		notes = append(notes, `Where users may not consent to apps, an administrator has to consent to "iOS Accounts" (Apple Internet Accounts) first.`)
	}
	if anyLocked(a.Services) && slices.ContainsFunc(a.Services.List(), func(s profiles.NamedService) bool { return !s.Locked }) {
		notes = append(notes, "services.lock names some services, and Intune locks all or none: all are locked.")
	}
	var left []string
	for _, option := range a.IOS.Set() {
		if key, _, _ := strings.Cut(option, ":"); !slices.Contains(iosOptions, key) {
			left = append(left, key)
		}
	}
	if len(left) > 0 {
		notes = append(notes, fmt.Sprintf("A mail profile of Intune's has no settings for these options of the template's ios section, which are left out: %s.", strings.Join(left, ", ")))
	}
	if a.IOS.SMIME() {
		notes = append(notes, "S/MIME is off: Intune brings its certificates by a profile for imported ones (PFX), and not by the one that signs in.")
	}
	return notes
}

// mailOfWorkProfile makes the account of the work profile: a mail profile where the app
// signs in itself, and a configuration of the app where a page does. An app never gets
// both, since they contradict each other.
func (b *builder) mailOfWorkProfile() error {
	if b.oauth() {
		return b.appConfiguration(WorkProfile)
	}
	for _, app := range workProfileApps {
		if app.name == b.app() {
			return b.workProfileMail(app)
		}
	}
	return b.appConfiguration(WorkProfile) // says why the app can't
}

// workProfileApp is an app that the work profile has a mail profile for.
type workProfileApp struct {
	name, title, kind string
	services          bool // calendars and the like can be switched off
}

var workProfileApps = []workProfileApp{
	{appGmail, "Gmail", "androidWorkProfileGmailEasConfiguration", false},
	{appNine, "Nine Work", "androidWorkProfileNineWorkEasConfiguration", true},
}

func (b *builder) workProfileMail(app workProfileApp) error {
	a := b.Account
	address, user, domain, err := b.sources()
	if err != nil {
		return err
	}
	if domain != "" {
		return refused(`set user: "{{userprincipalname}}" in the template, or leave work-profile out of intune.platforms`, "a mail profile of the work profile has no domain, and the user name is %q", a.User)
	}
	properties := Object{
		"hostName": a.Endpoint.String(), "requireSsl": true, "authenticationMethod": "certificate",
		"usernameSource": user, "emailAddressSource": address, "durationOfEmailToSync": syncDurations[a.SyncDays],
	}
	if app.services {
		properties["syncCalendar"], properties["syncContacts"], properties["syncTasks"] = a.Services.Calendars.On, a.Services.Contacts.On, a.Services.Reminders.On
	}
	part := Part{
		Key: keyOf(WorkProfile, app.name), Object: newObject(app.kind, properties),
		Refers: []Reference{{Property: "identityCertificate", To: certificateKey(WorkProfile)}},
		Notes:  []string{fmt.Sprintf("%s must be assigned as an app from managed Google Play, and get no app configuration policy beside this profile: the two contradict each other.", app.title)},
	}
	if left := androidOptions(a.Android); len(left) > 0 {
		part.Notes = append(part.Notes, fmt.Sprintf("A mail profile of the work profile has no settings for these options of the template's android section, which are left out: %s.", strings.Join(left, ", ")))
	}
	b.add(part, "work profile "+app.title, fmt.Sprintf("Sets up %s in the work profile for the mail account on %s, with the certificate that signs it in.", app.title, a.Endpoint.Host))
	return nil
}

// androidOptions are the options set beside the app, without the one that is about the
// phones of another platform.
func androidOptions(o profiles.Android) []string {
	return slices.DeleteFunc(o.Set(), func(key string) bool { return key == "intune-certificate" })
}
