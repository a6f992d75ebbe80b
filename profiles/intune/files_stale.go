package intune

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Stale are the files in a folder that an earlier set left there and that files do not
// replace: an import would take their objects for part of the set. The folder may be
// empty, or not there. What is not easkit's to clear is an error, a *[RefusedError]:
// objects that no index lists, what is not as the index has it, and a table of groups
// that is somebody else's, even where files has one.
func Stale(folder fs.FS, files []File) ([]string, error) {
	x, err := readIndex(folder)
	indexed := err == nil
	if !indexed && !errors.Is(err, fs.ErrNotExist) {
		return nil, refusedFolder(fmt.Errorf("read %s: %w", IndexFile, err), "give another folder with --dir, or empty this one")
	}
	there, err := objectFiles(folder)
	if err != nil {
		return nil, refusedFolder(err, "give another folder with --dir")
	}
	var stale []string
	for _, name := range there {
		replaced := slices.ContainsFunc(files, func(f File) bool { return f.Name == name })
		listed := name == MigrationFile || slices.ContainsFunc(x.Parts, func(p indexPart) bool { return p.File == name })
		if !indexed || !listed && !replaced {
			return nil, refusedFolder(fmt.Errorf("%q is there, which no index of easkit's lists: it would be imported with the set", name), "give another folder with --dir, or take it away")
		}
		if replaced && name != MigrationFile {
			continue
		}
		if err := x.wrote(folder, name); err != nil {
			return nil, refusedFolder(fmt.Errorf("%q is there, and is not as easkit wrote it, so that it is not taken away: %w", name, err), "give another folder with --dir, or take it away")
		}
		if !replaced {
			stale = append(stale, name)
		}
	}
	return stale, nil
}

// errNotWritten says that a file has other contents than the index tells.
var errNotWritten = errors.New("its contents are others than " + IndexFile + " tells")

// wrote returns an error unless a file is as it was written with the index. Of the table
// of groups the index has no hash, but what it was made from.
func (x index) wrote(folder fs.FS, name string) error {
	data, err := readFile(folder, name, maxObjectFile)
	if err != nil {
		return err
	}
	if name == MigrationFile {
		table, err := x.set().migrationJSON()
		if err == nil && (table == nil || !bytes.Equal(table, data)) {
			err = errNotWritten
		}
		return err
	}
	if !slices.ContainsFunc(x.Parts, func(p indexPart) bool { return p.File == name && p.SHA256 == hashOf(data) }) {
		return errNotWritten
	}
	return nil
}

// objectFiles are the files that tools import from a folder, sorted: the JSON in the
// folders of collections, and the table of groups.
func objectFiles(folder fs.FS) ([]string, error) {
	var all []string
	for _, dir := range slices.Sorted(maps.Values(folders)) {
		entries, err := fs.ReadDir(folder, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			if strings.EqualFold(path.Ext(e.Name()), objectExtension) {
				all = append(all, path.Join(dir, e.Name()))
			}
		}
	}
	if _, err := fs.Stat(folder, MigrationFile); err == nil {
		all = append(all, MigrationFile)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return all, nil
}

// refusedFolder is an error with what to do about it.
func refusedFolder(err error, hint string) error {
	return &RefusedError{Reason: err.Error(), Hint: hint, cause: err}
}
