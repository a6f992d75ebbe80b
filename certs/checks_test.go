package certs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

// row says what one check makes of one file: the status, and for each finding
// of that check a part of its message, with " | " between them.
type row struct {
	check, file string
	scenario    preflight.Scenario // at testClock, unless it says otherwise
	cas         []string
	want        preflight.Status
	says        string
}

const (
	pass = preflight.StatusPass
	skip = preflight.StatusSkip
	warn = preflight.StatusWarn
	fail = preflight.StatusFail
)

// Where the mailbox is, and how the phone signs in to it.
var (
	oauthOnline   = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline}
	oauthServer   = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeServer}
	oauthUnknown  = preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.MailboxUnknown}
	directOnline  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeOnline}
	directServer  = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.ExchangeServer}
	directUnknown = preflight.Scenario{Auth: preflight.Direct, Mailbox: preflight.MailboxUnknown}
)

func on(date string, s preflight.Scenario) preflight.Scenario {
	at, err := time.Parse(time.RFC3339, date)
	if err != nil {
		panic(err) // a slip in the table below
	}
	s.At = at
	return s
}

// checkRows is the table of all checks: file in testdata/certs or
// testdata/foreign, scenario, CAs given, and the outcome.
var checkRows = slices.Concat([]row{
	{"cert.readable", "good.pem", oauthOnline, nil, pass, "CN=Alice Example, issued by CN=Contoso Test Issuing CA, serial number "},
	{"cert.readable", "subject-newline.pem", oauthOnline, nil, pass, `CN=Alice\n\x1b[31mExample, issued by`},
	{"cert.readable", "version-1.pem", oauthOnline, nil, pass, "CN=Alice Example"},
	{"cert.readable", "openssl-modern.p12", oauthOnline, nil, pass, "CN=Alice Example"},
	{"cert.readable", "extension-doubled.pem", oauthOnline, nil, warn, "the extension 2.5.29.17 is there twice"},
	{"cert.readable", "serial-negative.pem", oauthOnline, nil, warn, "outside the standard: negative serial number"},
	{"cert.readable", "mail-not-ascii.pem", oauthOnline, nil, warn, "rfc822Name is malformed"},
	{"cert.readable", "uri-bad.pem", oauthOnline, nil, warn, "cannot parse URI"},
	{"cert.readable", "san-broken.pem", oauthOnline, nil, warn, "invalid subject alternative name"},
	{"cert.readable", "key-brainpool.pem", oauthOnline, nil, warn, "unsupported elliptic curve"},
	{"cert.readable", "boolean-01.pem", oauthOnline, nil, warn, "malformed extension critical field"},
	{"cert.readable", "truncated.der", oauthOnline, nil, fail, "the file is cut short"},
	{"cert.readable", "trailing.der", oauthOnline, nil, fail, "its outer structure is broken"},
	{"cert.readable", "body-broken.der", oauthOnline, nil, fail, "reading the serial number"},
	{"cert.readable", "validity-broken.der", oauthOnline, nil, fail, "reading the validity"},
	{"cert.readable", "extensions-broken.der", oauthOnline, nil, fail, "reading the extensions"},
	{"cert.readable", "empty-sequence.der", oauthOnline, nil, fail, "no certificate, PEM, PKCS#12 or PKCS#7 file"},
	{"cert.readable", "truncated.p12", oauthOnline, nil, fail, "it has 2161 bytes of 4323"},
	{"cert.readable", "openssl-hugeiter.p12", oauthOnline, nil, fail, "asks for 2000000000"},
	{"cert.readable", "openssl-hugekdf.p12", oauthOnline, nil, fail, "asks for 2000000000"},
	{"cert.readable", "keytool.jks", oauthOnline, nil, fail, "Java keystore"},
	{"cert.readable", "keytool.jceks", oauthOnline, nil, fail, "Java keystore"},

	{"cert.san.address", "good.pem", directOnline, nil, pass, "UPN alice@contoso.com, rfc822Name alice@contoso.com"},
	{"cert.san.address", "upn-only.pem", directOnline, nil, pass, "UPN alice@contoso.com"},
	{"cert.san.address", "upn-only-critical.pem", directOnline, nil, pass, "UPN alice@contoso.com"},
	{"cert.san.address", "mail-only.pem", directOnline, nil, pass, "rfc822Name alice@contoso.com"},
	{"cert.san.address", "upn-several-at.pem", directOnline, nil, pass, "UPN alice@home@contoso.com"},
	{"cert.san.address", "mail-not-ascii.pem", directOnline, nil, pass, "UPN alice@contoso.com, rfc822Name älice@contoso.com"},
	{"cert.san.address", "san-none.pem", directOnline, nil, fail, "there is no SubjectAltName"},
	{"cert.san.address", "san-none.pem", directServer, nil, warn, "there is no SubjectAltName; on premises Active Directory's mapping decides"},
	{"cert.san.address", "san-none.pem", directUnknown, nil, warn, "a mailbox in Exchange Online could not be opened with it"},
	{"cert.san.address", "san-none.pem", oauthOnline, nil, warn, "in oauth the tenant's username bindings decide"},
	{"cert.san.address", "san-none.pem", oauthServer, nil, warn, "AD FS looks for the UPN"},
	{"cert.san.address", "san-none.pem", oauthUnknown, nil, warn, "in oauth the tenant's username bindings decide"},
	{"cert.san.address", "san-empty.pem", directOnline, nil, fail, "holds neither a UPN nor an rfc822Name"},
	{"cert.san.address", "san-dns-only.pem", directOnline, nil, fail, "holds neither a UPN nor an rfc822Name"},
	{"cert.san.address", "san-smtp-utf8-only.pem", directOnline, nil, fail, "its SmtpUTF8Mailbox does not count"},
	{"cert.san.address", "version-1.pem", directOnline, nil, fail, "there is no SubjectAltName"},

	{"cert.san.routable", "good.pem", directOnline, nil, pass, "UPN alice@contoso.com, rfc822Name alice@contoso.com"},
	{"cert.san.routable", "upn-idn.pem", directOnline, nil, pass, "UPN alice@Bücher.de"},
	{"cert.san.routable", "upn-onmicrosoft.pem", directOnline, nil, pass, "a tenant's initial domain"},
	{"cert.san.routable", "upn-local.pem", directOnline, nil, fail, "UPN alice@contoso.local: .local is reserved for link-local names"},
	{"cert.san.routable", "upn-local.pem", directServer, nil, warn, "on premises Active Directory's mapping decides"},
	{"cert.san.routable", "upn-local.pem", directUnknown, nil, warn, "a mailbox in Exchange Online could not be opened with it"},
	{"cert.san.routable", "upn-local.pem", oauthOnline, nil, warn, "in oauth the tenant's username bindings decide"},
	{"cert.san.routable", "upn-local.pem", oauthServer, nil, warn, "AD FS looks for the UPN"},
	{"cert.san.routable", "upn-local.pem", oauthUnknown, nil, warn, "in oauth the tenant's username bindings decide"},
	{"cert.san.routable", "upn-local-mail-routable.pem", directOnline, nil, warn, "the other is routable: rfc822Name alice@contoso.com"},
	{"cert.san.routable", "upn-public-suffix.pem", directOnline, nil, fail, "co.uk is a public suffix"},
	{"cert.san.routable", "upn-several-at.pem", directOnline, nil, fail, "2 @ instead of one"},
	{"cert.san.routable", "upn-single-label.pem", directOnline, nil, fail, "contoso is a single label"},
	{"cert.san.routable", "upn-nul.pem", directOnline, nil, fail, `alice@contoso.com\x00.fabrikam.com`},
	{"cert.san.routable", "mail-not-ascii.pem", directOnline, nil, pass, "not ASCII, which Microsoft 365 takes in no user name"},
	{"cert.san.routable", "san-none.pem", directOnline, nil, skip, "no address"},

	{"cert.san.agree", "good.pem", oauthOnline, nil, pass, "one address: alice@contoso.com"},
	{"cert.san.agree", "upn-only.pem", oauthOnline, nil, pass, "one address"},
	{"cert.san.agree", "mail-only.pem", oauthOnline, nil, pass, "one address"},
	{"cert.san.agree", "upn-idn.pem", oauthOnline, nil, pass, "one address"},
	{"cert.san.agree", "names-differ.pem", directOnline, nil, warn, "the UPN is alice@contoso.com and the rfc822Name alice.example@contoso.com"},
	{"cert.san.agree", "upn-two.pem", directOnline, nil, warn, "there are 2 UPNs: alice@contoso.com, bob@contoso.com"},
	{"cert.san.agree", "mail-two.pem", directOnline, nil, warn, "there are 2 rfc822Names"},
	{"cert.san.agree", "extension-doubled.pem", directOnline, nil, warn, "there are 2 UPNs"},
	{"cert.san.agree", "san-none.pem", directOnline, nil, skip, "no address"},

	{"cert.san.encoding", "good.pem", oauthOnline, nil, pass, "2 names in standard form"},
	{"cert.san.encoding", "san-none.pem", oauthOnline, nil, skip, "no SubjectAltName"},
	{"cert.san.encoding", "upn-ia5.pem", oauthOnline, nil, warn, "IA5String instead of UTF8String"},
	{"cert.san.encoding", "upn-bmp.pem", oauthOnline, nil, warn, "BMPString instead of UTF8String"},
	{"cert.san.encoding", "upn-nul.pem", oauthOnline, nil, warn, `non-printing character \x00`},
	{"cert.san.encoding", "mail-not-ascii.pem", oauthOnline, nil, warn, "non-ASCII bytes in an IA5String"},
	{"cert.san.encoding", "san-broken.pem", oauthOnline, nil, fail, "entry 2 is broken"},
	{"cert.san.encoding", "san-doubled-broken.pem", oauthOnline, nil, fail, "entry 1 is broken"},

	{"cert.sid", "sid-extension.pem", directServer, nil, pass, "S-1-5-21-1004336348-1177238915-682003330-1104"},
	{"cert.sid", "sid-uri.pem", directServer, nil, pass, "S-1-5-21-1004336348-1177238915-682003330-1104"},
	{"cert.sid", "sid-broken.pem", directServer, nil, warn, `"S-1-5" is no SID`},
	{"cert.sid", "good.pem", directServer, nil, warn, "there is no SID in it"},
	{"cert.sid", "good.pem", directUnknown, nil, warn, "say --mailbox exchange-online"},
	{"cert.sid", "good.pem", directOnline, nil, skip, "do not read it"},

	{"cert.eku", "good.pem", oauthOnline, nil, pass, "clientAuth"},
	{"cert.eku", "eku-several.pem", oauthOnline, nil, pass, "clientAuth"},
	{"cert.eku", "eku-none.pem", oauthOnline, nil, warn, "there is no extended key usage"},
	{"cert.eku", "eku-any.pem", oauthOnline, nil, warn, "anyExtendedKeyUsage or smart card logon, but not clientAuth"},
	{"cert.eku", "eku-server.pem", oauthOnline, nil, fail, "1.3.6.1.5.5.7.3.1"},
	{"cert.eku", "eku-smartcard.pem", oauthOnline, nil, warn, "smart card logon"},

	{"cert.key-usage", "good.pem", oauthOnline, nil, pass, "digitalSignature"},
	{"cert.key-usage", "ku-none.pem", oauthOnline, nil, pass, "which allows any"},
	{"cert.key-usage", "ku-encipher.pem", oauthOnline, nil, fail, "lacks digitalSignature"},
	{"cert.key-usage", "ca-as-user.pem", oauthOnline, nil, fail, "it is a CA certificate"},
	{"cert.key-usage", "issuing.pem", oauthOnline, nil, fail, "it is a CA certificate"},

	{"cert.key", "good.pem", oauthOnline, nil, pass, "RSA 2048"},
	{"cert.key", "key-p256.pem", oauthOnline, nil, pass, "ECDSA P-256"},
	{"cert.key", "key-p384.pem", oauthOnline, nil, pass, "ECDSA P-384"},
	{"cert.key", "key-p521.pem", oauthOnline, nil, pass, "ECDSA P-521"},
	{"cert.key", "key-p224.pem", oauthOnline, nil, warn, "ECDSA P-224 is a curve that phones and servers rarely know"},
	{"cert.key", "key-rsa1024.pem", oauthOnline, nil, warn, "RSA 1024 is weaker than 2048 bits"},
	{"cert.key", "key-rsa512.pem", oauthOnline, nil, warn, "RSA 512 is smaller than Apple's policies take"},
	{"cert.key", "key-ed25519.pem", oauthOnline, nil, fail, "the key is Ed25519"},
	{"cert.key", "key-brainpool.pem", oauthOnline, nil, warn, "of a kind that is not known here"},
	{"cert.key", "key-off-curve.pem", oauthOnline, nil, warn, "of a kind that is not known here"},

	{"cert.signature-hash", "good.pem", oauthOnline, nil, pass, "SHA256-RSA"},
	{"cert.signature-hash", "signed-sha512.pem", oauthOnline, nil, pass, "SHA512-RSA"},
	{"cert.signature-hash", "signed-sha1.pem", oauthOnline, nil, warn, "SHA1-RSA"},
	{"cert.signature-hash", "signed-sha224.pem", oauthOnline, nil, warn, "the algorithm 1.2.840.113549.1.1.14"},
	{"cert.signature-hash", "signed-md5.pem", oauthOnline, nil, warn, "MD5-RSA, which Apple's policies refuse"},

	{"cert.validity", "good.pem", oauthOnline, nil, pass, "until 2036-01-01 00:00 UTC"},
	{"cert.validity", "year-2050.pem", oauthOnline, nil, pass, "until 2060-01-01"},
	{"cert.validity", "expired.pem", oauthOnline, nil, fail, "it expired on 2026-01-01 00:00 UTC"},
	{"cert.validity", "expired.pem", on("2025-06-01T00:00:00Z", oauthOnline), nil, pass, "until 2026-01-01"},
	{"cert.validity", "not-yet-valid.pem", oauthOnline, nil, fail, "it is not valid before 2027-01-01 00:00 UTC"},
	{"cert.validity", "expires-soon.pem", oauthOnline, nil, warn, "it expires on 2026-12-01 12:00 UTC, in 10 days"},
	{"cert.validity", "expires-soon.pem", on("2026-11-03T12:00:00Z", oauthOnline), nil, pass, "until 2026-12-01 12:00 UTC"},
	{"cert.validity", "expires-soon.pem", on("2026-11-03T12:00:01Z", oauthOnline), nil, warn, "in 27 days"},
	{"cert.validity", "expires-soon.pem", on("2026-12-01T12:00:00Z", oauthOnline), nil, warn, "in 0 days"},
	{"cert.validity", "expires-soon.pem", on("2026-12-01T12:00:01Z", oauthOnline), nil, fail, "it expired"},

	{"cert.chain", "good.pem", oauthOnline, issuers, pass, `"Contoso Test Issuing CA" < "Contoso Test Root"`},
	{"cert.chain", "good-chain.pem", oauthOnline, nil, pass, `"Contoso Test Issuing CA" < "Contoso Test Root"`},
	{"cert.chain", "good-issuing.pem", oauthOnline, []string{"root.pem"}, fail, `its issuer "Contoso Test Issuing CA" is in the file, but not among the CAs given`},
	{"cert.chain", "openssl-modern.p12", oauthOnline, nil, pass, `"Contoso Test Issuing CA" < "Contoso Test Root"`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-shorter.pem", "root.pem"}, pass, "Contoso Test Root"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-renewed.pem", "issuing.pem", "root.pem"}, pass, "Contoso Test Root"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing.pem", "root.pem", "root-cross-signed.pem"}, pass, `< "Contoso Test Root"`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing.pem", "root-cross-signed.pem", "fabrikam-root.pem"}, pass, `"Contoso Test Root" < "Fabrikam Root"`},
	{"cert.chain", "signed-md5.pem", oauthOnline, issuers, pass, "Contoso Test Root"},
	{"cert.chain", "signed-sha224.pem", oauthOnline, issuers, pass, "Contoso Test Root"},
	{"cert.chain", "deep-10.pem", oauthOnline, nil, pass, `"Contoso Test Level 10"`},
	{"cert.chain", "good.pem", oauthOnline, nil, skip, "its issuer is CN=Contoso Test Issuing CA"},
	{"cert.chain", "good-issuing.pem", oauthOnline, nil, warn, `the chain only up to "Contoso Test Issuing CA": its issuer CN=Contoso Test Root is missing`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing.pem"}, fail, `the chain ends at "Contoso Test Issuing CA": its issuer CN=Contoso Test Root is missing`},
	{"cert.chain", "good.pem", oauthOnline, []string{"fabrikam-root.pem"}, fail, "none of the CAs given (1) signed it: its issuer CN=Contoso Test Issuing CA is missing"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-renewed.pem", "root.pem"}, fail, "but with another key"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-renewed-no-ski.pem", "root.pem"}, fail, "its key did not sign the certificate"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-not-ca.pem", "root.pem"}, fail, "has the issuer's name, but is no CA"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-no-ski.pem", "root.pem"}, warn, `the CA "Contoso Test Issuing CA" has no subject key identifier`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-no-aki.pem", "root.pem"}, warn, `"Contoso Test Issuing CA" has no authority key identifier`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-expired.pem", "root.pem"}, fail, `the CA "Contoso Test Issuing CA" is not valid at 2026-11-21`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-no-certsign.pem", "root.pem"}, fail, "lacks keyCertSign"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing.pem", "root-pathlen0.pem"}, fail, `"Contoso Test Root" allows 0 CAs below it, and there are 1`},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-printable.pem", "root.pem"}, pass, `"Contoso Test Issuing CA" < "Contoso Test Root"`},
	{"cert.chain", "good-issuing.pem", directServer, []string{"root.pem"}, warn, "only with those in the file"},
	{"cert.chain", "good.pem", oauthOnline, []string{"issuing-expired.pem", "issuing-no-certsign.pem", "issuing.pem", "root-pathlen0.pem", "root.pem"}, pass, `"Contoso Test Issuing CA" < "Contoso Test Root"`},
	{"cert.chain", "aki-none.pem", oauthOnline, issuers, warn, `"Alice Example" has no authority key identifier`},
	{"cert.chain", "self-signed.pem", oauthOnline, issuers, fail, "signed with its own key"},
	{"cert.chain", "self-signed.pem", oauthOnline, []string{"self-signed.pem"}, warn, "no CA vouches for it"},
	{"cert.chain", "self-signed.pem", oauthOnline, nil, warn, "no CA vouches for it"},
	{"cert.chain", "cross-signed.pem", oauthOnline, nil, warn, "is a circle or has more than 10 CAs"},
	{"cert.chain", "deep-12.pem", oauthOnline, nil, warn, `up to "Contoso Test Level 10": its issuer "Contoso Test Level 11" is there, but`},

	{"cert.p12.ios", "good.pem", oauthOnline, nil, skip, "not a PKCS#12 file"},
	{"cert.p12.android", "good.pem", oauthOnline, nil, skip, "not a PKCS#12 file"},
	{"cert.p12.android", "openssl-plainkey.p12", preflight.Scenario{Android: 16}, nil, pass, "Android 16 and later import it"},
	{"cert.p12.alias", "good.pem", oauthOnline, nil, skip, "not a PKCS#12 file"},

	{"profile.retirement", "good.pem", oauthOnline, nil, pass, "OAuth"},
	{"profile.retirement", "good.pem", directServer, nil, pass, "not being retired"},
	{"profile.retirement", "good.pem", directOnline, nil, warn, "ends in 40 days, on 2026-12-31"},
	{"profile.retirement", "good.pem", directUnknown, nil, warn, "a mailbox that may be in Exchange Online"},
	{"profile.retirement", "good.pem", on("2027-01-01T00:00:00Z", directOnline), nil, fail, "ended 1 day ago"},
}, p12CheckRows())

// What a phone says of a PKCS#12 file: see p12Table.
const (
	mac256   = "its MAC is HMAC-SHA-256"
	mac512   = "its MAC is HMAC-SHA-512"
	pbmac    = "its MAC is PBMAC1"
	noMAC    = "it has no MAC"
	aes256   = "PBES2 AES-256-CBC with HMAC-SHA-256"
	aes128   = "PBES2 AES-128-CBC with HMAC-SHA-256"
	aes128s1 = "PBES2 AES-128-CBC with HMAC-SHA-1:"
	only256  = "of the AES ciphers iOS reads only AES-256"
	noNull   = "without the NULL parameter"
	plainKey = "in a plain key bag"
	noPass   = "its password is empty"
	notRSAEC = "its key is neither RSA nor EC"
	two      = "it holds 2 identities"
	rc4in    = "PBES1 RC4-128"

	noName = "the key has no friendlyName"
	noKey  = "there is no key in the file"
	and    = " | "
)

// p12Table says of every readable PKCS#12 file in testdata/foreign what keeps
// each phone from importing it (nothing for a pass) and what becomes of the
// name of its key.
var p12Table = []struct{ file, ios15, ios18, android11, android14, alias string }{
	{"openssl-modern.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"openssl-modern-nochain.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"openssl-legacy.p12", "", "", "", "", noName},
	{"openssl-3des.p12", "", "", "", "", ""},
	{"openssl-aes128-sha512mac.p12", mac512 + and + aes128, only256, mac512 + and + aes128, "", noName},
	{"openssl-aes256-sha512mac.p12", mac512 + and + aes256, "", mac512 + and + aes256, "", noName},
	{"openssl-aes256-sha1mac.p12", aes256, "", aes256, "", noName},
	{"openssl-rc2-128.p12", "", "", "", "", noName},
	{"openssl-rc4.p12", "", "", rc4in, rc4in, noName},
	{"openssl-nomac.p12", noMAC + and + aes256, noMAC, noMAC + and + aes256, noMAC, noName},
	{"openssl-nokey.p12", noKey, noKey, noKey, noKey, noKey},
	{"openssl-plainkey.p12", mac256 + and + aes256 + and + plainKey, plainKey, mac256 + and + aes256 + and + plainKey, plainKey, noName},
	{"openssl-nocertenc.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"openssl-emptypass.p12", mac256 + and + noPass + and + aes256, noPass, mac256 + and + noPass + and + aes256, noPass, noName},
	{"openssl-utf8pass.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"openssl-manyiter.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"openssl-ec.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", ""},
	{"openssl-ed25519.p12", mac256 + and + aes256 + and + notRSAEC, notRSAEC, mac256 + and + aes256, "", ""},
	{"openssl-dotname.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", `cuts the name at its last dot and offers "alice@contoso"`},
	{"openssl-caname.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", ""},
	{"openssl-csp.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", ""},
	{"chainfirst.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"keytool-default.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", ""},
	{"keytool-legacy.p12", "", "", "", "", ""},
	{"keytool-aes128-sha1prf.p12", aes128s1, only256, aes128s1, "", ""},
	{"keytool-truststore.p12", noKey, noKey, noKey, noKey, noKey},
	{"two-identities.p12", mac256 + and + aes256 + and + two, two, mac256 + and + aes256 + and + two, two, ""},
	{"nss-default.p12", mac256 + and + aes256 + and + aes128, noNull + and + only256, mac256 + and + aes256 + and + aes128, "", ""},
	{"nss-3des.p12", "", "", "", "", ""},
	{"gopkcs12-legacydes.p12", "", "", "", "", noName},
	{"gopkcs12-modern2023.p12", mac256 + and + aes256, "", mac256 + and + aes256, "", noName},
	{"pbmac1.p12", pbmac + and + aes256, pbmac, pbmac + and + aes256, pbmac, noName},
}

// doubted are what Android warns of only: its sources and reports differ.
var doubted = []string{rc4in, noMAC, noPass}

// p12CheckRows spreads p12Table into rows, one a check and version.
func p12CheckRows() (rows []row) {
	add := func(check, file string, s preflight.Scenario, says string, bad preflight.Status) {
		switch says {
		case "":
			bad = pass
		case noKey:
			bad = skip
		}
		rows = append(rows, row{check, file, s, nil, bad, says})
	}
	for _, r := range p12Table {
		add("cert.p12.ios", r.file, preflight.Scenario{IOS: 15}, r.ios15, fail)
		add("cert.p12.ios", r.file, preflight.Scenario{IOS: 18}, r.ios18, fail)
		add("cert.p12.android", r.file, preflight.Scenario{Android: 11}, r.android11, fail)
		add("cert.p12.android", r.file, preflight.Scenario{Android: 14}, r.android14, fail)
		add("cert.p12.alias", r.file, preflight.Scenario{}, r.alias, warn)
	}
	return rows
}

func TestChecks(t *testing.T) {
	for _, r := range checkRows {
		s := r.scenario.WithDefaults()
		if s.At.IsZero() {
			s.At = testClock
		}
		name := fmt.Sprintf("%s/%s/%s-%s/%d-%d", r.check, r.file, s.Auth, s.Mailbox, s.IOS, s.Android)
		t.Run(name, func(t *testing.T) {
			var got []preflight.Finding
			for _, f := range Check(s, subjectIn(t, r.file, certificatesIn(t, r.cas...))) {
				checktest.Finding(t, f)
				if f.Check == r.check {
					got = append(got, f)
				}
			}
			checkRow(t, r, got)
		})
	}
}

// checkRow compares the findings of one check with its row.
func checkRow(t *testing.T, r row, got []preflight.Finding) {
	t.Helper()
	if want := strings.Split(r.says, and); len(got) != len(want) {
		t.Fatalf("%d findings, want %d: %+v", len(got), len(want), got)
	}
	for i, says := range strings.Split(r.says, and) {
		want := r.want
		if r.check == "cert.p12.android" && want == fail && slices.Contains(doubted, says) {
			want = warn
		}
		if f := got[i]; f.Status != want || !strings.Contains(f.Message, says) {
			t.Errorf("%s: %s\nwant %s with %q", f.Status, f.Message, want, says)
		}
	}
}

// subjectIn is the first subject of a file, or its error.
func subjectIn(t *testing.T, file string, cas []*Certificate) *Subject {
	t.Helper()
	b, err := openTestFile(t, file)
	if err != nil {
		return &Subject{Err: err}
	}
	return b.Subjects(cas)[0]
}

func TestCatalogue(t *testing.T) {
	var rows []checktest.Row
	for _, r := range checkRows {
		rows = append(rows, checktest.Row{Check: r.check, Want: r.want})
	}
	checktest.Catalogue(t, append(Checks.Catalogue(), preflight.Retirement.Catalogue()...), rows)
}

// Every PKCS#12 file of other tools has its row, or can't be read at all.
func TestEveryForeignPKCS12HasARow(t *testing.T) {
	for _, f := range foreignFiles(t) {
		if filepath.Ext(f.File) != ".p12" {
			continue
		}
		listed := slices.ContainsFunc(checkRows, func(r row) bool { return r.file == f.File })
		inTable := slices.ContainsFunc(checkRows, func(r row) bool { return r.file == f.File && r.check == "cert.p12.ios" })
		if _, err := openTestFile(t, f.File); !listed || err == nil && !inTable {
			t.Errorf("%s is in no row (read: %v)", f.File, err)
		}
	}
}

// Authorities are no subjects, except where there is nothing else.
func TestSubjects(t *testing.T) {
	for file, want := range map[string][]string{
		"good-chain.pem":     {"Alice Example"},
		"chain.pem":          {"Contoso Test Issuing CA", "Contoso Test Root"},
		"two-identities.p12": {"Alice Example", "Bob Example"},
	} {
		b, err := openTestFile(t, file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range b.Subjects(nil) {
			got = append(got, s.Certificate.CommonName())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the subjects are %q, want %q", file, got, want)
		}
	}
}

// The subject of an identity leaves out the file that it came in.
func TestIdentitySubject(t *testing.T) {
	b, err := openTestFile(t, "openssl-modern.p12")
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Identity()
	if err != nil {
		t.Fatal(err)
	}
	s := preflight.Scenario{At: testClock}.WithDefaults()
	for _, f := range Check(s, id.Subject(nil)) {
		if want := strings.HasPrefix(f.Check, "cert.p12."); (f.Status == skip) != want && f.Check != "cert.sid" {
			t.Errorf("%s: %s: %s", f.Check, f.Status, f.Message)
		}
	}
}
