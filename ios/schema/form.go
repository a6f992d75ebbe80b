package schema

import (
	"net/url"

	"github.com/easkit/easkit/certs/preflight"
)

// form is what a string has to look like.
type form struct {
	match func(string) bool
	says  string // goes on from "it is …, not"
	fix   string
	basis preflight.Basis
}

var (
	uuidForm = &form{isUUID, "a UUID such as 3F2504E0-4F89-41D3-9A0C-0305E82C3301", "Set it to the PayloadUUID of the payload that it means.", preflight.Documented}
	// Text of DirectoryURL in Apple's schema.
	httpsForm = &form{isHTTPS, "an https address", "Give the address with https:// and a host.", preflight.Documented}
	urlForm   = &form{isURL, "an address that can be read", "Give the whole address, such as https://login.contoso.com/authorize.", preflight.Observed}
)

// uuidPattern is the format of references to payloads in Apple's schema. isUUID
// is the same by hand: a regular expression takes longer than all other checks
// of a payload together.
const uuidPattern = `^[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}$`

func isUUID(s string) bool {
	if len(s) != len("00000000-0000-0000-0000-000000000000") {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
				return false
			}
		}
	}
	return true
}

func isHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

func isURL(s string) bool {
	_, err := url.Parse(s)
	return err == nil
}
