package plist

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"howett.net/plist"
)

// The form of a binary property list: Apple's CFBinaryPList.c.
const (
	bplistTrailer = 32
	bplistArray   = 0xa0
	bplistSet     = 0xc0
	bplistDict    = 0xd0
	bplistInt     = 0x10
)

// bplist walks over a binary property list without unfolding it.
type bplist struct {
	data             []byte
	offsets          []byte // of the objects
	offsetSize       int
	refSize, objects uint64
	visited          int
	size             uint64 // bytes of text and data, unfolded
}

// parseBinary reads a binary property list.
func parseBinary(data []byte) (*File, error) {
	if err := boundBinary(data); err != nil {
		return nil, &SyntaxError{Reason: err.Error()}
	}
	var top any
	if _, err := plist.Unmarshal(data, &top); err != nil {
		return nil, &SyntaxError{Reason: "the binary property list is damaged: " + strings.TrimPrefix(err.Error(), "plist: error parsing binary property list: ")}
	}
	root, err := fromPlain(top)
	if err != nil {
		return nil, &SyntaxError{Reason: err.Error()}
	}
	return &File{Root: root, Binary: true}, nil
}

// fromPlain turns Go's own types, as the library has them, into nodes. The keys of a
// dictionary come in alphabetical order: a binary file's own is lost in the library.
func fromPlain(v any) (*Node, error) {
	switch v := v.(type) {
	case string:
		return &Node{Kind: String, Text: v}, textual(v)
	case bool:
		return &Node{Kind: Boolean, Bool: v}, nil
	case int64:
		return &Node{Kind: Integer, Int: v}, nil
	case uint64:
		if v > math.MaxInt64 {
			return nil, fmt.Errorf("the integer %d is larger than any that is used", v)
		}
		return &Node{Kind: Integer, Int: int64(v)}, nil
	case float32:
		return &Node{Kind: Real, Real: float64(v)}, nil
	case float64:
		return &Node{Kind: Real, Real: v}, nil
	case []byte:
		return &Node{Kind: Data, Data: v}, nil
	case time.Time:
		if year := v.UTC().Year(); year < 0 || year > 9999 {
			return nil, fmt.Errorf("it holds a date in the year %d", year)
		}
		return &Node{Kind: Date, Time: v.UTC().Truncate(time.Second)}, nil
	case []any:
		return arrayOf(v)
	case map[string]any:
		return dictionaryOf(v)
	}
	return nil, fmt.Errorf("it holds a value of a kind that no profile has (%T)", v)
}

// textual refuses a text with a character that XML cannot hold: nobody has meant it.
func textual(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("it holds a text in no encoding that is known")
	}
	for _, c := range s {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xfffe || c == 0xffff {
			return fmt.Errorf("it holds a text with the character %U", c)
		}
	}
	return nil
}

func arrayOf(items []any) (*Node, error) {
	n := &Node{Kind: Array, Items: make([]*Node, len(items))}
	var err error
	for i, item := range items {
		if n.Items[i], err = fromPlain(item); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func dictionaryOf(values map[string]any) (*Node, error) {
	n := &Node{Kind: Dictionary}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := textual(key); err != nil {
			return nil, err
		}
		value, err := fromPlain(values[key])
		if err != nil {
			return nil, err
		}
		n.Entries = append(n.Entries, Entry{Key: key, Value: value})
	}
	return n, nil
}

// boundBinary refuses a binary property list that unfolds too far or too deep: its
// containers refer to their members by number, so that a few hundred bytes can stand
// for as many values as one likes, or for a circle.
func boundBinary(data []byte) error {
	if len(data) < len("bplist00")+bplistTrailer {
		return errors.New("it is cut short")
	}
	trailer := data[len(data)-bplistTrailer:]
	b := &bplist{
		data: data[:len(data)-bplistTrailer], offsetSize: int(trailer[6]), refSize: uint64(trailer[7]),
		objects: binary.BigEndian.Uint64(trailer[8:]),
	}
	top, table := binary.BigEndian.Uint64(trailer[16:]), binary.BigEndian.Uint64(trailer[24:])
	size := uint64(len(b.data))
	if b.offsetSize < 1 || b.offsetSize > 8 || b.refSize < 1 || b.refSize > 8 || table > size || b.objects > (size-table)/uint64(b.offsetSize) {
		return errors.New("its trailer is damaged")
	}
	b.offsets = b.data[table:]
	return b.walk(top, 0)
}

func (b *bplist) walk(object uint64, depth int) error {
	if b.visited++; b.visited > maxNodes {
		return fmt.Errorf("it unfolds to more than %d objects", maxNodes)
	}
	if depth > MaxDepth {
		return fmt.Errorf("it is nested more than %d deep", MaxDepth)
	}
	if object >= b.objects {
		return errors.New("it refers to an object that is not there")
	}
	at := number(b.offsets[object*uint64(b.offsetSize):][:b.offsetSize])
	if at >= uint64(len(b.data)) {
		return errors.New("an object lies outside of it")
	}
	if b.size += payload(b.data[at:]); b.size > MaxSize {
		return fmt.Errorf("it unfolds to more than %d bytes", MaxSize)
	}
	refs, err := b.members(b.data[at:])
	for ; err == nil && len(refs) > 0; refs = refs[b.refSize:] {
		err = b.walk(number(refs[:b.refSize]), depth+1)
	}
	return err
}

// payload is the length in bytes of a text or of data; nothing for any other object.
func payload(object []byte) uint64 {
	const data, ascii, utf16 = 0x40, 0x50, 0x60
	each := uint64(1)
	switch object[0] & 0xf0 {
	case data, ascii:
	case utf16:
		each = 2
	default:
		return 0
	}
	count := uint64(object[0] & 0x0f)
	if rest := object[1:]; count == 0x0f && len(rest) > 0 && rest[0]&0xf0 == bplistInt && rest[0]&0x0f <= 3 && len(rest) > 1<<(rest[0]&0x0f) {
		count = number(rest[1 : 1+1<<(rest[0]&0x0f)])
	}
	return min(count, MaxSize) * each
}

// members is the references of a container; nothing for any other object.
func (b *bplist) members(object []byte) ([]byte, error) {
	each := uint64(1)
	switch object[0] & 0xf0 {
	case bplistArray, bplistSet:
	case bplistDict:
		each = 2 // keys, then values
	default:
		return nil, nil
	}
	count, rest := uint64(object[0]&0x0f), object[1:]
	if count == 0x0f { // an integer object follows with the count
		if len(rest) == 0 || rest[0]&0xf0 != bplistInt || rest[0]&0x0f > 3 || len(rest) < 1+1<<(rest[0]&0x0f) {
			return nil, errors.New("a count is damaged")
		}
		size := 1 << (rest[0] & 0x0f)
		count, rest = number(rest[1:1+size]), rest[1+size:]
	}
	if count > uint64(len(rest))/(each*b.refSize) {
		return nil, errors.New("a container goes beyond its end")
	}
	return rest[:count*each*b.refSize], nil
}

// number is a big-endian number of up to eight bytes.
func number(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}
