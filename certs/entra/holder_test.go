package entra

import (
	"fmt"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// The users and domains of the table below, as they are exported.
const (
	aliceGraph = `[{"userPrincipalName":"alice@contoso.com","mail":"alice@contoso.com","proxyAddresses":["SMTP:alice@contoso.com","smtp:alice.example@contoso.com","SIP:a@contoso.com"],"accountEnabled":true}]`

	aliceCSV    = "userPrincipalName,mail,accountEnabled\nalice@contoso.com,alice.example@contoso.com,True\n"
	bobCSV      = "userPrincipalName,mail\nbob@contoso.com,bob@contoso.com\n"
	bobGraph    = `[{"userPrincipalName":"bob@contoso.com","proxyAddresses":["SMTP:bob@contoso.com"],"authorizationInfo":{"certificateUserIds":[]}}]`
	bothGraph   = `[{"userPrincipalName":"alice@contoso.com","proxyAddresses":[]},{"userPrincipalName":"bob@contoso.com","proxyAddresses":["smtp:alice.example@contoso.com"]}]`
	sameMail    = "userPrincipalName,mail\nx@contoso.com,alice@contoso.com\ny@contoso.com,ALICE@contoso.com\n"
	disabledCSV = "userPrincipalName,accountEnabled\nalice@contoso.com,False\n"
	aliasGraph  = `[{"userPrincipalName":"a.example@contoso.com","mail":"a.example@contoso.com","proxyAddresses":["smtp:alice@contoso.com"]}]`
	mailGraph   = `[{"userPrincipalName":"a.example@contoso.com","mail":"alice@contoso.com","proxyAddresses":[]}]`
	mailCSV     = "userPrincipalName,mail\na.example@contoso.com,alice@contoso.com\n"
	onPremises1 = `[{"userPrincipalName":"a.example@contoso.com","onPremisesUserPrincipalName":"alice@contoso.local","proxyAddresses":[]}]`
	idsGraph    = `[{"userPrincipalName":"a.example@contoso.com","proxyAddresses":[],"authorizationInfo":{"certificateUserIds":["X509:<PN>alice@contoso.com"]}},
	                {"userPrincipalName":"b@contoso.com","proxyAddresses":[],"authorizationInfo":{"certificateUserIds":[]}}]`
	adminGraph = `[{"userPrincipalName":"alice@contoso.com","authorizationInfo":{"certificateUserIds":[]}},
	               {"userPrincipalName":"admin@contoso.com","authorizationInfo":{"certificateUserIds":["X509:<RFC822>alice@contoso.com"]}}]`

	contosoDomains = "contoso.com # ours\nfabrikam.com\n"
	pendingDomains = `{"value":[{"id":"contoso.com","isVerified":false},{"id":"contoso.onmicrosoft.com","isVerified":true}]}`
)

// Bindings of the table below.
var (
	byUPN   = []Binding{{PrincipalName, UserPrincipalName, 1, ""}}
	byMail  = []Binding{{RFC822Name, UserPrincipalName, 2, ""}, {PrincipalName, UserIDs, 1, ""}}
	byKey   = []Binding{{SHA1PublicKey, UserIDs, 1, High}}
	byHome  = []Binding{{PrincipalName, OnPremisesUserPrincipalName, 1, ""}}
	byProxy = []Binding{{RFC822Name, ProxyAddress, 1, ""}, {Subject, UserPrincipalName, 2, ""}}
	byBoth  = []Binding{{PrincipalName, UserPrincipalName, 1, ""}, {RFC822Name, UserIDs, 2, ""}}
)

// holderRow says what one check makes of one certificate.
type holderRow struct {
	check, file string
	scenario    preflight.Scenario
	users       string // as a file has them; "" for none
	domains     string
	bindings    []Binding
	want        preflight.Status
	says        string
}

const assumed = "(bindings assumed: the default"

var holderRows = []holderRow{
	{"cert.user", "good.pem", directOnline, aliceGraph, "", nil, pass, "rfc822Name alice@contoso.com is the userPrincipalName of alice@contoso.com"},
	{"cert.user", "names-differ.pem", directOnline, aliceGraph, "", nil, pass, "rfc822Name alice.example@contoso.com is a proxyAddress of alice@contoso.com"},
	{"cert.user", "mail-only.pem", directOnline, aliasGraph, "", nil, pass, "rfc822Name alice@contoso.com is a proxyAddress of a.example@contoso.com"},
	{"cert.user", "names-differ.pem", directOnline, aliceCSV, "", nil, pass, "alice.example@contoso.com is the mail of alice@contoso.com"},
	{"cert.user", "mail-only.pem", directOnline, mailCSV, "", nil, pass, "is the mail of a.example@contoso.com"},
	{"cert.user", "mail-only.pem", directOnline, mailGraph, "", nil, warn, "but not among the user's proxyAddresses"},
	{"cert.user", "good.pem", directOnline, bobCSV, "", nil, skip, "their proxyAddresses are not in the list"},
	{"cert.user", "good.pem", directOnline, bobGraph, "", nil, fail, "none of the 1 users has alice@contoso.com as userPrincipalName, mail or proxyAddress"},
	{"cert.user", "good.pem", directUnknown, bobGraph, "", nil, warn, "none of the 1 users"},
	{"cert.user", "names-differ.pem", directOnline, bothGraph, "", nil, fail, "it leads to 2 users: UPN alice@contoso.com is the userPrincipalName of alice@contoso.com; rfc822Name alice.example@contoso.com is a proxyAddress of bob@contoso.com"},
	{"cert.user", "good.pem", directOnline, sameMail, "", nil, fail, "it leads to 2 users"},
	{"cert.user", "good.pem", directOnline, disabledCSV, "", nil, warn, "whose account is disabled"},
	{"cert.user", "san-none.pem", directOnline, aliceGraph, "", nil, fail, "neither a UPN nor an rfc822Name"},
	{"cert.user", "good.pem", directOnline, "", "", nil, skip, "--users"},
	{"cert.user", "good.pem", directServer, aliceCSV, "", nil, pass, "with Exchange Server Active Directory decides"},
	{"cert.user", "upn-local.pem", directServer, onPremises1, "", nil, pass, "UPN alice@contoso.local is the onPremisesUserPrincipalName of a.example@contoso.com"},
	{"cert.user", "mail-only.pem", directServer, aliceCSV, "", nil, skip, "Active Directory decides whose it is"},
	{"cert.user", "upn-two.pem", directServer, "upn\nalice@contoso.com\nbob@contoso.com", "", nil, warn, "it leads to 2 users"},
	{"cert.user", "good.pem", directServer, disabledCSV, "", nil, warn, "disabled"},
	{"cert.user", "good.pem", oauthServer, aliceCSV, "", nil, pass, "with AD FS Active Directory decides"},
	{"cert.user", "good.pem", oauthOnline, aliceCSV, "", nil, pass, "PrincipalName alice@contoso.com is the userPrincipalName of alice@contoso.com " + assumed},
	{"cert.user", "good.pem", oauthOnline, aliceCSV, "", byUPN, pass, "PrincipalName alice@contoso.com is the userPrincipalName of alice@contoso.com"},
	{"cert.user", "good.pem", oauthOnline, aliasGraph, "", nil, skip, "see cert.binding"},
	{"cert.user", "good.pem", oauthOnline, disabledCSV, "", nil, warn, "disabled"},
	{"cert.user", "upn-two.pem", oauthOnline, "upn\nalice@contoso.com\nbob@contoso.com", "", nil, fail, "leads to 2 users, among them alice@contoso.com and bob@contoso.com"},
	{"cert.user", "good.pem", oauthOnline, adminGraph, "", byBoth, warn, "it also signs in another user: X509:<RFC822>alice@contoso.com is among the certificateUserIds of admin@contoso.com"},
	{"cert.user", "good.pem", hybrid, aliceCSV, "", nil, pass, "PrincipalName"},

	{"cert.binding", "good.pem", oauthOnline, aliceCSV, "", nil, pass, "PrincipalName alice@contoso.com is the userPrincipalName of alice@contoso.com " + assumed},
	{"cert.binding", "good.pem", oauthOnline, idsGraph, "", byMail, pass, "X509:<PN>alice@contoso.com is among the certificateUserIds of a.example@contoso.com"},
	{"cert.binding", "upn-local.pem", oauthOnline, onPremises1, "", byHome, pass, "is the onPremisesUserPrincipalName of a.example@contoso.com"},
	{"cert.binding", "good.pem", oauthOnline, aliasGraph, "", nil, fail, "none of the 1 users has alice@contoso.com as userPrincipalName " + assumed},
	{"cert.binding", "good.pem", oauthOnline, aliasGraph, "", byUPN, fail, "is a proxyAddress of a.example@contoso.com, but no binding goes by a proxyAddress"},
	{"cert.binding", "good.pem", oauthOnline, aliasGraph, "", byProxy, fail, "it has nothing in a field that is bound: RFC822Name, Subject; UPN alice@contoso.com is a proxyAddress"},
	{"cert.binding", "upn-local.pem", oauthOnline, onPremises1, "", nil, fail, "onPremisesUserPrincipalName of a.example@contoso.com, but no binding leads"},
	{"cert.binding", "good.pem", oauthOnline, bobCSV, "", byMail, skip, "does not tell their certificateUserIds"},
	{"cert.binding", "good.pem", oauthOnline, bobCSV, "", byHome, skip, "does not tell their onPremisesUserPrincipalName"},
	{"cert.binding", "good.pem", oauthOnline, bobGraph, "", byKey, fail, "none of the 1 users has X509:<SHA1-PUKEY>"},
	{"cert.binding", "mail-only.pem", oauthOnline, "", "", nil, warn, "it has nothing in a field that is bound: PrincipalName " + assumed},
	{"cert.binding", "mail-only.pem", oauthOnline, aliceCSV, "", nil, fail, "rfc822Name alice@contoso.com is the userPrincipalName of alice@contoso.com, but no binding leads"},
	{"cert.binding", "mail-only.pem", oauthOnline, aliceCSV, "", byUPN, fail, "it has nothing in a field that is bound"},
	{"cert.binding", "good.pem", oauthOnline, "", "", nil, skip, "--users"},
	{"cert.binding", "good.pem", directOnline, aliceCSV, "", nil, skip, "direct sign-in uses no username binding"},
	{"cert.binding", "good.pem", oauthServer, aliceCSV, "", nil, skip, "AD FS finds the user"},

	{"cert.domain", "good.pem", directOnline, "", contosoDomains, nil, pass, "alice@contoso.com: contoso.com is verified in the tenant"},
	{"cert.domain", "upn-local-mail-routable.pem", directOnline, "", contosoDomains, nil, pass, "contoso.com is verified in the tenant; alice@contoso.local: .local is reserved"},
	{"cert.domain", "good.pem", directOnline, "", pendingDomains, nil, fail, "contoso.com is listed, but not verified"},
	{"cert.domain", "good.pem", directUnknown, "", pendingDomains, nil, warn, "listed, but not verified"},
	{"cert.domain", "good.pem", oauthOnline, "", pendingDomains, nil, warn, "listed, but not verified"},
	{"cert.domain", "upn-onmicrosoft.pem", oauthOnline, "", pendingDomains, nil, pass, "contoso.onmicrosoft.com is verified"},
	{"cert.domain", "upn-onmicrosoft.pem", directOnline, "", contosoDomains, nil, fail, "contoso.onmicrosoft.com is no domain of the tenant"},
	{"cert.domain", "upn-onmicrosoft.pem", directOnline, "", "onmicrosoft.com", nil, fail, "each subdomain has to be added"},
	{"cert.domain", "upn-idn.pem", directOnline, "", "BÜCHER.de", nil, pass, "xn--bcher-kva.de is verified"},
	{"cert.domain", "san-none.pem", directOnline, "", contosoDomains, nil, skip, "no address"},
	{"cert.domain", "good.pem", directOnline, "", "", nil, skip, "--domains"},
	{"cert.domain", "good.pem", directServer, "", contosoDomains, nil, skip, "no domain of a tenant counts"},
	{"cert.domain", "good.pem", hybrid, "", contosoDomains, nil, pass, "verified"},
}

// users reads users from text; "" stands for none.
func users(t testing.TB, text string) *Users {
	t.Helper()
	if text == "" {
		return nil
	}
	us, err := ParseUsers(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return us
}

func domains(t testing.TB, text string) *Domains {
	t.Helper()
	if text == "" {
		return nil
	}
	d, err := ParseDomains(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestHolderChecks(t *testing.T) {
	for i, r := range holderRows {
		t.Run(fmt.Sprintf("%d/%s/%s", i, r.check, r.file), func(t *testing.T) {
			h := &Holder{Certificate: fixture(t, r.file), Users: users(t, r.users), Domains: domains(t, r.domains), Bindings: r.bindings}
			findings := CheckHolder(at(r.scenario), h)
			expect(t, findings, r.check, r.want, r.says)
			for _, f := range findings {
				if (f.Check == "cert.user" && f.Status == pass) != (f.Value != "" && f.Status == pass) {
					t.Errorf("%s passes without naming the user: %+v", f.Check, f)
				}
			}
		})
	}
}

// What is stored in another form than the documented one may work and may not.
func TestOtherForms(t *testing.T) {
	c := fixture(t, "subject-long.pem")
	for _, other := range otherForms(c) {
		us := NewUsers([]User{{UPN: "alice@contoso.com", ProxyAddresses: []string{}, CertificateUserIDs: []string{other.Value}}})
		h := &Holder{Certificate: c, Users: us, Bindings: []Binding{{other.Field, UserIDs, 1, ""}}}
		expect(t, CheckHolder(at(oauthOnline), h), "cert.binding", warn, other.Note)
	}
	if n := len(otherForms(c)); n != 4 {
		t.Errorf("%d other forms, want those of the issuer and subject, the key, the serial number and its issuer", n)
	}
}

// Every one of the strings finds the user whose account has it.
func TestEveryUserIDBinds(t *testing.T) {
	c := fixture(t, "subject-long.pem")
	for _, id := range CertificateUserIDs(c) {
		stored := id.Value
		if f := id.Field; f == SubjectKeyIdentifier || f == SHA1PublicKey {
			at := strings.LastIndex(stored, ">") + 1
			stored = stored[:at] + strings.ToUpper(stored[at:])
		}
		us := NewUsers([]User{{UPN: "b@contoso.com"}, {UPN: "a@contoso.com", CertificateUserIDs: []string{"X509:<PN>x", stored}}})
		matches := us.Bind(c, []Binding{{id.Field, UserIDs, 1, ""}})
		if len(matches) != 1 || matches[0].Users[0].UPN != "a@contoso.com" {
			t.Errorf("%s finds %+v", stored, matches)
		}
		if wrong := us.Bind(c, []Binding{{id.Field, ProxyAddress, 1, ""}}); len(wrong) > 0 {
			t.Errorf("%s is found by a property that no binding has: %+v", id.Field, wrong)
		}
	}
	us := NewUsers([]User{{UPN: "a@contoso.com", CertificateUserIDs: []string{"x509:<pn>alice@contoso.com"}}})
	if m := us.Bind(fixture(t, "good.pem"), []Binding{{PrincipalName, UserIDs, 1, ""}}); len(m) > 0 {
		t.Errorf("the prefix's letter case counts, and was passed over: %+v", m)
	}
}

func TestMailbox(t *testing.T) {
	const text = "userPrincipalName;mail;mailbox\nalice@contoso.com;;Exchange-Server\nbob@contoso.com;bob@contoso.com;\ny@contoso.com;bob@contoso.com;exchange-online\n"
	us := users(t, text)
	for file, want := range map[string]preflight.Mailbox{
		"good.pem":      preflight.ExchangeServer, // found once
		"mail-two.pem":  "",                       // Alice's and Bob's
		"upn-local.pem": "",                       // nobody's
	} {
		if got := us.Mailbox(fixture(t, file)); got != want {
			t.Errorf("%s: the mailbox is %q, want %q", file, got, want)
		}
	}
	c := fixture(t, "san-none.pem")
	byID := NewUsers([]User{{UPN: "x@contoso.com", Mailbox: preflight.ExchangeOnline, CertificateUserIDs: []string{CertificateUserIDs(c)[1].Value}}})
	if got := byID.Mailbox(c); got != preflight.ExchangeOnline {
		t.Errorf("by certificateUserIds: %q", got)
	}
}

// A certificate that wasn't understood is not looked at.
func TestHolderWithoutCertificate(t *testing.T) {
	if got := CheckHolder(at(oauthOnline), &Holder{}); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
