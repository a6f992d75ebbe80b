package probe

import (
	"github.com/easkit/easkit/certs/preflight"
)

// Where the rules of the checks come from, beside the sources of codes.
const (
	srcSignIn      = openspecs + "ms-ashttp/7b7fabb9-910c-4f1c-9396-57d7ca579a31"
	srcPath        = "https://www.rfc-editor.org/rfc/rfc5280#section-6"
	srcDNS         = "https://www.rfc-editor.org/rfc/rfc1034#section-3.7"
	srcTCP         = "https://www.rfc-editor.org/rfc/rfc9293#section-3.5"
	srcBearer      = "https://www.rfc-editor.org/rfc/rfc6750#section-3"
	srcEntraCBA    = "https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication"
	srcADFSBinding = "https://learn.microsoft.com/powershell/module/adfs/set-adfsalternatetlsclientbinding"
)

// Catalogue lists the checks of a server.
func Catalogue() []preflight.Info { return checks.Catalogue() }

// Judge says what the evidence means, check by check in the order in which the phone
// takes the steps. What was not come to is skipped, and says which step stands before
// it. Nothing is asked over the network.
func Judge(s preflight.Scenario, e *Evidence) []preflight.Finding { return checks.Run(s, e) }

// checks are in the order of the steps.
var checks = preflight.Table[*Evidence]{
	{Run: checkName, Info: preflight.Info{
		ID: "eas.name", Title: "The server's name leads to an address", Basis: preflight.Measured, Source: srcDNS,
		Reason: "the phone finds no server, and says that it can't verify the account",
		Fix:    "correct the host in the template, or publish the name in the DNS that phones ask",
	}},
	{Run: checkConnect, Info: preflight.Info{
		ID: "eas.connect", Title: "The server takes connections", Basis: preflight.Measured, Source: srcTCP,
		Reason: "the phone waits, and says that the server does not answer",
		Fix:    "let port 443 of the server through every firewall on the way, and see whether the server runs",
	}},
	{Run: checkTLS, Info: preflight.Info{
		ID: "eas.tls", Title: "The server proves who it is, in a version of TLS that phones speak", Basis: preflight.Measured, Source: srcPath,
		Reason: "the phone sends nothing to a server whose certificate it does not trust, and reports that it can't verify the server",
		Fix:    "install a certificate for this name on the server, with every intermediate above it, from a CA that phones trust",
	}},
	{Run: checkAsked, Info: preflight.Info{
		ID: "eas.certificate-asked", Title: "The server asks for the user's certificate, and names its CA", Basis: preflight.Measured, Source: srcSignIn,
		Reason: "a phone shows its certificate only to a server that asks for it, and asks for a password otherwise",
		Fix:    "switch client certificates on where TLS ends, and have the users' CA among those that the server names; nothing in front of it may end TLS",
	}},
	{Run: checkOptions, Info: preflight.Info{
		ID: "eas.options", Title: "The server answers as an Exchange ActiveSync server", Basis: preflight.Measured, Source: srcHTTP,
		Reason: "the phone finds no ActiveSync at this address",
		Fix:    "correct the host in the template, and publish /Microsoft-Server-ActiveSync there",
	}},
	{Run: checkRedirect, Info: preflight.Info{
		ID: "eas.redirect", Title: "Where the server sends the phone is known and safe", Basis: preflight.Documented, Source: srcHTTP,
		Reason: "the phone follows to a host that it can't reach or that nobody meant, and mail does not come",
		Fix:    "build the profile for the host that the mailbox is on, and let firewalls and gateways pass it",
	}},
	{Run: checkDiscover, Info: preflight.Info{
		ID: "eas.autodiscover", Title: "Autodiscover knows the address, and names the same server", Basis: preflight.Inferred, Source: srcDiscover,
		Reason: "a phone that asks Autodiscover, after a redirect or in place of the profile's host, goes elsewhere",
		Fix:    "correct the mailbox's Autodiscover, or the host in the template",
	}},
	{Run: checkVersion, Info: preflight.Info{
		ID: "eas.version", Title: "The server speaks a version that phones speak", Basis: preflight.Documented, Source: srcOldEAS, Codes: []string{"eas-138"},
		Reason: "Exchange Online refuses every version below 16.1, whatever phone asks",
		Fix:    "ask Exchange Online itself: a gateway or proxy on the way may change what it announces",
	}},
	{Run: checkOAuth, Info: preflight.Info{
		ID: "eas.oauth", Title: "The server takes tokens for this mailbox, and says who gives them", Basis: preflight.Measured, Source: srcBearer,
		Reason: "the phone asks for a password in place of opening the sign-in page",
		Fix:    "allow modern authentication for the mailbox (Get-OrganizationConfig: OAuth2ClientProfileEnabled; its authentication policy: BlockModernAuthActiveSync), or build the profile with --auth direct for Exchange Server",
	}},
	{Run: checkCertAuth, Info: preflight.Info{
		ID: "eas.certauth", Title: "The authority asks for the certificate, and names its CA", Basis: preflight.Documented, Source: srcEntraCBA,
		Reason: "the sign-in page offers no certificate, and users are asked for a password",
		Fix:    "take the authority's hosts out of TLS inspection, and the users' CA into the tenant's trust store (easkit check tenant)",
	}},
	{Run: checkAuth, Info: preflight.Info{
		ID: "eas.auth", Title: "The sign-in is accepted", Basis: preflight.Measured, Source: srcSignIn,
		Reason: "the phone reports a wrong password, although there is none",
		Fix:    "easkit check cert looks at the certificate itself",
	}},
	{Run: checkProvision, Info: preflight.Info{
		ID: "eas.provision", Title: "The policy that the server demands is accepted", Basis: preflight.Measured, Source: srcProvision,
		Reason: "the server gives no mail to a device that has not accepted its policy",
		Fix:    "look at the policy of the mailbox (Get-MobileDeviceMailboxPolicy)",
	}},
	{Run: checkFolders, Info: preflight.Info{
		ID: "eas.foldersync", Title: "The server lists the mailbox's folders", Basis: preflight.Measured, Source: srcStatus,
		Reason: "the account stays empty on the phone",
		Fix:    lookDebugLog,
	}},
	{Run: checkSync, Info: preflight.Info{
		ID: "eas.sync", Title: "Mail comes from the inbox", Basis: preflight.Measured, Source: srcStatus,
		Reason: "folders are there on the phone, and no mail in them",
		Fix:    lookDebugLog,
	}},
}
