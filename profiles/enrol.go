package profiles

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
)

// SCEP is how a phone gets a certificate for a key of its own by SCEP (RFC 8894):
// com.apple.security.scep of https://github.com/apple/device-management. The
// certificate is asked for in the names of the account.
type SCEP struct {
	URL           string
	Name          string // which CA, where the server has several
	KeySize       int    // of an RSA key, in bits: phones make no other kind for SCEP
	KeyUsage      int    // the sum of KeyUsageSigning and KeyUsageEncryption
	CAFingerprint []byte // SHA-1 or SHA-256 of the CA's certificate; empty where nobody vouches for it
	Retries       int    // how often to ask again where the server says pending
	RetryDelay    int    // seconds between these
	Subject       []string
	Challenge     certs.Password // what the server wants to see of whoever asks; empty for none
}

// ACME is how a phone gets a certificate for a key of its own by ACME (RFC 8555):
// com.apple.security.acme, which iOS knows since version 16.
type ACME struct {
	URL              string // of the server's directory
	ClientIdentifier string // tells the server which phone asks
	KeyType          string // one of KeyTypes
	KeySize          int    // in bits
	HardwareBound    bool   // made in the Secure Enclave, which lets it out to nobody
	Attest           bool   // the phone proves that to the server
	Subject          []string
}

// The bits of a SCEP payload's Key Usage and of an ACME payload's UsageFlags (Apple).
const (
	KeyUsageSigning    = 1
	KeyUsageEncryption = 4
)

// RoleACMEClient is the role whose [Account.UUID] is the client identifier of ACME where
// a template gives none.
const RoleACMEClient = "acme-client"

// The kinds of key of ACME (Apple, com.apple.security.acme).
const (
	KeyRSA = "RSA"
	KeyEC  = "ECSECPrimeRandom"
)

// KeyTypes are the kinds of key that a phone makes for ACME.
var KeyTypes = []string{KeyRSA, KeyEC}

// SCEPKeySizes are those that Apple's schema allows.
var SCEPKeySizes = []int{1024, 2048, 4096}

// SCEPKeyUsages are those of a key that can sign in.
var SCEPKeyUsages = []int{KeyUsageSigning, KeyUsageSigning | KeyUsageEncryption}

// What is asked for where a template leaves it out.
const (
	// DefaultSCEPKeySize is the least that is not called weak; Apple's own default is
	// 1024.
	DefaultSCEPKeySize = 2048
	// DefaultACMEKeySize is P-256, one of the two curves of the Secure Enclave. No page
	// of Microsoft's lists the curves that sign-in to Entra ID takes; P-256 is the one
	// whose signatures every implementation of TLS 1.3 has to know (RFC 8446 9.1).
	DefaultACMEKeySize = 256
	// Apple's defaults, in times and in seconds.
	DefaultRetries    = 3
	DefaultRetryDelay = 10
)

// String describes the request without its challenge.
func (s *SCEP) String() string {
	text := fmt.Sprintf("%s, RSA %d, key usage %d, subject %s", s.URL, s.KeySize, s.KeyUsage, strings.Join(s.Subject, " "))
	for _, part := range []struct {
		on   bool
		text string
	}{
		{s.Name != "", ", CA " + s.Name},
		{len(s.CAFingerprint) > 0, ", fingerprint " + hex.EncodeToString(s.CAFingerprint)},
		{s.Challenge != "", ", challenge embedded"},
	} {
		if part.on {
			text += part.text
		}
	}
	return text
}

// String describes the request.
func (a *ACME) String() string {
	text := fmt.Sprintf("%s, client %s, %s %d, subject %s", a.URL, a.ClientIdentifier, a.KeyType, a.KeySize, strings.Join(a.Subject, " "))
	if a.HardwareBound {
		text += ", hardware-bound"
	}
	if a.Attest {
		text += ", attested"
	}
	return text
}

// IsUPN reports whether a user name is a UPN, or a placeholder that becomes one;
// DOMAIN\user is none.
func IsUPN(user string) bool {
	return strings.Contains(user, "@") || slices.ContainsFunc(IntuneTokens, func(t Token) bool { return t.Address && t.Text == user })
}

// SMIME reports whether the account signs or encrypts mail with its certificate.
func (o IOS) SMIME() bool { return o.SMIMESigning || o.encrypts() }

func (o IOS) encrypts() bool { return o.SMIMEEncrypt || o.SMIMEPerMessage }

// KeyUsage is what the account does with its key. Client authentication in TLS is a
// signature; a Windows CA picks its template by this and may not do both at once, so
// encryption is asked for only where mail is encrypted.
func (o IOS) KeyUsage() int {
	if o.encrypts() {
		return KeyUsageSigning | KeyUsageEncryption
	}
	return KeyUsageSigning
}

// Enrols reports whether the phone makes its own key and asks for the certificate.
func (o IOS) Enrols() bool { return o.SCEP != nil || o.ACME != nil }

// Placeholders lists the tokens of what tells one user or phone from another, known
// to anybody or not: without any, the account is one person's.
func (a Account) Placeholders() []string {
	texts := []string{a.Email, a.User}
	if s := a.IOS.SCEP; s != nil {
		texts = append(append(texts, s.Name), s.Subject...)
	}
	if s := a.IOS.ACME; s != nil {
		texts = append(append(texts, s.ClientIdentifier), s.Subject...)
	}
	return tokensOf(texts...)
}

// enrol settles how the phone gets its certificate, where call or template say that
// it makes its own key. The call's way wins over the template's.
func (a *Account) enrol(t TemplateIOS, o Overrides) error {
	switch {
	case o.SCEP != "" && o.ACME != "":
		return errors.New("a phone gets its certificate by SCEP or by ACME, not by both")
	case o.SCEP != "":
		t.SCEP.URL, t.ACME.URL = o.SCEP, ""
	case o.ACME != "":
		t.SCEP.URL, t.ACME.URL = "", o.ACME
	}
	if o.Challenge != "" && t.SCEP.URL == "" {
		return errors.New("a challenge is SCEP's, and the certificate does not come by SCEP")
	}
	switch {
	case t.SCEP.URL != "":
		return a.enrolSCEP(t.SCEP, o.Challenge)
	case t.ACME.URL != "":
		return a.enrolACME(t.ACME)
	}
	return nil
}

func (a *Account) enrolSCEP(t TemplateSCEP, challenge certs.Password) error {
	if err := webURL(t.URL); err != nil {
		return fmt.Errorf("the address of the SCEP server: %w", err)
	}
	fingerprint, err := parseFingerprint(t.Fingerprint)
	if err != nil {
		return fmt.Errorf("the fingerprint of the SCEP server's CA: %w", err)
	}
	a.IOS.SCEP = &SCEP{
		URL: t.URL, Name: t.Name, CAFingerprint: fingerprint, Challenge: challenge, Subject: a.subject(t.Subject),
		KeySize: or(t.KeySize, DefaultSCEPKeySize), KeyUsage: or(t.KeyUsage, a.IOS.KeyUsage()),
		Retries: or(t.Retries, DefaultRetries), RetryDelay: or(t.RetryDelay, DefaultRetryDelay),
	}
	return nil
}

// enrolACME fills in what the template leaves out: a key that cannot leave the phone,
// and proves that to the server where the phone can. The client identifier of a user
// is always the same, so that a profile made again is the same.
func (a *Account) enrolACME(t TemplateACME) error {
	if err := httpsURL(t.URL); err != nil {
		return fmt.Errorf("the address of the ACME server's directory: %w", err)
	}
	if t.ClientIdentifier == "" {
		if len(tokensOf(a.Email, a.User)) > 0 {
			return errors.New("ios.acme.client-identifier: it has to be there where placeholders stand for the user, or all phones would give the same one: write {{serialnumber}}, for example")
		}
		t.ClientIdentifier = a.UUID(RoleACMEClient)
	}
	a.IOS.ACME = &ACME{
		URL: t.URL, ClientIdentifier: t.ClientIdentifier, Subject: a.subject(t.Subject),
		KeyType: t.keyType(), KeySize: t.keySize(), HardwareBound: t.hardwareBound(), Attest: or(t.Attest, t.hardwareBound()),
	}
	return nil
}

// subject is what the certificate is to be issued to. Nobody looks the user up by
// it, but some CAs refuse a request without any.
func (a *Account) subject(parts []string) []string {
	if len(parts) > 0 {
		return parts
	}
	return []string{"CN=" + a.Email}
}

func (t TemplateACME) keyType() string {
	if t.KeyType == "" {
		return KeyEC
	}
	return t.KeyType
}

func (t TemplateACME) hardwareBound() bool { return or(t.HardwareBound, true) }

func (t TemplateACME) keySize() int {
	if t.keyType() == KeyRSA {
		return or(t.KeySize, DefaultSCEPKeySize)
	}
	return or(t.KeySize, DefaultACMEKeySize)
}

// or is a value that may have been left out.
func or[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}

// webURL checks the address of a SCEP server, where it is set. Plain http is common
// there: SCEP signs and encrypts its messages itself (RFC 8894 2.1 and 3).
func webURL(s string) error {
	if s == "" {
		return nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return fmt.Errorf("%q is not an https:// or http:// URL", clip(s))
	}
	return nil
}

// The lengths of a fingerprint in bytes: SHA-1's and SHA-256's (FIPS 180-4).
const (
	sizeSHA1   = 20
	sizeSHA256 = 32
)

// parseFingerprint reads a fingerprint as tools print it: hexadecimal digits, with or
// without colons or spaces. Nothing is no fingerprint.
func parseFingerprint(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	sum, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(s))
	if err != nil || len(sum) != sizeSHA1 && len(sum) != sizeSHA256 {
		return nil, fmt.Errorf("%q is not the SHA-1 or SHA-256 of a certificate: 40 or 64 hexadecimal digits", clip(s))
	}
	return sum, nil
}
