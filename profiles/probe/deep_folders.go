package probe

import (
	"context"
	"strconv"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// Types of folders (MS-ASCMD 2.2.3.186.3).
const typeInbox = 2

// firstKey begins a synchronisation: the server sends what there is, and a key for next
// time.
const firstKey = "0"

// syncFolders fetches the list of folders. Called again, it adds to the exchanges, and the
// rest is what came last.
func (d *device) syncFolders(ctx context.Context, f *FolderSynced) {
	const ns = "FolderHierarchy"
	all, root, err := d.command(ctx, "FolderSync", wbxml.E(ns, "FolderSync", wbxml.T(ns, "SyncKey", firstKey)))
	*f = FolderSynced{Exchanges: append(f.Exchanges, all...), Err: err}
	if err != nil {
		return
	}
	if f.Status, f.Err = statusOf(root); f.Err != nil || f.Status != statusOK {
		return
	}
	for _, add := range root.Get("Changes").All("Add") {
		kind, _ := strconv.Atoi(add.Get("Type").Value()) // 0 is no type: such a folder is only listed
		f.Folders = append(f.Folders, Folder{
			ID: add.Get("ServerId").Value(), Parent: add.Get("ParentId").Value(),
			Name: add.Get("DisplayName").Value(), Type: kind,
		})
	}
}
