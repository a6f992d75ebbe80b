package probe

import (
	"context"
	"slices"
	"strconv"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// nsSync and nsBody are code pages.
const (
	nsSync = "AirSync"
	nsBody = "AirSyncBase"
)

// Bounds of the look into the inbox: it is to show that mail comes, and to count what a
// phone shows first. The window is what servers have by default (MS-ASCMD 2.2.3.199).
const (
	syncWindow = 100 // messages an answer
	syncRounds = 5   // answers with messages
)

// Of each message as little of the body as can be asked for.
const (
	bodyPlain = "1" // MS-ASAIRS 2.2.2.41.4
	bodySize  = "1" // bytes
)

// filterAll of FilterType has no limit in time.
const filterAll = "0"

// filters are how FilterType has the days of mail to sync (MS-ASCMD 2.2.3.68.2).
var filters = []struct {
	days int
	code string
}{{1, "1"}, {3, "2"}, {7, "3"}, {14, "4"}, {31, "5"}}

// filter is the shortest that has so many days of mail in it, and how many it has; 0 is
// all mail.
func filter(days int) (int, string) {
	for _, f := range filters {
		if days > 0 && days <= f.days {
			return f.days, f.code
		}
	}
	return 0, filterAll
}

// syncInbox counts the messages in the inbox, as far back as the account syncs. What is in
// them is not kept.
func (d *device) syncInbox(ctx context.Context, in *InboxSynced, folders []Folder) {
	days, code := filter(d.days)
	in.Days = days
	i := slices.IndexFunc(folders, func(f Folder) bool { return f.Type == typeInbox })
	if i < 0 {
		in.Err = errNoInbox
		return
	}
	id := folders[i].ID
	key := d.syncRound(ctx, in, syncRequest(id, firstKey, code))
	for range syncRounds {
		if key == "" {
			return
		}
		if key = d.syncRound(ctx, in, syncRequest(id, key, code)); !in.More {
			return
		}
	}
}

// syncRound sends one Sync and counts what came. It returns the key for the next round, or
// "" where there is none to be had.
func (d *device) syncRound(ctx context.Context, in *InboxSynced, ask *wbxml.Element) string {
	all, root, err := d.command(ctx, "Sync", ask)
	in.Exchanges = append(in.Exchanges, all...)
	in.More = false
	if in.Err = err; err != nil {
		in.Status = 0
		return ""
	}
	if root == nil && in.Status == statusOK {
		return "" // nothing has changed (MS-ASCMD 2.2.1.21), so the status stands
	}
	got := root.Get("Collections", "Collection")
	if got == nil {
		in.Status, in.Err = statusOf(root) // of the whole, where it has failed
		return ""
	}
	if in.Status, in.Err = statusOf(got); in.Err != nil || in.Status != statusOK {
		return ""
	}
	in.Messages += len(got.Get("Commands").All("Add"))
	in.More = got.Get("MoreAvailable") != nil
	next := got.Get("SyncKey").Value()
	if next == "" || next == firstKey {
		in.Err = errNoNext
		return ""
	}
	return next
}

// syncRequest is a Sync of one folder. With the first key it may ask for nothing but the
// next key (MS-ASCMD, GetChanges).
func syncRequest(folder, key, filter string) *wbxml.Element {
	ask := []*wbxml.Element{wbxml.T(nsSync, "SyncKey", key), wbxml.T(nsSync, "CollectionId", folder)}
	if key != firstKey {
		ask = append(ask,
			wbxml.E(nsSync, "GetChanges"),
			wbxml.T(nsSync, "WindowSize", strconv.Itoa(syncWindow)),
			wbxml.E(nsSync, "Options",
				wbxml.T(nsSync, "FilterType", filter),
				wbxml.E(nsBody, "BodyPreference",
					wbxml.T(nsBody, "Type", bodyPlain), wbxml.T(nsBody, "TruncationSize", bodySize))))
	}
	return wbxml.E(nsSync, "Sync", wbxml.E(nsSync, "Collections", wbxml.E(nsSync, "Collection", ask...)))
}
