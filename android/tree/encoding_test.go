package tree_test

import (
	"testing"

	"github.com/easkit/easkit/android/tree"
)

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, data, want string
		utf16            bool
	}{
		{"UTF-8", `{"a":"ä"}`, `{"a":"ä"}`, false},
		{"UTF-8 with a mark", "\xef\xbb\xbf{}", "\xef\xbb\xbf{}", false},
		{"little end first", "\xff\xfe{\x00}\x00", "{}", true},
		{"big end first", "\xfe\xff\x00{\x00}", "{}", true},
		{"a pair", "\xff\xfe\x3d\xd8\x00\xde", "😀", true},
		{"half a character", "\xff\xfe{\x00}", "{", true},
		{"nothing", "", "", false},
	} {
		got, was := tree.Decode([]byte(tt.data))
		if string(got) != tt.want || was != tt.utf16 {
			t.Errorf("%s: %q, %v", tt.name, got, was)
		}
	}
}
