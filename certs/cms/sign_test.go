package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"testing"
	"time"
)

func TestSign(t *testing.T) {
	for signer, want := range map[string]string{
		"rsa": "SHA256-RSA", "p256": "ECDSA-SHA256", "p384": "ECDSA-SHA384", "p521": "ECDSA-SHA512",
	} {
		t.Run(signer, func(t *testing.T) {
			content := plist(3000)
			der := pki().sign(t, signer, content, false)
			if again, err := ToDER(der); err != nil || &again[0] != &der[0] {
				t.Errorf("not DER: %v", err)
			}
			s := accept(t, der, nil)
			if !bytes.Equal(s.Content, content) || s.Detached {
				t.Errorf("content is %d bytes, detached %v", len(s.Content), s.Detached)
			}
			if s.Algorithm != want || !s.SigningTime.Equal(clock) || !s.ContentType.Equal(oidData) {
				t.Errorf("got %s at %v over %v, want %s at %v", s.Algorithm, s.SigningTime, s.ContentType, want, clock)
			}
			p := pki()
			if len(s.Certificates) != 2 || !s.Certificates[0].Equal(p.signers[signer].cert) || !s.Certificates[1].Equal(p.issuing.cert) {
				t.Error("inside are not the signer and the intermediate, in this order and without the root")
			}
			if s.Signer != s.Certificates[0] {
				t.Error("the signer is another")
			}
		})
	}
}

// accept demands that a message is in order in every respect.
func accept(t *testing.T, message, detached []byte) *SignedData {
	t.Helper()
	s, err := Parse(message)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CheckSignature(detached); err != nil {
		t.Fatal(err)
	}
	chain, err := s.Chain(pki().roots(), clock)
	if err != nil {
		t.Fatal(err)
	}
	if chain[0] != s.Signer || !chain[len(chain)-1].Equal(pki().root.cert) {
		t.Errorf("chain of %d from %v", len(chain), chain[0].Subject)
	}
	return s
}

func TestSignEmptyAndDetached(t *testing.T) {
	s := accept(t, pki().sign(t, "p256", nil, false), nil)
	if s.Content == nil || len(s.Content) > 0 || s.Detached {
		t.Errorf("empty content came back as %v, detached %v", s.Content, s.Detached)
	}
	for _, content := range [][]byte{{}, plist(100)} {
		if s := accept(t, pki().sign(t, "p256", content, true), content); s.Content != nil || !s.Detached {
			t.Errorf("detached content of %d bytes is inside", len(content))
		}
	}
}

func TestSignIsReproducible(t *testing.T) {
	if !bytes.Equal(pki().sign(t, "rsa", plist(500), false), pki().sign(t, "rsa", plist(500), false)) {
		t.Error("the same RSA key, content and time gave other bytes")
	}
}

func TestSigningTime(t *testing.T) {
	p := pki().signers["p256"]
	for _, tt := range []struct {
		name       string
		time, want time.Time
		encoded    string
	}{
		{"none", time.Time{}, time.Time{}, ""},
		{"another zone, fractions", time.Date(2026, 1, 1, 1, 2, 3, 4, time.FixedZone("", 3600)), time.Date(2026, 1, 1, 0, 2, 3, 0, time.UTC), "\x17\x0d260101000203Z"},
		{"last UTCTime", time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC), "\x17\x0d491231235959Z"},
		{"first GeneralizedTime", time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC), "\x18\x0f20500101000000Z"},
		{"before UTCTime", time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC), "\x18\x0f19490101000000Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			der, err := Sign([]byte("x"), p.cert, p.key, SignOptions{Chain: []*x509.Certificate{pki().issuing.cert}, Time: tt.time})
			if err != nil {
				t.Fatal(err)
			}
			s := accept(t, der, nil)
			if !s.SigningTime.Equal(tt.want) || !bytes.Contains(der, []byte(tt.encoded)) {
				t.Errorf("signing time %v, want %v as %q", s.SigningTime, tt.want, tt.encoded)
			}
		})
	}
	if _, err := Sign(nil, p.cert, p.key, SignOptions{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); !errors.Is(err, ErrAttributes) {
		t.Errorf("year 10000: %v", err)
	}
}

// brokenKey answers with what its function makes of the real signature.
type brokenKey struct {
	crypto.Signer
	answer func(signature []byte) ([]byte, error)
}

func (k brokenKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := k.Signer.Sign(r, digest, opts)
	must(err)
	return k.answer(signature)
}

func TestSignRefusesKeys(t *testing.T) {
	p := pki()
	good := p.signers["p256"]
	selfSigned := func(key crypto.Signer) pair { return mint(leafTemplate("odd"), nil, key) }
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(err)
	unavailable := errors.New("token removed")
	for name, s := range map[string]pair{
		"another key":         {good.cert, p.signers["rsa"].key},
		"another of its kind": {good.cert, newECKey(elliptic.P256())},
		"no certificate":      {nil, good.key},
		"no key":              {good.cert, nil},
		"RSA with 1024 bits":  selfSigned(small),
		"Ed25519":             selfSigned(ed),
		"P-224":               selfSigned(p224),
		"raw signature": {good.cert, brokenKey{good.key, func([]byte) ([]byte, error) {
			return make([]byte, 64), nil
		}}},
		"failing signature": {good.cert, brokenKey{good.key, func([]byte) ([]byte, error) {
			return nil, unavailable
		}}},
	} {
		_, err := Sign([]byte("x"), s.cert, s.key, SignOptions{})
		if !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v, want %v", name, err, ErrKey)
		}
		if name == "failing signature" && !errors.Is(err, unavailable) {
			t.Errorf("%s: %v lost its cause", name, err)
		}
	}
}

// TestSelfSignedSigner: the one self-signed certificate that stays inside.
func TestSelfSignedSigner(t *testing.T) {
	s := mint(leafTemplate("alone"), nil, newECKey(elliptic.P256()))
	der, err := Sign([]byte("x"), s.cert, s.key, SignOptions{Chain: []*x509.Certificate{s.cert}})
	if err != nil {
		t.Fatal(err)
	}
	sd, err := Parse(der)
	if err != nil || len(sd.Certificates) != 1 {
		t.Fatalf("%v, %v", sd, err)
	}
	pool := x509.NewCertPool()
	if _, err := sd.Chain(pool, clock); !errors.Is(err, ErrChain) {
		t.Errorf("untrusted: %v, want %v", err, ErrChain)
	}
	pool.AddCert(s.cert)
	if _, err := sd.Chain(pool, clock); err != nil {
		t.Errorf("trusted: %v", err)
	}
}

func TestOpenSSLAcceptsOurs(t *testing.T) {
	w := newWorkshop(t, "openssl")
	content := plist(5000)
	w.write("content", content)
	for signer := range pki().signers {
		w.write("attached.der", pki().sign(t, signer, content, false))
		w.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "attached.der", "-CAfile", "root.pem", "-purpose", "any", "-out", "out")
		if !bytes.Equal(w.read("out"), content) {
			t.Errorf("%s: the content came out changed", signer)
		}
		w.write("detached.der", pki().sign(t, signer, content, true))
		w.run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "detached.der", "-content", "content", "-CAfile", "root.pem", "-purpose", "any", "-out", "out")
		w.run("openssl", "smime", "-verify", "-binary", "-inform", "DER", "-in", "attached.der", "-CAfile", "root.pem", "-purpose", "any", "-out", "out")
	}
	changed := pki().sign(t, "rsa", content, false)
	changed[bytes.Index(changed, []byte("PayloadType"))]++
	w.write("changed.der", changed)
	if out, err := w.try("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "changed.der", "-CAfile", "root.pem", "-purpose", "any", "-out", "out"); err == nil {
		t.Errorf("openssl accepted changed content: the test proves nothing\n%s", out)
	}
}

// newDatabase makes an NSS database that trusts the root.
func newDatabase(w workshop) {
	w.t.Helper()
	w.run("certutil", "-N", "-d", ".", "--empty-password")
	w.run("certutil", "-A", "-d", ".", "-n", "root", "-t", "CT,C,C", "-a", "-i", "root.pem")
}

func TestNSSAcceptsOurs(t *testing.T) {
	w := newWorkshop(t, "certutil", "cmsutil")
	newDatabase(w)
	content := plist(5000)
	w.write("content", content)
	for signer := range pki().signers {
		w.write("attached.der", pki().sign(t, signer, content, false))
		w.run("cmsutil", "-D", "-d", ".", "-i", "attached.der", "-o", "out")
		if !bytes.Equal(w.read("out"), content) {
			t.Errorf("%s: the content came out changed", signer)
		}
		w.write("detached.der", pki().sign(t, signer, content, true))
		w.run("cmsutil", "-D", "-d", ".", "-i", "detached.der", "-c", "content", "-o", "out")
	}
	changed := pki().sign(t, "rsa", content, false)
	changed[bytes.Index(changed, []byte("PayloadType"))]++
	w.write("changed.der", changed)
	if out, err := w.try("cmsutil", "-D", "-d", ".", "-i", "changed.der", "-o", "out"); err == nil {
		t.Errorf("cmsutil accepted changed content: the test proves nothing\n%s", out)
	}
}
