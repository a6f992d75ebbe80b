package intune

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/easkit/easkit/certs/entra/record"
)

// errExportAgain ends what ReadDir says of a folder that is not as it was made.
var errExportAgain = errors.New("export again, since what was checked is what gets imported")

// ReadDir reads the folder that [Set.Files] makes, and gives the same set.
//
// A folder that is not as it was made is an error which says so: a file that was changed
// (it wraps record.ErrEdited), is missing (fs.ErrNotExist) or is none of the set's, an
// index that names others or contradicts them. It is a *[RefusedError]. The hashes find slips, not forgers. What an os.DirFS has may lie
// elsewhere by a symbolic link; the FS of an os.Root keeps to the folder.
func ReadDir(fsys fs.FS) (*Set, error) {
	x, err := readIndex(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &RefusedError{Reason: "it is no folder of easkit intune export: there is no " + IndexFile + " in it", Hint: "easkit intune export --dir DIR makes one", cause: err}
	}
	if err != nil {
		return nil, refusedFolder(fmt.Errorf("read %s: %w", IndexFile, err), exportHint)
	}
	s, err := x.readSet(fsys)
	if err != nil {
		return nil, refusedFolder(err, exportHint)
	}
	return s, nil
}

// exportHint is what to do about a folder that is not as it was made.
const exportHint = "easkit intune export makes it anew; what is to change is changed in the template"

// readSet reads the files that an index lists.
func (x index) readSet(fsys fs.FS) (*Set, error) {
	var err error
	s := x.set()
	read := make([][]byte, len(x.Parts))
	for i, entry := range x.Parts {
		if read[i], err = entry.read(fsys); err != nil {
			return nil, fmt.Errorf("read %q: %w", entry.File, err)
		}
		if s.Parts[i].Object, err = objectIn(read[i]); err != nil {
			return nil, fmt.Errorf("read %q: %w", entry.File, err)
		}
	}
	if err := s.fitsFolder(); err != nil {
		return nil, fmt.Errorf("read %s: %w", IndexFile, err)
	}
	for i, entry := range x.Parts {
		if err := s.agrees(s.Parts[i], entry, read[i]); err != nil {
			return nil, fmt.Errorf("read %q: %w", entry.File, err)
		}
	}
	return s, s.isAll(fsys, x)
}

// isAll judges what a folder has beside the files of the parts: other tools import all
// of it.
func (s *Set) isAll(fsys fs.FS, x index) error {
	table, err := s.migrationJSON()
	if err != nil {
		return err
	}
	if table != nil {
		data, err := readFile(fsys, MigrationFile, maxIndexFile)
		switch {
		case err != nil:
			return fmt.Errorf("read %s: %w", MigrationFile, err)
		case !bytes.Equal(data, table):
			return fmt.Errorf("read %s: %w: %w", MigrationFile, record.ErrEdited, errExportAgain)
		}
	}
	there, err := objectFiles(fsys)
	if err != nil {
		return err
	}
	for _, name := range there {
		if name == MigrationFile && table != nil || slices.ContainsFunc(x.Parts, func(p indexPart) bool { return p.File == name }) {
			continue
		}
		return fmt.Errorf("%q is none of the set's files, and other tools would import it: take it away", name)
	}
	return nil
}

func readIndex(fsys fs.FS) (index, error) {
	var x index
	text, err := readFile(fsys, IndexFile, maxIndexFile)
	if err != nil {
		return x, err
	}
	if err := record.Read(bytes.NewReader(text), maxIndexFile, record.IntuneSet, &x); err != nil {
		return x, err
	}
	if x.hash() != x.Hash {
		return x, fmt.Errorf("%w: %w", record.ErrEdited, errExportAgain)
	}
	if len(x.Parts) > maxParts {
		return x, fmt.Errorf("it has %d parts, at most %d are read", len(x.Parts), maxParts)
	}
	return x, nil
}

// read reads the file of a part, as it was when the index was made.
func (entry indexPart) read(fsys fs.FS) ([]byte, error) {
	if !fs.ValidPath(entry.File) || !slices.Contains(slices.Collect(maps.Values(folders)), path.Dir(entry.File)) {
		return nil, errors.New("it lies outside the folders of objects")
	}
	data, err := readFile(fsys, entry.File, maxObjectFile)
	if err != nil {
		return nil, err
	}
	if hashOf(data) != entry.SHA256 {
		return nil, fmt.Errorf("%w: %w", record.ErrEdited, errExportAgain)
	}
	return data, nil
}

// readFile reads a file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) (data []byte, err error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch info, err := f.Stat(); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a file")
	}
	data, err = io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return data, err
}

// objectIn is the object of a part in its file.
func objectIn(data []byte) (Object, error) {
	var o Object
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, fmt.Errorf("it holds no object: %w", err)
	}
	return withoutFolderKeys(o), nil
}

// agrees judges whether a file and the index say the same: then the file is the one that
// Files would write for what was read of both.
func (s *Set) agrees(p Part, entry indexPart, data []byte) error {
	f, err := s.partFile(p)
	switch {
	case err != nil:
		return err
	case f.Name != entry.File || p.Object.Name() != entry.Name || p.Object.Type() != entry.Type || !bytes.Equal(f.Data, data):
		return fmt.Errorf("it does not agree with %s: %w", IndexFile, errExportAgain)
	}
	return nil
}
