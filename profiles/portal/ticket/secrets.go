package ticket

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
)

// secretSize is the entropy of tokens and sessions, in bytes.
const secretSize = 32

// A PIN has six decimal digits.
const (
	pinDigits = 6
	pinCount  = 1_000_000
)

// idSize is how long the ID of a ticket is: 50 bits, so that IDs do not meet by chance
// and can still be typed.
const idSize = 10

// purpose separates the keys that follow from a token.
type purpose string

const (
	forLookup purpose = "easkit ticket 1: look-up"
	forParcel purpose = "easkit ticket 1: parcel"
	forPIN    purpose = "easkit ticket 1: PIN"
)

// secret is what a token or session stands for.
type secret []byte

func newSecret() secret {
	s := make(secret, secretSize)
	rand.Read(s) // never fails: https://pkg.go.dev/crypto/rand#Read
	return s
}

func (s secret) text() string { return base64.RawURLEncoding.EncodeToString(s) }

// parseSecret reads the one spelling that [secret.text] writes.
func parseSecret(text string) (secret, bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(secretSize) || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	s, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return s, err == nil && len(s) == secretSize
}

// key is HKDF without its first half, which a random secret does not need.
// Source: https://www.rfc-editor.org/rfc/rfc5869#section-3.3
func (s secret) key(p purpose) ([]byte, error) {
	key, err := hkdf.Expand(sha256.New, s, string(p), sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving a key for a ticket: %w", err)
	}
	return key, nil
}

// hash is what the store keeps of a session, which is too long to be guessed from it.
func (s secret) hash() []byte {
	sum := sha256.Sum256(s)
	return sum[:]
}

// pinHash is what the store keeps of a PIN. Without the token it can't be tried out.
func (s secret) pinHash(p PIN) ([]byte, error) {
	key, err := s.key(forPIN)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(p))
	return mac.Sum(nil), nil
}

func newPIN() (PIN, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(pinCount))
	if err != nil {
		return "", fmt.Errorf("drawing a PIN: %w", err)
	}
	return PIN(fmt.Sprintf("%0*d", pinDigits, n)), nil
}

func newID() string { return strings.ToLower(rand.Text()[:idSize]) }

// clean is a PIN as it was told: people type spaces and hyphens between the digits, and
// Japanese keyboards write them in full width.
func (p PIN) clean() (PIN, bool) {
	const longest = 64 // more was not typed by a person
	if len(p) > longest {
		return "", false
	}
	const fullWidth = '０' - '0'
	digits := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\u00a0' || r == '\u3000':
			return -1
		case r >= '０' && r <= '９':
			return r - fullWidth
		}
		return r
	}, string(p))
	return PIN(digits), len(digits) == pinDigits && strings.Trim(digits, "0123456789") == ""
}
