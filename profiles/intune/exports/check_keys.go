package exports

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// passwords are the keys of Apple's payloads that hold a secret in the clear
// (https://github.com/apple/device-management, mdm/profiles), whatever dictionary of the
// payload they are in. Of those that package ios judges, it tells itself.
var passwords = map[string][]string{
	"com.apple.wifi.managed":                 {"Password", "UserPassword", "ProxyPassword"},
	"com.apple.firstethernet.managed":        ethernet,
	"com.apple.firstactiveethernet.managed":  ethernet,
	"com.apple.secondethernet.managed":       ethernet,
	"com.apple.secondactiveethernet.managed": ethernet,
	"com.apple.thirdethernet.managed":        ethernet,
	"com.apple.thirdactiveethernet.managed":  ethernet,
	"com.apple.globalethernet.managed":       ethernet,
	"com.apple.vpn.managed":                  vpn,
	"com.apple.vpn.managed.applayer":         vpn,
	"com.apple.mail.managed":                 {"IncomingPassword", "OutgoingPassword"},
	"com.apple.ews.account":                  {"Password"},
	"com.apple.ldap.account":                 {"LDAPAccountPassword"},
	"com.apple.caldav.account":               {"CalDAVPassword"},
	"com.apple.carddav.account":              {"CardDAVPassword"},
	"com.apple.subscribedcalendar.account":   {"SubCalAccountPassword"},
	"com.apple.osxserver.account":            {"Password"},
	"com.apple.jabber.account":               {"JabberPassword"},
	"com.apple.AIM.account":                  {"AIMPassword"},
	"com.apple.proxy.http.global":            {"ProxyPassword"},
	"com.apple.webcontent-filter":            {"Password"},
	"com.apple.cellular":                     {"Password"},
	"com.apple.apn.managed":                  {"password"},
	"com.apple.airplay":                      {"Password"},
	"com.apple.airplay.security":             {"Password"},
	"com.apple.loginwindow":                  {"AutologinPassword"},
	"com.apple.DirectoryService.managed":     {"Password"},
	"com.apple.MCX.FileVault2":               {"Password"},
	"com.apple.xsan":                         {"sharedSecret"},
	"com.apple.extensiblesso":                {"RegistrationToken"},
	"com.apple.security.pkcs12":              {"Password"},
	"com.apple.eas.account":                  {"Password", "CertificatePassword"},
	"com.apple.security.scep":                {"Challenge"},
	"com.apple.profileRemovalPassword":       {"RemovalPassword"},

	"com.apple.configurationprofile.identification": {"Password"},
}

// What payloads of one kind have, whichever network they are for. EAP is set up for
// ethernet as it is for Wi-Fi.
var (
	ethernet = []string{"UserPassword"}
	vpn      = []string{"SharedSecret", "AuthPassword", "XAuthPassword", "Password", "ProxyPassword", "HTTPProxyPassword"}
)

// foreign are the keys of Apple's payloads below which somebody else decides what the
// keys are: vendors of apps, and of settings for Macs.
var foreign = []string{"VendorConfig", "ExtensionData", "mcx_preference_settings"}

// byIOS are the payloads whose passwords package ios judges where they stand at the top
// of the profile.
var byIOS = []string{"com.apple.security.pkcs12", "com.apple.eas.account", "com.apple.security.scep", "com.apple.profileRemovalPassword"}

// isPassword reports whether a value is a secret by its key, and whether Apple says so.
// Payloads of Apple's have no others but what is foreign in them; of that, of apps and of
// other vendors the name tells.
func (v value) isPassword() (is, documented bool) {
	if v.text == "" && len(v.data) == 0 || profiles.FilledIn(v.text) {
		return false, false
	}
	if slices.Contains(passwords[v.payload], v.key) {
		return !v.judged || !slices.Contains(byIOS, v.payload), true
	}
	apple := !v.foreign && strings.HasPrefix(v.payload, "com.apple.") && !strings.HasPrefix(v.payload, "com.apple.app.")
	return !apple && profiles.NamesPassword(v.key), false
}

// holdsKey reports whether a private key is in a value.
func (v value) holdsKey() bool {
	if v.data != nil {
		return profiles.HoldsKey(v.data)
	}
	return profiles.HoldsKey([]byte(v.text))
}

// keys judges what lies open in an object for all who read Intune. What it holds is never
// shown.
func (j *judging) keys(preflight.Scenario) []preflight.Outcome {
	held := j.held()
	all := j.secrets(held)
	if len(held.unread) > 0 && !slices.ContainsFunc(all, isKey) && profiles.HoldsKey(j.raw) {
		all = append(all, j.at("", outcome(preflight.StatusFail, "key", "%s holds a private key, which all readers, exports and back-ups of Intune have", j.called())))
	}
	all = append(all, j.toldInside(slices.ContainsFunc(all, isKey))...)
	if len(all) > 0 && j.isPilot() {
		j.forPilot(all)
	}
	for _, why := range held.unread {
		all = append(all, preflight.Unchecked("%s: whether a key or a password is in it is not known: %s", j.called(), why)...)
	}
	if len(all) == 0 {
		return preflight.Pass("%s: no key and no password lies open in it", j.called())
	}
	return all
}

// held are the values of an object that may be secrets. Those of app configurations for
// Android are judged by package android.
func (j *judging) held() (v values) {
	payload, there := j.Object[keyPayloadJSON]
	switch {
	case j.Kind.Role == intune.Custom:
		return j.inProfile()
	case !androidConfigurations[j.Kind.Type]:
		return j.inSettings()
	case !there:
		v.cannot("the export has no %s: it was asked for other properties alone ($select)", keyPayloadJSON)
	case payload != nil && payload != "" && j.configuration == nil:
		v.cannot("%s holds no configuration that can be read", keyPayloadJSON)
	}
	return v
}

func isKey(o preflight.Outcome) bool { return o.Value == "key" }

// secrets finds private keys, of which one is told, and passwords.
func (j *judging) secrets(held values) []preflight.Outcome {
	var all []preflight.Outcome
	for _, v := range held.values {
		is, documented := v.isPassword()
		switch {
		case !slices.ContainsFunc(all, isKey) && v.holdsKey():
			o := outcome(preflight.StatusFail, "key", "%s holds a private key, which all readers, exports and back-ups of Intune have", j.called())
			if v.key != "" {
				o.Message += " (" + shown(v.key) + ")"
			}
			all = append(all, j.at(v.path, o))
		case is:
			o := outcome(preflight.StatusFail, "password", "%s: %q is a password, in the clear", j.called(), shown(v.key))
			if !documented {
				o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
				o.Message = j.called() + ": " + quoted(v.key) + " looks like a password, in the clear"
			}
			o.Fix = "leave it out, and change the password: it was read by whoever saw the configuration"
			all = append(all, j.at(v.path, o))
		}
	}
	return all
}

// toldInside is what the package that knows the inside found. A key that was told of is
// left out.
func (j *judging) toldInside(key bool) (all []preflight.Outcome) {
	for _, f := range j.inside {
		if f.Check != secretsID || !f.Status.Worse(preflight.StatusSkip) || f.Value == "key" && key {
			continue
		}
		all = append(all, preflight.Outcome{
			Status: f.Status, Value: f.Value, Message: j.called() + ": " + f.Message, Basis: f.Basis, Source: f.Source, Fix: f.Fix, Line: f.Line, Column: f.Column,
		})
	}
	return all
}

// isPilot reports whether easkit marked an object as one user's, for a pilot.
func (e *Export) isPilot() bool {
	mark, ok := intune.MarkOf(e.Object)
	return ok && mark.Pilot()
}

// ofPilot are the words for what a pilot has by design: the identity, and its password
// beside it.
var ofPilot = []string{"key", "p12-password"}

// forPilot lowers what was said when the pilot was made to a warning. Anybody can write
// the mark into a description: it counts for what a pilot is, the account of one user
// with one identity, and only as long as there are few.
func (j *judging) forPilot(all []preflight.Outcome) {
	why := j.noPilot()
	for i := range all {
		switch {
		case all[i].Status != preflight.StatusFail || !slices.Contains(ofPilot, all[i].Value):
		case why != "":
			all[i].Message += "; it is marked as a pilot, and " + why
		default:
			all[i].Status = preflight.StatusWarn
			all[i].Message += "; it is marked as a pilot"
			all[i].Fix = "delete it when the pilot ends, and revoke its certificate"
		}
	}
}

// noPilot says why the mark of a pilot does not count; "" where it does.
func (j *judging) noPilot() string {
	everybody := slices.ContainsFunc(j.Groups, func(g Group) bool { return g.Kind == AllUsers || g.Kind == AllDevices })
	groups := 0
	for _, g := range j.Groups {
		if g.Kind == IncludeGroup {
			groups++
		}
	}
	switch {
	case j.profile == nil || len(j.profile.Accounts()) == 0:
		return "has no mail account"
	case identities(j) != 1:
		return "has not the one identity of its user"
	case everybody || groups > 1:
		return "is assigned to more than the group of its user"
	case j.Unclear > 0:
		return "it can't be read whom it is assigned to"
	case j.tenant.pilots > intune.MaxSecrets:
		return "there are too many of these"
	}
	return ""
}

// identities counts the identities in the profile of a custom profile.
func identities(j *judging) int {
	n := len(j.profile.Of("com.apple.security.pkcs12"))
	for _, account := range j.profile.Accounts() {
		if len(account.Get("Certificate").Bytes()) > 0 {
			n++
		}
	}
	return n
}
