package schema

import (
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
)

// The words by which issues are known. They are stable.
const (
	WordType     = "wrong-type"
	WordMissing  = "missing-key" // a part of a bundle
	WordValue    = "bad-value"   // none of the entries
	WordUnknown  = "unknown-key"
	WordMisspelt = "misspelt-key"
	WordTooLong  = "too-long"
	WordLeftover = "leftover" // of Google's example
	WordTwice    = "duplicate-key"
	WordTooMuch  = "too-much"
)

// Issue is one thing that is not as the app's table has it.
type Issue struct {
	Word     string           // one of the Word constants
	Severity preflight.Status // StatusFail or StatusWarn
	Path     string           // of the key: "servers[1].host"
	Message  string           // a clause that names the key, and a value only where it is no secret
	Fix      string           // a clause
	At       tree.Position    // of the value, or of the key where that is at fault
	Basis    preflight.Basis  // of the verdict
	Source   string           // URL of the rule
}

// The rules' sources: a field of a configuration has to match a key of the app, and its
// value the key's type, says the Android Management API; Google Play and Intune keep
// the same values in another form.
const (
	sourceAMAPI  = "https://developers.google.com/android/management/reference/rest/v1/enterprises.policies#ApplicationPolicy"
	sourceIntune = "https://learn.microsoft.com/intune/intune-service/apps/app-configuration-vpn-ae"
	sourceJSON   = "https://www.rfc-editor.org/rfc/rfc8259#section-4"
)
