package ticket

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
)

// parcel seals and opens the files of one ticket.
type parcel struct {
	id   string
	aead cipher.AEAD
}

func newParcel(id string, s secret) (*parcel, error) {
	key, err := s.key(forParcel)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of ticket %s: %w", id, err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("preparing the key of ticket %s: %w", id, err)
	}
	return &parcel{id: id, aead: aead}, nil
}

// seal encrypts the nth file. The key seals nothing but this parcel, so that its number
// is a nonce which never comes twice.
func (p *parcel) seal(n int, f File) []byte {
	return p.aead.Seal(nil, p.nonce(n), f.Data, p.bound(f.Name, f.Kind))
}

// open decrypts the nth file, if it is that of this ticket under this name and kind.
func (p *parcel) open(n int, f Named, sealed []byte) ([]byte, error) {
	data, err := p.aead.Open(nil, p.nonce(n), sealed, p.bound(f.Name, f.Kind))
	if err != nil {
		return nil, fmt.Errorf("decrypting %q of ticket %s: it was changed on the disk: %w", f.Name, p.id, err)
	}
	return data, nil
}

func (p *parcel) nonce(n int) []byte {
	nonce := make([]byte, p.aead.NonceSize())
	binary.BigEndian.PutUint32(nonce[len(nonce)-4:], uint32(n))
	return nonce
}

// bound is what is not encrypted, yet can't be changed. No part of it has a zero in it.
func (p *parcel) bound(name string, kind Kind) []byte {
	return fmt.Appendf(nil, "%s\x00%s\x00%s", p.id, kind, name)
}
