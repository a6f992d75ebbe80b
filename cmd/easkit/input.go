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

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// certificateExtensions are those under which certificates lie in folders.
var certificateExtensions = []string{".p12", ".pfx", ".pem", ".cer", ".crt", ".der", ".p7b", ".p7c"}

// expand replaces each folder by the certificate files in it, in order.
func expand(paths []string) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			files = append(files, path) // opening it tells what is wrong
			continue
		}
		found := len(files)
		err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && slices.Contains(certificateExtensions, strings.ToLower(filepath.Ext(p))) {
				files = append(files, p)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the folder %q: %w", path, err)
		}
		if len(files) == found {
			return nil, fmt.Errorf("the folder %q holds no certificate files (%s)", path, strings.Join(certificateExtensions, " "))
		}
	}
	return files, nil
}

// readCertificates reads all certificates of files and folders that hold no
// secrets: authorities, roots, chains.
func readCertificates(flag string, paths []string) ([]*certs.Certificate, error) {
	files, err := expand(paths)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	var all []*certs.Certificate
	for _, file := range files {
		b, err := certs.ReadFile(file, certs.Unlock{})
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

// template reads --template: a preset's name, or a file. Without it the preset
// follows from what the call says of the mailbox.
func readTemplate(name string, o profiles.Overrides) (profiles.Template, error) {
	if name == "" {
		name = profiles.DefaultPreset(o)
	}
	if slices.Contains(profiles.Presets(), name) {
		return profiles.Preset(name)
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, `./\`) {
		return profiles.Template{}, fmt.Errorf("--template %q is neither a file nor a preset (%s)", name, strings.Join(profiles.Presets(), ", "))
	}
	if err != nil {
		return profiles.Template{}, fmt.Errorf("reading the template: %w", err)
	}
	t, err := profiles.ParseTemplate(data)
	if err != nil {
		return t, fmt.Errorf("template %s: %w", name, err)
	}
	return t, nil
}

// readInput reads a file, or standard input for "-", within the bounds of what
// is read here at all.
func (a *app) readInput(path string) ([]byte, error) {
	if path != "-" {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if info.Size() > certs.MaxFileSize {
			return nil, fmt.Errorf("%s: it has %d bytes, more than the %d that are read", path, info.Size(), certs.MaxFileSize)
		}
		return os.ReadFile(path)
	}
	data, err := io.ReadAll(io.LimitReader(a.in, certs.MaxFileSize+1))
	if err == nil && len(data) > certs.MaxFileSize {
		err = fmt.Errorf("standard input has more than the %d bytes that are read", certs.MaxFileSize)
	}
	return data, err
}
