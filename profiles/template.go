package profiles

import (
	"errors"
	"fmt"
	"reflect"

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
	Email        string            `yaml:"email"` // a placeholder: see IntuneTokens
	User         string            `yaml:"user"`  // a placeholder
	SyncDays     *int              `yaml:"sync-days"`
	Services     TemplateServices  `yaml:"services"`
	IOS          TemplateIOS       `yaml:"ios"`
	Android      TemplateAndroid   `yaml:"android"`
	Intune       TemplateIntune    `yaml:"intune"`
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
	SCEP                     TemplateSCEP      `yaml:"scep"`
	ACME                     TemplateACME      `yaml:"acme"`
}

// TemplateSCEP is the section scep of ios: see [SCEP]. It counts where URL is set, or
// the call gives one.
type TemplateSCEP struct {
	URL         string   `yaml:"url"`
	Name        string   `yaml:"name"`
	KeySize     *int     `yaml:"key-size"`
	KeyUsage    *int     `yaml:"key-usage"`
	Fingerprint string   `yaml:"fingerprint"`
	Retries     *int     `yaml:"retries"`
	RetryDelay  *int     `yaml:"retry-delay"`
	Subject     []string `yaml:"subject"`
}

// TemplateACME is the section acme of ios: see [ACME]. It counts where URL is set, or
// the call gives one.
type TemplateACME struct {
	URL              string   `yaml:"url"`
	ClientIdentifier string   `yaml:"client-identifier"`
	KeyType          string   `yaml:"key-type"`
	KeySize          *int     `yaml:"key-size"`
	HardwareBound    *bool    `yaml:"hardware-bound"`
	Attest           *bool    `yaml:"attest"`
	Subject          []string `yaml:"subject"`
}

// TemplateAndroid is the android section: see [Android].
type TemplateAndroid struct {
	App                    string   `yaml:"app"`
	Signature              string   `yaml:"signature"`
	DeviceID               string   `yaml:"device-id"`
	BlockUnmanagedAccounts bool     `yaml:"block-unmanaged-accounts"`
	AllowedAccounts        []string `yaml:"allowed-accounts"`
	FocusedInbox           *bool    `yaml:"focused-inbox"`
	SaveContacts           *bool    `yaml:"save-contacts"`
	SyncCalendars          *bool    `yaml:"sync-calendars"`
	BlockExternalImages    *bool    `yaml:"block-external-images"`
	ExternalRecipientsTip  *bool    `yaml:"external-recipients-tip"`
	DefaultSignature       *bool    `yaml:"default-signature"`
	SuggestedReplies       *bool    `yaml:"suggested-replies"`
	TextPredictions        *bool    `yaml:"text-predictions"`
	OfficeFeed             *bool    `yaml:"office-feed"`
	OrganizeByThread       *bool    `yaml:"organize-by-thread"`
	PlayMyEmails           *bool    `yaml:"play-my-emails"`
	Themes                 *bool    `yaml:"themes"`
	SMIME                  *bool    `yaml:"smime"`
	SMIMESignAll           *bool    `yaml:"smime-sign-all"`
	SMIMEEncryptAll        *bool    `yaml:"smime-encrypt-all"`
	SMIMECertsFromIntune   *bool    `yaml:"smime-certs-from-intune"`
	SMIMELDAPHost          string   `yaml:"smime-ldap-host"`
	Lock                   []string `yaml:"lock"`
	IntuneCertificate      string   `yaml:"intune-certificate"`
}

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
// that no phone takes are refused with a *TemplateError that names line and key;
// an empty value, or null, is one that was left out. A template has at most
// 128 KiB, is one YAML document in UTF-8 and has no anchors, aliases and tags.
func ParseTemplate(data []byte) (Template, error) {
	var t Template
	root, err := parseYAML(data)
	if err != nil {
		return Template{}, err
	}
	d := decoder{places: map[string]place{}}
	if err := d.section("", root, reflect.ValueOf(&t).Elem()); err != nil {
		return Template{}, err
	}
	for _, rule := range rulesOfTemplates() {
		if err := rule.check(t); err != nil {
			at := d.places[rule.key]
			var item *itemError
			if errors.As(err, &item) {
				at = d.places[rule.key+item.at]
			}
			return Template{}, at.fault(rule.key, "%v", err)
		}
	}
	return t, nil
}
