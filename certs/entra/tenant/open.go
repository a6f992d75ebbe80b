package tenant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
)

// maxFile bounds a file of a snapshot but the users, in bytes. The largest is that
// of the groups: a million members have about 150 MB.
const maxFile = 256 << 20

// Open reads a snapshot from its folder. What the folder does not have is missing
// in the snapshot; a file that is there and is not understood is an error, of one
// line, with the file's name and what to do. The users are left to [OpenUsers].
func Open(fsys fs.FS) (*Snapshot, error) {
	var a about
	switch data, err := readText(fsys, AboutFile); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("opening the snapshot: there is no %s: give the folder that easkit entra snapshot or snapshot.ps1 wrote", AboutFile)
	case err != nil:
		return nil, fmt.Errorf("opening the snapshot: %w", err)
	default:
		if err := json.Unmarshal(data, &a); err != nil {
			return nil, fmt.Errorf("opening the snapshot: %w", malformed(AboutFile, err))
		}
	}
	if a.Schema != Schema {
		return nil, fmt.Errorf("opening the snapshot: %s: the schema is %q and not %q: take the easkit that wrote it, or take the snapshot again", AboutFile, a.Schema, Schema)
	}
	if a.Cloud != "" {
		if _, err := preflight.Word("the cloud", string(a.Cloud), preflight.Clouds); err != nil {
			return nil, fmt.Errorf("opening the snapshot: %w", malformed(AboutFile, err))
		}
	}
	s := &Snapshot{At: a.At.UTC(), By: preflight.Printable(a.By), Cloud: a.Cloud}
	if err := s.readFiles(fsys, a.Missing); err != nil {
		return nil, fmt.Errorf("opening the snapshot: %w", err)
	}
	return s, nil
}

func (s *Snapshot) readFiles(fsys fs.FS, missing []Missing) error {
	why := map[string]string{}
	for _, m := range missing {
		why[m.File] = m.Why
	}
	absent := func(file string) {
		if why[file] == "" {
			why[file] = "the snapshot has no such file"
		}
		s.miss(file, why[file])
	}
	for _, res := range resources() {
		switch err := s.readFile(fsys, res); {
		case errors.Is(err, fs.ErrNotExist):
			absent(res.file)
		case err != nil:
			return err
		}
	}
	switch err := s.readMailboxes(fsys); {
	case errors.Is(err, fs.ErrNotExist):
		absent(MailboxesFile)
	case err != nil:
		return err
	}
	return nil
}

func (s *Snapshot) readFile(fsys fs.FS, res resource) error {
	if res.add == nil { // only whether it is there
		_, err := fs.Stat(fsys, res.file)
		return err
	}
	data, err := readText(fsys, res.file)
	if err != nil {
		return err
	}
	elements, err := split(data, res.single)
	if err != nil {
		return malformed(res.file, err)
	}
	for i, raw := range elements {
		if err := res.add(s, raw); err != nil {
			return malformed(res.file, fmt.Errorf("object %d: %w", i+1, err))
		}
	}
	return nil
}

// split takes the objects out of a file: an object, or a page or an array of them.
func split(data []byte, single bool) ([]json.RawMessage, error) {
	var elements []json.RawMessage
	switch {
	case single:
		raw, err := unwrap(data)
		if err != nil {
			return nil, err
		}
		elements = []json.RawMessage{raw}
	case bytes.HasPrefix(data, []byte("[")):
		if err := json.Unmarshal(data, &elements); err != nil {
			return nil, err
		}
	default:
		var page struct {
			Value *[]json.RawMessage `json:"value"`
			Next  string             `json:"@odata.nextLink"`
		}
		switch err := json.Unmarshal(data, &page); {
		case err != nil:
			return nil, err
		case page.Value == nil:
			return nil, errors.New(`there is no array "value" in it`)
		case page.Next != "":
			return nil, errors.New(`it has an "@odata.nextLink": more pages follow, which belong into the same "value"`)
		}
		elements = *page.Value
	}
	for i, raw := range elements {
		if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
			return nil, fmt.Errorf("object %d is no object", i+1)
		}
	}
	return elements, nil
}

// malformed is the error for a file that is not what Graph sends.
func malformed(file string, err error) error {
	return fmt.Errorf("%s: %s: take the snapshot again, or remove the file to go without it", file, preflight.Printable(err.Error()))
}

// readText reads a file as UTF-8 without a byte order mark: PowerShell 5 writes
// one, or UTF-16.
func readText(fsys fs.FS, file string) ([]byte, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := table.OpenText(f, maxFile)
	if err == nil {
		var data []byte
		if data, err = io.ReadAll(text); err == nil {
			return bytes.TrimSpace(data), nil
		}
	}
	return nil, fmt.Errorf("reading %s: %w", file, err)
}

func (s *Snapshot) readMailboxes(fsys fs.FS) error {
	f, err := fsys.Open(MailboxesFile)
	if err != nil {
		return err
	}
	defer f.Close()
	if s.Mailboxes, err = ParseMailboxes(f); err != nil {
		return fmt.Errorf("%s: %w", MailboxesFile, err)
	}
	return nil
}

// OpenUsers reads the users of a snapshot's folder. Where the snapshot has none,
// the error is [fs.ErrNotExist].
func OpenUsers(fsys fs.FS) (*entra.Users, error) {
	f, err := fsys.Open(UsersFile)
	if err != nil {
		return nil, fmt.Errorf("opening the snapshot's users: %w", err)
	}
	defer f.Close()
	users, err := entra.ParseUsers(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", UsersFile, err)
	}
	return users, nil
}
