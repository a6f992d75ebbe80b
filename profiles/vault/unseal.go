package vault

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/easkit/easkit/certs/cms"
)

// ErrNotForUs says that a file was sealed for others.
var ErrNotForUs = errors.New("it was encrypted for others")

// ErrIdentity says that a file holds no key of age, or does not open.
var ErrIdentity = errors.New("it holds no key of age that could be used")

// Opener decrypts what a [Sealer] encrypted. It is safe for concurrent use.
type Opener struct {
	identities []age.Identity

	certificate *x509.Certificate
	key         crypto.Decrypter
}

// NewAgeOpener opens with the keys of a file as age-keygen writes it. One that is
// itself encrypted with a passphrase is opened with what passphrase gives, which is
// asked for then alone and may be nil.
func NewAgeOpener(file []byte, passphrase func() (string, error)) (*Opener, error) {
	const start = "age-encryption.org/"
	var sealed io.Reader
	switch {
	case bytes.HasPrefix(bytes.TrimSpace(file), []byte(armor.Header)):
		sealed = armor.NewReader(bytes.NewReader(file))
	case bytes.HasPrefix(file, []byte(start)):
		sealed = bytes.NewReader(file)
	}
	if sealed != nil {
		opened, err := openWithPassphrase(sealed, passphrase)
		if err != nil {
			return nil, err
		}
		file = opened
	}
	identities, err := age.ParseIdentities(bufio.NewReader(bytes.NewReader(file)))
	if err != nil || len(identities) == 0 {
		return nil, fmt.Errorf("%w: give a file as age-keygen writes it", ErrIdentity) // err may quote the key
	}
	return &Opener{identities: identities}, nil
}

func openWithPassphrase(sealed io.Reader, passphrase func() (string, error)) ([]byte, error) {
	if passphrase == nil {
		return nil, fmt.Errorf("%w: it is encrypted, and no passphrase was given", ErrIdentity)
	}
	text, err := passphrase()
	if err != nil {
		return nil, fmt.Errorf("asking for the passphrase of the key: %w", err)
	}
	identity, err := age.NewScryptIdentity(text)
	if err != nil {
		return nil, fmt.Errorf("%w: the passphrase is empty", ErrIdentity)
	}
	r, err := age.Decrypt(sealed, identity)
	if err != nil {
		return nil, fmt.Errorf("%w: the passphrase does not open it, or it is no file with one", ErrIdentity)
	}
	return readBounded(r)
}

// NewCertificateOpener opens with the key of a certificate, RSA.
func NewCertificateOpener(certificate *x509.Certificate, key crypto.Decrypter) *Opener {
	return &Opener{certificate: certificate, key: key}
}

// Open decrypts a file. The error is [ErrNotForUs] where it was encrypted for others.
// By a certificate, a change to the file may come out as changed content: see
// [NewCertificateSealer].
func (o *Opener) Open(sealed []byte) ([]byte, error) {
	if o.key != nil {
		data, err := cms.Decrypt(sealed, o.key, o.certificate)
		if errors.Is(err, cms.ErrNotRecipient) {
			return nil, ErrNotForUs
		}
		if err != nil {
			return nil, fmt.Errorf("decrypting: %w", err)
		}
		return data, nil
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), o.identities...)
	if other := new(age.NoIdentityMatchError); errors.As(err, &other) {
		return nil, ErrNotForUs
	}
	if err == nil {
		sealed, err = readBounded(r)
	}
	if err != nil {
		return nil, fmt.Errorf("decrypting: %w", err)
	}
	return sealed, nil
}
