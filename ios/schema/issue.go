package schema

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// The words by which issues are known. They are stable.
const (
	WordType          = "wrong-type"
	WordMissing       = "missing-key"
	WordValue         = "bad-value"
	WordUnknown       = "unknown-key"
	WordMisspelt      = "misspelt-key"
	WordDeprecated    = "deprecated"
	WordTooNew        = "too-new"
	WordRemoved       = "removed"
	WordNotIOS        = "not-ios"
	WordSupervised    = "supervised"
	WordUnknownType   = "unknown-payload"
	WordPayloadTooNew = "payload-too-new"
	WordExcluded      = "excluded"
	WordNoServices    = "no-services"
	WordACMEKey       = "acme-key"
)

// Issue is one thing that is not as Apple's schema has it.
type Issue struct {
	Word     string           // one of the Word constants
	Severity preflight.Status // StatusFail or StatusWarn
	Path     string           // of the key, within the dictionary judged: "SubjectAltName.rfc822Name", "Subject[0][0]"; empty for the dictionary itself
	Message  string           // a clause that names the key and the value found, never a secret
	Fix      string           // a sentence
	At       plist.Position   // of the value, or of the key where that is at fault; of the dictionary for a key that is missing
	Codes    []string         // what phones answer, as far as that is known
	Basis    preflight.Basis  // of the verdict
	Source   string           // URL of the rule
}

// sourceFolder is where Apple publishes the schema, a file for each payload type.
const (
	sourceFiles  = "https://github.com/apple/device-management/blob/release/mdm/profiles/"
	sourceFolder = "https://github.com/apple/device-management/tree/release/mdm/profiles"
)

func (p *Payload) source() string { return sourceFiles + p.Type + ".yaml" }

// answers are the codes by which a phone refuses a dictionary.
type answers struct{ toShape, toMissing, toType, toValue []string }

var (
	topAnswers     = answers{[]string{"ios-1000"}, []string{"ios-1002"}, []string{"ios-1003"}, []string{"ios-1010"}}
	payloadAnswers = answers{[]string{"ios-2000"}, []string{"ios-2002"}, []string{"ios-2003"}, []string{"ios-2004"}}
)
