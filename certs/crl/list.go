package crl

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/easkit/easkit/certs"
)

// List is what a CRL says (RFC 5280 5), less the entries that nobody asked for.
type List struct {
	Size     int64 // bytes of the CRL itself, as DER
	Trailing int64 // bytes behind its end
	PEM      bool  // it came as text

	Version        int // 1 or 2
	Algorithm      pkix.AlgorithmIdentifier
	RawIssuer      []byte
	issuer         string // RawIssuer as text
	ThisUpdate     time.Time
	NextUpdate     time.Time // zero where there is none
	AuthorityKeyID []byte    // AKI's keyIdentifier
	Number         *big.Int  // nil where there is none
	BaseNumber     *big.Int  // of a delta CRL, the number of the base that it continues; nil otherwise
	Scope          *Scope    // the issuing distribution point; nil where there is none
	FreshestCRLs   []string  // URLs of the delta CRLs
	NextPublish    time.Time // when a Windows CA publishes the next one; zero where it doesn't say

	Entries     int       // how many certificates it lists
	Indirect    int       // how many of those belong to another CA
	LatestEntry time.Time // the latest revocation date of all entries
	UnknownAsks []string  // critical extensions, of the CRL or an entry, that are not understood here
	Irregular   []string  // breaches of the encoding rules that did not keep it from being read

	asked       *Serials
	found       found
	all         *index // of all entries, where asked and found are not used; nil otherwise
	digest      []byte // of what is signed; nil where the hash is unknown
	signature   []byte
	unsupported error    // why there is no digest
	signers     sync.Map // what SignedBy found, by *certs.Certificate
}

// Scope is an issuing distribution point (RFC 5280 5.2.5): which certificates the
// CRL speaks for.
type Scope struct {
	URLs          []string // of its distribution point
	Named         bool     // there is a distribution point, with URLs or without
	OnlyUsers     bool     // onlyContainsUserCerts
	OnlyCAs       bool     // onlyContainsCACerts
	OnlyReasons   bool     // onlySomeReasons
	OnlyAttribute bool     // onlyContainsAttributeCerts
	Indirect      bool     // indirectCRL
}

// Reason is why a certificate was revoked (RFC 5280 5.3.1).
type Reason int

// The reasons. A Hold may be taken back, and RemoveFromCRL in a delta CRL does.
const (
	Unspecified        Reason = 0
	KeyCompromise      Reason = 1
	CACompromise       Reason = 2
	AffiliationChanged Reason = 3
	Superseded         Reason = 4
	Cessation          Reason = 5
	Hold               Reason = 6
	RemoveFromCRL      Reason = 8
	PrivilegeWithdrawn Reason = 9
	AACompromise       Reason = 10
)

var reasonNames = map[Reason]string{
	Unspecified: "unspecified", KeyCompromise: "keyCompromise", CACompromise: "cACompromise",
	AffiliationChanged: "affiliationChanged", Superseded: "superseded", Cessation: "cessationOfOperation",
	Hold: "certificateHold", RemoveFromCRL: "removeFromCRL", PrivilegeWithdrawn: "privilegeWithdrawn", AACompromise: "aACompromise",
}

// String is the reason's name in RFC 5280.
func (r Reason) String() string {
	if name, ok := reasonNames[r]; ok {
		return name
	}
	return fmt.Sprintf("reason %d", int(r))
}

// Entry is what a CRL says of one certificate.
type Entry struct {
	Revoked time.Time // since when
	Reason  Reason    // Unspecified where there is none
	Invalid time.Time // when the key was lost, where that is known; zero otherwise
}

// Entry is what the list says of a serial number. Of a list that [Read] read it must be
// one of those that were asked for; of others that knows nothing.
func (l *List) Entry(serial *big.Int) (Entry, bool) {
	if serial == nil {
		return Entry{}, false
	}
	if l.all != nil {
		return l.all.entry(integerContent(serial))
	}
	i := l.asked.index(integerContent(serial))
	if i < 0 {
		return Entry{}, false
	}
	return l.found.entry(i)
}

// Delta reports whether the list is a delta CRL, which names only what changed.
func (l *List) Delta() bool { return l.BaseNumber != nil }

// Issuer is the issuer's name, safe to print.
func (l *List) Issuer() string { return l.issuer }

// SignedBy checks the signature with the key of ca, and nothing else. The error
// wraps certs.ErrUnsupported where the signature can't be checked. Each CA's key is
// tried once, however many certificates ask.
func (l *List) SignedBy(ca *certs.Certificate) error {
	if l.digest == nil {
		return l.unsupported
	}
	if err, known := l.signers.Load(ca); known {
		if err == nil {
			return nil
		}
		return err.(error)
	}
	err := ca.CheckDigest(l.Algorithm, l.digest, l.signature)
	l.signers.Store(ca, err)
	return err
}

// Same reports whether two lists are the same bytes, as far as they are signed.
func (l *List) Same(other *List) bool {
	return l.digest != nil && string(l.digest) == string(other.digest) && l.Algorithm.Algorithm.Equal(other.Algorithm.Algorithm)
}

// The extensions that are understood (RFC 5280 5.2 and 5.3; MS-WCCE for the last).
var (
	oidAuthorityKeyID = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidCRLNumber      = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReason         = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidityDate = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidDelta          = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidScope          = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidEntryIssuer    = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidFreshest       = asn1.ObjectIdentifier{2, 5, 29, 46}
	oidNextPublish    = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 21, 4}
)
