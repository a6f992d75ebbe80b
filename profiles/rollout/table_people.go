package rollout

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/easkit/easkit/certs"
)

// People is what is to be known of all rows of a table before one of them is done: whose
// an address is, which part before the @ is one user's alone, and who stands there twice.
// It holds hashes, some 60 bytes an address. Once [Survey] has made it, it does not change
// and may be used by several goroutines; nil knows nobody.
type People struct {
	Rows   int // all of the table, those with an Err too
	InWave int // of these, part of the wave that was asked for

	addresses map[digest]claim
	locals    map[digest]claim
	again     map[digest]uint32 // the second line of those who are there twice
}

// digest stands for an address. 16 bytes of a SHA-256 are enough that not even a crafted
// table has two addresses with the same.
type digest [16]byte

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}

// claim is the line that has an address, and how.
type claim struct{ line uint32 }

// The lowest bits of a claim. A table of [MaxTable] bytes has less than 2^30 lines.
const (
	claimKey    = 1 << iota // it is what the user is known by: see [Row.Key]
	claimShared             // a second line has it in the same way
	claimBits   = iota
)

func newClaim(line int, key bool) claim {
	c := claim{uint32(line) << claimBits}
	if key {
		c.line |= claimKey
	}
	return c
}

func (c claim) at() int      { return int(c.line >> claimBits) }
func (c claim) key() bool    { return c.line&claimKey != 0 }
func (c claim) shared() bool { return c.line&claimShared != 0 }

func newPeople() *People {
	return &People{addresses: map[digest]claim{}, locals: map[digest]claim{}, again: map[digest]uint32{}}
}

// Survey reads a table to its end, for [TableOptions.People] of a second reading, and
// tells each of every row. The lines of the two readings have to be the same. A table
// without rows is an error.
func Survey(t *Table, each func(Record)) (*People, error) {
	for {
		record, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		each(record)
	}
	if t.people.Rows == 0 {
		return nil, fmt.Errorf("reading the table of users: %w", errNoUsers)
	}
	return t.people, nil
}

// add notes whose the addresses of a row are. Those of a row that is refused count as
// well: its user's certificate is no other's.
func (p *People) add(r Record) {
	known := cmp.Or(r.User, r.Email)
	for _, address := range []string{r.User, r.Email} {
		if _, err := certs.ParseAddress(address); err != nil {
			continue
		}
		folded := certs.CanonicalAddress(address)
		d := digestOf(folded)
		p.claimAddress(d, newClaim(r.Line, address == known))
		local := digestOf(localPart(folded))
		if c, ok := p.locals[local]; !ok {
			p.locals[local] = newClaim(r.Line, false)
		} else if c.at() != r.Line {
			p.locals[local] = claim{c.line | claimShared}
		}
	}
}

// claimAddress lets a UPN win over a mail address, whichever comes first.
func (p *People) claimAddress(d digest, c claim) {
	have, ok := p.addresses[d]
	switch {
	case !ok, c.key() && !have.key():
		p.addresses[d] = c
	case have.at() == c.at(), have.key() && !c.key():
	default:
		p.addresses[d] = claim{have.line | claimShared}
		if _, ok := p.again[d]; !ok && c.key() {
			p.again[d] = uint32(c.at())
		}
	}
}

// twice gives the first two lines of a user who has several.
func (p *People) twice(key string) (first, second int, ok bool) {
	if len(p.again) == 0 {
		return 0, 0, false
	}
	d := digestOf(certs.CanonicalAddress(key))
	again, ok := p.again[d]
	return p.addresses[d].at(), int(again), ok
}

// owner is the one line that an address, folded, is of. A line that is known by it comes
// before lines that have it as a mail address; shared says that there are several.
func (p *People) owner(folded string) (line int, shared bool) {
	return p.ownerOf(digestOf(folded))
}

func (p *People) ownerOf(d digest) (line int, shared bool) {
	if p == nil {
		return 0, false
	}
	c, ok := p.addresses[d]
	if !ok || c.shared() {
		return 0, ok
	}
	return c.at(), false
}

// onlyLocal reports whether no row but the one at a line has a part before the @.
func (p *People) onlyLocal(local string, line int) bool {
	if p == nil {
		return true
	}
	c, ok := p.locals[digestOf(local)]
	return !ok || c.at() == line && !c.shared()
}

func localPart(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return local
}
