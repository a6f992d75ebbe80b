package probe

// An alertCase is what a server says by ending a connection with a TLS alert (RFC 8446
// 6.2, RFC 5246 7.2.2).
type alertCase struct {
	number     Alert
	word       string // for scripts
	aboutOurs  bool   // it is about the client's certificate
	unspecific bool   // of several causes: the certificate itself may tell which
	means, fix string
}

// What helps in more than one case.
const (
	fixNewCertificate = "issue a new certificate and update the profile"
	fixClientCA       = "have the server trust the CA that issued the certificate (root and intermediates), or issue the certificate from one that it trusts"
	fixServerLog      = "look into the server's log at that minute"
)

// alertInternal is an error inside the server. Apache sends it for a certificate, too,
// whose chain is longer than it allows: its own limit is no fault that OpenSSL has an
// alert for (modules/ssl/ssl_engine_kernel.c, ssl_callback_SSLVerify).
const alertInternal Alert = 80

// alertCases are the alerts by which servers refuse. What OpenSSL sends for which fault
// of a certificate is read in its source (ssl/statem/statem_lib.c, x509table).
var alertCases = []alertCase{
	{20, "changed", false, false, "what came to the server was not what was sent", "see whether anything on the way changes the connection; " + fixServerLog},
	{40, "handshake", true, true, "the server found nothing to agree on", "compare the TLS versions, ciphers and client certificate settings of the server"},
	{42, "bad-certificate", true, true, "the server could not use the certificate: broken, not valid yet, or with a signature that it does not take", fixNewCertificate},
	{43, "wrong-eku", true, false, "the certificate is not one for signing in to servers: clientAuth is not among its extended key usages, or its key is of a kind that the server does not take", "issue the certificate with the extended key usage clientAuth (easkit check cert: cert.eku)"},
	{44, "revoked", true, false, "the certificate is in the CRL of its CA", "issue a new certificate; the revoked one can't be brought back unless it was only on hold"},
	{45, "expired", true, false, "the certificate has expired", fixNewCertificate},
	{46, "bad-certificate", true, true, "the server does not take the certificate, and does not say why", fixServerLog},
	{48, "untrusted", true, false, "the server does not know the CA that issued the certificate", fixClientCA},
	{49, "denied", true, true, "the certificate is good, and its holder may not come in", "allow the user on the server or in the gateway before it"},
	{50, "not-understood", false, false, "the server can't read what it was sent", "see what stands before the server (a firewall or gateway); " + fixServerLog},
	{51, "key", true, false, "the signature by the certificate's key was not taken", "see whether key and certificate belong together (easkit check cert), and whether anything on the way changes the connection"},
	{70, "protocol-version", false, false, "the server does not speak a version of TLS that phones speak", "switch TLS 1.2 and 1.3 on at the server"},
	{71, "insufficient-security", false, false, "the server wants stronger ciphers than were offered", "allow the ciphers that phones have (ECDHE with AES-GCM)"},
	{alertInternal, "server-error", false, false, "an error inside the server", fixServerLog},
	{112, "unrecognized-name", false, false, "the server, or the gateway before it, does not know the host's name", "correct the host in the template, or set the name up on the server"},
	{113, "server-error", false, false, "the server's own OCSP answer is not taken", fixServerLog},
	{116, "none-sent", true, false, "the server wants a client certificate, and got none", "put the identity into the profile, and have the account refer to it (easkit show)"},
	{120, "no-application-protocol", false, false, "the server does not speak HTTP/1.1", "allow HTTP/1.1 on the server: ActiveSync needs it"},
}

// alertOf is the case of an alert. Those that are in no table are the server's affair.
func alertOf(a Alert) alertCase {
	for _, c := range alertCases {
		if c.number == a {
			return c
		}
	}
	return alertCase{number: a, word: "alert", means: "that is seldom sent", fix: fixServerLog}
}
