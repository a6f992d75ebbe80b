package crl

import (
	"encoding/asn1"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

func TestSerials(t *testing.T) {
	long := new(big.Int).Lsh(big.NewInt(1), 2000)
	set := []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(-1), big.NewInt(127), big.NewInt(128), big.NewInt(-128), big.NewInt(-129), long}
	s := NewSerials(append(set, big.NewInt(1), nil, big.NewInt(128)))
	if s.Len() != len(set) {
		t.Errorf("%d serials, want %d: twice is once, nil is none", s.Len(), len(set))
	}
	places := map[int]bool{}
	for _, n := range set {
		i := s.index(integerContent(n))
		if i < 0 || places[i] {
			t.Errorf("%v is at %d", n, i)
		}
		places[i] = true
	}
	for _, n := range []*big.Int{big.NewInt(2), big.NewInt(255), big.NewInt(256), big.NewInt(-2), new(big.Int).Neg(long), new(big.Int).Lsh(long, 8)} {
		if i := s.index(integerContent(n)); i >= 0 {
			t.Errorf("%v is there", n)
		}
	}
}

func TestSerialsEmpty(t *testing.T) {
	for name, s := range map[string]*Serials{"nil": nil, "of nil": NewSerials(nil), "of none": NewSerials([]*big.Int{})} {
		if s.Len() != 0 || s.index([]byte{1}) >= 0 || s.index(nil) >= 0 {
			t.Errorf("%s is not empty", name)
		}
	}
}

// All that are in are found, and none that isn't, whatever the filter lets pass.
func TestSerialsMany(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func() *big.Int {
		n := new(big.Int).SetUint64(random.Uint64())
		return n.Lsh(n, uint(random.IntN(100))).Or(n, new(big.Int).SetUint64(random.Uint64()))
	}
	const many = 100_000
	in := make([]*big.Int, many)
	known := map[string]bool{}
	for i := range in {
		in[i] = draw()
		known[in[i].String()] = true
	}
	s := NewSerials(in)
	if s.Len() != len(known) {
		t.Fatalf("%d serials, want %d", s.Len(), len(known))
	}
	for _, n := range in {
		if i := s.index(integerContent(n)); i < 0 || string(s.key(i)) != string(integerContent(n)) {
			t.Fatalf("%v is at %d", n, i)
		}
	}
	for range many {
		if n := draw(); !known[n.String()] && s.index(integerContent(n)) >= 0 {
			t.Fatalf("%v is there", n)
		}
	}
}

// A set is read by any number of readers at a time (for the race detector).
func TestSerialsShared(t *testing.T) {
	s := NewSerials([]*big.Int{big.NewInt(1), big.NewInt(2)})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if s.index([]byte{2}) < 0 || s.index([]byte{3}) >= 0 {
				t.Error("it differs")
			}
		})
	}
	wg.Wait()
}

func TestIntegerContent(t *testing.T) {
	check := func(n *big.Int) {
		t.Helper()
		der, err := asn1.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var raw asn1.RawValue
		if _, err := asn1.Unmarshal(der, &raw); err != nil {
			t.Fatal(err)
		}
		if got := integerContent(n); string(got) != string(raw.Bytes) {
			t.Errorf("%v: %x, want %x", n, got, raw.Bytes)
		}
	}
	for n := int64(-70_000); n < 70_000; n++ {
		check(big.NewInt(n))
	}
	for bits := range uint(300) {
		power := new(big.Int).Lsh(big.NewInt(1), bits)
		for _, d := range []int64{-1, 0, 1} {
			n := new(big.Int).Add(power, big.NewInt(d))
			check(n)
			check(new(big.Int).Neg(n))
		}
	}
}

func TestParseSerial(t *testing.T) {
	tests := []struct{ text, want, says string }{
		{"5E334FCF6C12E68B", "5e334fcf6c12e68b", ""},
		{"5e334fcf6c12e68b", "5e334fcf6c12e68b", ""},
		{"5e:33:4f:cf:6c:12:e6:8b", "5e334fcf6c12e68b", ""}, // openssl x509 -text
		{"5e 33 4f cf 6c 12 e6 8b", "5e334fcf6c12e68b", ""}, // Windows, the old dialog
		{" \t5e334fcf6c12e68b\r\n", "5e334fcf6c12e68b", ""}, // a line of a file
		{"0x5E334FCF6C12E68B", "5e334fcf6c12e68b", ""},      // openssl crl -crlnumber
		{"0X5E", "5e", ""},
		{"00:ff", "ff", ""},
		{"0", "0", ""},
		{strings.Repeat("f", 128), strings.Repeat("f", 128), ""},
		{"", "", "no serial number"},
		{"0x", "", "no serial number"},
		{":::", "", "no serial number"},
		{"0x0x12", "", `'x'`},
		{"-5", "", `'-'`},
		{"+5", "", `'+'`},
		{"5e_33", "", `'_'`},
		{"12g4", "", `'g'`},
		{"１２", "", "hexadecimal digit"}, // full-width digits
		{"serial", "", "hexadecimal digit"},
		{strings.Repeat("f", 129), "", "more than 128"},
	}
	for _, tt := range tests {
		n, err := ParseSerial(tt.text)
		switch {
		case tt.says != "":
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%q: %v, error %v, want one that says %s", tt.text, n, err, tt.says)
			}
		case err != nil:
			t.Errorf("%q: %v", tt.text, err)
		case n.Text(16) != tt.want:
			t.Errorf("%q: %x, want %s", tt.text, n, tt.want)
		}
	}
}
