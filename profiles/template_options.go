package profiles

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
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

// suggestion names the key that somebody may have meant who wrote an unknown one
// in a section; it goes on from "this key is unknown".
func suggestion(section, unknown string) string {
	near := nearestKey(section, unknown)
	if near == "" {
		return ""
	}
	in, last, ok := cutLast(near)
	switch {
	case in == section:
		return fmt.Sprintf("; did you mean %q?", last)
	case ok:
		return fmt.Sprintf(" here; did you mean %q in the section %q?", last, in)
	}
	return fmt.Sprintf(" here; did you mean %q, outside of any section?", last)
}

// cutLast takes a dotted key apart before its last word.
func cutLast(key string) (section, last string, ok bool) {
	i := strings.LastIndexByte(key, '.')
	return key[:max(i, 0)], key[i+1:], i >= 0
}

// nearestKey finds the key that somebody may have meant who wrote one in a section
// that doesn't exist: one of the same section, if there is one near, or else any.
func nearestKey(section, unknown string) string {
	_, wrote, _ := cutLast(unknown)
	full := map[string]string{} // the first key with a last word, which is the outermost
	var here, all []string
	for _, key := range keys() {
		in, last, _ := cutLast(key)
		if in == section {
			here = append(here, last)
		}
		if full[last] == "" {
			full[last] = key
		}
		all = append(all, last)
	}
	if near := preflight.Nearest(wrote, here); near != "" {
		return strings.TrimPrefix(section+"."+near, ".")
	}
	return full[preflight.Nearest(wrote, all)]
}
