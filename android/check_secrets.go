package android

import (
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// opensMore is how bad an open password is: a console shows it to all its readers,
// exports and back-ups.
var opensMore = map[profiles.Delivery]preflight.Status{
	profiles.ForManual: preflight.StatusWarn, profiles.ForMDM: preflight.StatusWarn,
	profiles.ForIntune: preflight.StatusFail, profiles.ForAppleBusiness: preflight.StatusFail,
}

// checkSecrets looks for what opens something and lies in the clear.
func checkSecrets(j *judged) []preflight.Outcome {
	var all []preflight.Outcome
	for _, c := range j.File.Configurations {
		_, ours := appOf(c.Package)
		eachScalar("", c.Values, func(key string, n *tree.Node) {
			if o := j.secret(key, n, ours); o != nil {
				all = append(all, at(n.At, *o))
			}
		})
	}
	all = append(all, j.networkSecrets()...)
	if b := j.bundle; b != nil {
		switch data := b.Get("data"); {
		case b.pkcs12 == nil && profiles.HoldsKey(b.raw):
			all = append(all, at(data.At, outcome(preflight.StatusFail, "open-key", "the identity is a private key, and not in a PKCS#12 file: whoever reads the file has the user's key")))
		case b.pkcs12 != nil && b.pkcs12.EmptyPassword:
			all = append(all, at(data.At, outcome(preflight.StatusFail, "open-key", "the identity needs no password: whoever reads the file has the user's key")))
		case data != nil && j.Delivery == profiles.ForIntune:
			o := outcome(preflight.StatusFail, "key", "the bundle holds one user's private key, which no console takes and all its readers would have")
			o.Fix = "upload androidenterprise.json, which has no key in it"
			all = append(all, at(data.At, o))
		}
	}
	if len(all) == 0 {
		return preflight.Pass("no password and no key lies open in what the apps are given")
	}
	return all
}

// networkSecrets looks into the networks of a policy, where keys and passwords of Wi-Fi
// and VPN stand: the form is Chromium's Open Network Configuration.
func (j *judged) networkSecrets() []preflight.Outcome {
	networks := j.File.Top.Get("openNetworkConfiguration")
	if j.File.Form != FormPolicy || networks == nil {
		return nil
	}
	var all []preflight.Outcome
	eachScalar("", networks, func(key string, n *tree.Node) {
		if strings.HasPrefix(n.Text, "${") { // its placeholders, such as ${LOGIN_EMAIL}
			return
		}
		o := j.secret(key, n, false)
		if o == nil && n.Text != "" && key == oncPKCS12 {
			said := outcome(preflight.StatusWarn, "password", "%s is there for a secret, in the clear", quoted(key))
			said.Basis = preflight.Inferred
			o = &said
		}
		if o == nil {
			return
		}
		o.Message = "openNetworkConfiguration: " + o.Message
		o.Source = srcONC
		if o.Value != "key" {
			o.Fix = "let phones join by a certificate (EAP-TLS) whose key is in their key store, or let few read the policy"
		}
		all = append(all, at(n.At, *o))
	})
	return all
}

// oncPKCS12 is the field of Open Network Configuration for a key, which its name does
// not say.
const oncPKCS12 = "PKCS12"

// minSecretNumber is how many digits a number has at least that may be a secret: no PIN
// has fewer.
const minSecretNumber = 4

// srcONC describes the form.
const srcONC = "https://chromium.googlesource.com/chromium/src/+/main/components/onc/docs/onc_spec.md"

// secret judges one value; nil where it is none. What it holds is never shown.
func (j *judged) secret(key string, n *tree.Node, ours bool) *preflight.Outcome {
	var o preflight.Outcome
	switch name := quoted(key); {
	case profiles.HoldsKey([]byte(n.Text)):
		o = outcome(preflight.StatusFail, "key", "%s holds a private key, which every reader of the policy then has", name)
		o.Basis = preflight.Documented
	case n.Text == "" || profiles.FilledIn(n.Text):
		return nil
	case ours && (key == gmailPassword || preflight.Nearest(key, []string{gmailPassword}) != ""):
		o = outcome(opensMore[j.Delivery], "account-password", "%s is the password of the account, in the clear", name)
		o.Basis = preflight.Documented
	case n.Kind != tree.String && len(n.Text) < minSecretNumber:
		return nil
	case profiles.NamesPassword(key):
		o = outcome(preflight.StatusWarn, "password", "%s looks like a password, in the clear", name)
		o.Basis = preflight.Inferred
	default:
		return nil
	}
	o.Fix = "leave it out, and change the password: it was read by whoever saw the file"
	if o.Value == "key" {
		o.Fix = "leave it out, and revoke the certificate: phones take keys from their key store"
	}
	return &o
}
