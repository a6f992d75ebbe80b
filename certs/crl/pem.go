package crl

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"strings"
)

// pemBegin starts a PEM block.
const pemBegin = "-----BEGIN "

// newPEMReader reads the DER in the first PEM block of a stream as it comes.
func newPEMReader(s *stream) io.Reader {
	text := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(s.unread()), &onward{s}), window)
	return base64.NewDecoder(base64.StdEncoding, &pemBody{text: text})
}

// onward reads what the window does not hold yet.
type onward struct{ s *stream }

func (o *onward) Read(b []byte) (int, error) {
	if o.s.err != nil {
		return 0, o.s.err
	}
	return o.s.r.Read(b)
}

// pemBody reads the base64 between the first and the last line of a block,
// without line ends.
type pemBody struct {
	text   *bufio.Reader
	inside bool
	line   []byte
	err    error
}

func (p *pemBody) Read(b []byte) (int, error) {
	for len(p.line) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		p.next()
	}
	n := copy(b, p.line)
	p.line = p.line[n:]
	return n, nil
}

// next reads a line, or as much of it as the buffer holds.
func (p *pemBody) next() {
	line, err := p.text.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		p.err = err
	}
	text := bytes.TrimSpace(line)
	switch {
	case !p.inside:
		p.inside = strings.HasPrefix(string(text), pemBegin)
	case bytes.HasPrefix(text, []byte("-----")):
		p.err = io.EOF
	default:
		p.line = text
	}
}
