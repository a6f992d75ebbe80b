package vault

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"

	"github.com/easkit/easkit/certs/cms"
)

// What the names of sealed files end in.
const (
	SuffixAge = ".age"
	SuffixCMS = ".p7m"
)

// Sealer encrypts files at rest. It is safe for concurrent use.
type Sealer struct {
	recipients   []age.Recipient
	certificates []*x509.Certificate
}

// NewAgeSealer encrypts for recipients of age, as age-keygen prints them: age1…, or
// age1pq1… that a quantum computer does not break. Each of them can open what is
// sealed.
// Source: https://age-encryption.org/v1
func NewAgeSealer(recipients ...string) (*Sealer, error) {
	s := &Sealer{}
	if len(recipients) == 0 {
		return nil, errors.New("no recipient is given to encrypt to")
	}
	for _, text := range recipients {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(strings.ToUpper(text), "AGE-SECRET-KEY-") {
			return nil, errors.New("a recipient to encrypt to is a secret key: give its public half, age1…, as age-keygen -y prints it")
		}
		parsed, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(parsed) != 1 {
			return nil, notRecipient(text)
		}
		s.recipients = append(s.recipients, parsed[0])
	}
	return s, nil
}

// notRecipient says why a text is no recipient of age.
func notRecipient(text string) error {
	if strings.HasPrefix(strings.ToLower(text), "age1") {
		return fmt.Errorf("the recipient %.20q of age is damaged or cut: give all of it, as age-keygen -y prints it", text)
	}
	return fmt.Errorf("the recipient %.20q is none of age: one begins with age1", text)
}

// NewCertificateSealer encrypts for the owners of certificates with RSA keys, in CMS.
// Nothing in CMS tells that content was changed: compare what was opened with the
// SHA-256 in a signed manifest, or let it be signed itself.
func NewCertificateSealer(certificates ...*x509.Certificate) (*Sealer, error) {
	if _, err := cms.Encrypt(nil, certificates); err != nil {
		return nil, fmt.Errorf("encrypting to a certificate: %w", err)
	}
	return &Sealer{certificates: certificates}, nil
}

// Suffix is what the name of a sealed file ends in, after its own.
func (s *Sealer) Suffix() string {
	if s.certificates != nil {
		return SuffixCMS
	}
	return SuffixAge
}

// Seal encrypts data. The same data gives other bytes each time.
func (s *Sealer) Seal(data []byte) ([]byte, error) {
	if s.certificates != nil {
		sealed, err := cms.Encrypt(data, s.certificates)
		if err != nil {
			return nil, fmt.Errorf("encrypting: %w", err)
		}
		return sealed, nil
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, s.recipients...)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	return b.Bytes(), nil
}

// Unsealed is the name of what a file has inside, and whether it is sealed at all.
func Unsealed(name string) (plain string, sealed bool) {
	for _, suffix := range []string{SuffixAge, SuffixCMS} {
		if plain, ok := strings.CutSuffix(name, suffix); ok {
			return plain, true
		}
	}
	return name, false
}
