//go:build unix

package vault

import "golang.org/x/sys/unix"

// nonBlocking opens a named pipe at once, where open(2) would wait for its other end; to
// regular files and folders it makes no difference.
const nonBlocking = unix.O_NONBLOCK
