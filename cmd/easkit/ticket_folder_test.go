//go:build unix

package main

import (
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// ownedBy is a folder with another owner than it has.
type ownedBy struct {
	fs.FileInfo
	user uint32
}

func (o ownedBy) Sys() any { return &syscall.Stat_t{Uid: o.user} }

// A folder of somebody else is no place for tickets, however closed it is.
func TestTicketsOfAnotherUser(t *testing.T) {
	dir := t.TempDir()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if othersOwn(info) {
		t.Error("the own folder is another's")
	}
	if !othersOwn(ownedBy{info, uint32(os.Geteuid() + 1)}) {
		t.Error("another's folder is the own")
	}
	if os.Geteuid() != 0 {
		t.Skip("the user who runs this is not set to root, who alone gives folders away")
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 12345, -1); err != nil {
		t.Fatal(err)
	}
	if err := refuseOpenFolder(dir); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("%v", err)
	}
}
