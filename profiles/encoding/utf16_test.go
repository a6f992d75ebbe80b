package encoding_test

import (
	"testing"

	"github.com/easkit/easkit/profiles/encoding"
)

func TestFromMarked(t *testing.T) {
	for _, tt := range []struct{ name, data, want, mark string }{
		{"UTF-8", `{"a":"ä"}`, `{"a":"ä"}`, ""},
		{"UTF-8 with a mark", "\xef\xbb\xbf{}", "\xef\xbb\xbf{}", ""},
		{"little end first", "\xff\xfe{\x00}\x00", "{}", encoding.LittleEndian},
		{"big end first", "\xfe\xff\x00{\x00}", "{}", encoding.BigEndian},
		{"a pair", "\xff\xfe\x3d\xd8\x00\xde", "😀", encoding.LittleEndian},
		{"half a pair", "\xff\xfe\x3d\xd8", "\uFFFD", encoding.LittleEndian},
		{"half a character", "\xff\xfe{\x00}", "{", encoding.LittleEndian},
		{"nothing", "", "", ""},
		{"a mark alone", "\xfe\xff", "", encoding.BigEndian},
	} {
		got, mark := encoding.FromMarked([]byte(tt.data))
		if string(got) != tt.want || mark != tt.mark {
			t.Errorf("%s: %q, %q", tt.name, got, mark)
		}
	}
}
