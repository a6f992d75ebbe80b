package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// list is a CRL before it is signed.
type list struct {
	version    int // as encoded: 1 for v2; 0 is not written
	issuer     pkix.RDNSequence
	signer     string // name of the key
	signature  signature
	this, next time.Time // next is left out where it is zero
	entries    []revocation
	extensions []extension
}

// revocation is one entry.
type revocation struct {
	serial     *big.Int
	at         []byte // as DER
	extensions []extension
}

// listOption changes a CRL away from the good one.
type listOption func(ks *keys, l *list)

// The extensions of CRLs and their entries (RFC 5280 5.2 and 5.3; MS-WCCE for
// the last but one), and one that nobody understands.
var (
	oidNumber      = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReason      = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidity  = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidDelta       = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidScope       = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidEntryIssuer = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidFreshest    = asn1.ObjectIdentifier{2, 5, 29, 46}
	oidNextPublish = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 21, 4}
	oidUnknown     = asn1.ObjectIdentifier{2, 999, 1}
)

// The reasons of RFC 5280 5.3.1 that are used here.
const (
	noReason       = 0xff // no extension at all
	keyCompromise  = 1
	caCompromise   = 2
	superseded     = 4
	hold           = 6
	removedFromCRL = 8
)

const tagEnum = 0x0a

// crl is the good list with changes.
func crl(changes ...listOption) []maker {
	return []maker{func(ks *keys, _ string) ([]byte, error) {
		l := &list{version: 1, signature: sha256RSA, this: day(-1), next: day(6), entries: goodEntries()}
		for _, change := range append([]listOption{byCA(issuingName, "issuing-rsa2048"), number(100)}, changes...) {
			change(ks, l)
		}
		return l.sign(ks)
	}}
}

func goodEntries() []revocation {
	return append(oldEntries(), entry("revoked-hold.pem", day(-11), hold))
}

// oldEntries are those from before November's second week.
func oldEntries() []revocation {
	return []revocation{
		entry("another certificate", day(-47), noReason),
		entry("one more certificate", day(-40), superseded),
		entry("revoked.pem", day(-20), keyCompromise),
	}
}

// entry revokes the certificate that is in a file.
func entry(file string, at time.Time, reason byte, more ...extension) revocation {
	r := revocation{serial: serialOf(file), at: utc(at)}
	if reason != noReason {
		r.extensions = append(r.extensions, extension{oid: oidReason, value: der(tagEnum, []byte{reason})})
	}
	r.extensions = append(r.extensions, more...)
	return r
}

func utc(at time.Time) []byte { return der(asn1.TagUTCTime, at.AppendFormat(nil, "060102150405Z")) }

func generalized(at time.Time) []byte {
	return der(asn1.TagGeneralizedTime, at.AppendFormat(nil, "20060102150405Z"))
}

// byCA is the CA whose name stands in the list, and the key that signs and that
// the AKI names.
func byCA(name, key string) listOption {
	return func(ks *keys, l *list) {
		l.issuer, l.signer = commonName(name), key
		akiOf(key)(ks, l)
	}
}

func akiOf(key string) listOption {
	return func(ks *keys, l *list) {
		l.set(extension{oid: oidAKI, value: der(tagSequence, der(tagKeyID, ks.keyID(key)))})
	}
}

func changedList(f func(*list)) listOption { return func(_ *keys, l *list) { f(l) } }

func times(this, next time.Time) listOption {
	return changedList(func(l *list) { l.this, l.next = this, next })
}

func listing(entries ...revocation) listOption {
	return changedList(func(l *list) { l.entries = entries })
}

func number(n byte) listOption {
	return extended(extension{oid: oidNumber, value: der(asn1.TagInteger, []byte{n})})
}

func extended(e extension) listOption { return changedList(func(l *list) { l.set(e) }) }

func lacking(kind asn1.ObjectIdentifier) listOption {
	return changedList(func(l *list) {
		l.extensions = slices.DeleteFunc(l.extensions, func(e extension) bool { return e.oid.Equal(kind) })
	})
}

// delta is a list of changes since the base of that number.
func delta(base, n byte, changes ...listOption) []maker {
	good := []listOption{
		number(n), times(now.Add(-6*time.Hour), now.Add(18*time.Hour)),
		extended(extension{oid: oidDelta, critical: true, value: der(asn1.TagInteger, []byte{base})}),
		listing(
			entry("revoked-delta.pem", now.Add(-8*time.Hour), keyCompromise),
			entry("revoked-hold.pem", now.Add(-7*time.Hour), removedFromCRL),
		),
	}
	return crl(append(good, changes...)...)
}

// scope is the issuing distribution point with those fields.
func scope(fields ...[]byte) listOption {
	return extended(extension{oid: oidScope, critical: true, value: der(tagSequence, fields...)})
}

// flagField is a field of the issuing distribution point that is true.
func flagField(n byte) []byte { return der(0x80|n, []byte{0xff}) }

// point is a DistributionPointName with one URL, in the field [0] of what it
// stands in.
func point(url string) []byte { return der(0xa0, der(0xa0, uri(url))) }

func freshest(url string) listOption {
	return extended(extension{oid: oidFreshest, value: der(tagSequence, der(tagSequence, point(url)))})
}

func nextPublish(at time.Time) listOption {
	return extended(extension{oid: oidNextPublish, value: utc(at)})
}

// entryIssuer says that the entry, and those after it, belong to another CA.
func entryIssuer(name string) extension {
	rdns, _ := asn1.Marshal(commonName(name)) // fails for types that none of ours has
	return extension{oid: oidEntryIssuer, critical: true, value: der(tagSequence, der(0xa4, rdns))}
}

func (l *list) set(e extension) {
	if i := slices.IndexFunc(l.extensions, func(other extension) bool { return other.oid.Equal(e.oid) }); i >= 0 {
		l.extensions[i] = e
		return
	}
	l.extensions = append(l.extensions, e)
}

// sign makes the CertificateList of RFC 5280 5.1.
func (l *list) sign(ks *keys) ([]byte, error) {
	algorithm, err := asn1.Marshal(l.signature.identifier())
	if err != nil {
		return nil, err
	}
	body, err := l.body(algorithm)
	if err != nil {
		return nil, err
	}
	signed, err := ks.sign(l.signer, l.signature.hash, body)
	if err != nil {
		return nil, err
	}
	return der(tagSequence, body, algorithm, der(tagBits, []byte{0}, signed)), nil
}

func (l *list) body(algorithm []byte) ([]byte, error) {
	issuer, err := asn1.Marshal(l.issuer)
	if err != nil {
		return nil, err
	}
	var fields [][]byte
	if l.version > 0 {
		fields = append(fields, der(asn1.TagInteger, []byte{byte(l.version)}))
	}
	fields = append(fields, algorithm, issuer, utc(l.this))
	if !l.next.IsZero() {
		fields = append(fields, utc(l.next))
	}
	var entries []byte
	for _, r := range l.entries {
		entries = append(entries, r.der()...)
	}
	if len(entries) > 0 { // an empty one must be left out (RFC 5280 5.1.2.6)
		fields = append(fields, der(tagSequence, entries))
	}
	if len(l.extensions) > 0 {
		fields = append(fields, der(0xa0, extensionsOf(l.extensions)))
	}
	return der(tagSequence, fields...), nil
}

func (r revocation) der() []byte {
	serial, _ := asn1.Marshal(r.serial) // an integer has no way to fail
	if len(r.extensions) == 0 {
		return der(tagSequence, serial, r.at)
	}
	return der(tagSequence, serial, r.at, extensionsOf(r.extensions))
}

func extensionsOf(all []extension) []byte {
	var list []byte
	for _, e := range all {
		var critical []byte
		if e.critical {
			critical = der(tagBoolean, []byte{0xff})
		}
		list = append(list, der(tagSequence, oid(e.oid), critical, der(tagOctets, e.value))...)
	}
	return der(tagSequence, list)
}

// sign makes an RSA signature.
func (ks *keys) sign(name string, hash crypto.Hash, text []byte) ([]byte, error) {
	key := ks.private[name]
	if key == nil {
		return nil, fmt.Errorf("there is no RSA key %q", name)
	}
	h := hash.New()
	h.Write(text)
	return rsa.SignPKCS1v15(nil, key, hash, h.Sum(nil))
}

// printableIssuer writes the issuer in another string type: the same name to
// RFC 5280 7.1, other bytes.
func printableIssuer(l *list) {
	value := l.issuer[0][0].Value.(asn1.RawValue)
	value.Tag = asn1.TagPrintableString
	l.issuer = pkix.RDNSequence{{{Type: l.issuer[0][0].Type, Value: value}}}
}

// written is the list in another form.
func written(of []maker, form func([]byte) []byte) []maker {
	return []maker{func(ks *keys, file string) ([]byte, error) {
		b, err := of[0](ks, file)
		if err != nil {
			return nil, err
		}
		return form(b), nil
	}}
}

func asPEM(b []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: b})
}

func asBase64(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b) + "\n") }

// longLength writes the outermost length, which has two bytes, with three.
func longLength(b []byte) []byte { return append([]byte{tagSequence, 0x83, 0}, b[2:]...) }

// indefinite leaves the outermost length open, as BER allows.
func indefinite(b []byte) []byte {
	return append(append([]byte{tagSequence, 0x80}, b[4:]...), 0, 0)
}

// inFile makes a certificate as it is in another file.
func inFile(file string, of []maker) []maker {
	return []maker{func(ks *keys, _ string) ([]byte, error) { return of[0](ks, file) }}
}
