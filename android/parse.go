package android

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/encoding"
)

// ErrNotConfiguration says that a file is no managed configuration.
var ErrNotConfiguration = errors.New("it is not an Android managed configuration")

// Format is managed configurations as a [profiles.Format].
var Format profiles.Format = format{}

type format struct{}

func (format) Name() string { return "Android managed configuration" }

// markers are what only our forms have among JSON files.
var markers = [][]byte{[]byte(`"managedConfiguration"`), []byte(`"managedProperty"`), []byte(`"payloadJson"`), []byte(kindEnterprise), []byte(`"easkit/bundle/`)}

// Sniff looks for a JSON object, or a list of some, that mentions a managed
// configuration, so that a broken one is told what is wrong with it, and not that
// nobody knows it.
func (format) Sniff(data []byte) bool {
	data, _ = encoding.FromMarked(data)
	start := trim(data)
	if list, ok := bytes.CutPrefix(start, []byte("[")); ok {
		start = trim(list)
	}
	if !bytes.HasPrefix(start, []byte("{")) {
		return false
	}
	for _, m := range markers {
		if bytes.Contains(data, m) {
			return true
		}
	}
	return false
}

func (format) Parse(data []byte) (*profiles.Document, error) { return Parse(data) }

// trim takes off what editors put before the first brace.
func trim(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
}

// anyForm has the fields of all forms.
type anyForm struct {
	bundle
	managedConfiguration
	Applications []applicationPolicy `json:"applications"` // of a whole policy
	PackageID    string              `json:"packageId"`    // of Intune's object
	PayloadJSON  json.RawMessage     `json:"payloadJson"`

	ProfileApplicability string `json:"profileApplicability"`
}

// Parse reads a managed configuration in any form that this package writes, a
// policy of the Android Management API that holds one, or an app configuration of
// Intune with one as its payload. It does not judge: an
// unknown key or a value of the wrong type becomes a note. The key is in the
// phone's key store and not in the file, so an alias doesn't make the document
// dangling. The error wraps ErrNotConfiguration where data is something else.
func Parse(data []byte) (*profiles.Document, error) {
	if len(data) > certs.MaxFileSize {
		return nil, fmt.Errorf("%w: it has %d bytes, more than the %d that one may have", ErrNotConfiguration, len(data), certs.MaxFileSize)
	}
	data, _ = encoding.FromMarked(data)
	data = trim(data)
	var form anyForm
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotConfiguration, located(err, data))
	}
	r := reader{doc: &profiles.Document{Format: Format.Name()}, config: &Config{}}
	if err := r.read(form); err != nil {
		return nil, err
	}
	a := r.config.Account
	r.doc.Account, r.doc.HasAccount = a, a.Email != "" || a.User != "" || a.Endpoint.Host != ""
	return r.doc, nil
}

// located says in which line of the file an error of the JSON decoder is.
func located(err error, data []byte) error {
	var offset int64
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &mismatch):
		offset = mismatch.Offset
	default:
		return err
	}
	line := 1 + bytes.Count(data[:min(int(offset), len(data))], []byte("\n"))
	return fmt.Errorf("line %d: %w", line, err)
}

// reader fills a document from a form.
type reader struct {
	doc    *profiles.Document
	config *Config
}

func (r *reader) note(format string, args ...any) {
	r.doc.Notes = append(r.doc.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) read(form anyForm) error {
	switch {
	case form.Schema == BundleSchema:
		return r.bundle(form.bundle)
	case strings.HasPrefix(form.Schema, "easkit/bundle/"):
		return fmt.Errorf("%w that is understood here: it is %q, not %s", ErrNotConfiguration, form.Schema, BundleSchema)
	case len(form.PayloadJSON) > 0:
		return r.intune(form)
	case isKind(form.managedConfiguration):
		r.enterprise(form.managedConfiguration)
	case form.bundle.ManagedConfiguration != nil:
		r.configuration(form.PackageName, form.bundle.ManagedConfiguration)
	default:
		return r.policy(form.Applications)
	}
	return nil
}

func isKind(m managedConfiguration) bool {
	return m.Kind == kindEnterprise || m.ManagedProperty != nil
}

func (r *reader) enterprise(m managedConfiguration) {
	var ps properties
	for _, fields := range m.ManagedProperty {
		ps = append(ps, managed(fields))
	}
	r.configuration(packageOf(m.ProductID), ps)
}

// intune reads the payload of Intune's object: base64, or JSON where a tool has
// decoded it.
func (r *reader) intune(form anyForm) error {
	data := []byte(form.PayloadJSON)
	var text string
	if json.Unmarshal(data, &text) == nil {
		var err error
		if data, err = base64.StdEncoding.DecodeString(text); err != nil {
			return fmt.Errorf("%w: payloadJson is not base64", ErrNotConfiguration)
		}
	}
	var m managedConfiguration
	if err := json.Unmarshal(data, &m); err != nil {
		return fmt.Errorf("%w: in payloadJson: %w", ErrNotConfiguration, located(err, data))
	}
	if !isKind(m) {
		return fmt.Errorf("%w: payloadJson is none of %s", ErrNotConfiguration, kindEnterprise)
	}
	if m.ProductID == "" {
		m.ProductID = form.PackageID
	}
	r.enterprise(m)
	if form.PackageID != "" && form.PackageID != m.ProductID {
		r.note("the policy is for %q, and its payload for %q", form.PackageID, m.ProductID)
	}
	if form.ProfileApplicability == anyEnrolment && r.config.Account.Auth == preflight.Direct {
		r.note("profileApplicability is %q, for all enrolments: with that Intune fills in no certificate", form.ProfileApplicability)
	}
	return nil
}

// policy takes the first app of a policy that is one of ours.
func (r *reader) policy(policies []applicationPolicy) error {
	for _, p := range policies {
		if _, ours := appOf(p.PackageName); ours && p.ManagedConfiguration != nil {
			r.configuration(p.PackageName, p.ManagedConfiguration)
			if len(policies) > 1 {
				r.note("it is a policy for %d apps: only %s was looked at", len(policies), p.PackageName)
			}
			return nil
		}
	}
	return fmt.Errorf("%w of a mail app", ErrNotConfiguration)
}

// bundle reads the account first, so that what the app itself will read wins
// over it.
func (r *reader) bundle(b bundle) error {
	a := &r.config.Account
	if err := b.Account.fill(a); err != nil {
		r.note("account: %v", err)
	}
	for i, der := range b.Chain {
		ca, err := certs.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("reading certificate %d of the bundle's chain: %w", i+1, err)
		}
		r.doc.Certificates = append(r.doc.Certificates, ca)
	}
	r.doc.PKCS12, r.config.Alias = b.Identity.Data, b.Alias
	said, alias := *a, b.Alias
	r.configuration(b.PackageName, b.ManagedConfiguration)
	for _, differs := range []struct{ what, said, read string }{
		{"e-mail address", said.Email, a.Email}, {"user name", said.User, a.User},
		{"host", said.Endpoint.String(), a.Endpoint.String()}, {"auth", string(said.Auth), string(a.Auth)},
		{"alias", alias, r.config.Alias},
	} {
		if differs.said != differs.read {
			r.note("the %s is %q in the bundle, and %q in its managedConfiguration, which is what the app reads", differs.what, differs.said, differs.read)
		}
	}
	return nil
}

// configuration walks the app's table over the values of a file.
func (r *reader) configuration(pkg string, ps properties) {
	c := r.config
	r.doc.Identifier = pkg
	app, ours := appOf(pkg)
	if !ours {
		r.note("the keys of the app %q are not known here", pkg)
		return
	}
	r.doc.Title = app.Title
	c.App, c.Properties = app, ps
	c.Account.Android.App = app.Name
	c.Account.Auth = preflight.OAuth // unless a key says otherwise
	values := r.values(ps)
	for _, k := range app.keys {
		v, there := values[k.Key.Key]
		if !there {
			continue
		}
		if err := k.set(c, v); err != nil {
			r.note("%s: %v", k.Key.Key, err)
		}
		delete(values, k.Key.Key)
	}
	r.unknown(ps, values)
	r.doc.Notes = append(r.doc.Notes, app.odd(c)...)
}

// values indexes the properties, the last of a name winning.
func (r *reader) values(ps properties) map[string]any {
	values := map[string]any{}
	for _, p := range ps {
		if _, twice := values[p.Key]; twice {
			r.note("%s stands there more than once", p.Key)
		}
		values[p.Key] = p.Value
		if s, ok := p.Value.(string); ok && strings.Contains(s, "{{") {
			r.note("%s is a variable, which device management fills in", p.Key)
		}
	}
	return values
}

// unknown names the keys that are left over, in their order, and not their
// values: one may be a password.
func (r *reader) unknown(ps properties, left map[string]any) {
	for _, p := range ps {
		if _, there := left[p.Key]; !there {
			continue
		}
		delete(left, p.Key)
		if profiles.NamesPassword(p.Key) {
			r.note("%s: a password stands in the clear", p.Key)
			continue
		}
		r.note("the key %q is not known here; an app passes over keys that it does not know", p.Key)
	}
}
