package profiles

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

const (
	scepURL = "https://scep.contoso.com/scep"
	acmeURL = "https://acme.contoso.com/directory"
)

// enrolled makes an account whose phone makes its own key.
func enrolled(t *testing.T, text string, o Overrides) Account {
	t.Helper()
	a, err := parse(t, "host: outlook.office365.com\n"+text).Account(nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What call and template leave out is decided in the account.
func TestEnrolDefaults(t *testing.T) {
	alice := Overrides{Email: "alice@contoso.com"}
	with := func(scep, acme string, challenge certs.Password) Overrides {
		o := alice
		o.SCEP, o.ACME, o.Challenge = scep, acme, challenge
		return o
	}
	defaultSCEP := func(change func(*SCEP)) *SCEP {
		s := &SCEP{URL: scepURL, KeySize: 2048, KeyUsage: 1, Retries: 3, RetryDelay: 10, Subject: []string{"CN=alice@contoso.com"}}
		change(s)
		return s
	}
	id := enrolled(t, "", with("", acmeURL, "")).UUID("acme-client")
	defaultACME := func(change func(*ACME)) *ACME {
		a := &ACME{URL: acmeURL, ClientIdentifier: id, KeyType: KeyEC, KeySize: 256, HardwareBound: true, Attest: true, Subject: []string{"CN=alice@contoso.com"}}
		change(a)
		return a
	}
	for _, tt := range []struct {
		name, template string
		o              Overrides
		scep           *SCEP
		acme           *ACME
	}{
		{"nothing of the kind", "", alice, nil, nil},
		{"a section without a url", "ios: {scep: {key-size: 4096}, acme: {key-size: 384}}", alice, nil, nil},
		{"SCEP by the call", "", with(scepURL, "", ""), defaultSCEP(func(*SCEP) {}), nil},
		{"SCEP by the template", "ios: {scep: {url: " + scepURL + "}}", alice, defaultSCEP(func(*SCEP) {}), nil},
		{"the call's server wins", "ios: {scep: {url: https://other.contoso.com/, name: a}}", with(scepURL, "", "s"), defaultSCEP(func(s *SCEP) { s.Name, s.Challenge = "a", "s" }), nil},
		{"the call's way wins", "ios: {scep: {url: " + scepURL + "}}", with("", acmeURL, ""), nil, defaultACME(func(*ACME) {})},
		{"mail is encrypted", "ios: {smime-encrypt-by-default: true}", with(scepURL, "", ""), defaultSCEP(func(s *SCEP) { s.KeyUsage = 5 }), nil},
		{"a fingerprint in capitals and colons", "ios: {scep: {fingerprint: \"" + strings.TrimSuffix(strings.Repeat("AB:", 32), ":") + "\"}}", with(scepURL, "", ""),
			defaultSCEP(func(s *SCEP) { s.CAFingerprint = []byte(strings.Repeat("\xab", 32)) }), nil},
		{"a key outside the Secure Enclave", "ios: {acme: {hardware-bound: false}}", with("", acmeURL, ""), nil, defaultACME(func(a *ACME) { a.HardwareBound, a.Attest = false, false })},
		{"an RSA key", "ios: {acme: {key-type: RSA, hardware-bound: false}}", with("", acmeURL, ""), nil, defaultACME(func(a *ACME) {
			a.KeyType, a.KeySize, a.HardwareBound, a.Attest = KeyRSA, 2048, false, false
		})},
		{"no attestation", "ios: {acme: {attest: false, client-identifier: x}}", with("", acmeURL, ""), nil, defaultACME(func(a *ACME) { a.Attest, a.ClientIdentifier = false, "x" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := enrolled(t, tt.template, tt.o)
			if diff := cmp.Diff(tt.scep, a.IOS.SCEP); diff != "" {
				t.Errorf("SCEP (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.acme, a.IOS.ACME); diff != "" {
				t.Errorf("ACME (-want +got):\n%s", diff)
			}
			if a.IOS.Enrols() != (tt.scep != nil || tt.acme != nil) {
				t.Errorf("Enrols is %v", a.IOS.Enrols())
			}
		})
	}
}

// The client identifier is the user's own, and the same each time.
func TestACMEClientIdentifier(t *testing.T) {
	of := func(o Overrides) string {
		o.ACME = acmeURL
		return enrolled(t, "", o).IOS.ACME.ClientIdentifier
	}
	alice := of(Overrides{Email: "alice@contoso.com"})
	if alice != of(Overrides{Email: "Alice@Contoso.com"}) || alice == of(Overrides{Email: "bob@contoso.com"}) || !uuidPattern().MatchString(alice) {
		t.Errorf("the identifier of Alice is %q", alice)
	}
}

func TestEnrolRefuses(t *testing.T) {
	both := "email: '{{mail}}'\nuser: '{{userprincipalname}}'\n"
	for _, tt := range []struct {
		name, template string
		leaf           *certs.Certificate
		o              Overrides
		want           string
	}{
		{"two ways", "", nil, Overrides{Email: "alice@contoso.com", SCEP: scepURL, ACME: acmeURL}, "not by both"},
		{"ACME without TLS", "", nil, Overrides{Email: "alice@contoso.com", ACME: "http://acme.contoso.com/"}, "not an https:// URL"},
		{"SCEP, not the web", "", nil, Overrides{Email: "alice@contoso.com", SCEP: "ldap://scep.contoso.com/"}, "not an https:// or http:// URL"},
		{"a challenge for ACME", "", nil, Overrides{Email: "alice@contoso.com", ACME: acmeURL, Challenge: "s3cret"}, "a challenge is SCEP's"},
		{"a challenge for nothing", "", nil, Overrides{Email: "alice@contoso.com", Challenge: "s3cret"}, "a challenge is SCEP's"},
		{"nobody", "", nil, Overrides{SCEP: scepURL}, "no address for the account"},
		{"everybody with one certificate", both, leaf("upn:alice@contoso.com"), Overrides{SCEP: scepURL}, "one person's"},
		{"a user and no address", "user: '{{userprincipalname}}'", nil, Overrides{SCEP: scepURL}, "set email as well"},
		{"one client for everybody", both, nil, Overrides{ACME: acmeURL}, "ios.acme.client-identifier"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse(t, "host: outlook.office365.com\n"+tt.template).Account(tt.leaf, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if placeholders := errors.Is(err, ErrPlaceholders); placeholders != (tt.leaf != nil) {
				t.Errorf("ErrPlaceholders is %v", placeholders)
			}
		})
	}
}

// A template's placeholders are for everybody; whoever the call names is one person.
func TestPlaceholders(t *testing.T) {
	const text = "email: '{{mail}}'\nuser: 'CONTOSO\\{{OnPremisesSamAccountName}}'\nios: {scep: {url: " + scepURL + "}}\n"
	for _, tt := range []struct {
		name, template, email, user string
		o                           Overrides
		tokens                      []string
	}{
		{"everybody", text, "{{mail}}", `CONTOSO\{{OnPremisesSamAccountName}}`, Overrides{}, []string{"{{mail}}", "{{OnPremisesSamAccountName}}", "{{mail}}"}},
		{"a user is the address", "email: '{{partialupn}}@contoso.com'", "{{partialupn}}@contoso.com", "{{partialupn}}@contoso.com", Overrides{}, []string{"{{partialupn}}", "{{partialupn}}"}},
		{"one person", text, "alice@contoso.com", "alice@contoso.com", Overrides{Email: "alice@contoso.com"}, nil},
		{"one person's phones", "ios: {acme: {url: " + acmeURL + ", client-identifier: '{{serialnumber}}'}}", "alice@contoso.com", "alice@contoso.com", Overrides{Email: "alice@contoso.com"}, []string{"{{serialnumber}}"}},
	} {
		a := enrolled(t, tt.template, tt.o)
		if a.Email != tt.email || a.User != tt.user {
			t.Errorf("%s: address %s, user %s", tt.name, a.Email, a.User)
		}
		if diff := cmp.Diff(tt.tokens, a.Placeholders()); diff != "" {
			t.Errorf("%s: placeholders (-want +got):\n%s", tt.name, diff)
		}
		for _, f := range Check(a.Scenario(preflight.Scenario{At: now}), &Subject{Account: a}) {
			if f.Status != "skip" && f.Status != "pass" || f.Status == "pass" && strings.Contains(a.Email, "{{") {
				t.Errorf("%s: %s %s: %s", tt.name, f.Status, f.Check, f.Message)
			}
		}
	}
}

// A challenge is told to nobody.
func TestChallengeIsHidden(t *testing.T) {
	a := enrolled(t, "", Overrides{Email: "alice@contoso.com", SCEP: scepURL, Challenge: "s3cret"})
	for _, text := range append(a.IOS.Set(), fmt.Sprint(a), fmt.Sprintf("%+v %#v", a.IOS.SCEP, *a.IOS.SCEP)) {
		if strings.Contains(text, "s3cret") {
			t.Errorf("the challenge is in %q", text)
		}
	}
	if set := strings.Join(a.IOS.Set(), "\n"); !strings.Contains(set, "scep: "+scepURL+", RSA 2048") || !strings.Contains(set, "challenge embedded") {
		t.Errorf("the settings are %q", set)
	}
}
