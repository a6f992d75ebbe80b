package rollout

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// identityExtensions are those of files that hold identities.
var identityExtensions = []string{".p12", ".pfx", ".pem"}

// fileIndex is the names of files, found by what stands before their extension. The names
// are in one piece, since a string for each would take as much again.
type fileIndex struct {
	folders []string // below the folder that is read, itself ""
	names   []byte
	files   []fileName
	stems   []stem // by hash
	seed    maphash.Seed
}

// fileName is where in names a file's is, and its folder.
type fileName struct {
	start, folder uint32
	size          uint16
}

type stem struct {
	hash uint64
	file uint32
}

// maxNames bounds the names of all files together, so that places in them fit 32 bits.
const maxNames = 1 << 30

// entriesAtOnce is how many entries of a folder are held: one may have 200,000.
const entriesAtOnce = 1024

// walk notes the files of a folder and of those below it.
func (x *fileIndex) walk(ctx context.Context, root string) error {
	x.folders = []string{""}
	for at := 0; at < len(x.folders); at++ {
		if err := x.readFolder(ctx, root, uint32(at)); err != nil {
			return err
		}
	}
	return nil
}

func (x *fileIndex) readFolder(ctx context.Context, root string, folder uint32) error {
	f, err := os.Open(filepath.Join(root, x.folders[folder]))
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		entries, err := f.ReadDir(entriesAtOnce)
		for _, e := range entries {
			if err := x.add(root, folder, e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// add notes a file, or a folder to be read. Names with a dot first are hidden, and on
// volumes that macOS wrote to, copies of others with something else in them.
func (x *fileIndex) add(root string, folder uint32, e os.DirEntry) error {
	name := e.Name()
	switch {
	case strings.HasPrefix(name, "."):
		return nil
	case e.IsDir():
		x.folders = append(x.folders, filepath.Join(x.folders[folder], name))
		return nil
	case !slices.Contains(identityExtensions, strings.ToLower(filepath.Ext(name))):
		return nil
	}
	if !isFile(e, filepath.Join(root, x.folders[folder], name)) {
		return nil
	}
	if len(x.names)+len(name) > maxNames {
		return fmt.Errorf("the names of its files have more than %d bytes together: split the folder", maxNames)
	}
	x.files = append(x.files, fileName{uint32(len(x.names)), folder, uint16(len(name))})
	x.names = append(x.names, name...)
	return nil
}

// isFile follows links, which is how volumes of Kubernetes hold files; one that leads
// nowhere is no file.
func isFile(e os.DirEntry, path string) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.Type().IsRegular()
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// sort brings the files into the order of their paths, and makes the index.
func (x *fileIndex) sort() {
	slices.SortFunc(x.files, func(a, b fileName) int {
		return cmp.Or(cmp.Compare(x.folders[a.folder], x.folders[b.folder]), bytes.Compare(x.base(a), x.base(b)))
	})
	x.seed = maphash.MakeSeed()
	x.stems = make([]stem, len(x.files))
	for i, f := range x.files {
		x.stems[i] = stem{maphash.String(x.seed, x.stem(f)), uint32(i)}
	}
	slices.SortFunc(x.stems, func(a, b stem) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.file, b.file))
	})
}

func (x *fileIndex) base(f fileName) []byte { return x.names[f.start:][:f.size] }

func (x *fileIndex) stem(f fileName) string { return strings.ToLower(stemOf(string(x.base(f)))) }

func stemOf(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// name is a file's path below the folder that was read.
func (x *fileIndex) name(id uint32) string {
	f := x.files[id]
	return filepath.Join(x.folders[f.folder], string(x.base(f)))
}

// byStem adds the files to ids that a name, in small letters, is the stem of.
func (x *fileIndex) byStem(ids []uint32, name string) []uint32 {
	hash := maphash.String(x.seed, name)
	at, _ := slices.BinarySearchFunc(x.stems, hash, func(s stem, h uint64) int { return cmp.Compare(s.hash, h) })
	for ; at < len(x.stems) && x.stems[at].hash == hash; at++ {
		if id := x.stems[at].file; x.stem(x.files[id]) == name {
			ids = append(ids, id)
		}
	}
	return ids
}

// sortedOnce has each file once, in the order of the paths.
func sortedOnce(ids []uint32) []uint32 {
	slices.Sort(ids)
	return slices.Compact(ids)
}
