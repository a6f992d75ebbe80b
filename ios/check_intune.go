package ios

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// maxIntune is the size of a custom profile in bytes (Microsoft, custom-settings-apple).
const maxIntune = 1_000_000

// srcWellFormed is where administrators report what Intune's upload refuses.
const srcWellFormed = "https://github.com/microsoft/mdatp-xplat/issues/133"

// checkIntune judges what Intune's upload looks at: the bytes of the file.
func checkIntune(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	var all []preflight.Outcome
	add := func(word, message, fix string) {
		o := outcome(preflight.StatusFail, word, "%s", message)
		o.Fix = fix
		all = append(all, o)
	}
	const wants = "Intune takes XML, and fills its placeholders in"
	syntax := new(plist.SyntaxError)
	switch {
	case cms.IsCMS(sub.Data):
		add("signed", "it is signed, and "+wants, "upload the profile without its signature: device management vouches for it")
	case plist.IsBinary(sub.Data):
		add("binary", "it is a binary property list, and "+wants, "turn it into XML: plutil -convert xml1 FILE, on a Mac")
	case errors.As(sub.Err, &syntax):
		add("not-well-formed", fmt.Sprintf("it is not well-formed XML: %v", syntax), "mend the XML")
	case sub.File != nil:
		for _, p := range sub.File.List.Problems {
			if p.Malformed {
				add("not-well-formed", fmt.Sprintf("it is not well-formed XML, though phones read it: line %d, column %d: %s", p.At.Line, p.At.Column, p.Text), "mend the XML")
			}
		}
	}
	if n := len(sub.Data); n > maxIntune {
		add("size", fmt.Sprintf("it has %s bytes, more than the %s that a custom profile may have", preflight.Thousands(n), preflight.Thousands(maxIntune)), "leave payloads out")
	}
	if sub.File != nil && sub.File.List.BOM {
		o := outcome(preflight.StatusWarn, "bom", "it begins with a byte order mark, for which the upload was seen to refuse files")
		o.Basis, o.Source, o.Fix = preflight.Observed, srcWellFormed, "save it as UTF-8 without a byte order mark"
		all = append(all, o)
	}
	if len(all) == 0 {
		return preflight.Pass("unsigned XML of %s bytes", preflight.Thousands(len(sub.Data)))
	}
	return all
}
