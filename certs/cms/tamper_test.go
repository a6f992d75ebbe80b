package cms

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// repeatable is a key whose signatures are the same each time: without randomness
// ECDSA takes its nonce from the digest (RFC 6979).
type repeatable struct{ crypto.Signer }

func (k repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.Signer.Sign(nil, digest, opts)
}

// committedKey reads one of the keys in testdata/keys.
func committedKey(t testing.TB, name string) crypto.Signer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata/keys", name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return repeatable{key.(crypto.Signer)}
}

// signedProfile is a real profile, signed by a signer under an issuing CA under a root,
// all with committed keys: the same bytes in every run.
type signedProfile struct {
	content, message []byte
	roots            *x509.CertPool
}

func newSignedProfile(t testing.TB, rootKey, issuingKey, signerKey string) signedProfile {
	t.Helper()
	content, err := os.ReadFile("../../ios/testdata/oauth.mobileconfig")
	if err != nil {
		t.Fatal(err)
	}
	numbered := func(template *x509.Certificate, serial int64) *x509.Certificate {
		template.SerialNumber = big.NewInt(serial)
		return template
	}
	root := mint(numbered(caTemplate("Root"), 1), nil, committedKey(t, rootKey))
	issuing := mint(numbered(caTemplate("Issuing CA"), 2), &root, committedKey(t, issuingKey))
	signer := mint(numbered(leafTemplate("Signer"), 3), &issuing, committedKey(t, signerKey))
	message, err := Sign(content, signer.cert, signer.key, SignOptions{
		Chain: []*x509.Certificate{issuing.cert, root.cert}, Time: clock,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := signedProfile{content, message, x509.NewCertPool()}
	p.roots.AddCert(root.cert)
	return p
}

var (
	errContentChanged = errors.New("the content is another")
	errStranger       = errors.New("a certificate inside takes no part in the chain")
)

// verify is all that a careful reader asks of a message.
func (p signedProfile) verify(message []byte) error {
	s, err := Parse(message)
	if err != nil {
		return err
	}
	if err := s.CheckSignature(nil); err != nil {
		return err
	}
	chain, err := s.Chain(p.roots, clock)
	switch {
	case err != nil:
		return err
	case len(s.Strangers(chain)) > 0:
		return errStranger
	case !bytes.Equal(s.Content, p.content):
		return errContentChanged
	}
	return nil
}

// equivalent is a changed byte by which a message says the same in another way that
// the standard allows.
type equivalent struct {
	name, section string
	at            func(message []byte) int // where the byte stands
	from, to      byte
}

// equivalents are all there are: every other value of every byte outside the content
// was tried.
var equivalents = map[string][]equivalent{
	"RSA": {{
		name:    "the signature is called sha256WithRSAEncryption, not rsaEncryption",
		section: "RFC 5754 section 3.2: generators may write either, readers must take both",
		at: func(message []byte) int {
			return bytes.LastIndex(message, oidDER(oidRSA)) + len(oidDER(oidRSA)) - 1
		},
		from: 0x01, to: 0x0b,
	}},
	"ECDSA": nil,
}

// TestEveryByteCounts changes each byte of a signed profile to several other values
// and demands that somebody says no: at least ten thousand changes for each kind of
// key, none accepted beyond the equivalents.
func TestEveryByteCounts(t *testing.T) {
	const fewest = 10_000
	for kind, keys := range map[string][3]string{
		"RSA":   {"root-rsa2048", "issuing-rsa2048", "signer-rsa2048"},
		"ECDSA": {"root-p256", "carol-p384", "bob-p256"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			p := newSignedProfile(t, keys[0], keys[1], keys[2])
			if err := p.verify(p.message); err != nil {
				t.Fatal(err)
			}
			if n := p.changeEveryByte(t, kind); n < fewest {
				t.Errorf("%d changes were tried, want %d", n, fewest)
			}
			for _, e := range equivalents[kind] {
				changed := bytes.Clone(p.message)
				if at := e.at(changed); changed[at] != e.from {
					t.Errorf("%s: byte %d is %#02x, want %#02x", e.name, at, changed[at], e.from)
				} else if changed[at] = e.to; p.verify(changed) != nil {
					t.Errorf("%s is refused: %v; %s", e.name, p.verify(changed), e.section)
				}
			}
		})
	}
}

// changeEveryByte returns how many changes it tried.
func (p signedProfile) changeEveryByte(t *testing.T, kind string) (tried int) {
	// Every bit alone, the difference of the RSA names, all bits. Within the content a
	// digest takes care of all values alike.
	around, within := []byte{1, 2, 4, 8, 16, 32, 64, 128, 0x0a, 0xff}, []byte{0x01, 0x20}
	start := bytes.Index(p.message, p.content)
	changed := bytes.Clone(p.message)
	for i, was := range p.message {
		flips := around
		if i >= start && i < start+len(p.content) {
			flips = within
		}
		for _, flip := range flips {
			changed[i] = was ^ flip
			if p.verify(changed) == nil && !p.isEquivalent(kind, i, changed[i]) {
				t.Errorf("byte %d of %d, %#02x for %#02x: accepted", i, len(changed), changed[i], was)
			}
			tried++
		}
		changed[i] = was
	}
	return tried
}

func (p signedProfile) isEquivalent(kind string, i int, to byte) bool {
	for _, e := range equivalents[kind] {
		if e.at(p.message) == i && e.to == to {
			return true
		}
	}
	return false
}

// TestStrangers: a certificate that the chain doesn't need can be changed without harm
// to the signature, but not without notice.
func TestStrangers(t *testing.T) {
	p := pki()
	other := mint(caTemplate("Other CA"), nil, newECKey(elliptic.P256())).cert
	for _, tt := range []struct {
		name   string
		inside []*x509.Certificate // beside signer and issuing CA
		want   []*x509.Certificate
	}{
		{"as we sign", nil, nil},
		{"the root", []*x509.Certificate{p.root.cert}, nil},
		{"the issuing CA again", []*x509.Certificate{p.issuing.cert}, nil},
		{"another CA", []*x509.Certificate{other}, []*x509.Certificate{other}},
		{"both, and the other first", []*x509.Certificate{other, p.root.cert}, []*x509.Certificate{other}},
	} {
		f := newForgery()
		for _, c := range tt.inside {
			f.certificates = append(f.certificates, c.Raw)
		}
		got, err := strangersOf(f.encode())
		if err != nil || !slices.EqualFunc(got, tt.want, (*x509.Certificate).Equal) {
			t.Errorf("%s: %d strangers, %v; want %d", tt.name, len(got), err, len(tt.want))
		}
	}
	if s, err := Parse(newForgery().encode()); err != nil || len(s.Strangers(nil)) != 2 {
		t.Errorf("without a chain not all are strangers, or %v", err)
	}
}

// strangersOf asks for the strangers of a message whose chain holds.
func strangersOf(message []byte) ([]*x509.Certificate, error) {
	s, err := Parse(message)
	if err != nil {
		return nil, err
	}
	chain, err := s.Chain(pki().roots(), clock)
	return s.Strangers(chain), err
}

// TestChangedRootInside: the chain ends at the trusted root, not at the one inside, so
// Chain alone can't notice that the latter was changed.
func TestChangedRootInside(t *testing.T) {
	f := newForgery()
	f.certificates = append(f.certificates, pki().root.cert.Raw)
	message := f.encode()
	start := bytes.Index(message, pki().root.cert.Raw)
	for i := start; i < start+len(pki().root.cert.Raw); i++ {
		for _, flip := range []byte{0x01, 0x02, 0x0a, 0x20, 0x80, 0xff} {
			changed := bytes.Clone(message)
			changed[i] ^= flip
			if strangers, err := strangersOf(changed); err == nil && len(strangers) != 1 {
				t.Errorf("byte %d of the root, %#02x: %d strangers", i-start, changed[i], len(strangers))
			}
		}
	}
}
