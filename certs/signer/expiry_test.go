package signer

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

func TestExpiresSoon(t *testing.T) {
	s, err := Open(filepath.Join(testdata, "foreign", "alice-pkcs8.pem"), certs.Unlock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	end := s.Certificate.NotAfter
	for _, test := range []struct {
		left time.Duration
		soon bool
	}{
		{preflight.SignerNotice + time.Second, false}, {preflight.SignerNotice, false}, {preflight.SignerNotice - time.Second, true}, {0, true}, {-time.Hour, true},
	} {
		if left, soon := s.ExpiresSoon(end.Add(-test.left)); left != test.left || soon != test.soon {
			t.Errorf("%v before its end: %v, %v", test.left, left, soon)
		}
	}
}
