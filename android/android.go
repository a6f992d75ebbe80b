package android

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// App is a mail app that takes managed configurations.
type App struct {
	Name    string // as --app takes it
	Title   string // as a person knows it
	Package string // its Android package
	Product string // its product in managed Google Play

	keys    []key
	options []string               // the keys of a template's android section that it has keys for
	refuse  func(*Config) error    // what the app can't do, or would reject
	notes   func(*Config) []string // what the admin must know of a configuration
	odd     func(*Config) []string // what stands out in one that was read
}

// apps are the apps that are filled in here, in the order in which messages name them.
// Others have their values given: see givenApps.
var apps = []App{gmail, outlook}

// Config is an account as the managed configuration of a mail app.
type Config struct {
	App        App
	Account    profiles.Account
	Leaf       *certs.Certificate // the user's certificate, where it is known
	Alias      string             // name of the key in the phone's key store
	Properties []Property         // in the order of the app's table
	Notes      []string           // what the admin must know: full sentences

	isGiven bool // the values are somebody's own: ReadValues
}

// Property is one key of a managed configuration.
type Property struct {
	Key   string
	Value any // string, bool or int; of values that were given, []string and bundles as well
}

// RefusedError says why an app can't have an account.
type RefusedError struct {
	App    string // its Title
	Reason string
	Hint   string // what to do instead; may be empty
}

// Error is one line, without the hint.
func (e *RefusedError) Error() string { return e.App + " cannot have this account: " + e.Reason }

// New makes the configuration of an account. The app is a.Android.App; where
// that is empty it is Outlook for oauth, the only one whose vendor says that it
// signs in with a certificate on the phone, and Gmail for direct.
//
// leaf may be nil for all but [Config.Bundle]. The error is a *RefusedError for
// what the app can't do and for values that it would reject.
func New(a profiles.Account, leaf *certs.Certificate) (*Config, error) {
	if _, err := preflight.Word("auth", string(a.Auth), preflight.Auths); err != nil {
		return nil, err
	}
	app, err := appFor(a)
	if err != nil {
		return nil, err
	}
	a.Android.App = app.Name
	a.Email, a.User = spellings.Replace(a.Email), spellings.Replace(a.User)
	c := &Config{App: app, Account: a, Leaf: leaf}
	c.Alias = c.alias()
	if err := c.refuseName(); err != nil {
		return nil, err
	}
	if err := c.refuseCertificate(); err != nil {
		return nil, err
	}
	if err := app.refuse(c); err != nil {
		return nil, err
	}
	if err := c.fill(); err != nil {
		return nil, err
	}
	c.Notes = append(app.notes(c), c.optionNotes()...)
	if !c.Everybody() {
		c.Notes = append(c.Notes, fmt.Sprintf("The values are those of %s alone: the Android Management API fills in no variables, so each user needs a policy of their own.", a.Email))
	}
	return c, nil
}

// fill walks the app's table.
func (c *Config) fill() error {
	for _, k := range c.App.keys {
		v := k.get(c)
		if s, ok := v.(string); ok && utf8.RuneCountInString(s) > schema.MaxString {
			return c.refused("", "%s has more than %d characters", k.Key.Key, schema.MaxString)
		}
		if v != nil {
			c.Properties = append(c.Properties, Property{k.Key.Key, v})
		}
	}
	return nil
}

// optionNotes says which options of the account the app has no keys for.
func (c *Config) optionNotes() []string {
	foreign := slices.DeleteFunc(c.Account.Android.Set(), func(option string) bool { return slices.Contains(c.App.options, option) })
	if len(foreign) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s has no keys for these options of the template, which another app has: %s.", c.App.Title, strings.Join(foreign, ", "))}
}

func appFor(a profiles.Account) (App, error) {
	byAuth := gmail.Name
	if a.Auth == preflight.OAuth {
		byAuth = outlook.Name
	}
	name := cmp.Or(a.Android.App, byAuth)
	for _, app := range apps {
		if app.Name == name {
			return app, nil
		}
	}
	if err := refuseGiven(name); err != nil {
		return App{}, err
	}
	_, err := preflight.Word("app", name, AppNames())
	return App{}, err
}

func names() []string {
	all := make([]string, len(apps))
	for i, app := range apps {
		all[i] = app.Name
	}
	return all
}

// appOf finds an app by its Android package.
func appOf(pkg string) (App, bool) {
	i := slices.IndexFunc(apps, func(app App) bool { return app.Package == pkg })
	if i < 0 {
		return App{}, false
	}
	return apps[i], true
}

func (c *Config) refused(hint, format string, args ...any) error {
	return &RefusedError{App: c.App.Title, Reason: fmt.Sprintf(format, args...), Hint: hint}
}

const (
	aliasPrefix = "eas-"
	maxAlias    = 64 // ub-common-name of RFC 5280: longer names are cut off in choosers
)

// Alias is the name under which a user's key is offered: "eas-" and the local
// part of the address, in lower case, with '-' for all but ASCII letters and
// digits. There is no dot in it, since Android's installer cuts a name at its
// last one (CertInstaller, getDefaultName).
func Alias(address string) string {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	alias := aliasPrefix + strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, local)
	return alias[:min(len(alias), maxAlias)]
}
