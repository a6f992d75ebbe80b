package vault

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/preflight"
)

// What can be wrong with a target, for errors.Is.
var (
	// ErrLost says that a lock is no longer held: it was released, or a container
	// could not be reached for longer than its lease lasts.
	ErrLost = errors.New("the lock is no longer held")
	// ErrIrregular says that a link that leads outside or nowhere, a folder, a named
	// pipe or the like has the name of a file, or a file that of a folder.
	ErrIrregular = errors.New("what lies there is no regular file")
	// ErrTarget says that a target can't be used as it was given.
	ErrTarget = errors.New("the target can't be used")
	// ErrPublic says that the public may read a container. It is an ErrTarget, too.
	ErrPublic = fmt.Errorf("%w: the public may read it", ErrTarget)
	// ErrService says that a container's service refused or did not answer.
	ErrService = errors.New("the service that holds the container can't be used")
)

// LockedError says that another process writes for the same shard.
type LockedError struct {
	Shard  string
	Holder string // what it says of itself; "" where it says nothing
	Lease  bool   // the lock lasts for a minute after its holder was killed
}

func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	text := fmt.Sprintf("%s writes for %q there already", preflight.Printable(holder), e.Shard)
	if e.Lease {
		text += fmt.Sprintf(" (or was killed less than %d s ago)", leaseSeconds)
	}
	return text
}

// Error is what is wrong with a container or its service, and what to do about it. It
// holds no key, no token, and nothing of an answer but its code.
type Error struct {
	Kind error  // ErrTarget, ErrPublic, ErrService or fs.ErrNotExist
	Text string // one line
	Hint string // what to do; may be empty
}

func (e *Error) Error() string { return e.Text }

func (e *Error) Unwrap() error { return e.Kind }
