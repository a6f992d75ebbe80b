package tree

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// The byte order marks by which UTF-16 is known. Windows PowerShell writes the first
// with > and Out-File.
const (
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// Decode turns a file in UTF-16 into UTF-8, without its byte order mark, and says
// whether it was one. Any other file, and one without the mark, is handed back as it
// is. Half a character at the end is left off.
func Decode(data []byte) (text []byte, wasUTF16 bool) {
	if rest, ok := bytes.CutPrefix(data, []byte(bomUTF16LE)); ok {
		return fromUTF16(rest, binary.LittleEndian), true
	}
	if rest, ok := bytes.CutPrefix(data, []byte(bomUTF16BE)); ok {
		return fromUTF16(rest, binary.BigEndian), true
	}
	return data, false
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	const size = 2 // bytes of a unit
	units := make([]uint16, len(data)/size)
	for i := range units {
		units[i] = order.Uint16(data[size*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
