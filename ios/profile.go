package ios

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// The payload types that are written (Apple, device-management).
const (
	typeProfile = "Configuration"
	typeEAS     = "com.apple.eas.account"
	typePKCS12  = "com.apple.security.pkcs12"
	typeRoot    = "com.apple.security.root"
	typePKCS1   = "com.apple.security.pkcs1"
	typePEM     = "com.apple.security.pem"
	typeSCEP    = "com.apple.security.scep"
	typeACME    = "com.apple.security.acme"
	typeRemoval = "com.apple.profileRemovalPassword"
)

// targetPhone is TargetDeviceType for iPhone, iPad and iPod touch. Without it a
// phone with a paired watch asks for which of them the profile is (iOS 12.2).
const targetPhone = 1

// Profile is a configuration profile with one mail account and its identity.
type Profile struct {
	Identifier   string // PayloadIdentifier: the same one replaces an installed profile
	UUID         string
	DisplayName  string
	Description  string
	Organization string
	Account      profiles.Account
	PKCS12       []byte
	Password     certs.Password // of PKCS12; written into the profile where it is set
	CAs          []*certs.Certificate
}

// Options is what a profile needs beside its account.
type Options struct {
	PKCS12   []byte               // the identity, in an encryption that the phones read
	Password certs.Password       // embedded where set; otherwise the phone asks for it
	Chain    []*certs.Certificate // the authorities above the identity, nearest first
	Oldest   int                  // the oldest iOS version to serve; 0 is preflight.DefaultIOS
	At       time.Time            // when it is installed at the earliest; zero leaves dates unchecked
}

// New makes the profile of an account. Where the account says that the phone makes
// its own key (SCEP, ACME), options have no identity; otherwise they must.
//
// It refuses what iOS would refuse or guess at: no host, address or user name, no
// service switched on, a removal date that has passed, and settings that the oldest
// version does not know. That the identity suits that version is for the caller to
// see: [certs.PKCS12.ProblemsIOS].
func New(a profiles.Account, o Options) (*Profile, error) {
	o.Oldest = cmp.Or(o.Oldest, preflight.DefaultIOS)
	for _, refuse := range []func(profiles.Account, Options) error{refuseIdentity, refuseDates, refuseSettings, refuseVersion} {
		if err := refuse(a, o); err != nil {
			return nil, err
		}
	}
	p := &Profile{
		Identifier: identifier(a), UUID: a.UUID(roleProfile), Account: a, PKCS12: o.PKCS12, Password: o.Password, CAs: o.Chain,
		DisplayName: "Mail for " + a.Email, Organization: a.Organization,
		Description: fmt.Sprintf("Sets up the mail account %s on %s, with the certificate that signs it in.", a.Email, a.Endpoint.Host),
	}
	return p, nil
}

// roleProfile is the profile's own among the roles that have a UUID.
const roleProfile = "profile"

// identifier is PayloadIdentifier: the organisation's, with what tells users apart.
func identifier(a profiles.Account) string {
	who := label(a.Email)
	if len(profiles.Tokens(a.Email)) > 0 {
		who = "everybody"
	}
	return fmt.Sprintf("%s.%s.%s", a.Identifier, who, strings.ToLower(a.UUID(roleProfile)[:8]))
}

func refuseIdentity(a profiles.Account, o Options) error {
	has := len(o.PKCS12) > 0
	switch {
	case a.IOS.SCEP != nil && a.IOS.ACME != nil:
		return errors.New("a phone gets its certificate by SCEP or by ACME, not by both")
	case has && a.IOS.Enrols():
		return errors.New("the phone makes its own key (ios.scep, ios.acme), and an identity is given as well")
	case !has && !a.IOS.Enrols():
		return errors.New("an iOS profile needs an identity")
	case has && len(a.Placeholders()) > 0:
		return errors.New("the account is everybody's, by placeholders, and the identity is one person's")
	case a.Endpoint.Host == "", a.Email == "", a.User == "":
		return errors.New("an iOS profile needs a host, an e-mail address and a user name")
	}
	return nil
}

func refuseDates(a profiles.Account, o Options) error {
	switch removal, expires := a.IOS.RemovalDate, a.IOS.Expires; {
	case o.At.IsZero():
	case !removal.IsZero() && !removal.After(o.At):
		return fmt.Errorf("ios.removal-date: %s has passed, and iOS refuses the profile then (MCInstallationErrorDomain 4006)", removal.Format(time.DateOnly))
	case !expires.IsZero() && !expires.After(o.At):
		return fmt.Errorf("ios.expires: %s has passed", expires.Format(time.DateOnly))
	}
	return nil
}

func refuseSettings(a profiles.Account, _ Options) error {
	if s := a.Services; !s.Mail.On && !s.Contacts.On && !s.Calendars.On && !s.Reminders.On && !s.Notes.On {
		return errors.New("services.sync: at least one service must be on, or iOS refuses the account (MCEASErrorDomain 21009)")
	}
	if !slices.Contains(profiles.SyncWindows, a.SyncDays) {
		return fmt.Errorf("sync-days: %d is not one of %v", a.SyncDays, profiles.SyncWindows)
	}
	return nil
}

func refuseVersion(a profiles.Account, o Options) error {
	if a.IOS.ACME != nil && o.Oldest < acmeSince {
		return fmt.Errorf("%w, and iOS %d is to be served", ErrACMETooNew, o.Oldest)
	}
	for _, k := range easKeys {
		if v := k.get(&a); v != nil && k.since > o.Oldest && !harmless(k, v) {
			return fmt.Errorf("the profile sets %s, which iOS knows since version %d, and iOS %d is to be served", k.name, k.since, o.Oldest)
		}
	}
	return nil
}

// harmless reports whether a key may be left to a version that doesn't know it:
// it says what that version does anyway.
func harmless(k key, v any) bool {
	on, isBool := v.(bool)
	return isBool && (on && strings.HasPrefix(k.name, "Enable") || !on && k.name == "OAuth")
}

// label is the local part of an address, in characters that an identifier takes.
func label(address string) string {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, local)
}

// Marshal writes the profile as an XML property list, keys in alphabetical
// order.
func (p *Profile) Marshal() ([]byte, error) {
	top := dict{
		"PayloadType": typeProfile, "PayloadVersion": 1,
		"PayloadIdentifier": p.Identifier, "PayloadUUID": p.UUID,
		"PayloadDisplayName": p.DisplayName, "PayloadDescription": p.Description,
		"TargetDeviceType": targetPhone, "PayloadContent": p.payloads(),
	}
	p.addLife(top)
	return plist.Marshal(top)
}

// addLife adds the top-level keys that are there only where they say something.
func (p *Profile) addLife(top dict) {
	o := p.Account.IOS
	if p.Organization != "" {
		top["PayloadOrganization"] = p.Organization
	}
	if !o.RemovalDate.IsZero() {
		top["RemovalDate"] = o.RemovalDate.UTC()
	}
	if o.RemoveAfter > 0 {
		top["DurationUntilRemoval"] = o.RemoveAfter.Seconds()
	}
	if !o.Expires.IsZero() {
		top["PayloadExpirationDate"] = o.Expires.UTC()
	}
	if o.RemovalDisallowed {
		top["PayloadRemovalDisallowed"] = true
	}
	if len(o.Consent) > 0 {
		top["ConsentText"] = consent(o.Consent)
	}
}

// consent gives the text a default: a phone in any other language shows nothing
// without one.
func consent(texts map[string]string) map[string]string {
	all := maps.Clone(texts)
	if all["default"] == "" {
		all["default"] = cmp.Or(texts["en"], texts[slices.Min(slices.Collect(maps.Keys(texts)))])
	}
	return all
}

// payloads lists authorities first, as a person would install them.
func (p *Profile) payloads() []any {
	var all []any
	for i := len(p.CAs) - 1; i >= 0; i-- {
		all = append(all, p.caPayload(p.CAs[i]))
	}
	identity := p.identity()
	account := p.payload(typeEAS, "eas", p.Account.Name)
	maps.Copy(account, settings(easKeys, &p.Account))
	account[keyIdentity] = identity["PayloadUUID"]
	if p.Account.IOS.SMIMESigning {
		account[keySMIMESign] = identity["PayloadUUID"]
	}
	if p.Account.IOS.SMIMEEncrypt || p.Account.IOS.SMIMEPerMessage {
		account[keySMIMECipher] = identity["PayloadUUID"]
	}
	return append(all, identity, account)
}

func (p *Profile) caPayload(ca *certs.Certificate) dict {
	kind := typePKCS1
	if ca.IsRoot() {
		kind = typeRoot
	}
	sum := sha256.Sum256(ca.Raw)
	d := p.payload(kind, "ca-"+hex.EncodeToString(sum[:4]), ca.String())
	d["PayloadContent"] = ca.Raw
	d["PayloadCertificateFileName"] = label(ca.String()) + ".cer"
	return d
}

// payload is the part that all payloads have in common.
func (p *Profile) payload(kind, role, name string) dict {
	d := dict{
		"PayloadType": kind, "PayloadVersion": 1, "PayloadDisplayName": name,
		"PayloadIdentifier": p.Identifier + "." + role, "PayloadUUID": p.Account.UUID(role),
	}
	if p.Organization != "" {
		d["PayloadOrganization"] = p.Organization
	}
	return d
}
