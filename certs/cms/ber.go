package cms

import (
	"bytes"
	"encoding/binary"
	"slices"
)

const (
	// MaxSize is the largest message, in bytes, that is read or written. A profile
	// is some kilobytes; a bundle of a thousand CAs is two megabytes.
	MaxSize = 16 << 20
	// MaxDepth is how many values may stand inside one another. A signed message
	// with its certificates needs about a dozen levels.
	MaxDepth = 64
)

// Identifier and length octets, X.690 section 8.1.
const (
	classMask      = 0xc0
	constructedBit = 0x20
	numberMask     = 0x1f // all ones: the tag number follows in octets of its own
	longLength     = 0x80 // on its own: the length is indefinite
	maxTagOctets   = 4    // after the first; 28 bits, as encoding/asn1 reads
)

// Universal tag numbers, X.680 section 8.6.
const (
	tagEndOfContents = 0
	tagBitString     = 3
	tagOctetString   = 4
	tagOID           = 6
	tagSequence      = 16
)

// Sets of universal tag numbers, one bit each, that have one form only (X.690
// section 8), and those whose constructed form is a string in pieces.
const (
	primitiveOnly   uint32 = 1<<1 | 1<<2 | 1<<5 | 1<<6 | 1<<9 | 1<<10 | 1<<13
	constructedOnly uint32 = 1<<8 | 1<<11 | 1<<16 | 1<<17 | 1<<29
	stringTags      uint32 = 1<<tagBitString | 1<<tagOctetString | 1<<7 | 1<<12 | (1<<29 - 1<<18) | 1<<30
)

// ToDER rewrites one BER value, with indefinite or overlong lengths or strings in
// pieces, in the definite, minimal, unbroken form of DER. What was in that form
// already is returned as it is, not copied. The content of primitive values and the
// order of sets stay as they are, so the result is DER only if these were. A string
// in pieces under an implicit tag looks like any other tagged value and keeps its
// pieces.
//
// Errors are ErrMalformed, ErrTrailing, ErrTooLarge and ErrTooDeep. Time and memory
// grow with the size of the input: each byte is moved at most once per level.
func ToDER(ber []byte) ([]byte, error) {
	der, err := convert(ber)
	if err == nil && bytes.Equal(der, ber) {
		return ber, nil
	}
	return der, err
}

// convert is ToDER, except that it always makes a copy.
func convert(ber []byte) ([]byte, error) {
	if err := checkSize(ber); err != nil {
		return nil, err
	}
	c := converter{out: make([]byte, 0, len(ber)+MaxDepth)}
	rest, err := c.value(ber, 0)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, because(ErrTrailing, "%d of %d bytes", len(rest), len(ber))
	}
	// A definite length can take a byte more than an indefinite one.
	if err := checkSize(c.out); err != nil {
		return nil, err
	}
	return c.out, nil
}

func checkSize(b []byte) error {
	if len(b) > MaxSize {
		return because(ErrTooLarge, "%d bytes, the limit is %d", len(b), MaxSize)
	}
	return nil
}

// header is what stands before the content of a value.
type header struct {
	identifier []byte
	length     int // of the content; meaningless if indefinite
	size       int // of the header itself
	indefinite bool
}

func (h header) constructed() bool { return h.identifier[0]&constructedBit != 0 }

// is says whether the value has one of the universal tags in set.
func (h header) is(set uint32) bool {
	first := h.identifier[0]
	return first&classMask == 0 && first&numberMask != numberMask && set>>(first&numberMask)&1 == 1
}

// readHeader reads a header alone: the content may be cut off.
func readHeader(in []byte) (header, error) {
	if len(in) < 2 {
		return header{}, because(ErrMalformed, "a value is cut off")
	}
	tag := 1
	if in[0]&numberMask == numberMask {
		for tag < len(in) && tag < maxTagOctets && in[tag]&0x80 != 0 {
			tag++
		}
		tag++
		// The long form is for numbers from 31, without leading zeros.
		if tag >= len(in) || in[tag-1]&0x80 != 0 || in[1] == 0x80 || tag == 2 && in[1] < numberMask {
			return header{}, because(ErrMalformed, "a tag that is not allowed or cut off: % x", in[:min(tag, len(in))])
		}
	}
	h := header{identifier: in[:tag]}
	if err := h.readLength(in); err != nil {
		return header{}, err
	}
	return h, h.checkForm()
}

// readLength takes the length octets that follow the identifier, minimal or not.
func (h *header) readLength(in []byte) error {
	first, octets := in[len(h.identifier)], in[len(h.identifier)+1:]
	h.size = len(h.identifier) + 1
	if first < longLength {
		h.length = int(first)
		return nil
	}
	if first == longLength {
		h.indefinite = true
		return nil
	}
	count := int(first &^ longLength)
	if count > len(octets) || first == 0xff { // 0xff is reserved, X.690 section 8.1.3.5
		return because(ErrMalformed, "a length is cut off or not allowed")
	}
	h.size += count
	for _, b := range octets[:count] {
		if h.length > MaxSize>>8 {
			h.length = MaxSize + 1 // longer than any input
			break
		}
		h.length = h.length<<8 | int(b)
	}
	return nil
}

// checkForm refuses a primitive value where only a constructed one is allowed, and
// the other way round.
func (h header) checkForm() error {
	switch {
	case h.is(1 << tagEndOfContents):
		return because(ErrMalformed, "an end-of-contents mark out of place")
	case h.constructed() && h.is(primitiveOnly), !h.constructed() && (h.indefinite || h.is(constructedOnly)):
		return because(ErrMalformed, "tag %#02x in a form that is not allowed", h.identifier[0])
	}
	return nil
}

// split cuts a value with a definite length from what follows it.
func (h header) split(in []byte) (body, rest []byte, err error) {
	if in = in[h.size:]; h.length > len(in) {
		return nil, nil, because(ErrMalformed, "a length goes beyond the end, where %d bytes are left", len(in))
	}
	return in[:h.length], in[h.length:], nil
}

// eachChild hands what stands inside a constructed value to visit, which takes one
// value and returns what follows it. The result is what follows the whole.
func (h header) eachChild(in []byte, visit func(in []byte) ([]byte, error)) (rest []byte, err error) {
	body := in[h.size:]
	if !h.indefinite {
		if body, rest, err = h.split(in); err != nil {
			return nil, err
		}
	}
	for h.indefinite || len(body) > 0 {
		if h.indefinite && len(body) >= 2 && body[0] == 0 && body[1] == 0 {
			return body[2:], nil
		}
		if body, err = visit(body); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// converter appends values in their DER form.
type converter struct{ out []byte }

// value converts the first value of in, which stands inside depth others.
func (c *converter) value(in []byte, depth int) (rest []byte, err error) {
	h, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	c.out = append(c.out, h.identifier...)
	mark := len(c.out)
	switch {
	case !h.constructed():
		var body []byte
		if body, rest, err = h.split(in); err != nil {
			return nil, err
		}
		c.out = append(appendLength(c.out, len(body)), body...)
		return rest, nil
	case depth == MaxDepth:
		return nil, because(ErrTooDeep, "the limit is %d levels", MaxDepth)
	case h.is(stringTags):
		c.out[mark-1] &^= constructedBit
		rest, err = c.joined(in, h, depth)
	default:
		rest, err = h.eachChild(in, func(in []byte) ([]byte, error) { return c.value(in, depth+1) })
	}
	if err != nil {
		return nil, err
	}
	var length [5]byte
	c.out = slices.Insert(c.out, mark, appendLength(length[:0], len(c.out)-mark)...)
	return rest, nil
}

// joined appends the content of a string in pieces. The pieces of a bit string are
// bit strings, those of any other string octet strings (X.690 sections 8.6 and 8.23).
func (c *converter) joined(in []byte, h header, depth int) (rest []byte, err error) {
	if h.is(1 << tagBitString) {
		c.out = append(c.out, 0) // the number of unused bits, known with the last piece
		return c.pieces(in, h, tagBitString, len(c.out)-1, depth)
	}
	return c.pieces(in, h, tagOctetString, 0, depth)
}

// pieces appends pieces with the given tag; unused is where the number of unused
// bits stands in a bit string.
func (c *converter) pieces(in []byte, h header, tag, unused, depth int) (rest []byte, err error) {
	if depth == MaxDepth {
		return nil, because(ErrTooDeep, "the limit is %d levels", MaxDepth)
	}
	return h.eachChild(in, func(in []byte) ([]byte, error) {
		piece, err := readHeader(in)
		if err != nil {
			return nil, err
		}
		if !piece.is(1 << tag) {
			return nil, because(ErrMalformed, "tag %#02x inside a string", piece.identifier[0])
		}
		if piece.constructed() {
			return c.pieces(in, piece, tag, unused, depth+1)
		}
		body, rest, err := piece.split(in)
		if err == nil && tag == tagBitString {
			body, err = c.bits(body, unused)
		}
		c.out = append(c.out, body...)
		return rest, err
	})
}

// bits takes the number of unused bits off one piece of a bit string and notes it.
func (c *converter) bits(body []byte, unused int) ([]byte, error) {
	if c.out[unused] != 0 || len(body) == 0 || body[0] > 7 || len(body) == 1 && body[0] != 0 {
		return nil, because(ErrMalformed, "unused bits inside a bit string")
	}
	c.out[unused] = body[0]
	return body[1:], nil
}

// appendLength appends the minimal definite form of a length.
func appendLength(out []byte, n int) []byte {
	if n < longLength {
		return append(out, byte(n))
	}
	var buf [8]byte
	binary.BigEndian.PutUint64(buf[:], uint64(n))
	octets := bytes.TrimLeft(buf[:], "\x00")
	return append(append(out, longLength|byte(len(octets))), octets...)
}
