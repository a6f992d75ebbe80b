package certs

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"unicode/utf16"

	"github.com/easkit/easkit/certs/cms"
)

// PKCS12 is what a .p12 file (RFC 7292) holds and how it is protected: what
// decides which phone can import it. It is read here rather than with go-pkcs12
// because that stops at the first thing it doesn't expect: a second identity, a
// third safe, a CA before its leaf, a certificate that Go's parser refuses.
// Each of them is a finding to be named.
type PKCS12 struct {
	Raw           []byte // as it stands in the file
	BER           bool   // written with indefinite lengths, as NSS does
	Locked        bool   // it was not opened: see [OutlinePKCS12]
	MAC           MAC
	Safes         []Scheme // how each safe is encrypted, in the order of the file
	Keys          []P12Key
	Certificates  []P12Certificate
	EmptyPassword bool // it opens with no password at all
}

// MAC is the integrity protection of a PKCS#12 file. The zero value is none.
type MAC struct {
	Digest     string // "SHA-1" …; of PBMAC1 the scheme's name
	PBMAC1     bool   // RFC 9579, which no phone reads yet
	Iterations int
}

// String names the MAC for a message.
func (m MAC) String() string {
	switch {
	case m.Digest == "":
		return "none"
	case m.PBMAC1:
		return "PBMAC1 (RFC 9579)"
	}
	return "HMAC-" + m.Digest
}

// P12Key is one key bag.
type P12Key struct {
	Key          crypto.Signer // nil where Err says why it could not be understood, and where the file is locked
	Err          error
	Scheme       Scheme // Name is "none" for a plain key bag
	FriendlyName string
	LocalKeyID   []byte
}

// P12Certificate is one certificate bag.
type P12Certificate struct {
	*Certificate
	Scheme       Scheme // of the safe that it lies in
	FriendlyName string
	LocalKeyID   []byte
}

// The bag and content types of RFC 7292 and RFC 5652.
const (
	oidData          = "1.2.840.113549.1.7.1"
	oidSignedData    = "1.2.840.113549.1.7.2"
	oidEnvelopedData = "1.2.840.113549.1.7.3"
	oidEncryptedData = "1.2.840.113549.1.7.6"
	oidKeyBag        = "1.2.840.113549.1.12.10.1.1"
	oidShroudedBag   = "1.2.840.113549.1.12.10.1.2"
	oidCertBag       = "1.2.840.113549.1.12.10.1.3"
	oidSafeBag       = "1.2.840.113549.1.12.10.1.6"
	oidX509Cert      = "1.2.840.113549.1.9.22.1"
	oidFriendlyName  = "1.2.840.113549.1.9.20"
	oidLocalKeyID    = "1.2.840.113549.1.9.21"
)

// maxSafeDepth bounds safes within safes, which no tool writes.
const maxSafeDepth = 4

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type macData struct {
	Digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Sum       []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

type pfx struct {
	Version  int
	AuthSafe contentInfo
	MAC      macData `asn1:"optional"`
}

type safeBag struct {
	Type       asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes []attribute   `asn1:"set,optional"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// ParsePKCS12 opens a PKCS#12 file, BER or DER. Its errors wrap ErrPassword,
// ErrTruncated, ErrIterations or ErrUnsupported where one of them is the case.
func ParsePKCS12(raw []byte, password string) (*PKCS12, error) {
	file, safe, err := readPFX(raw)
	if err != nil {
		return nil, err
	}
	r := p12Reader{PKCS12: &PKCS12{Raw: raw}, budget: budget{MaxIterations}, password: formsOf(password)}
	r.BER = isBER(raw)
	if err := r.checkMAC(file.MAC, safe); err != nil {
		return nil, err
	}
	if password == "" {
		r.EmptyPassword = true
	}
	if err := r.readSafes(safe); err != nil {
		return nil, err
	}
	return r.PKCS12, nil
}

// readPFX reads the outer structure: the part that tells a PKCS#12 file from
// anything else. safe is the content that the MAC is over, byte for byte.
func readPFX(raw []byte) (file pfx, safe []byte, err error) {
	der, err := cms.ToDER(raw)
	if err != nil {
		return pfx{}, nil, lengthError(raw, err)
	}
	if err := unmarshal(der, &file); err != nil {
		return pfx{}, nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	switch {
	case file.Version != 3:
		return pfx{}, nil, fmt.Errorf("%w: PKCS#12 version %d", ErrUnsupported, file.Version)
	case file.AuthSafe.Type.String() == oidSignedData:
		return pfx{}, nil, fmt.Errorf("%w: a PKCS#12 file protected with a signature in place of a password", ErrUnsupported)
	case file.AuthSafe.Type.String() != oidData:
		return pfx{}, nil, fmt.Errorf("%w: it is not a PKCS#12 file", ErrFormat)
	}
	if err := unmarshal(file.AuthSafe.Content.Bytes, &safe); err != nil {
		return pfx{}, nil, fmt.Errorf("reading the contents of the PKCS#12 file: %w", err)
	}
	return file, safe, nil
}

// isBER reports whether a value that [cms.ToDER] reads is in another form.
func isBER(raw []byte) bool {
	der, _ := cms.ToDER(raw)
	return !bytes.Equal(der, raw)
}

// lengthError says whether a value ends early, which is what an interrupted
// download looks like, or is no ASN.1 at all.
func lengthError(raw []byte, err error) error {
	if want, ok := outerLength(raw); ok && want > len(raw) {
		return fmt.Errorf("%w: it has %d bytes of %d", ErrTruncated, len(raw), want)
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// outerLength is how long the outermost SEQUENCE says it is, header included.
func outerLength(b []byte) (int, bool) {
	if len(b) < 2 || b[0] != 0x30 || b[1] == 0x80 {
		return 0, false
	}
	if b[1] < 0x80 {
		return int(b[1]) + 2, true
	}
	n := int(b[1] & 0x7f)
	if n > 4 || len(b) < 2+n {
		return 0, false
	}
	length := 0
	for _, c := range b[2 : 2+n] {
		length = length<<8 | int(c)
	}
	return length + 2 + n, true
}

type p12Reader struct {
	*PKCS12
	budget   budget
	password passwordForms
	noMAC    bool
}

// checkMAC tries the password on the MAC. An empty password has two encodings:
// a terminating NUL alone, or nothing; OpenSSL tries both, and so do we.
func (r *p12Reader) checkMAC(m macData, safe []byte) error {
	if len(m.Digest.Algorithm.Algorithm) == 0 {
		r.noMAC = true
		return nil
	}
	forms := []passwordForms{r.password}
	if len(r.password.utf8) == 0 {
		forms = append(forms, passwordForms{})
	}
	mac, err := r.readMAC(m)
	if err != nil {
		return err
	}
	if err := r.budget.spend(r.MAC.Iterations); err != nil { // once, however many forms are tried
		return err
	}
	for _, p := range forms {
		sum, err := mac(p, safe)
		if err != nil {
			return err
		}
		if hmac.Equal(sum, m.Digest.Sum) {
			r.password = p
			return nil
		}
	}
	return ErrPassword
}

// macFunc computes a MAC with a password.
type macFunc func(p passwordForms, safe []byte) ([]byte, error)

// readMAC understands how the MAC is made, without the password and without
// deriving anything yet. With ErrIterations the file's MAC is known all the same.
func (r *p12Reader) readMAC(m macData) (macFunc, error) {
	id := m.Digest.Algorithm.Algorithm.String()
	if id == oidPBMAC1 {
		return r.readPBMAC1(m.Digest.Algorithm.Parameters.FullBytes)
	}
	digest, ok := digests[id]
	if !ok {
		return nil, fmt.Errorf("%w: a MAC with %s", ErrUnsupported, id)
	}
	r.MAC = MAC{Digest: digest.name, Iterations: m.Iterations}
	return func(p passwordForms, safe []byte) ([]byte, error) {
		key := pkcs12KDF(digest.new, p.bmp, m.Salt, m.Iterations, kdfMAC, digest.new().Size())
		return macSum(digest.new, key, safe), nil
	}, nil
}

// readPBMAC1 is for the MAC of RFC 9579: PBKDF2 and HMAC, with parameters of
// their own.
func (r *p12Reader) readPBMAC1(der []byte) (macFunc, error) {
	var params struct{ KDF, MAC pkix.AlgorithmIdentifier }
	if err := unmarshal(der, &params); err != nil {
		return nil, fmt.Errorf("reading the PBMAC1 parameters: %w", err)
	}
	mac, ok := prfs[params.MAC.Algorithm.String()]
	if !ok {
		return nil, fmt.Errorf("%w: PBMAC1 with %s", ErrUnsupported, params.MAC.Algorithm)
	}
	scheme, derive, err := readKDF(params.KDF)
	r.MAC = MAC{Digest: mac.name, PBMAC1: true, Iterations: scheme.Iterations}
	if err != nil {
		return nil, err
	}
	return func(p passwordForms, safe []byte) ([]byte, error) {
		key, err := derive(p.utf8, mac.new().Size())
		if err != nil {
			return nil, fmt.Errorf("deriving the PBMAC1 key: %w", err)
		}
		return macSum(mac.new, key, safe), nil
	}, nil
}

func (r *p12Reader) readSafes(safe []byte) error {
	der, err := cms.ToDER(safe)
	if err != nil {
		return fmt.Errorf("reading the safes of the PKCS#12 file: %w", err)
	}
	var contents []contentInfo
	if err := unmarshal(der, &contents); err != nil {
		return fmt.Errorf("reading the safes of the PKCS#12 file: %w", err)
	}
	for _, c := range contents {
		plain, scheme, err := r.openSafe(c)
		if err != nil {
			return err
		}
		r.Safes = append(r.Safes, scheme)
		if r.Locked && scheme.Name != "none" {
			continue
		}
		if err := r.readBags(plain, scheme, 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *p12Reader) openSafe(c contentInfo) ([]byte, Scheme, error) {
	switch c.Type.String() {
	case oidData:
		var plain []byte
		err := unmarshal(c.Content.Bytes, &plain)
		return plain, Scheme{Name: "none"}, err
	case oidEncryptedData:
		var data struct {
			Version int
			Content struct {
				Type      asn1.ObjectIdentifier
				Algorithm pkix.AlgorithmIdentifier
				Data      asn1.RawValue `asn1:"tag:0,optional"`
			}
		}
		if err := unmarshal(c.Content.Bytes, &data); err != nil {
			return nil, Scheme{}, fmt.Errorf("reading an encrypted safe: %w", err)
		}
		content, err := joinOctets(data.Content.Data)
		if err != nil {
			return nil, Scheme{}, fmt.Errorf("reading an encrypted safe: %w", err)
		}
		return r.decrypt(data.Content.Algorithm, content)
	case oidEnvelopedData:
		return nil, Scheme{}, fmt.Errorf("%w: a safe encrypted for a certificate in place of a password", ErrUnsupported)
	}
	return nil, Scheme{}, fmt.Errorf("%w: a safe of type %s", ErrUnsupported, c.Type)
}

// joinOctets reads an implicitly tagged OCTET STRING. In BER it may come in
// pieces, and its tag no longer says so, which is why only the reader of the
// structure can join them.
func joinOctets(v asn1.RawValue) ([]byte, error) {
	if !v.IsCompound {
		return v.Bytes, nil
	}
	var joined []byte
	for rest := v.Bytes; len(rest) > 0; {
		var piece []byte
		var err error
		if rest, err = asn1.Unmarshal(rest, &piece); err != nil {
			return nil, err
		}
		joined = append(joined, piece...)
	}
	return joined, nil
}

// decrypt opens one encrypted part. Of a locked file it tells only the scheme.
func (r *p12Reader) decrypt(alg pkix.AlgorithmIdentifier, data []byte) ([]byte, Scheme, error) {
	if r.Locked {
		key, err := readScheme(alg)
		return nil, key.Scheme, exceptIterations(err)
	}
	plain, scheme, err := decryptPBE(alg, data, r.password, &r.budget)
	if errors.Is(err, ErrPassword) && !r.noMAC {
		return nil, scheme, fmt.Errorf("%w: the password fits the file's MAC, but not the part encrypted with %s", ErrUnsupported, scheme)
	}
	return plain, scheme, err
}

// decryptPBE opens one encrypted part.
func decryptPBE(alg pkix.AlgorithmIdentifier, data []byte, p passwordForms, b *budget) ([]byte, Scheme, error) {
	key, err := readScheme(alg)
	if err != nil {
		return nil, Scheme{}, err
	}
	if err := b.spend(key.Iterations); err != nil {
		return nil, key.Scheme, err
	}
	plain, err := key.decrypt(p, data)
	return plain, key.Scheme, err
}

func (r *p12Reader) readBags(plain []byte, scheme Scheme, depth int) error {
	if depth > maxSafeDepth {
		return fmt.Errorf("%w: safes more than %d deep", ErrUnsupported, maxSafeDepth)
	}
	der, err := cms.ToDER(plain)
	if err != nil {
		return r.garbage("reading the bags of a safe", err)
	}
	var bags []safeBag
	if err := unmarshal(der, &bags); err != nil {
		return r.garbage("reading the bags of a safe", err)
	}
	for _, bag := range bags {
		if err := r.readBag(bag, scheme, depth); err != nil {
			return err
		}
	}
	return nil
}

// garbage explains what came out of decryption: without a MAC, one wrong
// password in 256 gives padding that looks right.
func (r *p12Reader) garbage(doing string, err error) error {
	if r.noMAC {
		return ErrPassword
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func (r *p12Reader) readBag(bag safeBag, scheme Scheme, depth int) error {
	name, id := bag.names()
	switch bag.Type.String() {
	case oidKeyBag:
		return r.addKey(bag.Value.Bytes, P12Key{Scheme: Scheme{Name: "none"}, FriendlyName: name, LocalKeyID: id})
	case oidShroudedBag:
		plain, keyScheme, err := r.openPKCS8(bag.Value.Bytes)
		if err != nil {
			return fmt.Errorf("opening the key: %w", err)
		}
		return r.addKey(plain, P12Key{Scheme: keyScheme, FriendlyName: name, LocalKeyID: id})
	case oidCertBag:
		var value struct {
			Type asn1.ObjectIdentifier
			Data []byte `asn1:"tag:0,explicit"`
		}
		if err := unmarshal(bag.Value.Bytes, &value); err != nil || value.Type.String() != oidX509Cert {
			return fmt.Errorf("%w: a certificate bag that holds no X.509 certificate", ErrUnsupported)
		}
		cert, err := ParseCertificate(value.Data)
		if err != nil {
			return fmt.Errorf("reading a certificate: %w", err)
		}
		r.Certificates = append(r.Certificates, P12Certificate{cert, scheme, name, id})
	case oidSafeBag:
		return r.readBags(bag.Value.Bytes, scheme, depth+1)
	}
	return nil // CRLs and secrets are no part of an identity
}

func (r *p12Reader) openPKCS8(der []byte) ([]byte, Scheme, error) {
	var encrypted struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if err := unmarshal(der, &encrypted); err != nil {
		return nil, Scheme{}, err
	}
	return r.decrypt(encrypted.Algorithm, encrypted.Data)
}

func (r *p12Reader) addKey(der []byte, key P12Key) error {
	if !r.Locked {
		key.Key, key.Err = parseKey(der)
	}
	if key.Err != nil && r.noMAC {
		return ErrPassword // garbage, most likely
	}
	r.Keys = append(r.Keys, key)
	return nil
}

// parseKey reads an unencrypted private key in any of its three DER forms.
func parseKey(der []byte) (crypto.Signer, error) {
	var key any
	var err error
	if key, err = x509.ParsePKCS8PrivateKey(der); err != nil {
		if rsaKey, rsaErr := x509.ParsePKCS1PrivateKey(der); rsaErr == nil {
			key, err = rsaKey, nil
		} else if ecKey, ecErr := x509.ParseECPrivateKey(der); ecErr == nil {
			key, err = ecKey, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the private key (Go says: %v)", ErrUnsupported, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: a private key of type %T, which cannot sign", ErrUnsupported, key)
	}
	return signer, nil
}

// names reads friendlyName (a BMPString) and localKeyID of a bag.
func (b safeBag) names() (friendlyName string, localKeyID []byte) {
	for _, a := range b.Attributes {
		var value asn1.RawValue
		if _, err := asn1.Unmarshal(a.Values.Bytes, &value); err != nil {
			continue
		}
		switch a.Type.String() {
		case oidFriendlyName:
			friendlyName = bmpText(value.Bytes)
		case oidLocalKeyID:
			localKeyID = value.Bytes
		}
	}
	return friendlyName, localKeyID
}

func bmpText(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}
