package tenant

import (
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// User is one user of a tenant, and what is known of the certificate that the user
// is to sign in with.
type User struct {
	Snapshot    *Snapshot
	User        *entra.User
	Certificate *certs.Certificate   // nil where none was given
	Chain       []*certs.Certificate // its issuing CA and those above; nil for those of the tenant
}

// whole is a tenant, and the users whom the answer is for.
type whole struct {
	*Snapshot
	users *entra.Users // nil where none were given
}

// Check judges the tenant as a whole. With users, it says how many of them are
// concerned; nil stands for none given.
func (s *Snapshot) Check(sc preflight.Scenario, users *entra.Users) []preflight.Finding {
	var findings []preflight.Finding
	if users != nil && count(users, func(*entra.User) answer { return no }).of == 0 {
		users = nil // none of them signs in: of nobody nothing can be said
	}
	for _, c := range checks {
		run := func(sc preflight.Scenario, w *whole) []preflight.Outcome {
			if why := c.on(sc); why != "" {
				return preflight.Skip("%s", why)
			}
			return c.tenant(sc, w)
		}
		findings = append(findings, preflight.Check[*whole]{Info: c.Info, Run: run}.Apply(sc, &whole{s, users})...)
	}
	return findings
}

// CheckUser judges one user, by those of the checks that differ from user to user.
// The codes of a warning or failure are what the user would see. Whether a binding
// leads from the certificate to the user, [entra.CheckHolder] says, given the
// bindings of [Snapshot.BindingsFor].
func CheckUser(sc preflight.Scenario, u *User) []preflight.Finding {
	var findings []preflight.Finding
	for _, c := range checks {
		if c.user == nil {
			continue
		}
		run := func(sc preflight.Scenario, u *User) []preflight.Outcome {
			if why := c.on(sc); why != "" {
				return preflight.Skip("%s", why)
			}
			return c.user(sc, u)
		}
		findings = append(findings, preflight.Check[*User]{Info: c.Info, Run: run}.Apply(sc, u)...)
	}
	return findings
}

// Catalogue lists every check of this package once.
func Catalogue() []preflight.Info {
	var infos []preflight.Info
	for _, c := range checks {
		infos = append(infos, c.Info)
	}
	return infos
}

// check is one rule, for the tenant and, where it has a side to it, for one user.
type check struct {
	preflight.Info
	on     func(preflight.Scenario) string // why it does not apply; ""
	tenant func(preflight.Scenario, *whole) []preflight.Outcome
	user   func(preflight.Scenario, *User) []preflight.Outcome
}

// onOAuth is for what counts only where Entra ID takes the certificate.
func onOAuth(sc preflight.Scenario) string {
	if why := onEntra(sc); why != "" || sc.Auth == preflight.OAuth {
		return why
	}
	return "direct sign-in to Exchange Online does not go by this: tenant.legacy-block is what matters"
}

// onEntra is for what counts wherever Entra ID has a say.
func onEntra(sc preflight.Scenario) string {
	switch {
	case sc.InCloud():
		return ""
	case sc.Auth == preflight.OAuth:
		return "AD FS judges the certificate, and not Entra ID"
	}
	return "Exchange Server judges the certificate, and not Entra ID"
}

// onOnline is for what counts where the mailbox may be in Exchange Online.
func onOnline(sc preflight.Scenario) string {
	if !sc.MaybeOnline() {
		return "the mailbox is on Exchange Server, of which the tenant's list does not tell"
	}
	return ""
}

// Where the rules come from.
const (
	learn       = "https://learn.microsoft.com/"
	learnCBA    = learn + "entra/identity/authentication/"
	srcHowTo    = learnCBA + "how-to-certificate-based-authentication"
	srcDeep     = learnCBA + "concept-certificate-based-authentication-technical-deep-dive"
	srcCRL      = learnCBA + "concept-certificate-based-authentication-certificate-revocation-list"
	srcTrouble  = learnCBA + "troubleshoot-certificate-based-authentication"
	srcFederate = learnCBA + "certificate-based-authentication-federation-get-started"
	srcScope    = learn + "graph/api/resources/x509certificateauthorityscope"
	srcIOSMail  = learn + "mem/intune/configuration/email-settings-ios"
	srcCodes    = learn + "entra/identity-platform/reference-error-codes"
	srcDefaults = learn + "entra/fundamentals/security-defaults"
	srcRollout  = learnCBA + "concept-certificate-based-authentication-migration"
	srcCAS      = learn + "powershell/module/exchange/set-casmailbox"
	srcMSAL     = "https://github.com/AzureAD/microsoft-authentication-library-for-objc/issues/957"
)

// checks are all checks, in the order in which a sign-in meets them.
var checks = []check{
	{on: onOAuth, tenant: methodOfTenant, Info: preflight.Info{
		ID: "tenant.method", Title: "Sign-in with a certificate is switched on", Basis: preflight.Documented, Source: srcHowTo, Codes: []string{"AADSTS130501"},
		Reason: "it is off until someone enables it; users are then not offered a certificate, or refused with it",
		Fix:    "Entra admin center > Authentication methods > Certificate-based authentication: enable it for a group of users who have certificates",
	}},
	{on: onOAuth, tenant: targetsOfTenant, user: targetsOfUser, Info: preflight.Info{
		ID: "tenant.targets", Title: "The users are among those who may sign in with a certificate", Basis: preflight.Documented, Source: srcTrouble, Codes: []string{"AADSTS130501"},
		Reason: "a user outside the method's groups is refused, and one inside who has no certificate can set up no other second factor",
		Fix:    "put the users who have certificates, and no others, into a group that the method is for; a change takes up to an hour",
	}},
	{on: onOAuth, tenant: bindingOfTenant, Info: preflight.Info{
		ID: "tenant.binding", Title: "The username bindings are ones that can find a user", Basis: preflight.Documented, Source: srcDeep, Codes: []string{"AADSTS50034"},
		Reason: "Entra ID finds the user of a certificate by these bindings alone, the lowest priority first",
		Fix:    "Entra admin center > Authentication methods > Certificate-based authentication > Configure > Username binding: keep bindings to userPrincipalName, onPremisesUserPrincipalName or certificateUserIds, each with a priority of its own",
	}},
	{on: onOAuth, tenant: affinityOfTenant, user: affinityOfUser, Info: preflight.Info{
		ID: "tenant.affinity", Title: "A binding is as sure as the tenant demands", Basis: preflight.Documented, Source: srcHowTo, Codes: []string{"AADSTS50034"},
		Reason: "where high affinity is required, bindings by name or subject are passed over: without a key or serial number in certificateUserIds nobody is found",
		Fix:    "set the required affinity to low, or bind SubjectKeyIdentifier, SHA1PublicKey or IssuerAndSerialNumber and put its value into each user's certificateUserIds (easkit entra user-ids)",
	}},
	{on: onOAuth, tenant: scopeOfTenant, user: scopeOfUser, Info: preflight.Info{
		ID: "tenant.scope", Title: "The CAs are meant for these users", Basis: preflight.Observed, Source: srcScope, Codes: []string{"AADSTS500189"},
		Reason: "a CA can be scoped to a group; a certificate that it issued to anybody else is refused",
		Fix:    "add the user to the group of the CA's scope, or issue the certificate by the CA that is meant for the user",
	}},
	{on: onOAuth, tenant: strengthOfTenant, user: strengthOfUser, Info: preflight.Info{
		ID: "tenant.strength", Title: "The certificate counts for as many factors as are demanded", Basis: preflight.Observed, Source: srcDeep, Codes: []string{"AADSTS54008"},
		Reason: "by default a certificate is a single factor; where multifactor authentication is demanded, it is not enough on its own",
		Fix:    "let the certificates of an issuer or policy count as multifactor, if their keys are protected, or see that the users have another factor",
	}},
	{on: onOAuth, tenant: crlOfTenant, Info: preflight.Info{
		ID: "tenant.crl-required", Title: "Revoked certificates are refused, and CAs without CRL are not", Basis: preflight.Documented, Source: srcCRL, Codes: []string{"AADSTS500175"},
		Reason: "without a CRL address nothing is checked and a revoked certificate goes on working; where CRLs are required, nobody signs in below a CA without one",
		Fix:    "give every CA in the tenant the address of its CRL",
	}},
	{on: onOAuth, tenant: hintsOfTenant, user: hintsOfUser, Info: preflight.Info{
		ID: "tenant.issuer-hints", Title: "Issuer hints fit into the handshake and name the right CAs", Basis: preflight.Documented, Source: srcHowTo,
		Reason: "with hints on, the phone offers only certificates of the CAs named, and the names have 16 KB",
		Fix:    "mark only the CAs that issue users' certificates, and every one of them (isIssuerHintEnabled)",
	}},
	{on: onOAuth, tenant: consentOfTenant, user: consentOfUser, Info: preflight.Info{
		ID: "tenant.consent", Title: "iOS Mail may read the users' mail", Basis: preflight.Documented, Source: srcIOSMail, Codes: []string{"AADSTS65001", "AADSTS90094"},
		Reason: "the phone's own mail app signs in as the enterprise app Apple Internet Accounts (iOS Accounts), which somebody has to consent to; other mail apps have their own",
		Fix:    "grant the consent for the organisation once: open https://aka.ms/ConsentAppleApp as an administrator",
	}},
	{on: onOAuth, tenant: accessOfTenant, user: accessOfUser, Info: preflight.Info{
		ID: "tenant.conditional-access", Title: "Conditional Access lets a mail app with a certificate in", Basis: preflight.Documented, Source: srcCodes, Codes: []string{"AADSTS53003", "AADSTS53000"},
		Reason: "a policy that blocks, or asks for what the phone cannot show while it signs in, stops mail",
		Fix:    "leave these users, or Office 365 Exchange Online, out of the policy; try it with one phone before",
	}},
	{on: onEntra, tenant: legacyOfTenant, user: legacyOfUser, Info: preflight.Info{
		ID: "tenant.legacy-block", Title: "Nothing blocks direct sign-in today", Basis: preflight.Documented, Source: preflight.RetirementSource, Codes: []string{"AADSTS53003"},
		Reason: "Microsoft counts a certificate sent straight to ActiveSync as legacy authentication: a policy against that blocks it, today already",
		Fix:    "use --auth oauth; until the phones are moved, leave their users out of the policy",
	}},
	{on: onEntra, tenant: federatedOfTenant, user: federatedOfUser, Info: preflight.Info{
		ID: "tenant.federated", Title: "It is plain who takes the certificate: Entra ID, or a federation server", Basis: preflight.Observed, Source: srcRollout,
		Reason: "users of a federated domain sign in at its server until the method takes them in; then Entra ID judges the certificate that the server took before",
		Fix:    "move a few users of the domain first (staged rollout of certificate-based authentication), with bindings and CAs in place",
	}},
	{on: onOnline, tenant: easOfTenant, user: easOfUser, Info: preflight.Info{
		ID: "tenant.eas-enabled", Title: "ActiveSync is switched on for the mailboxes", Basis: preflight.Documented, Source: srcCAS, Codes: []string{"eas-126", "http-403"},
		Reason: "a mailbox with ActiveSync switched off does not sync, however the user signs in",
		Fix:    "Set-CASMailbox USER -ActiveSyncEnabled $true",
	}},
}
