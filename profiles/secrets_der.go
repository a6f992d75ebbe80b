package profiles

import "bytes"

// Tags of DER (X.690 8.1.2) that keys have.
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagIdentifier  = 0x06
	tagSequence    = 0x30
	tagParameters  = 0xa0 // of SEC 1
	tagPublic      = 0xa1 // of SEC 1
)

// headSize is enough for the head of a field, which is a tag and a length of at most five
// bytes, and for the object identifiers that are compared.
const headSize = 16

// outline is DER, or BER with a length left open, of which the heads of fields are read
// and their contents passed over.
type outline struct {
	size int // bytes that are there
	// read copies what stands from a byte on, below size, into head, and returns that.
	read func(at int, head *[headSize]byte) []byte
}

// field is one field: its contents stand from body to end.
type field struct {
	tag       byte
	body, end int
}

// field reads the head of a field that has to end before limit. One whose length is left
// open goes as far as that. Without one that fits, its tag is 0.
func (o outline) field(at, limit int) field {
	const long = 0x80 // and the number of bytes of the length that follow; none leaves it open (X.690 8.1.3)
	const maxLong = 4
	var space [headSize]byte
	if at >= limit {
		return field{}
	}
	head := o.read(at, &space)
	if len(head) < 2 {
		return field{}
	}
	f := field{tag: head[0], body: at + 2}
	switch n := int(head[1]); {
	case n == long:
		f.end = limit
		return f
	case n < long:
		f.end = f.body + n
	case n-long > maxLong || n-long > len(head)-2:
		return field{}
	default:
		size := 0
		for _, b := range head[2 : 2+n-long] {
			size = size<<8 | int(b)
		}
		f.body += n - long
		if size < 0 || size > limit-f.body {
			return field{}
		}
		f.end = f.body + size
	}
	if f.end > limit {
		return field{}
	}
	return f
}

// starts reports whether the contents of a field begin so.
func (o outline) starts(f field, with []byte) bool {
	var space [headSize]byte
	return f.end-f.body >= len(with) && bytes.HasPrefix(o.read(f.body, &space), with)
}

// isKey reports whether a private key, or a PKCS#12 file, begins there, and is there as a
// whole.
func isKey(o outline) bool {
	outer := o.field(0, o.size)
	if outer.tag != tagSequence {
		return false
	}
	first := o.field(outer.body, outer.end)
	if first.tag == tagSequence {
		return o.isLocked(first, outer.end)
	}
	if first.tag != tagInteger || first.end-first.body != 1 {
		return false
	}
	const versionSEC1 = 1
	second := o.field(first.end, outer.end)
	switch second.tag {
	case tagSequence:
		return o.isPKCS12(first, second) || o.field(second.body, second.end).tag == tagIdentifier && o.field(second.end, outer.end).tag == tagOctetString // PKCS#8
	case tagOctetString:
		third := o.field(second.end, outer.end).tag
		return o.starts(first, []byte{versionSEC1}) && (third == tagParameters || third == tagPublic)
	case tagInteger:
		return o.areNumbers(second, outer.end)
	}
	return false
}

// pkcs7Arc is the arc of the types of contents that a PKCS#12 file has (RFC 7292 4:
// data, or what is signed).
var pkcs7Arc = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07}

// isPKCS12 reports whether a version and what follows it begin a PKCS#12 file.
func (o outline) isPKCS12(version, contents field) bool {
	const versionPKCS12 = 3
	kind := o.field(contents.body, contents.end)
	return o.starts(version, []byte{versionPKCS12}) && kind.tag == tagIdentifier && o.starts(kind, pkcs7Arc)
}

// areNumbers reports whether there are as many large numbers as a key of RSA or DSA has
// behind its version.
func (o outline) areNumbers(number field, limit int) bool {
	const smallest = 32       // bytes of the modulus, or of the prime
	const ofDSA, ofRSA = 5, 8 // numbers
	if number.end-number.body < smallest {
		return false
	}
	count := 0
	end := 0
	for ; number.tag == tagInteger && count < ofRSA; count++ {
		end = number.end
		number = o.field(end, limit)
	}
	return count == ofRSA || count == ofDSA && end == limit
}

// Arcs under which the ciphers of locked keys are: PKCS#5 (RFC 8018) and those of
// PKCS#12 (RFC 7292 C).
var lockArcs = [][]byte{
	{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05},
	{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01},
}

// isLocked reports whether the algorithm is that of a locked private key
// (EncryptedPrivateKeyInfo), and the key follows.
func (o outline) isLocked(algorithm field, limit int) bool {
	cipher := o.field(algorithm.body, algorithm.end)
	if cipher.tag != tagIdentifier || o.field(algorithm.end, limit).tag != tagOctetString {
		return false
	}
	for _, arc := range lockArcs {
		if o.starts(cipher, arc) {
			return true
		}
	}
	return false
}
