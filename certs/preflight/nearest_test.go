package preflight

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"Host", "SSL", "UserName", "EmailAddress", "Key Type", "sync-days", "prevent-move", "EnableMail", "EnableNotes"}
	for _, test := range []struct{ name, word, want string }{
		{"itself", "Host", "Host"},
		{"capitals", "ssl", "SSL"},
		{"a space left out", "KeyType", "Key Type"},
		{"an underscore for a hyphen", "sync_days", "sync-days"},
		{"a letter too many", "prevent-moove", "prevent-move"},
		{"two letters exchanged, which is two edits", "UsreName", "UserName"},
		{"the nearer of two", "EnableNoets", "EnableNotes"},
		{"a short word is near at one edit", "Hst", "Host"},
		{"and not at two", "Port", ""},
		{"another word", "Domain", ""},
		{"nothing", "", ""},
		{"longer than any", strings.Repeat("x", maxNear+1), ""},
		{"letters of several bytes", "Höst", "Host"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Nearest(test.word, words); got != test.want {
				t.Errorf("Nearest(%q) = %q, want %q", test.word, got, test.want)
			}
		})
	}
}

func TestNearestTakesTheFirstOfEqual(t *testing.T) {
	if got := Nearest("mat", []string{"cat", "bat"}); got != "cat" {
		t.Errorf("got %q, want cat", got)
	}
}

// A candidate may grow in lower case: what is compared stays within bounds.
func TestNearestOfLetterThatGrows(t *testing.T) {
	Nearest(strings.Repeat("Ⱥ", maxNear/2), []string{strings.Repeat("Ⱥ", maxNear)})
	Nearest(strings.Repeat("x", maxNear), []string{strings.Repeat("Ⱥ", maxNear/2)})
}
