package userids

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// source has the limits of certificateUserIds, and how values come from Active
// Directory.
const source = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids"

// The limits of certificateUserIds ([source]). The same page gives maxSynced for
// values that come from Active Directory, and another page gives it for all.
const (
	maxValues = 10
	maxSynced = 5
	maxLength = 1024 // characters of one value
)

// prefixes start the values that Entra ID knows; their letter case counts ([source]).
var prefixes = []string{"X509:<PN>", "X509:<RFC822>", "X509:<I>", "X509:<S>", "X509:<SKI>", "X509:<SHA1-PUKEY>"}

// principalName starts the one kind of value that Active Directory has none of.
const principalName = "X509:<PN>"

// badValue says what is wrong with a value, or "".
func badValue(value string) string {
	if n := utf8.RuneCountInString(value); n > maxLength {
		return fmt.Sprintf("a value has %d characters, and Entra ID takes %d", n, maxLength)
	}
	for _, p := range prefixes {
		if len(value) > len(p) && strings.HasPrefix(value, p) {
			return ""
		}
	}
	return fmt.Sprintf("%q begins with none of %s, whose letter case counts", value, strings.Join(prefixes, ", "))
}

// tooMany says that a user would have too many values, or "".
func tooMany(n int) string {
	if n <= maxValues {
		return ""
	}
	return fmt.Sprintf("there would be %d values, and Entra ID takes %d: remove those of old certificates", n, maxValues)
}
