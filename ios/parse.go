package ios

import (
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// Format is configuration profiles as a [profiles.Format].
var Format profiles.Format = format{}

type format struct{}

func (format) Name() string { return "iOS profile" }

// Sniff knows property lists, and CMS messages, of which a signed profile is one.
func (format) Sniff(data []byte) bool {
	return plist.IsXML(data) || plist.IsBinary(data) || cms.IsCMS(data)
}

func (format) Parse(data []byte) (*profiles.Document, error) { return Parse(data) }

// Parse reads a configuration profile, signed or not, XML or binary. It does not
// judge: a signature is taken off whoever made it, an unknown key is passed
// over, a value of the wrong type becomes a note. The error wraps ErrNotProfile
// where data is something else.
func Parse(data []byte) (*profiles.Document, error) {
	f, err := Open(data)
	if err != nil {
		return nil, err
	}
	if kind := f.Top.Get("PayloadType"); kind.Str() != typeProfile {
		return nil, fmt.Errorf("%w: its PayloadType is %q, not %s", ErrNotProfile, kind.Str(), typeProfile)
	}
	return f.Document(), nil
}

// Document interprets a profile as an account with its identity.
func (f *File) Document() *profiles.Document {
	r := reader{doc: &profiles.Document{Format: Format.Name(), Signed: f.Signed != nil}, file: f}
	if f.SignatureErr != nil {
		r.note("its signature does not hold: %v", f.SignatureErr)
	}
	r.profile()
	return r.doc
}

// reader fills a document from a profile's dictionaries.
type reader struct {
	doc  *profiles.Document
	file *File
}

func (r *reader) note(format string, args ...any) {
	r.doc.Notes = append(r.doc.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) profile() {
	d, top := r.doc, r.file.Top
	str := func(name string, to *string) { r.value(top, name, to) }
	str("PayloadIdentifier", &d.Identifier)
	str("PayloadUUID", &d.UUID)
	str("PayloadDisplayName", &d.Title)
	str("PayloadOrganization", &d.Account.Organization)
	r.life(top)
	if r.file.Encrypted {
		r.note("its payloads are encrypted for a phone's key: nothing more can be read here")
		return
	}
	content := r.file.contents
	if !content.Is(plist.Array) {
		r.note("PayloadContent: it is %s, not array", kindOf(content))
		return
	}
	for i, n := range content.Items {
		if n.Kind != plist.Dictionary {
			r.note("payload %d is a %s, not a dictionary", i+1, n.Kind)
		}
	}
	for _, p := range r.file.Payloads {
		r.payload(p)
	}
	if account := r.file.Account(); account != nil {
		r.eas(account)
	}
}

// kindOf names the type of a value that may be missing.
func kindOf(n *plist.Node) string {
	if n == nil {
		return "missing"
	}
	return string(n.Kind)
}

// value reads one optional key of any payload.
func (r *reader) value(d *plist.Node, name string, to any) {
	n := d.Get(name)
	if n == nil {
		return
	}
	v := n.Plain()
	var err error
	switch to := to.(type) {
	case *string:
		err = expect(v, to)
	case *bool:
		err = expect(v, to)
	case *time.Time:
		err = expect(v, to)
	case *[]byte:
		err = expect(v, to)
	}
	if err != nil {
		r.note("%s: %v", name, err)
	}
}

func (r *reader) life(top *plist.Node) {
	o := &r.doc.Account.IOS
	r.value(top, "RemovalDate", &o.RemovalDate)
	r.value(top, "PayloadExpirationDate", &o.Expires)
	r.value(top, "PayloadRemovalDisallowed", &o.RemovalDisallowed)
	if s := seconds(top.Get("DurationUntilRemoval")); s > 0 && s < maxSyncDays*24*3600 {
		o.RemoveAfter = time.Duration(s * float64(time.Second))
	}
	if texts := top.Get("ConsentText"); texts.Is(plist.Dictionary) {
		o.Consent = map[string]string{}
		for _, e := range texts.Entries {
			if e.Value.Kind == plist.String {
				o.Consent[e.Key] = e.Value.Text
			}
		}
	}
}

// seconds reads a real, which may be written as an integer.
func seconds(n *plist.Node) float64 {
	switch {
	case n.Is(plist.Real):
		return n.Real
	case n.Is(plist.Integer):
		return float64(n.Int)
	}
	return 0
}

func (r *reader) payload(p *Payload) {
	switch p.Type {
	case typeEAS:
		if p != r.file.Account() {
			r.note("it holds more than one mail account: the first is shown")
		}
	case typePKCS12:
	case typeRoot, typePKCS1, typePEM:
		r.authority(p)
	case typeSCEP, typeACME:
		if !r.signsIn(p) {
			r.note("it gets a certificate by %s that no mail account signs in with", p.Type)
		}
	default:
		r.note("it holds a payload of type %q", p.Type)
	}
}

func (r *reader) authority(p *Payload) {
	var content []byte
	r.value(p.Node, "PayloadContent", &content)
	b, err := certs.Read(content, certs.Unlock{})
	if err != nil {
		r.note("the certificate in %v: %v", p.Identifier, err)
		return
	}
	r.doc.Certificates = append(r.doc.Certificates, b.Certificates...)
}

// eas reads the account and the identity that it refers to. Absent keys have
// Apple's defaults.
func (r *reader) eas(p *Payload) {
	d := r.doc
	d.HasAccount = true
	a := &d.Account
	a.Auth, a.SyncDays = preflight.Direct, profiles.DefaultSyncDays
	a.Mailbox = preflight.MailboxUnknown
	for _, s := range []*profiles.Service{&a.Services.Mail, &a.Services.Contacts, &a.Services.Calendars, &a.Services.Reminders, &a.Services.Notes} {
		s.On = true
	}
	r.value(p.Node, "PayloadDisplayName", &a.Name)
	for _, k := range easKeys {
		if v := p.Get(k.name); v != nil {
			if err := k.set(a, v.Plain()); err != nil {
				r.note("%s: %v", k.name, err)
			}
		}
	}
	if !p.Get("SSL").True() {
		r.note("SSL is not on: iOS connects without TLS")
	}
	r.identity(p)
	r.identifier()
}

func (r *reader) identity(account *Payload) {
	d := r.doc
	ref := r.file.Identity(account)
	if ref == nil {
		return
	}
	d.PKCS12, d.Password = ref.PKCS12, certs.Password(ref.Password.Str())
	d.Dangling = ref.Key == keyIdentity && (ref.Payload == nil || !bringsIdentity(ref.Payload.Type))
	if ref.Payload != nil {
		r.enrolment(ref.Payload)
	}
}

// signsIn reports whether the account that is shown has its identity from a payload.
func (r *reader) signsIn(p *Payload) bool {
	account := r.file.Account()
	if account == nil {
		return false
	}
	ref := r.file.Identity(account)
	return ref != nil && ref.Payload == p
}

// identifier takes the organisation's part of PayloadIdentifier back, where the rest
// shows that New put it together.
func (r *reader) identifier() {
	d := r.doc
	a := d.Account
	a.Identifier = d.Identifier
	for range 2 { // who it is for, and the start of the UUID
		a.Identifier = a.Identifier[:max(strings.LastIndexByte(a.Identifier, '.'), 0)]
	}
	if identifier(a) == d.Identifier && a.UUID(roleProfile) == d.UUID {
		d.Account.Identifier = a.Identifier
	}
}

// bringsIdentity reports whether payloads of a type put an identity on the phone.
func bringsIdentity(kind string) bool {
	return kind == typePKCS12 || kind == typeSCEP || kind == typeACME
}
