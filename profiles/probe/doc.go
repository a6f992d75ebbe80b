// Package probe is the live test of an account: it goes to an Exchange ActiveSync (EAS)
// server as a phone would, and says at which step mail would not come, and why.
//
// [Run] takes a [Target], which is what a phone has after its profile was installed, and
// gives [Evidence]: what was seen of the name, the connection, TLS, the request for the
// user's certificate, OPTIONS, redirects, Autodiscover v2, the sign-in by token and, with
// [Options].Deep, of policy, folders and inbox. It judges nothing. [Judge] does, by the
// checks of [Catalogue], and asks nobody. So whatever a server does is evidence, and
// whatever is wrong with it a finding.
//
// Without Deep nothing is created in the mailbox; with it a device partnership is. A wipe
// that the server asks for is never confirmed. Certificate and token go only to a server
// whose own certificate is trusted, and follow a redirect to no host but the account's,
// Microsoft's and those of [Options].Hosts; a token for Exchange Online only to its own.
// Every step ends, whatever the server sends, and so does the whole (see [Run]): time,
// headers, bodies and redirects have their bounds. Evidence holds no key, no password and
// no token.
//
// [Codes] explains the statuses in answers: HTTP's, IIS's finer ones, and those of EAS
// commands. Package wbxml reads and writes the form of those.
package probe
