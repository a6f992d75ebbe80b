package profiles

import (
	"bytes"
	"encoding/base64"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
)

// pemKey ends the first line of every private key in PEM (RFC 7468 10 and 11, and the
// older forms of OpenSSL and OpenSSH).
const pemKey = "PRIVATE KEY-----"

// MaxKeySearch is how many bytes of what looks like keys [HoldsKey] looks into. Beyond
// them it gives up, so that no file keeps it busy.
const MaxKeySearch = 32 << 20

// HoldsKey reports whether there is a private key anywhere in data, which may be text or
// not: in PEM, locked or not; in DER, as PKCS#8 (RFC 5208, locked or not), PKCS#1
// (RFC 8017), SEC 1 (RFC 5915) or OpenSSL's form for DSA; or a PKCS#12 file, of which
// nobody can tell without its password whether it has a key. Each of these counts in
// base64 as well, of either alphabet (RFC 4648), padded or not, with blanks and line
// breaks in it, and with other text around it.
func HoldsKey(data []byte) bool {
	s := keySearch{left: MaxKeySearch}
	if bytes.Contains(data, []byte(pemKey)) || s.inBytes(data) {
		return true
	}
	text := oneLine(data)
	for before := range base64Group {
		if bytes.Contains(text, inBase64(pemKey, before)) {
			return true
		}
	}
	return s.inBase64(text)
}

// base64Group is how many bytes base64 writes as four letters.
const base64Group = 3

// inBase64 is the base64 of a text behind so many bytes that are not known, less the
// letters that what stands around it has a part in.
func inBase64(text string, before int) []byte {
	const bits, letter = 8, 6
	all := base64.RawStdEncoding.AppendEncode(nil, append(make([]byte, before), text...))
	first := (before*bits + letter - 1) / letter
	last := (before + len(text)) * bits / letter
	return all[first:last]
}

// oneLine takes blanks and line breaks out of a text, and turns the alphabet for URLs
// into the standard one.
func oneLine(data []byte) []byte {
	line := make([]byte, 0, len(data))
	for _, c := range data {
		switch c {
		case ' ', '\t', '\r', '\n', '\v', '\f':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		line = append(line, c)
	}
	return line
}

// keySearch looks for keys, as long as there is anything left to spend.
type keySearch struct{ left int }

// headSize is enough for what a key begins with: a tag and a length of at most five
// bytes, and the beginning of the first field.
const headSize = 9

// sequence is the tag that all keys in DER begin with.
const sequence = 0x30

// inBytes looks for keys that stand in data as they are.
func (s *keySearch) inBytes(data []byte) bool {
	for i := 0; i < len(data) && s.left > 0; i++ {
		next := bytes.IndexByte(data[i:], sequence)
		if next < 0 {
			return false
		}
		i += next
		size, ok := keySize(data[i:min(i+headSize, len(data))])
		if !ok || size > len(data)-i {
			continue
		}
		if size == 0 {
			size = len(data) - i
		}
		if s.left -= size; isKey(data[i : i+size]) {
			return true
		}
	}
	return false
}

// inBase64 looks for keys in base64. Whatever stands before and behind one, it begins
// with the letters of its first bytes, and its length is in them.
func (s *keySearch) inBase64(text []byte) bool {
	const head = headSize / base64Group * 4 // letters
	for i := 0; i < len(text) && s.left > 0; i++ {
		next := bytes.IndexByte(text[i:], 'M') // the first six bits of a sequence
		if next < 0 {
			return false
		}
		i += next
		first, err := base64.RawStdEncoding.DecodeString(string(text[i:min(i+head, len(text))]))
		if err != nil {
			continue
		}
		size, ok := keySize(first)
		if !ok {
			continue
		}
		letters := base64.RawStdEncoding.EncodedLen(size)
		if size == 0 {
			letters = lettersOf(text[i:])
		}
		if letters > len(text)-i {
			continue
		}
		s.left -= letters
		if der, err := base64.RawStdEncoding.DecodeString(string(text[i : i+letters])); err == nil && isKey(der) {
			return true
		}
	}
	return false
}

// lettersOf counts the letters of base64 that a text begins with.
func lettersOf(text []byte) int {
	n := bytes.IndexFunc(text, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '+' || r == '/')
	})
	if n < 0 {
		return len(text)
	}
	return n
}

// keySize is the size of what begins like a key in DER, and ok whether it does: a
// sequence whose first field is a number of one byte, or for a locked key a short sequence
// that begins with an object identifier.
// The size is 0 where the encoding leaves it open, as BER may.
func keySize(head []byte) (size int, ok bool) {
	const long, open = 0x80, 0x80 // the length is in so many bytes that follow (X.690 8.1.3)
	if len(head) < 2 || head[0] != sequence {
		return 0, false
	}
	body := head[2:]
	switch n := int(head[1]); {
	case n == open:
	case n < long:
		size = len(head[:2]) + n
	case n-long > 4 || n-long > len(body):
		return 0, false
	default:
		for _, b := range body[:n-long] {
			size = size<<8 | int(b)
		}
		body = body[n-long:]
		size += len(head) - len(body)
	}
	if size > MaxKeySearch || len(body) < 3 {
		return 0, false
	}
	locked := body[0] == sequence && body[1] < long && body[2] == byte(asn1.OBJECT_IDENTIFIER)
	return size, locked || body[0] == byte(asn1.INTEGER) && body[1] == 1
}

// Versions of the forms of keys.
const (
	versionSEC1   = 1
	versionPKCS12 = 3
)

// isKey reports whether data is a private key in DER, or a PKCS#12 file. Go's own parsers
// would pass over keys of curves that they don't know.
func isKey(data []byte) bool {
	in := cryptobyte.String(data)
	var body cryptobyte.String
	var version int
	if !in.ReadASN1(&body, asn1.SEQUENCE) || body.PeekASN1Tag(asn1.SEQUENCE) {
		return isLocked(data) || isPKCS12(data)
	}
	switch {
	case !body.ReadASN1Integer(&version):
		return false
	case version == versionPKCS12:
		return isPKCS12(data)
	case body.PeekASN1Tag(asn1.SEQUENCE): // PKCS#8
		var algorithm cryptobyte.String
		return body.ReadASN1(&algorithm, asn1.SEQUENCE) && algorithm.PeekASN1Tag(asn1.OBJECT_IDENTIFIER) && body.PeekASN1Tag(asn1.OCTET_STRING)
	case version == versionSEC1 && body.PeekASN1Tag(asn1.OCTET_STRING):
		parameters, public := asn1.Tag(0).Constructed().ContextSpecific(), asn1.Tag(1).Constructed().ContextSpecific()
		return body.SkipASN1(asn1.OCTET_STRING) && (body.PeekASN1Tag(parameters) || body.PeekASN1Tag(public))
	}
	return areNumbers(body)
}

func isPKCS12(data []byte) bool {
	_, err := certs.OutlinePKCS12(data)
	return err == nil
}

// areNumbers reports whether there are as many large numbers as a key of RSA or DSA has
// behind its version.
func areNumbers(body cryptobyte.String) bool {
	const smallest = 32       // bytes of the modulus, or of the prime
	const ofDSA, ofRSA = 5, 8 // numbers
	var number cryptobyte.String
	count := 0
	for ; body.PeekASN1Tag(asn1.INTEGER); count++ {
		if !body.ReadASN1(&number, asn1.INTEGER) || count == 0 && len(number) < smallest {
			return false
		}
	}
	return count == ofRSA || count == ofDSA && body.Empty()
}

// Arcs under which the ciphers of locked keys are: PKCS#5 (RFC 8018) and those of
// PKCS#12 (RFC 7292 C).
var lockArcs = [][]byte{
	{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05},
	{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01},
}

// isLocked reports whether data is a locked private key (EncryptedPrivateKeyInfo).
func isLocked(data []byte) bool {
	in := cryptobyte.String(data)
	var body, algorithm, cipher cryptobyte.String
	if !in.ReadASN1(&body, asn1.SEQUENCE) || !body.ReadASN1(&algorithm, asn1.SEQUENCE) ||
		!algorithm.ReadASN1(&cipher, asn1.OBJECT_IDENTIFIER) || !body.PeekASN1Tag(asn1.OCTET_STRING) {
		return false
	}
	for _, arc := range lockArcs {
		if bytes.HasPrefix(cipher, arc) {
			return true
		}
	}
	return false
}
