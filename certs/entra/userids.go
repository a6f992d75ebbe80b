package entra

import (
	"crypto/sha1"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
)

// Field is a field of a certificate that a username binding may start from.
type Field string

// The fields, as the tenant's policy names them. The first four are of low
// affinity, the others of high.
const (
	PrincipalName         Field = "PrincipalName"
	RFC822Name            Field = "RFC822Name"
	IssuerAndSubject      Field = "IssuerAndSubject"
	Subject               Field = "Subject"
	SubjectKeyIdentifier  Field = "SubjectKeyIdentifier"
	SHA1PublicKey         Field = "SHA1PublicKey"
	IssuerAndSerialNumber Field = "IssuerAndSerialNumber"
)

// Fields are all of them.
func Fields() []Field {
	return []Field{PrincipalName, RFC822Name, IssuerAndSubject, Subject, SubjectKeyIdentifier, SHA1PublicKey, IssuerAndSerialNumber}
}

// UserID is one string that ties a certificate to an account, when it is put
// into the account's certificateUserIds.
type UserID struct {
	Field Field
	Value string
	Note  string // what is not certain about its form; mostly ""
}

// idPrefix starts every one of the strings; it and the tags after it are
// case-sensitive.
const idPrefix = "X509:"

// Notes on forms that Microsoft's pages and its own module
// (Get-MsIdCBACertificateUserIdFromCertificate) write differently. Which of
// them Entra ID takes besides the documented one is not known.
const (
	noteHex    = "Microsoft's module writes the hex in upper case"
	noteKey    = "this is the SHA-1 of the public key, as documented; Microsoft's module writes the certificate's thumbprint here"
	noteSerial = "the bytes are reversed, as documented; Microsoft's module writes them in the order in which the certificate is shown"
	noteSpaces = "Microsoft's page says to add no spaces and shows a name without any; its module keeps those within a value, as here"
	noteNames  = "how Entra ID writes such a name (special characters, several values in one part, an unnamed attribute) is not documented"
)

// CertificateUserIDs writes the strings for certificateUserIds that a
// certificate gives, in the order in which Microsoft documents them: a field
// that the certificate lacks gives none, one of which it has several values
// gives several.
//
// Names are in the order of the certificate's DER, parts separated by commas
// without spaces; serial numbers have their bytes reversed; SHA1PublicKey is
// over the key bits alone (RFC 5280 4.2.1.2, method 1), not the thumbprint.
func CertificateUserIDs(c *certs.Certificate) []UserID {
	var ids []UserID
	add := func(f Field, value, note string) { ids = append(ids, UserID{f, idPrefix + value, note}) }
	for _, upn := range readableValues(c, certs.KindUPN) {
		add(PrincipalName, "<PN>"+upn, "")
	}
	for _, mail := range readableValues(c, certs.KindEmail) {
		add(RFC822Name, "<RFC822>"+mail, "")
	}
	issuer, subject := readName(c.RawIssuer), readName(c.RawSubject)
	add(IssuerAndSubject, "<I>"+issuer.text+"<S>"+subject.text, issuer.note(subject))
	add(Subject, "<S>"+subject.text, subject.note(subject))
	if len(c.SubjectKeyID) > 0 {
		add(SubjectKeyIdentifier, "<SKI>"+hex.EncodeToString(c.SubjectKeyID), noteHex)
	}
	if key := keyBits(c); key != nil {
		add(SHA1PublicKey, fmt.Sprintf("<SHA1-PUKEY>%x", sha1.Sum(key)), noteKey)
	}
	if serial := serialBytes(c); serial != nil {
		slices.Reverse(serial)
		add(IssuerAndSerialNumber, "<I>"+issuer.text+"<SR>"+hex.EncodeToString(serial), join(noteSerial, issuer.note(issuer)))
	}
	return ids
}

// join puts notes together, each once.
func join(notes ...string) string {
	var kept []string
	for _, n := range notes {
		if n != "" && !slices.Contains(kept, n) {
			kept = append(kept, n)
		}
	}
	return strings.Join(kept, "; ")
}

// readableValues are the names of a kind that could be read as text.
func readableValues(c *certs.Certificate, kind certs.NameKind) []string {
	return slices.DeleteFunc(c.Values(kind), func(v string) bool { return v == "" || strings.HasPrefix(v, "#") })
}

// keyBits is the content of the certificate's subjectPublicKey, or nil.
func keyBits(c *certs.Certificate) []byte {
	var info, algorithm cryptobyte.String
	var bits asn1.BitString
	input := cryptobyte.String(c.RawKey)
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !info.ReadASN1BitString(&bits) {
		return nil
	}
	return bits.Bytes
}

// serialBytes is the serial number as the certificate encodes it, with the zero
// before a first bit that is set: Windows shows it so too.
func serialBytes(c *certs.Certificate) []byte {
	var outer, tbs, serial cryptobyte.String
	input := cryptobyte.String(c.Raw)
	if !input.ReadASN1(&outer, cbasn1.SEQUENCE) || !outer.ReadASN1(&tbs, cbasn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(cbasn1.Tag(0).Constructed().ContextSpecific()) || !tbs.ReadASN1(&serial, cbasn1.INTEGER) {
		return nil
	}
	return slices.Clone(serial)
}

// name is a distinguished name as text.
type name struct {
	text            string
	spaces, unusual bool // see noteSpaces and noteNames
}

// note says what is not certain about the text of one of the two names.
func (n name) note(other name) string {
	var notes []string
	if n.spaces || other.spaces {
		notes = append(notes, noteSpaces)
	}
	if n.unusual || other.unusual {
		notes = append(notes, noteNames)
	}
	return join(notes...)
}

// attribute is one part of a name, its value of any string type. The name of
// the type below it makes encoding/asn1 read a SET.
type (
	attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	attributeSET []attribute
)

// attributeNames are the names that Windows gives the types of attributes
// (CertNameToStr with CERT_X500_NAME_STR).
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "S",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.42": "G", "2.5.4.43": "I",
	"0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "E",
}

// readName writes a DER name in its own order: the country or domain first, the
// common name last.
func readName(der []byte) name {
	var rdns []attributeSET
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		return name{text: hex.EncodeToString(der), unusual: true}
	}
	var n name
	parts := make([]string, len(rdns))
	for i, rdn := range rdns {
		values := make([]string, len(rdn))
		for j, a := range rdn {
			values[j] = n.attribute(a)
		}
		n.unusual = n.unusual || len(rdn) != 1
		parts[i] = strings.Join(values, "+")
	}
	n.text = strings.Join(parts, ",")
	return n
}

// attribute writes one part of the name, and notes what is uncommon about it.
func (n *name) attribute(a attribute) string {
	key, known := attributeNames[a.Type.String()]
	if !known {
		key, n.unusual = "OID."+a.Type.String(), true
	}
	var value any
	_, err := asn1.Unmarshal(a.Value.FullBytes, &value)
	text, isText := value.(string)
	switch {
	case err != nil || !isText:
		n.unusual = true
		return key + "=#" + hex.EncodeToString(a.Value.FullBytes)
	case printable(text) != text:
		n.unusual = true
		return key + "=" + printable(text)
	}
	n.spaces = n.spaces || strings.Contains(text, " ")
	if strings.ContainsAny(text, `,+="<>#;`) || text != strings.TrimSpace(text) { // what Windows quotes
		n.unusual = true
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return key + "=" + text
}

// foldID is one of the strings in the form in which two that mean the same are
// equal: letter case counts in the prefix and its tags only.
func foldID(id string) string {
	id = strings.TrimSpace(id)
	var b strings.Builder
	b.Grow(len(id))
	for id != "" {
		start := strings.IndexByte(id, '<')
		if b.Len() == 0 && strings.HasPrefix(id, idPrefix) {
			b.WriteString(idPrefix)
			id = id[len(idPrefix):]
			continue
		}
		end := strings.IndexByte(id, '>')
		if start != 0 || end < 0 {
			if start <= 0 {
				start = len(id)
			}
			b.WriteString(strings.ToLower(id[:start]))
			id = id[start:]
			continue
		}
		b.WriteString(id[:end+1])
		id = id[end+1:]
	}
	return b.String()
}
