package provision_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// BenchmarkProfile makes one signed iOS profile out of the bytes of a .p12 file,
// pre-flight included, next to what it cannot do without: opening the file, and
// the signature. floor is those two alone; go-pkcs12 opens the same file.
//
//	go test ./profiles/provision -run '^$' -bench Profile
func BenchmarkProfile(b *testing.B) {
	data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "foreign", "openssl-3des.p12"))
	if err != nil {
		b.Fatal(err)
	}
	const password = "correct horse"
	open := func(b *testing.B) *certs.Bundle {
		bundle, err := certs.Read(data, certs.Unlock{Password: password})
		if err != nil {
			b.Fatal(err)
		}
		return bundle
	}
	id, err := open(b).Identity()
	if err != nil {
		b.Fatal(err)
	}
	by, err := signer.New(id)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256(data)
	rawSign := func(b *testing.B) {
		if _, err := rsa.SignPKCS1v15(rand.Reader, id.Key.(*rsa.PrivateKey), crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("rsa-signature", func(b *testing.B) {
		for b.Loop() {
			rawSign(b)
		}
	})
	b.Run("pkcs12-decode", func(b *testing.B) {
		for b.Loop() {
			open(b)
		}
	})
	b.Run("go-pkcs12-decode", func(b *testing.B) {
		for b.Loop() {
			if _, _, _, err := pkcs12.DecodeChain(data, password); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			open(b)
			rawSign(b)
		}
	})
	b.Run("easkit", func(b *testing.B) { benchmarkEaskit(b, open, by) })
}

func benchmarkEaskit(b *testing.B, open func(*testing.B) *certs.Bundle, by *signer.Signer) {
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		b.Fatal(err)
	}
	s := preflight.Scenario{At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	for b.Loop() {
		result, err := provision.IOS(b.Context(), provision.Request{Name: "alice", Bundle: open(b), Template: template, Scenario: s, Signer: by})
		if err != nil || result.Failed() {
			b.Fatal(err, result)
		}
	}
}
