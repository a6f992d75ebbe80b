package provision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

const (
	scepURL = "https://scep.contoso.com/scep"
	acmeURL = "https://acme.contoso.com/directory"
	// everybody is a template for one profile that is everybody's.
	everybody = "host: outlook.office365.com\nidentifier: com.contoso.mail\nemail: '{{mail}}'\nuser: '{{userprincipalname}}'\n"
)

// enrolment asks for a profile whose key the phone makes.
func enrolment(t testing.TB, template string, o profiles.Overrides) provision.Request {
	t.Helper()
	parsed, err := profiles.ParseTemplate([]byte(template))
	if err != nil {
		t.Fatal(err)
	}
	return provision.Request{Template: parsed, Overrides: o, Scenario: preflight.Scenario{At: now, IOS: 16}}
}

const onlineTemplate = "host: outlook.office365.com\n"

func TestEnrol(t *testing.T) {
	alice := profiles.Overrides{Email: "alice.example@contoso.com", User: "alice@contoso.com", SCEP: scepURL}
	with := func(change func(*profiles.Overrides)) profiles.Overrides {
		o := alice
		change(&o)
		return o
	}
	for _, tt := range []struct {
		name, template string
		o              profiles.Overrides
		mdm            bool
		file           string
		notes, silent  []string
	}{
		{"SCEP", onlineTemplate, alice, false, "alice.example.mobileconfig",
			[]string{"(UPN alice@contoso.com, address alice.example@contoso.com)", "not to try the account", "not signed: phones show"}, []string{"challenge", "http", "password", "CA certificates"}},
		{"SCEP for an MDM", onlineTemplate, alice, true, "alice.example.mobileconfig", nil, []string{"password"}},
		{"a challenge", onlineTemplate, with(func(o *profiles.Overrides) { o.Challenge = "s3cret" }), false, "alice.example.mobileconfig",
			[]string{"whoever reads the file can ask for certificates"}, []string{"s3cret"}},
		{"plain http", onlineTemplate, with(func(o *profiles.Overrides) { o.SCEP = "http://scep.contoso.com/" }), false, "alice.example.mobileconfig", []string{"anybody can pass for the server"}, nil},
		{"plain http with a fingerprint", onlineTemplate + "ios: {scep: {fingerprint: A9993E364706816ABA3E25717850C26C9CD0D89D}}",
			with(func(o *profiles.Overrides) { o.SCEP = "http://scep.contoso.com/" }), false, "alice.example.mobileconfig", nil, []string{"anybody can pass"}},
		{"on premises", "host: mail.contoso.com\nmailbox: exchange-server\n", with(func(o *profiles.Overrides) { o.User = `CONTOSO\alice` }), false, "alice.example.mobileconfig",
			[]string{`CONTOSO\alice is no UPN`, "(address alice.example@contoso.com)"}, nil},
		{"S/MIME", onlineTemplate + "ios: {smime-encrypt-by-default: true}", alice, false, "alice.example.mobileconfig", []string{"emailProtection", "without the phone nobody reads it"}, nil},
		{"ACME", onlineTemplate, with(func(o *profiles.Overrides) { o.SCEP, o.ACME = "", acmeURL }), false, "alice.example.mobileconfig", []string{"let the server judge the attestation"}, []string{"SCEP"}},
		{"ACME with an identifier", onlineTemplate + "ios: {acme: {client-identifier: x}}", with(func(o *profiles.Overrides) { o.SCEP, o.ACME = "", acmeURL }), false, "alice.example.mobileconfig", nil, []string{"attestation"}},
		{"everybody", everybody, profiles.Overrides{SCEP: scepURL}, true, "com.contoso.mail.mobileconfig", []string{"has yet to fill in its placeholders"}, []string{"Give --signer"}},
		{"everybody by ACME", everybody + "ios: {acme: {client-identifier: '{{serialnumber}}'}}", profiles.Overrides{ACME: acmeURL}, true, "com.contoso.mail.mobileconfig", nil, nil},
		{"a name with strange letters", onlineTemplate, with(func(o *profiles.Overrides) { o.Email = "a/b*c@contoso.com" }), false, "a-b-c.mobileconfig", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := enrolment(t, tt.template, tt.o)
			req.ForMDM = tt.mdm
			r := makeIOS(t, req)
			doc, err := ios.Parse(file(t, r.Files, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Files) != 1 || len(doc.PKCS12) > 0 || !doc.Account.IOS.Enrols() || doc.Dangling {
				t.Errorf("files %q, document %+v", names(r.Files), doc)
			}
			for _, f := range r.Findings {
				if f.Check == "profile.match" && f.Status != preflight.StatusSkip || f.Status == preflight.StatusFail {
					t.Errorf("%s %s: %s", f.Status, f.Check, f.Message)
				}
			}
			for _, note := range tt.notes {
				if !hasNote(r, note) {
					t.Errorf("no note with %q in %q", note, r.Notes)
				}
			}
			for _, note := range tt.silent {
				if hasNote(r, note) {
					t.Errorf("a note with %q in %q", note, r.Notes)
				}
			}
		})
	}
}

// The CAs of the call go into the profile, each once, whoever signs the user's
// certificate later.
func TestEnrolWithAuthorities(t *testing.T) {
	id, err := request(t, "openssl-3des.p12").Bundle.Identity()
	if err != nil {
		t.Fatal(err)
	}
	req := enrolment(t, onlineTemplate, profiles.Overrides{Email: "alice@contoso.com", SCEP: scepURL})
	req.CAs = append([]*certs.Certificate{id.Chain[1], id.Leaf}, append(id.Chain, id.Chain...)...)
	req.Signer = aliceSigner(t)
	r := makeIOS(t, req)
	if doc := profile(t, r); len(doc.Certificates) != 2 || !doc.Signed || !doc.Certificates[0].IsRoot() {
		t.Errorf("%d authorities, signed %v", len(doc.Certificates), doc.Signed)
	}
}

func TestEnrolRefuses(t *testing.T) {
	one := profiles.Overrides{Email: "alice@contoso.com"}
	all := profiles.Overrides{SCEP: scepURL}
	for _, tt := range []struct {
		name, template string
		o              profiles.Overrides
		change         func(*provision.Request)
		want           error
	}{
		{"no key at all", onlineTemplate, one, func(*provision.Request) {}, provision.ErrNoIdentity},
		{"the template's key and an identity", onlineTemplate + "ios: {scep: {url: '" + scepURL + "'}}", profiles.Overrides{}, func(r *provision.Request) { r.Bundle = request(t, "openssl-3des.p12").Bundle }, provision.ErrTwoKeys},
		{"everybody with one identity", everybody, all, func(r *provision.Request) { r.Bundle = request(t, "openssl-3des.p12").Bundle; r.ForMDM = true }, profiles.ErrPlaceholders},
		{"everybody by hand", everybody, all, func(*provision.Request) {}, provision.ErrByHand},
		{"all phones of one user by hand", onlineTemplate + "ios: {acme: {url: '" + acmeURL + "', client-identifier: '{{serialnumber}}'}}", one, func(*provision.Request) {}, provision.ErrByHand},
		{"everybody, signed", everybody, all, func(r *provision.Request) { r.ForMDM, r.Signer = true, aliceSigner(t) }, provision.ErrSigned},
		{"ACME before iOS 16", onlineTemplate, profiles.Overrides{Email: "alice@contoso.com", ACME: acmeURL}, func(r *provision.Request) { r.Scenario.IOS = 15 }, ios.ErrACMETooNew},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req := enrolment(t, tt.template, tt.o)
			tt.change(&req)
			if r, err := provision.IOS(t.Context(), req); !errors.Is(err, tt.want) || r != nil {
				t.Errorf("error %v, want %v; result %v", err, tt.want, r)
			}
		})
	}
	if _, err := provision.Android(t.Context(), enrolment(t, onlineTemplate, one)); !errors.Is(err, provision.ErrNoIdentity) {
		t.Errorf("Android without an identity: %v", err)
	}
}

// What needs no certificate is judged all the same: Exchange Online has no mailbox
// under such an address.
func TestEnrolIsJudged(t *testing.T) {
	r, err := provision.IOS(t.Context(), enrolment(t, onlineTemplate, profiles.Overrides{Email: "alice@contoso.local", SCEP: scepURL}))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Failed() || !strings.Contains(r.Findings[0].Message, "contoso.local") {
		t.Errorf("files %q, findings %+v", names(r.Files), r.Findings)
	}
}
