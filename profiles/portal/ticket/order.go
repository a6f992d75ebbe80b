package ticket

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/easkit/easkit/profiles/vault"
)

// Limits of a ticket.
const (
	MaxLife  = 30 * 24 * time.Hour // of a link
	MaxFiles = 16                  // in a ticket
	MaxSize  = 16 << 20            // of its files in all, in bytes
	MaxRef   = 256                 // of a file's reference, in bytes
)

// MaxPerson is the longest address (64 + 1 + 255 bytes), and so the longest UPN.
// Source: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1
const MaxPerson = 320

var kinds = map[Kind]bool{KindProfile: true, KindPKCS12: true, KindPassword: true, KindBundle: true}

// check says what is wrong with an order, beside its files.
func (o Order) check() error {
	if err := checkPerson("user", o.User); err != nil {
		return err
	}
	if err := checkPerson("name of who orders", o.By); err != nil {
		return err
	}
	if o.SignIn != ByPIN && o.SignIn != ByOIDC {
		return fmt.Errorf("the ticket's way to sign in is %.40q, which is neither %q nor %q", o.SignIn, ByPIN, ByOIDC)
	}
	return nil
}

func checkPerson(what, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("the ticket's %s is empty", what)
	case len(name) > MaxPerson || !utf8.ValidString(name):
		return fmt.Errorf("the ticket's %s, %.40q, is not UTF-8, or has more than %d bytes", what, name, MaxPerson)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the ticket's %s, %.40q, has a character that does not print", what, name)
	}
	return nil
}

// life is what was asked for, or the default.
func life(asked time.Duration) (time.Duration, error) {
	switch {
	case asked == 0:
		return DefaultLife, nil
	case asked < 0 || asked > MaxLife:
		return 0, fmt.Errorf("a link can't live for %s: give a time up to %s", asked, MaxLife)
	}
	return asked, nil
}

func checkFiles(files []File) error {
	if len(files) == 0 || len(files) > MaxFiles {
		return fmt.Errorf("a ticket needs 1 to %d files, not %d", MaxFiles, len(files))
	}
	size, seen := 0, map[string]bool{}
	for _, f := range files {
		if err := f.check(); err != nil {
			return err
		}
		folded := strings.ToLower(f.Name)
		if seen[folded] {
			return fmt.Errorf("two files of the ticket are called %q", f.Name)
		}
		seen[folded] = true
		size += len(f.Data)
	}
	if size > MaxSize {
		return fmt.Errorf("the ticket's files have %d bytes, and may have %d in all", size, MaxSize)
	}
	return nil
}

func (f File) check() error {
	if err := vault.CheckName(f.Name); err != nil {
		return fmt.Errorf("checking the ticket's files: %w", err)
	}
	switch {
	case strings.Contains(f.Name, "/"):
		return fmt.Errorf("the file %q of the ticket has a path: give its name alone", f.Name)
	case !kinds[f.Kind]:
		return fmt.Errorf("the file %q of the ticket has the kind %.40q, which is not known", f.Name, f.Kind)
	case len(f.Data) == 0:
		return fmt.Errorf("the file %q of the ticket is empty", f.Name)
	case len(f.Ref) > MaxRef || !utf8.ValidString(f.Ref):
		return fmt.Errorf("the reference of the file %q of the ticket is not UTF-8, or has more than %d bytes", f.Name, MaxRef)
	}
	return nil
}
