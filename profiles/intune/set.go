package intune

import (
	"errors"
	"strings"
)

// Set is what one mail account needs in a tenant: its objects, whom they are for, and
// how they depend on each other.
type Set struct {
	ID     string   // marks the objects as its own in the tenant: the account's identifier, "com.contoso.mail"
	Name   string   // the names of all objects begin with it: "Contoso mail"
	Graph  string   // where the tenant's Microsoft Graph is: "https://graph.microsoft.com", which "" stands for
	Groups []string // the user groups that all objects are assigned to: names, or ids
	Parts  []Part   // in the order of import: what others refer to comes first
	Notes  []string // what the admin must know of the whole: full sentences
}

// Part is one object of a [Set].
type Part struct {
	// Key names the part in its set, and stays the same when the set is made again:
	// "ios-mail". Lower-case letters, digits and hyphens.
	Key    string
	Object Object // as it is created, without references, assignments and ids
	Refers []Reference
	App    *App // the app that an app configuration is for
	// Secret says that one user's private key is in it: such a part is for that user
	// alone, and never assigned to the groups of the set.
	Secret bool
	Notes  []string
}

// Reference is a relationship of a part to another of the same set, which stands before
// it: the identityCertificate of a mail profile, the rootCertificate of a certificate
// profile.
type Reference struct {
	Property string // Graph's name of the relationship
	To       string // Key of the other part
}

// App is an app that a tenant has under an id of its own.
type App struct {
	Title   string // as a person knows it: "Gmail"
	Android string // its package: "com.google.android.gm"; "" for an app for iOS
	IOS     string // its bundle identifier: "com.microsoft.Office.Outlook"; "" for an app for Android
}

// MaxSecrets is how many parts of a set may hold a private key: whoever reads a tenant's
// configuration reads them, so that they are for pilots.
const MaxSecrets = 25

// The types of apps. One that Intune installs comes before one that it only protects,
// of which every tenant has some from the beginning.
var (
	androidApps = [][]string{{"androidManagedStoreApp"}}
	iosApps     = [][]string{{"iosStoreApp", "iosVppApp"}, {"managedIOSStoreApp"}}
)

// Types are the types of apps that it may be in a tenant, those that count first in
// front.
func (a App) Types() [][]string {
	if a.Android != "" {
		return androidApps
	}
	return iosApps
}

// ValidID judges the id of a set: a mark with it has to be known again, so that it is
// made of ASCII letters, digits, dots and hyphens.
func ValidID(id string) error {
	mark := Mark{Set: id, Key: keyMail}
	if m, ok := MarkOf(Object{"description": mark.String()}); !ok || m != mark {
		return errors.New("it is made of ASCII letters, digits, dots and hyphens")
	}
	return nil
}

// Part finds a part by its key.
func (s *Set) Part(key string) (Part, bool) {
	for _, p := range s.Parts {
		if p.Key == key {
			return p, true
		}
	}
	return Part{}, false
}

// Kind is what matters of a type of Graph that is written or judged here.
type Kind struct {
	Type       string // "iosEasEmailProfileConfiguration"
	Collection string // where Graph has such objects: [DeviceConfigurations] or [AppConfigurations]
	Title      string // as an admin knows it: "iOS mail profile"
	Platform   Platform
	Role       Role
	Retired    bool // no phone runs what it configures: it is read and judged, and not written
}

// Frozen reports whether objects are never edited nor unassigned once they are there:
// that revokes or removes certificates on phones
// (https://learn.microsoft.com/intune/intune-service/protect/remove-certificates).
func (k Kind) Frozen() bool { return k.Role == Root || k.Role == Certificate }

// Role is what an object does for a mail account.
type Role string

// The roles.
const (
	Root        Role = "root"        // lets phones trust an authority
	Certificate Role = "certificate" // gets the user's certificate
	Mail        Role = "mail"        // sets up the account
	AppConfig   Role = "app"         // sets up a mail app
	Custom      Role = "custom"      // a whole .mobileconfig
)

// Platform is what phones an object is for.
type Platform string

// The platforms.
const (
	IOS          Platform = "ios"           // iPhone and iPad
	WorkProfile  Platform = "work-profile"  // Android, the user's own phone with a work profile
	FullyManaged Platform = "fully-managed" // Android, the company's phone
	// AnyAndroid is of app configurations, which say themselves for which they are.
	AnyAndroid Platform = "android"
	// Legacy is what has ended, such as the management of Android by a device
	// administrator, and Windows.
	Legacy Platform = "legacy"
	Mac    Platform = "macos"
)

// Platforms are those that sets are made for, in the order of help.
var Platforms = []Platform{IOS, WorkProfile, FullyManaged}

// Where Graph has objects.
const (
	DeviceConfigurations = "/deviceManagement/deviceConfigurations"
	AppConfigurations    = "/deviceAppManagement/mobileAppConfigurations"
)

// kinds is the table of the types: one line each.
var kinds = []Kind{
	{"iosTrustedRootCertificate", DeviceConfigurations, "iOS trusted certificate", IOS, Root, false},
	{"androidWorkProfileTrustedRootCertificate", DeviceConfigurations, "Android work profile trusted certificate", WorkProfile, Root, false},
	{"androidDeviceOwnerTrustedRootCertificate", DeviceConfigurations, "Android fully managed trusted certificate", FullyManaged, Root, false},
	{"iosPkcsCertificateProfile", DeviceConfigurations, "iOS PKCS certificate", IOS, Certificate, false},
	{"iosScepCertificateProfile", DeviceConfigurations, "iOS SCEP certificate", IOS, Certificate, false},
	{"iosImportedPFXCertificateProfile", DeviceConfigurations, "iOS imported PKCS certificate", IOS, Certificate, false},
	{"androidWorkProfilePkcsCertificateProfile", DeviceConfigurations, "Android work profile PKCS certificate", WorkProfile, Certificate, false},
	{"androidWorkProfileScepCertificateProfile", DeviceConfigurations, "Android work profile SCEP certificate", WorkProfile, Certificate, false},
	{"androidDeviceOwnerPkcsCertificateProfile", DeviceConfigurations, "Android fully managed PKCS certificate", FullyManaged, Certificate, false},
	{"androidDeviceOwnerScepCertificateProfile", DeviceConfigurations, "Android fully managed SCEP certificate", FullyManaged, Certificate, false},
	{"androidDeviceOwnerImportedPFXCertificateProfile", DeviceConfigurations, "Android fully managed imported PKCS certificate", FullyManaged, Certificate, false},
	{"iosEasEmailProfileConfiguration", DeviceConfigurations, "iOS mail profile", IOS, Mail, false},
	{"androidWorkProfileGmailEasConfiguration", DeviceConfigurations, "Gmail in the work profile", WorkProfile, Mail, false},
	{"androidWorkProfileNineWorkEasConfiguration", DeviceConfigurations, "Nine Work in the work profile", WorkProfile, Mail, false},
	{"androidEasEmailProfileConfiguration", DeviceConfigurations, "Samsung mail by device administrator", Legacy, Mail, true},
	{"windows10EasEmailProfileConfiguration", DeviceConfigurations, "Windows Mail", Legacy, Mail, true},
	{"androidForWorkGmailEasConfiguration", DeviceConfigurations, "Gmail in Android for Work", Legacy, Mail, true},
	{"androidForWorkNineWorkEasConfiguration", DeviceConfigurations, "Nine Work in Android for Work", Legacy, Mail, true},
	{"windowsPhoneEASEmailProfileConfiguration", DeviceConfigurations, "Windows Phone mail profile", Legacy, Mail, true},
	{"androidForWorkScepCertificateProfile", DeviceConfigurations, "Android for Work SCEP certificate", Legacy, Certificate, true},
	{"macOSCustomConfiguration", DeviceConfigurations, "macOS custom profile", Mac, Custom, true},
	{"androidForWorkMobileAppConfiguration", AppConfigurations, "Android for Work app configuration", Legacy, AppConfig, true},
	{"iosCustomConfiguration", DeviceConfigurations, "iOS custom profile", IOS, Custom, false},
	{"androidManagedStoreAppConfiguration", AppConfigurations, "Android app configuration", AnyAndroid, AppConfig, false},
	{"iosMobileAppConfiguration", AppConfigurations, "iOS app configuration", IOS, AppConfig, false},
}

// KindOf finds what matters of a type of Graph, by its name without the namespace, in
// whatever capitals.
func KindOf(name string) (Kind, bool) {
	for _, k := range kinds {
		if strings.EqualFold(k.Type, name) {
			return k, true
		}
	}
	return Kind{}, false
}
