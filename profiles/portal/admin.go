package portal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
)

// AdminToken is the hash of a local admin token, by which the help desk signs in where
// there is no OIDC. The zero value is for none. A plain hash will do, because the token
// is random: see [HashAdminToken].
type AdminToken [sha256.Size]byte

// adminTokenLength is that of [rand.Text], which has 128 bits at the least.
const adminTokenLength = 26

// adminTokenLetters are those of [rand.Text]: base32 of RFC 4648.
const adminTokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// NewAdminToken makes a token, to be shown once, and its hash.
func NewAdminToken() (token string, hash AdminToken) {
	token = rand.Text()
	return token, sha256.Sum256([]byte(token))
}

// HashAdminToken is the hash of a token that [NewAdminToken] made. Anything else is
// refused: what people think of can be guessed, and its hash turned back.
func HashAdminToken(token string) (AdminToken, error) {
	if len(token) != adminTokenLength || strings.Trim(token, adminTokenLetters) != "" {
		return AdminToken{}, errors.New("the admin token has another form than those that easkit makes (26 capital letters and digits): let easkit make one")
	}
	return sha256.Sum256([]byte(token)), nil
}

// is reports whether a token is the one of the hash, in a time that does not depend on
// how much of it is right.
func (a AdminToken) is(token string) bool {
	given := sha256.Sum256([]byte(strings.TrimSpace(token)))
	return a != AdminToken{} && subtle.ConstantTimeCompare(given[:], a[:]) == 1
}
