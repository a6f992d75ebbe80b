package provision_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/provision"
)

// The password that a request brings is the new one, on both platforms.
func TestFreshAs(t *testing.T) {
	req := request(t, "openssl-3des.p12")
	req.NewPassword, req.FreshAs = true, "abcd-efgh-jkmn-pqrs"
	for _, r := range []*provision.Result{makeIOS(t, req), makeAndroid(t, req)} {
		if got := told(t, r); got != req.FreshAs {
			t.Error("the password is another")
		}
	}
	req.NewPassword = false // then the identity's own is kept
	for _, f := range makeAndroid(t, req).Files {
		if f.Apart {
			t.Errorf("%s is there", f.Name)
		}
	}
}

// Passwords can be typed on a phone, and don't repeat.
func TestNewPassword(t *testing.T) {
	form := regexp.MustCompile(`^[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){3}$`)
	const draws = 2000
	seen := map[string]bool{}
	count := map[rune]int{}
	for range draws {
		p := string(provision.NewPassword())
		if !form.MatchString(p) || strings.ContainsAny(p, "ilo01") {
			t.Fatalf("%d characters of another form", len(p))
		}
		if seen[p] {
			t.Fatal("the same password twice")
		}
		seen[p] = true
		for _, r := range strings.ReplaceAll(p, "-", "") {
			count[r]++
		}
	}
	// 32,000 draws out of 31: about 1032 each, with a standard deviation of 32.
	// Eight of them away is no accident.
	const each, eightSigma = draws * 16 / 31, 256
	if len(count) != 31 {
		t.Errorf("%d different characters, want 31", len(count))
	}
	for r, n := range count {
		if n < each-eightSigma || n > each+eightSigma {
			t.Errorf("%q was drawn %d times, want about %d", r, n, each)
		}
	}
}

func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"alice.p12": "alice", "users/alice.example.pfx": "alice.example", "alice": "alice", "./a b.pem": "a b",
	} {
		if got := provision.NameOf(path); got != want {
			t.Errorf("NameOf(%q) = %q, want %q", path, got, want)
		}
	}
}
