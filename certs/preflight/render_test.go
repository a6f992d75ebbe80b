package preflight_test

import (
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

func TestClip(t *testing.T) {
	for _, test := range []struct{ text, want string }{{"", ""}, {"äöü", "äöü"}, {"äöüß", "äöü…"}, {"ab\xffcd", "ab\xff…"}} {
		if got := preflight.Clip(test.text, 3); got != test.want {
			t.Errorf("Clip(%q, 3) = %q, want %q", test.text, got, test.want)
		}
	}
}
