package crl

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/easkit/easkit/certs"
)

// readEntries reads revokedCertificates, where it is there.
func (p *parser) readEntries(end int64) error {
	h, err := p.peek()
	if err != nil || h.tag != 0x30 {
		return err
	}
	p.regular(h)
	p.pos += h.size
	left := h.content
	if p.offset()+left > end {
		return fmt.Errorf("%w: the entries are longer than what they are part of", ErrMalformed)
	}
	var latest latestDate
	for left > 0 {
		n, err := p.entriesIn(p.unread(), left, &latest)
		p.pos += n
		left -= int64(n)
		if err == nil && n == 0 {
			err = p.needEntry(left)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", p.list.Entries+1, err)
		}
	}
	p.list.LatestEntry = latest.time()
	return nil
}

// needEntry makes the next entry unread as a whole, and as much behind it as the
// input gives.
func (p *parser) needEntry(left int64) error {
	h, err := p.peek()
	if err != nil {
		return err
	}
	total := int64(h.size) + h.content
	if total > maxElement || total > left {
		return fmt.Errorf("%w: it has %d bytes", ErrMalformed, total)
	}
	return p.need(int(total))
}

// entriesIn reads the entries that b holds as a whole, of left bytes that all
// entries have, and answers how many bytes those are.
//
// This loop is where a large CRL's time goes: it makes no copy and no big.Int, and
// hands on only what is not like the entries that every CA writes.
func (p *parser) entriesIn(b []byte, left int64, latest *latestDate) (done int, err error) {
	if int64(len(b)) > left {
		b = b[:left]
	}
	for done < len(b) {
		h, ok, err := readHeader(b[done:])
		if err != nil {
			return done, err
		}
		if !ok || int64(len(b)-done) < int64(h.size)+h.content {
			return done, nil
		}
		if h.tag != 0x30 {
			return done, fmt.Errorf("%w: an element %#x in place of a SEQUENCE", ErrMalformed, h.tag)
		}
		if !h.minimal {
			p.regular(h)
		}
		size := h.size + int(h.content)
		if err := p.entry(b[done+h.size:done+size], latest); err != nil {
			return done, err
		}
		p.list.Entries++
		done += size
	}
	return done, nil
}

// utcTime is how an entry's date begins almost always: a UTCTime of 13 bytes.
const utcTime, utcTimeSize = 0x0d17, 2 + len("YYMMDDHHMMSSZ")

const generalizedTimeSize = 2 + len("YYYYMMDDHHMMSSZ")

// entry reads the content of one entry: serial number, date, extensions.
func (p *parser) entry(b []byte, latest *latestDate) error {
	h, ok, err := readHeader(b)
	if !ok || err != nil || h.tag != byte(cbasn1.INTEGER) || h.content == 0 || h.content > int64(len(b)-h.size) {
		return fmt.Errorf("%w: its serial number can't be read", ErrMalformed)
	}
	if !h.minimal {
		p.regular(h)
	}
	split := h.size + int(h.content)
	serial, rest := b[h.size:split], b[split:]
	if len(serial) > 1 && (serial[0] == 0 && serial[1] < 0x80 || serial[0] == 0xff && serial[1] >= 0x80) {
		p.irregular("a serial number is not written as short as DER wants it")
		serial = shortest(serial)
	}
	dateSize, ok := latest.see(rest)
	if !ok {
		return fmt.Errorf("%w: its date can't be read", ErrMalformed)
	}
	date, extensions := rest[:dateSize], rest[dateSize:]
	if dateSize != utcTimeSize {
		p.regularTime(date)
	}
	reason, extra := Unspecified, entryExtra{}
	if len(extensions) > 0 {
		if code, ok := onlyReason(extensions); ok && p.list.Version == 2 {
			reason = code
		} else if err := p.entryExtensions(extensions, &reason, &extra); err != nil {
			return err
		}
	}
	if p.foreign {
		p.list.Indirect++
		return nil
	}
	if p.list.all != nil {
		p.list.all.add(serial, date, Entry{Reason: reason, Invalid: extra.invalid})
		return nil
	}
	if i := p.list.asked.index(serial); i >= 0 && p.list.found.add(i, date, Entry{Reason: reason, Invalid: extra.invalid}) {
		p.irregular("a serial number is listed more than once")
	}
	return nil
}

// reasonStart is the extensions of an entry that has a reason and nothing else,
// up to the reason itself. It saves reading them by the rules, half a million
// times over.
const (
	reasonStart = "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01"
	reasonSize  = len(reasonStart) + 1
)

// onlyReason reads the extensions of such an entry.
func onlyReason(extensions []byte) (Reason, bool) {
	if len(extensions) != reasonSize || string(extensions[:len(reasonStart)]) != reasonStart {
		return 0, false
	}
	code := extensions[reasonSize-1]
	return Reason(code), code < 0x80 // above it is a negative number
}

func shortest(serial []byte) []byte {
	for len(serial) > 1 && (serial[0] == 0 && serial[1] < 0x80 || serial[0] == 0xff && serial[1] >= 0x80) {
		serial = serial[1:]
	}
	return serial
}

// entryExtra is what an entry's rarer extensions say.
type entryExtra struct{ invalid time.Time }

func (p *parser) entryExtensions(der []byte, reason *Reason, extra *entryExtra) error {
	return p.extensions(der, func(oid asn1.ObjectIdentifier, value cryptobyte.String) (known, ok bool) {
		switch {
		case oid.Equal(oidReason):
			var code int
			if !value.ReadASN1Enum(&code) {
				return true, false
			}
			*reason = Reason(code)
		case oid.Equal(oidInvalidityDate):
			extra.invalid, ok = parseTime(value)
			return true, ok
		case oid.Equal(oidEntryIssuer):
			own, ok := p.namesIssuer(value)
			p.foreign = !own
			return true, ok
		default:
			return false, true
		}
		return true, true
	})
}

// namesIssuer reports whether a certificateIssuer is the list's own issuer. What
// it says holds for the entries that follow, too (RFC 5280 5.3.3). The same name
// in another string type is the same issuer (7.1).
func (p *parser) namesIssuer(value cryptobyte.String) (own, ok bool) {
	var names cryptobyte.String
	if !value.ReadASN1(&names, cbasn1.SEQUENCE) || names.Empty() {
		return false, false
	}
	for !names.Empty() {
		var name cryptobyte.String
		var tag cbasn1.Tag
		if !names.ReadAnyASN1(&name, &tag) {
			return false, false
		}
		if tag == cbasn1.Tag(4).ContextSpecific().Constructed() && // directoryName
			(bytes.Equal(name, p.list.RawIssuer) || certs.NameString(name) == p.list.Issuer()) {
			own = true
		}
	}
	return own, true
}

// latestDate is the latest revocation date seen. UTCTimes are compared as they
// stand, which is quicker than reading each: the digits of one century sort by
// themselves, and 50 to 99 are years of the century before (RFC 5280 4.1.2.5.1).
type latestDate struct {
	utc     [utcTimeSize]byte
	utcKey  byte // of the century: 1 for 20xx
	general time.Time
}

// see reads the date at the start of b and answers how long it is.
func (l *latestDate) see(b []byte) (size int, ok bool) {
	if len(b) >= utcTimeSize && binary.LittleEndian.Uint16(b) == utcTime {
		date := b[2:utcTimeSize]
		if !validUTC(date) {
			return 0, false
		}
		key := byte(1)
		if date[0] >= '5' {
			key = 0
		}
		if key > l.utcKey || key == l.utcKey && string(date) > string(l.utc[2:]) {
			copy(l.utc[:], b)
			l.utcKey = key
		}
		return utcTimeSize, true
	}
	input := cryptobyte.String(b)
	var element cryptobyte.String
	var tag cbasn1.Tag
	if !input.ReadAnyASN1Element(&element, &tag) || tag != cbasn1.UTCTime && tag != cbasn1.GeneralizedTime {
		return 0, false
	}
	at, ok := parseTime(element)
	if at.After(l.general) {
		l.general = at
	}
	return len(element), ok
}

// validUTC reports whether b is YYMMDDHHMMSSZ and there is such a day.
func validUTC(b []byte) bool {
	const high = 0xf0f0f0f0f0f0f0f0
	first, last := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[4:])
	// A digit's upper half is 3, also after 6 is added to it.
	digits := (first&high)|((first+0x0606060606060606)&high)>>4 == 0x3333333333333333 &&
		(last&high)|((last+0x0606060606060606)&high)>>4 == 0x3333333333333333
	pair := func(i int) byte { return (b[i]-'0')*10 + b[i+1] - '0' }
	return digits && b[12] == 'Z' && pair(2)-1 < 12 && pair(4) != 0 &&
		pair(4) <= daysIn(pair(2), pair(0)) && pair(6) < 24 && pair(8) < 60 && pair(10) < 60
}

// daysIn is how many days a month has. Of the years that a UTCTime can hold, 1950
// to 2049, every fourth is a leap year.
func daysIn(month, year byte) byte {
	switch {
	case month == 2 && year%4 == 0:
		return 29
	case month == 2:
		return 28
	case month == 4, month == 6, month == 9, month == 11:
		return 30
	}
	return 31
}

func (l *latestDate) time() time.Time {
	at, _ := parseTime(l.utc[:])
	if at.After(l.general) {
		return at
	}
	return l.general
}
