package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// What bounds the reading of JSON.
const (
	maxRecord = 8 << 20 // bytes of one object; a sign-in has 2 to 20 KB, a profile up to 1.4 MB
	maxDepth  = 100     // of nesting; Microsoft's objects stay under ten
	readSize  = 256 << 10
)

var errCut = errors.New("the JSON ends in the middle: cut short?")

// records gives the objects of JSON one at a time, from an array, a page
// {"value": [...]}, lines, or any of those one after the other. encoding/json
// would take half a minute for a log of a gigabyte: here a record is found by its
// brackets alone, and only the fields that matter are looked at. What is passed
// over is therefore not proved to be right JSON.
type records struct {
	r     io.Reader
	buf   []byte // from the record that is being found on
	at    int    // where in buf the next record begins
	count int    // of records
	page  bool   // within an array
	in    int    // objects open around the array: 1 in a page
	more  bool   // the page says that another follows
	eof   bool
	err   error
}

func newRecords(r io.Reader) *records { return &records{r: r} }

// next finds the next record; the bytes are valid until the next call. The error
// is [io.EOF] after the last.
func (s *records) next() ([]byte, error) {
	record, err := s.find()
	switch {
	case err == io.EOF && s.more:
		return nil, errors.New(`the last page has an "@odata.nextLink": more pages follow: put all of them into the file, one after the other`)
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("record %d: %w", s.count+1, err)
	}
	s.count++
	return record, nil
}

func (s *records) find() ([]byte, error) {
	for {
		c, err := s.token()
		if err != nil {
			return nil, err
		}
		switch {
		case s.page && c == ']':
			s.at++
			s.page = false
			if s.in > 0 {
				s.in--
				if err := s.restOfPage(); err != nil {
					return nil, err
				}
			}
		case s.page && c == ',':
			s.at++
		case s.page && c == '{':
			return s.whole()
		case !s.page && c == '[':
			s.at++
			s.page = true
		case !s.page && c == '{':
			s.more = false
			record, err := s.object()
			if err != nil || record != nil {
				return record, err
			}
		case !s.page && c == ',' && s.count > 0: // between lines, as some tools leave them
			s.at++
		default:
			return nil, fmt.Errorf("%q is where an object or an array of objects is expected", string(rune(c)))
		}
	}
}

// whole takes a record as it stands.
func (s *records) whole() ([]byte, error) {
	end, err := s.value(s.at)
	if err != nil {
		return nil, err
	}
	record := s.buf[s.at:end]
	s.at = end
	return record, nil
}

// object reads an object at the top: a page, whose array it enters, or a record
// of its own.
func (s *records) object() ([]byte, error) {
	for i := s.at + 1; ; {
		key, at, err := s.key(i)
		if err != nil {
			return nil, err
		}
		if key == nil { // the end, without an array: it was a record
			record := s.buf[s.at:at]
			s.at = at
			return record, nil
		}
		if isPageKey(key) {
			c, err := s.peek(at)
			if err != nil {
				return nil, cut(err)
			}
			if c == '[' {
				s.at = at + 1
				s.page, s.in = true, 1
				return nil, nil
			}
		}
		next := bytes.Equal(key, []byte("@odata.nextLink"))
		if i, err = s.value(at); err != nil {
			return nil, err
		}
		s.more = s.more || next && s.buf[at] == '"'
	}
}

// isPageKey knows the properties that hold the records: Graph's and Azure's.
func isPageKey(key []byte) bool {
	return bytes.EqualFold(key, []byte("value")) || bytes.EqualFold(key, []byte("records"))
}

// restOfPage reads what follows the array of a page.
func (s *records) restOfPage() error {
	for i := s.at; ; {
		key, at, err := s.key(i)
		if err != nil {
			return err
		}
		if key == nil {
			s.at = at
			return nil
		}
		next := bytes.Equal(key, []byte("@odata.nextLink"))
		if i, err = s.value(at); err != nil {
			return err
		}
		s.more = s.more || next && s.buf[at] == '"'
		s.at = i // nothing of it is needed any more
	}
}

// key reads the name of an object's next member and the colon, and says where the
// value begins; or it is nil at the object's end, and after says what follows.
// Nothing is thrown away: offsets into buf hold until s.at is moved and next is
// called.
func (s *records) key(i int) (key []byte, after int, err error) {
	i, c, err := s.skipSpace(i)
	if err != nil {
		return nil, 0, cut(err)
	}
	if c == ',' {
		if i, c, err = s.skipSpace(i + 1); err != nil {
			return nil, 0, cut(err)
		}
	}
	if c == '}' {
		return nil, i + 1, nil
	}
	if c != '"' {
		return nil, 0, fmt.Errorf("%q is where the name of a property is expected", string(rune(c)))
	}
	end, err := s.str(i)
	if err != nil {
		return nil, 0, err
	}
	start := i + 1
	i, c, err = s.skipSpace(end)
	if err != nil {
		return nil, 0, cut(err)
	}
	if c != ':' {
		return nil, 0, fmt.Errorf("there is no colon after %q", clip(string(s.buf[start:end-1])))
	}
	if i, _, err = s.skipSpace(i + 1); err != nil {
		return nil, 0, cut(err)
	}
	return s.buf[start : end-1], i, nil
}

// value says where the value that begins at i ends.
func (s *records) value(i int) (int, error) {
	var open [maxDepth]byte
	depth := 0
	for {
		c, err := s.peek(i)
		if err != nil {
			return 0, cut(err)
		}
		switch c {
		case '"':
			if i, err = s.str(i); err != nil {
				return 0, err
			}
		case '{', '[':
			if depth == maxDepth {
				return 0, fmt.Errorf("it is nested deeper than %d levels", maxDepth)
			}
			open[depth] = c + 2 // in ASCII, both brackets close two further on
			depth++
			i++
		case '}', ']':
			if depth == 0 || open[depth-1] != c {
				return 0, fmt.Errorf("%q closes nothing", string(rune(c)))
			}
			depth--
			i++
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return 0, fmt.Errorf("%q is where a value is expected", string(rune(c)))
			}
			i++
			continue
		default:
			if i, err = s.word(i); err != nil {
				return 0, err
			}
		}
		if depth == 0 {
			return i, nil
		}
	}
}

// word passes over a number, true, false or null.
func (s *records) word(i int) (int, error) {
	start := i
	for {
		c, err := s.peek(i)
		if err == io.EOF && i > start {
			return i, nil
		}
		if err != nil {
			return 0, cut(err)
		}
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'E':
			i++
		case i > start:
			return i, nil
		default:
			return 0, fmt.Errorf("%q is no part of JSON", string(rune(c)))
		}
	}
}

// str says where the string that begins at i ends.
func (s *records) str(i int) (int, error) {
	from := i + 1
	for {
		q := bytes.IndexByte(s.buf[from:], '"')
		if q < 0 {
			from = len(s.buf)
			if err := s.fill(); err != nil {
				return 0, cut(err)
			}
			continue
		}
		from += q + 1
		slashes := 0
		for j := from - 2; j > i && s.buf[j] == '\\'; j-- {
			slashes++
		}
		if slashes%2 == 0 {
			return from, nil
		}
	}
}

func (s *records) skipSpace(i int) (int, byte, error) {
	for {
		c, err := s.peek(i)
		if err != nil {
			return i, 0, err
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i, c, nil
		}
		i++
	}
}

// token finds the next byte that is no space, before a record; here, what was
// read of earlier records is thrown away.
func (s *records) token() (byte, error) {
	if s.at > readSize {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	i, c, err := s.skipSpace(s.at)
	s.at = i
	if err == io.EOF && (s.page || s.in > 0) {
		err = errCut
	}
	return c, err
}

func (s *records) peek(i int) (byte, error) {
	for i >= len(s.buf) {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	return s.buf[i], nil
}

// fill reads more.
func (s *records) fill() error {
	if s.eof {
		return io.EOF
	}
	if s.err != nil {
		return s.err
	}
	if len(s.buf)-s.at > maxRecord {
		return fmt.Errorf("it has more than %d bytes", maxRecord)
	}
	if cap(s.buf)-len(s.buf) < readSize {
		grown := make([]byte, len(s.buf), 2*cap(s.buf)+2*readSize)
		copy(grown, s.buf)
		s.buf = grown
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	switch {
	case err == io.EOF:
		s.eof = n == 0
	case err != nil:
		s.err = err
		if n == 0 {
			return err
		}
	}
	if s.eof {
		return io.EOF
	}
	return nil
}

// cut says that a value ends too early; other errors stay.
func cut(err error) error {
	if err == io.EOF {
		return errCut
	}
	return err
}
