package cms

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// payloads is what a profile encrypts: a property list with an array at its top, with
// text that makes it the given number of bytes.
func payloads(size int) []byte {
	const before = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><array><dict><key>PayloadType</key><string>com.apple.eas.account</string><key>UserName</key><string>`
	const after = `</string></dict></array></plist>`
	return []byte(before + strings.Repeat("a", size-len(before)-len(after)) + after)
}

// wellFormed says what a parser of XML says, to the last byte.
func wellFormed(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// decrypterOf is the key of one of the signers of the test PKI, which all may decrypt.
func decrypterOf(p pair) crypto.Decrypter { return p.key.(crypto.Decrypter) }

func TestEncrypt(t *testing.T) {
	p := pki().signers["rsa"]
	for _, size := range []int{0, 1, 15, 16, 17, 5000} {
		content := plist(size)
		message, err := Encrypt(content, []*x509.Certificate{p.cert})
		if err != nil {
			t.Fatal(err)
		}
		if der, err := ToDER(message); err != nil || &der[0] != &message[0] {
			t.Errorf("%d bytes: not DER: %v", size, err)
		}
		if !IsEnveloped(message) || IsCMS(message) {
			t.Errorf("%d bytes: IsEnveloped %v, IsCMS %v", size, IsEnveloped(message), IsCMS(message))
		}
		if bytes.Contains(message, []byte("PayloadType")) {
			t.Errorf("%d bytes: the content is in the clear", size)
		}
		for name, m := range map[string][]byte{"DER": message, "BER": toBER(message)} {
			if got, err := Decrypt(m, decrypterOf(p), p.cert); err != nil || got == nil || !bytes.Equal(got, content) {
				t.Errorf("%s, %d bytes: %d came out, %v", name, size, len(got), err)
			}
		}
		if again, err := Encrypt(content, []*x509.Certificate{p.cert}); err != nil || bytes.Equal(again[len(again)-16:], message[len(message)-16:]) {
			t.Errorf("%d bytes: the same key again, or %v", size, err)
		}
	}
}

func TestEncryptForSeveral(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, minRSABits)
	must(err)
	second := mint(leafTemplate("Second"), &pki().issuing, key)
	first := pki().signers["rsa"]
	recipients := []*x509.Certificate{first.cert, second.cert, first.cert}
	message, err := Encrypt(plist(100), recipients)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := readEnvelope(message); err != nil || len(e.transports) != 2 {
		t.Fatalf("%d recipients, %v; want each once", len(e.transports), err)
	}
	for _, p := range []pair{first, second} {
		if got, err := Decrypt(message, decrypterOf(p), p.cert); err != nil || !bytes.Equal(got, plist(100)) {
			t.Errorf("%q: %v", p.cert.Subject, err)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	good := pki().signers["rsa"].cert
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(err)
	for _, tt := range []struct {
		name       string
		recipients []*x509.Certificate
		content    int
		want       error
		says       string
	}{
		{"nobody", nil, 1, ErrKey, "no recipient"},
		{"no certificate", []*x509.Certificate{good, nil}, 1, ErrKey, "recipient 2 of 2"},
		{"not parsed", []*x509.Certificate{{PublicKey: good.PublicKey}}, 1, ErrKey, "missing"},
		{"EC", []*x509.Certificate{pki().signers["p256"].cert}, 1, ErrKey, `ECDSA key of "CN=Signer p256", only a message for RSA keys`},
		{"RSA with 1024 bits", []*x509.Certificate{mint(leafTemplate("small"), &pki().issuing, small).cert}, 1, ErrKey, "RSA with 1024 bits"},
		{"too much", []*x509.Certificate{good}, MaxSize + 1, ErrTooLarge, ""},
		{"too much with the rest", []*x509.Certificate{good}, MaxSize, ErrTooLarge, ""},
	} {
		if _, err := Encrypt(make([]byte, tt.content), tt.recipients); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v: %s", tt.name, err, tt.want, tt.says)
		}
	}
}

func TestDecryptRefusesKeys(t *testing.T) {
	p, ec := pki().signers["rsa"], pki().signers["p256"]
	message, err := Encrypt(plist(100), []*x509.Certificate{p.cert})
	must(err)
	other, err := rsa.GenerateKey(rand.Reader, minRSABits)
	must(err)
	stranger := mint(leafTemplate("Stranger"), &pki().issuing, other)
	failing := errors.New("token removed")
	for _, tt := range []struct {
		name string
		key  crypto.Decrypter
		cert *x509.Certificate
		want error
	}{
		{"in order", decrypterOf(p), p.cert, nil},
		{"no key", nil, p.cert, ErrKey},
		{"no certificate", decrypterOf(p), nil, ErrKey},
		{"another's key", other, p.cert, ErrKey},
		{"certificate not parsed", other, &x509.Certificate{PublicKey: other.Public()}, ErrKey},
		{"EC", ecDecrypter{ec.key}, ec.cert, ErrKey},
		{"not a recipient", other, stranger.cert, ErrNotRecipient},
		{"hardware that fails", oddDecrypter{decrypterOf(p), nil, failing}, p.cert, ErrDecrypt},
		{"hardware with an odd answer", oddDecrypter{decrypterOf(p), []byte("short"), nil}, p.cert, ErrDecrypt},
	} {
		_, err := Decrypt(message, tt.key, tt.cert)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if errors.Is(err, failing) {
			t.Errorf("%s: %v says why", tt.name, err)
		}
	}
}

// ecDecrypter is a key that says it can decrypt, which no EC key can.
type ecDecrypter struct{ crypto.Signer }

func (ecDecrypter) Decrypt(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
	return nil, errors.New("an EC key")
}

// oddDecrypter answers what it was told.
type oddDecrypter struct {
	crypto.Decrypter
	answer []byte
	err    error
}

func (d oddDecrypter) Decrypt(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
	return d.answer, d.err
}

// forgedEnvelope is a message whose every part can be wrong, yet with content that is
// truly encrypted.
type forgedEnvelope struct {
	version, recipientVersion int64
	originator                []byte
	id, algorithm, key        []byte
	moreRecipients            [][]byte
	contentType               asn1.ObjectIdentifier
	cipher                    []byte
	content                   []byte // encoded
	unprotected               []byte
	afterContent, after       []byte
}

// newForgedEnvelope is in order until a test changes it.
func newForgedEnvelope() *forgedEnvelope {
	p := pki().signers["rsa"]
	serial, err := asn1.Marshal(p.cert.SerialNumber)
	must(err)
	key, iv := make([]byte, aes256.keySize), make([]byte, aes256.blockSize)
	//lint:ignore SA1019 the scheme under test
	encryptedKey, err := rsa.EncryptPKCS1v15(rand.Reader, p.cert.PublicKey.(*rsa.PublicKey), key)
	must(err)
	encrypted, err := aes256.encrypt([]byte("content"), key, iv)
	must(err)
	return &forgedEnvelope{
		id:          der(cryptobyte_asn1.SEQUENCE, p.cert.RawIssuer, serial),
		algorithm:   algorithmDER(oidRSA, null),
		key:         octets(encryptedKey),
		contentType: oidData,
		cipher:      algorithmDER(aes256.oid, octets(iv)),
		content:     der(tagEncrypted, encrypted),
	}
}

func (f *forgedEnvelope) encode() []byte {
	integer := func(n int64) []byte {
		var b cryptobyte.Builder
		b.AddASN1Int64(n)
		return b.BytesOrPanic()
	}
	recipient := der(cryptobyte_asn1.SEQUENCE, integer(f.recipientVersion), f.id, f.algorithm, f.key)
	if f.id == nil {
		recipient = nil
	}
	recipients := append([][]byte{recipient}, f.moreRecipients...)
	return der(cryptobyte_asn1.SEQUENCE, oidDER(oidEnvelopedData), der(tagContent, der(cryptobyte_asn1.SEQUENCE,
		integer(f.version), f.originator, der(cryptobyte_asn1.SET, recipients...),
		der(cryptobyte_asn1.SEQUENCE, oidDER(f.contentType), f.cipher, f.content, f.afterContent),
		f.unprotected, f.after,
	)))
}

func TestForgedEnvelopesAccepted(t *testing.T) {
	sequence := der(cryptobyte_asn1.SEQUENCE)
	for name, change := range map[string]func(*forgedEnvelope){
		"as it is": func(*forgedEnvelope) {},
		"content in pieces": func(f *forgedEnvelope) {
			content := f.content[2:] // without its header
			f.content = der(tagEncryptedPieces, octets(content[:5]), octets(nil), octets(content[5:]))
		},
		"named by its key": func(f *forgedEnvelope) {
			f.id, f.version, f.recipientVersion = der(tagKeyID, pki().signers["rsa"].cert.SubjectKeyId), 2, 2
		},
		"a recipient by key agreement": func(f *forgedEnvelope) { f.version, f.moreRecipients = 2, [][]byte{der(tagKeyAgreement)} },
		"a recipient by password":      func(f *forgedEnvelope) { f.version, f.moreRecipients = 3, [][]byte{der(tagPassword)} },
		"an empty originator":          func(f *forgedEnvelope) { f.version, f.originator = 2, der(tagOriginator) },
		"an originator": func(f *forgedEnvelope) {
			f.version, f.originator = 2, der(tagOriginator, der(tagCertificates, sequence), der(tagCRLs, sequence))
		},
		"an attribute certificate": func(f *forgedEnvelope) {
			f.version, f.originator = 3, der(tagOriginator, der(tagCertificates, der(tagAttrCertificateV2)))
		},
		"other revocation information": func(f *forgedEnvelope) {
			f.version, f.originator = 4, der(tagOriginator, der(tagCRLs, der(tagOtherCRL)))
		},
		"unprotected attribute": func(f *forgedEnvelope) {
			f.version, f.unprotected = 2, der(tagUnprotectedAttrs, attributeDER(oidTSTInfo, null))
		},
	} {
		f, p := newForgedEnvelope(), pki().signers["rsa"]
		change(f)
		if got, err := Decrypt(f.encode(), decrypterOf(p), p.cert); err != nil || string(got) != "content" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestForgedEnvelopesRefused(t *testing.T) {
	oidOAEP := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 7}
	for _, tt := range []struct {
		name   string
		want   error
		change func(*forgedEnvelope)
	}{
		{"version 1", ErrMalformed, func(f *forgedEnvelope) { f.version = 1 }},
		{"version 2", ErrMalformed, func(f *forgedEnvelope) { f.version = 2 }},
		{"recipient version 2", ErrMalformed, func(f *forgedEnvelope) { f.recipientVersion, f.version = 2, 2 }},
		{"version 0 with a key identifier", ErrMalformed, func(f *forgedEnvelope) {
			f.id = der(tagKeyID, pki().signers["rsa"].cert.SubjectKeyId)
		}},
		{"version 2 with a password", ErrMalformed, func(f *forgedEnvelope) { f.version, f.moreRecipients = 2, [][]byte{der(tagPassword)} }},
		{"version 0 with an originator", ErrMalformed, func(f *forgedEnvelope) { f.originator = der(tagOriginator) }},
		{"malformed originator", ErrMalformed, func(f *forgedEnvelope) { f.version, f.originator = 2, der(tagOriginator, null) }},
		{"malformed certificate in the originator", ErrMalformed, func(f *forgedEnvelope) {
			f.version, f.originator = 2, der(tagOriginator, der(tagCertificates, null))
		}},
		{"no recipients", ErrMalformed, func(f *forgedEnvelope) { f.id = nil }},
		{"unknown kind of recipient", ErrMalformed, func(f *forgedEnvelope) { f.moreRecipients = [][]byte{null} }},
		{"recipients of other kinds only", ErrNotRecipient, func(f *forgedEnvelope) {
			f.id, f.version, f.moreRecipients = nil, 2, [][]byte{der(tagKeyAgreement)}
		}},
		{"empty key identifier", ErrNotRecipient, func(f *forgedEnvelope) { f.id, f.version, f.recipientVersion = der(tagKeyID), 2, 2 }},
		{"OAEP", ErrAlgorithm, func(f *forgedEnvelope) { f.algorithm = algorithmDER(oidOAEP, der(cryptobyte_asn1.SEQUENCE)) }},
		{"RSA without NULL", ErrAlgorithm, func(f *forgedEnvelope) { f.algorithm = algorithmDER(oidRSA) }},
		{"unknown cipher", ErrAlgorithm, func(f *forgedEnvelope) { f.cipher = algorithmDER(oidTSTInfo, octets(make([]byte, 16))) }},
		{"no vector", ErrAlgorithm, func(f *forgedEnvelope) { f.cipher = algorithmDER(aes256.oid) }},
		{"short vector", ErrAlgorithm, func(f *forgedEnvelope) { f.cipher = algorithmDER(aes256.oid, octets(make([]byte, 8))) }},
		{"another type of content", ErrContent, func(f *forgedEnvelope) { f.contentType = oidSignedData }},
		{"no content", ErrContent, func(f *forgedEnvelope) { f.content = nil }},
		{"empty content", ErrMalformed, func(f *forgedEnvelope) { f.content = der(tagEncrypted) }},
		{"half a block", ErrMalformed, func(f *forgedEnvelope) { f.content = der(tagEncrypted, make([]byte, 8)) }},
		{"content that isn't octets", ErrMalformed, func(f *forgedEnvelope) { f.content = null }},
		{"pieces that aren't octets", ErrMalformed, func(f *forgedEnvelope) { f.content = der(tagEncryptedPieces, null) }},
		{"something after the content", ErrMalformed, func(f *forgedEnvelope) { f.afterContent = null }},
		{"something after the end", ErrMalformed, func(f *forgedEnvelope) { f.after = null }},
		{"empty unprotected attributes", ErrAttributes, func(f *forgedEnvelope) { f.version, f.unprotected = 2, der(tagUnprotectedAttrs) }},
		{"malformed unprotected attribute", ErrAttributes, func(f *forgedEnvelope) { f.version, f.unprotected = 2, der(tagUnprotectedAttrs, null) }},
		{"key of another size", ErrDecrypt, func(f *forgedEnvelope) { f.key = octets(make([]byte, 128)) }},
		{"key beyond the modulus", ErrDecrypt, func(f *forgedEnvelope) { f.key = octets(bytes.Repeat([]byte{0xff}, 256)) }},
		{"wrong padding", ErrDecrypt, func(f *forgedEnvelope) { f.cipher = algorithmDER(aes256.oid, octets([]byte("another vector!!"))) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, p := newForgedEnvelope(), pki().signers["rsa"]
			tt.change(f)
			if got, err := Decrypt(f.encode(), decrypterOf(p), p.cert); !errors.Is(err, tt.want) || got != nil {
				t.Errorf("%q, %v, want %v", got, err, tt.want)
			}
		})
	}
}

func TestDecryptRefusesOtherInput(t *testing.T) {
	p := pki().signers["rsa"]
	message := newForgedEnvelope().encode()
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"nothing", nil, ErrNotEnveloped},
		{"text", []byte("<?xml version"), ErrNotEnveloped},
		{"signed", pki().sign(t, "rsa", plist(10), false), ErrNotEnveloped},
		{"cut off", message[:len(message)-1], ErrMalformed},
		{"trailing", append(bytes.Clone(message), 0), ErrTrailing},
		{"huge", make([]byte, MaxSize+1), ErrTooLarge},
		{"deep", nested(MaxDepth+1, 0x30, true), ErrTooDeep},
	} {
		if _, err := Decrypt(tt.in, decrypterOf(p), p.cert); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if got, want := IsEnveloped(tt.in), tt.name == "cut off" || tt.name == "trailing"; got != want {
			t.Errorf("%s: IsEnveloped is %v", tt.name, got)
		}
	}
	if _, err := Parse(message); !errors.Is(err, ErrNotCMS) {
		t.Errorf("Parse of an encrypted message: %v, want %v", err, ErrNotCMS)
	}
}

func TestUnpad(t *testing.T) {
	const size = 4
	for _, tt := range []struct {
		padded, want string
		ok           bool
	}{
		{"abc\x01", "abc", true},
		{"ab\x02\x02", "ab", true},
		{"abcd\x04\x04\x04\x04", "abcd", true},
		{"abc\x00", "", false},
		{"ab\x03\x02", "", false},
		{"abcd\x05\x05\x05\x05", "", false},
		{"a\x03\x02\x03", "", false},
		{"\x05\x05\x05\x05", "", false},
		{"abc\xff", "", false},
	} {
		got, err := unpad([]byte(tt.padded), size)
		if (err == nil) != tt.ok || tt.ok && string(got) != tt.want || !tt.ok && !errors.Is(err, ErrDecrypt) {
			t.Errorf("%q: %q, %v; want %q, %v", tt.padded, got, err, tt.want, tt.ok)
		}
	}
}

const fixedVector = "sixteen bytes iv"

// fixedEnvelope encrypts under a key and vector that are always the same, so that
// what a change makes of the content is always the same as well.
func fixedEnvelope(t *testing.T, content []byte) []byte {
	t.Helper()
	key := bytes.Repeat([]byte{0x42}, aes256.keySize)
	message, err := encrypt(content, []*x509.Certificate{pki().signers["rsa"].cert}, key, []byte(fixedVector))
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// TestTamperedEnvelope changes each of the last 64 bytes of a message: the last four
// blocks of its content. Decrypt notices most of the changes to the padding; whatever
// it doesn't, a parser of XML does.
func TestTamperedEnvelope(t *testing.T) {
	t.Parallel()
	const last = 64
	p := pki().signers["rsa"]
	for _, size := range []int{303, 304, 296} { // paddings of 1, 16 and 8 bytes
		content := payloads(size)
		if err := wellFormed(content); err != nil {
			t.Fatal(err)
		}
		message := fixedEnvelope(t, content)
		var byDecrypt, byParser int
		for at := len(message) - last; at < len(message); at++ {
			for _, flip := range []byte{0x01, 0x02, 0x20, 0x80, 0xff} {
				changed := bytes.Clone(message)
				changed[at] ^= flip
				got, err := Decrypt(changed, decrypterOf(p), p.cert)
				switch {
				case errors.Is(err, ErrDecrypt):
					byDecrypt++
				case err == nil && wellFormed(got) != nil:
					byParser++
				default:
					t.Errorf("%d bytes, byte %d from the end, flip %#02x: accepted as %q, %v", size, len(message)-at, flip, got, err)
				}
			}
		}
		t.Logf("padding of %d bytes: %d changes noticed by Decrypt, %d by the parser", 16-size%16, byDecrypt, byParser)
	}
}

// TestEveryByteOfEnvelope changes each byte of a message: nothing panics, and no
// change gives the same content.
func TestEveryByteOfEnvelope(t *testing.T) {
	t.Parallel()
	p, content := pki().signers["rsa"], payloads(250)
	message := fixedEnvelope(t, content)
	for at := range message {
		for _, flip := range []byte{0x01, 0xff} {
			changed := bytes.Clone(message)
			changed[at] ^= flip
			if got, err := Decrypt(changed, decrypterOf(p), p.cert); err == nil && bytes.Equal(got, content) {
				t.Errorf("byte %d of %d, %#02x for %#02x: accepted", at, len(message), changed[at], message[at])
			}
		}
	}
	for end := range message {
		if _, err := Decrypt(message[:end], decrypterOf(p), p.cert); err == nil {
			t.Errorf("the first %d of %d bytes are accepted", end, len(message))
		}
	}
}

// TestEnvelopeIsNotAuthenticated shows why an envelope has to be inside a signed
// message: whoever changes the vector chooses what becomes of the first block, and
// what comes out is still well-formed.
func TestEnvelopeIsNotAuthenticated(t *testing.T) {
	p, content := pki().signers["rsa"], []byte("<a>host.good</a>")
	message := fixedEnvelope(t, content)
	vector := message[bytes.Index(message, []byte(fixedVector)):]
	for i := range "good" {
		vector[len("<a>host.")+i] ^= "good"[i] ^ "evil"[i]
	}
	got, err := Decrypt(message, decrypterOf(p), p.cert)
	if err != nil || string(got) != "<a>host.evil</a>" || wellFormed(got) != nil {
		t.Errorf("%q, %v: the documentation says that this goes unnoticed", got, err)
	}
}

func FuzzDecrypt(f *testing.F) {
	p := pki().signers["rsa"]
	message := newForgedEnvelope().encode()
	f.Add(message)
	f.Add(toBER(message))
	f.Add(message[:len(message)/2])
	f.Add(pki().sign(f, "rsa", plist(10), false))
	f.Fuzz(func(t *testing.T, in []byte) {
		content, err := Decrypt(in, decrypterOf(p), p.cert)
		if err != nil && content != nil {
			t.Errorf("content with an error: %v", err)
		}
		if err == nil && !IsEnveloped(in) {
			t.Error("IsEnveloped doesn't know it")
		}
	})
}
