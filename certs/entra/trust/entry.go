package trust

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// Store is one of the two trust stores of a tenant.
type Store string

// The stores. PKI takes single CAs, Classic only a whole list at a time.
const (
	PKI     Store = "pki"
	Classic Store = "classic"
)

// Stores are the values that flags take.
var Stores = []Store{PKI, Classic}

// Entry is one authority of a store: its certificate, and what the store is told
// of it. Two entries that are equal mean the same to Entra ID.
type Entry struct {
	Certificate []byte `json:"certificate"` // DER
	Root        bool   `json:"root"`
	CRL         string `json:"crl,omitempty"`        // where its CRL is; "" for no check of revocation
	Delta       string `json:"delta,omitempty"`      // where its delta CRL is
	IssuerHint  bool   `json:"issuerHint,omitempty"` // of the PKI store: named in the handshake
}

// Equal reports whether two entries are the same.
func (e Entry) Equal(o Entry) bool {
	return bytes.Equal(e.Certificate, o.Certificate) && e.Root == o.Root && e.CRL == o.CRL && e.Delta == o.Delta && e.IssuerHint == o.IssuerHint
}

// Key tells authorities apart: the SHA-256 of the certificate in hex.
func (e Entry) Key() string {
	sum := sha256.Sum256(e.Certificate)
	return hex.EncodeToString(sum[:])
}

// Parsed is the entry's certificate; nil where it isn't understood.
func (e Entry) Parsed() *certs.Certificate {
	c, err := certs.ParseCertificate(e.Certificate)
	if err != nil {
		return nil
	}
	return c
}

// Name names the authority for a message, on one printable line.
func (e Entry) Name() string {
	c := e.Parsed()
	if c == nil {
		return "a certificate that is not understood, SHA-256 " + e.Key()[:record.ShortHash]
	}
	return preflight.Printable(cmp.Or(c.CommonName(), c.Subject()))
}

// Thumbprint is the SHA-1 of the certificate in upper-case hex, as portals show it.
func (e Entry) Thumbprint() string {
	if c := e.Parsed(); c != nil {
		return c.Thumbprint()
	}
	return ""
}

// Is reports whether a thumbprint, SHA-1 or SHA-256 in hex, is the entry's; spaces,
// colons and letter case don't count.
func (e Entry) Is(thumbprint string) bool {
	hash := strings.ToLower(strings.NewReplacer(" ", "", ":", "").Replace(thumbprint))
	return hash != "" && (hash == strings.ToLower(e.Thumbprint()) || hash == e.Key())
}

// List is the authorities of one store, each once and in a fixed order.
type List []Entry

// NewList puts entries into the order of a list. Of two for one certificate the
// first is kept.
func NewList(entries []Entry) List {
	seen := map[string]bool{}
	list := List{}
	for _, e := range entries {
		if key := e.Key(); !seen[key] {
			seen[key] = true
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		if a.Root != b.Root { // those that others lead to come first
			return map[bool]int{true: -1, false: 1}[a.Root]
		}
		return cmp.Or(strings.Compare(a.Name(), b.Name()), strings.Compare(a.Key(), b.Key()))
	})
	return list
}

// contradiction is an error where entries say different things of one certificate: of
// those a list could keep one only.
func contradiction(store string, entries []Entry) error {
	seen := map[string]Entry{}
	for _, e := range entries {
		other, twice := seen[e.Key()]
		if twice && !other.Equal(e) {
			return fmt.Errorf("%s has %s (SHA-1 %s) twice, and not the same (CRL %s and %s): remove one of the two in the portal first",
				store, e.Name(), e.Thumbprint(), orNone(other.CRL), orNone(e.CRL))
		}
		seen[e.Key()] = e
	}
	return nil
}

// alive tells the entries that are valid at a time from those that have expired.
func (l List) alive(at time.Time) (alive, expired List) {
	alive = List{}
	for _, e := range l {
		if c := e.Parsed(); c != nil && at.After(c.NotAfter) {
			expired = append(expired, e)
			continue
		}
		alive = append(alive, e)
	}
	return alive, expired
}

// Find is the entry with a key.
func (l List) Find(key string) (Entry, bool) {
	for _, e := range l {
		if e.Key() == key {
			return e, true
		}
	}
	return Entry{}, false
}

// Equal reports whether two lists hold the same.
func (l List) Equal(o List) bool { return slices.EqualFunc(l, o, Entry.Equal) }

// classicEntry is a CA of the classic store.
func classicEntry(ca graph.CA) Entry {
	return Entry{Certificate: ca.Certificate, Root: ca.IsRoot, CRL: ca.CRLURL, Delta: ca.DeltaURL}
}

// pkiEntry is a CA of the PKI store.
func pkiEntry(d graph.CADetail) Entry {
	return Entry{Certificate: d.Certificate, Root: d.Type == graph.Root, CRL: d.CRLURL, Delta: d.DeltaURL, IssuerHint: d.IsIssuerHintEnabled}
}

// CA is the body for the classic store.
func (e Entry) CA() graph.CA {
	return graph.CA{Certificate: e.Certificate, IsRoot: e.Root, CRLURL: e.CRL, DeltaURL: e.Delta}
}

// maxDisplayName is how long a display name may be.
// Source: https://learn.microsoft.com/graph/api/resources/certificatebasedauthpki
const maxDisplayName = 256

// Detail is the body for the PKI store.
func (e Entry) Detail() (graph.CADetail, error) {
	c, err := certs.ParseCertificate(e.Certificate)
	if err != nil {
		return graph.CADetail{}, fmt.Errorf("the certificate of a CA: %w", err)
	}
	name := strings.ToValidUTF8(cmp.Or(c.CommonName(), c.Subject()), "")
	if len(name) > maxDisplayName {
		name = strings.ToValidUTF8(name[:maxDisplayName], "")
	}
	return graph.CADetail{
		DisplayName: name, Type: e.role(), Certificate: e.Certificate, Thumbprint: c.Thumbprint(), Expiration: c.NotAfter.UTC(),
		Issuer: c.Issuer(), SKI: strings.ToUpper(hex.EncodeToString(c.SubjectKeyID)),
		CRLURL: e.CRL, DeltaURL: e.Delta, IsIssuerHintEnabled: e.IssuerHint,
	}, nil
}

func (e Entry) role() string {
	if e.Root {
		return graph.Root
	}
	return graph.Intermediate
}
