package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/preflight"
)

// Intune says how Microsoft Intune brings an account and its certificate to phones.
// The zero value of a field leaves it to the default.
type Intune struct {
	Name           string     // how the names of all objects begin: see MaxIntuneName
	Groups         []string   // of users: their names, or ids of Entra ID
	Platforms      []string   // of IntunePlatforms; none is all of them
	PKCS           IntunePKCS // gets the certificate where it is not the zero value
	SCEP           IntuneSCEP // gets the certificate where it has URLs
	Subject        string     // of the certificate, with CertificateVariables
	ValidityDays   int        // of the certificate, MinIntuneValidity to MaxIntuneValidity
	RenewAtPercent int        // of the lifetime that is left: 1 to 99
}

// IntunePKCS is a certificate from a Windows CA whose key the Intune connector makes
// (https://learn.microsoft.com/intune/intune-service/protect/certificates-pfx-configure).
type IntunePKCS struct {
	Server   string // host name of the CA: "ca01.contoso.com"
	CA       string // its name: "Contoso Issuing CA"
	Template string // name of the certificate template: "IntuneUser"
}

// IntuneSCEP is a certificate for a key that the phone makes
// (https://learn.microsoft.com/intune/intune-service/protect/certificates-profile-scep).
type IntuneSCEP struct {
	URLs    []string // of the servers, https://: fully managed phones take no other
	KeySize int      // of the RSA key, in bits: of IntuneKeySizes
	Hash    string   // of the request's signature: of IntuneHashes
}

// IntunePlatforms are what phones objects are made for: iPhone and iPad, Android with
// a work profile on the user's own phone, and the company's own Android phones.
var IntunePlatforms = []string{"ios", "work-profile", "fully-managed"}

// IntuneKeySizes are those of Intune's (keySize) that are not weak.
var IntuneKeySizes = []int{2048, 4096}

// IntuneHashes are Graph's words (hashAlgorithms).
var IntuneHashes = []string{"sha1", "sha2"}

// What a set for Intune has where the template leaves it out.
const (
	DefaultIntuneSubject  = "CN={{UserPrincipalName}}"
	DefaultIntuneValidity = 365 // days
	DefaultIntuneRenewal  = 20  // percent, Intune's own
	DefaultIntuneKeySize  = 2048
	DefaultIntuneHash     = "sha2"
)

// The bounds of a certificate's life in days. Intune takes 24 months at most, and
// warns of less than five days (IntuneSCEP's source).
const (
	MinIntuneValidity = 5
	MaxIntuneValidity = 730
)

// MaxIntuneName is the length of Intune.Name in characters: what is put behind it
// leaves the whole within a file name and a column of the portal.
const MaxIntuneName = 60

// notInNames are the characters that names of objects can't have: those that file
// names can't have on Windows, since tools keep an object in a file of its name; those
// that break the filters and lists by which tools look objects up; and braces, which
// look like placeholders, and nobody fills those in.
const notInNames = `,'"&#%+|\/:*?<>{}`

// CertificateVariables are what Intune fills in where a certificate profile for users
// has them. They are not those of apps and custom profiles. Microsoft's pages spell
// two of them in two ways (IntuneSCEP's and IntunePKCS's source).
var CertificateVariables = []string{
	"{{UserPrincipalName}}", "{{EmailAddress}}", "{{UserName}}", "{{OnPremisesSamAccountName}}", "{{onPremisesSamAccountName}}",
	"{{OnPrem_Distinguished_Name}}", "{{AAD_Device_ID}}", "{{AzureADDeviceId}}", "{{Device_Serial}}", "{{Device_IMEI}}",
	"{{SerialNumber}}", "{{SERIALNUMBER}}", "{{IMEINumber}}", "{{IMEI}}", "{{MEID}}", "{{WiFiMacAddress}}", "{{DeviceName}}",
}

// certificateVariableFor are the variables of certificate profiles that mean what a
// token of apps means.
var certificateVariableFor = map[string]string{
	"{{mail}}": "{{EmailAddress}}", "{{userprincipalname}}": "{{UserPrincipalName}}", "{{username}}": "{{UserName}}",
	"{{partialupn}}": "{{UserName}}", "{{aaddeviceid}}": "{{AAD_Device_ID}}", "{{serialnumber}}": "{{SerialNumber}}",
}

// TemplateIntune is the intune section: see [Intune].
type TemplateIntune struct {
	Name           string             `yaml:"name"`
	Groups         []string           `yaml:"groups"`
	Platforms      []string           `yaml:"platforms"`
	PKCS           TemplateIntunePKCS `yaml:"pkcs"`
	SCEP           TemplateIntuneSCEP `yaml:"scep"`
	Subject        string             `yaml:"subject"`
	ValidityDays   *int               `yaml:"validity-days"`
	RenewAtPercent *int               `yaml:"renew-at-percent"`
}

// TemplateIntunePKCS is the section pkcs of intune: see [IntunePKCS]. It counts where
// any of its keys is set.
type TemplateIntunePKCS struct {
	Server   string `yaml:"server"`
	CA       string `yaml:"ca"`
	Template string `yaml:"template"`
}

// TemplateIntuneSCEP is the section scep of intune: see [IntuneSCEP]. It counts where
// URLs are set.
type TemplateIntuneSCEP struct {
	URLs    []string `yaml:"urls"`
	KeySize *int     `yaml:"key-size"`
	Hash    string   `yaml:"hash"`
}

// options resolves the intune section.
func (t TemplateIntune) options() Intune {
	return Intune{
		Name: t.Name, Groups: t.Groups, Platforms: t.Platforms, Subject: t.Subject, PKCS: IntunePKCS(t.PKCS),
		SCEP:         IntuneSCEP{URLs: t.SCEP.URLs, KeySize: or(t.SCEP.KeySize, 0), Hash: t.SCEP.Hash},
		ValidityDays: or(t.ValidityDays, 0), RenewAtPercent: or(t.RenewAtPercent, 0),
	}
}

// ByPKCS reports whether the certificate comes from a Windows CA by the connector.
func (i Intune) ByPKCS() bool { return i.PKCS != IntunePKCS{} }

// BySCEP reports whether the phone makes the key and asks for the certificate by SCEP.
func (i Intune) BySCEP() bool { return len(i.SCEP.URLs) > 0 }

// IntuneOptions resolves what the account says of Intune, with the defaults in place
// of what is left out; Name then is the organisation, or the account's name, or its
// identifier, as far as the names of objects can have it. The error names the key of a
// template whose value Intune or a phone would not take.
func (a Account) IntuneOptions() (Intune, error) {
	i := a.Intune
	for _, rule := range intuneValues {
		if err := rule.check(i); err != nil {
			return Intune{}, fmt.Errorf("%s: %w", rule.key, err)
		}
	}
	if i.Name == "" {
		i.Name = a.nameForIntune()
	}
	if len(i.Platforms) == 0 {
		i.Platforms = IntunePlatforms
	}
	i.Subject = cmp.Or(i.Subject, DefaultIntuneSubject)
	i.ValidityDays = cmp.Or(i.ValidityDays, DefaultIntuneValidity)
	i.RenewAtPercent = cmp.Or(i.RenewAtPercent, DefaultIntuneRenewal)
	i.SCEP.KeySize, i.SCEP.Hash = cmp.Or(i.SCEP.KeySize, DefaultIntuneKeySize), cmp.Or(i.SCEP.Hash, DefaultIntuneHash)
	return i, nil
}

// nameForIntune makes a name of what the account has.
func (a Account) nameForIntune() string {
	for _, text := range []string{a.Organization, a.Name, a.Identifier} {
		if len(tokensOf(text)) > 0 {
			continue
		}
		if name := IntuneName(text); name != "" {
			return name
		}
	}
	return DefaultIdentifier
}

// IntuneName is a text without what the names of objects can't have, cut to
// MaxIntuneName characters: "Contoso, Ltd." becomes "Contoso Ltd".
func IntuneName(text string) string {
	clean := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if strings.ContainsRune(notInNames, r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)), " ")
	if runes := []rune(clean); len(runes) > MaxIntuneName {
		clean = string(runes[:MaxIntuneName])
	}
	return strings.Trim(clean, " .")
}

// intuneValue is what a resolved value must satisfy: the rule of a template, and of
// whoever fills [Account] by another way.
type intuneValue struct {
	key   string
	check func(Intune) error // may be an *itemError
}

var intuneValues = []intuneValue{
	{"intune.name", func(i Intune) error { return intuneName(i.Name) }},
	{"intune.groups", func(i Intune) error { return intuneGroups(i.Groups) }},
	{"intune.platforms", func(i Intune) error {
		if i.Platforms != nil && len(i.Platforms) == 0 {
			return errors.New("the list is empty: leave the key out for all platforms")
		}
		return listed(i.Platforms, IntunePlatforms)
	}},
	{"intune.pkcs", func(i Intune) error {
		if p := i.PKCS; i.ByPKCS() && (p.Server == "" || p.CA == "" || p.Template == "") {
			return errors.New("server, ca and template belong together, and one of them is missing")
		}
		return nil
	}},
	{"intune.pkcs.server", func(i Intune) error {
		return match(i.PKCS.Server, hostPattern(), "a host name such as ca01.contoso.com")
	}},
	{"intune.pkcs.ca", func(i Intune) error {
		return match(i.PKCS.CA, caNamePattern(), `the name of a CA alone, such as "Contoso Issuing CA": the server has a key of its own`)
	}},
	{"intune.pkcs.template", func(i Intune) error {
		return match(i.PKCS.Template, caNamePattern(), "the name of a certificate template, such as IntuneUser")
	}},
	{"intune.scep.urls", func(i Intune) error {
		for n, url := range i.SCEP.URLs {
			if err := httpsURL(url); err != nil || url == "" {
				return &itemError{itemAt(n), fmt.Errorf("%q is not an https:// URL", clip(url))}
			}
		}
		return nil
	}},
	{"intune.scep.key-size", func(i Intune) error {
		if i.SCEP.KeySize == 0 {
			return nil
		}
		return oneOf(&i.SCEP.KeySize, IntuneKeySizes)
	}},
	{"intune.scep.hash", func(i Intune) error {
		return word(i.SCEP.Hash, IntuneHashes)
	}},
	{"intune.subject", func(i Intune) error { return intuneSubject(i.Subject) }},
	{"intune.validity-days", func(i Intune) error { return between(i.ValidityDays, MinIntuneValidity, MaxIntuneValidity) }},
	{"intune.renew-at-percent", func(i Intune) error { return between(i.RenewAtPercent, minRenewal, maxRenewal) }},
}

// The bounds of renewalThresholdPercentage (Graph, iosCertificateProfileBase).
const minRenewal, maxRenewal = 1, 99

// caNamePattern is a name in AD CS on one line. The backslash is what stands between a
// server's and a CA's name where Windows writes both.
var caNamePattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^\\\n\t]+$`) })

// intuneRules are the rules of the section intune. Numbers are looked at before zero
// comes to mean that they were left out.
func intuneRules() []templateRule {
	rules := make([]templateRule, len(intuneValues))
	for i, v := range intuneValues {
		rules[i] = templateRule{v.key, func(t Template) error { return v.check(t.Intune.asWritten()) }}
	}
	return rules
}

// asWritten is the section with numbers that are 0 told from those that are left out.
func (t TemplateIntune) asWritten() Intune {
	i := t.options()
	i.SCEP.KeySize = written(t.SCEP.KeySize)
	i.ValidityDays, i.RenewAtPercent = written(t.ValidityDays), written(t.RenewAtPercent)
	return i
}

// written is a number of a template; one that is 0 is told from one that isn't there.
func written(n *int) int {
	if n != nil && *n == 0 {
		return -1
	}
	return or(n, 0)
}

// between checks a number that has bounds, where it is set.
func between(n, least, most int) error {
	if n == 0 || least <= n && n <= most {
		return nil
	}
	return fmt.Errorf("it is a number from %d to %d", least, most)
}

func intuneName(name string) error {
	switch {
	case name == "":
		return nil
	case utf8.RuneCountInString(name) > MaxIntuneName:
		return fmt.Errorf("%q has more than %d characters", clip(name), MaxIntuneName)
	case name != IntuneName(name):
		return fmt.Errorf("%q cannot be the name of a file: no spaces or dots around it, no two spaces, and none of %s", clip(name), notInNames)
	}
	return nil
}

// intuneGroups refuses what can't be the name of a group, or is there twice.
func intuneGroups(groups []string) error {
	for i, group := range groups {
		switch {
		case strings.TrimSpace(group) == "" || strings.ContainsAny(group, "\n\t"):
			return &itemError{itemAt(i), fmt.Errorf("%q is no name of a group", clip(group))}
		case slices.Contains(groups[:i], group):
			return &itemError{itemAt(i), fmt.Errorf("%q is there twice", clip(group))}
		}
	}
	return nil
}

// intuneSubjectPattern is a list of parts as CertStrToName reads it, as far as easkit
// looks: KEY=value, with commas between.
var intuneSubjectPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9.]+=[^\n\t]+$`)
})

func intuneSubject(subject string) error {
	if err := match(subject, intuneSubjectPattern(), "a subject such as CN={{UserPrincipalName}},O=Contoso"); err != nil {
		return err
	}
	for _, v := range tokensOf(subject) {
		if slices.Contains(CertificateVariables, v) {
			continue
		}
		near := cmp.Or(certificateVariableFor[v], preflight.Nearest(v, CertificateVariables))
		if near != "" {
			return fmt.Errorf("%q is no variable of certificate profiles, which have names of their own; did you mean %q?", clip(v), near)
		}
		return fmt.Errorf("%q is no variable of certificate profiles: it is one of %s", clip(v), strings.Join(CertificateVariables, ", "))
	}
	return nil
}
