package crl

import (
	"bytes"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
)

// Read reads one CRL, DER or PEM, to the end of r. It takes one pass: while the
// list goes by, it is hashed for its signature, and the entries of the serial
// numbers asked for, which may be nil, are kept. Memory does not grow with the
// list.
//
// The error wraps one of this package's variables where there is no CRL or a
// broken one, and otherwise what r said. What can be read in spite of a breach of
// the rules is read; the list says what was wrong.
func Read(r io.Reader, asked *Serials) (*List, error) {
	return readList(r, &List{asked: asked, found: newFound(asked)})
}

// ReadAll is [Read] where it is not known yet who will be asked for: the list knows all
// its entries. That takes 21 bytes of memory for an entry whose serial number has 16.
//
// Of a list that has a serial number twice, which is against the rules, the earliest
// revocation counts.
func ReadAll(r io.Reader) (*List, error) {
	l, err := readList(r, &List{all: newIndex()})
	if err != nil {
		return nil, err
	}
	l.all.sort()
	return l, nil
}

func readList(r io.Reader, l *List) (*List, error) {
	p := &parser{stream: newStream(r), list: l}
	text, err := p.sniff()
	switch {
	case err != nil:
	case text:
		err = p.readPEM()
	default:
		err = p.read()
	}
	if err != nil {
		return nil, err
	}
	return p.list, nil
}

// parser reads one list from a stream.
type parser struct {
	*stream
	list    *List
	inner   []byte // the AlgorithmIdentifier in what is signed
	foreign bool   // the entries belong to another CA than the list's
}

// sniff tells text from DER by the first byte, and what else it may be.
func (p *parser) sniff() (text bool, err error) {
	if err := p.need(1); errors.Is(err, ErrTruncated) {
		return false, ErrEmpty
	} else if err != nil {
		return false, err
	}
	if p.unread()[0] == 0x30 { // SEQUENCE
		return false, nil
	}
	if err := p.need(sniffed); err != nil && !errors.Is(err, ErrTruncated) {
		return false, err
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(p.unread(), []byte("\ufeff")), " \t\r\n\x00")
	p.pos = p.end - len(start)
	switch {
	case len(start) == 0:
		return false, ErrEmpty
	case start[0] == '<':
		return false, ErrHTML
	case isPEM(start[:min(len(start), sniffed)]):
		return true, nil
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return false, fmt.Errorf("%w: it looks like UTF-16, which PowerShell writes", ErrBase64)
	case bytes.HasPrefix(start, []byte("MI")):
		return false, fmt.Errorf("%w: it looks like base64 without its first line %s", ErrBase64, pemBegin)
	}
	return false, fmt.Errorf("%w: it starts with the bytes % X", ErrNotCRL, start[:min(len(start), 4)])
}

// sniffed is how far the start of a PEM block is looked for, past comments.
const sniffed = 4 << 10

// read reads CertificateList (RFC 5280 5.1).
func (p *parser) read() error {
	outer, err := p.sequence()
	if err != nil {
		return err
	}
	end := p.offset() + outer.content
	p.list.Size = int64(outer.size) + outer.content
	if err := p.readParts(end); err != nil {
		have := p.before + int64(p.end)
		switch {
		case !errors.Is(err, ErrTruncated):
			return err
		case have < p.list.Size:
			return fmt.Errorf("%w: it has %d bytes of %d", ErrTruncated, have, p.list.Size)
		}
		return fmt.Errorf("%w: a field is longer than the whole", ErrMalformed)
	}
	if p.offset() != end {
		return fmt.Errorf("%w: %d bytes too many behind the signature", ErrMalformed, end-p.offset())
	}
	p.list.Trailing, err = p.rest()
	return err
}

func (p *parser) readParts(end int64) error {
	p.sign()
	body, err := p.sequence()
	if err != nil {
		return err
	}
	bodyEnd := p.offset() + body.content
	if bodyEnd > end {
		return fmt.Errorf("%w: the part that is signed is longer than the whole", ErrMalformed)
	}
	if err := p.readBody(bodyEnd); err != nil {
		return err
	}
	if s := p.list.Scope; p.list.Indirect > 0 && (s == nil || !s.Indirect) {
		p.irregular("it lists certificates of other CAs and does not say that it is an indirect CRL (RFC 5280 5.2.5)")
	}
	p.hash()
	p.signing = false
	if p.sum != nil {
		p.list.digest = p.sum.Sum(nil)
	}
	return p.within(end, p.readSignature)
}

// sequence enters a SEQUENCE.
func (p *parser) sequence() (header, error) {
	h, err := p.peek()
	if err != nil {
		return h, err
	}
	if h.tag != 0x30 {
		return h, fmt.Errorf("%w: at offset %d is an element %#x and no SEQUENCE", ErrNotCRL, p.offset(), h.tag)
	}
	p.regular(h)
	p.pos += h.size
	return h, nil
}

func (p *parser) regular(h header) {
	if !h.minimal {
		p.irregular("a length is not written as short as DER wants it")
	}
}

// maxIrregular bounds what is kept of a list that is wrong throughout.
const maxIrregular = 5

func (p *parser) irregular(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(p.list.Irregular) < maxIrregular && !slices.Contains(p.list.Irregular, text) {
		p.list.Irregular = append(p.list.Irregular, text)
	}
}

// readBody reads TBSCertList up to its end.
func (p *parser) readBody(end int64) error {
	for _, step := range []func() error{p.readVersion, p.readAlgorithm, p.readIssuer, p.readThisUpdate} {
		if err := p.within(end, step); err != nil {
			return err
		}
	}
	for _, step := range []func() error{p.readNextUpdate, func() error { return p.readEntries(end) }, p.readExtensions} {
		if p.offset() == end {
			return nil
		}
		if err := p.within(end, step); err != nil {
			return err
		}
	}
	if p.offset() != end {
		return fmt.Errorf("%w: %d bytes at offset %d are none of a CRL's fields", ErrMalformed, end-p.offset(), p.offset())
	}
	return nil
}

func (p *parser) within(end int64, step func() error) error {
	if err := step(); err != nil {
		return err
	}
	if p.offset() > end {
		return fmt.Errorf("%w: a field is longer than what it is part of", ErrMalformed)
	}
	return nil
}

// next reads the next element if it has one of the tags.
func (p *parser) next(tags ...byte) (cryptobyte.String, header, error) {
	h, err := p.peek()
	if err != nil || !bytes.Contains(tags, []byte{h.tag}) {
		return nil, h, err
	}
	p.regular(h)
	b, err := p.element(h)
	return b, h, err
}

func (p *parser) readVersion() error {
	b, _, err := p.next(byte(cbasn1.INTEGER))
	p.list.Version = 1
	if err != nil || b == nil {
		return err
	}
	var version int
	if !b.ReadASN1Integer(&version) || version != 1 {
		return fmt.Errorf("%w: its first field is the integer %d, where a CRL has 1 for version 2", ErrNotCRL, version)
	}
	p.list.Version = 2
	return nil
}

func (p *parser) readAlgorithm() error {
	b, h, err := p.next(byte(cbasn1.SEQUENCE))
	switch {
	case err != nil:
		return err
	case b == nil && h.tag == 0xa0:
		return fmt.Errorf("%w, but a certificate", ErrNotCRL)
	case b == nil:
		return fmt.Errorf("%w: an element %#x stands where the signature algorithm should", ErrNotCRL, h.tag)
	}
	p.inner = bytes.Clone(b)
	if rest, err := asn1.Unmarshal(p.inner, &p.list.Algorithm); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: its signature algorithm is broken", ErrNotCRL)
	}
	hash, err := certs.SignatureHash(p.list.Algorithm)
	if err != nil {
		p.list.unsupported = err
		p.signing = false
		return nil
	}
	p.sum = hash.New()
	return nil
}

func (p *parser) readIssuer() error {
	b, _, err := p.next(byte(cbasn1.SEQUENCE))
	if err != nil {
		return err
	}
	if b == nil {
		return fmt.Errorf("%w: the issuer's name is missing", ErrNotCRL)
	}
	p.list.RawIssuer = bytes.Clone(b)
	p.list.issuer = certs.NameString(b)
	return nil
}

func (p *parser) readThisUpdate() error {
	at, ok, err := p.nextTime()
	if err == nil && !ok {
		err = fmt.Errorf("%w: thisUpdate is missing", ErrNotCRL)
	}
	p.list.ThisUpdate = at
	return err
}

func (p *parser) readNextUpdate() error {
	at, _, err := p.nextTime()
	p.list.NextUpdate = at
	return err
}

func (p *parser) nextTime() (at time.Time, ok bool, err error) {
	b, h, err := p.next(byte(cbasn1.UTCTime), byte(cbasn1.GeneralizedTime))
	if err != nil || b == nil {
		return at, false, err
	}
	at, ok = parseTime(b)
	if !ok {
		return at, false, fmt.Errorf("%w: the time %q can't be read", ErrMalformed, b[h.size:])
	}
	p.regularTime(b)
	return at, true, nil
}

// regularTime looks at the form of a time that can be read.
func (p *parser) regularTime(der cryptobyte.String) {
	at, _ := parseTime(der)
	switch general := der.PeekASN1Tag(cbasn1.GeneralizedTime); {
	case general && at.Year() < generalizedFrom:
		p.irregular("a date before %d stands in a GeneralizedTime (RFC 5280 5.1.2.4)", generalizedFrom)
	case general && len(der) != generalizedTimeSize || !general && len(der) != utcTimeSize:
		p.irregular("a date is not written to the second and in UTC (RFC 5280 5.1.2.4)")
	}
}

// generalizedFrom is the first year that a UTCTime can't hold.
const generalizedFrom = 2050

// parseTime reads a whole UTCTime or GeneralizedTime.
func parseTime(der cryptobyte.String) (at time.Time, ok bool) {
	if der.PeekASN1Tag(cbasn1.UTCTime) {
		ok = der.ReadASN1UTCTime(&at)
	} else {
		ok = der.ReadASN1GeneralizedTime(&at)
	}
	return at.UTC(), ok && der.Empty()
}

func (p *parser) readSignature() error {
	outer, _, err := p.next(byte(cbasn1.SEQUENCE))
	if err != nil {
		return err
	}
	if !bytes.Equal(outer, p.inner) {
		return fmt.Errorf("%w: the signature algorithms inside and outside of what is signed differ", ErrMalformed)
	}
	b, _, err := p.next(byte(cbasn1.BIT_STRING))
	if err != nil {
		return err
	}
	var bits asn1.BitString
	if !b.ReadASN1BitString(&bits) {
		return fmt.Errorf("%w: its signature is missing or broken", ErrMalformed)
	}
	p.list.signature = bytes.Clone(bits.RightAlign())
	return nil
}
