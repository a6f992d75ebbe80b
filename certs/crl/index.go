package crl

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"sort"
	"time"
)

// index holds all entries of a list, a serial number and a few bytes each. A hash in its
// place would have to be as long to be beyond doubt: CAs draw 16 to 20 bytes.
//
// Serial numbers of one length stand together, in blocks that are never moved, and are
// sorted once the list is read. After that it is only read, by any number at a time.
type index struct {
	groups map[int]*group // by the length of the serial numbers
	rare   []Entry        // those that a row can't hold
}

// group are the rows of serial numbers of one length. A row is the number, the time of
// the revocation and the reason.
type group struct {
	width  int // of a number
	shift  int // a block has 1 << shift rows
	blocks [][]byte
	rows   int
	spare  []byte // a row on its way to another place
}

// The sizes of a row's parts beyond the number, and of a block, in bytes.
const (
	timeSize  = 4 // seconds since timeZero
	extraSize = timeSize + 1
	blockSize = 1 << 20
)

// timeZero begins the hundred years that a UTCTime can tell (RFC 5280 4.1.2.5.1).
var timeZero = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

func newIndex() *index { return &index{groups: map[int]*group{}} }

// add notes an entry, whose date is that of the list.
func (x *index) add(serial, date []byte, e Entry) {
	g := x.groups[len(serial)]
	if g == nil {
		g = &group{width: len(serial), shift: max(0, bits.Len(uint(blockSize/(len(serial)+extraSize)))-1)}
		x.groups[len(serial)] = g
	}
	e.Revoked, _ = parseTime(date)
	seconds, reason := e.Revoked.Unix()-timeZero, uint8(rarely)
	if e.Invalid.IsZero() && e.Reason >= 0 && e.Reason < rarely && seconds == int64(uint32(seconds)) {
		reason = uint8(e.Reason)
	} else {
		seconds = int64(len(x.rare))
		x.rare = append(x.rare, e)
	}
	g.add(serial, uint32(seconds), reason)
}

func (g *group) add(serial []byte, seconds uint32, reason uint8) {
	if g.rows>>g.shift == len(g.blocks) {
		var block []byte
		if len(g.blocks) > 0 { // the first may be all there is, and grows as it needs
			block = make([]byte, 0, (g.width+extraSize)<<g.shift)
		}
		g.blocks = append(g.blocks, block)
	}
	last := &g.blocks[len(g.blocks)-1]
	*last = append(binary.BigEndian.AppendUint32(append(*last, serial...), seconds), reason)
	g.rows++
}

// sort makes the index ready to be asked.
func (x *index) sort() {
	for _, g := range x.groups {
		g.spare = make([]byte, g.width+extraSize)
		sort.Sort(g)
		g.spare = nil
	}
}

func (g *group) row(i int) []byte {
	size := g.width + extraSize
	at := i & (1<<g.shift - 1) * size
	return g.blocks[i>>g.shift][at : at+size]
}

func (g *group) number(i int) []byte { return g.row(i)[:g.width] }

// Len, Less and Swap are for sorting.
func (g *group) Len() int { return g.rows }

func (g *group) Less(i, j int) bool { return bytes.Compare(g.number(i), g.number(j)) < 0 }

func (g *group) Swap(i, j int) {
	a, b := g.row(i), g.row(j)
	copy(g.spare, a)
	copy(a, b)
	copy(b, g.spare)
}

// entry is what is known of a serial number, the content of its DER INTEGER. Of several
// entries, which the rules don't allow, one that revokes counts, and the earliest.
func (x *index) entry(serial []byte) (found Entry, listed bool) {
	g := x.groups[len(serial)]
	if g == nil {
		return found, false
	}
	i := sort.Search(g.rows, func(i int) bool { return bytes.Compare(g.number(i), serial) >= 0 })
	for ; i < g.rows && bytes.Equal(g.number(i), serial); i++ {
		e := x.read(g.row(i)[g.width:])
		removed, had := e.Reason == RemoveFromCRL, found.Reason == RemoveFromCRL
		if !listed || had && !removed || had == removed && e.Revoked.Before(found.Revoked) {
			found, listed = e, true
		}
	}
	return found, listed
}

// read reads what a row says beyond the number.
func (x *index) read(extra []byte) Entry {
	seconds := binary.BigEndian.Uint32(extra)
	if extra[timeSize] == rarely {
		return x.rare[seconds]
	}
	return Entry{Revoked: time.Unix(timeZero+int64(seconds), 0).UTC(), Reason: Reason(extra[timeSize])}
}
