package profiles

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/easkit/easkit/certs/preflight"
)

// Account is one user's mail account, resolved: everything that the phone's
// platform leaves open is decided here.
type Account struct {
	Name         string // as the phone lists it
	Email        string // the user's mail address
	User         string // what the phone signs in as: the UPN
	Endpoint     Endpoint
	Auth         preflight.Auth
	Issuer       preflight.Issuer  // of tokens, where Auth is oauth
	Mailbox      preflight.Mailbox // where the user's mailbox lives
	Cloud        preflight.Cloud
	Organization string
	Identifier   string // reverse-DNS name that the profile's own is made from
	SyncDays     int    // how many past days of mail to sync; 0 is all of it
	Services     Services
	IOS          IOS
	Android      Android
	Intune       Intune // how device management brings it to phones
}

// UUID derives the UUID of a role that something plays for the account: of its
// profile, of a payload. It depends on identifier, user and role alone, so that a
// profile made again updates the installed one, and a renewed certificate takes the
// place of the old.
func (a Account) UUID(role string) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/easkit/easkit#"+a.Identifier))
	return strings.ToUpper(uuid.NewSHA1(space, []byte(strings.ToLower(a.User)+"\x00"+strings.ToLower(a.Email)+"\x00"+role)).String())
}

// SyncWindows are the values that SyncDays may have. Apple's schema
// (com.apple.eas.account) and Exchange ActiveSync (FilterType, MS-ASCMD
// 2.2.3.68.2) have them in common.
var SyncWindows = []int{0, 1, 3, 7, 14, 31}

// DefaultSyncDays is Apple's default.
const DefaultSyncDays = 7

// Service is one kind of data that an account syncs.
type Service struct {
	On     bool // synced when the account is installed
	Locked bool // the user cannot change that
}

// Services is what an account syncs. At least one must be on: iOS refuses the
// account otherwise (MCEASErrorDomain 21009).
type Services struct {
	Mail, Contacts, Calendars, Reminders, Notes Service
}

// NamedService is a service with the word that templates have for it.
type NamedService struct {
	Name string
	Service
}

// List is the services by name, in the order that templates have them.
func (s Services) List() []NamedService {
	return []NamedService{{"mail", s.Mail}, {"contacts", s.Contacts}, {"calendars", s.Calendars}, {"reminders", s.Reminders}, {"notes", s.Notes}}
}

// Days writes a sync window for a person.
func Days(n int) string {
	if n == 0 {
		return "all mail"
	}
	return preflight.Days(n)
}

// Set lists what is given beside the app, by the keys of the template.
func (o Android) Set() []string {
	var set []string
	v, keys := reflect.ValueOf(o), reflect.TypeFor[TemplateAndroid]()
	for i := range v.NumField() {
		if key := keys.Field(i).Tag.Get("yaml"); key != "app" && !v.Field(i).IsZero() {
			set = append(set, key)
		}
	}
	return set
}

// Set lists what is switched on or given, by the keys of the template.
func (o IOS) Set() []string {
	var set []string
	v, keys := reflect.ValueOf(o), reflect.TypeFor[TemplateIOS]()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			continue
		}
		key := "remove-after" // which a template gives in days
		if f, ok := keys.FieldByName(v.Type().Field(i).Name); ok {
			key = f.Tag.Get("yaml")
		}
		set = append(set, fmt.Sprintf("%s: %v", key, v.Field(i).Interface()))
	}
	return set
}

// IOS is what only Apple's Mail understands: see com.apple.eas.account in
// https://github.com/apple/device-management.
type IOS struct {
	PreventMove              bool   // mail cannot be moved to another account
	PreventAppSheet          bool   // only Mail may send from the account
	AllowMailDrop            bool   // large attachments by Apple's Mail Drop
	DisableRecents           bool   // keep its addresses out of Recents syncing
	OverridePreviousPassword bool   // iOS 14
	SMIMESigning             bool   // sign mail with the account's own identity
	SMIMEEncrypt             bool   // encrypt by default, with the same identity
	SMIMEPerMessage          bool   // let the user switch encryption per message
	VPNUUID                  string // per-app VPN that carries the account, iOS 14
	OAuthSignInURL           string // turns autodiscovery off, iOS 13
	OAuthTokenURL            string // iOS 13
	AudioCallApp             string // bundle identifier of the app for calls to contacts
	RemovalDate              time.Time
	RemoveAfter              time.Duration // counted from the installation
	Expires                  time.Time     // the user is then offered an update
	RemovalDisallowed        bool          // supervised phones only
	Consent                  map[string]string
	SCEP                     *SCEP // the phone makes its own key, and gets the certificate by SCEP
	ACME                     *ACME // the same by ACME; at most one of the two is there
}

// Android is what Android's mail apps understand beyond the account itself. Of a
// switch nil leaves the app's own default.
type Android struct {
	App                    string   // one of AndroidApps; empty picks by Auth
	Signature              string   // default signature of Gmail
	DeviceID               string   // EAS device id that Gmail shall use
	BlockUnmanagedAccounts bool     // Gmail: no other Exchange accounts; Outlook: only this UPN
	AllowedAccounts        []string // UPNs that Outlook takes all the same

	// Outlook's switches, and which of them users cannot change.
	FocusedInbox          *bool
	SaveContacts          *bool
	SyncCalendars         *bool
	BlockExternalImages   *bool
	ExternalRecipientsTip *bool
	DefaultSignature      *bool
	SuggestedReplies      *bool
	TextPredictions       *bool
	OfficeFeed            *bool
	OrganizeByThread      *bool
	PlayMyEmails          *bool
	Themes                *bool
	SMIME                 *bool
	SMIMESignAll          *bool
	SMIMEEncryptAll       *bool
	SMIMECertsFromIntune  *bool
	SMIMELDAPHost         string   // where Outlook looks for certificates of recipients
	Lock                  []string // of AndroidLocks

	// IntuneCertificate is the id of the certificate profile by which Intune brings
	// the key of direct sign-in, as its placeholder {{cert:…}} has it.
	IntuneCertificate string
}
