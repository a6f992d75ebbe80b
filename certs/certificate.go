package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Certificate is what an X.509 certificate (RFC 5280) says. It is read
// leniently: a certificate that crypto/x509 refuses is a Certificate all the
// same, with Refused saying why.
type Certificate struct {
	Raw     []byte
	X509    *x509.Certificate // nil where crypto/x509 refuses Raw
	Refused error             // why it does

	Serial     *big.Int
	RawSubject []byte
	RawIssuer  []byte
	NotBefore  time.Time
	NotAfter   time.Time
	PublicKey  any // *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey; nil where unknown
	RawKey     []byte

	SubjectKeyID   []byte // SKI
	AuthorityKeyID []byte // AKI's keyIdentifier
	HasBasic       bool   // basicConstraints are there
	IsCA           bool
	PathLen        int // of basicConstraints; -1 where there is none
	HasKeyUsage    bool
	KeyUsage       x509.KeyUsage
	HasEKU         bool
	EKU            []asn1.ObjectIdentifier
	HasSAN         bool
	SANCritical    bool
	Names          []Name // of the SAN, in its order
	NamesError     error  // where the SAN's structure is broken
	SID            string // from szOID_NTDS_CA_SECURITY_EXT
	SIDError       error
	CDPs           []string // URLs of the CRL distribution points
	FreshestCRLs   []string // URLs of the delta CRLs
	Lab            bool     // carries the marker of easkit's lab: see [OIDLabMarker]
	Doubled        []string // extensions that stand there more than once

	tbs, signature []byte
	algorithm      pkix.AlgorithmIdentifier
	rootOnce       sync.Once
	root           bool // see IsRoot
	signed         atomic.Pointer[verdict]
}

// OIDLabMarker is the extension that every certificate of easkit's lab carries,
// so that a real tenant can refuse it. 2.999 is the arc for examples (ITU-T
// X.660), and the next number spells "eask".
var OIDLabMarker = asn1.ObjectIdentifier{2, 999, 1700885355, 1}

// The extensions that are read here (RFC 5280 4.2; MS-WCCE 2.2.2.7.7.4).
const (
	oidSubjectKeyID   = "2.5.29.14"
	oidKeyUsage       = "2.5.29.15"
	oidSAN            = "2.5.29.17"
	oidBasic          = "2.5.29.19"
	oidCDP            = "2.5.29.31"
	oidAuthorityKeyID = "2.5.29.35"
	oidEKU            = "2.5.29.37"
	oidFreshestCRL    = "2.5.29.46"
	oidNTDSSecurity   = "1.3.6.1.4.1.311.25.2"
)

// ParseCertificate reads one DER certificate. The error is for what isn't a
// certificate at all; what is wrong within one is kept in its fields.
func ParseCertificate(der []byte) (*Certificate, error) {
	c := &Certificate{Raw: der, PathLen: -1}
	c.X509, c.Refused = x509.ParseCertificate(der)
	if c.Refused != nil {
		c.X509 = nil
	}
	input := cryptobyte.String(der)
	var outer, tbs, alg cryptobyte.String
	var sig asn1.BitString
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !input.Empty() ||
		!outer.ReadASN1Element(&tbs, cbasn1.SEQUENCE) ||
		!outer.ReadASN1Element(&alg, cbasn1.SEQUENCE) ||
		!outer.ReadASN1BitString(&sig) || !outer.Empty() {
		return nil, errors.New("it is not an X.509 certificate: its outer structure is broken")
	}
	c.tbs, c.signature = tbs, sig.RightAlign()
	if _, err := asn1.Unmarshal(alg, &c.algorithm); err != nil {
		return nil, fmt.Errorf("reading the signature algorithm: %w", err)
	}
	if err := c.parseTBS(tbs); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Certificate) parseTBS(der cryptobyte.String) error {
	var tbs, issuer, validity, subject, key, extensions cryptobyte.String
	var hasExtensions bool
	c.Serial = new(big.Int)
	var version int
	switch {
	case !der.ReadASN1(&tbs, cbasn1.SEQUENCE),
		!tbs.ReadOptionalASN1Integer(&version, cbasn1.Tag(0).Constructed().ContextSpecific(), 0):
		return errors.New("it is not an X.509 certificate: its body is broken")
	case !tbs.ReadASN1Integer(c.Serial):
		return errors.New("reading the serial number: it is no integer")
	case !tbs.SkipASN1(cbasn1.SEQUENCE),
		!tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE),
		!tbs.ReadASN1(&validity, cbasn1.SEQUENCE),
		!tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE),
		!tbs.ReadASN1Element(&key, cbasn1.SEQUENCE):
		return errors.New("it is not an X.509 certificate: a field is missing between issuer and public key")
	}
	c.RawIssuer, c.RawSubject, c.RawKey = issuer, subject, key
	if !readTime(&validity, &c.NotBefore) || !readTime(&validity, &c.NotAfter) {
		return errors.New("reading the validity: its times are malformed")
	}
	if public, err := x509.ParsePKIXPublicKey(key); err == nil { // with an error it may be a nil pointer
		c.PublicKey = public
	}
	for _, unique := range []uint8{1, 2} { // issuerUniqueID, subjectUniqueID
		tbs.SkipOptionalASN1(cbasn1.Tag(unique).ContextSpecific())
	}
	if !tbs.ReadOptionalASN1(&extensions, &hasExtensions, cbasn1.Tag(3).Constructed().ContextSpecific()) {
		return errors.New("reading the extensions: their structure is broken")
	}
	if !hasExtensions {
		return nil
	}
	if version != versionWithExtensions && c.Refused == nil {
		// crypto/x509 passes over the extensions then; other readers don't.
		c.X509, c.Refused = nil, fmt.Errorf("it has extensions, and says that its version is %d (RFC 5280 4.1.2.1)", version+1)
	}
	return c.parseExtensions(extensions)
}

// versionWithExtensions is how a certificate of version 3 writes its version.
const versionWithExtensions = 2

func readTime(s *cryptobyte.String, out *time.Time) bool {
	if s.PeekASN1Tag(cbasn1.UTCTime) {
		return s.ReadASN1UTCTime(out)
	}
	return s.ReadASN1GeneralizedTime(out)
}

func (c *Certificate) parseExtensions(der cryptobyte.String) error {
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) {
		return errors.New("reading the extensions: their list is broken")
	}
	seen := map[string]bool{}
	for !list.Empty() {
		var ext, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		var critical bool
		if !list.ReadASN1(&ext, cbasn1.SEQUENCE) || !ext.ReadASN1ObjectIdentifier(&oid) ||
			!readBoolean(&ext, &critical) ||
			!ext.ReadASN1(&value, cbasn1.OCTET_STRING) {
			return errors.New("reading the extensions: one of them is broken")
		}
		id := oid.String()
		if seen[id] {
			c.Doubled = append(c.Doubled, id)
		}
		seen[id] = true
		if id == oidSAN {
			c.SANCritical = critical
		}
		c.parseExtension(id, value)
	}
	return nil
}

// readBoolean reads a BOOLEAN DEFAULT FALSE. Any value but 0 is true, as BER has
// it: old authorities wrote 01 for true.
func readBoolean(s *cryptobyte.String, out *bool) bool {
	var value cryptobyte.String
	var present bool
	if !s.ReadOptionalASN1(&value, &present, cbasn1.BOOLEAN) || present && len(value) != 1 {
		return false
	}
	*out = present && value[0] != 0
	return true
}

// parseExtension reads one extension into its fields. Of a doubled extension
// everything counts: whichever of the two a server takes is then looked at.
func (c *Certificate) parseExtension(id string, value cryptobyte.String) {
	switch id {
	case oidSubjectKeyID:
		var ski cryptobyte.String
		if value.ReadASN1(&ski, cbasn1.OCTET_STRING) {
			c.SubjectKeyID = ski
		}
	case oidAuthorityKeyID:
		var aki, keyID cryptobyte.String
		var present bool
		if value.ReadASN1(&aki, cbasn1.SEQUENCE) && aki.ReadOptionalASN1(&keyID, &present, cbasn1.Tag(0).ContextSpecific()) && present {
			c.AuthorityKeyID = keyID
		}
	case oidBasic:
		var basic cryptobyte.String
		c.HasBasic = value.ReadASN1(&basic, cbasn1.SEQUENCE) && readBoolean(&basic, &c.IsCA)
		if !basic.Empty() && !basic.ReadASN1Integer(&c.PathLen) {
			c.PathLen = -1
		}
	case oidKeyUsage:
		var bits asn1.BitString
		if value.ReadASN1BitString(&bits) {
			c.HasKeyUsage = true
			for i := range 9 { // the named bits of RFC 5280 4.2.1.3, in x509's order
				if bits.At(i) != 0 {
					c.KeyUsage |= 1 << i
				}
			}
		}
	case oidEKU:
		c.parseEKU(value)
	case oidSAN:
		names, err := ParseSAN(value)
		c.HasSAN = true
		c.Names = append(c.Names, names...)
		if c.NamesError == nil { // of several, the first; a message is one line
			c.NamesError = err
		}
	case oidNTDSSecurity:
		c.SID, c.SIDError = ParseSID(value)
	case oidCDP:
		c.CDPs = append(c.CDPs, ParseDistributionPoints(value)...)
	case oidFreshestCRL:
		c.FreshestCRLs = append(c.FreshestCRLs, ParseDistributionPoints(value)...)
	case OIDLabMarker.String():
		c.Lab = true
	}
}

func (c *Certificate) parseEKU(value cryptobyte.String) {
	var list cryptobyte.String
	c.HasEKU = value.ReadASN1(&list, cbasn1.SEQUENCE)
	for !list.Empty() {
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1ObjectIdentifier(&oid) {
			return
		}
		c.EKU = append(c.EKU, oid)
	}
}

// Subject is the subject's name in the form of RFC 2253, most specific part
// first, and safe to print: what doesn't print is written as an escape.
func (c *Certificate) Subject() string { return NameString(c.RawSubject) }

// Issuer is the issuer's name, written like Subject.
func (c *Certificate) Issuer() string { return NameString(c.RawIssuer) }

// CommonName is the subject's last CN as it stands there, or "" if it has none.
func (c *Certificate) CommonName() string {
	var rdns pkix.RDNSequence
	var name pkix.Name
	if _, err := asn1.Unmarshal(c.RawSubject, &rdns); err != nil {
		return ""
	}
	name.FillFromRDNSequence(&rdns)
	return name.CommonName
}

// NameString is a DER name in the form of RFC 2253, most specific part first, and
// safe to print.
func NameString(der []byte) string {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		return fmt.Sprintf("unreadable name %X", der)
	}
	text, _, _ := sanPrintable(rdns.String())
	return text
}

// SelfIssued reports whether subject and issuer are the same name.
func (c *Certificate) SelfIssued() bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// Thumbprint is the SHA-1 of the certificate in upper-case hex, as Windows and
// Entra ID show it.
func (c *Certificate) Thumbprint() string { return fmt.Sprintf("%X", sha1.Sum(c.Raw)) }

// Values lists the values of the SAN's entries of one kind.
func (c *Certificate) Values(kind NameKind) []string {
	var values []string
	for _, n := range c.Names {
		if n.Kind == kind {
			values = append(values, n.Value)
		}
	}
	return values
}

// KeyText names the public key: "RSA 2048", "ECDSA P-256".
func (c *Certificate) KeyText() string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return "unknown"
}

// String names the certificate for a message: its CN, escaped like Subject.
func (c *Certificate) String() string {
	if cn, _, _ := sanPrintable(c.CommonName()); cn != "" {
		return cn
	}
	return strings.TrimSpace(c.Subject())
}

// hasEKU reports whether the extended key usage names the dotted oid.
func (c *Certificate) hasEKU(oid string) bool {
	return slices.ContainsFunc(c.EKU, func(o asn1.ObjectIdentifier) bool { return o.String() == oid })
}
