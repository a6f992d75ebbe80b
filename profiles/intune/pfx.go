package intune

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
)

// PFX is a PKCS#12 file that Intune's certificate connector is to hand to one user's
// phones (userPFXCertificate). What Intune brings this way is for S/MIME: no mail
// profile takes it as the identity to sign in with.
//
// Source of all rules here: https://github.com/microsoft/Intune-Resource-Access,
// src/PFXImportPowershell, and
// https://learn.microsoft.com/intune/intune-service/protect/certificates-imported-pfx-configure.
type PFX struct {
	UPN      string         // whose it is: a name that the certificate has
	Data     []byte         // the file as it is: Intune stores these bytes
	Password certs.Password // of the file; ASCII
	Leaf     *certs.Certificate
	Purpose  string    // one of [Purposes]
	At       time.Time // when it is handed out; zero leaves dates unchecked
}

// Purposes are what an imported PFX can be for. It is a tag: nothing holds apps to it.
var Purposes = []string{"smimeEncryption", "smimeSigning"}

// ConnectorKey is the RSA key to which passwords are encrypted. Its private half lies in
// the connector's key store, under these names.
type ConnectorKey struct {
	Public   *rsa.PublicKey
	Name     string // of the key
	Provider string // of the key store; [DefaultProvider] if empty
	Padding  string // one of [Paddings]; the first if empty
}

// DefaultProvider is where Microsoft's own tool makes the key.
const DefaultProvider = "Microsoft Software Key Storage Provider"

// Paddings are the forms of encryption that the connector undoes. Graph has pkcs1 and
// oaepSha1 as well, which Microsoft's tool refuses.
var Paddings = []string{"oaepSha512", "oaepSha384", "oaepSha256"}

// digests are the hashes of the paddings.
var digests = map[string]func() hash.Hash{"oaepSha512": sha512.New, "oaepSha384": sha512.New384, "oaepSha256": sha256.New}

// minConnectorBits is the size of the key that Microsoft's tool makes.
const minConnectorBits = 2048

// NewPFX makes the userPFXCertificate of a file, for POST
// /beta/deviceManagement/userPfxCertificates. The object is a secret: only the file's
// own password protects the key in it.
func NewPFX(p PFX, to ConnectorKey) (Object, error) {
	if to.Padding == "" {
		to.Padding = Paddings[0]
	}
	if to.Provider == "" {
		to.Provider = DefaultProvider
	}
	if err := p.refuse(to); err != nil {
		return nil, err
	}
	sealed, err := to.seal(p.Password)
	if err != nil {
		return nil, err
	}
	return newObject("userPFXCertificate", Object{
		"thumbprint": strings.ToLower(p.Leaf.Thumbprint()), "intendedPurpose": p.Purpose, "userPrincipalName": p.UPN,
		"startDateTime": p.Leaf.NotBefore.UTC().Format(time.RFC3339), "expirationDateTime": p.Leaf.NotAfter.UTC().Format(time.RFC3339),
		"providerName": to.Provider, "keyName": to.Name, "paddingScheme": to.Padding,
		"encryptedPfxBlob": base64Of(p.Data), "encryptedPfxPassword": base64Of(sealed),
	}), nil
}

// emailProtection is the extended key usage of S/MIME (RFC 8550 section 4.4.4), and
// anyUsage the one that stands for all (RFC 5280 section 4.2.1.12).
const (
	emailProtection = "1.3.6.1.5.5.7.3.4"
	anyUsage        = "2.5.29.37.0"
)

// Notes are what to know of a file that is handed out all the same: full sentences.
func (p PFX) Notes() []string {
	isForMail := func(usage asn1.ObjectIdentifier) bool {
		return usage.String() == emailProtection || usage.String() == anyUsage
	}
	if !p.Leaf.HasEKU || slices.ContainsFunc(p.Leaf.EKU, isForMail) {
		return nil
	}
	return []string{"The certificate is not for e-mail (emailProtection): mail apps may not take it for S/MIME."}
}

// refuseUser refuses to hand a key to anybody but its owner.
func (p PFX) refuseUser() error {
	if _, err := certs.ParseAddress(p.UPN); err != nil {
		return fmt.Errorf("%q is no UPN, and Intune gives a PFX to the user of that name: %w", p.UPN, err)
	}
	names := namesOf(p.Leaf)
	switch {
	case len(names) == 0:
		return fmt.Errorf("the certificate names no user, so that nobody can tell whether it is %s's: give one with a UPN or mail address", p.UPN)
	case !slices.ContainsFunc(names, func(name string) bool { return certs.SameAddress(name, p.UPN) }):
		return fmt.Errorf("the certificate is for %s, and %s would get that user's key", shown(strings.Join(names, ", ")), p.UPN)
	}
	return nil
}

func (p PFX) refuse(to ConnectorKey) error {
	if p.Leaf == nil {
		return errors.New("there is no certificate in the file")
	}
	if err := p.refuseUser(); err != nil {
		return err
	}
	switch {
	case !p.At.IsZero() && p.At.After(p.Leaf.NotAfter):
		return fmt.Errorf("the certificate has expired, on %s: give the renewed one", p.Leaf.NotAfter.UTC().Format(time.DateOnly))
	case !p.At.IsZero() && p.At.Before(p.Leaf.NotBefore):
		return fmt.Errorf("the certificate is valid only from %s: hand it out then", p.Leaf.NotBefore.UTC().Format(time.DateOnly))
	case !slices.Contains(Purposes, p.Purpose):
		return fmt.Errorf("the purpose %q is none that Intune hands a PFX out for: it is one of %s; nothing imported can be what a mail account signs in with", p.Purpose, strings.Join(Purposes, ", "))
	case !slices.Contains(Paddings, to.Padding):
		return fmt.Errorf("the padding %q is none that the connector takes: it is one of %s", to.Padding, strings.Join(Paddings, ", "))
	case to.Name == "":
		return errors.New("the connector's key has no name: say the one that it was made under")
	case to.Public == nil || to.Public.N.BitLen() < minConnectorBits:
		return fmt.Errorf("the connector's key is no RSA key of at least %d bits", minConnectorBits)
	}
	return nil
}

// seal encrypts a password as the connector reads it: a byte a character, so that only
// ASCII comes out as it went in.
func (k ConnectorKey) seal(password certs.Password) ([]byte, error) {
	digest := digests[k.Padding]
	most := k.Public.Size() - 2*digest().Size() - 2 // RFC 8017 section 7.1.1
	switch {
	case password == "":
		return nil, errors.New("the file has no password, and with it nothing protects the key in Intune: make it anew with one")
	case strings.ContainsFunc(string(password), func(r rune) bool { return r < ' ' || r > '~' }):
		return nil, errors.New("the file's password has characters beyond ASCII, which the connector reads wrongly: make the file anew with another password")
	case len(password) > most:
		return nil, fmt.Errorf("the file's password has %d characters, and with this key and %s at most %d can be encrypted", len(password), k.Padding, most)
	}
	sealed, err := rsa.EncryptOAEP(digest(), rand.Reader, k.Public, []byte(password), nil)
	if err != nil {
		return nil, fmt.Errorf("encrypting the password for the connector: %w", err)
	}
	return sealed, nil
}
