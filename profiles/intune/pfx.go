package intune

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
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
	UPN      string         // whose it is
	Data     []byte         // the file as it is: Intune stores these bytes
	Password certs.Password // of the file; ASCII
	Leaf     *certs.Certificate
	Purpose  string // one of [Purposes]
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

func (p PFX) refuse(to ConnectorKey) error {
	switch {
	case !strings.Contains(p.UPN, "@"):
		return fmt.Errorf("%q is no UPN: Intune gives a PFX to the user of that name", p.UPN)
	case p.Leaf == nil:
		return errors.New("there is no certificate in the file")
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
