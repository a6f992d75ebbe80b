package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"github.com/easkit/easkit/certs"
)

// identity is a user's file, opened.
type identity struct {
	sum    [sha256.Size]byte // of the file
	bundle *certs.Bundle
	leaf   *certs.Certificate

	password certs.Password // for where the user needs a new one
}

// content is a user's file, as it was read.
type content struct {
	data []byte
	sum  [sha256.Size]byte
	err  error       // why it could not be read
	was  *openedFile // nil where it has to be opened
}

func load(path string) content {
	file, err := os.Open(path)
	if err != nil {
		return content{err: fmt.Errorf("the identity can't be opened: %w", reason(err))}
	}
	defer file.Close()
	data, err := certs.ReadLimited(file)
	if err != nil {
		return content{err: fmt.Errorf("the identity can't be read: %w", reason(err))}
	}
	return content{data: data, sum: sha256.Sum256(data)}
}

// open opens a file that may be a row's.
func (r *run) open(row Row, c Candidate, from content) (Opened, *identity) {
	id, err := r.identity(row, c.Path, from)
	if err != nil {
		return Opened{Candidate: c, Err: err}, nil
	}
	return Opened{Candidate: c, Leaf: id.leaf}, id
}

func (r *run) identity(row Row, path string, from content) (*identity, error) {
	if from.err != nil {
		return nil, from.err
	}
	password := r.passwordOf(row, path)
	if from.was != nil && from.was.password == password {
		return from.was.identity, nil
	}
	if from.was != nil {
		if from = load(path); from.err != nil {
			return nil, from.err
		}
	}
	b, err := certs.Read(from.data, certs.Unlock{Password: password})
	if err != nil {
		return nil, err
	}
	r.cas.share(b)
	id, err := b.Identity(r.Request.CAs...)
	if err != nil {
		return nil, err
	}
	return &identity{sum: from.sum, bundle: b, leaf: id.Leaf}, nil
}

func (r *run) passwordOf(row Row, path string) certs.Password {
	if password, own := r.Passwords.For(row, path); own {
		return password
	}
	return r.Password
}

// choose opens the files that may be a row's, each once, and picks the user's. The
// first may have been read before.
func (r *run) choose(j job, first content) (*identity, *Identity, error) {
	opened := make([]Opened, len(j.candidates))
	ids := make([]*identity, len(j.candidates))
	for i, c := range j.candidates {
		from := first
		if i > 0 {
			from = r.load(c.Path)
		}
		opened[i], ids[i] = r.open(j.record.Row, c, from)
	}
	choice, err := Pick(j.record, opened, r.people, r.Request.Scenario.At)
	if err != nil {
		return nil, nil, err
	}
	id := ids[choice.Index]
	return id, &Identity{
		File: choice.Path, SHA256: hex.EncodeToString(id.sum[:]), Thumbprint: id.leaf.Thumbprint(),
		Subject: id.leaf.Subject(), Names: notedNames(id.leaf), NotAfter: id.leaf.NotAfter, Found: choice.Found,
	}, nil
}
