package crl

import (
	"errors"
	"fmt"
	"hash"
	"io"
)

const (
	// window is how much of a CRL is in memory at a time: enough to make reading
	// cheap, little enough to stay in a processor's cache while it is hashed and
	// parsed.
	window = 128 << 10
	// maxElement bounds what has to be in memory as a whole: a name, an entry, the
	// extensions. Real ones have less than a kilobyte, a partitioned CRL's a few.
	maxElement = 64 << 10
)

// stream is a window on a reader. What is behind the position is forgotten, and
// hashed before where it belongs to what is signed.
type stream struct {
	r        io.Reader
	buf      []byte
	pos, end int   // what is unread lies in buf[pos:end]
	before   int64 // bytes of the input before buf
	err      error // of r: io.EOF, or why reading failed

	signing bool // what is read now is signed
	sum     hash.Hash
	summed  int // buf[summed:pos] is signed and not hashed yet
}

func newStream(r io.Reader) *stream { return &stream{r: r, buf: make([]byte, window)} }

// offset is how far the input is read.
func (s *stream) offset() int64 { return s.before + int64(s.pos) }

// unread is what is in the window.
func (s *stream) unread() []byte { return s.buf[s.pos:s.end] }

// need makes at least n bytes unread, n being at most maxElement. Where the input
// ends before, the error wraps ErrTruncated.
func (s *stream) need(n int) error {
	if s.end-s.pos >= n {
		return nil
	}
	s.slide()
	for s.end-s.pos < n {
		if s.err != nil {
			return s.ended()
		}
		s.fill()
	}
	return nil
}

// maxEmptyReads is how often in a row a reader may give neither bytes nor an
// error, as often as bufio lets it.
const maxEmptyReads = 100

// fill reads once more into what is free of the buffer.
func (s *stream) fill() (got int) {
	for range maxEmptyReads {
		got, s.err = s.r.Read(s.buf[s.end:])
		if got > 0 || s.err != nil {
			s.end += got
			return got
		}
	}
	s.err = io.ErrNoProgress
	return 0
}

// ended says why there is no more.
func (s *stream) ended() error {
	if errors.Is(s.err, io.EOF) || errors.Is(s.err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return s.err
}

// slide moves what is still needed to the start of the buffer.
func (s *stream) slide() {
	s.hash()
	from := s.pos
	if s.signing && s.sum == nil { // not hashed yet: which hash is not read yet
		from = s.summed
	}
	copy(s.buf, s.buf[from:s.end])
	s.before += int64(from)
	s.pos -= from
	s.end -= from
	s.summed = max(0, s.summed-from)
}

// sign begins what is signed, here.
func (s *stream) sign() { s.signing, s.summed = true, s.pos }

// hash hashes what is signed up to here.
func (s *stream) hash() {
	if s.signing && s.sum != nil {
		s.sum.Write(s.buf[s.summed:s.pos])
		s.summed = s.pos
	}
}

// header is the tag and the lengths of a DER element.
type header struct {
	tag     byte
	size    int   // of the header itself
	content int64 // bytes behind it
	minimal bool  // the length is written as DER wants it
}

// maxHeader is a tag and a length of up to 4 bytes: more than 4 GB is no CRL.
const maxHeader = 6

// readHeader reads the header at the start of b. It answers false where b is too
// short for it.
func readHeader(b []byte) (h header, ok bool, err error) {
	if len(b) < 2 {
		return h, false, nil
	}
	h = header{tag: b[0], size: 2, content: int64(b[1]), minimal: true}
	if b[1] < 0x80 {
		return h, true, nil
	}
	n := int(b[1] & 0x7f)
	switch {
	case n == 0:
		return h, true, ErrIndefinite
	case n > maxHeader-2:
		return h, true, fmt.Errorf("%w: a length of %d bytes", ErrMalformed, n)
	case len(b) < 2+n:
		return h, false, nil
	}
	h.size, h.content = 2+n, 0
	for _, octet := range b[2 : 2+n] {
		h.content = h.content<<8 | int64(octet)
	}
	h.minimal = b[2] != 0 && h.content >= 0x80
	return h, true, nil
}

// peek reads the header of the next element without going past it.
func (s *stream) peek() (header, error) {
	for n := 2; n <= maxHeader; n++ {
		if err := s.need(n); err != nil {
			return header{}, err
		}
		if h, ok, err := readHeader(s.unread()); ok {
			return h, err
		}
	}
	return header{}, ErrMalformed
}

// element reads the next element as a whole, header and all. It stays valid until
// the next read.
func (s *stream) element(h header) ([]byte, error) {
	total := int64(h.size) + h.content
	if total > maxElement {
		return nil, fmt.Errorf("%w: an element of %d bytes at offset %d, where at most %d are read", ErrMalformed, total, s.offset(), maxElement)
	}
	if err := s.need(int(total)); err != nil {
		return nil, err
	}
	b := s.buf[s.pos : s.pos+int(total)]
	s.pos += int(total)
	return b, nil
}

// rest counts what follows, without keeping it.
func (s *stream) rest() (int64, error) {
	n := int64(s.end - s.pos)
	s.pos = s.end
	for s.err == nil {
		s.slide()
		n += int64(s.fill())
		s.pos = s.end
	}
	if errors.Is(s.err, io.EOF) {
		return n, nil
	}
	return n, s.ended()
}
