package ios

import (
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// key is one key of the com.apple.eas.account payload: the iOS version that
// knows it, and how it is taken from an account and put back.
type key struct {
	name  string
	since int
	get   func(*profiles.Account) any // nil leaves the key out
	set   func(*profiles.Account, any) error
}

// easKeys are the keys that are written and read, in alphabetical order. Host,
// SSL, EmailAddress, UserName and OAuth are always written, and so are the
// services: what iOS does without them is not what anybody wants (SSL is off,
// the address becomes UserName@Host, the prompts change).
var easKeys = []key{
	text("EmailAddress", 4, func(a *profiles.Account) *string { return &a.Email }),
	flag("EnableCalendars", 13, func(a *profiles.Account) *bool { return &a.Services.Calendars.On }, always),
	lock("EnableCalendarsUserOverridable", func(a *profiles.Account) *bool { return &a.Services.Calendars.Locked }),
	flag("EnableContacts", 13, func(a *profiles.Account) *bool { return &a.Services.Contacts.On }, always),
	lock("EnableContactsUserOverridable", func(a *profiles.Account) *bool { return &a.Services.Contacts.Locked }),
	flag("EnableMail", 13, func(a *profiles.Account) *bool { return &a.Services.Mail.On }, always),
	lock("EnableMailUserOverridable", func(a *profiles.Account) *bool { return &a.Services.Mail.Locked }),
	flag("EnableNotes", 13, func(a *profiles.Account) *bool { return &a.Services.Notes.On }, always),
	lock("EnableNotesUserOverridable", func(a *profiles.Account) *bool { return &a.Services.Notes.Locked }),
	flag("EnableReminders", 13, func(a *profiles.Account) *bool { return &a.Services.Reminders.On }, always),
	lock("EnableRemindersUserOverridable", func(a *profiles.Account) *bool { return &a.Services.Reminders.Locked }),
	{"Host", 4, func(a *profiles.Account) any { return a.Endpoint.String() }, setHost},
	{"MailNumberOfPastDaysToSync", 4, func(a *profiles.Account) any { return a.SyncDays }, setSyncDays},
	{"OAuth", 12, func(a *profiles.Account) any { return a.Auth == preflight.OAuth }, setAuth},
	text("OAuthSignInURL", 13, func(a *profiles.Account) *string { return &a.IOS.OAuthSignInURL }),
	text("OAuthTokenRequestURL", 13, func(a *profiles.Account) *string { return &a.IOS.OAuthTokenURL }),
	flag("OverridePreviousPassword", 14, func(a *profiles.Account) *bool { return &a.IOS.OverridePreviousPassword }, whenTrue),
	flag("PreventAppSheet", 5, func(a *profiles.Account) *bool { return &a.IOS.PreventAppSheet }, whenTrue),
	flag("PreventMove", 5, func(a *profiles.Account) *bool { return &a.IOS.PreventMove }, whenTrue),
	flag("SMIMEEnableEncryptionPerMessageSwitch", 12, func(a *profiles.Account) *bool { return &a.IOS.SMIMEPerMessage }, whenTrue),
	flag("SMIMEEncryptByDefault", 12, func(a *profiles.Account) *bool { return &a.IOS.SMIMEEncrypt }, whenTrue),
	flag("SMIMESigningEnabled", 10, func(a *profiles.Account) *bool { return &a.IOS.SMIMESigning }, whenTrue),
	{"SSL", 4, func(*profiles.Account) any { return true }, func(_ *profiles.Account, v any) error { return expect[bool](v, new(bool)) }},
	text("UserName", 4, func(a *profiles.Account) *string { return &a.User }),
	text("VPNUUID", 14, func(a *profiles.Account) *string { return &a.IOS.VPNUUID }),
	flag("allowMailDrop", 9, func(a *profiles.Account) *bool { return &a.IOS.AllowMailDrop }, whenTrue),
	flag("disableMailRecentsSyncing", 4, func(a *profiles.Account) *bool { return &a.IOS.DisableRecents }, whenTrue),
	{"CommunicationServiceRules", 10, getAudioCall, setAudioCall},
}

// Keys of the payload that refer to another payload by its UUID.
const (
	keyIdentity    = "PayloadCertificateUUID"
	keySMIMESign   = "SMIMESigningCertificateUUID"
	keySMIMECipher = "SMIMEEncryptionCertificateUUID"
)

type writeWhen bool

const (
	always   writeWhen = true
	whenTrue writeWhen = false
)

func text(name string, since int, at func(*profiles.Account) *string) key {
	return key{name, since,
		func(a *profiles.Account) any {
			if s := *at(a); s != "" {
				return s
			}
			return nil
		},
		func(a *profiles.Account, v any) error { return expect(v, at(a)) },
	}
}

func flag(name string, since int, at func(*profiles.Account) *bool, when writeWhen) key {
	return key{name, since,
		func(a *profiles.Account) any {
			if on := *at(a); on || when == always {
				return on
			}
			return nil
		},
		func(a *profiles.Account, v any) error { return expect(v, at(a)) },
	}
}

// lock is an EnableXUserOverridable key, which says the opposite of Locked.
func lock(name string, at func(*profiles.Account) *bool) key {
	return key{name, 13,
		func(a *profiles.Account) any {
			if *at(a) {
				return false
			}
			return nil
		},
		func(a *profiles.Account, v any) error {
			free := true
			err := expect(v, &free)
			*at(a) = !free
			return err
		},
	}
}

func setHost(a *profiles.Account, v any) error {
	var host string
	if err := expect(v, &host); err != nil || host == "" {
		return err
	}
	endpoint, err := profiles.ParseEndpoint(host)
	if err != nil {
		return err
	}
	a.Endpoint, a.Mailbox = endpoint, profiles.MailboxAt(endpoint.Host)
	return nil
}

func setAuth(a *profiles.Account, v any) error {
	var oauth bool
	err := expect(v, &oauth)
	if oauth {
		a.Auth = preflight.OAuth
	}
	return err
}

func setSyncDays(a *profiles.Account, v any) error {
	switch n := v.(type) {
	case uint64:
		a.SyncDays = int(min(n, maxSyncDays))
	case int64:
		a.SyncDays = int(max(n, 0))
	default:
		return expect(v, new(int))
	}
	return nil
}

// maxSyncDays keeps a nonsensical number from overflowing: a century.
const maxSyncDays = 36500

func getAudioCall(a *profiles.Account) any {
	if a.IOS.AudioCallApp == "" {
		return nil
	}
	return dict{"DefaultServiceHandlers": dict{"AudioCall": a.IOS.AudioCallApp}}
}

func setAudioCall(a *profiles.Account, v any) error {
	var rules, handlers dict
	if err := expect(v, &rules); err != nil {
		return err
	}
	if rules["DefaultServiceHandlers"] == nil {
		return nil
	}
	if err := expect(rules["DefaultServiceHandlers"], &handlers); err != nil || handlers["AudioCall"] == nil {
		return err
	}
	return expect(handlers["AudioCall"], &a.IOS.AudioCallApp)
}

// dict is a property list's dictionary.
type dict = map[string]any

// expect stores v where its type is the one wanted, and says what it is
// otherwise.
func expect[T any](v any, to *T) error {
	got, ok := v.(T)
	if !ok {
		return fmt.Errorf("it is %s, not %s", plistType(v), plistType(*to))
	}
	*to = got
	return nil
}

// plistType names a value as property lists do.
func plistType(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case int, int64, uint64:
		return "integer"
	case float64, float32:
		return "real"
	case []byte:
		return "data"
	case []any:
		return "array"
	case map[string]any:
		return "dictionary"
	case time.Time:
		return "date"
	}
	return "missing"
}
