package tenant

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

// tenantRows are what the checks say of a tenant in which all is in order but what
// change does to it.
var tenantRows = []struct {
	name   string
	check  string
	want   preflight.Status
	says   string
	change func(*Snapshot)
	users  *entra.Users
	sc     *preflight.Scenario
	codes  string // joined by spaces; not looked at where ""
}{
	{name: "on", check: "tenant.method", want: pass, says: "enabled"},
	{name: "off", check: "tenant.method", want: fail, says: `is "disabled"`, change: func(s *Snapshot) { s.Method.State = graph.Disabled }, codes: "AADSTS130501"},
	{name: "not read", check: "tenant.method", want: skip, says: "403", change: lose(MethodFile, func(s *Snapshot) { s.Method = nil })},
	{name: "direct", check: "tenant.method", want: skip, says: "tenant.legacy-block", sc: &direct},
	{name: "AD FS", check: "tenant.method", want: skip, says: "AD FS judges", sc: &byADFS},
	{name: "on premises", check: "tenant.method", want: skip, says: "Exchange Server judges", sc: &onPrems},

	{name: "a group", check: "tenant.targets", want: pass, says: `for "Mail pilots"`},
	{name: "its users", check: "tenant.targets", want: pass, says: "each of 2 users", users: people()},
	{name: "nobody", check: "tenant.targets", want: fail, says: "for nobody", change: func(s *Snapshot) { s.Method.IncludeTargets = nil }},
	{name: "everybody", check: "tenant.targets", want: warn, says: "all users", change: include(graph.AllUsers)},
	{name: "a user outside", check: "tenant.targets", want: warn, says: "1 of 3 users (carol@fabrikam.com)", users: people(alice(), bob(), carol())},
	{name: "all outside", check: "tenant.targets", want: fail, says: "1 of 1 user (carol@fabrikam.com)", users: people(carol()), codes: "AADSTS130501"},
	{name: "disabled accounts and guests have no say", check: "tenant.targets", want: pass, says: "each of 1 user ",
		users: people(alice(), entra.User{UPN: "old@contoso.com", Disabled: true}, entra.User{UPN: "guest@fabrikam.com", Guest: true})},
	{name: "nobody who signs in", check: "tenant.targets", want: pass, says: `for "Mail pilots"`, users: people(entra.User{UPN: "old@contoso.com", Disabled: true})},
	{name: "one user", check: "tenant.targets", want: warn, says: "1 of 2 users (bob@contoso.com)", change: func(s *Snapshot) { s.Method.IncludeTargets = []graph.Target{{ID: aliceID, TargetType: "user"}} }, users: people()},
	{name: "a group that is gone", check: "tenant.targets", want: skip, says: deleted, change: include(deleted)},
	{name: "users of a group that is gone", check: "tenant.targets", want: warn, says: "2 may be outside", change: include(deleted), users: people()},

	{name: "two bindings", check: "tenant.binding", want: pass, says: "PrincipalName to userPrincipalName, SubjectKeyIdentifier to certificateUserIds"},
	{name: "none set", check: "tenant.binding", want: pass, says: "the default counts", change: func(s *Snapshot) { s.Method.Bindings = nil }},
	{name: "an unknown field", check: "tenant.binding", want: warn, says: "Thumbprint to certificateUserIds: the field is not known", change: bind("Thumbprint", "certificateUserIds", 3, "high")},
	{name: "a property that nothing binds to", check: "tenant.binding", want: warn, says: "no binding goes by that property", change: bind("RFC822Name", "proxyAddresses", 3, "low")},
	{name: "a key as user name", check: "tenant.binding", want: warn, says: "certificateUserIds only", change: bind("SubjectKeyIdentifier", "userPrincipalName", 3, "high")},
	{name: "one priority twice", check: "tenant.binding", want: warn, says: "same priority 2", change: bind("RFC822Name", "userPrincipalName", 2, "low")},

	{name: "low", check: "tenant.affinity", want: pass, says: "low affinity is enough"},
	{name: "high, nothing bound", check: "tenant.affinity", want: fail, says: "none of the bindings has it", change: func(s *Snapshot) { highAffinity(s); s.Method.Bindings = nil }, codes: "AADSTS50034"},
	{name: "high, users not given", check: "tenant.affinity", want: skip, says: "--users", change: highAffinity},
	{name: "high, a user without key", check: "tenant.affinity", want: warn, says: "1 of 2 users (alice@contoso.com)", change: highAffinity, users: people()},
	{name: "high, all with key", check: "tenant.affinity", want: pass, says: "each of 1 user", change: highAffinity, users: people(bob())},
	{name: "high, unknown ids", check: "tenant.affinity", want: skip, says: "does not tell", change: highAffinity, users: people(entra.User{UPN: "a@contoso.com"})},
	{name: "a binding of the other affinity", check: "tenant.affinity", want: warn, says: `set to "high" affinity, and the field's is low`, change: bind("RFC822Name", "userPrincipalName", 3, "high")},
	{name: "a rule without binding", check: "tenant.affinity", want: warn, says: `policy "1.2.3.4" requires high`, change: func(s *Snapshot) {
		s.Method.Bindings = nil
		s.Method.Mode.Rules = []graph.Rule{{Type: "policyOID", Identifier: "1.2.3.4", Mode: graph.MultiFactor, Affinity: "high"}}
	}},

	{name: "none", check: "tenant.scope", want: pass, says: "no CA is scoped"},
	{name: "one", check: "tenant.scope", want: pass, says: "1 CA is scoped", change: scoped(issuingSKI, pilots)},
	{name: "of no CA", check: "tenant.scope", want: warn, says: "of no CA in the tenant", change: scoped("0badc0de", pilots)},
	{name: "without group", check: "tenant.scope", want: warn, says: "sign in nobody", change: scoped(issuingSKI)},
	{name: "two groups", check: "tenant.scope", want: warn, says: "2 groups", change: scoped(issuingSKI, pilots, others)},
	{name: "a group that is gone", check: "tenant.scope", want: skip, says: deleted, change: scoped(issuingSKI, deleted)},

	{name: "multifactor", check: "tenant.strength", want: pass, says: "counts as multifactor"},
	{name: "single, demanded", check: "tenant.strength", want: warn, says: `the policy "MFA for all" demands`, change: singleFactor, codes: "AADSTS54008"},
	{name: "single, demanded of users", check: "tenant.strength", want: warn, says: "2 of 2 users", change: singleFactor, users: people()},
	{name: "single, not demanded", check: "tenant.strength", want: pass, says: "no policy demands", change: func(s *Snapshot) { singleFactor(s); s.Access = nil }},
	{name: "single, policies not read", check: "tenant.strength", want: skip, says: "403", change: func(s *Snapshot) { singleFactor(s); lose(AccessFile, func(s *Snapshot) { s.Access = nil })(s) }},
	{name: "security defaults", check: "tenant.strength", want: warn, says: "security defaults demand", change: func(s *Snapshot) { singleFactor(s); s.Access = nil; s.Defaults.IsEnabled = true }},
	{name: "a strength without certificates", check: "tenant.strength", want: warn, says: `strength "Passkeys only"`, change: func(s *Snapshot) {
		s.Access[0].Grant = &graph.AccessGrant{Operator: "OR", Strength: &graph.Strength{DisplayName: "Passkeys only", Allowed: []string{"fido2"}}}
	}},
	{name: "a strength with certificates", check: "tenant.strength", want: pass, says: "multifactor", change: func(s *Snapshot) {
		s.Access[0].Grant = &graph.AccessGrant{Operator: "OR", Strength: &graph.Strength{Allowed: []string{"fido2", "x509CertificateMultiFactor"}}}
	}},

	{name: "required, all have", check: "tenant.crl-required", want: pass, says: "each of 2 CAs"},
	{name: "required, one lacks", check: "tenant.crl-required", want: fail, says: `Issuing CA" in the PKI "Contoso PKI" has no CRL address`, change: noCRL, codes: "AADSTS500175"},
	{name: "required, the other store has it", check: "tenant.crl-required", want: pass, says: "required", change: func(s *Snapshot) {
		noCRL(s)
		s.Classic = append(s.Classic, graph.CA{Certificate: s.PKIs[0].CAs[0].Certificate, CRLURL: "http://crl.contoso.com/issuing.crl"})
	}},
	{name: "required, exempted", check: "tenant.crl-required", want: warn, says: "exempted", change: func(s *Snapshot) { noCRL(s); s.Method.CRLValidation.Exempted = []string{issuingSKI} }},
	{name: "exempted, of no CA", check: "tenant.crl-required", want: warn, says: `"0badc0de" is exempted`, change: func(s *Snapshot) { s.Method.CRLValidation.Exempted = []string{"0badc0de"} }},
	{name: "not required, one lacks", check: "tenant.crl-required", want: warn, says: "go on signing in", change: func(s *Snapshot) { noCRL(s); s.Method.CRLValidation.State = graph.Disabled }},
	{name: "not required, all have", check: "tenant.crl-required", want: pass, says: "not required", change: func(s *Snapshot) { s.Method.CRLValidation.State = graph.Disabled }},
	{name: "a store not read", check: "tenant.crl-required", want: skip, says: PKIFile, change: lose(PKIFile, func(s *Snapshot) { s.PKIs = nil })},
	{name: "a deleted CA does not count", check: "tenant.crl-required", want: pass, says: "each of 1 CA", change: func(s *Snapshot) { noCRL(s); s.PKIs[0].CAs[0].Deleted = testClock }},

	{name: "on", check: "tenant.issuer-hints", want: pass, says: "*.certauth.login.microsoftonline.com alone, here t" + tenantID + "."},
	{name: "off", check: "tenant.issuer-hints", want: pass, says: "off", change: func(s *Snapshot) { s.Method.IssuerHints.State = graph.Disabled }},
	{name: "US Government", check: "tenant.issuer-hints", want: pass, says: "*.certauth.login.microsoftonline.us", change: func(s *Snapshot) { s.Cloud = preflight.GCCHigh }},
	{name: "China", check: "tenant.issuer-hints", want: pass, says: "not documented for this cloud", change: func(s *Snapshot) { s.Cloud = preflight.China }},
	{name: "no CA marked", check: "tenant.issuer-hints", want: warn, says: "no CA is marked", change: func(s *Snapshot) { s.PKIs[0].CAs[0].IsIssuerHintEnabled = false }},
	{name: "too many", check: "tenant.issuer-hints", want: fail, says: "of the 16384", change: func(s *Snapshot) { s.PKIs[0].CAs = manyCAs() }},

	{name: "consented for all", check: "tenant.consent", want: pass, says: "for everybody"},
	{name: "to something else", check: "tenant.consent", want: warn, says: `"User.Read"`, change: func(s *Snapshot) { s.AppleMail.Grants[0].Scope = "User.Read" }},
	{name: "not read", check: "tenant.consent", want: skip, says: AppleMailFile, change: lose(AppleMailFile, func(s *Snapshot) { s.AppleMail = nil })},
	{name: "absent, users may not", check: "tenant.consent", want: fail, says: "not in the tenant yet, and users may not", change: func(s *Snapshot) { s.AppleMail = nil; mayConsent(s) }, codes: "AADSTS90094"},
	{name: "absent, users may to all", check: "tenant.consent", want: warn, says: "each of them is asked", change: func(s *Snapshot) {
		s.AppleMail = nil
		mayConsent(s, "ManagePermissionGrantsForSelf.microsoft-user-default-legacy")
	}, codes: "AADSTS65001"},
	{name: "absent, users may to some", check: "tenant.consent", want: warn, says: "microsoft-user-default-low", change: func(s *Snapshot) { s.AppleMail = nil }, codes: "AADSTS90094"},
	{name: "absent, what users may is not read", check: "tenant.consent", want: skip, says: ConsentFile, change: func(s *Snapshot) { s.AppleMail = nil; lose(ConsentFile, func(s *Snapshot) { s.Consent = nil })(s) }},
	{name: "disabled", check: "tenant.consent", want: fail, says: "is disabled", change: func(s *Snapshot) { s.AppleMail.AccountEnabled = new(bool) }},
	{name: "assignment, some are", check: "tenant.consent", want: warn, says: "1 of 3 users (carol@fabrikam.com)", change: assign(pilots), users: people(alice(), bob(), carol()), codes: "AADSTS50105"},
	{name: "assignment, all are", check: "tenant.consent", want: pass, says: "for everybody", change: assign(pilots), users: people()},

	{name: "MFA only", check: "tenant.conditional-access", want: pass, says: "none of 1 policy in force"},
	{name: "none", check: "tenant.conditional-access", want: pass, says: "no policy is in force", change: func(s *Snapshot) { s.Access = nil }},
	{name: "not read", check: "tenant.conditional-access", want: skip, says: AccessFile, change: lose(AccessFile, func(s *Snapshot) { s.Access = nil })},
	{name: "blocked", check: "tenant.conditional-access", want: fail, says: `Exchange Online is blocked by policy "P", for everybody`, change: policy(blocks), codes: "AADSTS53003"},
	{name: "blocked for some", check: "tenant.conditional-access", want: warn, says: "2 of 3 users", change: policy(blocks, forGroup(pilots)), users: people(alice(), bob(), carol())},
	{name: "blocked, but for these users", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(blocks, func(p *graph.AccessPolicy) { p.Conditions.Users.ExcludeGroups = []string{pilots} }), users: people()},
	{name: "report-only", check: "tenant.conditional-access", want: pass, says: `once switched on: "P"`, change: policy(blocks, func(p *graph.AccessPolicy) { p.State = reportOnly })},
	{name: "another app", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(blocks, func(p *graph.AccessPolicy) { p.Conditions.Applications.Include = []string{"other-app"} })},
	{name: "Windows", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(blocks, platforms("windows"))},
	{name: "iPhones", check: "tenant.conditional-access", want: fail, says: `"P" (iOS)`, change: policy(blocks, platforms("iOS"))},
	{name: "legacy clients", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(blocks, clients("exchangeActiveSync", "other"))},
	{name: "browsers", check: "tenant.conditional-access", want: warn, says: "depending on the type of app", change: policy(blocks, clients("browser"))},
	{name: "outside the office", check: "tenant.conditional-access", want: warn, says: "depending on the place", change: policy(blocks, func(p *graph.AccessPolicy) { p.Conditions.Locations = places("All", "AllTrusted") })},
	{name: "some devices", check: "tenant.conditional-access", want: warn, says: "depending on a device filter", change: policy(blocks, deviceFilter)},
	{name: "risky users", check: "tenant.conditional-access", want: warn, says: "depending on the risk", change: policy(blocks, func(p *graph.AccessPolicy) { p.Conditions.UserRiskLevels = []string{"high"} })},
	{name: "compliant device or new password", check: "tenant.conditional-access", want: warn, says: "can't show", change: policy(grants("OR", "compliantDevice", "passwordChange"))},
	{name: "device codes", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(blocks, deviceCode)},
	{name: "compliant device", check: "tenant.conditional-access", want: warn, says: "can't show", change: policy(grants("OR", "compliantDevice")), codes: "AADSTS53000"},
	{name: "compliant device or MFA", check: "tenant.conditional-access", want: pass, says: "none of", change: policy(grants("OR", "compliantDevice", "mfa"))},
	{name: "compliant device and MFA", check: "tenant.conditional-access", want: warn, says: "can't show", change: policy(grants("AND", "compliantDevice", "mfa"))},

	{name: "nothing blocks", check: "tenant.legacy-block", want: pass, says: "neither", sc: &direct},
	{name: "a policy", check: "tenant.legacy-block", want: fail, says: `direct sign-in to ActiveSync is blocked by policy "P"`, change: policy(blocks, clients("exchangeActiveSync", "other")), sc: &direct, codes: "AADSTS53003"},
	{name: "other legacy clients", check: "tenant.legacy-block", want: warn, says: "depending on the type of app", change: policy(blocks, clients("other")), sc: &direct},
	{name: "a policy, and a mailbox that may be elsewhere", check: "tenant.legacy-block", want: warn, says: "--mailbox", change: policy(blocks, clients("exchangeActiveSync")), sc: &directUnknown},
	{name: "a policy, and OAuth", check: "tenant.legacy-block", want: pass, says: "sign in directly are: direct", change: policy(blocks, clients("exchangeActiveSync"))},
	{name: "security defaults", check: "tenant.legacy-block", want: warn, says: "security defaults", change: func(s *Snapshot) { s.Defaults.IsEnabled = true }, sc: &direct},
	{name: "not read", check: "tenant.legacy-block", want: skip, says: "403", change: lose(AccessFile, func(s *Snapshot) { s.Access = nil }), sc: &direct},

	{name: "managed", check: "tenant.federated", want: pass, says: "no domain of 2"},
	{name: "federated", check: "tenant.federated", want: warn, says: `federated: "contoso.com"`, change: federate},
	{name: "federated, its users", check: "tenant.federated", want: warn, says: "2 of 3 users", change: federate, users: people(alice(), bob(), carol())},
	{name: "federated, other users", check: "tenant.federated", want: pass, says: "none of 1 user", change: federate, users: people(carol())},
	{name: "federated, direct", check: "tenant.federated", want: pass, says: "the same", change: federate, sc: &direct},
	{name: "rollout", check: "tenant.federated", want: warn, says: `staged rollout of certificate sign-in ("CBA")`, change: func(s *Snapshot) {
		federate(s)
		s.Rollouts = []graph.RolloutPolicy{{DisplayName: "CBA", Feature: "certificateBasedAuthentication", IsEnabled: true}}
	}},

	{name: "all on", check: "tenant.eas-enabled", want: pass, says: "all of 2 mailboxes"},
	{name: "one off", check: "tenant.eas-enabled", want: warn, says: "1 of 2 mailboxes: alice", change: easOff},
	{name: "one off, users", check: "tenant.eas-enabled", want: warn, says: "1 of 2 users (alice@contoso.com)", change: easOff, users: people()},
	{name: "all off", check: "tenant.eas-enabled", want: fail, says: "1 of 1 user", change: easOff, users: people(alice()), codes: "eas-126 http-403"},
	{name: "not exported", check: "tenant.eas-enabled", want: skip, says: MailboxesFile, change: lose(MailboxesFile, func(s *Snapshot) { s.Mailboxes = nil })},
	{name: "a user without mailbox", check: "tenant.eas-enabled", want: skip, says: "1 of 1 user", users: people(carol())},
	{name: "on premises", check: "tenant.eas-enabled", want: skip, says: "Exchange Server", sc: &onPrems},
}

func TestTenant(t *testing.T) {
	for _, row := range tenantRows {
		t.Run(row.check+"/"+row.name, func(t *testing.T) {
			s, sc := healthy(t), oauth
			if row.change != nil {
				row.change(s)
			}
			if row.sc != nil {
				sc = *row.sc
			}
			expect(t, s.Check(sc, row.users), row.check, row.want, row.says, row.codes)
		})
	}
}

// expect wants a check to say something, and nothing worse.
func expect(t *testing.T, findings []preflight.Finding, check string, want preflight.Status, says, codes string) {
	t.Helper()
	found := only(findings, check)
	if !finds(found, want, says) || preflight.Verdict(found).Worse(want) {
		t.Fatalf("%+v\nwant %s with %q", found, want, says)
	}
	for _, f := range findings {
		checktest.Finding(t, f)
		if f.Check == check && f.Status == want && codes != "" && strings.Join(f.Codes, " ") != codes {
			t.Errorf("codes %v, want %s", f.Codes, codes)
		}
	}
}

func TestCatalogue(t *testing.T) {
	var rows []checktest.Row
	for _, r := range tenantRows {
		rows = append(rows, checktest.Row{Check: r.check, Want: r.want})
	}
	checktest.Catalogue(t, Catalogue(), rows)
}

// Every code that a check names is one that easkit explains, as far as Entra ID
// reports it.
func TestCodesAreExplained(t *testing.T) {
	for _, info := range Catalogue() {
		for _, code := range info.Codes {
			if strings.HasPrefix(code, "AADSTS") && len(preflight.FindCodes(entra.Codes(), code)) == 0 {
				t.Errorf("%s: %s is not explained", info.ID, code)
			}
		}
	}
}

// userRows are the same for one user, who is Alice with her certificate unless the
// row has another.
var userRows = []struct {
	name   string
	check  string
	want   preflight.Status
	says   string
	change func(*Snapshot)
	user   func(*User)
	sc     *preflight.Scenario
	codes  string
}{
	{name: "in the group", check: "tenant.targets", want: pass, says: "alice@contoso.com"},
	{name: "in no group", check: "tenant.targets", want: fail, says: `none of the groups that the method is for: "Mail pilots"`, user: isCarol, codes: "AADSTS130501"},
	{name: "excluded", check: "tenant.targets", want: fail, says: "excludes", change: func(s *Snapshot) { s.Method.ExcludeTargets = []graph.Target{{ID: pilots, TargetType: "group"}} }},
	{name: "a group that is gone", check: "tenant.targets", want: skip, says: "not known", change: include(deleted)},
	{name: "known by UPN alone", check: "tenant.targets", want: pass, says: "alice", user: func(u *User) { u.User.ID = "" }},
	{name: "method off", check: "tenant.targets", want: fail, says: "switched off", change: func(s *Snapshot) { s.Method.State = graph.Disabled }},

	{name: "low", check: "tenant.affinity", want: pass, says: "the tenant's default"},
	{name: "high, not bound", check: "tenant.affinity", want: fail, says: "no SubjectKeyIdentifier of the certificate is in the certificateUserIds of alice", change: highAffinity, codes: "AADSTS50034"},
	{name: "high, bound", check: "tenant.affinity", want: pass, says: "is among the certificateUserIds", change: highAffinity, user: hasOwnSKI},
	{name: "high by rule", check: "tenant.affinity", want: fail, says: "the rule for issuer", change: func(s *Snapshot) {
		s.Method.Mode.Rules = []graph.Rule{{Type: "issuerSubject", Identifier: issuingName, Mode: graph.MultiFactor, Affinity: "high"}}
	}},
	{name: "high, ids unknown", check: "tenant.affinity", want: skip, says: "not known", change: highAffinity, user: func(u *User) { u.User.CertificateUserIDs = nil }},
	{name: "high, no certificate, no key", check: "tenant.affinity", want: fail, says: "neither key nor serial", change: highAffinity, user: noCertificate},

	{name: "high, no certificate, a key", check: "tenant.affinity", want: pass, says: "has a key", change: highAffinity, user: func(u *User) { noCertificate(u); b := bob(); u.User = &b }},
	{name: "low, no certificate", check: "tenant.affinity", want: pass, says: "low", user: noCertificate},
	{name: "high by rule, no certificate", check: "tenant.affinity", want: skip, says: "rules require", user: noCertificate, change: func(s *Snapshot) {
		s.Method.Mode.Rules = []graph.Rule{{Type: "policyOID", Identifier: "1.2.3.4", Affinity: "high"}}
	}},

	{name: "no scope", check: "tenant.scope", want: pass, says: "no CA is scoped"},
	{name: "in the scope", check: "tenant.scope", want: pass, says: "1 scoped CA", change: scoped(issuingSKI, pilots)},
	{name: "outside the scope", check: "tenant.scope", want: warn, says: "is not in it", change: scoped(issuingSKI, pilots), user: isCarol, codes: "AADSTS500189"},
	{name: "a scope of the root", check: "tenant.scope", want: warn, says: "is not in it", change: scoped(rootSKI, pilots), user: isCarol},
	{name: "a scope of another CA", check: "tenant.scope", want: pass, says: "no scope is for", change: scoped("0badc0de", pilots), user: isCarol},
	{name: "no certificate", check: "tenant.scope", want: skip, says: "no certificate", change: scoped(issuingSKI, pilots), user: noCertificate},

	{name: "multifactor", check: "tenant.strength", want: pass, says: "multifactor by the tenant's default"},
	{name: "single", check: "tenant.strength", want: warn, says: `"MFA for all"`, change: singleFactor, codes: "AADSTS54008"},
	{name: "multifactor by the issuer's rule", check: "tenant.strength", want: pass, says: "the rule for issuer", change: func(s *Snapshot) {
		singleFactor(s)
		s.Method.Mode.Rules = []graph.Rule{{Type: "issuerSubject", Identifier: issuingName + " ", Mode: graph.MultiFactor}}
	}},
	{name: "rules, and no certificate", check: "tenant.strength", want: skip, says: "no certificate", user: noCertificate, change: func(s *Snapshot) {
		singleFactor(s)
		s.Method.Mode.Rules = []graph.Rule{{Type: "issuerSubject", Identifier: issuingName, Mode: graph.MultiFactor}}
	}},

	{name: "hinted", check: "tenant.issuer-hints", want: pass, says: "name the certificate's issuer"},
	{name: "not hinted", check: "tenant.issuer-hints", want: warn, says: "may not offer", change: func(s *Snapshot) { s.PKIs[0].CAs[0].IsIssuerHintEnabled = false }},
	{name: "off", check: "tenant.issuer-hints", want: pass, says: "off", change: func(s *Snapshot) { s.Method.IssuerHints.State = graph.Disabled }},

	{name: "for all", check: "tenant.consent", want: pass, says: "everybody"},
	{name: "by the user", check: "tenant.consent", want: pass, says: "alice@contoso.com has consented", change: func(s *Snapshot) {
		s.AppleMail.Grants = []graph.Grant{{ConsentType: "Principal", PrincipalID: aliceID, Scope: easScope}}
	}},
	{name: "by another user", check: "tenant.consent", want: fail, says: "has not consented", change: func(s *Snapshot) {
		s.AppleMail.Grants = []graph.Grant{{ConsentType: "Principal", PrincipalID: bobID, Scope: easScope}}
		mayConsent(s)
	}, codes: "AADSTS90094"},
	{name: "assigned", check: "tenant.consent", want: pass, says: "everybody", change: assign(pilots)},
	{name: "not assigned", check: "tenant.consent", want: fail, says: "carol@fabrikam.com is not", change: assign(pilots), user: isCarol, codes: "AADSTS50105"},

	{name: "free", check: "tenant.conditional-access", want: pass, says: "no policy"},
	{name: "blocked", check: "tenant.conditional-access", want: fail, says: `Exchange Online is blocked by policy "P"`, change: policy(blocks, forGroup(pilots)), codes: "AADSTS53003"},
	{name: "excluded from the block", check: "tenant.conditional-access", want: pass, says: "no policy", change: policy(blocks, func(p *graph.AccessPolicy) { p.Conditions.Users.Exclude = []string{aliceID} })},
	{name: "a role", check: "tenant.conditional-access", want: warn, says: "groups or roles", change: policy(blocks, func(p *graph.AccessPolicy) {
		p.Conditions.Users.Include = nil
		p.Conditions.Users.IncludeRoles = []string{"role"}
	})},
	{name: "a compliant device", check: "tenant.conditional-access", want: warn, says: "compliant", change: policy(grants("AND", "compliantDevice")), codes: "AADSTS53000"},

	{name: "direct, blocked", check: "tenant.legacy-block", want: fail, says: "direct sign-in to ActiveSync is blocked", change: policy(blocks, clients("exchangeActiveSync")), sc: &direct},
	{name: "direct, free", check: "tenant.legacy-block", want: pass, says: "neither", sc: &direct},

	{name: "managed", check: "tenant.federated", want: pass, says: "not federated"},
	{name: "federated, taken in", check: "tenant.federated", want: warn, says: "takes the certificate now", change: federate},
	{name: "federated, not taken in", check: "tenant.federated", want: warn, says: "its server", change: func(s *Snapshot) { federate(s); s.Method.State = graph.Disabled }},

	{name: "on", check: "tenant.eas-enabled", want: pass, says: "on for alice"},
	{name: "off", check: "tenant.eas-enabled", want: fail, says: "off for the mailbox of alice", change: easOff, codes: "eas-126 http-403"},
	{name: "no mailbox", check: "tenant.eas-enabled", want: skip, says: "no mailbox", user: isCarol},
}

func TestUser(t *testing.T) {
	for _, row := range userRows {
		t.Run(row.check+"/"+row.name, func(t *testing.T) {
			user, sc := alice(), oauth
			u := &User{Snapshot: healthy(t), User: &user, Certificate: fixture(t, "good.pem")}
			if row.change != nil {
				row.change(u.Snapshot)
			}
			if row.user != nil {
				row.user(u)
			}
			if row.sc != nil {
				sc = *row.sc
			}
			expect(t, CheckUser(sc, u), row.check, row.want, row.says, row.codes)
		})
	}
}

// What is wrong with the fixtures, one thing at a time.

func lose(file string, clear func(*Snapshot)) func(*Snapshot) {
	return func(s *Snapshot) {
		clear(s)
		s.Missing = append(s.Missing, Missing{file, "Graph: GET /x: HTTP 403"})
	}
}

func include(group string) func(*Snapshot) {
	return func(s *Snapshot) { s.Method.IncludeTargets = []graph.Target{{ID: group, TargetType: "group"}} }
}

func bind(field, property string, priority int, affinity string) func(*Snapshot) {
	return func(s *Snapshot) {
		s.Method.Bindings = append(s.Method.Bindings, graph.UserBinding{Field: field, Property: property, Priority: priority, Affinity: affinity})
	}
}

func highAffinity(s *Snapshot) { s.Method.Mode.DefaultAffinity = "high" }

func singleFactor(s *Snapshot) { s.Method.Mode.DefaultMode = graph.SingleFactor }

// The key identifiers and the name of the fixtures' CAs; a test below compares.
const (
	issuingName = "CN=Contoso Test Issuing CA"
	issuingSKI  = "5e:c6:41:24:24:8d:7c:c3:5b:f7:df:d3:b4:b3:ca:b9:58:ad:8e:f1"
	rootSKI     = "34B7A99BF02F2C0D225B85A271DE9273C4DFD067"
)

func scoped(ski string, groups ...string) func(*Snapshot) {
	return func(s *Snapshot) {
		scope := graph.CAScope{PKI: "Contoso PKI", SKI: ski}
		for _, g := range groups {
			scope.Include = append(scope.Include, graph.Target{ID: g, TargetType: "group"})
		}
		s.Method.Scopes = []graph.CAScope{scope}
		s.Groups = append(s.Groups, graph.Group{ID: others, DisplayName: "Others", Members: []graph.Member{{ID: carolID}}})
	}
}

func noCRL(s *Snapshot) { s.PKIs[0].CAs[0].CRLURL = "" }

func mayConsent(s *Snapshot, policies ...string) {
	s.Consent.DefaultUserRolePermissions.PermissionGrantPoliciesAssigned = policies
}

func assign(group string) func(*Snapshot) {
	return func(s *Snapshot) {
		s.AppleMail.AppRoleAssignmentRequired = true
		s.AppleMail.AssignedTo = []graph.Assignment{{PrincipalID: group, PrincipalType: "Group"}}
	}
}

// policy adds a policy for everybody and all apps.
func policy(changes ...func(*graph.AccessPolicy)) func(*Snapshot) {
	return func(s *Snapshot) {
		p := graph.AccessPolicy{ID: "p2", DisplayName: "P", State: graph.Enabled, Grant: &graph.AccessGrant{Operator: "OR"}}
		p.Conditions.ClientAppTypes = []string{"all"}
		p.Conditions.Applications.Include = []string{"Office365"}
		p.Conditions.Users.Include = []string{"All"}
		for _, change := range changes {
			change(&p)
		}
		s.Access = append(s.Access, p)
	}
}

func blocks(p *graph.AccessPolicy) { p.Grant.Controls = []string{"block"} }

func grants(operator string, controls ...string) func(*graph.AccessPolicy) {
	return func(p *graph.AccessPolicy) { p.Grant = &graph.AccessGrant{Operator: operator, Controls: controls} }
}

func forGroup(id string) func(*graph.AccessPolicy) {
	return func(p *graph.AccessPolicy) {
		p.Conditions.Users.Include = nil
		p.Conditions.Users.IncludeGroups = []string{id}
	}
}

func clients(types ...string) func(*graph.AccessPolicy) {
	return func(p *graph.AccessPolicy) { p.Conditions.ClientAppTypes = types }
}

func platforms(include ...string) func(*graph.AccessPolicy) {
	return func(p *graph.AccessPolicy) {
		p.Conditions.Platforms = new(struct {
			Include []string `json:"includePlatforms"`
			Exclude []string `json:"excludePlatforms"`
		})
		p.Conditions.Platforms.Include = include
	}
}

func places(include, exclude string) *struct {
	Include []string `json:"includeLocations"`
	Exclude []string `json:"excludeLocations"`
} {
	return &struct {
		Include []string `json:"includeLocations"`
		Exclude []string `json:"excludeLocations"`
	}{[]string{include}, []string{exclude}}
}

func deviceCode(p *graph.AccessPolicy) {
	p.Conditions.AuthenticationFlows = &struct {
		TransferMethods string `json:"transferMethods"`
	}{"deviceCodeFlow"}
}

func deviceFilter(p *graph.AccessPolicy) {
	err := json.Unmarshal([]byte(`{"devices":{"deviceFilter":{"mode":"exclude","rule":"device.isCompliant -eq True"}}}`), &p.Conditions)
	if err != nil {
		panic(err)
	}
}

func federate(s *Snapshot) { s.Domains[0].AuthenticationType = graph.Federated }

func easOff(s *Snapshot) {
	s.Mailboxes.all[0].Enabled = false
}

func isCarol(u *User) { c := carol(); u.User = &c }

func noCertificate(u *User) { u.Certificate = nil }

func hasOwnSKI(u *User) {
	for _, id := range entra.CertificateUserIDs(u.Certificate) {
		if id.Field == entra.SubjectKeyIdentifier {
			u.User.CertificateUserIDs = []string{id.Value}
		}
	}
}

func TestFixtureKeys(t *testing.T) {
	for file, ski := range map[string]string{"issuing.pem": issuingSKI, "root.pem": rootSKI} {
		if got := fixture(t, file).SubjectKeyID; !slices.Equal(got, fromHex(ski)) {
			t.Errorf("%s: %x", file, got)
		}
	}
}
