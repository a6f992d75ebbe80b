package certs

import (
	"encoding/hex"
	"testing"
)

// The vectors of RFC 2268 section 5.
func TestRC2(t *testing.T) {
	for _, v := range []struct {
		bits               int
		key, plain, cipher string
	}{
		{63, "0000000000000000", "0000000000000000", "ebb773f993278eff"},
		{64, "ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
		{64, "3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
		{64, "88", "0000000000000000", "61a8a244adacccf0"},
		{64, "88bca90e90875a", "0000000000000000", "6ccf4308974c267f"},
		{64, "88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "1a807d272bbe5db1"},
		{128, "88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"},
		{129, "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", "0000000000000000", "5b78d3a43dfff1f1"},
	} {
		c := newRC2Cipher(unhex(t, v.key), v.bits)
		got := make([]byte, rc2BlockSize)
		if c.Encrypt(got, unhex(t, v.plain)); hex.EncodeToString(got) != v.cipher {
			t.Errorf("%d bits of %s: encrypted to %x, want %s", v.bits, v.key, got, v.cipher)
		}
		if c.Decrypt(got, unhex(t, v.cipher)); hex.EncodeToString(got) != v.plain {
			t.Errorf("%d bits of %s: decrypted to %x, want %s", v.bits, v.key, got, v.plain)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
