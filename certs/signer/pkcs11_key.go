//go:build pkcs11 && cgo

package signer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"net/url"

	"github.com/miekg/pkcs11"

	"github.com/easkit/easkit/certs"
)

// object is an object on a token, with what ties keys and certificates together.
type object struct {
	handle    pkcs11.ObjectHandle
	id, label []byte
	value     []byte // of a certificate
}

// signer makes a signer of the one key that the URI names, and of its certificate.
func (t *token) signer(u tokenURI, o Options, pin certs.Password) (*Signer, error) {
	key, err := t.key(u)
	if err != nil {
		return nil, err
	}
	stored, err := t.list(pkcs11.CKO_CERTIFICATE, pkcs11.NewAttribute(pkcs11.CKA_CERTIFICATE_TYPE, pkcs11.CKC_X_509))
	if err != nil {
		return nil, t.failed("listing the certificates of", err)
	}
	pool := append([]*certs.Certificate{}, o.Chain...)
	var beside []*certs.Certificate
	for _, s := range stored {
		c, err := certs.ParseCertificate(s.value)
		if err != nil {
			continue // other objects of the token are none of ours
		}
		pool = append(pool, c)
		if s.belongsTo(key) {
			beside = append(beside, c)
		}
	}
	leaf, err := t.certificate(key, beside, o.Chain)
	if err != nil {
		return nil, err
	}
	signs := &tokenKey{token: t, handle: key.handle, public: leaf.PublicKey, eachTime: t.flag(key.handle, pkcs11.CKA_ALWAYS_AUTHENTICATE)}
	if signs.eachTime {
		t.pin = pin
	}
	return New(&certs.Identity{Leaf: leaf, Key: signs, Chain: certs.BuildChain(leaf, pool)})
}

// key finds the one private key that the URI names.
func (t *token) key(u tokenURI) (object, error) {
	var named []*pkcs11.Attribute
	if u.object != "" {
		named = append(named, pkcs11.NewAttribute(pkcs11.CKA_LABEL, u.object))
	}
	if u.id != "" {
		named = append(named, pkcs11.NewAttribute(pkcs11.CKA_ID, []byte(u.id)))
	}
	keys, err := t.list(pkcs11.CKO_PRIVATE_KEY, named...)
	switch {
	case err != nil:
		return object{}, t.failed("listing the keys of", err)
	case len(keys) == 0:
		return object{}, &Error{Kind: ErrKey, Text: fmt.Sprintf("the token %q holds no private key of that name", t.info.Label),
			Hint: "name it by object=LABEL or id=%XX: pkcs11-tool --login --list-objects --type privkey"}
	case len(keys) > 1:
		var names string
		for _, k := range keys {
			names += fmt.Sprintf(" object=%s;id=%s", url.PathEscape(string(k.label)), escapeID(k.id))
		}
		return object{}, &Error{Kind: ErrKey, Text: fmt.Sprintf("the token %q holds %d private keys of that name:%s", t.info.Label, len(keys), names),
			Hint: "name one of them, by its id where the labels are the same"}
	}
	return keys[0], nil
}

// escapeID writes an id as URIs have it.
func escapeID(id []byte) string {
	var b bytes.Buffer
	for _, c := range id {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// belongsTo reports whether a certificate is a key's by the token's own order: they
// have one id, or one label where there is no id (PKCS #11 v2.40 sections 4.6.3, 4.9).
func (c object) belongsTo(key object) bool {
	if len(key.id) > 0 {
		return bytes.Equal(c.id, key.id)
	}
	return len(key.label) > 0 && bytes.Equal(c.label, key.label)
}

// certificate is the key's: the one that was given for it, else the one beside it. A
// token that does not show its public keys leaves the one given that is no CA's;
// whether it is the right one shows when its signature verifies.
func (t *token) certificate(key object, beside, given []*certs.Certificate) (*certs.Certificate, error) {
	var mine, ends []*certs.Certificate
	for _, c := range given {
		if t.holds(key, c) {
			mine = append(mine, c)
		}
		if !c.IsCA {
			ends = append(ends, c)
		}
	}
	for _, found := range [][]*certs.Certificate{mine, beside, ends} {
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return nil, &Error{Kind: ErrKey, Text: fmt.Sprintf("%d certificates may be the key's on the token %q", len(found), t.info.Label),
				Hint: "give the one to sign with by --signer-chain FILE, with its intermediates and no other"}
		}
	}
	return nil, &Error{Kind: ErrKey, Text: fmt.Sprintf("there is no certificate for the key on the token %q", t.info.Label),
		Hint: "give it with --signer-chain FILE, or store it under the key's id: pkcs11-tool --write-object FILE --type cert --id XX"}
}

// holds reports whether a certificate's key is the one on the token, as far as that
// shows it.
func (t *token) holds(key object, c *certs.Certificate) bool {
	var found []object
	switch public := c.PublicKey.(type) {
	case *rsa.PublicKey:
		found, _ = t.list(pkcs11.CKO_PRIVATE_KEY, pkcs11.NewAttribute(pkcs11.CKA_MODULUS, public.N.Bytes()), pkcs11.NewAttribute(pkcs11.CKA_ID, key.id))
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return false
		}
		// PKCS #11 v2.40 section 2.3.3 of its mechanisms: the point in an OCTET STRING.
		wrapped, err := asn1.Marshal(point)
		if err != nil {
			return false
		}
		found, _ = t.list(pkcs11.CKO_PUBLIC_KEY, pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, wrapped), pkcs11.NewAttribute(pkcs11.CKA_ID, key.id))
	}
	return len(found) > 0
}

// list finds objects of a class.
func (t *token) list(class uint, also ...*pkcs11.Attribute) ([]object, error) {
	template := append([]*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, class)}, also...)
	if err := t.module.FindObjectsInit(t.session, template); err != nil {
		return nil, err
	}
	handles, _, err := t.module.FindObjects(t.session, maxObjects)
	if end := t.module.FindObjectsFinal(t.session); err == nil {
		err = end
	}
	if err != nil {
		return nil, err
	}
	objects := make([]object, len(handles))
	for i, h := range handles {
		objects[i] = object{handle: h, id: t.attribute(h, pkcs11.CKA_ID), label: t.attribute(h, pkcs11.CKA_LABEL)}
		if class == pkcs11.CKO_CERTIFICATE {
			objects[i].value = t.attribute(h, pkcs11.CKA_VALUE)
		}
	}
	return objects, nil
}

// attribute is empty where the object has none, which tokens answer with an error.
func (t *token) attribute(h pkcs11.ObjectHandle, kind uint) []byte {
	values, err := t.module.GetAttributeValue(t.session, h, []*pkcs11.Attribute{pkcs11.NewAttribute(kind, nil)})
	if err != nil || len(values) != 1 {
		return nil
	}
	return values[0].Value
}

// flag reads an attribute that is a CK_BBOOL, one byte; an object without it says no.
func (t *token) flag(h pkcs11.ObjectHandle, kind uint) bool {
	value := t.attribute(h, kind)
	return len(value) == 1 && value[0] != 0
}

// tokenKey signs on a token.
type tokenKey struct {
	token    *token
	handle   pkcs11.ObjectHandle
	public   crypto.PublicKey
	eachTime bool // the token wants the PIN for every signature
}

// Public is the certificate's key. That it is the token's, too, shows when its
// signature verifies.
func (k *tokenKey) Public() crypto.PublicKey { return k.public }

// digestInfo is what RSA signs (RFC 8017 section 9.2): tokens only pad it.
type digestInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

// digestOIDs are those of RFC 8017 appendix B.1.
var digestOIDs = []struct {
	hash crypto.Hash
	oid  asn1.ObjectIdentifier
}{
	{crypto.SHA256, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}},
	{crypto.SHA384, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}},
	{crypto.SHA512, asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}},
}

// Sign has a digest signed: RSA by PKCS #1 v1.5, or ECDSA.
func (k *tokenKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if err := checkDigest(digest, opts); err != nil {
		return nil, err
	}
	if _, rsa := k.public.(*rsa.PublicKey); !rsa {
		raw, err := k.sign(pkcs11.CKM_ECDSA, digest)
		if err != nil {
			return nil, err
		}
		return ecdsaDER(raw)
	}
	for _, d := range digestOIDs {
		if d.hash != opts.HashFunc() {
			continue
		}
		info, err := asn1.Marshal(digestInfo{pkix.AlgorithmIdentifier{Algorithm: d.oid, Parameters: asn1.NullRawValue}, digest})
		if err != nil {
			return nil, fmt.Errorf("encoding the digest: %w", err)
		}
		return k.sign(pkcs11.CKM_RSA_PKCS, info)
	}
	return nil, fmt.Errorf("%w: no signatures over %v are made on a token", ErrKey, opts.HashFunc())
}

func (k *tokenKey) sign(mechanism uint, data []byte) ([]byte, error) {
	t := k.token
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended != nil {
		return nil, t.ended
	}
	if err := t.module.SignInit(t.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, k.handle); err != nil {
		return nil, t.failed("signing on", err)
	}
	if k.eachTime {
		if err := t.module.Login(t.session, pkcs11.CKU_CONTEXT_SPECIFIC, string(t.pin)); err != nil {
			// The session is left in an operation that PKCS #11 v2.40 can't end otherwise.
			t.end(t.failed("logging in to sign on", err))
			return nil, t.ended
		}
	}
	signature, err := t.module.Sign(t.session, data)
	if err != nil {
		return nil, t.failed("signing on", err)
	}
	return signature, nil
}
