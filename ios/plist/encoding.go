package plist

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// The marks at the beginning of a file that tell its encoding. Apple's reader goes
// by them, and where there is none by what the file declares (CFPropertyList.c).
const (
	bom        = "\xef\xbb\xbf"
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// decode turns a file in UTF-16 or Latin-1 into UTF-8. encoding names it; it is empty
// for any other file. The mark is taken off.
func decode(data []byte) (text []byte, mark, encoding string) {
	if rest, ok := bytes.CutPrefix(data, []byte(bom)); ok {
		return rest, bom, ""
	}
	if rest, ok := bytes.CutPrefix(data, []byte(bomUTF16LE)); ok {
		return fromUTF16(rest, binary.LittleEndian), bomUTF16LE, "UTF-16"
	}
	if rest, ok := bytes.CutPrefix(data, []byte(bomUTF16BE)); ok {
		return fromUTF16(rest, binary.BigEndian), bomUTF16BE, "UTF-16"
	}
	if declared := declaration(data); strings.EqualFold(declared, "ISO-8859-1") {
		return fromLatin1(data), "", declared
	}
	return data, "", ""
}

func fromUTF16(data []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// fromLatin1 makes a letter of every byte.
func fromLatin1(data []byte) []byte {
	letters := make([]rune, len(data))
	for i, c := range data {
		letters[i] = rune(c)
	}
	return []byte(string(letters))
}

// declaration is the encoding that an XML declaration names.
func declaration(data []byte) string {
	head, _, ok := bytes.Cut(data, []byte("?>"))
	if !ok || !bytes.HasPrefix(head, []byte("<?xml")) {
		return ""
	}
	_, value, ok := bytes.Cut(head, []byte("encoding="))
	if !ok || len(value) == 0 {
		return ""
	}
	name, _, _ := bytes.Cut(value[1:], value[:1])
	return string(name)
}
