package certs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
	"unicode/utf16"

	"golang.org/x/crypto/scrypt"
)

// MaxIterations is how many rounds of key derivation one file may ask for, all
// its parts together. Tools write between 1 and 1,000,000 a part (OWASP advises
// 600,000 for PBKDF2-HMAC-SHA256); a crafted file asks for two thousand million
// and would keep a pipeline busy for days.
const MaxIterations = 8_000_000

// maxScryptMemory bounds 128·N·r of scrypt (RFC 7914 2): OpenSSL writes 16 MiB.
const maxScryptMemory = 64 << 20

// Scheme is how one part of a PKCS#12 file, or a PKCS#8 key, is encrypted.
type Scheme struct {
	Name       string // "PBES1 3DES", "PBES2", "none" where it is in the clear
	Cipher     string // "3DES-CBC", "AES-256-CBC", "RC2-40-CBC" …
	PRF        string // of PBES2: "HMAC-SHA-256" …, "scrypt"
	PRFNull    bool   // the PRF's parameters hold the NULL that Apple's importer needs
	Iterations int    // of scrypt N·r·p, which takes about as long; 0 where they are out of bounds
}

// String is the scheme in one line for messages.
func (s Scheme) String() string {
	switch s.Name {
	case "none":
		return "not encrypted"
	case "PBES2":
		return fmt.Sprintf("PBES2 %s with %s", s.Cipher, s.PRF)
	}
	return s.Name
}

// passwords of PKCS#12 come in two encodings: UTF-16 with a terminating NUL for
// its own key derivation (RFC 7292 B.1), UTF-8 for PBES2 (RFC 8018 3).
type passwordForms struct {
	bmp  []byte
	utf8 []byte
}

func formsOf(password string) passwordForms {
	var bmp []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		bmp = append(bmp, byte(unit>>8), byte(unit))
	}
	return passwordForms{bmp: append(bmp, 0, 0), utf8: []byte(password)}
}

// budget counts the rounds of key derivation that a file may still ask for.
type budget struct{ left int }

func (b *budget) spend(iterations int) error {
	if iterations < 1 || iterations > b.left {
		return fmt.Errorf("%w: a part of it asks for %d, and one file may ask for %d in all", ErrIterations, iterations, MaxIterations)
	}
	b.left -= iterations
	return nil
}

type hashInfo struct {
	name string
	new  func() hash.Hash
}

// The digests of MACs (by their own OID) and of PBKDF2's PRF (by the HMAC's).
var (
	digests = map[string]hashInfo{
		"1.2.840.113549.2.5":     {"MD5", md5.New},
		"1.3.14.3.2.26":          {"SHA-1", sha1.New},
		"2.16.840.1.101.3.4.2.4": {"SHA-224", sha256.New224},
		"2.16.840.1.101.3.4.2.1": {"SHA-256", sha256.New},
		"2.16.840.1.101.3.4.2.2": {"SHA-384", sha512.New384},
		"2.16.840.1.101.3.4.2.3": {"SHA-512", sha512.New},
	}
	prfs = map[string]hashInfo{
		"1.2.840.113549.2.7":  {"HMAC-SHA-1", sha1.New},
		"1.2.840.113549.2.8":  {"HMAC-SHA-224", sha256.New224},
		"1.2.840.113549.2.9":  {"HMAC-SHA-256", sha256.New},
		"1.2.840.113549.2.10": {"HMAC-SHA-384", sha512.New384},
		"1.2.840.113549.2.11": {"HMAC-SHA-512", sha512.New},
	}
)

// pbes1 are the schemes of RFC 7292 appendix C.
var pbes1 = map[string]struct {
	cipher  string
	keyLen  int
	rc2Bits int
	block   func(key []byte) (cipher.Block, error) // nil for RC4
}{
	"1.2.840.113549.1.12.1.1": {"RC4-128", 16, 0, nil},
	"1.2.840.113549.1.12.1.2": {"RC4-40", 5, 0, nil},
	"1.2.840.113549.1.12.1.3": {"3DES-CBC", 24, 0, des.NewTripleDESCipher},
	"1.2.840.113549.1.12.1.4": {"3DES-2KEY-CBC", 16, 0, twoKeyDES},
	"1.2.840.113549.1.12.1.5": {"RC2-128-CBC", 16, 128, nil},
	"1.2.840.113549.1.12.1.6": {"RC2-40-CBC", 5, 40, nil},
}

// pbes2Ciphers are those of RFC 8018 appendix B.2 and NIST's AES.
var pbes2Ciphers = map[string]struct {
	name   string
	keyLen int
	block  func(key []byte) (cipher.Block, error)
}{
	"1.2.840.113549.3.7":      {"3DES-CBC", 24, des.NewTripleDESCipher},
	"2.16.840.1.101.3.4.1.2":  {"AES-128-CBC", 16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {"AES-192-CBC", 24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {"AES-256-CBC", 32, aes.NewCipher},
}

const (
	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
	oidScrypt = "1.3.6.1.4.1.11591.4.11"
	oidPBMAC1 = "1.2.840.113549.1.5.14"
)

func twoKeyDES(key []byte) (cipher.Block, error) {
	return des.NewTripleDESCipher(append(append([]byte{}, key...), key[:8]...))
}

// pbeKey is a scheme with the parameters to derive its key from a password.
type pbeKey struct {
	Scheme
	decrypt func(passwordForms, []byte) ([]byte, error)
}

// readScheme understands the AlgorithmIdentifier of an encrypted part, without
// the password and without deriving anything yet. With ErrIterations the scheme
// is known all the same.
func readScheme(alg pkix.AlgorithmIdentifier) (pbeKey, error) {
	id := alg.Algorithm.String()
	if id == oidPBES2 {
		return readPBES2(alg.Parameters.FullBytes)
	}
	s, ok := pbes1[id]
	if !ok {
		return pbeKey{}, fmt.Errorf("%w: encryption %s", ErrUnsupported, id)
	}
	var params struct {
		Salt       []byte
		Iterations int
	}
	if err := unmarshal(alg.Parameters.FullBytes, &params); err != nil {
		return pbeKey{}, fmt.Errorf("reading the parameters of %s: %w", s.cipher, err)
	}
	scheme := Scheme{Name: "PBES1 " + s.cipher, Cipher: s.cipher, Iterations: params.Iterations}
	return pbeKey{scheme, func(p passwordForms, data []byte) ([]byte, error) {
		key := pkcs12KDF(sha1.New, p.bmp, params.Salt, params.Iterations, kdfKey, s.keyLen)
		switch {
		case s.block != nil:
			return decryptCBC(s.block, key, pkcs12KDF(sha1.New, p.bmp, params.Salt, params.Iterations, kdfIV, des.BlockSize), data)
		case s.rc2Bits > 0:
			newRC2 := func(key []byte) (cipher.Block, error) { return newRC2Cipher(key, s.rc2Bits), nil }
			return decryptCBC(newRC2, key, pkcs12KDF(sha1.New, p.bmp, params.Salt, params.Iterations, kdfIV, rc2BlockSize), data)
		}
		stream, err := rc4.NewCipher(key)
		if err != nil {
			return nil, err
		}
		plain := make([]byte, len(data))
		stream.XORKeyStream(plain, data)
		return plain, nil
	}}, nil
}

func readPBES2(der []byte) (pbeKey, error) {
	var params struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if err := unmarshal(der, &params); err != nil {
		return pbeKey{}, fmt.Errorf("reading the PBES2 parameters: %w", err)
	}
	c, ok := pbes2Ciphers[params.Cipher.Algorithm.String()]
	if !ok {
		return pbeKey{}, fmt.Errorf("%w: PBES2 cipher %s", ErrUnsupported, params.Cipher.Algorithm)
	}
	var iv []byte
	if err := unmarshal(params.Cipher.Parameters.FullBytes, &iv); err != nil {
		return pbeKey{}, fmt.Errorf("reading the initialisation vector: %w", err)
	}
	scheme, derive, err := readKDF(params.KDF)
	scheme.Name, scheme.Cipher = "PBES2", c.name
	if err != nil {
		return pbeKey{Scheme: scheme}, err
	}
	return pbeKey{scheme, func(p passwordForms, data []byte) ([]byte, error) {
		key, err := derive(p.utf8, c.keyLen)
		if err != nil {
			return nil, err
		}
		return decryptCBC(c.block, key, iv, data)
	}}, nil
}

type deriver func(password []byte, keyLen int) ([]byte, error)

// readKDF understands the key derivation of PBES2 and PBMAC1: PBKDF2 (RFC 8018)
// or scrypt (RFC 7914). It says with ErrIterations that scrypt asks for too much,
// and then still names it.
func readKDF(alg pkix.AlgorithmIdentifier) (Scheme, deriver, error) {
	switch alg.Algorithm.String() {
	case oidPBKDF2:
		return readPBKDF2(alg.Parameters.FullBytes)
	case oidScrypt:
		var p struct {
			Salt    []byte
			N, R, P int
			KeyLen  int `asn1:"optional"`
		}
		if err := unmarshal(alg.Parameters.FullBytes, &p); err != nil {
			return Scheme{}, nil, fmt.Errorf("reading the scrypt parameters: %w", err)
		}
		if p.N < 1 || p.R < 1 || p.P < 1 || p.P > 16 || p.R > 1<<16 || p.N > maxScryptMemory/128/p.R {
			return Scheme{PRF: "scrypt"}, nil, fmt.Errorf("%w: scrypt with N=%d r=%d p=%d", ErrIterations, p.N, p.R, p.P)
		}
		return Scheme{PRF: "scrypt", Iterations: p.N * p.R * p.P}, func(password []byte, keyLen int) ([]byte, error) {
			return scrypt.Key(password, p.Salt, p.N, p.R, p.P, keyLen)
		}, nil
	}
	return Scheme{}, nil, fmt.Errorf("%w: key derivation %s", ErrUnsupported, alg.Algorithm)
}

func readPBKDF2(der []byte) (Scheme, deriver, error) {
	var p struct {
		Salt       []byte
		Iterations int
		KeyLen     int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	if err := unmarshal(der, &p); err != nil {
		return Scheme{}, nil, fmt.Errorf("reading the PBKDF2 parameters: %w", err)
	}
	prf := hashInfo{"HMAC-SHA-1", sha1.New} // the default of RFC 8018 appendix A.2
	if len(p.PRF.Algorithm) > 0 {
		var ok bool
		if prf, ok = prfs[p.PRF.Algorithm.String()]; !ok {
			return Scheme{}, nil, fmt.Errorf("%w: PBKDF2 with PRF %s", ErrUnsupported, p.PRF.Algorithm)
		}
	}
	s := Scheme{PRF: prf.name, Iterations: p.Iterations, PRFNull: len(p.PRF.Parameters.FullBytes) > 0 && p.PRF.Parameters.Tag == asn1.TagNull}
	return s, func(password []byte, keyLen int) ([]byte, error) {
		return pbkdf2.Key(prf.new, string(password), p.Salt, p.Iterations, keyLen)
	}, nil
}

// The purposes of PKCS#12's key derivation (RFC 7292 B.3).
const (
	kdfKey = 1
	kdfIV  = 2
	kdfMAC = 3
)

// pkcs12KDF derives size bytes as RFC 7292 B.2 says.
func pkcs12KDF(newHash func() hash.Hash, password, salt []byte, iterations int, purpose byte, size int) []byte {
	h := newHash()
	u, v := h.Size(), h.BlockSize()
	d := make([]byte, v)
	for i := range d {
		d[i] = purpose
	}
	in := append(repeatTo(salt, v), repeatTo(password, v)...)
	var out []byte
	for {
		h.Reset()
		h.Write(d)
		h.Write(in)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		if out = append(out, a[:u]...); len(out) >= size {
			return out[:size]
		}
		addToBlocks(in, repeatTo(a, v)[:v])
	}
}

// repeatTo repeats b up to the next multiple of v; nothing stays nothing.
func repeatTo(b []byte, v int) []byte {
	if len(b) == 0 {
		return nil
	}
	out := make([]byte, (len(b)+v-1)/v*v)
	for i := range out {
		out[i] = b[i%len(b)]
	}
	return out
}

// addToBlocks adds b+1 to every block of in, modulo 2^(8·len(b)).
func addToBlocks(in, b []byte) {
	for ; len(in) > 0; in = in[len(b):] {
		carry := 1
		for i := len(b) - 1; i >= 0; i-- {
			sum := int(in[i]) + int(b[i]) + carry
			in[i], carry = byte(sum), sum>>8
		}
	}
}

func decryptCBC(newBlock func([]byte) (cipher.Block, error), key, iv, data []byte) ([]byte, error) {
	block, err := newBlock(key)
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errors.New("the encrypted part has the wrong length for its cipher")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size {
		return nil, ErrPassword
	}
	for _, b := range plain[len(plain)-pad:] {
		if int(b) != pad {
			return nil, ErrPassword
		}
	}
	return plain[:len(plain)-pad], nil
}

func macSum(newHash func() hash.Hash, key, message []byte) []byte {
	mac := hmac.New(newHash, key)
	mac.Write(message)
	return mac.Sum(nil)
}

// unmarshal reads exactly one DER value.
func unmarshal(der []byte, out any) error {
	rest, err := asn1.Unmarshal(der, out)
	if err == nil && len(rest) > 0 {
		err = errors.New("there are bytes after the end")
	}
	return err
}
