package intune

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/graph/schema"
)

// The bounds of a folder.
const (
	maxParts = 1000
	// maxObjectFile is room for a custom profile of 1,000,000 bytes in base64
	// (https://learn.microsoft.com/intune/intune-service/configuration/custom-settings-apple).
	maxObjectFile = 2 << 20
	maxIndexFile  = 4 << 20
	// maxFolderName is the most characters of a name, and maxFileName the most bytes of
	// a file's: with folders in front, the path stays below the 260 characters of Windows
	// (https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation),
	// and the name at what most file systems of Unix have room for.
	maxFolderName = 160
	maxFileName   = 255
)

// nameBreakers are characters that a name which something else goes by must not have:
// IntuneManagement looks for it with a filter in an address, in quotes and unescaped,
// splits lists of names at commas and bars, and puts names of groups into JSON as they
// are.
const nameBreakers = `,'"&#%+|\`

// fileBreakers are characters that a file of Windows cannot have in its name
// (https://learn.microsoft.com/windows/win32/fileio/naming-a-file).
const fileBreakers = `<>:"/\|?*`

const objectExtension = ".json"

// skippedEndings are of files that IntuneManagement never imports (Get-GraphFileObjects).
var skippedEndings = []string{"_settings", "_assignments"}

var (
	keyPattern      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9-]+$`) })
	propertyPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`) })
	reservedPattern = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)`)
	})
)

// fitsFolder judges whether a set can be written and imported.
func (s *Set) fitsFolder() error {
	switch {
	case len(s.Parts) == 0:
		return errors.New("it has no parts")
	case len(s.Parts) > maxParts:
		return fmt.Errorf("it has %d parts, at most %d are read back", len(s.Parts), maxParts)
	}
	if err := s.groupsFit(); err != nil {
		return err
	}
	before := map[string]Part{}
	names := map[string]string{} // and file names, in small letters: the key of the part that has them
	for _, p := range s.Parts {
		if err := s.partFits(p, before); err != nil {
			return fmt.Errorf("part %q: %w", p.Key, err)
		}
		for _, name := range []string{strings.ToLower(p.Object.Name()), strings.ToLower(partFileName(p))} {
			if other, ok := names[name]; ok {
				return fmt.Errorf("parts %q and %q have the same name, %q: references go by names", other, p.Key, p.Object.Name())
			}
			names[name] = p.Key
		}
		before[p.Key] = p
	}
	return nil
}

func (s *Set) groupsFit() error {
	seen := map[string]bool{}
	for _, group := range s.Groups {
		if err := cmp.Or(nameFits(group), findable(group)); err != nil {
			return fmt.Errorf("the group %q: %w: give its object id instead", group, err)
		}
		if seen[groupID(group)] {
			return fmt.Errorf("the group %q is there twice", group)
		}
		seen[groupID(group)] = true
	}
	return nil
}

func (s *Set) partFits(p Part, before map[string]Part) error {
	kind, known := KindOf(p.Object.Type())
	_, again := before[p.Key]
	mark, _ := MarkOf(p.Object)
	extra := slices.DeleteFunc(slices.Sorted(maps.Keys(p.Object)), func(key string) bool { return !isFolderKey(key) })
	switch {
	case !keyPattern().MatchString(p.Key):
		return errors.New("a key has small letters, digits and hyphens")
	case again:
		return errors.New("the key is there twice")
	case !known || p.Object.Text(schema.TypeKey) != schema.Namespace+kind.Type:
		return fmt.Errorf("its type %q is none that easkit writes", p.Object.Text(schema.TypeKey))
	case kind.Retired:
		return fmt.Errorf("%s is retired: no phone runs what it configures", kind.Title)
	case mark != Mark{Set: s.ID, Key: p.Key}:
		return fmt.Errorf("its description does not have %s, by which it is known again", Mark{Set: s.ID, Key: p.Key})
	case len(extra) > 0:
		return fmt.Errorf("its object has %q, which is set when it is written or imported", extra[0])
	case (p.App != nil) != (kind.Role == AppConfig):
		return errors.New("an app configuration, and nothing else, is for an app")
	case !p.Secret && p.Object.HoldsKey():
		return errors.New("a private key is in it, and it is not marked as secret")
	case p.App != nil && (p.App.Android == "") == (p.App.IOS == ""):
		return errors.New("its app is for Android or for iOS")
	}
	if p.App != nil {
		if err := cmp.Or(nameFits(p.App.Title), findable(p.App.Title)); err != nil {
			return fmt.Errorf("the app %q: %w", p.App.Title, err)
		}
	}
	if err := objectNameFits(p.Object.Name()); err != nil {
		return fmt.Errorf("the name %q: %w", p.Object.Name(), err)
	}
	return refersFit(p, kind, before)
}

// refersFit judges references: they are looked for in the collection of device
// configurations alone, which has all that easkit lets anything refer to.
func refersFit(p Part, kind Kind, before map[string]Part) error {
	seen := map[string]bool{}
	for _, r := range p.Refers {
		to, ok := before[r.To]
		toKind, _ := KindOf(to.Object.Type())
		switch {
		case !propertyPattern().MatchString(r.Property):
			return fmt.Errorf("%q is no name of a relationship", r.Property)
		case seen[r.Property]:
			return fmt.Errorf("its %s is there twice", r.Property)
		case !ok:
			return fmt.Errorf("its %s is %q, which does not stand before it", r.Property, r.To)
		case kind.Collection != DeviceConfigurations || toKind.Collection != DeviceConfigurations:
			return fmt.Errorf("its %s is %q: only device configurations refer to each other", r.Property, r.To)
		}
		if err := findable(to.Object.Name()); err != nil {
			return fmt.Errorf("the name of its %s, %q: %w", r.Property, to.Object.Name(), err)
		}
		seen[r.Property] = true
	}
	return nil
}

// nameFits judges a name of anything.
func nameFits(name string) error {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return errors.New("a name begins and ends with a character that is seen")
	case utf8.RuneCountInString(name) > maxFolderName:
		return fmt.Errorf("it has more than %d characters", maxFolderName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("it has characters that are not seen")
	}
	return nil
}

// findable judges a name by which IntuneManagement looks for something.
func findable(name string) error {
	if strings.ContainsAny(name, nameBreakers) {
		return fmt.Errorf("it must have none of %s, with which IntuneManagement does not find it", nameBreakers)
	}
	return nil
}

func objectNameFits(name string) error {
	if err := nameFits(name); err != nil {
		return err
	}
	file := fileName(name)
	for _, ending := range skippedEndings {
		if strings.HasSuffix(strings.ToLower(file), ending) {
			return fmt.Errorf("it must not end in %s: IntuneManagement skips such files", ending)
		}
	}
	if len(file)+len(objectExtension) > maxFileName {
		return fmt.Errorf("its file has more than %d bytes in its name", maxFileName)
	}
	if file == "" || reservedPattern().MatchString(file) {
		return errors.New("no file can have it as its name")
	}
	return nil
}

// fileName is what stays of a name in the name of a file.
func fileName(name string) string {
	kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune(fileBreakers, r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	return strings.Trim(kept, ". ")
}

// partFileName is the name of the file of a part.
func partFileName(p Part) string {
	kind, _ := KindOf(p.Object.Type())
	return path.Join(folders[kind.Collection], fileName(p.Object.Name())+objectExtension)
}
