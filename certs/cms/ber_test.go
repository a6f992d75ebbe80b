package cms

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	must(err)
	return b
}

func TestToDER(t *testing.T) {
	for _, tt := range []struct{ name, ber, der string }{
		{"der", "30 03 02 01 05", "30 03 02 01 05"},
		{"indefinite", "30 80 02 01 05 00 00", "30 03 02 01 05"},
		{"indefinite, empty", "30 80 00 00", "30 00"},
		{"indefinite in definite", "30 07 a0 80 02 01 05 00 00", "30 05 a0 03 02 01 05"},
		{"indefinite in indefinite", "30 80 30 80 00 00 02 01 05 00 00", "30 05 30 00 02 01 05"},
		{"overlong length", "30 83 00 00 03 02 01 05", "30 03 02 01 05"},
		{"overlong length inside", "30 05 04 82 00 01 ff", "30 03 04 01 ff"},
		{"octet string in pieces", "24 80 04 02 01 02 04 01 03 00 00", "04 03 01 02 03"},
		{"octet string in definite pieces", "24 07 04 02 01 02 04 01 03", "04 03 01 02 03"},
		{"pieces of pieces", "24 80 24 80 04 01 01 00 00 24 03 04 01 02 00 00", "04 02 01 02"},
		{"no pieces", "24 80 00 00", "04 00"},
		{"bit string in pieces", "23 80 03 02 00 0a 03 02 04 b0 00 00", "03 03 04 0a b0"},
		{"bit string without pieces", "23 00", "03 01 00"},
		{"text in pieces", "2c 80 04 01 61 04 01 62 00 00", "0c 02 61 62"},
		{"zeros as content", "30 80 04 02 00 00 00 00", "30 04 04 02 00 00"},
		{"implicit tag keeps its pieces", "a0 80 04 01 01 04 01 02 00 00", "a0 06 04 01 01 04 01 02"},
		{"long tag", "bf 81 01 80 02 01 05 00 00", "bf 81 01 03 02 01 05"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ToDER(unhex(tt.ber))
			if err != nil || !bytes.Equal(got, unhex(tt.der)) {
				t.Errorf("ToDER(%s) = % x, %v; want %s", tt.ber, got, err, tt.der)
			}
		})
	}
}

func TestToDERReturnsDERAsItIs(t *testing.T) {
	in := pki().root.cert.Raw
	out, err := ToDER(in)
	if err != nil || &out[0] != &in[0] {
		t.Errorf("a copy was made, or %v", err)
	}
}

func TestToDERRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, ber string
		want      error
	}{
		{"nothing", "", ErrMalformed},
		{"one byte", "30", ErrMalformed},
		{"unfinished tag", "1f 80", ErrMalformed},
		{"tag with a leading zero", "1f 80 41 00", ErrMalformed},
		{"small number in a long tag", "1f 1e 00", ErrMalformed},
		{"endless tag", "1f ff ff ff ff ff ff 01 00", ErrMalformed},
		{"long tag without length", "1f 41", ErrMalformed},
		{"content cut off", "04 02 00", ErrMalformed},
		{"length cut off", "04 82 00", ErrMalformed},
		{"huge length", "04 88 ff ff ff ff ff ff ff ff 00", ErrMalformed},
		{"reserved length", "04 ff 00", ErrMalformed},
		{"child beyond its parent", "30 03 04 02 00 00", ErrMalformed},
		{"indefinite primitive", "04 80 00 00", ErrMalformed},
		{"indefinite without end", "30 80 02 01 05", ErrMalformed},
		{"indefinite with half an end", "30 80 00", ErrMalformed},
		{"end of contents alone", "00 00", ErrMalformed},
		{"end of contents in definite", "30 02 00 00", ErrMalformed},
		{"constructed integer", "22 03 02 01 05", ErrMalformed},
		{"primitive sequence", "10 00", ErrMalformed},
		{"integer in an octet string", "24 03 02 01 05", ErrMalformed},
		{"octet string in a bit string", "23 03 04 01 00", ErrMalformed},
		{"unused bits before the last piece", "23 80 03 02 04 b0 03 02 00 0a 00 00", ErrMalformed},
		{"bit string piece without content", "23 02 03 00", ErrMalformed},
		{"nine unused bits", "23 04 03 02 09 00", ErrMalformed},
		{"trailing", "30 00 00", ErrTrailing},
		{"trailing after indefinite", "30 80 00 00 00 00", ErrTrailing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := ToDER(unhex(tt.ber)); !errors.Is(err, tt.want) {
				t.Errorf("ToDER(%s) = % x, %v; want %v", tt.ber, got, err, tt.want)
			}
		})
	}
}

// nested builds values inside one another, innermost first written, in linear time.
func nested(depth int, tag byte, indefinite bool) []byte {
	if indefinite {
		return append(bytes.Repeat([]byte{tag, 0x80}, depth), make([]byte, 2*depth)...)
	}
	var reversed []byte
	for range depth {
		length := appendLength(nil, len(reversed))
		for i := range length {
			reversed = append(reversed, length[len(length)-1-i])
		}
		reversed = append(reversed, tag)
	}
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	return reversed
}

func TestDepth(t *testing.T) {
	const million = 1_000_000
	for _, tt := range []struct {
		name string
		in   []byte
		want error
	}{
		{"at the limit", nested(MaxDepth, 0x30, false), nil},
		{"at the limit, indefinite", nested(MaxDepth, 0x30, true), nil},
		{"beyond", nested(MaxDepth+1, 0x30, false), ErrTooDeep},
		{"beyond, indefinite", nested(MaxDepth+1, 0x30, true), ErrTooDeep},
		{"pieces beyond", nested(MaxDepth+1, 0x24, true), ErrTooDeep},
		{"a million", nested(million, 0x30, false), ErrTooDeep},
		{"a million, indefinite", nested(million, 0x30, true), ErrTooDeep},
		{"a million, never closed", bytes.Repeat([]byte{0x30, 0x80}, million), ErrTooDeep},
		{"a million, explicit tags", nested(million, 0xa0, true), ErrTooDeep},
		{"a million pieces in pieces", nested(million, 0x24, true), ErrTooDeep},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// Few allocations: refused on the way in, not after a walk.
			allocs := testing.AllocsPerRun(1, func() {
				if _, err := ToDER(tt.in); !errors.Is(err, tt.want) {
					t.Errorf("ToDER: %v, want %v", err, tt.want)
				}
			})
			if allocs > 4*MaxDepth {
				t.Errorf("%v allocations", allocs)
			}
			if _, err := Parse(tt.in); err == nil {
				t.Error("Parse took it")
			}
			if _, err := CertsOnly(tt.in); err == nil {
				t.Error("CertsOnly took it")
			}
		})
	}
}

func TestSize(t *testing.T) {
	content := make([]byte, MaxSize+1)
	for name, f := range map[string]func([]byte) error{
		"ToDER":     func(b []byte) error { _, err := ToDER(b); return err },
		"Parse":     func(b []byte) error { _, err := Parse(b); return err },
		"CertsOnly": func(b []byte) error { _, err := CertsOnly(b); return err },
		"Sign": func(b []byte) error {
			_, err := Sign(b[1:], pki().signers["p256"].cert, pki().signers["p256"].key, SignOptions{})
			return err
		},
	} {
		if err := f(content); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want %v", name, err, ErrTooLarge)
		}
	}
}

// toBER rewrites DER the way streaming signers do: indefinite lengths throughout and
// octet strings in pieces.
func toBER(der []byte) []byte {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	must(err)
	var out []byte
	switch {
	case v.IsCompound:
		out = append(out, der[0], 0x80)
		if len(v.Bytes) > 0 {
			out = append(out, toBER(v.Bytes)...)
		}
		out = append(out, 0, 0)
	case v.Class == asn1.ClassUniversal && v.Tag == asn1.TagOctetString && len(v.Bytes) > 1:
		half := len(v.Bytes) / 2
		out = append(out, 0x24, 0x80)
		for _, piece := range [][]byte{v.Bytes[:half], v.Bytes[half:]} {
			out = append(appendLength(append(out, 0x04), len(piece)), piece...)
		}
		out = append(out, 0, 0)
	default:
		out = append(out, v.FullBytes...)
	}
	if len(rest) > 0 {
		out = append(out, toBER(rest)...)
	}
	return out
}

func TestToDERUndoesBER(t *testing.T) {
	for name, der := range map[string][]byte{
		"certificate": pki().root.cert.Raw,
		"message":     pki().sign(t, "rsa", plist(5000), false),
	} {
		ber := toBER(der)
		if got, err := ToDER(ber); err != nil || !bytes.Equal(got, der) {
			t.Errorf("%s: not the DER it was made of, %v", name, err)
		}
	}
}

// walk reads every value with encoding/asn1.
func walk(t *testing.T, der []byte) {
	t.Helper()
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil {
			t.Fatalf("encoding/asn1 can't read % x: %v", der, err)
		}
		if v.IsCompound {
			walk(t, v.Bytes)
		}
		der = rest
	}
}

func FuzzToDER(f *testing.F) {
	for _, seed := range []string{
		"30 03 02 01 05", "30 80 02 01 05 00 00", "24 80 04 02 01 02 04 01 03 00 00", "23 80 03 02 00 0a 03 02 04 b0 00 00",
		"30 83 00 00 03 02 01 05", "bf 81 01 80 02 01 05 00 00", "1f 80", "2c 80 04 01 61 04 01 62 00 00", "30 80 00 00 00 00",
	} {
		f.Add(unhex(seed))
	}
	f.Add(toBER(pki().root.cert.Raw))
	f.Fuzz(func(t *testing.T, in []byte) {
		der, err := ToDER(in)
		if err != nil {
			return
		}
		again, err := ToDER(der)
		if err != nil || !bytes.Equal(again, der) {
			t.Fatalf("ToDER(% x) = % x, then % x, %v", in, der, again, err)
		}
		walk(t, der)
	})
}
