package cms

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"testing"
)

// benchContent is as large as a profile with an identity inside.
var benchContent = plist(8 << 10)

// BenchmarkSign shows what a message costs beside its bare RSA signature.
func BenchmarkSign(b *testing.B) {
	p := pki()
	chain := SignOptions{Chain: []*x509.Certificate{p.issuing.cert}, Time: clock}
	b.Run("raw-rsa", func(b *testing.B) {
		digest := sha256.sum(benchContent)
		for b.Loop() {
			if _, err := p.signers["rsa"].key.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, signer := range map[string]string{"sign": "rsa", "sign-p256": "p256"} {
		b.Run(name, func(b *testing.B) {
			s := p.signers[signer]
			for b.Loop() {
				if _, err := Sign(benchContent, s.cert, s.key, chain); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerify is the whole of it: parsing, signature and chain.
func BenchmarkVerify(b *testing.B) {
	roots := pki().roots()
	message := pki().sign(b, "rsa", benchContent, false)
	for name, in := range map[string][]byte{"der": message, "ber": toBER(message)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s, err := Parse(in)
				if err == nil {
					err = s.CheckSignature(nil)
				}
				if err == nil {
					_, err = s.Chain(roots, clock)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkToDERWorst is the costliest input of its size: as deep as allowed, so that
// each byte moves once per level, and made of the smallest values.
func BenchmarkToDERWorst(b *testing.B) {
	const size = MaxSize - 8*MaxDepth
	smallest := der(0x30, make([]byte, 0))
	in := make([]byte, 0, MaxSize)
	for range MaxDepth - 1 {
		in = append(in, 0x30, 0x80)
	}
	for len(in) < size {
		in = append(in, smallest...)
	}
	in = append(in, make([]byte, 2*(MaxDepth-1))...)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := ToDER(in); err != nil {
			b.Fatal(err)
		}
	}
}
