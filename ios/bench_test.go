package ios_test

import (
	"os"
	"testing"
	"time"

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
		var checks, derivations time.Duration
		for b.Loop() {
			start := time.Now()
			check()
			middle := time.Now()
			if _, err := certs.ParsePKCS12(p12, "correct horse"); err != nil {
				b.Fatal(err)
			}
			checks, derivations = checks+middle.Sub(start), derivations+time.Since(middle)
		}
		n := float64(b.N)
		b.ReportMetric(float64(derivations.Microseconds())/n, "µs-to-open-the-p12")
		b.ReportMetric(float64(checks.Microseconds())/n, "µs-to-check")
		b.ReportMetric(n/(checks-derivations).Seconds(), "checks/s-beyond-opening")
		b.ReportMetric(0, "ns/op")
	})
	b.Run("locked", func(b *testing.B) {
		for b.Loop() {
			ios.Check(s, ios.NewSubject(data, profiles.ForManual))
		}
	})
}
