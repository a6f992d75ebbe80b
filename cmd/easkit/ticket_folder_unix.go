//go:build unix

package main

import (
	"io/fs"
	"os"
	"syscall"
)

// othersOwn reports whether a folder belongs to another user than the one who runs the
// program, and so decides what is in it.
func othersOwn(info fs.FileInfo) bool {
	of, known := info.Sys().(*syscall.Stat_t)
	return known && int(of.Uid) != os.Geteuid()
}
