package probe

import "github.com/easkit/easkit/certs/preflight"

// Where the statuses of HTTP are read.
const (
	seenHTTP = "The server's answer to the phone; the phone itself shows a wrong password, or nothing."
	seenIIS  = "The IIS log of Exchange Server, as sc-status and sc-substatus. Over the network only the first three digits are sent, and Exchange Online shows nobody its log."
)

// httpCodes explains the HTTP statuses of EAS servers, and of web servers in
// front of them or with CRLs on them.
var httpCodes = []preflight.Code{
	{
		ID: "http-200", Title: "The request was answered", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "To OPTIONS: the server speaks EAS, and its headers name versions and commands. To a command: the answer is in the body, and its Status may still be an error.",
		Check: []string{"MS-ASProtocolVersions in the answer: 16.1 has to be there for Exchange Online", "The Status element in the body (eas-126 and others)"},
		Fix:   "Nothing here; look up the Status.",
	},
	{
		ID: "http-400", Title: "The request is malformed", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "The server could not understand the request, and does not understand it the next time either. Autodiscover (the JSON one) answers so to a protocol that it does not know.",
		Check: []string{lookIIS, "A proxy or gateway on the way: try without it"},
		Fix:   "Update the mail app; take out what rewrites requests on the way.",
	},
	{
		ID: "http-401", Title: "The sign-in is missing or refused", Basis: preflight.Inferred, Source: srcHTTP,
		Seen: seenHTTP + " With OAuth it is also the normal first answer, which names where to sign in.",
		Means: "The server wants to know who it is, or does not accept who it is said to be. With a certificate: it was not sent, not mapped to a user, or revoked. " +
			"On premises Active Directory maps it; domain controllers refuse a mapping by UPN alone since 2025, and that this reaches ActiveSync is inferred.",
		Check: []string{lookCert, lookDirect + " (cert.sid)", "WWW-Authenticate in the answer: with Bearer the server wants OAuth", lookSignIns, lookIIS},
		Fix:   "Where the server wants Bearer, build the profile with --auth oauth. Otherwise mend what the checks name.",
	},
	{
		ID: "http-403", Title: "The user may not use ActiveSync, or the certificate was refused", Basis: preflight.Inferred, Source: srcHTTP,
		Seen: seenHTTP,
		Means: "By the protocol: ActiveSync is not enabled for the user. IIS says 403 also where a client certificate is missing or not trusted; its log tells which by a substatus " +
			"(http-403.7, http-403.13, http-403.16, http-403.17). That IIS does so in front of ActiveSync is inferred.",
		Check: []string{lookMailbox, lookDevices, lookIIS, lookCert},
		Fix:   "Enable ActiveSync for the user and allow the device; on premises go by the substatus.",
	},
	{
		ID: "http-403.7", Title: "The server wants a client certificate and got none", Basis: preflight.Inferred, Source: srcIIS,
		Seen: seenIIS,
		Means: "The phone sent no certificate: the account has none, a proxy ends TLS in front of the server, or the server asks in a way that the client does not do. " +
			"IIS asks for it after the request, by renegotiation or, in TLS 1.3, after the handshake. The number is documented; that it means this for ActiveSync is inferred.",
		Check: []string{lookAccount, "easkit show alice.mobileconfig (identity: is it there, and does the account refer to it?)", "IIS > Microsoft-Server-ActiveSync > SSL Settings", "Load balancers and proxies: TLS has to end at the server that asks"},
		Fix:   "Build the account with its identity; let TLS through to the server. Where only TLS 1.3 fails, let the server negotiate the certificate in the handshake.",
	},
	{
		ID: "http-403.13", Title: "The client certificate is revoked, or that could not be found out", Basis: preflight.Inferred, Source: srcIIS,
		Seen:  seenIIS,
		Means: "Windows found the certificate in a CRL, or got no CRL to look into: the server has to reach every CDP in the chain. The number is documented; that it means this for ActiveSync is inferred.",
		Check: []string{"easkit check cert alice.cer --ca cas/ --mailbox exchange-server (cert.revoked)", "certutil -verify -urlfetch alice.cer, on the server", lookIIS},
		Fix:   "If it is revoked, issue a new one. If not, let the server fetch the CRLs, and publish them before they end.",
	},
	{
		ID: "http-403.16", Title: "The server does not trust the client certificate", Basis: preflight.Inferred, Source: srcIIS,
		Seen: seenIIS,
		Means: "Windows builds no chain from the certificate to a root that the computer trusts. A certificate that is not self-signed among the server's trusted roots is a known way to break all others. " +
			"The number is documented; that it means this for ActiveSync is inferred.",
		Check: []string{"easkit check cert alice.cer --ca cas/ (cert.chain)", "The server's stores: roots in Trusted Root, intermediates in Intermediate, all of them for the computer", "certutil -verify -urlfetch alice.cer, on the server", lookIIS},
		Fix:   "Put every CA into its store on every server that answers ActiveSync, and take certificates that are no roots out of Trusted Root.",
	},
	{
		ID: "http-403.17", Title: "The client certificate is outside its time", Basis: preflight.Inferred, Source: srcIIS,
		Seen:  seenIIS,
		Means: "It has expired or is not valid yet, by the server's clock. The number is documented; that it means this for ActiveSync is inferred.",
		Check: []string{"easkit check cert alice.cer (cert.validity)", "The server's clock"},
		Fix:   "Issue a new certificate and update the profile.",
	},
	{
		ID: "http-404", Title: "There is no ActiveSync at this address", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "The host is not an EAS server, or not under /Microsoft-Server-ActiveSync.",
		Check: []string{lookAccount, "https://HOST/Microsoft-Server-ActiveSync in a browser: an EAS server asks for a sign-in"},
		Fix:   "Correct the host in the template, and publish the path through the proxy.",
	},
	{
		ID: "http-404.11", Title: "IIS refuses the + in the name of a delta CRL", Basis: preflight.Documented, Source: srcIIS,
		Seen:  "The IIS log of the server with the CRLs; from outside it is a plain 404, and for users AADSTS500173.",
		Means: "Names of delta CRLs end in +, which IIS takes for an attempt at double escaping and filters out by default.",
		Check: []string{"easkit check crl http://crl.contoso.com/issuing+.crl (crl.download)", "easkit check ca cas/ --issued alice.cer (ca.delta-url)"},
		Fix:   `In the folder with the CRLs allow it: <requestFiltering allowDoubleEscaping="true"/> in web.config. Or publish no delta CRL.`,
	},
	{
		ID: "http-429", Title: "Too many requests", Basis: preflight.Documented, Source: srcGraph,
		Seen:  "Microsoft Graph, Intune's part included. No source says that an EAS server answers so; Exchange sends 503.",
		Means: "The caller is over the service's limit. Retry-After says how many seconds to wait.",
		Check: []string{"Retry-After in the answer"},
		Fix:   "Wait that long and go on, with fewer requests at once.",
	},
	{
		ID: "http-449", Title: "The device has to accept the policy first", Basis: preflight.Documented, Source: srcPolicy,
		Seen:  seenHTTP + " Older versions of EAS; newer ones send 200 with eas-142.",
		Means: "The normal answer to a new device: it fetches the policy (Provision), accepts it and asks again. It proves that the sign-in works.",
		Check: []string{lookPolicy, "easkit explain eas-142"},
		Fix:   "Nothing, unless it goes on like that: then let the user set the passcode that the policy asks for.",
	},
	{
		ID: "http-451", Title: "The mailbox is better reached elsewhere", Basis: preflight.Observed, Source: srcHTTP,
		Seen: seenHTTP,
		Means: "X-MS-Location names the host to use from now on; without it the phone asks Autodiscover. Two cases were seen by third parties: Exchange Online sends requests that come without a token " +
			"to its host for certificates (outlook-cba.office365.com), and Exchange Server sends phones whose mailbox has moved to Exchange Online there.",
		Check: []string{"X-MS-Location in the answer", "Get-Recipient USER: is the mailbox still on premises?", "easkit help retirement", "Firewalls and gateways: is the new host allowed?"},
		Fix:   "Allow the new host. If the mailbox has moved, build the profile for where it is now: direct sign-in ends with Exchange Online's.",
	},
	{
		ID: "http-456", Title: "The account is blocked", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "The user's account is blocked from signing in.",
		Check: []string{"Entra admin center > Users > the user: Account status", lookSignIns},
		Fix:   "Unblock the account, once it is clear why it was blocked.",
	},
	{
		ID: "http-457", Title: "The user's password has expired", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "The account's password is out of date. Whether it also stops a sign-in by certificate is not known.",
		Check: []string{"The user's password in the directory", lookSignIns},
		Fix:   "Let the user change it on a computer.",
	},
	{
		ID: "http-500", Title: "The server failed", Basis: preflight.Inferred, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "An error on the server. Where it is one mailbox alone, the likely reason is an item or the device's state in it.",
		Check: []string{lookHealth, lookDebugLog},
		Fix:   "Try again later. For one user: remove the device's partnership and install the account again.",
	},
	{
		ID: "http-501", Title: "The server does not know the request", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "Method or command is nothing that it does.",
		Check: []string{lookAccount, "A proxy on the way that does not let OPTIONS or POST through"},
		Fix:   "Let both through; update the mail app.",
	},
	{
		ID: "http-502", Title: "A gateway got no good answer", Basis: preflight.Documented, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "Something between phone and mailbox (proxy, gateway, front end) did not get through.",
		Check: []string{"The gateway's log: host, TLS versions, whether it passes the client certificate on", lookHealth},
		Fix:   "Mend the way behind the gateway. One that ends TLS cannot pass a client certificate on.",
	},
	{
		ID: "http-503", Title: "The server is busy or down", Basis: preflight.Inferred, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "It is overloaded, in maintenance, or perhaps slows this device down. Retry-After says for how long, if it is there.",
		Check: []string{"Retry-After in the answer", lookHealth, "Get-ThrottlingPolicy, on premises"},
		Fix:   "Wait that long. If one phone is slowed down all the time, remove its account and install it again.",
	},
	{
		ID: "http-507", Title: "The mailbox has no room", Basis: preflight.Inferred, Source: srcHTTP,
		Seen:  seenHTTP,
		Means: "By HTTP the storage is used up; that EAS means the mailbox's quota is not confirmed.",
		Check: []string{"Get-MailboxStatistics USER"},
		Fix:   "Make room in the mailbox, or raise the quota.",
	},
}
