package ios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

func checkIdentity(s preflight.Scenario, j *judged) []preflight.Outcome {
	all := j.each(func(a *account) []preflight.Outcome {
		if o := j.reference(a); o != nil {
			return []preflight.Outcome{*o}
		}
		if a.ref.PKCS12 == nil {
			return j.enrolled(a)
		}
		return j.pkcs12(s, a)
	})
	return slices.Concat(all, j.smime(), j.others(s))
}

// smime judges the references to the identities that sign and encrypt mail.
func (j *judged) smime() []preflight.Outcome {
	var all []preflight.Outcome
	for _, a := range j.accounts {
		for _, key := range []string{keySMIMESign, keySMIMECipher} {
			v := a.Get(key)
			p := j.File.ByUUID(v.Str())
			switch {
			case !says(v) || v.Kind != plist.String || p != nil && bringsIdentity(p.Type):
				continue
			case p == nil:
				all = append(all, at(v.At, outcome(preflight.StatusFail, "dangling", "%s %q is the UUID of no payload", key, v.Str())))
			default:
				all = append(all, at(v.At, outcome(preflight.StatusFail, "mistyped", "%s leads to %s, which brings no identity", key, p)))
			}
			last := &all[len(all)-1]
			last.Basis, last.Source, last.Fix = preflight.Documented, srcSchema, "refer to the payload of the identity, or leave S/MIME off"
		}
	}
	return all
}

// others judges the identities that no account signs in with: one that can't be
// imported ends the installation of the whole profile all the same.
func (j *judged) others(s preflight.Scenario) []preflight.Outcome {
	var all []preflight.Outcome
	for _, p := range j.File.Of(typePKCS12) {
		used := slices.ContainsFunc(j.accounts, func(a *account) bool { return a.ref != nil && a.ref.Payload == p })
		content := p.Get("PayloadContent")
		if used || !content.Is(plist.Data) {
			continue
		}
		a := j.identityOf(&account{Payload: p, ref: &Reference{Key: keyIdentity, Value: content, Payload: p, PKCS12: content.Data, Password: p.Get("Password")}})
		shut := errors.Is(a.err, certs.ErrPassword) && a.ref.Password.Str() == "" // it has a password of its own
		for _, o := range j.pkcs12(s, a) {
			if o.Status == preflight.StatusFail && !(shut && o.Value == "password-wrong") {
				o.Message = p.String() + ": " + o.Message
				all = append(all, o)
			}
		}
	}
	return all
}

// reference judges how an account names its identity; nil where that is sound.
func (j *judged) reference(a *account) *preflight.Outcome {
	r := a.ref
	fail := func(word, format string, args ...any) *preflight.Outcome {
		o := at(a.place(keyIdentity), outcome(preflight.StatusFail, word, format, args...))
		o.Basis, o.Source = preflight.Documented, srcSchema
		return &o
	}
	switch {
	case r == nil:
		return fail("none", "the account names no identity: there is neither PayloadCertificateUUID nor Certificate")
	case r.Key != keyIdentity && r.PKCS12 == nil:
		return fail("not-pkcs12", "Certificate is a %s, and not data", r.Value.Kind)
	case r.Key != keyIdentity:
		return nil
	case r.Payload == nil:
		if other := j.otherCase(r.Value.Str()); other != nil {
			o := fail("case", "%s %q differs from the UUID of %s in capitals only: whether phones take it for the same is not known", keyIdentity, r.Value.Str(), other)
			o.Status, o.Basis, o.Fix = preflight.StatusWarn, preflight.Inferred, "write both with the same capitals"
			return o
		}
		return fail("dangling", "%s %q is the UUID of no payload: phones install the account without a certificate and say nothing", keyIdentity, r.Value.Str())
	case !bringsIdentity(r.Payload.Type):
		return fail("mistyped", "%s leads to %s, which brings no identity: phones install the account without a certificate and say nothing", keyIdentity, r.Payload)
	case r.Payload.Type == typePKCS12 && len(r.PKCS12) == 0:
		return fail("not-pkcs12", "%s has no data in PayloadContent", r.Payload)
	}
	return nil
}

// otherCase is the payload whose UUID differs only in capitals.
func (j *judged) otherCase(uuid string) *Payload {
	for _, p := range j.File.Payloads {
		if strings.EqualFold(p.UUID, uuid) && uuid != "" {
			return p
		}
	}
	return nil
}

// enrolled judges an identity that the phone gets by SCEP or ACME: what it asks for
// has to name the user.
func (j *judged) enrolled(a *account) []preflight.Outcome {
	p := a.ref.Payload
	request := p.Node
	if p.Type == typeSCEP {
		request = p.Get("PayloadContent")
	}
	san := request.Get("SubjectAltName")
	if san.Get("ntPrincipalName") == nil && san.Get("rfc822Name") == nil {
		o := outcome(preflight.StatusWarn, "no-san", "%s asks for no address in the certificate (SubjectAltName): unless the CA adds one, nobody can tell whose it is", p)
		o.Basis, o.Fix = preflight.Inferred, "ask for ntPrincipalName and rfc822Name, as easkit ios --scep and --acme do"
		return []preflight.Outcome{at(p.At, o)}
	}
	return preflight.Pass("the phone makes its own key and gets the certificate by %s", strings.ToUpper(p.Type[strings.LastIndexByte(p.Type, 0x2e)+1:]))
}

// pkcs12 judges an embedded identity: that it opens, and on the oldest version to
// serve. A password that is wrong is that and nothing else.
func (j *judged) pkcs12(s preflight.Scenario, a *account) []preflight.Outcome {
	where := a.ref.Value.At
	if a.ref.Payload != nil {
		where = a.ref.Payload.Get("PayloadContent").At
	}
	if a.bundle == nil || a.bundle.PKCS12 == nil {
		return j.shut(s, a, where)
	}
	all := problems(a, a.bundle.PKCS12.ProblemsIOS(s.IOS), where)
	if o := j.chain(a); o != nil {
		all = append(all, at(where, *o))
	}
	if len(all) == 0 {
		return preflight.Pass("%s: iOS %d and later import it", a.identity.Leaf, s.IOS)
	}
	return all
}

// shut judges an identity that nobody could open: what protects it stands openly in
// the file, unless the password itself is at fault.
func (j *judged) shut(s preflight.Scenario, a *account, where plist.Position) []preflight.Outcome {
	o := at(where, j.unopened(a))
	if o.Status == preflight.StatusFail {
		return []preflight.Outcome{o}
	}
	outline, err := certs.OutlinePKCS12(a.ref.PKCS12)
	if err != nil {
		return []preflight.Outcome{o}
	}
	return append(problems(a, outline.LockedProblemsIOS(s.IOS), where), o)
}

// problems tells what keeps phones from importing an identity.
func problems(a *account, found []certs.Problem, where plist.Position) []preflight.Outcome {
	var all []preflight.Outcome
	for _, p := range found {
		code := codeOf(p.Word, a.ref)
		message := "phones call the password wrong, and the cause is another: " + p.Text
		if code == "ios-9001" {
			message = "phones refuse the payload: " + p.Text
		}
		all = append(all, at(where, preflight.Outcome{Status: preflight.StatusFail, Value: p.Word, Basis: p.Basis, Codes: []string{code}, Message: message}))
	}
	return all
}

// codeOf is the number that a phone gives for a PKCS#12 file that it can't import.
func codeOf(word string, r *Reference) string {
	switch {
	case r.Payload == nil:
		return "ios-21006"
	case word == "identities":
		return "ios-9001"
	}
	return "ios-9000"
}

// isAccount reports whether an identity is looked at for a mail account.
func (j *judged) isAccount(a *account) bool { return a.Type == typeEAS }

// unopened says why an embedded identity could not be looked into.
func (j *judged) unopened(a *account) preflight.Outcome {
	embedded := a.ref.Password.Str() != ""
	fail := func(word, format string, args ...any) preflight.Outcome {
		o := outcome(preflight.StatusFail, word, format, args...)
		o.Codes = []string{codeOf(word, a.ref)}
		return o
	}
	switch {
	case errors.Is(a.err, certs.ErrNoPassword), errors.Is(a.err, certs.ErrPassword) && !embedded && j.Password == "":
		o := outcome(preflight.StatusSkip, "not-opened", "its password is not in the profile, and was not given: the identity was not looked into")
		o.Unchecked, o.Fix = true, "give the password with --password-file FILE"
		return o
	case errors.Is(a.err, certs.ErrPassword) && embedded:
		o := fail("password-wrong", "the password in the profile does not open the identity")
		o.Fix = "build the profile anew with the right one"
		return o
	case errors.Is(a.err, certs.ErrPassword) && !j.isAccount(a): // it has a password of its own
		o := outcome(preflight.StatusSkip, "not-opened", "its password is not in the profile, and that given is another's")
		o.Unchecked = true
		return o
	case errors.Is(a.err, certs.ErrPassword):
		o := fail("password-wrong", "the password given does not open the identity")
		o.Codes, o.Fix = nil, "give the password of this file: --password-file is for one, --password-dir DIR for many (NAME.password)"
		return o
	case errors.Is(a.err, certs.ErrIterations), errors.Is(a.err, errTooMany):
		o := outcome(preflight.StatusWarn, "iterations", "the identity was not looked into here: %v", a.err)
		o.Basis, o.Fix = preflight.Inferred, "export the identity again with the default number of iterations"
		return o
	case a.bundle != nil:
		o := fail("not-pkcs12", "the payload holds no PKCS#12 file, but %s", a.bundle.Format)
		o.Codes = []string{"ios-9005", "ios-9006"}
		return o
	}
	return fail("not-pkcs12", "the identity is not understood: %v", a.err)
}

// chain says what is missing between the user's certificate and a root, where
// neither profile nor call has it; nil where nothing is.
func (j *judged) chain(a *account) *preflight.Outcome {
	if a.identity == nil || a.identity.Leaf.IsRoot() {
		return nil
	}
	leaf := a.identity.Leaf
	pool := slices.Concat(j.cas, j.CAs)
	chain := certs.BuildChain(leaf, pool)
	if len(chain) > 0 && chain[len(chain)-1].IsRoot() {
		return nil
	}
	last := leaf
	if len(chain) > 0 {
		last = chain[len(chain)-1]
	}
	message := fmt.Sprintf("the chain of %s is incomplete: no payload holds %s", leaf, last.Issuer())
	if inside := len(a.bundle.Certificates) - 1; inside > 0 && len(chain) == 0 {
		message += fmt.Sprintf("; that the PKCS#12 file holds %s besides is of no use, as phones install the user's alone", preflight.Counted(inside, "certificate"))
	}
	o := outcome(preflight.StatusWarn, "chain", "%s", message)
	o.Basis, o.Fix = preflight.Inferred, "put each CA into a payload of its own (easkit ios --chain FILE), or give those that the server knows with --ca"
	return &o
}

// authorities are the certificates that payloads of their own bring.
func (f *File) authorities() []*certs.Certificate {
	r := reader{doc: &profiles.Document{}, file: f}
	for _, p := range f.Payloads {
		if p.Type == typeRoot || p.Type == typePKCS1 || p.Type == typePEM {
			r.authority(p)
		}
	}
	return r.doc.Certificates
}
