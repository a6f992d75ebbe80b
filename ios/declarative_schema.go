package ios

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// The types of declaration that are written.
// Source: https://github.com/apple/device-management/tree/release/declarative/declarations
const (
	typeExchange      = "com.apple.configuration.account.exchange"
	typeAssetUser     = "com.apple.asset.useridentity"
	typeAssetLogin    = "com.apple.asset.credential.userpassword"
	typeAssetIdentity = "com.apple.asset.credential.identity"
	typeAssetSCEP     = "com.apple.asset.credential.scep"
	typeAssetACME     = "com.apple.asset.credential.acme"
)

// The roles that end the identifiers of declarations. Each way to an identity has its
// own, so that no declaration changes its type.
const (
	roleExchange = "exchange"
	roleUser     = "user"
	roleLogin    = "login"
	roleIdentity = "identity"
	roleSCEP     = "scep"
	roleACME     = "acme"
)

// declaredSince is the first iOS that knows what every account needs (Apple's
// supportedOS).
var declaredSince = []struct {
	since int
	what  string
}{
	{15, "configurations for Exchange (" + typeExchange + ")"},
	{17, "assets for an identity (com.apple.asset.credential.identity, .scep and .acme)"},
}

func refuseDeclared(a profiles.Account, o Options) error {
	for _, need := range declaredSince {
		if o.Oldest < need.since {
			return fmt.Errorf("%w: iOS knows %s since version %d, and iOS %d is to be served", ErrDeclarationTooNew, need.what, need.since, o.Oldest)
		}
	}
	switch {
	case a.Endpoint.Port != 0 && a.Endpoint.Port != httpsPort:
		return fmt.Errorf("%s: a declaration cannot name a port for Exchange ActiveSync, since Apple's schema has Port for Exchange Web Services on macOS alone: serve port %d, or make a profile", a.Endpoint, httpsPort)
	case len(o.PKCS12) > 0 && o.Password == "":
		return errors.New("the data of an identity asset has to hold the password of the PKCS#12 file, and none is given")
	}
	return nil
}

// httpsPort is where phones look for Exchange ActiveSync unless they are told.
const httpsPort = 443

// exchange is the payload of the configuration, but for the assets that it signs in
// with. Services and OAuth are always there, as in a profile.
func exchange(a *profiles.Account, identity string) dict {
	payload := dict{"EnabledProtocolTypes": []string{"EAS"}, "HostName": a.Endpoint.Host, "OAuth": declaredOAuth(a)}
	if a.Name != "" {
		payload["VisibleName"] = a.Name
	}
	for _, s := range []struct {
		name string
		profiles.Service
	}{
		{"Mail", a.Services.Mail}, {"Contacts", a.Services.Contacts}, {"Calendar", a.Services.Calendars},
		{"Reminders", a.Services.Reminders}, {"Notes", a.Services.Notes},
	} {
		payload[s.name+"ServiceActive"] = s.On
		if s.Locked {
			payload["Lock"+s.name+"Service"] = true
		}
	}
	if d := declaredSMIME(a, identity); len(d) > 0 {
		payload["SMIME"] = d
	}
	return payload
}

// declaredOAuth leaves out what phones ignore where OAuth is off.
func declaredOAuth(a *profiles.Account) dict {
	on := a.Auth == preflight.OAuth
	d := dict{"Enabled": on}
	if on && a.IOS.OAuthSignInURL != "" {
		d["SignInURL"] = a.IOS.OAuthSignInURL
	}
	if on && a.IOS.OAuthTokenURL != "" {
		d["TokenRequestURL"] = a.IOS.OAuthTokenURL
	}
	return d
}

// declaredSMIME is empty where the account wants none of it.
func declaredSMIME(a *profiles.Account, identity string) dict {
	d := dict{}
	if a.IOS.SMIMESigning {
		d["Signing"] = dict{"Enabled": true, "IdentityAssetReference": identity}
	}
	if a.IOS.SMIMEEncrypt || a.IOS.SMIMEPerMessage {
		encryption := dict{"Enabled": a.IOS.SMIMEEncrypt, "IdentityAssetReference": identity}
		if a.IOS.SMIMEPerMessage {
			encryption["PerMessageSwitchEnabled"] = true
		}
		d["Encryption"] = encryption
	}
	return d
}

// credential is the document that a phone fetches for an asset.
type credential struct {
	kind, role string // of the asset
	content    dict
	// secret is the key of a password, where there is one. No hash or size in the
	// declaration, which more people see, counts it: it would let them try out what the
	// password is, much faster than against the server or the PKCS#12 file.
	secret string
}

// login is the user name, which no other declaration has a place for. There is no
// password to go with it.
func login(a *profiles.Account) credential {
	return credential{kind: typeAssetLogin, role: roleLogin, content: dict{"UserName": a.User}}
}

// identityOf is the identity, or how the phone gets a certificate for its own key.
func identityOf(a *profiles.Account, o *Options) credential {
	switch {
	case a.IOS.SCEP != nil:
		c := credential{kind: typeAssetSCEP, role: roleSCEP, content: settings(scepKeys, a)}
		delete(c.content, keyExtractable)
		if a.IOS.SCEP.Challenge != "" {
			c.secret = keyChallenge
		}
		return c
	case a.IOS.ACME != nil:
		return credential{kind: typeAssetACME, role: roleACME, content: settings(acmeKeys, a)}
	}
	return credential{
		kind: typeAssetIdentity, role: roleIdentity, secret: keyPassword,
		content: dict{"Identity": o.PKCS12, keyPassword: string(o.Password)},
	}
}

// Keys of credentials; the last is that of SCEP payloads alone.
const (
	keyPassword    = "Password"
	keyChallenge   = "Challenge"
	keyExtractable = "KeyIsExtractable"
)

// unsaidSettings are the settings of an account that no key of a declaration is for.
var unsaidSettings = []struct {
	asked func(*profiles.Account) bool
	note  string
}{
	{func(a *profiles.Account) bool { return a.IOS.PreventMove }, "No key of a declaration keeps mail from being moved to another account (ios.prevent-move)."},
	{func(a *profiles.Account) bool { return a.IOS.PreventAppSheet }, "No key of a declaration keeps other apps from sending from the account (ios.prevent-app-sheet)."},
	{func(a *profiles.Account) bool { return a.IOS.AllowMailDrop }, "No key of a declaration allows Mail Drop (ios.allow-mail-drop)."},
	{func(a *profiles.Account) bool { return a.IOS.DisableRecents }, "No key of a declaration keeps addresses out of Recents (ios.disable-recents-syncing)."},
	{func(a *profiles.Account) bool { return a.IOS.OverridePreviousPassword }, "No key of a declaration replaces an earlier password (ios.override-previous-password)."},
	{func(a *profiles.Account) bool { return a.IOS.VPNUUID != "" }, "No key of this declaration names a per-app VPN (ios.vpn-uuid)."},
	{func(a *profiles.Account) bool { return a.IOS.AudioCallApp != "" }, "No key of a declaration names an app for calls (ios.audio-call-app)."},
	{func(a *profiles.Account) bool { return a.IOS.RemovalDisallowed }, "No key of a declaration forbids removal (ios.removal-disallowed): the account stays for as long as the MDM server declares it."},
	{func(a *profiles.Account) bool { return len(a.IOS.Consent) > 0 }, "No key of a declaration shows a text to agree to (ios.consent)."},
	{func(a *profiles.Account) bool { return a.IOS.SCEP != nil }, "No key of a SCEP credential says that the phone's key must not be exported (" + keyExtractable + ")."},
}

// unsaid lists what the account asks for in vain, and what is left to the MDM server.
func unsaid(a *profiles.Account, o *Options) []string {
	notes := []string{fmt.Sprintf("No key of a declaration says how much mail to sync (sync-days: %s), and Apple names no default.", profiles.Days(a.SyncDays))}
	for _, s := range unsaidSettings {
		if s.asked(a) {
			notes = append(notes, s.note)
		}
	}
	notes = append(notes, unsaidDates(a)...)
	if len(o.Chain) > 0 {
		notes = append(notes, fmt.Sprintf("The declarations bring no CA certificates: hand out %s beside them (com.apple.configuration.security.certificate, or a profile).", certificateNames(o.Chain)))
	}
	if a.IOS.SCEP != nil && a.IOS.SCEP.Challenge != "" {
		notes = append(notes, "The challenge is in the data file alone, so that a new one is no change to the declarations: phones that failed with the old one try again only when something else changes.")
	}
	if tokens := a.Placeholders(); len(tokens) > 0 {
		notes = append(notes, fmt.Sprintf("The MDM server has to fill in placeholders (%s), in the data files too.", strings.Join(tokens, ", ")))
	}
	return notes
}

func unsaidDates(a *profiles.Account) []string {
	var notes []string
	for _, d := range []struct {
		at   time.Time
		text string
	}{
		{a.IOS.RemovalDate, "removes the account on %s (ios.removal-date): the MDM server has to take it back then."},
		{a.IOS.Expires, "lets it expire on %s (ios.expires): the MDM server has to replace it until then."},
	} {
		if !d.at.IsZero() {
			notes = append(notes, fmt.Sprintf("No key of a declaration "+d.text, d.at.UTC().Format(time.DateOnly)))
		}
	}
	if a.IOS.RemoveAfter > 0 {
		notes = append(notes, fmt.Sprintf("No key of a declaration removes the account %s after the installation (ios.remove-after-days): the MDM server has to take it back then.",
			preflight.Days(int(a.IOS.RemoveAfter/(24*time.Hour)))))
	}
	return notes
}

// certificateNames names certificates for a sentence.
func certificateNames(all []*certs.Certificate) string {
	var names []string
	for _, c := range all {
		names = append(names, fmt.Sprintf("%q", c.String()))
	}
	return strings.Join(names, ", ")
}
