package probe

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestParseChallenges(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []string
		want   string
	}{
		{"none", nil, ""},
		{"one", []string{"Bearer"}, "Bearer[]"},
		{"quoted", []string{`Bearer realm="a, b\"c", x=y`}, `Bearer[realm=a, b"c x=y]`},
		{"several in one header", []string{`Basic realm="x", Bearer authorization_uri="https://a/?b=c"`}, "Basic[realm=x] Bearer[authorization_uri=https://a/?b=c]"},
		{"several headers", []string{"NTLM", "Negotiate", "Bearer a=b"}, "NTLM[] Negotiate[] Bearer[a=b]"},
		{"data in place of parameters", []string{"Negotiate oYG2MIGz/+==, Bearer a=b"}, "Negotiate[] Bearer[a=b]"},
		{"spaces around =", []string{`Bearer a = "b" , c= d`}, "Bearer[a=b c=d]"},
		{"the first of two", []string{`Bearer a=1, A=2`}, "Bearer[a=1]"},
		{"a URL without quotes", []string{`Bearer authorization_uri=https://a/b?c, x=1`}, "Bearer[authorization_uri=https://a/b?c x=1]"},
		{"an end that is missing", []string{`Bearer a="b`}, "Bearer[a=b]"},
		{"nonsense", []string{`,,= "(" ; Bearer`}, "Bearer[]"},
		{"a parameter of nobody", []string{`a="b"`}, ""},
	} {
		var got []string
		for _, c := range parseChallenges(test.values) {
			got = append(got, c.scheme+strings.TrimPrefix(fmt.Sprint(c.params), "map"))
		}
		want := strings.ReplaceAll(test.want, "=", ":")
		if text := strings.ReplaceAll(strings.Join(got, " "), "=", ":"); text != want {
			t.Errorf("%s: %s, want %s", test.name, text, want)
		}
	}
}

func TestReadChallenge(t *testing.T) {
	h := http.Header{"Www-Authenticate": {`Basic realm=""`, `bearer error="invalid_token"`, `Bearer authorization_uri="https://a/", claims="x"`}}
	if got, want := readChallenge(h), (Challenge{Bearer: true, Authority: "https://a/", Claims: "x", Error: "invalid_token"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := readChallenge(nil); got != (Challenge{}) {
		t.Errorf("%+v of no header", got)
	}
}

func FuzzParseChallenges(f *testing.F) {
	f.Add(`Bearer a="b\"c", Negotiate oY/=, x`)
	f.Add(`=",\`)
	f.Fuzz(func(t *testing.T, value string) {
		all := parseChallenges([]string{value, value})
		if len(all) > maxChallenges {
			t.Errorf("%d challenges", len(all))
		}
		for _, c := range all {
			if c.scheme == "" {
				t.Errorf("a challenge without a scheme in %q", value)
			}
		}
	})
}
