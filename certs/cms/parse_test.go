package cms

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"

	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func TestParseRefuses(t *testing.T) {
	message := pki().sign(t, "p256", plist(100), false)
	enveloped := bytes.Replace(message, oidDER(oidSignedData), []byte("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"), 1)
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, ErrNotCMS},
		{"two bytes", []byte{0x1f, 0x80}, ErrNotCMS},
		{"a plain profile", []byte(`<?xml version="1.0"?><plist version="1.0"><dict/></plist>`), ErrNotCMS},
		{"a certificate", pki().root.cert.Raw, ErrNotCMS},
		{"an enveloped message", enveloped, ErrNotCMS},
		{"PEM", []byte("-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n"), ErrNotCMS},
		{"no signers", certsOnly(pki().root.cert.Raw), ErrSigners},
		{"a byte more", append(bytes.Clone(message), 0), ErrTrailing},
		{"a line more", append(bytes.Clone(message), '\n'), ErrTrailing},
		{"twice", append(bytes.Clone(message), message...), ErrTrailing},
		{"trailing after BER", append(toBER(message), 0, 0), ErrTrailing},
		{"a byte less", message[:len(message)-1], ErrMalformed},
		{"a head alone", message[:20], ErrMalformed},
	} {
		if _, err := Parse(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestParseBER(t *testing.T) {
	for signer := range pki().signers {
		message := pki().sign(t, signer, plist(9000), false)
		if s := accept(t, toBER(message), nil); !bytes.Equal(s.Content, plist(9000)) {
			t.Errorf("%s: content came out as %d bytes", signer, len(s.Content))
		}
	}
}

// certsOnly encodes a bundle.
func certsOnly(certificates ...[]byte) []byte {
	return der(cryptobyte_asn1.SEQUENCE, oidDER(oidSignedData), der(tagContent, der(cryptobyte_asn1.SEQUENCE,
		[]byte{2, 1, 1}, der(cryptobyte_asn1.SET), der(cryptobyte_asn1.SEQUENCE, oidDER(oidData)),
		der(tagCertificates, certificates...), der(cryptobyte_asn1.SET))))
}

func TestCertsOnly(t *testing.T) {
	root, issuing := pki().root.cert.Raw, pki().issuing.cert.Raw
	template := leafTemplate("Negative")
	template.SerialNumber = big.NewInt(0x11223344)
	negative := mint(template, nil, newECKey(elliptic.P256())).cert.Raw
	negative[bytes.Index(negative, unhex("02 04 11 22 33 44"))+2] = 0x91
	if _, err := x509.ParseCertificate(negative); err == nil {
		t.Fatal("crypto/x509 takes a negative serial number: the test proves nothing")
	}
	overlong := unhex("30 82 00 05 30 81 01 10 00") // not even a certificate
	for _, tt := range []struct {
		name string
		in   []byte
		want [][]byte
	}{
		{"none", certsOnly(), nil},
		{"two", certsOnly(root, issuing), [][]byte{root, issuing}},
		{"BER", toBER(certsOnly(issuing, root)), [][]byte{issuing, root}},
		{"refused by Go", certsOnly(negative, root), [][]byte{negative, root}},
		{"odd encoding", certsOnly(unhex("30 05 30 81 01 10 00")), [][]byte{unhex("30 05 30 81 01 10 00")}},
	} {
		got, err := CertsOnly(tt.in)
		if err != nil || len(got) != len(tt.want) || !bytes.Equal(bytes.Join(got, nil), bytes.Join(tt.want, nil)) {
			t.Errorf("%s: %d certificates, %v; want %d", tt.name, len(got), err, len(tt.want))
		}
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"signed message", pki().sign(t, "p256", nil, false), ErrSigners},
		{"certificate", root, ErrNotCMS},
		{"trailing", append(certsOnly(root), 0), ErrTrailing},
		{"broken certificate", certsOnly(overlong), ErrMalformed},
		{"two bytes", []byte{0x1f, 0x80}, ErrNotCMS},
	} {
		if got, err := CertsOnly(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %d certificates, %v; want %v", tt.name, len(got), err, tt.want)
		}
	}
}

func TestIsCMS(t *testing.T) {
	message := pki().sign(t, "p256", plist(100), false)
	for _, tt := range []struct {
		name string
		in   []byte
		want bool
	}{
		{"DER", message, true},
		{"BER", toBER(message), true},
		{"first bytes", message[:16], true},
		{"first bytes of a large one", append(unhex("30 84 7f ff ff ff"), oidDER(oidSignedData)...), true},
		{"overlong lengths", append(unhex("30 80 06 81 09"), oidDER(oidSignedData)[2:]...), true},
		{"certs only", certsOnly(), true},
		{"certificate", pki().root.cert.Raw, false},
		{"profile", []byte("<?xml"), false},
		{"nothing", nil, false},
		{"two bytes", []byte{0x1f, 0x80}, false},
	} {
		if got := IsCMS(tt.in); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// seeds are messages of every kind, whole and broken.
func seeds(f *testing.F) {
	for signer := range pki().signers {
		message := pki().sign(f, signer, plist(200), false)
		f.Add(message)
		f.Add(toBER(message))
	}
	f.Add(pki().sign(f, "p256", plist(200), true))
	f.Add(certsOnly(pki().root.cert.Raw, pki().issuing.cert.Raw))
	f.Add(toBER(certsOnly(pki().root.cert.Raw)))
	for _, change := range []func(*forgery){
		func(f *forgery) { f.bare = true },
		func(f *forgery) { f.crls = [][]byte{der(cryptobyte_asn1.SEQUENCE)} },
		func(f *forgery) { f.unsigned = [][]byte{attributeDER(oidTSTInfo, null)} },
		func(f *forgery) {
			f.id, f.version, f.signerVersion = der(tagKeyID, pki().signers["p256"].cert.SubjectKeyId), 3, 3
		},
		func(f *forgery) { f.algorithm = algorithmDER(oidPSS, der(cryptobyte_asn1.SEQUENCE)) },
	} {
		forged := newForgery()
		change(forged)
		f.Add(forged.encode())
	}
	f.Add([]byte{0x1f, 0x80})
	f.Add(nested(MaxDepth+1, 0x30, true))
}

func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := Parse(in)
		if err != nil {
			return
		}
		if !IsCMS(in) {
			t.Error("parsed, but IsCMS doesn't know it")
		}
		var detached []byte
		if s.Detached {
			detached = plist(200)
		}
		// Changed content can't verify: the fuzzer has no key.
		if s.CheckSignature(detached) == nil && !s.Detached && !bytes.Equal(s.Content, plist(200)) && string(s.Content) != "content" {
			t.Errorf("forged content %q", s.Content)
		}
		_, _ = s.Chain(pki().roots(), clock)
	})
}

func FuzzCertsOnly(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		certificates, err := CertsOnly(in)
		if err != nil {
			return
		}
		for _, c := range certificates {
			if len(c) < 2 || c[0] != 0x30 {
				t.Errorf("% x is not a sequence", c)
			}
		}
		again, err := CertsOnly(certsOnly(certificates...))
		if err != nil || len(again) != len(certificates) {
			t.Errorf("%d certificates came back as %d, %v", len(certificates), len(again), err)
		}
	})
}
