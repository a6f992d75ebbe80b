package inventory

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Verdict says what is to be done with a profile of Intune.
type Verdict string

// The verdicts.
const (
	Move      Verdict = "move"  // it sets up a certificate straight to Exchange Online
	Look      Verdict = "look"  // it may: a host that isn't known, or keys that no vendor documents
	Stays     Verdict = "stays" // OAuth
	NoConcern Verdict = "none"  // a password, or an app that doesn't use EAS
)

var verdicts = []Verdict{Move, Look, Stays, NoConcern}

// Policy is a mail profile, or an app configuration for a mail app, of Intune.
type Policy struct {
	Name        string   `json:"name"`
	ID          string   `json:"id,omitempty"`
	Type        string   `json:"type"` // of Graph, without the namespace
	Host        string   `json:"host,omitempty"`
	Verdict     Verdict  `json:"verdict"`
	Why         string   `json:"why"`
	Assignments []string `json:"assignments"` // as far as the export has them
	Evidence    Evidence `json:"evidence"`
}

func comparePolicies(a, b Policy) int {
	return cmp.Or(cmp.Compare(slices.Index(verdicts, a.Verdict), slices.Index(verdicts, b.Verdict)), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
}

// intuneObject is what matters of deviceConfiguration and
// managedDeviceMobileAppConfiguration.
type intuneObject struct {
	kind, name, id                  string
	host, method, oauth             string
	payload, payloadJSON, packageID string
	settings                        []setting
	assignments                     []string
}

// setting is a key of an app configuration with its value.
type setting struct{ key, value string }

// mailProfiles are Graph's types of mail profiles that name the authentication
// method, and whether they can say OAuth. Those for work are the older names of
// those for the work profile, which exports still have.
var mailProfiles = map[string]bool{
	"iosEasEmailProfileConfiguration":            true,
	"androidEasEmailProfileConfiguration":        false,
	"androidWorkProfileGmailEasConfiguration":    false,
	"androidWorkProfileNineWorkEasConfiguration": false,
	"androidForWorkGmailEasConfiguration":        false,
	"androidForWorkNineWorkEasConfiguration":     false,
	"androidWorkProfileEasEmailProfileBase":      false,
	"androidForWorkEasEmailProfileBase":          false,
	"windows10EasEmailProfileConfiguration":      false,
	"windowsPhoneEASEmailProfileConfiguration":   false,
}

// profile takes in one object of Intune. Most are about other things than mail,
// and are passed over.
func (c *collector) profile(record []byte, place int) error {
	o, err := readIntune(record)
	if err != nil {
		return err
	}
	p, isMail := c.judgeProfile(o)
	if !isMail {
		return nil
	}
	p.Name, p.ID, p.Type = kept(o.name), kept(o.id), kept(o.kind)
	p.Host, p.Why = kept(p.Host), kept(p.Why)
	p.Assignments = orEmpty(o.assignments)
	p.Evidence = Evidence{File: c.files[len(c.files)-1].Name, Unit: "record", First: place, Last: place, Rows: 1}
	c.policies = append(c.policies, p)
	return nil
}

func readIntune(record []byte) (*intuneObject, error) {
	o := &intuneObject{}
	err := fields(record, func(name, value []byte) (err error) {
		switch string(name) {
		case "@odata.type":
			o.kind = strings.TrimPrefix(strings.TrimPrefix(text(value), "#"), "microsoft.graph.")
		case "displayname":
			o.name = text(value)
		case "id":
			o.id = text(value)
		case "hostname":
			o.host = text(value)
		case "authenticationmethod":
			o.method = text(value)
		case "useoauth":
			o.oauth = text(value)
		case "payload":
			o.payload = text(value)
		case "packageid":
			o.packageID = text(value)
		case "payloadjson":
			o.payloadJSON = cmp.Or(text(value), string(value)) // IntuneCD unpacks it
		case "settings":
			err = o.appSettings(value)
		case "assignments":
			err = o.assigned(value)
		}
		return err
	})
	return o, err
}

// appSettings reads the settings of iosMobileAppConfiguration.
func (o *intuneObject) appSettings(value []byte) error {
	if len(value) == 0 || value[0] != '[' {
		return nil
	}
	return elements(value, func(item []byte) error {
		var s setting
		err := eachField(item, func(name, value []byte) {
			switch string(name) {
			case "appconfigkey":
				s.key = text(value)
			case "appconfigkeyvalue":
				s.value = text(value)
			}
		})
		o.settings = append(o.settings, s)
		return err
	})
}

// assigned reads deviceConfigurationAssignment objects.
func (o *intuneObject) assigned(value []byte) error {
	return elements(value, func(item []byte) error {
		target := item
		if err := eachField(item, func(name, value []byte) {
			if string(name) == "target" && isObject(value) {
				target = value
			}
		}); err != nil {
			return err
		}
		var kind, group string
		if err := eachField(target, func(name, value []byte) {
			switch string(name) {
			case "@odata.type":
				kind = text(value)
			case "groupid", "groupdisplayname", "groupname":
				group = cmp.Or(group, text(value))
			}
		}); err != nil {
			return err
		}
		o.assignments = append(o.assignments, kept(assignment(kind, group)))
		return nil
	})
}

// assignment says in words whom an assignment is for.
func assignment(kind, group string) string {
	kind = kind[strings.LastIndexByte(kind, '.')+1:]
	switch kind {
	case "allLicensedUsersAssignmentTarget":
		return "all users"
	case "allDevicesAssignmentTarget":
		return "all devices"
	case "exclusionGroupAssignmentTarget":
		return "not group " + group
	case "groupAssignmentTarget":
		return "group " + group
	}
	return cmp.Or(kind, "unknown") + " " + group
}

// judgeProfile says what a profile sets up; isMail is false for one that is no
// concern of mail.
func (c *collector) judgeProfile(o *intuneObject) (p Policy, isMail bool) {
	canOAuth, isProfile := mailProfiles[o.kind]
	switch {
	case isProfile:
		return c.mailProfile(o, canOAuth), true
	case o.kind == "iosCustomConfiguration":
		return c.customProfile(o)
	case o.kind == "androidManagedStoreAppConfiguration" || o.payloadJSON != "":
		return c.androidApp(o)
	case o.kind == "iosMobileAppConfiguration":
		return outlookSettings(o.settings)
	}
	return p, false
}

// mailProfile judges Intune's own mail profiles.
func (c *collector) mailProfile(o *intuneObject, canOAuth bool) Policy {
	p := Policy{Host: o.host}
	switch {
	case strings.HasPrefix(o.kind, "windows"):
		p.Verdict, p.Why = NoConcern, "Windows Mail, which it is for, has ended"
	case canOAuth && strings.EqualFold(o.oauth, "true"):
		p.Verdict, p.Why = Stays, "useOAuth is true"
	case strings.EqualFold(o.method, "certificate"), strings.EqualFold(o.method, "derivedCredential"):
		p.Verdict, p.Why = c.directTo(o.host, "authenticationMethod is "+o.method)
		if canOAuth {
			p.Why += ", useOAuth is not true"
		}
	case o.method == "":
		p.Verdict, p.Why = Look, "the export has no authenticationMethod"
	default:
		p.Verdict, p.Why = NoConcern, "authenticationMethod is "+o.method
	}
	return p
}

// directTo judges a certificate that is sent to a host. Where a mailbox is can't
// be seen from a host of one's own: Exchange there sends phones on to Exchange
// Online.
func (c *collector) directTo(host, why string) (Verdict, string) {
	if c.o.Online != nil && c.o.Online(host) {
		return Move, why + ", and the host is Exchange Online's"
	}
	return Look, why + "; for mailboxes in Exchange Online it ends, whatever the host"
}

// customProfile judges a configuration profile that was uploaded as a whole.
func (c *collector) customProfile(o *intuneObject) (p Policy, isMail bool) {
	data, err := base64.StdEncoding.DecodeString(o.payload)
	if err != nil || len(data) == 0 {
		data = []byte(o.payload) // IntuneCD unpacks it
	}
	if !strings.Contains(string(data), "com.apple.eas.account") {
		return p, false
	}
	p.Verdict, p.Why = Look, "it is a configuration profile with an Exchange account"
	if c.o.Profile == nil {
		return p, true
	}
	s, err := c.o.Profile(data)
	switch {
	case err != nil:
		p.Why += fmt.Sprintf(" that can't be read: %v", err)
	case s.OAuth:
		p.Verdict, p.Why = Stays, "the account has OAuth on"
	case s.Certificate:
		p.Verdict, p.Why = c.directTo(s.Host, "the account has a certificate and no OAuth")
	default:
		p.Why += " without OAuth and without a certificate of its own: a password, or a certificate from elsewhere"
	}
	p.Host = s.Host
	return p, true
}

// androidApp judges an app configuration for Android.
func (c *collector) androidApp(o *intuneObject) (p Policy, isMail bool) {
	app, settings, err := managedProperties(o.payloadJSON)
	app = cmp.Or(strings.TrimPrefix(o.packageID, "app:"), app)
	if err != nil {
		if isMailPackage(app) {
			return Policy{Verdict: Look, Why: "its payloadJson can't be read: " + err.Error()}, true
		}
		return p, false
	}
	get := func(key string) string {
		for _, s := range settings {
			if strings.EqualFold(s.key, key) {
				return s.value
			}
		}
		return ""
	}
	switch {
	case app == "com.google.android.gm":
		p.Host = get("exchange_host")
		if get("exchange_login_certificate_alias") == "" {
			p.Verdict, p.Why = NoConcern, "it gives Gmail no certificate"
			return p, p.Host != ""
		}
		p.Verdict, p.Why = c.directTo(p.Host, "Gmail has exchange_login_certificate_alias")
		return p, true
	case app == "com.microsoft.office.outlook":
		return outlookSettings(settings)
	case isMailPackage(app):
		return Policy{Verdict: Look, Why: "the keys of " + app + " are not documented: look whether it is given a certificate"}, true
	}
	return p, false
}

// isMailPackage knows the other mail apps for Android by their packages.
func isMailPackage(app string) bool {
	return strings.HasPrefix(app, "com.ninefolders.hd3") || app == "com.samsung.android.email.provider" || app == "com.google.android.gm"
}

// outlookSettings judges Outlook's configuration: the app has its own protocol,
// and OAuth unless it is told otherwise.
func outlookSettings(settings []setting) (p Policy, isMail bool) {
	for _, s := range settings {
		if s.key != "com.microsoft.outlook.EmailProfile.AccountType" {
			continue
		}
		if strings.EqualFold(s.value, "BasicAuth") {
			return Policy{Verdict: NoConcern, Why: "Outlook with a password"}, true
		}
		return Policy{Verdict: Stays, Why: "Outlook with " + s.value}, true
	}
	return p, false
}

// managedProperties reads Intune's payloadJson: Base64 of a managed
// configuration, or that itself.
func managedProperties(payload string) (app string, settings []setting, err error) {
	data := []byte(strings.TrimSpace(payload))
	if len(data) == 0 {
		return "", nil, errors.New("it is empty")
	}
	if data[0] != '{' {
		if data, err = base64.StdEncoding.DecodeString(string(data)); err != nil {
			return "", nil, err
		}
	}
	if !isObject(data) {
		return "", nil, errors.New("it holds no object")
	}
	err = fields(data, func(name, value []byte) error {
		switch string(name) {
		case "productid":
			app = strings.TrimPrefix(text(value), "app:")
		case "managedproperty":
			return elements(value, func(item []byte) error {
				var s setting
				err := eachField(item, func(name, value []byte) {
					switch {
					case string(name) == "key":
						s.key = text(value)
					case strings.HasPrefix(string(name), "value"):
						s.value = text(value)
					}
				})
				settings = append(settings, s)
				return err
			})
		}
		return nil
	})
	return app, settings, err
}
