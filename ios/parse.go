package ios

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"time"

	"howett.net/plist"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// ErrNotProfile says that a file is no configuration profile.
var ErrNotProfile = errors.New("it is not an iOS configuration profile")

// maxDepth bounds the nesting of a property list; real profiles stay under ten.
const maxDepth = 64

// Format is configuration profiles as a [profiles.Format].
var Format profiles.Format = format{}

type format struct{}

func (format) Name() string { return "iOS profile" }

// Sniff knows property lists, and CMS messages, of which a signed profile is one.
func (format) Sniff(data []byte) bool { return isXML(data) || isBinary(data) || cms.IsCMS(data) }

func (format) Parse(data []byte) (*profiles.Document, error) { return Parse(data) }

func isXML(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.TrimLeft(data, " \t\r\n")
	return bytes.HasPrefix(data, []byte("<?xml")) || bytes.HasPrefix(data, []byte("<plist")) || bytes.HasPrefix(data, []byte("<!DOCTYPE plist"))
}

func isBinary(data []byte) bool { return bytes.HasPrefix(data, []byte("bplist00")) }

// Parse reads a configuration profile, signed or not, XML or binary. It does not
// judge: a signature is taken off whoever made it, an unknown key is passed
// over, a value of the wrong type becomes a note. The error wraps ErrNotProfile
// where data is something else.
func Parse(data []byte) (*profiles.Document, error) {
	doc := &profiles.Document{Format: Format.Name()}
	if cms.IsCMS(data) {
		signed, err := cms.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("reading the signature: %w", err)
		}
		if err := signed.CheckSignature(nil); err != nil {
			doc.Notes = append(doc.Notes, "its signature does not hold: "+err.Error())
		}
		doc.Signed, data = true, signed.Content
	}
	top, err := readPlist(data)
	if err != nil {
		return nil, err
	}
	r := reader{doc: doc}
	r.profile(top)
	return doc, nil
}

// readPlist reads a property list whose top is a profile's dictionary. What
// comes from outside is sniffed and bounded first: the library unfolds entities
// and recurses as deep as it is told to.
func readPlist(data []byte) (dict, error) {
	switch {
	case len(data) > cms.MaxSize:
		return nil, fmt.Errorf("%w: it has %d bytes, more than the %d that a profile may have", ErrNotProfile, len(data), cms.MaxSize)
	case isXML(data):
		if err := boundXML(data); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
		}
	case isBinary(data):
		if err := boundBinary(data); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
		}
	default:
		return nil, fmt.Errorf("%w: it is no property list", ErrNotProfile)
	}
	var top any
	if _, err := plist.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
	}
	d, ok := top.(dict)
	if !ok {
		return nil, fmt.Errorf("%w: its top is a %s, not a dictionary", ErrNotProfile, plistType(top))
	}
	if d["PayloadType"] != typeProfile {
		return nil, fmt.Errorf("%w: its PayloadType is %v, not %s", ErrNotProfile, d["PayloadType"], typeProfile)
	}
	return d, nil
}

func boundXML(data []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(data))
	for depth := 0; ; {
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fmt.Errorf("it is nested more than %d deep", maxDepth)
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			if bytes.ContainsAny(t, "[") {
				return errors.New("its DOCTYPE defines entities, which no profile needs")
			}
		}
	}
}

// reader fills a document from a profile's dictionaries.
type reader struct {
	doc        *profiles.Document
	identities map[string]dict // pkcs12 payloads by UUID
	others     map[string]bool // UUIDs of other payloads that bring an identity
	account    dict
}

func (r *reader) note(format string, args ...any) {
	r.doc.Notes = append(r.doc.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) profile(top dict) {
	d := r.doc
	r.identities, r.others = map[string]dict{}, map[string]bool{}
	str := func(name string, to *string) { r.value(top, name, to) }
	str("PayloadIdentifier", &d.Identifier)
	str("PayloadUUID", &d.UUID)
	str("PayloadDisplayName", &d.Title)
	str("PayloadOrganization", &d.Account.Organization)
	r.life(top)
	if top["EncryptedPayloadContent"] != nil {
		r.note("its payloads are encrypted for a phone's key: nothing more can be read here")
		return
	}
	var payloads []any
	if err := expect(top["PayloadContent"], &payloads); err != nil {
		r.note("PayloadContent: %v", err)
		return
	}
	for i, p := range payloads {
		payload, ok := p.(dict)
		if !ok {
			r.note("payload %d is a %s, not a dictionary", i+1, plistType(p))
			continue
		}
		r.payload(payload)
	}
	if r.account != nil {
		r.eas(r.account)
	}
}

// value reads one optional key of any payload.
func (r *reader) value(d dict, name string, to any) {
	v, ok := d[name]
	if !ok {
		return
	}
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

func (r *reader) life(top dict) {
	o := &r.doc.Account.IOS
	r.value(top, "RemovalDate", &o.RemovalDate)
	r.value(top, "PayloadExpirationDate", &o.Expires)
	r.value(top, "PayloadRemovalDisallowed", &o.RemovalDisallowed)
	if s := seconds(top["DurationUntilRemoval"]); s > 0 && s < maxSyncDays*24*3600 {
		o.RemoveAfter = time.Duration(s * float64(time.Second))
	}
	if texts, ok := top["ConsentText"].(dict); ok {
		o.Consent = map[string]string{}
		for language, text := range texts {
			if s, ok := text.(string); ok {
				o.Consent[language] = s
			}
		}
	}
}

// seconds reads a real, in any of the forms that property lists keep one in.
func seconds(v any) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case float32:
		return float64(n)
	case uint64:
		return float64(n)
	}
	return 0
}

func (r *reader) payload(p dict) {
	var uuid string
	r.value(p, "PayloadUUID", &uuid)
	switch kind := p["PayloadType"]; kind {
	case typeEAS:
		if r.account != nil {
			r.note("it holds more than one mail account: the first is shown")
			return
		}
		r.account = p
	case typePKCS12:
		r.identities[uuid] = p
	case typeRoot, typePKCS1, typePEM:
		r.authority(p)
	case "com.apple.security.scep", "com.apple.security.acme":
		r.others[uuid] = true
		r.note("it gets a certificate by %v", kind)
	default:
		r.note("it holds a payload of type %v", kind)
	}
}

func (r *reader) authority(p dict) {
	var content []byte
	r.value(p, "PayloadContent", &content)
	b, err := certs.Read(content, certs.Unlock{})
	if err != nil {
		r.note("the certificate in %v: %v", p["PayloadIdentifier"], err)
		return
	}
	r.doc.Certificates = append(r.doc.Certificates, b.Certificates...)
}

// eas reads the account and the identity that it refers to. Absent keys have
// Apple's defaults.
func (r *reader) eas(p dict) {
	d := r.doc
	d.HasAccount = true
	a := &d.Account
	a.Auth, a.SyncDays = preflight.Direct, profiles.DefaultSyncDays
	a.Mailbox = preflight.MailboxUnknown
	for _, s := range []*profiles.Service{&a.Services.Mail, &a.Services.Contacts, &a.Services.Calendars, &a.Services.Reminders, &a.Services.Notes} {
		s.On = true
	}
	r.value(p, "PayloadDisplayName", &a.Name)
	for _, k := range easKeys {
		if v, ok := p[k.name]; ok {
			if err := k.set(a, v); err != nil {
				r.note("%s: %v", k.name, err)
			}
		}
	}
	if ssl, _ := p["SSL"].(bool); !ssl {
		r.note("SSL is not on: iOS connects without TLS")
	}
	r.identity(p)
}

func (r *reader) identity(p dict) {
	d := r.doc
	var uuid string
	r.value(p, keyIdentity, &uuid)
	identity, found := r.identities[uuid]
	switch {
	case uuid == "":
		r.value(p, "Certificate", &d.PKCS12)
		var password string
		r.value(p, "CertificatePassword", &password)
		d.Password = certs.Password(password)
	case found:
		var password string
		r.value(identity, "PayloadContent", &d.PKCS12)
		r.value(identity, "Password", &password)
		d.Password = certs.Password(password)
	default:
		d.Dangling = !r.others[uuid]
	}
}
