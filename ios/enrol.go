package ios

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// The extended key usages of a certificate that signs in, and of one for mail (RFC
// 5280 4.2.1.12).
const (
	ekuClientAuth = "1.3.6.1.5.5.7.3.2"
	ekuEmail      = "1.3.6.1.5.5.7.3.4"
)

// acmeSince is the first iOS that asks for certificates by ACME (Apple,
// com.apple.security.acme).
const acmeSince = 16

// ErrACMETooNew says that the oldest version to serve does not know ACME.
var ErrACMETooNew = fmt.Errorf("iOS asks for certificates by ACME since version %d", acmeSince)

// scepKeys are the keys of PayloadContent in com.apple.security.scep that are written
// and read, in alphabetical order.
var scepKeys = []key{
	{"CAFingerprint", 4, getFingerprint, func(a *profiles.Account, v any) error { return expect(v, &a.IOS.SCEP.CAFingerprint) }},
	{"Challenge", 4, getChallenge, setChallenge},
	{"Key Type", 4, func(*profiles.Account) any { return profiles.KeyRSA }, func(_ *profiles.Account, v any) error { return expect(v, new(string)) }},
	integer("Key Usage", 4, func(a *profiles.Account) *int { return &a.IOS.SCEP.KeyUsage }),
	// The key of a certificate that only this phone is to have stays on this phone.
	{"KeyIsExtractable", 4, func(*profiles.Account) any { return false }, func(_ *profiles.Account, v any) error { return expect(v, new(bool)) }},
	integer("Keysize", 4, func(a *profiles.Account) *int { return &a.IOS.SCEP.KeySize }),
	text("Name", 4, func(a *profiles.Account) *string { return &a.IOS.SCEP.Name }),
	integer("Retries", 4, func(a *profiles.Account) *int { return &a.IOS.SCEP.Retries }),
	integer("RetryDelay", 4, func(a *profiles.Account) *int { return &a.IOS.SCEP.RetryDelay }),
	subject(4, func(a *profiles.Account) *[]string { return &a.IOS.SCEP.Subject }),
	{"SubjectAltName", 4, func(a *profiles.Account) any { return altNames(a) }, passOver},
	text("URL", 4, func(a *profiles.Account) *string { return &a.IOS.SCEP.URL }),
}

// acmeKeys are those of com.apple.security.acme. KeyIsExtractable is not among them:
// iOS has it not.
var acmeKeys = []key{
	flag("Attest", acmeSince, func(a *profiles.Account) *bool { return &a.IOS.ACME.Attest }, always),
	text("ClientIdentifier", acmeSince, func(a *profiles.Account) *string { return &a.IOS.ACME.ClientIdentifier }),
	text("DirectoryURL", acmeSince, func(a *profiles.Account) *string { return &a.IOS.ACME.URL }),
	{"ExtendedKeyUsage", acmeSince, extendedKeyUsage, func(_ *profiles.Account, v any) error { return expect(v, new([]any)) }},
	flag("HardwareBound", acmeSince, func(a *profiles.Account) *bool { return &a.IOS.ACME.HardwareBound }, always),
	integer("KeySize", acmeSince, func(a *profiles.Account) *int { return &a.IOS.ACME.KeySize }),
	text("KeyType", acmeSince, func(a *profiles.Account) *string { return &a.IOS.ACME.KeyType }),
	subject(acmeSince, func(a *profiles.Account) *[]string { return &a.IOS.ACME.Subject }),
	{"SubjectAltName", acmeSince, func(a *profiles.Account) any { return altNames(a) }, passOver},
	{"UsageFlags", acmeSince, func(a *profiles.Account) any { return a.IOS.KeyUsage() }, func(_ *profiles.Account, v any) error { return expect(v, new(int64)) }},
}

func extendedKeyUsage(a *profiles.Account) any {
	if a.IOS.SMIME() {
		return []any{ekuClientAuth, ekuEmail}
	}
	return []any{ekuClientAuth}
}

// The keys of SubjectAltName that are written.
const (
	sanEmail = "rfc822Name"
	sanUPN   = "ntPrincipalName"
)

// altNames are the names that the certificate is asked for in: those by which Entra
// ID and Exchange find the user. A user name such as CONTOSO\alice is no UPN.
func altNames(a *profiles.Account) dict {
	names := dict{sanEmail: a.Email}
	if profiles.IsUPN(a.User) {
		names[sanUPN] = a.User
	}
	return names
}

// passOver leaves a value to somebody who knows the whole account.
func passOver(*profiles.Account, any) error { return nil }

// integer is a key that is always written.
func integer(name string, since int, at func(*profiles.Account) *int) key {
	return key{name, since,
		func(a *profiles.Account) any { return *at(a) },
		func(a *profiles.Account, v any) error {
			var n int64
			err := expect(v, &n)
			if err == nil {
				*at(a) = int(n)
			}
			return err
		},
	}
}

// subject is the key Subject: each part of the name in an array of its own, with the
// pair of type and value in another (Apple).
func subject(since int, at func(*profiles.Account) *[]string) key {
	return key{"Subject", since,
		func(a *profiles.Account) any {
			var name []any
			for _, part := range *at(a) {
				kind, value, _ := strings.Cut(part, "=")
				name = append(name, []any{[]any{kind, value}})
			}
			return name
		},
		func(a *profiles.Account, v any) error {
			parts, err := subjectParts(v)
			*at(a) = parts
			return err
		},
	}
}

func subjectParts(v any) ([]string, error) {
	var name []any
	if err := expect(v, &name); err != nil {
		return nil, err
	}
	var parts []string
	for _, item := range name {
		var set []any
		if err := expect(item, &set); err != nil {
			return nil, err
		}
		for _, item := range set {
			var pair []any
			var kind, value string
			if err := expect(item, &pair); err != nil {
				return nil, err
			}
			if len(pair) != 2 || expect(pair[0], &kind) != nil || expect(pair[1], &value) != nil {
				return nil, errors.New("a part of it is not a pair of strings")
			}
			parts = append(parts, kind+"="+value)
		}
	}
	return parts, nil
}

func getFingerprint(a *profiles.Account) any {
	if len(a.IOS.SCEP.CAFingerprint) == 0 {
		return nil
	}
	return a.IOS.SCEP.CAFingerprint
}

func getChallenge(a *profiles.Account) any {
	if a.IOS.SCEP.Challenge == "" {
		return nil
	}
	return string(a.IOS.SCEP.Challenge)
}

func setChallenge(a *profiles.Account, v any) error {
	return expect(v, (*string)(&a.IOS.SCEP.Challenge))
}

// settings is what a table of keys makes of the account.
func settings(keys []key, a *profiles.Account) dict {
	d := dict{}
	for _, k := range keys {
		if v := k.get(a); v != nil {
			d[k.name] = v
		}
	}
	return d
}

// identity is the payload that gives the phone its key: it brings one, or says how
// the phone gets a certificate for its own. Another kind has another identifier, so
// that an update never turns a payload of one type into one of another.
func (p *Profile) identity() dict {
	name := "Identity of " + p.Account.Email
	switch o := p.Account.IOS; {
	case o.SCEP != nil:
		d := p.payload(typeSCEP, "scep", name)
		d["PayloadContent"] = settings(scepKeys, &p.Account)
		return d
	case o.ACME != nil:
		d := p.payload(typeACME, "acme", name)
		maps.Copy(d, settings(acmeKeys, &p.Account))
		return d
	}
	d := p.payload(typePKCS12, "identity", name)
	d["PayloadContent"] = p.PKCS12
	d["PayloadCertificateFileName"] = label(p.Account.Email) + ".p12"
	if p.Password != "" {
		d["Password"] = string(p.Password)
	}
	return d
}

// enrolment reads how the phone gets the certificate of the account. Absent keys have
// Apple's defaults.
func (r *reader) enrolment(p *Payload) {
	a := &r.doc.Account
	keys, content, at := acmeKeys, p.Node, ""
	switch p.Type {
	case typeSCEP:
		a.IOS.SCEP = &profiles.SCEP{KeySize: appleKeySize, Retries: profiles.DefaultRetries, RetryDelay: profiles.DefaultRetryDelay}
		keys, content, at = scepKeys, p.Get("PayloadContent"), "PayloadContent."
		if !content.Is(plist.Dictionary) {
			r.note("%s: PayloadContent: it is %s, not dictionary", p.Type, kindOf(content))
		}
	case typeACME:
		a.IOS.ACME = &profiles.ACME{}
	default:
		return
	}
	for _, k := range keys {
		if v := content.Get(k.name); v != nil {
			if err := k.set(a, v.Plain()); err != nil {
				r.note("%s: %s%s: %v", p.Type, at, k.name, err)
			}
		}
	}
	r.altNames(p.Type, content.Get("SubjectAltName"))
}

// appleKeySize is what iOS takes where a SCEP payload has no Keysize (Apple).
const appleKeySize = 1024

// altNames tells of a certificate that is asked for in other names than the
// account's.
func (r *reader) altNames(kind string, names *plist.Node) {
	own := altNames(&r.doc.Account)
	for _, key := range []string{sanUPN, sanEmail} {
		for _, name := range texts(names.Get(key)) {
			if want, _ := own[key].(string); !certs.SameAddress(name, want) {
				r.note("%s: it asks for a certificate with the %s %q, and the account is that of %s", kind, key, name, r.doc.Account.User)
			}
		}
	}
}

// texts is a string, or the strings of an array (Apple, docs/errata.md).
func texts(n *plist.Node) []string {
	if n.Is(plist.String) {
		return []string{n.Text}
	}
	var all []string
	if n.Is(plist.Array) {
		for _, item := range n.Items {
			all = append(all, item.Str())
		}
	}
	return all
}
