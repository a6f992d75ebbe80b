package profiles

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/easkit/easkit/certs/preflight"
)

// Template is how an organisation describes its mail accounts, as YAML. What it
// leaves out has the phone's own default.
type Template struct {
	Name         string            `yaml:"name"`
	Description  string            `yaml:"description"`
	Auth         preflight.Auth    `yaml:"auth"`
	Issuer       preflight.Issuer  `yaml:"issuer"`
	Mailbox      preflight.Mailbox `yaml:"mailbox"`
	Cloud        preflight.Cloud   `yaml:"cloud"`
	Host         string            `yaml:"host"`
	Organization string            `yaml:"organization"`
	Identifier   string            `yaml:"identifier"`
	AccountName  string            `yaml:"account-name"`
	SyncDays     *int              `yaml:"sync-days"`
	Services     TemplateServices  `yaml:"services"`
	IOS          TemplateIOS       `yaml:"ios"`
	Android      TemplateAndroid   `yaml:"android"`
}

// TemplateServices lists what is synced (all, where Sync is left out) and what
// of it the user cannot change.
type TemplateServices struct {
	Sync []string `yaml:"sync"`
	Lock []string `yaml:"lock"`
}

// TemplateIOS is the ios section: see [IOS] for what the keys mean.
type TemplateIOS struct {
	PreventMove              bool              `yaml:"prevent-move"`
	PreventAppSheet          bool              `yaml:"prevent-app-sheet"`
	AllowMailDrop            bool              `yaml:"allow-mail-drop"`
	DisableRecents           bool              `yaml:"disable-recents-syncing"`
	OverridePreviousPassword bool              `yaml:"override-previous-password"`
	SMIMESigning             bool              `yaml:"smime-signing"`
	SMIMEEncrypt             bool              `yaml:"smime-encrypt-by-default"`
	SMIMEPerMessage          bool              `yaml:"smime-per-message-switch"`
	VPNUUID                  string            `yaml:"vpn-uuid"`
	OAuthSignInURL           string            `yaml:"oauth-sign-in-url"`
	OAuthTokenURL            string            `yaml:"oauth-token-request-url"`
	AudioCallApp             string            `yaml:"audio-call-app"`
	RemovalDate              string            `yaml:"removal-date"`
	RemoveAfterDays          int               `yaml:"remove-after-days"`
	Expires                  string            `yaml:"expires"`
	RemovalDisallowed        bool              `yaml:"removal-disallowed"`
	Consent                  map[string]string `yaml:"consent"`
}

// TemplateAndroid is the android section: see [Android].
type TemplateAndroid struct {
	App                    string `yaml:"app"`
	Signature              string `yaml:"signature"`
	DeviceID               string `yaml:"device-id"`
	BlockUnmanagedAccounts bool   `yaml:"block-unmanaged-accounts"`
	FocusedInbox           *bool  `yaml:"focused-inbox"`
	SaveContacts           *bool  `yaml:"save-contacts"`
	BlockExternalImages    *bool  `yaml:"block-external-images"`
}

// serviceNames are the services by the words of the template.
var serviceNames = []string{"mail", "contacts", "calendars", "reminders", "notes"}

// AndroidApps are the Android mail apps there are configurations for.
var AndroidApps = []string{"gmail", "outlook"}

// maxTemplate bounds a template: a page of YAML, with room for consent texts in
// many languages.
const maxTemplate = 1 << 20

// TemplateError says where in a template what is wrong.
type TemplateError struct {
	Line, Column int
	Key          string // "ios.removal-date"; empty for an error of syntax
	Reason       string
}

// Error is one line: "line 4, sync-days: …".
func (e *TemplateError) Error() string {
	where := fmt.Sprintf("line %d", e.Line)
	if e.Line == 0 {
		where = "the template"
	}
	if e.Key != "" {
		where += ", " + e.Key
	}
	return where + ": " + e.Reason
}

// ParseTemplate reads a YAML template. Unknown keys, wrong types and values
// that no phone takes are refused with a *TemplateError that names line and key.
func ParseTemplate(data []byte) (Template, error) {
	var t Template
	if len(data) > maxTemplate {
		return t, &TemplateError{Reason: fmt.Sprintf("it has %d bytes, more than the %d that a template may have", len(data), maxTemplate)}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return t, templateError(err)
	}
	if len(file.Docs) > 1 {
		return t, &TemplateError{Reason: "it holds more than one YAML document"}
	}
	if usesAliases(file) {
		return t, &TemplateError{Reason: "anchors and aliases are not supported: write the value out"}
	}
	if err := yaml.NewDecoder(strings.NewReader(string(data)), yaml.Strict()).Decode(&t); err != nil && !errors.Is(err, io.EOF) {
		return t, templateError(err)
	}
	for _, rule := range templateRules {
		if reason := rule.check(t); reason != "" {
			line, column := position(file, rule.key)
			return t, &TemplateError{Line: line, Column: column, Key: rule.key, Reason: reason}
		}
	}
	return t, nil
}

// usesAliases keeps out the anchors by which a few bytes of YAML unfold to
// gigabytes.
func usesAliases(file *ast.File) bool {
	found := false
	for _, doc := range file.Docs {
		if doc.Body != nil {
			found = found || len(ast.Filter(ast.AliasType, doc.Body)) > 0
		}
	}
	return found
}

// templateError turns an error of the YAML library into ours.
func templateError(err error) error {
	e := &TemplateError{Reason: err.Error()}
	var known yaml.Error
	if errors.As(err, &known) {
		e.Reason = known.GetMessage()
		if token := known.GetToken(); token != nil {
			e.Line, e.Column = token.Position.Line, token.Position.Column
			if unknown, ok := unknownField(e.Reason); ok {
				e.Key, e.Reason = unknown, "this key is unknown"
				if near := nearestKey(unknown); near != "" {
					e.Reason += fmt.Sprintf("; did you mean %q?", near)
				}
			}
		}
	}
	return e
}

var unknownFieldPattern = regexp.MustCompile(`^unknown field "(.*)"$`)

func unknownField(message string) (string, bool) {
	m := unknownFieldPattern.FindStringSubmatch(message)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// position finds the line of a dotted key.
func position(file *ast.File, key string) (line, column int) {
	path, err := yaml.PathString("$." + key)
	if err != nil {
		return 0, 0
	}
	node, err := path.FilterFile(file)
	if err != nil || node == nil || node.GetToken() == nil {
		return 0, 0
	}
	p := node.GetToken().Position
	return p.Line, p.Column
}

// templateRule is what a value must satisfy beyond its type.
type templateRule struct {
	key   string
	check func(Template) string // the reason why not, or ""
}

var templateRules = []templateRule{
	{"auth", func(t Template) string { return word("auth", t.Auth, preflight.Auths) }},
	{"issuer", func(t Template) string { return word("issuer", t.Issuer, preflight.Issuers) }},
	{"mailbox", func(t Template) string { return word("mailbox", t.Mailbox, preflight.Mailboxes) }},
	{"cloud", func(t Template) string { return word("cloud", t.Cloud, preflight.Clouds) }},
	{"host", func(t Template) string {
		if t.Host == "" {
			return ""
		}
		_, err := ParseEndpoint(t.Host)
		return reason(err)
	}},
	{"identifier", func(t Template) string {
		if t.Identifier != "" && !identifierPattern.MatchString(t.Identifier) {
			return fmt.Sprintf("%q is not a reverse-DNS name such as com.contoso.mail", t.Identifier)
		}
		return ""
	}},
	{"sync-days", func(t Template) string {
		if t.SyncDays != nil && !slices.Contains(SyncWindows, *t.SyncDays) {
			return fmt.Sprintf("%d is not one of %v (0 is all mail)", *t.SyncDays, SyncWindows)
		}
		return ""
	}},
	{"services.sync", func(t Template) string { return services(t.Services.Sync) }},
	{"services.lock", func(t Template) string { return services(t.Services.Lock) }},
	{"ios.vpn-uuid", func(t Template) string {
		if t.IOS.VPNUUID != "" && !uuidPattern.MatchString(t.IOS.VPNUUID) {
			return fmt.Sprintf("%q is not a UUID", t.IOS.VPNUUID)
		}
		return ""
	}},
	{"ios.oauth-sign-in-url", func(t Template) string { return httpsURL(t.IOS.OAuthSignInURL) }},
	{"ios.oauth-token-request-url", func(t Template) string { return httpsURL(t.IOS.OAuthTokenURL) }},
	{"ios.removal-date", func(t Template) string { _, err := parseDay(t.IOS.RemovalDate); return reason(err) }},
	{"ios.expires", func(t Template) string { _, err := parseDay(t.IOS.Expires); return reason(err) }},
	{"ios.remove-after-days", func(t Template) string {
		if t.IOS.RemoveAfterDays < 0 || t.IOS.RemoveAfterDays > maxRemoveAfterDays {
			return fmt.Sprintf("%d is not a number of days from 1 to %d", t.IOS.RemoveAfterDays, maxRemoveAfterDays)
		}
		return ""
	}},
	{"android.app", func(t Template) string { return word("app", t.Android.App, append([]string{""}, AndroidApps...)) }},
	{"android.device-id", func(t Template) string {
		if t.Android.DeviceID != "" && !deviceIDPattern.MatchString(t.Android.DeviceID) {
			return fmt.Sprintf("%q is not 1 to 32 letters and digits, so Gmail would ignore it", t.Android.DeviceID)
		}
		return ""
	}},
}

// maxRemoveAfterDays is ten years: more is a slip, and no certificate lives so long.
const maxRemoveAfterDays = 3650

var (
	identifierPattern = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	uuidPattern       = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	deviceIDPattern   = regexp.MustCompile(`^[A-Za-z0-9]{1,32}$`)
)

func word[T ~string](what string, v T, allowed []T) string {
	if v == "" {
		return ""
	}
	_, err := preflight.Word(what, string(v), allowed)
	return reason(err)
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func services(words []string) string {
	for _, w := range words {
		if !slices.Contains(serviceNames, w) {
			return fmt.Sprintf("%q is not one of %s", w, strings.Join(serviceNames, ", "))
		}
	}
	return ""
}

func httpsURL(s string) string {
	if s == "" {
		return ""
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Sprintf("%q is not an https:// URL", s)
	}
	return ""
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
		return time.Time{}, fmt.Errorf("%q is neither a date (2027-01-31) nor a time (2027-01-31T08:00:00Z)", s)
	}
	return t.UTC(), nil
}
