package ios

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// Where explanations come from. Apple's own list of numbers (2018) is gone from
// its site; it tells the title of each and asks not to depend on them.
const (
	srcAppleCodes = "https://github.com/ProfileCreator/Configuration-Profile-Reference (Error Codes)"
	srcImporter   = "https://github.com/apple-oss-distributions/Security (OSX/sec/Security/p12import.c)"
	srcImportTest = "https://github.com/apple-oss-distributions/Security (keychain/SecurityUnitTests/SecPKCS12Tests.m)"
	srcSchema     = "https://github.com/apple/device-management"
)

// Where the numbers are read.
const (
	seenInstall = "The phone's log (Console on a Mac), and the ErrorChain that device management gets back; the user sees a sentence without the number."
	seenReading = "As the profile is opened, before anything is installed. " + seenInstall
)

// A numbered is one error of a domain. Apple documents a title for each and no
// more: what goes beyond that is observed or inferred, and says so.
type numbered struct {
	number            int
	title, means, fix string
	check             []string
	basis             preflight.Basis // where it is not the domain's
	source            string          // where it is not the domain's
}

// A domain is a kind of errors of the phone's profile service.
type domain struct {
	name   string
	seen   string
	check  []string        // where an error has none of its own
	basis  preflight.Basis // where an error has none of its own and it isn't Documented
	errors []numbered
}

var domains = []domain{profileErrors, payloadErrors, installationErrors, certificateErrors, accountErrors, easErrors, scepErrors}

// Codes explains the numbers by which an iPhone or iPad refuses a profile, its
// identity or its account, in their order.
func Codes() []preflight.Code {
	all := slices.Clone(keychainCodes)
	for _, d := range domains {
		for _, e := range d.errors {
			all = append(all, d.code(e))
		}
	}
	slices.SortFunc(all, preflight.CompareCodes)
	return all
}

func (d domain) code(e numbered) preflight.Code {
	c := preflight.Code{
		ID: fmt.Sprintf("ios-%d", e.number), Names: []string{fmt.Sprintf("%s %d", d.name, e.number)},
		Title: e.title, Seen: d.seen, Means: e.means, Check: e.check, Fix: e.fix, Basis: e.basis, Source: e.source,
	}
	if c.Check == nil {
		c.Check = d.check
	}
	c.Basis = cmp.Or(c.Basis, d.basis, preflight.Documented)
	c.Source = cmp.Or(c.Source, srcAppleCodes)
	return c
}

// keychainCodes are answers of the system's keychain to a PKCS#12 file. The user
// sees the first as ios-9000.
var keychainCodes = []preflight.Code{
	{
		ID: "ios-25293", Names: []string{"OSStatus -25293", "errSecAuthFailed"}, Title: "The PKCS#12 file does not open", Basis: preflight.FromSource, Source: srcImportTest,
		Seen:  "Logs of software that calls SecPKCS12Import, with a minus before the number.",
		Means: "The MAC does not verify with this password. On iOS it is also the answer to every empty password, whichever way the file was written.",
		Check: []string{"easkit check cert alice.p12 --password-file alice.password (cert.p12.ios)", "easkit help pkcs12"},
		Fix:   "Give the right password; where it is empty, or the file is one that iOS cannot read, let easkit ios write it anew.",
	},
	{
		ID: "ios-25264", Names: []string{"OSStatus -25264", "errSecPkcs12VerifyFailure"}, Title: "The MAC of the PKCS#12 file does not verify", Basis: preflight.Observed, Source: "https://github.com/sfackler/rust-native-tls/issues/19",
		Seen:  "The keychain of a Mac, with a minus before the number and a guess at the password.",
		Means: "The password is wrong, or the MAC is of a kind that this version does not know, such as SHA-256 before macOS 15.",
		Check: []string{"easkit show alice.p12 --password-file alice.password (the MAC)", "easkit check cert alice.p12 --password-file alice.password (cert.p12.ios)"},
		Fix:   "Give the right password; if it is right, write the file with 3DES and SHA-1 (easkit help pkcs12).",
	},
	{
		ID: "ios-26275", Names: []string{"OSStatus -26275", "errSecDecode"}, Title: "The PKCS#12 file cannot be decoded", Basis: preflight.Observed, Source: srcImporter,
		Seen:  "Logs of software that calls SecPKCS12Import, with a minus before the number.",
		Means: "The file is damaged, or written in a form or with an encryption that Apple's importer does not read.",
		Check: []string{"easkit show alice.p12 --password-file alice.password (the encoding, the encryption)", "easkit check cert alice.p12 --password-file alice.password (cert.p12.ios)"},
		Fix:   "Let easkit ios write the file anew, or export it with 3DES and SHA-1.",
	},
}
