package schema

import (
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
)

// rule judges what the keys of a payload say together, which Apple's schema has
// in prose alone. Values of the wrong type are not its business.
type rule func(*walk, *plist.Node)

var services = []string{"EnableMail", "EnableContacts", "EnableCalendars", "EnableReminders", "EnableNotes"}

// noServices: at least one of the five has to be on (text of EnableMail).
func noServices(w *walk, n *plist.Node) {
	for _, name := range services {
		if v := n.Get(name); !v.Is(plist.Boolean) || v.Bool {
			return
		}
	}
	w.add(Issue{
		Word: WordNoServices, Path: services[0], Message: "EnableMail, EnableContacts, EnableCalendars, EnableReminders and EnableNotes are all false",
		Fix: "Switch on one service at least.", At: n.Get(services[0]).At, Codes: []string{"ios-21009"},
	})
}

// unusedCertificate: text of PayloadCertificateUUID.
func unusedCertificate(w *walk, n *plist.Node) {
	certificate := n.Get("Certificate")
	if !certificate.Is(plist.Data) || n.Get("PayloadCertificateUUID").Str() == "" {
		return
	}
	w.add(Issue{
		Word: WordExcluded, Severity: preflight.StatusWarn, Path: "Certificate", Message: "Certificate is there beside PayloadCertificateUUID, and is not used",
		Fix: "Leave out Certificate, CertificateName and CertificatePassword.", At: certificate.At,
	})
}

// passwordWithOAuth: text of OAuth.
func passwordWithOAuth(w *walk, n *plist.Node) {
	password := n.Get("Password")
	if !n.Get("OAuth").True() || password.Str() == "" {
		return
	}
	w.add(Issue{
		Word: WordExcluded, Path: "Password", Message: "Password is given although OAuth is true",
		Fix: "Leave out Password: with OAuth there is none.", At: password.At,
	})
}

// keyOrder is the key that an ACME payload asks for.
type keyOrder struct {
	kind             string
	size             int64
	sized            bool // size is there
	hardware, attest bool
}

// Bounds of ACME's keys (texts of KeyType and HardwareBound).
const (
	minRSA, maxRSA, stepRSA = 1024, 4096, 8
)

func (o keyOrder) curve() bool {
	return o.size == 192 || o.size == 256 || o.size == 384 || o.size == 521
}

// acmeRules say which orders no phone fills.
var acmeRules = []struct {
	key    string
	broken func(keyOrder) bool
	says   func(keyOrder) string
	fix    string
}{
	{
		"KeySize", func(o keyOrder) bool {
			return o.kind == keyRSA && o.sized && (o.size < minRSA || o.size > maxRSA || o.size%stepRSA != 0)
		},
		func(o keyOrder) string {
			return fmt.Sprintf("KeySize is %d, and RSA takes a multiple of %d from %d to %d", o.size, stepRSA, minRSA, maxRSA)
		},
		"Set KeySize to 2048.",
	},
	{
		"KeySize", func(o keyOrder) bool { return o.kind == keyEC && o.sized && !o.curve() },
		func(o keyOrder) string {
			return fmt.Sprintf("KeySize is %d, and ECSECPrimeRandom takes 192, 256, 384 or 521", o.size)
		},
		"Set KeySize to 256 or 384.",
	},
	{
		"HardwareBound", func(o keyOrder) bool { return o.kind == keyRSA && o.hardware },
		func(keyOrder) string {
			return "HardwareBound is true and KeyType is RSA, and hardware makes keys of ECSECPrimeRandom only"
		},
		"Set KeyType to ECSECPrimeRandom and KeySize to 256 or 384, or HardwareBound to false.",
	},
	{
		"KeySize", func(o keyOrder) bool {
			return o.kind == keyEC && o.hardware && o.sized && o.curve() && o.size != 256 && o.size != 384
		},
		func(o keyOrder) string {
			return fmt.Sprintf("KeySize is %d and HardwareBound is true, and hardware makes keys of 256 or 384 bits", o.size)
		},
		"Set KeySize to 256 or 384, or HardwareBound to false.",
	},
	{
		"Attest", func(o keyOrder) bool { return o.attest && !o.hardware },
		func(keyOrder) string {
			return "Attest is true without HardwareBound, and phones attest keys of hardware only"
		},
		"Set HardwareBound to true, or Attest to false.",
	},
}

func acmeKey(w *walk, n *plist.Node) {
	size, hardware := n.Get("KeySize"), n.Get("HardwareBound")
	o := keyOrder{kind: n.Get("KeyType").Str(), sized: size.Is(plist.Integer), hardware: hardware.True(), attest: n.Get("Attest").True()}
	if o.sized {
		o.size = size.Int
	}
	for _, r := range acmeRules {
		if r.broken(o) {
			w.add(Issue{Word: WordACMEKey, Path: r.key, Message: r.says(o), Fix: r.fix, At: n.Get(r.key).At})
		}
	}
}
