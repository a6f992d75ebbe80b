package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// What is said of a file with a private key.
const (
	holdsKeyWhy = "it holds a private key: only certificates belong here"
	holdsKeyFix = "take it out, and export the CA's certificate without its key (.cer)"
)

var errHoldsKey = errors.New(holdsKeyWhy)

// keyBlock stands in the first line of every PEM block of a private key (RFC 7468
// sections 10 and 11, and the older kinds).
var keyBlock = []byte("PRIVATE KEY-----")

// keyErrors are those that only files with keys give.
var keyErrors = []error{certs.ErrPassword, certs.ErrNoPassword, certs.ErrIterations, certs.ErrKeystore}

// holdsKey reports whether a file that was read into b, or not because of err,
// holds a private key, or is of a kind that is made for keys.
func holdsKey(data []byte, b *certs.Bundle, err error) bool {
	for _, known := range keyErrors {
		if errors.Is(err, known) {
			return true
		}
	}
	return bytes.Contains(data, keyBlock) || b != nil && (len(b.Keys) > 0 || b.PKCS12 != nil)
}

func unsupported(err error) bool { return errors.Is(err, certs.ErrUnsupported) }

// certificates reads a file of certificates.
func (r *folderReader) certificates(name string) {
	data, ok := r.read(name)
	if !ok {
		return
	}
	if holdsKey(data, nil, nil) { // before anything in it is looked at
		r.refuse(name, holdsKeyWhy, holdsKeyFix)
		return
	}
	b, err := certs.Read(data, certs.Unlock{})
	switch {
	case holdsKey(data, b, err):
		r.refuse(name, holdsKeyWhy, holdsKeyFix)
	case err != nil:
		r.refuse(name, "it can't be read: "+preflight.Printable(err.Error()), "export the CA's certificate again, as DER or PEM")
	default:
		for _, c := range b.Certificates {
			r.find(name, c)
		}
	}
}

// legacy reads a list in the older schema.
func (r *folderReader) legacy(name string) {
	data, ok := r.read(name)
	if !ok {
		return
	}
	entries, err := ReadLegacy(data)
	switch {
	case errors.Is(err, errHoldsKey):
		r.refuse(name, holdsKeyWhy, holdsKeyFix)
		return
	case err != nil:
		r.refuse(name, preflight.Printable(err.Error()), "mend the file, or give the CAs' certificates and a crl.yaml in its place")
		return
	}
	for _, e := range entries {
		r.legacyEntry(name, e)
	}
}

func (r *folderReader) legacyEntry(name string, e Entry) {
	c := e.Parsed()
	if c == nil {
		return // ReadLegacy has parsed it
	}
	before, known := r.addresses[string(c.Raw)]
	if known && (before.crl != e.CRL || before.delta != e.Delta) {
		r.refuse(name, fmt.Sprintf("of %q it gives other CRL addresses (%s) than %s (%s)", c, orNone(e.CRL), shown(before.from), orNone(before.crl)),
			"take one of the two out, or give the address in crl.yaml")
		return
	}
	r.addresses[string(c.Raw)] = addresses{e.CRL, e.Delta, name}
	if e.Root != isRoot(c) {
		r.note("%s: it says that %q is %s, and by its signature it is not: it is taken as %s", shown(name), c, e.role(), Entry{Root: isRoot(c)}.role())
	}
	r.find(name, c)
}

// read reads a file of the folder; one that can't be read is refused.
func (r *folderReader) read(name string) ([]byte, bool) {
	data, err := readLimited(r.fsys, name)
	if err != nil {
		if path := new(fs.PathError); errors.As(err, &path) {
			err = path.Err
		}
		r.refuse(name, "it can't be read: "+preflight.Printable(err.Error()), "see whether the file is whole, and whether you may read it")
	}
	return data, err == nil
}

// readLimited reads a regular file of a folder, within the bounds of what is read
// here at all.
func readLimited(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name) // before it is opened: a pipe would wait for a writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return certs.ReadLimited(f)
}

// maxShown is how much of a text out of a file a message shows, in runes.
const maxShown = 80

// shown is a text for a message: on one printable line, and not too long.
func shown(text string) string {
	runes := []rune(preflight.Printable(text))
	if len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return string(runes)
}
