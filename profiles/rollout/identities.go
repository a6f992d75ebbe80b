package rollout

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/easkit/easkit/certs"
)

// How a file was found to be a row's: see [Identity].
const (
	FoundByColumn = "column" // the row names it
	FoundByName   = "name"   // it is called after the user, or the thumbprint
	FoundBySAN    = "san"    // its certificate names the user
)

// Candidate is a file that may hold a user's identity.
type Candidate struct {
	Path  string // to open it by
	Found string // how it was found
}

// Identities are the files of a folder, by name. They are safe for concurrent use.
type Identities struct {
	dir, tableDir string
	files         fileIndex
	used          []atomic.Uint32 // a bit for each file
}

// IndexIdentities reads once what PKCS#12 and PEM files are in a folder and those below
// it; it opens none. tableDir is the folder of the table, in which paths of its column
// are looked for as well. Names that begin with a dot are passed over, and links to
// folders are not followed. An empty dir has no files.
//
// It takes some 30 bytes a file beyond the name.
func IndexIdentities(ctx context.Context, dir, tableDir string) (*Identities, error) {
	x := &Identities{dir: dir, tableDir: tableDir}
	if dir != "" {
		if err := x.files.walk(ctx, dir); err != nil {
			return nil, fmt.Errorf("reading the folder of identities: %w", err)
		}
	}
	x.files.sort()
	x.used = make([]atomic.Uint32, (x.Len()+31)/32)
	return x, nil
}

// Len is how many files there are.
func (x *Identities) Len() int { return len(x.files.files) }

// Candidates are the files that the row names, or else those that are called after its
// user, in the order of their paths; there may be none. They then count as used.
//
// A path of the table is taken within the folder of identities, then within that of the
// table, and must not lead out of it; an absolute one is taken as it is. The error is for
// one that leads to no file.
//
// A file is called after a user by the UPN, the mail address, the part of either before
// the @, or the certificate's thumbprint, whatever the letter case and the extension. A
// mail address that another row has too is nobody's, and so is the part before the @.
func (x *Identities) Candidates(r Record, people *People) ([]Candidate, error) {
	if r.Identity != "" {
		path, err := x.named(r.Identity)
		if err != nil {
			return nil, err
		}
		if id, ok := x.find(path); ok {
			x.use(id)
		}
		return []Candidate{{path, FoundByColumn}}, nil
	}
	var ids []uint32
	for _, stem := range stems(r, people) {
		ids = x.files.byStem(ids, stem)
	}
	return x.candidates(ids, FoundByName), nil
}

// candidates marks files as used.
func (x *Identities) candidates(ids []uint32, found string) []Candidate {
	var all []Candidate
	for _, id := range sortedOnce(ids) {
		x.use(id)
		all = append(all, Candidate{x.path(id), found})
	}
	return all
}

// stems are the names without extension that a file of the row may have.
func stems(r Record, people *People) []string {
	var all []string
	for _, address := range []string{r.User, r.Email} {
		if address == "" {
			continue
		}
		folded := certs.CanonicalAddress(address)
		if line, shared := people.owner(folded); !shared && (line == 0 || line == r.Line) {
			all = append(all, strings.ToLower(address))
		}
		if local := localPart(folded); people.onlyLocal(local, r.Line) {
			all = append(all, local)
		}
	}
	if r.Thumbprint != "" {
		all = append(all, r.Thumbprint)
	}
	return all
}

var errOutside = errors.New("a path must not lead out of the folder: give it as an absolute one")

// named finds the file at a path that the table gives. Tables come from Windows, too.
func (x *Identities) named(cell string) (string, error) {
	path := filepath.FromSlash(strings.ReplaceAll(cell, `\`, "/"))
	if filepath.IsAbs(path) {
		return path, regular(path, cell)
	}
	if !filepath.IsLocal(path) {
		return "", fmt.Errorf("the identity %s: %w", quoted(cell), errOutside)
	}
	var err error
	for _, dir := range []string{x.dir, x.tableDir} {
		if dir == "" {
			continue
		}
		if err = regular(filepath.Join(dir, path), cell); err == nil {
			return filepath.Join(dir, path), nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("the identity %s: %w in the folder of identities, nor in that of the table", quoted(cell), os.ErrNotExist)
}

// regular makes sure that a path is that of a file.
func regular(path, cell string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the identity %s: %w", quoted(cell), os.ErrNotExist)
	case err != nil:
		return fmt.Errorf("the identity %s can't be read: %w", quoted(cell), reason(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("the identity %s is no file", quoted(cell))
	}
	return nil
}

// reason is an error without its path, which a message has already named.
func reason(err error) error {
	if at := new(os.PathError); errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Rest goes through the paths of the files that are no row's candidates so far, in their
// order.
func (x *Identities) Rest() iter.Seq[string] {
	return func(yield func(string) bool) {
		for id := range uint32(x.Len()) {
			if x.used[id/32].Load()&(1<<(id%32)) == 0 && !yield(x.path(id)) {
				return
			}
		}
	}
}

func (x *Identities) use(id uint32) { x.used[id/32].Or(1 << (id % 32)) }

func (x *Identities) path(id uint32) string { return filepath.Join(x.dir, x.files.name(id)) }

// find gives the number of the file at a path, where it is one of the folder's.
func (x *Identities) find(path string) (uint32, bool) {
	rel, err := relative(x.dir, path)
	if err != nil {
		return 0, false
	}
	var fold []uint32 // differ in letter case, which not every file system minds
	for _, id := range x.files.byStem(nil, strings.ToLower(stemOf(filepath.Base(rel)))) {
		switch name := x.files.name(id); {
		case name == rel:
			return id, true
		case strings.EqualFold(name, rel):
			fold = append(fold, id)
		}
	}
	if len(fold) != 1 {
		return 0, false
	}
	return fold[0], true
}

// relative is a path as seen from a folder, whether either is absolute or not.
func relative(dir, path string) (string, error) {
	if filepath.IsAbs(dir) != filepath.IsAbs(path) {
		var err error
		if dir, err = filepath.Abs(dir); err != nil {
			return "", err
		}
		if path, err = filepath.Abs(path); err != nil {
			return "", err
		}
	}
	return filepath.Rel(dir, path)
}
