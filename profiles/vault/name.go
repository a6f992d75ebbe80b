package vault

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest names, in bytes: an element on all file systems that are common, and a
// whole name, which in a container may have 1,024 characters.
// Source: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
const (
	maxElement = 255
	maxName    = 1000
)

// hidden is how the names of our own temporary and lock files begin.
const hidden = ".easkit-"

// reserved are the devices of Windows, which a name with an extension means as well.
// Source: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true,
	"com0": true, "com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt0": true, "lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
	"com¹": true, "com²": true, "com³": true, "lpt¹": true, "lpt²": true, "lpt³": true,
}

// CheckName refuses names that would not be the same file on every system, or that
// lead out of the target. A name is relative, in elements with slashes in between,
// such as ios/alice@contoso.com.mobileconfig. Letter case is kept, but two names that
// differ in it alone are one file on Windows and macOS.
func CheckName(name string) error {
	if name == "" {
		return errors.New("the name of a file is empty")
	}
	if !utf8.ValidString(name) || len(name) > maxName {
		return fmt.Errorf("the name %.40q is not UTF-8, or has more than %d bytes", name, maxName)
	}
	for element := range strings.SplitSeq(name, "/") {
		if why := wrongElement(element); why != "" {
			return fmt.Errorf("the name %q can't be used: %s", name, why)
		}
	}
	return nil
}

func wrongElement(element string) string {
	base, _, _ := strings.Cut(element, ".")
	switch {
	case element == "":
		return "it begins or ends in a slash, or has two in a row"
	case element[0] == '.':
		return "a part of it begins with a dot"
	case strings.HasSuffix(element, ".") || strings.TrimSpace(element) != element:
		return "a part of it begins or ends in a space, or ends in a dot, which Windows drops"
	case strings.ContainsAny(element, `\<>:"|?*`) || strings.ContainsFunc(element, func(r rune) bool { return !unicode.IsPrint(r) }):
		return `it has one of the characters \ < > : " | ? *, or one that does not print`
	case reserved[strings.ToLower(strings.TrimSpace(base))]:
		return "on Windows it is a device"
	case len(element) > maxElement:
		return fmt.Sprintf("a part of it has more than %d bytes", maxElement)
	}
	return ""
}

// The names of our own files: locks in the target itself, temporary files beside
// those that they become.
const (
	lockPrefix = hidden + "lock-"
	tempPrefix = hidden + "temp-"
	tempEnd    = "~" // after the shard, which has none in it
)

// maxShard is long enough for any job's name and number, in bytes.
const maxShard = 64

func checkShard(shard string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._"
	if shard == "" || len(shard) > maxShard || strings.Trim(shard, allowed) != "" {
		return fmt.Errorf("the shard %.70q is no name of 1 to %d small letters, digits, hyphens, dots and underlines", shard, maxShard)
	}
	return nil
}

// ownerOf is the shard whose lock or temporary file a name is.
func ownerOf(base string) (shard string, ours bool) {
	if shard, ok := strings.CutPrefix(base, lockPrefix); ok {
		return shard, checkShard(shard) == nil
	}
	if rest, ok := strings.CutPrefix(base, tempPrefix); ok {
		shard, _, ok = strings.Cut(rest, tempEnd)
		return shard, ok && checkShard(shard) == nil
	}
	return "", false
}
