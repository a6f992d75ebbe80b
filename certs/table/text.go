package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// capped is a reader that ends in an error, and not as if all was well, where
// there is more than it may read. It repeats its last error: a look ahead in the
// file may have passed over it.
type capped struct {
	r         io.Reader
	max, left int64
	err       error
}

func (c *capped) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	var n int
	n, c.err = c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		n, c.err = 0, fmt.Errorf("it has more than %d bytes", c.max)
	}
	return n, c.err
}

// bufferSize is how far one can look ahead in a text: enough for the first line of a
// table.
const bufferSize = 64 << 10

// OpenText opens a text that an admin center, PowerShell or Excel wrote, as
// UTF-8 without a byte order mark. What is no text, but a workbook, an archive
// or UTF-16 without its mark, is refused with an error that says what to save it
// as. Reading on after limit bytes is an error too.
func OpenText(r io.Reader, limit int64) (*bufio.Reader, error) {
	b := bufio.NewReaderSize(&capped{r: r, max: limit, left: limit}, bufferSize)
	start, err := b.Peek(4)
	if len(start) == 0 && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		_, err := b.Discard(3)
		return b, err
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return openUTF16(b, binary.LittleEndian), nil
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return openUTF16(b, binary.BigEndian), nil
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return nil, errors.New("it is a workbook or a ZIP file: save it as CSV UTF-8")
	case bytes.HasPrefix(start, []byte("\x1f\x8b")):
		return nil, errors.New("it is a gzip file: unpack it first")
	case bytes.IndexByte(start, 0) >= 0:
		return nil, errors.New("it is no text, or UTF-16 without a byte order mark: save it as UTF-8")
	}
	return b, nil
}

func openUTF16(b *bufio.Reader, order binary.ByteOrder) *bufio.Reader {
	_, _ = b.Discard(2) // the mark, which was just seen there
	return bufio.NewReaderSize(&utf16Reader{r: b, order: order}, bufferSize)
}

// utf16Reader turns UTF-16 into UTF-8.
type utf16Reader struct {
	r     *bufio.Reader
	order binary.ByteOrder
	out   []byte
	err   error // after out
	text  [4096]byte
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	if len(u.out) == 0 && u.err == nil {
		u.fill()
	}
	if len(u.out) == 0 {
		return 0, u.err
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill decodes as much as fits into text.
func (u *utf16Reader) fill() {
	u.out = u.text[:0]
	for len(u.out)+utf8.UTFMax <= len(u.text) {
		var unit uint16
		if unit, u.err = u.unit(); u.err != nil {
			return
		}
		r := rune(unit)
		if utf16.IsSurrogate(r) {
			if next, err := u.r.Peek(2); err == nil {
				if r = utf16.DecodeRune(r, rune(u.order.Uint16(next))); r != utf8.RuneError {
					_, _ = u.r.Discard(2) // just seen
				}
			}
		}
		u.out = utf8.AppendRune(u.out, r)
	}
}

func (u *utf16Reader) unit() (uint16, error) {
	var two [2]byte
	_, err := io.ReadFull(u.r, two[:])
	if err == io.ErrUnexpectedEOF {
		return 0, errors.New("it ends in the middle of a character of UTF-16: cut short?")
	}
	return u.order.Uint16(two[:]), err
}
