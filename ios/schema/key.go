package schema

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// Any is the type of a key whose value may be of every kind.
const Any plist.Kind = "any"

// AnyName is the name that stands for all names of a dictionary.
const AnyName = "ANY"

// Key is one key of a dictionary, or what stands in an array.
type Key struct {
	Name     string
	Type     plist.Kind // or Any
	Required bool
	Default  any    // a string, bool or int; nil where Apple names none
	Allowed  []any  // all values there are, of the type of Default; nil for any
	Pattern  string // a regular expression for a string
	Bits     int64  // all bits of an integer that mean something; 0 where it is no set of bits
	Keys     []Key  // of a dictionary; one of an array, for its items
	Repeat   Range  // of an item: how many an array holds

	// Versions of iOS. Where a key does not say since when it is known, that is
	// what holds for the one around it, and for the payload.
	Introduced, Deprecated, Removed Version
	Replacement                     string // the key to use in place of a deprecated one

	NotIOS         bool   // Apple has it on other systems only
	Supervised     bool   // it counts on supervised phones only
	UserEnrollment string // "forbidden", where it differs from the payload's
	Secret         bool   // ours: it holds a key or a password

	// Lists says that an array of such strings is taken as well: Documented by
	// Apple, or only Observed.
	Lists preflight.Basis

	form         *form
	unless       string   // a key beside which this one is not required
	note         string   // what else there is to say of a bad value
	mild         bool     // a bad value warns: phones may put up with it
	taken        []any    // values beyond Allowed that phones were seen to take: they warn
	codes        []string // what phones answer to a bad value, where it is not the general code
	undocumented bool     // phones were seen to read it, Apple's schema does not have it
}

// Range is how often something may be there. The zero Range sets no bounds.
type Range struct{ Min, Max int }

// Payload is one type of payload. Title is Apple's.
type Payload struct {
	Type           string
	Title          string
	Introduced     Version
	NotIOS         bool // Apple has it on other systems only; its keys are not in the table
	Multiple       bool // a profile may have several
	Supervised     bool // it counts on supervised phones only
	ManualInstall  bool // it may come without device management
	UserEnrollment string
	Keys           []Key // without those common to all payloads

	rules []rule
}

// The values of UserEnrollment.
const (
	allowed   = "allowed"
	forbidden = "forbidden"
)

// ios4 introduced configuration profiles as they are.
var ios4 = Version{Major: 4}

// Lookup returns the table of a payload type, or nil where there is none. It is
// shared: nobody may change it.
func Lookup(payloadType string) *Payload {
	for _, p := range payloads {
		if p.Type == payloadType {
			return p
		}
	}
	return nil
}

// Payloads returns all tables, those of other systems' payloads last. They are
// shared: nobody may change them.
func Payloads() []*Payload { return append([]*Payload(nil), payloads...) }

var payloads = []*Payload{
	&eas, &pkcs12, &root, &pkcs1, &pem, &scep, &acme, &removalPassword,
	&ews, &identityPreference, &certificatePreference,
}

func (k *Key) is(value any, n *plist.Node) bool {
	switch v := value.(type) {
	case string:
		return n.Kind == plist.String && n.Text == v
	case bool:
		return n.Kind == plist.Boolean && n.Bool == v
	case int:
		return n.Kind == plist.Integer && n.Int == int64(v)
	}
	return false
}

// isDefault reports whether a value says what holds without the key.
func (k *Key) isDefault(n *plist.Node) bool {
	return k.Default != nil && k.is(k.Default, n) || n.Kind == plist.String && n.Text == ""
}
