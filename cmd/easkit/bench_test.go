package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkReport checks 10,000 certificates in as many files, with their chains
// and CRLs, and writes the report: signatures by RSA 2048 are verified for each.
//
//	go test ./cmd/easkit -run '^$' -bench Report
func BenchmarkReport(b *testing.B) {
	b.Chdir(b.TempDir())
	manyCertificates(b, 10_000)
	for _, format := range []string{formatText, formatJSON, formatHTML} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				sys := system{out: io.Discard, err: os.Stderr, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
				args := []string{"check", "cert", "users", "--ca", "ca.pem", "--crl", "ca.crl", "--users", "users.csv", "--format", format, "--ignore", "ca.crl-url=a benchmark"}
				if status := run(b.Context(), args, sys); status != exitOK {
					b.Fatalf("exit status %d", status)
				}
			}
		})
	}
}

// manyCertificates writes a CA, its CRL, n users' certificates and the users.
func manyCertificates(b *testing.B, n int) {
	b.Helper()
	must := func(err error) {
		if err != nil {
			b.Helper()
			b.Fatal(err)
		}
	}
	caKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(err)
	userKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Contoso Benchmark CA"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, NotBefore: scriptTime.AddDate(-1, 0, 0), NotAfter: scriptTime.AddDate(5, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	must(err)
	ca, err = x509.ParseCertificate(der)
	must(err)
	writeBlock := func(path, kind string, der []byte) {
		must(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	}
	writeBlock("ca.pem", "CERTIFICATE", der)
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(5), ThisUpdate: scriptTime.Add(-time.Hour), NextUpdate: scriptTime.AddDate(0, 0, 7),
	}, ca, caKey)
	must(err)
	must(os.WriteFile("ca.crl", list, 0o600))
	must(os.Mkdir("users", 0o700))
	users, err := os.Create("users.csv")
	must(err)
	defer users.Close()
	fmt.Fprintln(users, "userPrincipalName,mail")
	for i := range n {
		address := fmt.Sprintf("user%d@contoso.com", i)
		fmt.Fprintf(users, "%s,%s\n", address, address)
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(int64(i) + 2), Subject: pkix.Name{CommonName: address},
			ExtraExtensions: []pkix.Extension{upnSAN(b, address)},
			NotBefore:       scriptTime.AddDate(0, -1, 0), NotAfter: scriptTime.AddDate(1, 0, 0),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}, ca, userKey.Public(), caKey)
		must(err)
		writeBlock(filepath.Join("users", fmt.Sprintf("%05d.pem", i)), "CERTIFICATE", der)
	}
}

// upnSAN is a SubjectAltName with a UPN and an rfc822Name.
func upnSAN(b *testing.B, address string) pkix.Extension {
	b.Helper()
	upn := append([]byte{0x0c, byte(len(address))}, address...)
	upn = append([]byte{0xa0, byte(len(upn))}, upn...)
	upn = append([]byte{0x06, 10, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 20, 2, 3}, upn...)
	names := append([]byte{0xa0, byte(len(upn))}, upn...)
	names = append(append(names, 0x81, byte(len(address))), address...)
	return pkix.Extension{Id: []int{2, 5, 29, 17}, Value: append([]byte{0x30, byte(len(names))}, names...)}
}
