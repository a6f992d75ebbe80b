package plist

import (
	"bytes"
	"strings"

	"github.com/easkit/easkit/profiles/encoding"
)

// bom is the mark of UTF-8 at the beginning of a file. Apple's reader goes by such marks,
// and where there is none by what the file declares (CFPropertyList.c).
const bom = "\xef\xbb\xbf"

// decode turns a file in UTF-16 or Latin-1 into UTF-8. name is its encoding's; it is empty
// for any other file. The mark is taken off.
func decode(data []byte) (text []byte, mark, name string) {
	if rest, ok := bytes.CutPrefix(data, []byte(bom)); ok {
		return rest, bom, ""
	}
	if text, mark := encoding.FromMarked(data); mark != "" {
		return text, mark, "UTF-16"
	}
	if declared := declaration(data); strings.EqualFold(declared, "ISO-8859-1") {
		return fromLatin1(data), "", declared
	}
	return data, "", ""
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
