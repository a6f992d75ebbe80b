package intune

import (
	"regexp"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// madeUpID makes up the id of something that has none yet, or one that only the tenant
// knows: the same words have the same id. No tenant has it, so that what is not
// translated is refused there and does not reach something else.
func madeUpID(words ...string) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/easkit/easkit#intune"))
	return uuid.NewSHA1(space, []byte(strings.Join(words, "\x00"))).String()
}

// madeUpID is the id of a part in the folder of its set.
func (s *Set) madeUpID(key string) string { return madeUpID("object", s.ID, key) }

// madeUpID is the id of an app in the folder of every set.
func (a App) madeUpID() string { return madeUpID("app", a.Android, a.IOS) }

// groupID is the id of a group in the folder of every set: IntuneManagement keeps the
// first table of groups that it reads until somebody signs in again, so that the same
// group must have the same id in the next folder.
func groupID(group string) string {
	if IsID(group) {
		return strings.ToLower(group)
	}
	return madeUpID("group", strings.ToLower(group))
}

// IsID reports whether a group is given by its id.
func IsID(group string) bool { return idPattern().MatchString(group) }

// idPattern is the form of Graph's ids.
var idPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
})
