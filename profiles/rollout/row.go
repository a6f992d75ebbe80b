package rollout

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// Row is a user as the table has them.
type Row struct {
	Line     int    // where it begins in the table, from 1
	User     string // UPN; "" where the table has only an address
	Email    string // mail address; "" where the table has only a UPN
	Name     string // display name; may be ""
	Identity string // path of the user's file, as the table has it; may be ""
	Err      error  // why the row can't be used; the rest is then as far as it was read
}

// Key is what a user is known by from one run to the next: the UPN, or else the
// address, in small letters.
func (r Row) Key() string { return strings.ToLower(cmp.Or(r.User, r.Email)) }

// Shard is the share of the table that one of several machines does: number Index
// (from 0) of Count. The zero value is all of it.
type Shard struct{ Index, Count int }

// Has reports whether a user is in the share. It depends on the key alone, so that every
// machine comes to the same answer, whatever the order of the table.
func (s Shard) Has(key string) bool {
	if s.Count <= 1 {
		return true
	}
	sum := sha256.Sum256([]byte(key))
	return binary.BigEndian.Uint64(sum[:8])%uint64(s.Count) == uint64(s.Index)
}
