package cms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/subtle"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cryptobyte_asn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// blockCipher is a cipher for content, in CBC mode with the padding of RFC 5652
// section 6.3.
type blockCipher struct {
	oid       asn1.ObjectIdentifier
	keySize   int // bytes
	blockSize int // bytes; the initialization vector has as many
	new       func(key []byte) (cipher.Block, error)
}

const desKeySize, desKeys = 8, 3 // bytes and number of the keys of 3DES

// RFC 3565 section 4.1 names AES, RFC 3370 section 5.1 3DES.
var (
	aes128       = blockCipher{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.BlockSize, aes.NewCipher}
	aes192       = blockCipher{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.BlockSize, aes.NewCipher}
	aes256       = blockCipher{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.BlockSize, aes.NewCipher}
	tripleDES    = blockCipher{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, desKeys * desKeySize, des.BlockSize, des.NewTripleDESCipher}
	blockCiphers = []blockCipher{aes128, aes192, aes256, tripleDES}
)

// asCipher looks up a cipher for content. Its parameter is the initialization vector.
func (a algorithmID) asCipher() (c blockCipher, iv []byte, err error) {
	for _, c := range blockCiphers {
		if !a.oid.Equal(c.oid) {
			continue
		}
		params := a.params
		if !params.ReadASN1Bytes(&iv, cryptobyte_asn1.OCTET_STRING) || !params.Empty() || len(iv) != c.blockSize {
			return c, nil, because(ErrAlgorithm, "the initialization vector of cipher %v isn't %d bytes", c.oid, c.blockSize)
		}
		return c, iv, nil
	}
	return c, nil, because(ErrAlgorithm, "cipher %v, only AES and 3DES in CBC mode are read", a.oid)
}

// add adds the AlgorithmIdentifier.
func (c blockCipher) add(b *cryptobyte.Builder, iv []byte) {
	b.AddASN1(cryptobyte_asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(c.oid)
		b.AddASN1OctetString(iv)
	})
}

// encrypt returns the padded content under key and iv.
func (c blockCipher) encrypt(content, key, iv []byte) ([]byte, error) {
	block, err := c.new(key)
	if err != nil {
		return nil, because(ErrKey, "preparing the cipher: %w", err)
	}
	padding := c.blockSize - len(content)%c.blockSize
	padded := make([]byte, len(content)+padding)
	for i := range padded[copy(padded, content):] {
		padded[len(content)+i] = byte(padding)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	return padded, nil
}

// decrypt returns the content without its padding. There must be at least one block,
// and whole ones.
func (c blockCipher) decrypt(encrypted, key, iv []byte) ([]byte, error) {
	block, err := c.new(key)
	if err != nil {
		return nil, ErrDecrypt
	}
	padded := make([]byte, len(encrypted))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(padded, encrypted)
	return unpad(padded, c.blockSize)
}

// unpad takes the padding off, in a time that doesn't depend on what it is.
func unpad(padded []byte, blockSize int) ([]byte, error) {
	last := padded[len(padded)-1]
	length := int(last)
	good := subtle.ConstantTimeLessOrEq(1, length) & subtle.ConstantTimeLessOrEq(length, blockSize)
	for i := 1; i <= blockSize; i++ {
		within := subtle.ConstantTimeLessOrEq(i, length)
		same := subtle.ConstantTimeByteEq(padded[len(padded)-i], last)
		good &= subtle.ConstantTimeSelect(within, same, 1)
	}
	if good != 1 {
		return nil, ErrDecrypt
	}
	return padded[:len(padded)-length], nil
}
