package ios

import (
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// secret is a key of a payload that holds a secret in the clear, and how bad that is
// for each way of delivery.
type secret struct {
	payload, within, key string // within: the dictionary that the key is in, where it isn't the payload
	word, what, fix      string
	verdict              map[profiles.Delivery]preflight.Status
}

// The consoles of Intune and Apple Business show a profile to each of their readers,
// exports and back-ups; device management alone keeps it to itself.
var (
	opensIdentity = map[profiles.Delivery]preflight.Status{
		profiles.ForManual: preflight.StatusWarn, profiles.ForMDM: preflight.StatusPass,
		profiles.ForIntune: preflight.StatusFail, profiles.ForAppleBusiness: preflight.StatusFail,
	}
	opensMore = map[profiles.Delivery]preflight.Status{
		profiles.ForManual: preflight.StatusWarn, profiles.ForMDM: preflight.StatusWarn,
		profiles.ForIntune: preflight.StatusFail, profiles.ForAppleBusiness: preflight.StatusFail,
	}
)

var secrets = []secret{
	{payload: typePKCS12, key: "Password", word: "p12-password", what: "the password of the identity beside it: the file is the user's key", fix: "leave it out, and tell the user another way (easkit ios --for manual); or let the phone make its own key (easkit ios --scep)", verdict: opensIdentity},
	{payload: typeEAS, key: "CertificatePassword", word: "p12-password", what: "the password of the identity beside it: the file is the user's key", fix: "leave it out, and tell the user another way (easkit ios --for manual); or let the phone make its own key (easkit ios --scep)", verdict: opensIdentity},
	{payload: typeEAS, key: "Password", word: "account-password", what: "the password of the account, which Apple wants in encrypted profiles only", fix: "leave it out: with a certificate there is no use for it", verdict: opensMore},
	{payload: typeSCEP, within: "PayloadContent", key: "Challenge", word: "challenge", what: "the challenge by which a certificate is issued to whoever has it", fix: "let the server take each challenge once, or let device management enrol the phone (Intune: a SCEP certificate profile)", verdict: opensMore},
	{payload: typeRemoval, key: "RemovalPassword", word: "removal-password", what: "the password that removes the profile", fix: "keep the file from users, or leave the payload out", verdict: opensMore},
}

// checkSecrets looks for what opens something and lies in the clear.
func checkSecrets(_ preflight.Scenario, j *judged) []preflight.Outcome {
	var all []preflight.Outcome
	for _, p := range j.File.Payloads {
		for _, s := range secrets {
			if p.Type != s.payload {
				continue
			}
			n := p.Node
			if s.within != "" {
				n = n.Get(s.within)
			}
			if v := n.Get(s.key); v.Is(plist.String) && v.Text != "" && !isToken(v.Text) {
				o := at(v.At, outcome(s.verdict[j.Delivery], s.word, "%s: %s is %s", p, s.key, s.what))
				if o.Fix = s.fix; o.Status != preflight.StatusPass {
					all = append(all, o)
				}
			}
		}
	}
	all = append(all, j.openKeys()...)
	switch {
	case j.File.Encrypted:
		return preflight.Unchecked("the payloads are encrypted")
	case len(all) == 0 && j.Delivery == profiles.ForMDM:
		return preflight.Pass("nothing lies open that device management does not need")
	case len(all) == 0:
		return preflight.Pass("no password lies open in it")
	}
	return all
}

// openKeys finds identities that need no password, and in a console's profile those
// that do as well.
func (j *judged) openKeys() []preflight.Outcome {
	console := j.Delivery == profiles.ForIntune || j.Delivery == profiles.ForAppleBusiness
	var all []preflight.Outcome
	for _, a := range j.accounts {
		switch {
		case a.bundle != nil && a.bundle.PKCS12 != nil && a.bundle.PKCS12.EmptyPassword && len(a.bundle.Keys) > 0:
			all = append(all, at(a.ref.Value.At, outcome(preflight.StatusFail, "open-key", "the identity needs no password: whoever reads the file has the user's key")))
		case console && a.ref != nil && len(a.ref.PKCS12) > 0:
			o := outcome(preflight.StatusWarn, "key", "it holds one user's private key, which all readers, exports and back-ups of the console then have: for a pilot only")
			o.Fix = "use a certificate profile of the console (SCEP or PKCS), or easkit ios --scep"
			all = append(all, at(a.ref.Value.At, o))
		}
	}
	return all
}
