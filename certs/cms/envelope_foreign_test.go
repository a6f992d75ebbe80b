package cms

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOpenSSLDecryptsOurs(t *testing.T) {
	w := newWorkshop(t, "openssl")
	for _, size := range []int{0, 16, 5000, 100000} {
		content := plist(size)
		message, err := Encrypt(content, []*x509.Certificate{pki().signers["rsa"].cert})
		if err != nil {
			t.Fatal(err)
		}
		w.write("message", message)
		for _, command := range []string{"cms", "smime"} {
			w.run("openssl", command, "-decrypt", "-binary", "-inform", "DER", "-in", "message", "-recip", "rsa.pem", "-inkey", "rsa.key", "-out", "out")
			if !bytes.Equal(w.read("out"), content) {
				t.Errorf("%s: %d bytes came out changed", command, size)
			}
		}
	}
}

// TestOpenSSLEncrypted reads what openssl makes. Above 4096 bytes its streams come in
// several pieces.
func TestOpenSSLEncrypted(t *testing.T) {
	w := newWorkshop(t, "openssl")
	p := pki().signers["rsa"]
	for _, size := range []int{1, 5000, 100000} {
		content := plist(size)
		w.write("content", content)
		for _, args := range []string{
			"cms -encrypt -binary -aes256",
			"cms -encrypt -binary -aes192",
			"cms -encrypt -binary -aes128",
			"cms -encrypt -binary -des3",
			"cms -encrypt -binary -aes256 -keyid",
			"cms -encrypt -binary -aes256 -stream",
			"cms -encrypt -binary -des3 -keyid -stream",
			"cms -encrypt -binary -aes256 -recip p256.pem", // for a second one, by key agreement
			"cms -encrypt -binary -aes256 -pwri_password secret",
			"cms -encrypt -binary -aes256 -secretkey 000102030405060708090a0b0c0d0e0f -secretkeyid 01",
			"smime -encrypt -binary -aes256",
			"smime -encrypt -binary -aes128 -stream",
			"smime -encrypt -binary -des3",
		} {
			t.Run(fmt.Sprint(args, " ", size), func(t *testing.T) {
				w.t = t
				split := strings.Fields(args)
				to := []string{"-recip", "rsa.pem"}
				if split[0] == "smime" {
					to = to[1:] // smime takes certificates at the end
				}
				w.run("openssl", append(append(split, "-outform", "DER", "-in", "content", "-out", "out"), to...)...)
				message := w.read("out")
				if !IsEnveloped(message) {
					t.Error("IsEnveloped doesn't know it")
				}
				_, isDER := ToDER(message)
				if got, err := Decrypt(message, decrypterOf(p), p.cert); err != nil || isDER != nil || !bytes.Equal(got, content) {
					t.Errorf("%d bytes came out, %v, %v", len(got), err, isDER)
				}
			})
		}
	}
}

func TestOpenSSLEncryptedRefused(t *testing.T) {
	w := newWorkshop(t, "openssl")
	w.write("content", plist(500))
	p := pki().signers["rsa"]
	for _, tt := range []struct {
		args string
		want error
	}{
		{"-aes256 -recip p256.pem", ErrNotRecipient},
		{"-aes256 -pwri_password secret", ErrNotRecipient},
		{"-aes256 -recip rsa.pem -keyopt rsa_padding_mode:oaep", ErrAlgorithm},
		{"-camellia256 -recip rsa.pem", ErrAlgorithm},
		{"-aes-256-gcm -recip rsa.pem", ErrNotEnveloped}, // AuthEnvelopedData, RFC 5083
	} {
		t.Run(tt.args, func(t *testing.T) {
			w.t = t
			w.run("openssl", append(strings.Fields("cms -encrypt -binary -outform DER -in content -out out"), strings.Fields(tt.args)...)...)
			_, err := Decrypt(w.read("out"), decrypterOf(p), p.cert)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			t.Log(err)
		})
	}
}

// TestNSSEnvelopes goes both ways with the library of Firefox and Thunderbird.
func TestNSSEnvelopes(t *testing.T) {
	w := newWorkshop(t, "openssl", "certutil", "pk12util", "cmsutil")
	newDatabase(w)
	w.run("certutil", "-A", "-d", ".", "-n", "issuing", "-t", ",,", "-a", "-i", "issuing.pem")
	w.run("openssl", "pkcs12", "-export", "-in", "rsa.pem", "-inkey", "rsa.key", "-name", "rsa", "-passout", "pass:x", "-out", "p12")
	w.run("pk12util", "-d", ".", "-i", "p12", "-W", "x", "-K", "")
	p := pki().signers["rsa"]
	for _, size := range []int{10, 5000, 100000} {
		content := plist(size)
		message, err := Encrypt(content, []*x509.Certificate{p.cert})
		if err != nil {
			t.Fatal(err)
		}
		w.write("message", message)
		w.run("cmsutil", "-D", "-d", ".", "-i", "message", "-o", "out")
		if !bytes.Equal(w.read("out"), content) {
			t.Errorf("%d bytes of ours came out changed", size)
		}
		w.write("content", content)
		w.run("cmsutil", "-E", "-d", ".", "-r", "rsa", "-i", "content", "-o", "out")
		if got, err := Decrypt(w.read("out"), decrypterOf(p), p.cert); err != nil || !bytes.Equal(got, content) {
			t.Errorf("of %d bytes of NSS %d came out, %v", size, len(got), err)
		}
	}
}
