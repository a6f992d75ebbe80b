package intune

import (
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// maxCustom is the size of a custom profile in bytes
// (https://learn.microsoft.com/intune/intune-service/configuration/custom-settings-ios).
const maxCustom = 1_000_000

// openCustom reads a profile that shall go to Intune as it is, and refuses what the
// service does not take: it wants XML without a byte order mark, since it fills
// placeholders in. whose names the profile for a message.
func openCustom(whose string, data []byte) (*profiles.Document, error) {
	no := func(hint, format string, args ...any) error {
		return refused(hint, "%s: %s", whose, fmt.Sprintf(format, args...))
	}
	switch {
	case cms.IsCMS(data):
		return nil, no("give the unsigned profile: easkit ios without --signer", "it is signed, and Intune takes XML")
	case plist.IsBinary(data):
		return nil, no("turn it into XML: plutil -convert xml1 FILE, on a Mac", "it is a binary property list, and Intune takes XML")
	case len(data) > maxCustom:
		return nil, no("leave payloads out", "it has %s bytes, more than the %s that a custom profile may have", preflight.Thousands(len(data)), preflight.Thousands(maxCustom))
	}
	f, err := ios.Open(data)
	if err != nil {
		return nil, no("", "%v", err)
	}
	if f.List.BOM {
		return nil, no("save it as UTF-8 without a byte order mark", "it begins with a byte order mark, for which Intune was seen to refuse files")
	}
	for _, p := range f.List.Problems {
		if p.Malformed {
			return nil, no("mend the XML", "it is not well-formed XML: line %d, column %d: %s", p.At.Line, p.At.Column, p.Text)
		}
	}
	if f.Encrypted {
		return nil, no("give the profile as it was before it was encrypted", "it is encrypted for one phone's key")
	}
	doc := f.Document()
	if !doc.HasAccount {
		return nil, no("", "there is no mail account in it")
	}
	return doc, nil
}

// custom makes the custom profile in which each iPhone makes a key of its own.
func (b *builder) custom() error {
	const whose = "the profile for everybody"
	doc, err := openCustom(whose, b.KeyLess)
	if err != nil {
		return err
	}
	tokens := profiles.Tokens(string(b.KeyLess))
	unknown := slices.IndexFunc(tokens, func(t string) bool { known, _ := profiles.IntuneToken(t); return !known })
	switch a := doc.Account; {
	case len(doc.PKCS12) > 0:
		return refused("make it with --scep or --acme, or give it as a pilot's", "%s: there is a private key in it, which would be on everybody's phone", whose)
	case !a.IOS.Enrols():
		return refused("make it with --scep or --acme", "%s: nothing in it gets the phone a certificate (SCEP, ACME)", whose)
	case len(profiles.Tokens(a.Email)) == 0 || len(profiles.Tokens(a.User)) == 0:
		return refused(everybodyHint, "%s: address and user name are one user's", whose)
	case unknown >= 0:
		return refused("easkit help templates lists them", "%s: %q is no placeholder that Intune fills in", whose, shown(tokens[unknown]))
	}
	part := Part{Key: keyOf(IOS, "custom"), Object: newObject("iosCustomConfiguration", Object{
		"payloadName": b.accountName(), "payloadFileName": b.set.ID + ".mobileconfig",
		"payload": base64.StdEncoding.EncodeToString(b.KeyLess),
	})}
	part.Notes = append(part.Notes, "Each phone makes its own key, and gets the certificate inside of this profile: iPhones need no certificate profile of Intune's.")
	if s := doc.Account.IOS.SCEP; s != nil && s.Challenge != "" {
		part.Notes = append(part.Notes, "The challenge of the SCEP server lies in the profile: whoever may read Intune's configurations can read it, and ask for certificates.")
	}
	b.add(part, "iOS profile", fmt.Sprintf("Sets up the mail account on %s; each phone makes its own key.", doc.Account.Endpoint.Host))
	return nil
}
