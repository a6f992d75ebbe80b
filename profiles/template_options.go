package profiles

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// services resolves the services section: everything is synced unless said.
func (t Template) services() Services {
	service := func(name string) Service {
		return Service{
			On:     t.Services.Sync == nil || slices.Contains(t.Services.Sync, name),
			Locked: slices.Contains(t.Services.Lock, name),
		}
	}
	return Services{
		Mail: service("mail"), Contacts: service("contacts"), Calendars: service("calendars"),
		Reminders: service("reminders"), Notes: service("notes"),
	}
}

// options resolves the ios section. Its dates were checked by ParseTemplate.
func (t TemplateIOS) options() IOS {
	removal, _ := parseDay(t.RemovalDate)
	expires, _ := parseDay(t.Expires)
	return IOS{
		PreventMove: t.PreventMove, PreventAppSheet: t.PreventAppSheet, AllowMailDrop: t.AllowMailDrop,
		DisableRecents: t.DisableRecents, OverridePreviousPassword: t.OverridePreviousPassword,
		SMIMESigning: t.SMIMESigning, SMIMEEncrypt: t.SMIMEEncrypt, SMIMEPerMessage: t.SMIMEPerMessage,
		VPNUUID: t.VPNUUID, OAuthSignInURL: t.OAuthSignInURL, OAuthTokenURL: t.OAuthTokenURL,
		AudioCallApp: t.AudioCallApp, RemovalDate: removal, RemoveAfter: time.Duration(t.RemoveAfterDays) * 24 * time.Hour,
		Expires: expires, RemovalDisallowed: t.RemovalDisallowed, Consent: t.Consent,
	}
}

// options resolves the android section.
func (t TemplateAndroid) options() Android { return Android(t) }

// keys lists every key of a template, dotted.
func keys() []string { return keysOf(reflect.TypeFor[Template](), "") }

func keysOf(t reflect.Type, prefix string) []string {
	var all []string
	for i := range t.NumField() {
		f := t.Field(i)
		key := prefix + f.Tag.Get("yaml")
		all = append(all, key)
		if f.Type.Kind() == reflect.Struct {
			all = append(all, keysOf(f.Type, key+".")...)
		}
	}
	return all
}

// nearestKey finds the key that somebody who wrote unknown may have meant: one
// edit in four letters away, or written with other separators.
func nearestKey(unknown string) string {
	best, bestDistance := "", len(unknown)/4+2
	for _, key := range keys() {
		last := key[strings.LastIndexByte(key, '.')+1:]
		if d := distance(plain(unknown), plain(last)); d < bestDistance {
			best, bestDistance = key, d
		}
	}
	return best
}

func plain(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
