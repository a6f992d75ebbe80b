package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/easkit/easkit/certs"
)

// maxNoted bounds the addresses of a certificate that a manifest has, in bytes together.
// A certificate with more is opened in each run.
const maxNoted = 4096

// notedNames are the addresses of a certificate for the manifest; none where they are too
// much.
func notedNames(leaf *certs.Certificate) []string {
	names, size := namesOf(leaf), 0
	for _, name := range names {
		size += len(name)
		if !utf8.ValidString(name) { // JSON would have another in its place
			return nil
		}
	}
	if size > maxNoted {
		return nil
	}
	return names
}

// note keeps the names of a certificate for [Index.agrees]: hashes of the addresses, each
// once. before is the record that gives way, whose place they may take.
func (x *Index) note(user string, names []string, before record) (at uint32, count uint8) {
	var all []digest
	for _, name := range names {
		_, address, _ := strings.Cut(name, " ")
		if address == "" { // which a row without a mail address has, too
			continue
		}
		if d := digestOf(address); !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	switch {
	case len(all) == 0 || len(all) > math.MaxUint8 || len(x.names)+len(all) > math.MaxUint32-1:
		return 0, 0
	case len(all) == 1 && all[0] == digestOf(certs.CanonicalAddress(user)):
		return 0, 1 // which is what nearly all have
	case before.names > 0 && int(before.count) >= len(all):
		copy(x.names[before.names-1:], all)
		return before.names, uint8(len(all))
	}
	x.names = append(x.names, all...)
	return uint32(len(x.names)-len(all)) + 1, uint8(len(all))
}

// noted gives what was noted of a certificate that was found to be a user's.
func (x *Index) noted(user digest, at uint32, count uint8) []digest {
	switch {
	case count == 0:
		return nil
	case at == 0:
		return []digest{user}
	}
	return x.names[at-1:][:count]
}

// sanFile is a file that was found by its certificate, whose names it has.
type sanFile struct {
	user  digest
	names uint32
	count uint8
}

// noteFile keeps whose certificate is in a file that has no name of its own, so that the
// next run need not open it to know.
func (x *Index) noteFile(e *Entry) {
	if e.Identity.Found != FoundBySAN || e.Identity.SHA256 == "" {
		return
	}
	sum := halfOf(strings.ToLower(e.Identity.SHA256))
	if _, known := x.bySAN[sum]; known {
		return
	}
	f := sanFile{user: digestOf(certs.CanonicalAddress(e.User))}
	if f.names, f.count = x.note(e.User, e.Identity.Names, record{}); f.count > 0 {
		x.bySAN[sum] = f
	}
}

// holder gives the names of the certificate in a file that a run before found by them.
func (x *Index) holder(file [sha256.Size]byte) (names []digest, known bool) {
	f, known := x.bySAN[halfOf(hex.EncodeToString(file[:]))]
	return x.noted(f.user, f.names, f.count), known
}

// agrees reports whether the certificate that a user's artefact was made with is still
// the row's, by the rules of [People.Agrees]: it was when that was made, for a row with
// the same UPN and mail address, and what can have changed since are the other rows.
// Where nothing is known of its names, the answer is no.
func (x *Index) agrees(r Row, p Platform, people *People) bool {
	known, ok := x.records[pairOf(r.Key(), p)]
	if !ok || !known.made {
		return false
	}
	user, email := digestOf(certs.CanonicalAddress(r.User)), digestOf(certs.CanonicalAddress(r.Email))
	own := false
	for _, name := range x.noted(digestOf(certs.CanonicalAddress(r.Key())), known.names, known.count) {
		line, shared := people.ownerOf(name)
		if line != 0 && line != r.Line {
			return false
		}
		own = own || !shared && (name == user || name == email)
	}
	return own
}
