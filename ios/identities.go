package ios

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// opened is a PKCS#12 file of a profile as the phone would see it.
type opened struct {
	file     string             // its name in the profile, or ""
	leaf     *certs.Certificate // nil where it stayed shut
	refused  refusals           // why the phone does not take it
	doubts   []string           // clauses: what may keep the phone from taking it
	embedded bool               // the profile itself has the password
	shut     bool               // nobody here has the password
}

// openP12 opens a file with the profile's password, or with the one that is known
// besides. code is the number for what cannot be imported.
func openP12(raw []byte, embedded, known certs.Password, code string, version int) opened {
	o := opened{embedded: embedded != ""}
	b, err := certs.Read(raw, certs.Unlock{Password: cmp.Or(embedded, known)})
	switch {
	case errors.Is(err, certs.ErrNoPassword):
		o.shut = true
		return o
	case errors.Is(err, certs.ErrPassword):
		o.shut = true
		o.refused = wrongPassword(code, o.embedded)
		return o
	case errors.Is(err, certs.ErrUnsupported), errors.Is(err, certs.ErrIterations):
		o.shut = true
		o.doubts = append(o.doubts, fmt.Sprintf("it could not be opened here (%v)", err))
		return o
	case err != nil:
		o.refused.add(code, preflight.Observed, "The certificate file is damaged: %v. The phone says that the password is wrong, which it is not.", err)
		return o
	case b.PKCS12 == nil:
		o.refused.add(code, preflight.Observed, "It is a %s and not a certificate file with a key (PKCS#12). The phone says that the password is wrong, which it is not.", b.Format)
		return o
	}
	o.judge(b, code, version)
	return o
}

// wrongPassword is told as that: nothing else is known of a file that stays shut.
func wrongPassword(code string, embedded bool) refusals {
	if embedded {
		return refusals{{code, "The password that the profile itself brings along does not open the certificate file: it is the wrong one.", preflight.Measured,
			"Do not send this file out. Build the profile with the right password."}}
	}
	return refusals{{code, "The password that was given here does not open the certificate file: it is the wrong one.", preflight.Measured,
		"Give users the right password, and this command too: --password-file."}}
}

// judge asks what keeps iOS from importing a file whose password is right.
func (o *opened) judge(b *certs.Bundle, code string, version int) {
	id, err := b.Identity()
	if err == nil {
		o.leaf = id.Leaf
	}
	var hard []string
	for _, p := range b.PKCS12.ProblemsIOS(version) {
		if p.Basis.Weak() {
			o.doubts = append(o.doubts, p.Text)
			continue
		}
		hard = append(hard, p.Text)
	}
	counted := errors.Is(err, certs.ErrSeveral) || errors.Is(err, certs.ErrNoKey) || errors.Is(err, certs.ErrNoCertificate)
	switch {
	case counted && len(hard) <= 1: // how many it holds is all that is wrong
		o.refused.add("ios-9001", preflight.Observed, "The certificate file holds not exactly one certificate with its key: %v.", err)
		if errors.Is(err, certs.ErrNoKey) {
			o.refused.add("ios-9006", preflight.Documented, "The same, as Apple lists it for a certificate without its key.")
		}
	case len(hard) > 0:
		o.refused.add(code, preflight.FromSource, "The password is right, whatever the phone says. iOS %d cannot read the file: %s.%s",
			version, strings.Join(hard, "; "), laterVersion(b.PKCS12, version))
	}
}

// laterVersion says whether a newer phone reads what an older one refuses.
func laterVersion(p *certs.PKCS12, version int) string {
	if version < certs.ModernSinceIOS && len(p.ProblemsIOS(certs.ModernSinceIOS)) == 0 {
		return fmt.Sprintf(" iOS %d and later read it.", certs.ModernSinceIOS)
	}
	return ""
}

// openPayload opens the identity of a payload, or of the account that holds one inline.
func openPayload(p *Payload, known certs.Password, version int) opened {
	if p.Type == typeEAS {
		o := openP12(p.Get("Certificate").Bytes(), certs.Password(p.Get("CertificatePassword").Str()), known, "ios-21006", version)
		o.file = p.Get("CertificateName").Str()
		return o
	}
	o := openP12(p.Get("PayloadContent").Bytes(), certs.Password(p.Get("Password").Str()), known, "ios-9000", version)
	o.file = p.Get("PayloadCertificateFileName").Str()
	return o
}

// holdsP12 reports whether a payload brings a certificate file with its key.
func holdsP12(p *Payload) bool {
	return p.Type == typePKCS12 || p.Type == typeEAS && p.Get(keyIdentity).Str() == "" && p.Get("Certificate") != nil
}

// refusedCA says why the phone does not take a certificate without key.
func refusedCA(p *Payload) refusals {
	var r refusals
	b, err := certs.Read(p.Get("PayloadContent").Bytes(), certs.Unlock{})
	switch {
	case err != nil:
		r.add("ios-9005", preflight.Documented, "What lies in %v is no certificate.", p)
	case len(b.Certificates) != 1 || len(b.Keys) > 0:
		r.add("ios-9001", preflight.Observed, "%v holds %s; one is what a payload takes.", p, preflight.Counted(len(b.Certificates), "certificate"))
	}
	return r
}

// refusedAccounts finds accounts that iOS takes for the same one: it goes by mail
// address, server and user name.
func (f *File) refusedAccounts() refusals {
	var r refusals
	seen := map[string]bool{}
	for _, p := range f.Of(typeEAS) {
		key := accountKey(p)
		if seen[key] {
			r.add("ios-21005", preflight.Observed, "%v has the mail address, server and user name of an account before it.", p)
		}
		seen[key] = true
	}
	return r
}

// accountKey is what iOS tells mail accounts apart by (observed).
func accountKey(p *Payload) string {
	return strings.ToLower(strings.Join([]string{p.Get("EmailAddress").Str(), p.Get("Host").Str(), p.Get("UserName").Str()}, "\x00"))
}

// danglingReference says that the account names an identity which is no payload of
// the file: iOS does not look, and makes an account without one.
func (f *File) danglingReference(account *Payload) bool {
	r := f.Identity(account)
	return r != nil && r.Key == keyIdentity && (r.Payload == nil || !bringsIdentity(r.Payload.Type))
}
