package ios_test

import (
	"os"
	"testing"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// Checking one signed profile, next to the key derivation of its PKCS#12 file, which
// is what any program has to spend on it, and what is left beyond that.
func BenchmarkCheck(b *testing.B) {
	data, err := os.ReadFile("testdata/oauth.mobileconfig")
	if err != nil {
		b.Fatal(err)
	}
	data = signed(b, data)
	s := preflight.Scenario{At: at}
	check := func() *ios.Judgement {
		sub := ios.NewSubject(data, profiles.ForManual)
		sub.Password = "correct horse"
		return ios.Judge(s, sub)
	}
	if len(check().Identities) != 1 {
		b.Fatal("the identity did not open")
	}
	p12 := alice(b).PKCS12.Raw
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			check()
		}
	})
	b.Run("derivation", func(b *testing.B) {
		for b.Loop() {
			if _, err := certs.ParsePKCS12(p12, "correct horse"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unopened", func(b *testing.B) {
		for b.Loop() {
			ios.Check(s, ios.NewSubject(data, profiles.ForManual))
		}
	})
}
