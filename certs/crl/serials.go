package crl

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"math/big"
	"math/bits"
	"strings"
)

// Serials is a set of serial numbers to look for in CRLs. It is made once and
// then only read, by any number of readers at a time. A nil set is empty.
//
// Nearly every entry of a CRL is not asked for. A bit table of a few bits a
// serial, which stays in a processor's cache, sends those away; what passes it is
// looked for in a table of slots.
type Serials struct {
	seed   maphash.Seed
	filter []uint64
	slots  []int32 // 1 + index into ends; 0 is free
	ends   []int   // where in digits each serial ends
	digits []byte  // contents of DER INTEGERs, one behind the other
}

// Bits of the filter, and slots, for each serial: one entry in 16 that isn't
// asked for passes the filter, and half the slots at most are taken.
const (
	filterBits  = 16
	slotsPer    = 2
	bitsPerWord = 64
)

// NewSerials makes a set; serials that are there twice count once.
func NewSerials(serials []*big.Int) *Serials {
	size := 1 << bits.Len(uint(max(1, len(serials))))
	s := &Serials{
		seed:   maphash.MakeSeed(),
		filter: make([]uint64, max(1, size*filterBits/bitsPerWord)),
		slots:  make([]int32, size*slotsPer),
	}
	for _, n := range serials {
		if n != nil {
			s.add(integerContent(n))
		}
	}
	return s
}

func (s *Serials) add(key []byte) {
	h := maphash.Bytes(s.seed, key)
	if s.find(h, key) >= 0 {
		return
	}
	s.filter[h/bitsPerWord&uint64(len(s.filter)-1)] |= 1 << (h % bitsPerWord)
	s.digits = append(s.digits, key...)
	s.ends = append(s.ends, len(s.digits))
	i := s.slot(h)
	for s.slots[i] != 0 {
		i = (i + 1) % len(s.slots)
	}
	s.slots[i] = int32(len(s.ends))
}

// slot is where the search for a hash begins; it uses other bits of it than the
// filter.
func (s *Serials) slot(h uint64) int { return int(h >> 32 & uint64(len(s.slots)-1)) }

// Len is how many serials are in the set.
func (s *Serials) Len() int {
	if s == nil {
		return 0
	}
	return len(s.ends)
}

// index is the place of a serial, the content of its DER INTEGER, or -1.
func (s *Serials) index(key []byte) int {
	if s == nil {
		return -1
	}
	h := maphash.Bytes(s.seed, key)
	if s.filter[h/bitsPerWord&uint64(len(s.filter)-1)]&(1<<(h%bitsPerWord)) == 0 {
		return -1
	}
	return s.find(h, key)
}

func (s *Serials) find(h uint64, key []byte) int {
	for i := s.slot(h); s.slots[i] != 0; i = (i + 1) % len(s.slots) {
		if at := int(s.slots[i]) - 1; bytes.Equal(s.key(at), key) {
			return at
		}
	}
	return -1
}

func (s *Serials) key(i int) []byte {
	from := 0
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.digits[from:s.ends[i]]
}

// integerContent is the content of a DER INTEGER: two's complement, as short as
// it can be.
func integerContent(n *big.Int) []byte {
	if n.Sign() >= 0 {
		b := n.Bytes()
		if len(b) == 0 || b[0] >= 0x80 {
			b = append([]byte{0}, b...)
		}
		return b
	}
	// -n-1 has the inverted bits of n (two's complement).
	b := new(big.Int).Not(n).Bytes()
	for i := range b {
		b[i] = ^b[i]
	}
	if len(b) == 0 || b[0] < 0x80 {
		b = append([]byte{0xff}, b...)
	}
	return b
}

// maxSerialDigits bounds a serial that a person gives: RFC 5280 4.1.2.2 allows 20
// octets, and CAs have been seen with more.
const maxSerialDigits = 128

// ParseSerial reads a serial number as tools print it: hexadecimal, upper or
// lower case, with or without colons, blanks between bytes or a leading 0x.
func ParseSerial(s string) (*big.Int, error) {
	digits := strings.NewReplacer(":", "", " ", "", "\t", "").Replace(strings.ToLower(strings.TrimSpace(s)))
	digits = strings.TrimPrefix(digits, "0x")
	if len(digits) > maxSerialDigits {
		return nil, fmt.Errorf("a serial number of %d digits, more than %d", len(digits), maxSerialDigits)
	}
	for _, r := range digits {
		if !strings.ContainsRune("0123456789abcdef", r) {
			return nil, fmt.Errorf("%q is no serial number: %q is no hexadecimal digit", s, r)
		}
	}
	n, ok := new(big.Int).SetString(digits, 16)
	if !ok {
		return nil, fmt.Errorf("%q is no serial number in hexadecimal", s)
	}
	return n, nil
}
