package audit

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

// contoso is a tenant that lets a group sign in with certificates, by their mail
// address.
func contoso() *tenant.Snapshot {
	return &tenant.Snapshot{
		Organization: &graph.Organization{ID: "0c0ffee0-0000-4000-8000-000000000001", DisplayName: "Contoso"},
		Domains:      []graph.Domain{{ID: "contoso.com", AuthenticationType: "Managed", IsVerified: true}},
		Method: &graph.Method{
			State: graph.Enabled, IncludeTargets: []graph.Target{{ID: "group", TargetType: "group"}},
			Bindings:      []graph.UserBinding{{Field: "RFC822Name", Property: "userPrincipalName", Priority: 1, Affinity: "low"}},
			Mode:          graph.ModeConfig{DefaultMode: graph.MultiFactor, DefaultAffinity: "low"},
			CRLValidation: &graph.CRLValidation{State: graph.Enabled}, IssuerHints: &graph.IssuerHints{State: graph.Disabled},
		},
		AppleMail: &graph.ServicePrincipal{ID: "apple", AppID: tenant.AppleMailID, Grants: []graph.Grant{{ConsentType: graph.AllPrincipals, Scope: "EAS.AccessAsUser.All offline_access"}}},
		Defaults:  &graph.SecurityDefaults{}, Consent: &graph.AuthorizationPolicy{},
		Groups:  []graph.Group{{ID: "group", DisplayName: "Certificate users", Members: []graph.Member{{ID: "1", UserPrincipalName: "alice@contoso.com"}}}},
		Missing: []tenant.Missing{{File: tenant.MailboxesFile, Why: "not exported"}},
	}
}

// The one line per user sums up all that was found: what Entra ID looks at first is
// what the user sees.
func TestSignIn(t *testing.T) {
	var rows []checktest.Row
	for name, tt := range map[string]struct {
		change  func(*tenant.Snapshot, *Input, *published)
		want    preflight.Status
		message string
	}{
		"all is well": {func(*tenant.Snapshot, *Input, *published) {}, preflight.StatusSkip, "not all was looked at: tenant.eas-enabled"},
		"with the mailbox": {func(s *tenant.Snapshot, _ *Input, _ *published) {
			s.Missing = nil
			s.Mailboxes, _ = tenant.ParseMailboxes(strings.NewReader("PrimarySmtpAddress,ActiveSyncEnabled\nalice@contoso.com,True\n"))
		}, preflight.StatusPass, "nothing keeps the user out"},
		"not in the group": {func(s *tenant.Snapshot, _ *Input, _ *published) { s.Groups[0].Members = nil }, preflight.StatusFail, "AADSTS130501: tenant.targets"},
		"not in the group, and revoked": {func(s *tenant.Snapshot, in *Input, p *published) {
			s.Groups[0].Members = nil
			p.files["/issuing.crl"] = p.issuing.crlOf(t, 9, nil, x509.RevocationListEntry{SerialNumber: in.Certificates[0].Subject.Certificate.Serial, RevocationTime: testClock.AddDate(0, 0, -1)})
		}, preflight.StatusFail, "AADSTS130501: tenant.targets"},
		"revoked": {func(_ *tenant.Snapshot, in *Input, p *published) {
			p.files["/issuing.crl"] = p.issuing.crlOf(t, 9, nil, x509.RevocationListEntry{SerialNumber: in.Certificates[0].Subject.Certificate.Serial, RevocationTime: testClock.AddDate(0, 0, -1)})
		}, preflight.StatusFail, "cert.revoked"},
		"no binding":    {func(s *tenant.Snapshot, _ *Input, _ *published) { s.Method.Bindings[0].Field = "PrincipalName" }, preflight.StatusFail, "AADSTS50034: cert.binding"},
		"high affinity": {func(s *tenant.Snapshot, _ *Input, _ *published) { s.Method.Mode.DefaultAffinity = "high" }, preflight.StatusFail, "AADSTS50034: "},
		"another CA is told the CRL of hers": {func(s *tenant.Snapshot, in *Input, p *published) {
			s.Missing = nil
			s.Mailboxes, _ = tenant.ParseMailboxes(strings.NewReader("PrimarySmtpAddress,ActiveSyncEnabled\nalice@contoso.com,True\n"))
			other := issue(t, "Contoso Other CA", p.root, asCA(p.url+"/root.crl"))
			in.CAs = append(in.CAs, Authority{Name: "other", Certificate: other.cert, Configured: &Addresses{CRL: p.url + "/issuing.crl"}})
		}, preflight.StatusWarn, "ca.crl-shared"},
		"the CRL of the root is gone": {func(_ *tenant.Snapshot, _ *Input, p *published) { delete(p.files, "/root.crl") }, preflight.StatusFail, "AADSTS500174: ca.revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			p := publish(t)
			in := p.input(p.user(t, "Alice", "/issuing.crl"))
			for i, at := range []string{"/root.crl", "/issuing.crl"} {
				in.CAs[i].Configured = &Addresses{CRL: p.url + at}
			}
			given := len(in.CAs)
			in.Users = entra.NewUsers([]entra.User{{ID: "1", UPN: "alice@contoso.com", Mail: "alice@contoso.com", ProxyAddresses: []string{"alice@contoso.com"}, CertificateUserIDs: []string{}}})
			in.Tenant = contoso()
			tt.change(in.Tenant, &in, p)
			o := online() // the CRLs are on this machine, which Entra ID would not reach
			o.Ignore = map[string]string{"ca.crl-url": "a test", "crl.download": "a test"}
			report := mustRun(t, in, o)
			if judged := kinds(report)["ca"]; judged < given {
				t.Errorf("of %d CAs of the tenant %d were judged", given, judged)
			}
			rows = append(rows, checktest.Row{Check: "tenant.sign-in", Want: tt.want})
			for _, sub := range report.Subjects {
				if sub.Kind != "user" {
					continue
				}
				f := sub.Findings[0]
				checktest.Finding(t, f)
				if f.Status != tt.want || !strings.Contains(f.Message, tt.message) {
					t.Errorf("%s %s, want %s %q", f.Status, f.Message, tt.want, tt.message)
				}
				return
			}
			t.Error("nothing is said of the user")
		})
	}
	checktest.Catalogue(t, Catalogue(), rows)
}

// kinds counts the subjects of a report.
func kinds(report *preflight.Report) map[string]int {
	n := map[string]int{}
	for _, sub := range report.Subjects {
		n[sub.Kind]++
	}
	return n
}

// What a trust store is told of a CA counts, and not what certificates say.
func TestConfigured(t *testing.T) {
	p := publish(t)
	lost := p.user(t, "Alice", "/issuing.crl")
	p.files["/issuing.crl"] = p.issuing.crlOf(t, 9, nil, revoked(lost, 1))
	p.files["/else.crl"] = p.issuing.crlOf(t, 8, nil)
	for name, tt := range map[string]struct {
		crl   string
		check string
		want  string
	}{
		"the one that certificates name": {p.url + "/issuing.crl", "cert.revoked", "revoked"},
		"another one, which is older":    {p.url + "/else.crl", "ca.crl-url", "name " + "ldap:///CN=Contoso"},
		"none":                           {"", "ca.crl-url", "no address of its CRL"},
		"its issuer's":                   {p.url + "/root.crl", "crl.issuer", "stands where the CRL of \"Contoso Test Issuing CA\" should be"},
	} {
		t.Run(name, func(t *testing.T) {
			in := p.input(lost)
			in.CAs[0].Configured = &Addresses{CRL: p.url + "/root.crl"}
			in.CAs[1].Configured = &Addresses{CRL: tt.crl}
			var found []string
			for _, sub := range mustRun(t, in, online()).Subjects {
				for _, f := range sub.Findings {
					if f.Check == tt.check && f.Status.Worse(preflight.StatusSkip) {
						found = append(found, f.Message)
					}
				}
			}
			if !strings.Contains(strings.Join(found, "\n"), tt.want) {
				t.Errorf("%s says %q, want %q", tt.check, found, tt.want)
			}
		})
	}
}

// A tenant that trusts nothing lets nobody in, whatever chain a file brings along.
func TestTrustsNothing(t *testing.T) {
	p := publish(t)
	user := p.user(t, "Alice", "/issuing.crl")
	in := Input{Tenant: contoso(), Users: entra.NewUsers([]entra.User{{ID: "1", UPN: "alice@contoso.com", Mail: "alice@contoso.com", ProxyAddresses: []string{}, CertificateUserIDs: []string{}}})}
	in.Certificates = []Certificate{{Name: "alice.p12", Subject: &certs.Subject{Certificate: user.cert, InFile: []*certs.Certificate{user.cert, p.issuing.cert, p.root.cert}}}}
	report := mustRun(t, in, Options{})
	status := map[string]preflight.Status{}
	for _, sub := range report.Subjects {
		for _, f := range sub.Findings {
			if f.Check == "cert.chain" || f.Check == "ca.count" || f.Check == "tenant.sign-in" {
				status[f.Check] = f.Status
			}
		}
	}
	for _, check := range []string{"cert.chain", "ca.count", "tenant.sign-in"} {
		if status[check] != preflight.StatusFail {
			t.Errorf("%s: %q", check, status[check])
		}
	}
}

// What is not known of a user's sign-in is not told as if it were well.
func TestSignInDoubts(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*tenant.Snapshot, *Input, *published)
		ignore string
		want   preflight.Status
		says   string
	}{
		"the account is disabled": {func(_ *tenant.Snapshot, in *Input, _ *published) {
			in.Users = entra.NewUsers([]entra.User{{ID: "1", UPN: "alice@contoso.com", Mail: "alice@contoso.com", Disabled: true, ProxyAddresses: []string{}, CertificateUserIDs: []string{}}})
		}, "", preflight.StatusWarn, "AADSTS50057: cert.user"},
		"revoked and ignored": {func(_ *tenant.Snapshot, in *Input, p *published) {
			p.files["/issuing.crl"] = p.issuing.crlOf(t, 9, nil, x509.RevocationListEntry{SerialNumber: in.Certificates[0].Subject.Certificate.Serial, RevocationTime: testClock.AddDate(0, 0, -1)})
		}, "cert.revoked", preflight.StatusPass, "but what is ignored: cert.revoked"},
		"the policy is missing": {func(s *tenant.Snapshot, _ *Input, _ *published) {
			s.Method = nil
			s.Missing = append(s.Missing, tenant.Missing{File: tenant.MethodFile, Why: "refused"})
		}, "", preflight.StatusSkip, "not all was looked at: tenant.targets"},
		"a required CRL has no address": {func(_ *tenant.Snapshot, in *Input, _ *published) { in.CAs[1].Configured = &Addresses{} }, "ca.crl-url", preflight.StatusFail, "tenant.crl-required"},
		"no users":                      {func(_ *tenant.Snapshot, in *Input, _ *published) { in.Users = nil }, "", preflight.StatusSkip, "not known without users"},
		"a root told as an intermediate": {func(_ *tenant.Snapshot, in *Input, _ *published) {
			told := false
			in.CAs[0].Configured.Root = &told
		}, "", preflight.StatusFail, "ca.role"},
	} {
		t.Run(name, func(t *testing.T) {
			p := publish(t)
			in := p.input(p.user(t, "Alice", "/issuing.crl"))
			s := contoso()
			for i, at := range []string{"/root.crl", "/issuing.crl"} {
				in.CAs[i].Configured = &Addresses{CRL: p.url + at}
			}
			in.Users = entra.NewUsers([]entra.User{{ID: "1", UPN: "alice@contoso.com", Mail: "alice@contoso.com", ProxyAddresses: []string{}, CertificateUserIDs: []string{}}})
			s.Missing, in.Tenant = nil, s
			s.Mailboxes, _ = tenant.ParseMailboxes(strings.NewReader("PrimarySmtpAddress,ActiveSyncEnabled\nalice@contoso.com,True\n"))
			tt.change(s, &in, p)
			if tt.says == "tenant.crl-required" { // as the stores of the snapshot have it
				s.Classic = []graph.CA{{Certificate: p.issuing.cert.Raw}}
			}
			o := online()
			o.Excuse = func(f preflight.Finding) string {
				if strings.Contains(f.Message, "loopback") {
					return "a test"
				}
				return ""
			}
			if tt.ignore != "" {
				o.Ignore = map[string]string{tt.ignore: "a test"}
			}
			for _, sub := range mustRun(t, in, o).Subjects {
				for _, f := range sub.Findings {
					if f.Check == "tenant.sign-in" {
						if f.Status != tt.want || !strings.Contains(f.Message, tt.says) {
							t.Errorf("%s %s", f.Status, f.Message)
						}
						return
					}
				}
			}
			t.Error("nothing is said of the sign-in")
		})
	}
}
