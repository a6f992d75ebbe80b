// Package provision makes one user's results: an identity and a template in; a
// checked, built and signed profile or configuration out.
//
// Nothing is written here. [IOS] and [Android] return files, or, where a check
// failed, the findings alone.
package provision

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
)

// Request is one user, and how the account is to be made.
type Request struct {
	Name        string               // of the user's files: "alice"; empty for the account's own, where there is no Bundle
	Bundle      *certs.Bundle        // nil where the phone makes its own key (iOS), or for everybody at once (Android)
	CAs         []*certs.Certificate // beyond those in the bundle
	Template    profiles.Template
	Overrides   profiles.Overrides
	Scenario    preflight.Scenario // time and phone versions; the rest comes from template and overrides
	ForMDM      bool               // embed the password of the PKCS#12 file: an MDM installs without asking
	NewPassword bool               // in place of the one that the identity came with
	FreshAs     certs.Password     // the password where a new one is needed, such as one that the user's other phone gets; empty makes one
	Signer      *signer.Signer     // nil leaves the result unsigned
	BundleOnly  bool               // Android: bundle.json alone
	Enrolment   android.Enrolment  // Android: of the phones, for Intune; empty is the first of android.Enrolments
	Schema      *schema.Table      // Android: the app's own table of keys, which the configuration has to keep to; nil for none
	EncryptFor  *x509.Certificate  // iOS: encrypt the payloads for the phone that has its key
	Declarative string             // iOS: make declarations, whose data is hosted under this https URL
	Ignore      map[string]string  // checks whose findings don't count, with the reason
}

// Result is what came of a request. Files is empty where a check failed.
type Result struct {
	Scenario preflight.Scenario // completed by the account
	Account  profiles.Account
	Findings []preflight.Finding
	Files    []File
	Notes    []string // what a person should know, a sentence each
}

// File is one file of a result. All of them are secrets.
type File struct {
	Name  string
	Data  []byte
	Apart bool // it must not travel with the others: a password
}

// Failed reports whether a check failed that was not ignored.
func (r *Result) Failed() bool { return len(r.Files) == 0 }

// user is a request with its account and identity resolved.
type user struct {
	Request
	id      *certs.Identity // nil where the phone makes its own key
	account profiles.Account
	result  *Result
}

// resolve picks the identity and joins template, certificate and overrides.
func resolve(ctx context.Context, req Request) (*user, error) {
	if req.Bundle == nil {
		return nil, ErrNoIdentity
	}
	id, err := req.Bundle.Identity(req.CAs...)
	if err != nil {
		return nil, err
	}
	return newUser(ctx, req, id, id.Leaf)
}

// newUser makes the account of a certificate, or without one that of the overrides and
// the template.
func newUser(ctx context.Context, req Request, id *certs.Identity, leaf *certs.Certificate) (*user, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	account, err := req.Template.Account(leaf, req.Overrides)
	if err != nil {
		return nil, err
	}
	s := account.Scenario(req.Scenario)
	return &user{Request: req, id: id, account: account, result: &Result{Scenario: s, Account: account}}, nil
}

func (u *user) note(format string, args ...any) {
	u.result.Notes = append(u.result.Notes, fmt.Sprintf(format, args...))
}

// check runs the pre-flight over the certificate, the PKCS#12 file as it will
// reach the phone, and the account. skip names checks of the other platform.
func (u *user) check(p12 *certs.PKCS12, skip ...string) {
	s := u.result.Scenario
	sub := u.id.Subject(nil)
	sub.PKCS12 = p12
	findings := append(certs.Check(s, sub), profiles.Check(s, &profiles.Subject{Account: u.account, Leaf: u.id.Leaf})...)
	u.result.Findings = slices.DeleteFunc(findings, func(f preflight.Finding) bool { return slices.Contains(skip, f.Check) })
}

// passes reports whether nothing failed that was not ignored.
func (u *user) passes() bool {
	for _, f := range u.result.Findings {
		if f.Status == preflight.StatusFail && u.Ignore[f.Check] == "" {
			return false
		}
	}
	return true
}

// packed is the identity as it goes to the phone.
type packed struct {
	data     []byte
	password certs.Password
	parsed   *certs.PKCS12
	fresh    bool // the password was made here, so that the user must be told it
}

// pack chooses the PKCS#12 file for a phone: the one that the identity came in,
// byte for byte, where reason finds nothing against it; otherwise a new one.
// A new one keeps the password, unless there is none or another is asked for.
func (u *user) pack(why func(*certs.PKCS12) string, e certs.Encryption, alias string) (*packed, error) {
	reason := "the identity did not come as a PKCS#12 file"
	if u.id.PKCS12 != nil {
		reason = why(u.id.PKCS12)
	}
	if u.NewPassword {
		reason = "a new password was asked for"
	}
	if reason == "" {
		return &packed{data: u.id.PKCS12.Raw, password: u.id.Password, parsed: u.id.PKCS12}, nil
	}
	p := &packed{password: u.id.Password}
	if p.password == "" || u.NewPassword {
		p.password, p.fresh = u.FreshAs, true
	}
	if p.password == "" {
		p.password = NewPassword()
	}
	var err error
	if p.data, err = certs.EncodePKCS12(u.id.Key, u.id.Leaf, u.id.Chain, string(p.password), alias, e); err != nil {
		return nil, err
	}
	if p.parsed, err = certs.ParsePKCS12(p.data, string(p.password)); err != nil {
		return nil, fmt.Errorf("reading back the PKCS#12 file just written: %w", err)
	}
	u.note("The identity was written anew as PKCS#12 (%s): %s.", p.parsed.Keys[0].Scheme, reason)
	return p, nil
}

// add puts a file into the result.
func (u *user) add(name string, data []byte) {
	u.result.Files = append(u.result.Files, File{Name: name, Data: data})
}

// addPassword adds the file that tells a password made here, where nothing else
// tells it; apart from the others where they go to the user as a folder.
func (u *user) addPassword(p *packed, apart bool) {
	if !p.fresh {
		return
	}
	name := u.Name + ".password"
	u.result.Files = append(u.result.Files, File{Name: name, Data: []byte(string(p.password) + "\n"), Apart: apart})
	u.note("The password of the certificate is new and stands in %s: give it to the user by another way than the profile.", name)
}

// passwordAlphabet has no letters or digits that are mistaken for each other:
// people type these on a phone.
const passwordAlphabet = "abcdefghjkmnpqrstuvwxyz23456789"

// The form of a password made here: 16 letters out of 31 are 79 bits.
const (
	passwordGroups   = 4
	passwordGroupLen = 4
)

// NewPassword makes a random password that can be typed on a phone, in ASCII:
// PKCS#12's two encryptions encode other letters differently.
func NewPassword() certs.Password {
	var b strings.Builder
	for i := range passwordGroups * passwordGroupLen {
		if i > 0 && i%passwordGroupLen == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(passwordAlphabet[randomIndex(len(passwordAlphabet))])
	}
	return certs.Password(b.String())
}

// randomIndex draws from 0 to n-1 evenly. crypto/rand.Read never fails (Go 1.24).
func randomIndex(n int) int {
	limit := 256 - 256%n
	var b [1]byte
	for {
		rand.Read(b[:])
		if int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}

// NameOf is the name that a file's results are given: its own, without folder
// and extension.
func NameOf(path string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// errBroken says that what was built does not read back as it was meant.
var errBroken = errors.New("what was built does not read back as it was meant: this is a bug of easkit")
