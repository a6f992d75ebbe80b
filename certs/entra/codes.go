package entra

import (
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// Where explanations come from that no check rests on.
const (
	srcTroubleshoot = learnCBA + "troubleshoot-certificate-based-authentication"
	srcErrorCodes   = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
	srcIOSAccounts  = "https://learn.microsoft.com/mem/intune/configuration/email-settings-ios"
)

// Codes explains the AADSTS codes by which Entra ID refuses a certificate, or the
// sign-in around it, in the order of their numbers.
func Codes() []preflight.Code {
	all := slices.Concat(userCodes, accessCodes, certificateCodes, crlCodes)
	slices.SortFunc(all, preflight.CompareCodes)
	return all
}

// Where codes are read.
const (
	seenSignIn = "The sign-in page that the phone opens, and Entra ID's sign-in log."
	seenLog    = "Entra ID's sign-in log; the page that the user sees may say no more than that sign-in failed."
)

// What to look at, where several codes need it.
const (
	lookMethod   = "Entra admin center > Authentication methods > Policies > Certificate-based authentication"
	lookSignIns  = "Entra admin center > Sign-in logs > the sign-in > Authentication details, Conditional Access"
	lookBinding  = "easkit check cert alice.cer --users users.csv (cert.binding, cert.user)"
	lookCAs      = "easkit check ca cas/ --issued alice.cer (ca.complete, ca.ski, ca.crl-url)"
	lookRevoked  = "easkit check cert alice.cer --ca cas/ (cert.revoked)"
	lookTenantCA = "Entra admin center > Identity Secure Score > Certificate authorities, or the PKI: is the CA there, with which CRL address?"
	lookServing  = "Does the server let Microsoft's addresses in, from outside the company and without sign-in or redirect?"
)

// userCodes are about whom a certificate signs in.
var userCodes = []preflight.Code{
	{
		ID: "AADSTS50034", Title: "No username binding leads from the certificate to a user", Basis: preflight.Documented, Source: srcTroubleshoot,
		Seen: "The sign-in page, which calls it a wrong account or password. Microsoft knows of cases that are missing in the sign-in log.",
		Means: "Entra ID looked for exactly one user by the tenant's username bindings and found none. Bindings compare a field of the certificate " +
			"with userPrincipalName, onPremisesUserPrincipalName or certificateUserIds; a mail address or proxyAddress is no target. " +
			"A user name typed wrong gives the same code.",
		Check: []string{lookBinding, "easkit show alice.cer (the names, and the certificateUserIds that would fit)", lookMethod + " > Configure > Username binding"},
		Fix:   "Issue the certificate with the user's UPN as Principal Name, or put one of its certificateUserIds into the user's account and bind that field.",
	},
	{
		ID: "AADSTS1001000", Names: []string{"ADSTS1001000"}, Title: "No certificate policy is found for the account", Basis: preflight.Observed, Source: srcTroubleshoot,
		Seen: seenSignIn,
		Means: "Entra ID could not get the authentication policy for the user whom it reads from the certificate. " +
			"Support cases name the wrong account typed, or another person's certificate chosen, as the usual reason; that part is observed.",
		Check: []string{lookBinding, "The account on the sign-in page against the names in the certificate", lookMethod + " > Configure > Rules"},
		Fix:   "Start the sign-in anew with the account that the certificate is for. Where both are right, correct the rules of the method.",
	},
	{
		ID: "AADSTS1001003", Title: "The certificate chosen lacks the field that is bound", Basis: preflight.Observed, Source: srcTroubleshoot,
		Seen: seenSignIn,
		Means: "The user chose the wrong certificate from the list: it has nothing in the fields that the username bindings read. " +
			"By reports the list on an iPhone holds every identity, the one of device management included, and the choice is remembered (observed).",
		Check: []string{"easkit show alice.cer (the names that it has)", lookBinding},
		Fix:   "Close the sign-in, open it again and choose the certificate with the user's name. Tell users beforehand how it is called.",
	},
	{
		ID: "AADSTS90100", Title: "The sign-in goes on with the certificate that failed before", Basis: preflight.Documented, Source: srcTroubleshoot,
		Seen:  "The sign-in page, at a second try.",
		Means: "A parameter of the request is empty or invalid. With certificates it comes up after a failed try: the browser keeps the first choice.",
		Check: []string{"The first error before it in Entra ID's sign-in log: that one is the cause"},
		Fix:   "Close the page or the browser and start a new sign-in; then mend what made the first one fail.",
	},
}

// accessCodes are about what the tenant allows.
var accessCodes = []preflight.Code{
	{
		ID: "AADSTS50057", Title: "The user's account is disabled", Basis: preflight.Documented, Source: srcErrorCodes,
		Seen:  seenSignIn,
		Means: "The account may not sign in at all, with a certificate or without.",
		Check: []string{"easkit check tenant --tenant DIR alice.cer says so of the user (cert.user)", "Entra admin center > Users > the user > Account status"},
		Fix:   "Enable the account, or leave the user out of the rollout.",
	},
	{
		ID: "AADSTS50105", Title: "The user is not assigned to the mail app", Basis: preflight.Documented, Source: srcErrorCodes,
		Seen:  seenSignIn,
		Means: "The enterprise app wants its users to be assigned, and this one is not. The certificate has nothing to do with it.",
		Check: []string{"Entra admin center > Enterprise apps > Apple Internet Accounts (iOS Accounts), or the mail app > Properties, Users and groups"},
		Fix:   "Assign the user or a group of the user's, or switch off that assignment is required.",
	},
	{
		ID: "AADSTS53000", Title: "Conditional Access wants a compliant device", Basis: preflight.Observed, Source: srcErrorCodes,
		Seen: seenSignIn,
		Means: "A policy asks for a device that is marked compliant, and this one is not, or cannot show that it is. On iOS the web page that sees the " +
			"user's certificate does not see the device's, so that even a compliant phone fails unless a broker answers (reported by a developer of Microsoft's library).",
		Check: []string{lookSignIns, "Intune admin center > Devices > the phone > Device compliance"},
		Fix:   "Bring the device to compliance. Where it is compliant, install the broker (Authenticator) or the SSO extension, or leave this app out of the policy; try it with one phone first.",
	},
	{
		ID: "AADSTS53003", Title: "Conditional Access blocks the sign-in", Basis: preflight.Documented, Source: srcErrorCodes,
		Seen: seenSignIn,
		Means: "A policy refuses the token. A policy against legacy authentication stops direct sign-in with a certificate to ActiveSync as well: " +
			"Microsoft counts that as legacy.",
		Check: []string{lookSignIns, "easkit show alice.mobileconfig (sign-in: oauth or direct)", "easkit help retirement"},
		Fix:   "For direct sign-in: move the account to OAuth. Otherwise the log names the policy: meet it, or leave out the user or the app.",
	},
	{
		ID: "AADSTS54008", Title: "A certificate that counts as one factor met a demand for several", Basis: preflight.Observed, Source: srcDeep,
		Seen:  seenSignIn,
		Means: "Multifactor authentication is required, and the method's rules take this certificate for a single factor, which cannot be the first step then. The number is reported by third parties.",
		Check: []string{lookMethod + " > Configure > Authentication binding: strength by issuer or policy OID", lookSignIns},
		Fix:   "Let the issuer's or policy's certificates count as multifactor, if they deserve it, or give the user a second factor.",
	},
	{
		ID: "AADSTS65001", Title: "Nobody has consented to the mail app", Basis: preflight.Documented, Source: srcErrorCodes,
		Seen:  seenSignIn,
		Means: "Neither the user nor an administrator has allowed the app to read mail for the user. For the iPhone's own mail app that is Apple Internet Accounts, also called iOS Accounts.",
		Check: []string{"Entra admin center > Enterprise apps > Apple Internet Accounts (iOS Accounts) > Permissions"},
		Fix:   "Grant the consent for the organisation once, before the rollout, or let users consent.",
	},
	{
		ID: "AADSTS90094", Title: "An administrator has to consent to the mail app", Basis: preflight.Documented, Source: srcIOSAccounts,
		Seen:  "The sign-in page, which asks for an administrator's approval.",
		Means: "The tenant restricts what users may consent to, and the app was not approved. For the iPhone's own mail app that is Apple Internet Accounts, also called iOS Accounts.",
		Check: []string{"Entra admin center > Enterprise apps > Consent and permissions", "Entra admin center > Enterprise apps > Apple Internet Accounts (iOS Accounts) > Permissions"},
		Fix:   "Grant the consent for the organisation once, before the rollout.",
	},
	{
		ID: "AADSTS130501", Title: "The user is outside the scope of certificate sign-in", Basis: preflight.Documented, Source: srcTroubleshoot,
		Seen:  "The sign-in page and the sign-in log. Microsoft knows of pages that show another error instead.",
		Means: "The method is on, but not for this user: no group of the user's is among its targets, or one is excluded. Changes to the policy take up to an hour.",
		Check: []string{lookMethod + " > Enable and target", "The user's groups"},
		Fix:   "Add the user to a group that the method is for, and wait an hour.",
	},
	{
		ID: "AADSTS500189", Title: "The CA is not meant for this user", Basis: preflight.Observed, Source: srcHowTo,
		Seen:  seenSignIn,
		Means: "CAs are scoped to groups, and the user is in none of the groups of the CA that issued the certificate. The number comes from support notes; Microsoft's page on scopes does not name it.",
		Check: []string{"easkit show alice.cer (the issuer and AKI)", lookMethod + " > Configure > Certificate issuer scoping policy"},
		Fix:   "Add the user to the CA's group, the group to the CA's scope, or issue the certificate by the CA that the user is meant for.",
	},
}

// certificateCodes are about the certificate and the CAs above it.
var certificateCodes = []preflight.Code{
	{
		ID: "AADSTS50017", Title: "The certificate did not pass the validation", Basis: preflight.Documented, Source: srcErrorCodes,
		Seen: seenLog,
		Means: "Entra ID names several reasons by this one code: the issuer is not among the trusted CAs, or a CRL could not be had: " +
			"none where the certificate points, too slow, or a delta CRL without an address. The newer codes (500171 to 500187) say which.",
		Check: []string{lookCAs, lookRevoked, "easkit check ca cas/ (ca.crl-url, crl.download)"},
		Fix:   "Put the CAs up to the root into the tenant, with CRL addresses that answer from the Internet without a sign-in.",
	},
	revoked("AADSTS500171", seenLog),
	revoked("AADSTS500183", "The sign-in page of phones, and Entra ID's sign-in log."),
	revoked("AADSTS7000214", seenLog),
	{
		ID: "AADSTS500172", Title: "A certificate or a CRL is outside its time", Basis: preflight.Documented, Source: srcCRL,
		Seen: seenSignIn,
		Means: "The user's certificate, a CA above it or one of their CRLs is not valid yet or not any more. The message names the certificate and its times; " +
			"where these are in order, it is a CRL whose next update is over and for which no new one could be fetched.",
		Check: []string{"easkit check cert alice.cer --ca cas/ (cert.validity, ca.validity, crl.validity)", "easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ (crl.validity)"},
		Fix:   "Renew what has expired. A CRL: let the CA publish a new one, at the address that the tenant has, well before the old one ends.",
	},
	{
		ID: "AADSTS500176", Title: "The issuing CA is not in the tenant, or is not found there", Basis: preflight.Documented, Source: srcCRL,
		Seen: seenSignIn,
		Means: "Entra ID found no way from the certificate to a root of the tenant's trust store. It goes by key identifiers and not by names: " +
			"a CA that is there with another key, or without SKI, is missing all the same. New CAs take up to ten minutes.",
		Check: []string{"easkit check cert alice.cer --ca cas/ (cert.chain)", lookCAs, lookTenantCA},
		Fix:   "Add every CA from the issuer to the root to the tenant. Where identifiers do not match, add the renewed CA with the key that issued the certificate.",
	},
}

// revoked explains one of the three codes for the same thing.
func revoked(id, seen string) preflight.Code {
	return preflight.Code{
		ID: id, Title: "The certificate is revoked", Basis: preflight.Documented, Source: srcCRL, Seen: seen,
		Means: "The certificate's serial number, or that of a CA above it, is in the CRL that Entra ID has. It keeps a CRL until its next update, " +
			"so that one published since may say something else.",
		Check: []string{lookRevoked, "easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ --serials lost.txt (since when, and why)"},
		Fix: "If that is meant: issue a new certificate. If not: issue a new one all the same, since only a revocation with the reason certificateHold can be taken back, " +
			"and even then not before Entra ID fetches the next CRL.",
	}
}

// crlCodes are about fetching and reading CRLs.
var crlCodes = []preflight.Code{
	{
		ID: "AADSTS500173", Title: "The CRL cannot be downloaded", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn + " The message holds the HTTP status.",
		Means: "The address that the tenant has for a CA's CRL answers with an error. 403 is most often a firewall, 404 a wrong address or IIS refusing a name that ends in + (see http-404.11). Every sign-in below that CA fails meanwhile.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ (crl.download)", lookTenantCA, lookServing},
		Fix:   "Publish the CRL at a plain http address that the Internet reaches, and give the tenant that address.",
	},
	{
		ID: "AADSTS500174", Title: "What was downloaded is no CRL", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "The address answers, but not with a CRL that can be read: an HTML page, an empty or cut file, or a certificate.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ (crl.format)", lookServing},
		Fix:   "Let the address serve the file as the CA wrote it.",
	},
	{
		ID: "AADSTS500175", Title: "The CRL of one CA in the chain is missing", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "For one certificate on the way to the root Entra ID has no CRL: none is configured for its issuer where one is wanted, or the one there is incomplete.",
		Check: []string{lookCAs, "easkit check cert alice.cer --ca cas/ (the CRL of each CA)", lookMethod + " > Configure: is CRL validation required, and who is exempt?"},
		Fix:   "Set the address of its own CRL for every CA in the tenant, the root's included. A CA certificate's CDP names its issuer's CRL, not its own.",
	},
	{
		ID: "AADSTS500177", Title: "A delta CRL is configured without its base", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "The CA has an address for its delta CRL in the tenant and none for the CRL that the delta goes with.",
		Check: []string{"easkit check ca cas/ --issued alice.cer (ca.delta-url, ca.crl-url)", lookTenantCA},
		Fix:   "Set the base CRL's address as well, or take the delta's away.",
	},
	{
		ID: "AADSTS500178", Title: "A part of the CRL cannot be had", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "The CRL is split by distribution point, base and delta included, and one of the parts is missing, out of date or unreadable.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ (crl.scope, crl.delta, crl.validity)"},
		Fix:   "Publish one whole CRL for each CA, at one address; leave partitions out.",
	},
	{
		ID: "AADSTS500179", Title: "Checking the CRL took too long", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "The download was not done in time, for its size or for a slow server. A sign-in waits 10 seconds.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl (crl.time, crl.size)"},
		Fix:   "Make the CRL smaller, put it on a faster server or a CDN, and give it a next update of a week or more, so that it is fetched seldom.",
	},
	{
		ID: "AADSTS2205011", Title: "The CRL is not in DER", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "The file is not valid ASN.1. Most often it is PEM (base64 with a BEGIN line), or was cut or changed on its way to the web server.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl (crl.format)"},
		Fix:   "Publish the CRL in DER, as the CA wrote it: openssl crl -in FILE -outform DER -out FILE.crl",
	},
	{
		ID: "AADSTS2205012", Title: "The CRL's download took over 10 seconds at the sign-in", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn + " The message holds the address.",
		Means: "Entra ID gave up for this sign-in and tries again in the background; a later sign-in may work.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl (crl.time, crl.size)", lookServing},
		Fix:   "Let users try again after some minutes. For good: a smaller CRL, or a faster server for it.",
	},
	{
		ID: "AADSTS2205013", Title: "The CRL is being downloaded just now", Basis: preflight.Documented, Source: srcCRL,
		Seen:  seenSignIn,
		Means: "Many sign-ins asked for the same CRL at once, mostly when the old one had run out. Only one download goes on; the others are told to wait.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl (crl.validity, crl.next-publish)"},
		Fix:   "Try again after some minutes. For good: publish the next CRL well before the old one ends, and not at the hour when all sign in.",
	},
	{
		ID: "AADSTS2205014", Title: "The CRL is too large for a sign-in", Basis: preflight.Documented, Source: srcCRL,
		Seen: seenSignIn + " The message holds address and limit.",
		Means: "It is over 20 MB (45 MB in GCC High and DoD). Entra ID downloads it in the background then, under a higher limit, and the next sign-in may work. " +
			"How high that limit is outside US Government, Microsoft's pages do not agree on: 45 or 65 MB.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl (crl.size)"},
		Fix:   "Stop listing expired certificates, or move to a new CA, whose CRL starts empty. A new CRL well before the old one ends leaves time for the background.",
	},
	{
		ID: "AADSTS2205015", Title: "The CRL is not this CA's", Basis: preflight.Observed, Source: srcCRL,
		Seen: seenSignIn + " The message holds both key identifiers.",
		Means: "The CRL's authority key identifier is not the CA's subject key identifier, or its signature does not verify. Usual ways to it: a CA renewed with a new key, " +
			"two CAs that share one CRL address (reported by third parties), a CA that may not sign CRLs.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing.crl --ca cas/ (crl.issuer, crl.signature)", "easkit check ca cas/ --issued alice.cer (ca.crl-shared, ca.is-ca)"},
		Fix:   "Give each CA the address of the CRL that its own key signs; AD CS writes CA(1).crl after a renewal with a new key.",
	},
}
