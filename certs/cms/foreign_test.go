package cms

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestOpenSSLSigned reads what openssl makes. Above 4096 bytes its streams come in
// several pieces.
func TestOpenSSLSigned(t *testing.T) {
	w := newWorkshop(t, "openssl")
	w.write("chain.pem", append(pemOf(pki().issuing.cert), pemOf(pki().root.cert)...))
	with := func(args string) []string { return strings.Fields(args) }
	for _, size := range []int{10, 5000, 100000} {
		content := plist(size)
		w.write("content", content)
		for _, tt := range []struct {
			name, signer, algorithm string
			args                    []string
		}{
			{"smime", "rsa", "SHA256-RSA", with("smime -sign -binary -nodetach")},
			{"smime text", "rsa", "SHA256-RSA", with("smime -sign -nodetach")}, // ends its lines with CR LF, as content does
			{"smime ec", "p256", "ECDSA-SHA256", with("smime -sign -binary -nodetach")},
			{"cms", "rsa", "SHA256-RSA", with("cms -sign -binary -nodetach")},
			{"cms ec", "p384", "ECDSA-SHA256", with("cms -sign -binary -nodetach")},
			{"cms ec sha384", "p384", "ECDSA-SHA384", with("cms -sign -binary -nodetach -md sha384")},
			{"cms ec sha512", "p521", "ECDSA-SHA512", with("cms -sign -binary -nodetach -md sha512")},
			{"cms sha224", "rsa", "SHA224-RSA", with("cms -sign -binary -nodetach -md sha224")},
			{"stream", "rsa", "SHA256-RSA", with("cms -sign -stream -binary -nodetach")},
			{"stream ec", "p256", "ECDSA-SHA256", with("cms -sign -stream -binary -nodetach")},
			{"keyid", "rsa", "SHA256-RSA", with("cms -sign -binary -nodetach -keyid")},
			{"pss", "rsa", "SHA256-RSAPSS", with("cms -sign -binary -nodetach -keyopt rsa_padding_mode:pss")},
			{"pss sha512", "rsa", "SHA512-RSAPSS", with("cms -sign -binary -nodetach -md sha512 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:64")},
			{"pss keyid", "rsa", "SHA384-RSAPSS", with("cms -sign -binary -nodetach -keyid -md sha384 -keyopt rsa_padding_mode:pss")},
			{"no attributes", "rsa", "SHA256-RSA", with("cms -sign -binary -nodetach -noattr")},
			{"root inside", "rsa", "SHA256-RSA", with("cms -sign -binary -nodetach -certfile chain.pem")},
			{"detached", "rsa", "SHA256-RSA", with("cms -sign -binary")},
		} {
			t.Run(fmt.Sprint(tt.name, " ", size), func(t *testing.T) {
				w.t = t
				args := []string{tt.args[0], "-outform", "DER", "-in", "content", "-out", "out",
					"-signer", tt.signer + ".pem", "-inkey", tt.signer + ".key", "-certfile", "issuing.pem"}
				w.run("openssl", append(args, tt.args[1:]...)...)
				message := w.read("out")
				if !IsCMS(message) {
					t.Error("IsCMS doesn't know it")
				}
				var detached []byte
				if tt.name == "detached" {
					detached = content
				}
				s := accept(t, message, detached)
				if detached == nil && !bytes.Equal(s.Content, content) {
					t.Errorf("content came out as %d bytes", len(s.Content))
				}
				if s.Algorithm != tt.algorithm || !s.Signer.Equal(pki().signers[tt.signer].cert) {
					t.Errorf("%s by %q, want %s", s.Algorithm, s.Signer.Subject, tt.algorithm)
				}
				if hasTime := tt.name != "no attributes"; s.SigningTime.IsZero() == hasTime {
					t.Errorf("signing time %v", s.SigningTime)
				}
			})
		}
	}
}

func TestOpenSSLRefused(t *testing.T) {
	w := newWorkshop(t, "openssl")
	w.write("content", plist(500))
	for _, tt := range []struct {
		name, args string
		want       error
	}{
		{"two signers", "-signer p256.pem -inkey p256.key -signer p384.pem -inkey p384.key", ErrSigners},
		{"no certificates", "-signer rsa.pem -inkey rsa.key -nocerts", ErrNoSignerCertificate},
		{"no certificates, keyid", "-signer rsa.pem -inkey rsa.key -nocerts -keyid", ErrNoSignerCertificate},
		{"sha1", "-signer rsa.pem -inkey rsa.key -md sha1", ErrWeakDigest},
		{"md5", "-signer rsa.pem -inkey rsa.key -md md5", ErrWeakDigest},
		{"sha1 ec", "-signer p256.pem -inkey p256.key -md sha1", ErrWeakDigest},
		{"pss sha1", "-signer rsa.pem -inkey rsa.key -md sha1 -keyopt rsa_padding_mode:pss", ErrWeakDigest},
		{"pss without salt", "-signer rsa.pem -inkey rsa.key -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:0", ErrAlgorithm},
		{"pss, another mask", "-signer rsa.pem -inkey rsa.key -keyopt rsa_padding_mode:pss -keyopt rsa_mgf1_md:sha512", ErrAlgorithm},
		{"sha3", "-signer rsa.pem -inkey rsa.key -md sha3-256", ErrAlgorithm},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.t = t
			w.run("openssl", append(strings.Fields("cms -sign -binary -nodetach -outform DER -in content -out out"), strings.Fields(tt.args)...)...)
			s, err := Parse(w.read("out"))
			if err == nil {
				err = s.CheckSignature(nil)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			t.Log(err)
		})
	}
}

func TestNSSSigned(t *testing.T) {
	w := newWorkshop(t, "openssl", "certutil", "pk12util", "cmsutil")
	newDatabase(w)
	w.run("certutil", "-A", "-d", ".", "-n", "issuing", "-t", ",,", "-a", "-i", "issuing.pem")
	for _, signer := range []string{"rsa", "p256"} {
		w.run("openssl", "pkcs12", "-export", "-in", signer+".pem", "-inkey", signer+".key", "-name", signer, "-passout", "pass:x", "-out", "p12")
		w.run("pk12util", "-d", ".", "-i", "p12", "-W", "x", "-K", "")
		for _, size := range []int{10, 5000, 100000} {
			content := plist(size)
			w.write("content", content)
			w.run("cmsutil", "-S", "-d", ".", "-N", signer, "-G", "-i", "content", "-o", "out")
			message := w.read("out")
			if _, err := ToDER(message); err != nil || !IsCMS(message) {
				t.Errorf("IsCMS doesn't know it, or %v", err)
			}
			s := accept(t, message, nil)
			if !bytes.Equal(s.Content, content) || s.Digest.String() != "SHA-256" || s.SigningTime.IsZero() {
				t.Errorf("%s: %d bytes over %v at %v", signer, len(s.Content), s.Digest, s.SigningTime)
			}
		}
	}
}

func TestOpenSSLCertsOnly(t *testing.T) {
	w := newWorkshop(t, "openssl")
	w.run("openssl", "crl2pkcs7", "-nocrl", "-certfile", "root.pem", "-certfile", "rsa.pem", "-outform", "DER", "-out", "out")
	got, err := CertsOnly(w.read("out"))
	if err != nil || len(got) != 2 || !bytes.Equal(got[0], pki().root.cert.Raw) || !bytes.Equal(got[1], pki().signers["rsa"].cert.Raw) {
		t.Errorf("%d certificates, %v", len(got), err)
	}
}

func TestNSSCertsOnly(t *testing.T) {
	w := newWorkshop(t, "certutil", "cmsutil")
	newDatabase(w)
	w.run("cmsutil", "-O", "-d", ".", "-r", "root", "-i", "root.pem", "-o", "out")
	got, err := CertsOnly(w.read("out"))
	if err != nil || len(got) != 1 || !bytes.Equal(got[0], pki().root.cert.Raw) {
		t.Errorf("%d certificates, %v", len(got), err)
	}
}
