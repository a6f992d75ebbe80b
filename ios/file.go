package ios

import (
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/ios/plist"
)

// ErrNotProfile says that a file is no configuration profile.
var ErrNotProfile = errors.New("it is not an iOS configuration profile")

// File is a configuration profile as it stands in a file, before anybody judges or
// interprets it.
type File struct {
	Raw          []byte
	Signed       *cms.SignedData // nil where it is not signed
	SignatureErr error           // why the signature does not hold
	Content      []byte          // the property list: Raw, or what was signed
	List         *plist.File
	Top          *plist.Node // the profile's dictionary
	Payloads     []*Payload
	Encrypted    bool // the payloads are in EncryptedPayloadContent, and shut

	contents *plist.Node // the list of payloads; nil where there is none, or it is shut
}

// Payload is one payload of a profile.
type Payload struct {
	*plist.Node
	Number     int // from 1, in the order of the file
	Type       string
	Identifier string
	UUID       string
}

// String names the payload for a message.
func (p *Payload) String() string {
	if p.Type == "" {
		return fmt.Sprintf("payload %d", p.Number)
	}
	return fmt.Sprintf("payload %d (%s)", p.Number, p.Type)
}

// Open reads a configuration profile, signed or not, XML or binary, whatever is
// wrong with what it says. The error wraps [ErrNotProfile] where data is no profile,
// and a *[plist.SyntaxError] where it isn't well-formed.
func Open(data []byte) (*File, error) {
	f := &File{Raw: data, Content: data}
	if cms.IsCMS(data) {
		signed, err := cms.Parse(data)
		if err != nil {
			return nil, fmt.Errorf("reading the signature: %w", err)
		}
		if signed.Detached {
			return nil, fmt.Errorf("%w: it is a signature without the profile in it", ErrNotProfile)
		}
		f.Signed, f.Content = signed, signed.Content
		f.SignatureErr = signed.CheckSignature(nil)
		if cms.IsCMS(f.Content) {
			return nil, fmt.Errorf("%w: it is a signature around a signature", ErrNotProfile)
		}
	}
	var err error
	if f.List, err = plist.Parse(f.Content); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotProfile, err)
	}
	f.Top = f.List.Root
	if err := isProfile(f.Top); err != nil {
		return nil, err
	}
	f.Encrypted = f.Top.Get("EncryptedPayloadContent") != nil
	f.readPayloads(f.Top.Get("PayloadContent"))
	return f, nil
}

// isProfile tells a profile, whatever it lacks, from any other property list.
func isProfile(top *plist.Node) error {
	if !top.Is(plist.Dictionary) {
		return fmt.Errorf("%w: its top is a value of type %s, not a dictionary", ErrNotProfile, top.Kind)
	}
	kind, content := top.Get("PayloadType"), top.Get("PayloadContent")
	switch {
	case kind.Str() == typeProfile, content.Is(plist.Array), top.Get("EncryptedPayloadContent") != nil:
		return nil
	case kind.Is(plist.String):
		return fmt.Errorf("%w: its PayloadType is %q, so it is a single payload, or something else", ErrNotProfile, kind.Str())
	}
	return fmt.Errorf("%w: it has neither PayloadType nor PayloadContent", ErrNotProfile)
}

// readPayloads lists the payloads that are dictionaries; what is none is left to the
// schema.
func (f *File) readPayloads(content *plist.Node) {
	f.contents = content
	if !content.Is(plist.Array) {
		return
	}
	for i, n := range content.Items {
		if n.Kind == plist.Dictionary {
			f.Payloads = append(f.Payloads, &Payload{
				Node: n, Number: i + 1,
				Type: n.Get("PayloadType").Str(), Identifier: n.Get("PayloadIdentifier").Str(), UUID: n.Get("PayloadUUID").Str(),
			})
		}
	}
}

// Of lists the payloads of a type, in order.
func (f *File) Of(kind string) []*Payload {
	var all []*Payload
	for _, p := range f.Payloads {
		if p.Type == kind {
			all = append(all, p)
		}
	}
	return all
}

// Accounts are the mail accounts of the profile, in order.
func (f *File) Accounts() []*Payload { return f.Of(typeEAS) }

// Account is the first mail account of the profile, or nil.
func (f *File) Account() *Payload {
	for _, p := range f.Payloads {
		if p.Type == typeEAS {
			return p
		}
	}
	return nil
}

// ByUUID is the payload with a UUID, or nil. Letters count as they are written: how
// iOS compares them is not known.
func (f *File) ByUUID(uuid string) *Payload {
	for _, p := range f.Payloads {
		if p.UUID == uuid && uuid != "" {
			return p
		}
	}
	return nil
}

// Reference is how a payload names its identity.
type Reference struct {
	Key      string      // PayloadCertificateUUID, or Certificate for one that lies in the account
	Value    *plist.Node // of that key
	Payload  *Payload    // the one referred to; nil where there is none, and for Certificate
	PKCS12   []byte      // nil for an identity that the phone gets by SCEP or ACME
	Password *plist.Node // of PKCS12, where one is embedded
}

// Identity is what a mail account signs in with; nil where it names none, as an empty
// reference does. A reference wins over an identity in the account itself, as Apple's schema says.
func (f *File) Identity(account *Payload) *Reference {
	if v := account.Get(keyIdentity); says(v) {
		r := &Reference{Key: keyIdentity, Value: v, Payload: f.ByUUID(v.Str())}
		if r.Payload != nil && r.Payload.Type == typePKCS12 {
			r.PKCS12, r.Password = r.Payload.Get("PayloadContent").Bytes(), r.Payload.Get("Password")
		}
		return r
	}
	if v := account.Get("Certificate"); says(v) {
		return &Reference{Key: "Certificate", Value: v, PKCS12: v.Bytes(), Password: account.Get("CertificatePassword")}
	}
	return nil
}

// KeyInside reports whether an account of the profile has its identity in it, open or
// shut.
func (f *File) KeyInside() bool {
	return slices.ContainsFunc(f.Accounts(), func(p *Payload) bool {
		r := f.Identity(p)
		return r != nil && len(r.PKCS12) > 0
	})
}

// says reports whether a value is there, and not a string that is empty.
func says(n *plist.Node) bool { return n != nil && (n.Kind != plist.String || n.Text != "") }
