package rollout

import (
	"testing"

	"github.com/easkit/easkit/certs"
)

// Two users' files give the same CAs, which are held once, and their own certificates.
func TestAuthorities(t *testing.T) {
	m := newMaker(t, namedFiles)
	var known authorities
	var bundles []*certs.Bundle
	for i := range 2 {
		b, err := certs.Read(m.user(t, i), certs.Unlock{Password: runPassword})
		if err != nil {
			t.Fatal(err)
		}
		known.share(b) // notes what is new
		known.share(b)
		bundles = append(bundles, b)
	}
	cas := 0
	for i, c := range bundles[0].Certificates {
		if other := bundles[1].Certificates[i]; c.IsCA != (c == other) {
			t.Errorf("%s is shared: %v", c, c == other)
		}
		if c.IsCA {
			cas++
		}
	}
	if id, err := bundles[1].Identity(); err != nil || len(id.Chain) != 2 || cas != 2 {
		t.Errorf("the chain has %v, %d are CAs, %v", id, cas, err)
	}
	known.size = maxAuthorities
	stranger := &certs.Certificate{Raw: []byte("another"), IsCA: true}
	known.share(&certs.Bundle{Certificates: []*certs.Certificate{stranger}})
	if _, there := known.known.Load("another"); there {
		t.Error("more is held than may be")
	}
}
