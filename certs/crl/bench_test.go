package crl

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// entries20MB make a list of 20 MB, the most that Entra ID takes at a sign-in.
const entries20MB = 410_000

// BenchmarkCRL reads one list of 20 MB in four ways: SHA-256 alone, which is the
// floor; this package, signature and all, with nothing and with 100,000 serial
// numbers asked for; crypto/x509; and openssl.
//
//	go test ./certs/crl -run '^$' -bench CRL
func BenchmarkCRL(b *testing.B) {
	ca := newAuthority(b, "Contoso Benchmark CA")
	der := ca.large(b, entries20MB)
	path := filepath.Join(b.TempDir(), "large.crl")
	if err := os.WriteFile(path, der, 0o600); err != nil {
		b.Fatal(err)
	}
	asked := make([]*big.Int, 100_000)
	for i := range asked { // half of them are listed
		asked[i] = new(big.Int).SetBytes(bigSerial(entries20MB - len(asked)/2 + i))
	}
	read := func(b *testing.B, asked *Serials) {
		for b.Loop() {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			l, err := Read(f, asked)
			if err == nil {
				err = l.SignedBy(ca.cert)
			}
			if err != nil || l.Entries != entries20MB {
				b.Fatal(err, l)
			}
			f.Close()
		}
	}
	size := int64(len(der))
	b.Run("sha256", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			sha256.Sum256(der)
		}
	})
	b.Run("easkit", func(b *testing.B) { b.SetBytes(size); read(b, nil) })
	b.Run("easkit-100000-serials", func(b *testing.B) { b.SetBytes(size); read(b, NewSerials(asked)) })
	b.Run("crypto-x509", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			l, err := x509.ParseRevocationList(bytes.Clone(der))
			if err == nil {
				err = l.CheckSignatureFrom(ca.cert.X509)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("openssl", func(b *testing.B) { b.SetBytes(size); benchOpenSSL(b, path, ca) })
}

func benchOpenSSL(b *testing.B, path string, ca *authority) {
	if _, err := exec.LookPath("openssl"); err != nil {
		b.Skip("openssl is not on PATH")
	}
	root := filepath.Join(b.TempDir(), "ca.pem")
	if err := os.WriteFile(root, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.cert.Raw}), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		out, err := exec.Command("openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", root, "-noout").CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("verify OK")) {
			b.Fatalf("%v: %s", err, out)
		}
	}
}
