package ios

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/ios/plist"
)

// Encrypt returns an unsigned profile with its payloads encrypted for the phone that
// has the key of a certificate: in EncryptedPayloadContent, as Apple describes it
// (Configuring multiple devices using profiles). Sign the result: encryption alone
// does not keep anybody from changing it.
//
// The phone needs that key beforehand, from device management or an earlier profile,
// so that this is no help for a first installation by hand.
func Encrypt(profile []byte, recipient *x509.Certificate) ([]byte, error) {
	f, err := Open(profile)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Signed != nil:
		return nil, errors.New("it is signed: encrypt the unsigned profile, and sign the result")
	case f.Encrypted:
		return nil, errors.New("its payloads are encrypted already")
	}
	top, _ := f.Top.Plain().(dict)
	payloads, err := plist.Marshal(top["PayloadContent"])
	if err != nil {
		return nil, err
	}
	sealed, err := cms.Encrypt(payloads, []*x509.Certificate{recipient})
	if err != nil {
		return nil, fmt.Errorf("encrypting the payloads: %w", err)
	}
	delete(top, "PayloadContent")
	top["EncryptedPayloadContent"] = sealed
	// Gone from Apple's schema after iOS 18.1 and never read by phones (observed), but
	// older tools go by it.
	top["IsEncrypted"] = true
	return plist.Marshal(top)
}

// Decrypt reads the payloads that are encrypted for the key of a certificate, so that
// the file is as one that never was. A file that isn't encrypted is left alone.
func (f *File) Decrypt(key crypto.Decrypter, cert *x509.Certificate) error {
	if !f.Encrypted {
		return nil
	}
	payloads, err := cms.Decrypt(f.Top.Get("EncryptedPayloadContent").Bytes(), key, cert)
	if err != nil {
		return fmt.Errorf("decrypting the payloads: %w", err)
	}
	list, err := plist.Parse(payloads)
	if err != nil {
		return fmt.Errorf("reading the decrypted payloads: %w", err)
	}
	if list.Root.Kind != plist.Array {
		return fmt.Errorf("the decrypted payloads are a value of type %s, not an array", list.Root.Kind)
	}
	f.Encrypted = false
	f.readPayloads(list.Root)
	return nil
}
