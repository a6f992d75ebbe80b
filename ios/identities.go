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
	payload  *Payload           // that holds it
	code     string             // the number for a file that cannot be imported
	file     string             // its name in the profile, or ""
	leaf     *certs.Certificate // nil where it stayed shut
	refused  refusals           // why the phone does not take it
	doubts   []string           // clauses: what may keep the phone from taking it
	embedded bool               // the profile itself has the password
	open     bool               // it was opened here
	shut     bool               // nobody here has the password
	wrong    bool               // the password that was given does not open it
}

// read opens a file with the profile's password, or with the one that is known
// besides.
func (o *opened) read(raw []byte, embedded, known certs.Password, version int) {
	o.embedded = embedded != ""
	b, err := certs.Read(raw, certs.Unlock{Password: cmp.Or(embedded, known)})
	switch {
	case errors.Is(err, certs.ErrPassword) && o.embedded:
		o.shut = true
		o.refused = refusals{{o.code, "The password that the profile itself brings along does not open the certificate file: it is the wrong one.", preflight.Measured,
			"Do not send this file out. Build the profile with the right password."}}
	case errors.Is(err, certs.ErrNoPassword), errors.Is(err, certs.ErrPassword):
		o.wrong = known != ""
		o.outline(raw, version)
	case errors.Is(err, certs.ErrUnsupported), errors.Is(err, certs.ErrIterations):
		o.doubts = append(o.doubts, fmt.Sprintf("it could not be opened here (%v)", err))
		o.outline(raw, version)
	case err != nil:
		o.refused.add(o.code, preflight.Observed, "The certificate file is damaged: %v. The phone says that the password is wrong, which it is not.", err)
	case b.PKCS12 == nil:
		o.refused.add(o.code, preflight.Observed, "It is a %s and not a certificate file with a key (PKCS#12). The phone says that the password is wrong, which it is not.", b.Format)
	default:
		o.open = true
		o.judge(b, version)
	}
}

// outline judges a file that stays shut by what stands openly in it.
func (o *opened) outline(raw []byte, version int) {
	o.shut = true
	outline, err := certs.OutlinePKCS12(raw)
	if err != nil {
		return
	}
	if hard := o.problems(outline.LockedProblemsIOS(version)); len(hard) > 0 {
		later := ""
		if version < certs.ModernSinceIOS && len(outline.LockedProblemsIOS(certs.ModernSinceIOS)) == 0 {
			later = fmt.Sprintf(" For iOS %d and later this is no hindrance.", certs.ModernSinceIOS)
		}
		o.refused.add(o.code, preflight.FromSource, "Whatever the password, iOS %d cannot read the file: %s.%s", version, strings.Join(hard, "; "), later)
	}
}

// problems tells what keeps the phone from a file for certain; the rest are doubts.
func (o *opened) problems(found []certs.Problem) []string {
	var hard []string
	for _, p := range found {
		if p.Basis.Weak() {
			o.doubts = append(o.doubts, p.Text)
			continue
		}
		hard = append(hard, p.Text)
	}
	return hard
}

// judge asks what keeps iOS from importing a file whose password is right.
func (o *opened) judge(b *certs.Bundle, version int) {
	id, err := b.Identity()
	if err == nil {
		o.leaf = id.Leaf
	}
	hard := o.problems(b.PKCS12.ProblemsIOS(version))
	counted := errors.Is(err, certs.ErrSeveral) || errors.Is(err, certs.ErrNoKey) || errors.Is(err, certs.ErrNoCertificate)
	switch {
	case counted && len(hard) <= 1: // how many it holds is all that is wrong
		o.refused.add("ios-9001", preflight.Observed, "The certificate file holds not exactly one certificate with its key: %v.", err)
		if errors.Is(err, certs.ErrNoKey) {
			o.refused.add("ios-9006", preflight.Documented, "The same, as Apple lists it for a certificate without its key.")
		}
	case len(hard) > 0:
		o.refused.add(o.code, preflight.FromSource, "The password is right, whatever the phone says. iOS %d cannot read the file: %s.%s",
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
	o := opened{payload: p, code: "ios-9000", file: p.Get("PayloadCertificateFileName").Str()}
	raw, password := p.Get("PayloadContent"), p.Get("Password")
	if p.Type == typeEAS {
		o.code, o.file = "ios-21006", p.Get("CertificateName").Str()
		raw, password = p.Get("Certificate"), p.Get("CertificatePassword")
	}
	o.read(raw.Bytes(), certs.Password(password.Str()), known, version)
	return o
}

// roundsOf is how many rounds of key derivation a file says that it takes.
func roundsOf(p *Payload) int {
	raw := p.Get("PayloadContent")
	if p.Type == typeEAS {
		raw = p.Get("Certificate")
	}
	outline, err := certs.OutlinePKCS12(raw.Bytes())
	if err != nil {
		return 0
	}
	return outline.Rounds()
}

// openAll opens the certificate files of a profile, in order: so many of them, since
// each costs what it asks for.
func (f *File) openAll(known certs.Password, version int) []opened {
	var all []opened
	rounds := 0
	for _, p := range f.Payloads {
		if !holdsP12(p) {
			continue
		}
		rounds += roundsOf(p)
		if len(all) >= maxIdentities || rounds > certs.MaxIterations && len(all) > 0 {
			all = append(all, opened{payload: p, shut: true, doubts: []string{errTooMany.Error()}})
			continue
		}
		all = append(all, openPayload(p, known, version))
	}
	return all
}

// GivenPassword is what the password of the call does to certificate files whose own
// password is not in the profile.
type GivenPassword string

// What it does. It is empty where none was given, or where no file is locked.
const (
	PasswordOpens   GivenPassword = "opens"   // one of them, or more
	PasswordRefused GivenPassword = "refused" // it opens none of them
)

// given says what the password of the call did to files.
func given(known certs.Password, files []opened) GivenPassword {
	result := GivenPassword("")
	for _, o := range files {
		switch {
		case known == "" || o.embedded:
		case o.open:
			return PasswordOpens
		case o.wrong:
			result = PasswordRefused
		}
	}
	return result
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
		if key != "" && seen[key] {
			r.add("ios-21005", preflight.Observed, "%v has the mail address, server and user name of an account before it.", p)
		}
		seen[key] = true
	}
	return r
}

// accountKey is what iOS tells mail accounts apart by (observed). It is "" where the
// address is not known: the user types it, and two users type two.
func accountKey(p *Payload) string {
	address := addressOf(p)
	if address == "" {
		return ""
	}
	return strings.ToLower(strings.Join([]string{address, p.Get("Host").Str(), p.Get("UserName").Str()}, "\x00"))
}

// addressOf is an account's mail address, or the one that iOS makes up; "" where it
// can make none up (observed).
func addressOf(p *Payload) string {
	email, user, host := p.Get("EmailAddress").Str(), p.Get("UserName").Str(), p.Get("Host").Str()
	if email == "" && user != "" && host != "" {
		return user + "@" + host
	}
	return email
}

// naming is whether the phone finds the identity that an account names.
type naming int

const (
	namesNone naming = iota
	lacks            // what it names brings no identity: the phone makes an account without one (observed)
	likely           // it names one, but for its capitals
	names            // an identity of the profile
)

// named finds the identity of an account as the phone does, so far as that is known.
// The reference is nil where none is named, and to a payload that brings an identity
// unless the account lacks what it names.
func (f *File) named(account *Payload) (*Reference, naming) {
	r := f.Identity(account)
	switch {
	case r == nil:
		return nil, namesNone
	case r.Key != keyIdentity:
		return r, names
	case r.Payload == nil:
		for _, p := range f.Payloads {
			if strings.EqualFold(p.UUID, r.Value.Str()) && p.UUID != "" && bringsIdentity(p.Type) {
				r.Payload = p
				return r, likely
			}
		}
		return r, lacks
	case !bringsIdentity(r.Payload.Type):
		return r, lacks
	}
	return r, names
}
