package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// certificateExtensions are those under which certificates lie in folders.
var certificateExtensions = []string{".p12", ".pfx", ".pem", ".cer", ".crt", ".der", ".p7b", ".p7c"}

// crlExtensions is the one under which CRLs lie in folders.
var crlExtensions = []string{".crl"}

// expand replaces each folder by the files in it that have one of the extensions,
// in order.
func expand(paths, extensions []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path) // opening it tells what is wrong
			continue
		}
		found := len(files)
		root := path
		if target, err := filepath.EvalSymlinks(path); err == nil {
			root = target // which WalkDir does not follow
		}
		filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || isFileOf(p, extensions) {
				files = append(files, p) // where it can't be read, opening it tells why
			}
			return nil
		})
		if len(files) == found {
			return nil, fmt.Errorf("the folder %q holds no files of this kind (%s)", path, strings.Join(extensions, " "))
		}
	}
	return files, nil
}

// isFileOf goes by the name, and leaves out devices and pipes.
func isFileOf(path string, extensions []string) bool {
	if !slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
		return false
	}
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

// readCertificates reads all certificates of files and folders that hold no
// secrets: authorities, roots, chains.
func (a *app) readCertificates(flag string, paths []string) ([]*certs.Certificate, error) {
	files, err := expand(paths, certificateExtensions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	var all []*certs.Certificate
	for _, file := range files {
		data, err := a.readInput(file)
		var b *certs.Bundle
		if err == nil {
			b, err = certs.Read(data, certs.Unlock{})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, about(file, err))
		}
		all = append(all, b.Certificates...)
	}
	if len(paths) > 0 && len(all) == 0 {
		return nil, fmt.Errorf("%s: there is no certificate in %s", flag, strings.Join(paths, ", "))
	}
	return all, nil
}

// about names the file in an error, once.
func about(file string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && path.Path == file {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", file, err)
}

// readTemplate reads --template: a preset's name, or a file. Without it the preset
// follows from what the call says of the mailbox.
func (a *app) readTemplate(name string, o profiles.Overrides) (profiles.Template, error) {
	if name == "" {
		name = profiles.DefaultPreset(o)
	}
	if slices.Contains(profiles.Presets(), name) {
		return profiles.Preset(name)
	}
	data, err := a.readInput(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `./\`) {
		return profiles.Template{}, fmt.Errorf("--template %q is neither a file nor a preset (%s)", name, strings.Join(profiles.Presets(), ", "))
	}
	if err != nil {
		return profiles.Template{}, hinted(fmt.Errorf("reading the template: %w", err), "give a preset (easkit template list has them) or a YAML file with --template")
	}
	t, err := profiles.ParseTemplate(data)
	if err != nil {
		return t, fmt.Errorf("template %s: %w", name, err)
	}
	return t, nil
}

// inputs are the files that a call read: none of them is written to.
type inputs struct {
	sync.Mutex
	files []os.FileInfo
}

// open opens a file for reading, or hands out standard input, which can be read
// for one thing only.
func (a *app) open(path, what string) (io.ReadCloser, error) {
	if path == stdout { // "-" stands for both
		a.inputs.Lock()
		defer a.inputs.Unlock()
		if a.stdin != "" {
			return nil, fmt.Errorf("standard input (-) is already read for %s", a.stdin)
		}
		a.stdin = what
		return io.NopCloser(&interruptible{ctx: a.ctx, r: a.in}), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil {
		a.inputs.Lock()
		defer a.inputs.Unlock()
		a.inputs.files = append(a.inputs.files, info)
	}
	return f, nil
}

// readInput reads a file, or standard input, within the bounds of what is read
// here at all.
func (a *app) readInput(path string) ([]byte, error) {
	in, err := a.open(path, "a file")
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return certs.ReadLimited(in)
}

// readUpTo reads a file of at most limit bytes.
func (a *app) readUpTo(path string, limit int64) ([]byte, error) {
	in, err := a.open(path, "a file")
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return data, err
}

// refuseInput keeps results from being written over what they were made from,
// even with --force.
func (a *app) refuseInput(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // it is not there
	}
	for _, input := range a.inputs.files {
		if os.SameFile(info, input) {
			return withHint(fmt.Errorf("%s: it is one of the files that this is made from", path), "give another name or folder with -o")
		}
	}
	return nil
}
