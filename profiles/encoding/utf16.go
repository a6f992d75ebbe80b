// Package encoding reads the encodings that Windows writes text files in. It imports nothing
// of ours, so that every parser of files may use it.
package encoding

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// The byte order marks by which UTF-16 is known
// (https://www.unicode.org/faq/utf_bom.html#bom4). Windows PowerShell writes the first
// with > and Out-File.
const (
	LittleEndian = "\xff\xfe"
	BigEndian    = "\xfe\xff"
)

// FromMarked turns a file in UTF-16 into UTF-8, without its byte order mark, and says
// which that was. Any other file, and one without a mark, is handed back as it is, with
// the mark "".
func FromMarked(data []byte) (text []byte, mark string) {
	if rest, ok := bytes.CutPrefix(data, []byte(LittleEndian)); ok {
		return FromUTF16(rest, binary.LittleEndian), LittleEndian
	}
	if rest, ok := bytes.CutPrefix(data, []byte(BigEndian)); ok {
		return FromUTF16(rest, binary.BigEndian), BigEndian
	}
	return data, ""
}

// FromUTF16 turns UTF-16 of the given byte order, without a mark, into UTF-8. Half a
// character at the end is left off, and half a pair becomes U+FFFD.
func FromUTF16(data []byte, order binary.ByteOrder) []byte {
	const size = 2 // bytes of a unit
	units := make([]uint16, len(data)/size)
	for i := range units {
		units[i] = order.Uint16(data[size*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
