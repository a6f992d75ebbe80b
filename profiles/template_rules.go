package profiles

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// serviceNames are the services by the words of the template.
var serviceNames = []string{"mail", "contacts", "calendars", "reminders", "notes"}

// AndroidApps are the Android mail apps that a template may name. Gmail and Outlook are
// filled in by package android; of Nine, Intune's own mail profile alone is.
var AndroidApps = []string{"gmail", "outlook", "nine"}

// AndroidLocks are the switches of Outlook that have a key of their own by which
// users cannot change them.
var AndroidLocks = []string{
	"save-contacts", "sync-calendars", "block-external-images", "suggested-replies", "text-predictions",
	"smime", "smime-sign-all", "smime-encrypt-all",
}

// templateRule is what a value must satisfy beyond its type.
type templateRule struct {
	key   string
	check func(Template) error // may be an *itemError
}

// itemError is about one item of a list or of a mapping.
type itemError struct {
	at string // goes on from the key: "[1]", ".de"
	error
}

var templateRules = []templateRule{
	{"auth", func(t Template) error { return word(t.Auth, preflight.Auths) }},
	{"issuer", func(t Template) error { return word(t.Issuer, preflight.Issuers) }},
	{"mailbox", func(t Template) error { return word(t.Mailbox, preflight.Mailboxes) }},
	{"cloud", func(t Template) error { return word(t.Cloud, preflight.Clouds) }},
	{"host", func(t Template) error {
		if t.Host == "" {
			return nil
		}
		_, err := ParseEndpoint(t.Host)
		return err
	}},
	{"identifier", func(t Template) error {
		return match(t.Identifier, identifierPattern(), "a reverse-DNS name such as com.contoso.mail")
	}},
	{"sync-days", func(t Template) error {
		if t.SyncDays != nil && !slices.Contains(SyncWindows, *t.SyncDays) {
			return fmt.Errorf("%d is not one of %v (0 is all mail)", *t.SyncDays, SyncWindows)
		}
		return nil
	}},
	{"services.sync", func(t Template) error {
		if sync := t.Services.Sync; sync != nil && len(sync) == 0 {
			return errors.New("the list is empty, and iOS refuses an account that syncs nothing (MCEASErrorDomain 21009): leave the key out to sync everything")
		}
		return services(t.Services.Sync)
	}},
	{"services.lock", func(t Template) error { return services(t.Services.Lock) }},
	{"ios.vpn-uuid", func(t Template) error { return match(t.IOS.VPNUUID, uuidPattern(), "a UUID") }},
	{"ios.oauth-sign-in-url", func(t Template) error { return httpsURL(t.IOS.OAuthSignInURL) }},
	{"ios.oauth-token-request-url", func(t Template) error { return httpsURL(t.IOS.OAuthTokenURL) }},
	{"ios.removal-date", func(t Template) error { _, err := parseDay(t.IOS.RemovalDate); return err }},
	{"ios.expires", func(t Template) error { _, err := parseDay(t.IOS.Expires); return err }},
	{"ios.remove-after-days", func(t Template) error {
		if t.IOS.RemoveAfterDays < 0 || t.IOS.RemoveAfterDays > maxRemoveAfterDays {
			return fmt.Errorf("%d is not a number of days from 1 to %d", t.IOS.RemoveAfterDays, maxRemoveAfterDays)
		}
		return nil
	}},
	{"ios.consent", func(t Template) error {
		for _, language := range slices.Sorted(maps.Keys(t.IOS.Consent)) {
			if !languagePattern().MatchString(language) {
				return &itemError{"." + clip(language), fmt.Errorf("%q is neither a language such as en or pt-BR, nor the word default", clip(language))}
			}
		}
		return nil
	}},
	{"email", func(t Template) error { return placeholder(t.Email, false) }},
	{"user", func(t Template) error { return placeholder(t.User, true) }},
	{"android.app", func(t Template) error { return word(t.Android.App, AndroidApps) }},
	{"android.device-id", func(t Template) error {
		return match(t.Android.DeviceID, deviceIDPattern(), "1 to 32 letters and digits, so Gmail would ignore it")
	}},
	{"android.allowed-accounts", func(t Template) error {
		if len(t.Android.AllowedAccounts) > 0 && !t.Android.BlockUnmanagedAccounts {
			return errors.New("without block-unmanaged-accounts: true any account is allowed")
		}
		for i, upn := range t.Android.AllowedAccounts {
			if _, err := certs.ParseAddress(upn); err != nil {
				return &itemError{itemAt(i), fmt.Errorf("%q is no UPN: %w", clip(upn), err)}
			}
		}
		return nil
	}},
	{"android.intune-certificate", func(t Template) error { return match(t.Android.IntuneCertificate, uuidPattern(), "a UUID") }},
	{"android.lock", func(t Template) error { return listed(t.Android.Lock, AndroidLocks) }},
}

// rulesOfTemplates are all rules, in the order in which they are told.
func rulesOfTemplates() []templateRule {
	return slices.Concat(templateRules, enrolRules, intuneRules())
}

// maxRemoveAfterDays is ten years: more is a slip, and no certificate lives so long.
const maxRemoveAfterDays = 3650

// The patterns are compiled when the first template is judged: most commands judge none.
var (
	identifierPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`) })
	uuidPattern       = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	})
	deviceIDPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`) })
	// languagePattern is a BCP 47 tag (RFC 5646 2.1) whose language has two or
	// three letters, as all in use have: so "defualt" is seen to be a slip.
	languagePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(default|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)$`) })
)

// word checks a value that is one of a few words, where it is set.
func word[T ~string](v T, allowed []T) error {
	if v == "" {
		return nil
	}
	_, err := preflight.Word("the word", clip(string(v)), allowed)
	return err
}

// match checks a value that has a form, where it is set.
func match(v string, form *regexp.Regexp, what string) error {
	if v == "" || form.MatchString(v) {
		return nil
	}
	return fmt.Errorf("%q is not %s", clip(v), what)
}

func services(words []string) error { return listed(words, serviceNames) }

// listed checks a list whose items are some of a few words.
func listed(words, allowed []string) error {
	for i, w := range words {
		if !slices.Contains(allowed, w) {
			return &itemError{itemAt(i), fmt.Errorf("%q is not one of %s", clip(w), strings.Join(allowed, ", "))}
		}
	}
	return nil
}

func httpsURL(s string) error {
	if s == "" {
		return nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is not an https:// URL", clip(s))
	}
	return nil
}

// parseDay reads a date, which is the start of that day in UTC, or a time of
// RFC 3339. Nothing is the zero time.
func parseDay(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is neither a date (2027-01-31) nor a time (2027-01-31T08:00:00Z)", clip(s))
	}
	return t.UTC(), nil
}
