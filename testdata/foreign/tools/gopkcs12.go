// Command gopkcs12 writes or reads a PKCS#12 file with
// software.sslmate.com/src/go-pkcs12, for the samples whose origin is that
// module. make.sh builds it in a throw-away module of its own.
//
//	gopkcs12 write ENCODER PASSWORD KEY.pem CERT.pem CHAIN.pem OUT.p12
//	gopkcs12 read FILE.p12 PASSWORD
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gopkcs12:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 7 && args[0] == "write":
		return write(args[1], args[2], args[3], args[4], args[5], args[6])
	case len(args) == 3 && args[0] == "read":
		return read(args[1], args[2])
	}
	return fmt.Errorf("want write or read and their arguments, got %q", args)
}

func write(encoder, password, keyFile, certFile, chainFile, out string) error {
	encoders := map[string]*pkcs12.Encoder{
		"LegacyDES":  pkcs12.LegacyDES,
		"Modern2023": pkcs12.Modern2023,
		"Modern2026": pkcs12.Modern2026,
	}
	enc, ok := encoders[encoder]
	if !ok {
		return fmt.Errorf("no encoder named %q", encoder)
	}
	keys, err := blocks(keyFile)
	if err != nil {
		return err
	}
	key, err := x509.ParsePKCS8PrivateKey(keys[0])
	if err != nil {
		return fmt.Errorf("reading the key in %s: %w", keyFile, err)
	}
	leaf, err := certificates(certFile)
	if err != nil {
		return err
	}
	chain, err := certificates(chainFile)
	if err != nil {
		return err
	}
	der, err := enc.Encode(key, leaf[0], chain, password)
	if err != nil {
		return fmt.Errorf("encoding with %s: %w", encoder, err)
	}
	return os.WriteFile(out, der, 0o644)
}

// read opens the file as one identity, else as a list of certificates.
func read(file, password string) error {
	der, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_, leaf, chain, err := pkcs12.DecodeChain(der, password)
	if err == nil {
		fmt.Printf("identity: %s and %d more\n", leaf.Subject, len(chain))
		return nil
	}
	certs, trustErr := pkcs12.DecodeTrustStore(der, password)
	if trustErr == nil {
		fmt.Printf("trust store: %d certificates\n", len(certs))
		return nil
	}
	return err
}

func certificates(file string) ([]*x509.Certificate, error) {
	ders, err := blocks(file)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for _, der := range ders {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

func blocks(file string) ([][]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var ders [][]byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		ders = append(ders, block.Bytes)
	}
	if len(ders) == 0 {
		return nil, fmt.Errorf("%s holds no PEM block", file)
	}
	return ders, nil
}
