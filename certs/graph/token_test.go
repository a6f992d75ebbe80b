package graph_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
)

// jwt is a token of claims that nobody signed.
func jwt(claims string) string {
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
}

func TestFixed(t *testing.T) {
	at := now
	s, err := graph.NewFixed("Bearer "+jwt(`{"exp":1795344300}`)+"\n", func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.Token(t.Context())
	if err != nil || !token.Expires.Equal(time.Unix(1795344300, 0)) {
		t.Fatalf("%v until %v: %v", token, token.Expires, err)
	}
	at = token.Expires
	if _, err := s.Token(t.Context()); err == nil {
		t.Error("an expired token is given out")
	}
	for _, text := range []string{"", " \n", "two words", "ü", "{"} {
		if _, err := graph.NewFixed(text, clock); err == nil {
			t.Errorf("%q is taken for a token", text)
		}
	}
	if _, err := graph.NewFixed("opaque", clock); err != nil {
		t.Errorf("an opaque token is refused: %v", err)
	}
}

// Who may have used a certificate would be locked out by deleting the classic store.
func TestByCertificate(t *testing.T) {
	for claims, want := range map[string]struct{ maybe, known bool }{
		`{"scp":"x","amr":["pwd","mfa"]}`:          {false, true},
		`{"scp":"x","amr":["rsa","mfa"]}`:          {true, true},
		`{"scp":"x","amr":["pwd","rsa"]}`:          {true, false},
		`{"scp":"x"}`:                              {true, false},
		`{"roles":["Organization.ReadWrite.All"]}`: {false, true},
	} {
		c, err := graph.ReadClaims(jwt(claims))
		if err != nil {
			t.Fatal(err)
		}
		if maybe, known := c.ByCertificate(); maybe != want.maybe || known != want.known {
			t.Errorf("%s: %v, %v", claims, maybe, known)
		}
	}
	if c, err := graph.ReadClaims("opaque"); err == nil {
		t.Errorf("an opaque token is read: %+v", c)
	}
}
