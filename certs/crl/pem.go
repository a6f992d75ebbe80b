package crl

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// pemBegin starts a PEM block, and pemEnd ends it (RFC 7468 2).
const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
)

// opensslText starts what openssl crl -text writes before the block: all entries
// of the list, so that the block may be megabytes away.
const opensslText = "Certificate Revocation List"

// isPEM reports whether a PEM block begins in the start of a text, or will.
func isPEM(start []byte) bool {
	return bytes.HasPrefix(start, []byte(pemBegin)) || bytes.Contains(start, []byte("\n"+pemBegin)) ||
		bytes.HasPrefix(start, []byte(opensslText))
}

// readPEM reads the list in the first PEM block.
func (p *parser) readPEM() error {
	p.list.PEM = true
	body := &pemBody{text: bufio.NewReaderSize(io.MultiReader(bytes.NewReader(p.unread()), &onward{p.stream}), window)}
	p.stream = newStream(&pemReader{base64.NewDecoder(base64.StdEncoding, body)})
	if err := p.read(); err != nil {
		return err
	}
	if !body.ended {
		p.irregular("the PEM block has no last line")
	}
	more, err := body.more()
	if more > 0 {
		p.irregular("more PEM blocks follow, which are not read")
	}
	return err
}

// onward reads what the window does not hold yet.
type onward struct{ s *stream }

func (o *onward) Read(b []byte) (int, error) {
	if o.s.err != nil {
		return 0, o.s.err
	}
	return o.s.r.Read(b)
}

// pemReader is the DER in a PEM block.
type pemReader struct{ decoder io.Reader }

func (p *pemReader) Read(b []byte) (int, error) {
	n, err := p.decoder.Read(b)
	if err != nil {
		err = pemError(err)
	}
	return n, err
}

func pemError(err error) error {
	if corrupt, ok := errors.AsType[base64.CorruptInputError](err); ok {
		return fmt.Errorf("%w: the base64 of its PEM block is damaged at character %d", ErrBase64, int64(corrupt))
	}
	return err
}

// pemBody reads the base64 between the first and the last line of a block,
// without line ends.
type pemBody struct {
	text   *bufio.Reader
	inside bool
	ended  bool // the last line was seen
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
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		p.err = err
	}
	text := bytes.TrimSpace(line)
	switch {
	case !p.inside:
		p.inside = bytes.HasPrefix(text, []byte(pemBegin))
		if !p.inside && errors.Is(err, io.EOF) {
			p.err = fmt.Errorf("%w: no line of it begins with %s", ErrBase64, pemBegin)
		}
	case bytes.HasPrefix(text, []byte(pemEnd)):
		p.ended, p.err = true, io.EOF
	default:
		p.line = text
	}
}

// more counts the blocks that follow.
func (p *pemBody) more() (blocks int, err error) {
	for err == nil || errors.Is(err, bufio.ErrBufferFull) {
		var line []byte
		if line, err = p.text.ReadSlice('\n'); bytes.HasPrefix(bytes.TrimSpace(line), []byte(pemBegin)) {
			blocks++
		}
	}
	if errors.Is(err, io.EOF) {
		return blocks, nil
	}
	return blocks, err
}
