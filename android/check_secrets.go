package android

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"strings"

	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
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
			if o := j.secret(key, n.Text, ours); o != nil {
				all = append(all, at(n.At, *o))
			}
		})
	}
	all = append(all, j.networkSecrets()...)
	if b := j.bundle; b != nil {
		switch data := b.Get("data"); {
		case b.pkcs12 != nil && b.pkcs12.EmptyPassword, b.pkcs12 == nil && isOpenKey(b.raw):
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
		o := j.secret(key, n.Text, false)
		if o == nil && n.Text != "" && (key == oncPKCS12 || key == oncPSK) {
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

// Fields of Open Network Configuration whose names do not say that they hold secrets.
const (
	oncPKCS12 = "PKCS12"
	oncPSK    = "PSK"
)

// srcONC describes the form.
const srcONC = "https://chromium.googlesource.com/chromium/src/+/main/components/onc/docs/onc_spec.md"

// secret judges one value; nil where it is none. What it holds is never shown.
func (j *judged) secret(key, text string, ours bool) *preflight.Outcome {
	var o preflight.Outcome
	switch name := quoted(key); {
	case holdsKey(text):
		o = outcome(preflight.StatusFail, "key", "%s holds a private key, which every reader of the policy then has", name)
		o.Basis = preflight.Documented
	case text == "" || filledIn(text):
		return nil
	case ours && (key == gmailPassword || preflight.Nearest(key, []string{gmailPassword}) != ""):
		o = outcome(opensMore[j.Delivery], "account-password", "%s is the password of the account, in the clear", name)
		o.Basis = preflight.Documented
	case namesPassword(key):
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

// holdsKey reports whether a text is a private key: in PEM, or a PKCS#12 file in base64.
func holdsKey(text string) bool {
	if strings.Contains(text, "PRIVATE KEY-----") {
		return true
	}
	const short = 60 // no key fits into fewer characters
	if len(text) < short {
		return false
	}
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return false
	}
	_, err = certs.OutlinePKCS12(data)
	return err == nil || isOpenKey(data)
}

// isOpenKey reports whether data is a private key that nothing protects: in PEM or in
// one of its three forms in DER.
func isOpenKey(data []byte) bool {
	if bytes.Contains(data, []byte("PRIVATE KEY-----")) {
		return true
	}
	if _, err := x509.ParsePKCS8PrivateKey(data); err == nil {
		return true
	}
	if _, err := x509.ParsePKCS1PrivateKey(data); err == nil {
		return true
	}
	_, err := x509.ParseECPrivateKey(data)
	return err == nil
}

// namesPassword reports whether a key's name says that its value opens something.
func namesPassword(key string) bool {
	name := strings.ToLower(key)
	return strings.HasSuffix(name, "password") || strings.HasSuffix(name, "passphrase")
}

// filledIn reports whether a value is one placeholder and nothing else.
func filledIn(text string) bool {
	return strings.HasPrefix(text, "{{") && strings.HasSuffix(text, "}}") && strings.Count(text, "{{") == 1
}
