package lab

import (
	"slices"
	"strconv"
	"time"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// EASMail is a message in an inbox.
type EASMail struct {
	From, Subject, Text string
	Ago                 time.Duration // that it came, seen from now
}

// easMails are the messages that are in an inbox if nothing else is said.
func easMails() []EASMail {
	return []EASMail{
		{"Admin Example <admin@contoso.com>", "Welcome", "This is a mailbox of the easkit lab.\r\n", 48 * time.Hour},
		{"Bob Example <bob@contoso.com>", "Lunch?", "At twelve?\r\n", 3 * time.Hour},
		{"Carol Example <carol@contoso.com>", "It works", "Your certificate has brought you here.\r\n", 5 * time.Minute},
	}
}

// inbox is the id of that folder.
const inbox = "2"

// folders are those of each mailbox, with their types (MS-ASCMD 2.2.3.186.3).
var folders = []struct{ id, name, kind string }{
	{inbox, "Inbox", "2"}, {"3", "Drafts", "3"}, {"4", "Deleted Items", "4"}, {"5", "Sent Items", "5"}, {"6", "Outbox", "6"},
	{"7", "Tasks", "7"}, {"8", "Calendar", "8"}, {"9", "Contacts", "9"}, {"10", "Notes", "10"},
}

// The status values of FolderSync and Sync that are used (MS-ASCMD 2.2.3.177.5 and
// 2.2.3.177.17).
const (
	folderBadRequest    = 10
	folderWrongKey      = 9
	syncWrongKey        = 3
	syncProtocolError   = 4
	syncNoFolder        = 8
	syncFoldersChanged  = 12
	syncNothingToRepeat = 13
)

// folderSync lists the folders to who begins, and after that nothing: they do not
// change.
func folderSync(cmd *command) *wbxml.Element {
	const ns = "FolderHierarchy"
	d := cmd.device
	var listed []*wbxml.Element
	switch key := cmd.body.Get("SyncKey").Value(); {
	case key == "0":
		d.folders, d.synced = 1, map[string]*synced{}
		for _, f := range folders {
			listed = append(listed, wbxml.E(ns, "Add", wbxml.T(ns, "ServerId", f.id), wbxml.T(ns, "ParentId", "0"),
				wbxml.T(ns, "DisplayName", f.name), wbxml.T(ns, "Type", f.kind)))
		}
	case key == "":
		return cmd.kind.status(folderBadRequest)
	case key != strconv.Itoa(d.folders):
		return cmd.kind.status(folderWrongKey)
	}
	changes := append([]*wbxml.Element{wbxml.T(ns, "Count", strconv.Itoa(len(listed)))}, listed...)
	return wbxml.E(ns, "FolderSync", statusOf(ns, success), wbxml.T(ns, "SyncKey", strconv.Itoa(d.folders)), wbxml.E(ns, "Changes", changes...))
}

// synced is how far a device has come with a folder.
type synced struct {
	key        int // the last SyncKey that was given
	at, before int // how many messages the device has with that, and had with the one before; -1: that is over
}

// The bounds of WindowSize, and what holds without one (MS-ASCMD 2.2.3.199).
const (
	defaultWindow = 100
	maxWindow     = 512
)

// syncMail sends what is new in folders. As Exchange does, it answers with nothing at all
// where there is nothing new in any.
func syncMail(cmd *command) *wbxml.Element {
	const ns = "AirSync"
	asked := cmd.body.Get("Collections").All("Collection")
	switch {
	case len(asked) == 0:
		return cmd.kind.status(syncNothingToRepeat)
	case len(asked) > len(folders):
		return cmd.kind.status(syncProtocolError)
	case cmd.device.folders == 0:
		return cmd.kind.status(syncFoldersChanged)
	}
	var answers []*wbxml.Element
	for _, c := range asked {
		if answer := cmd.collection(c, window(c, cmd.body)); answer != nil {
			answers = append(answers, answer)
		}
	}
	if answers == nil {
		return nil
	}
	return wbxml.E(ns, "Sync", wbxml.E(ns, "Collections", answers...))
}

// window is how many changes the client takes at once: 0 and what is more than 512 stand
// for 512.
func window(collection, whole *wbxml.Element) int {
	for _, e := range []*wbxml.Element{collection, whole} {
		if n, err := strconv.ParseUint(e.Get("WindowSize").Value(), 10, 31); err == nil {
			if n == 0 || n > maxWindow {
				return maxWindow
			}
			return int(n)
		}
	}
	return defaultWindow
}

// collection is the answer for one folder, or nil where there is nothing new.
func (cmd *command) collection(asked *wbxml.Element, window int) *wbxml.Element {
	const ns = "AirSync"
	id, key := asked.Get("CollectionId").Value(), asked.Get("SyncKey").Value()
	state := cmd.device.synced[id]
	answer := func(key string, status int, more ...*wbxml.Element) *wbxml.Element {
		return wbxml.E(ns, "Collection", append([]*wbxml.Element{wbxml.T(ns, "SyncKey", key), wbxml.T(ns, "CollectionId", id), statusOf(ns, status)}, more...)...)
	}
	wants := asked.Get("GetChanges")
	wanted := wants != nil && wants.Value() != "0" // empty means yes
	switch {
	case !slices.ContainsFunc(folders, func(f struct{ id, name, kind string }) bool { return f.id == id }):
		return answer("0", syncNoFolder)
	case key == "0" && wanted:
		return answer("0", syncProtocolError)
	case key == "0":
		cmd.device.synced[id] = &synced{key: 1, before: -1}
		return answer("1", success)
	case state == nil || !state.take(key):
		return answer("0", syncWrongKey)
	case wants != nil && !wanted || id != inbox || state.at == len(cmd.eas.options.Mails):
		return nil
	}
	mails := cmd.eas.options.Mails
	state.key++
	state.before, state.at = state.at, min(state.at+window, len(mails))
	var added, more []*wbxml.Element
	for i, m := range mails[state.before:state.at] {
		added = append(added, wbxml.E(ns, "Add", wbxml.T(ns, "ServerId", id+":"+strconv.Itoa(state.before+i+1)), m.data(cmd.user, cmd.eas.options.Now())))
	}
	if state.at < len(mails) {
		more = append(more, wbxml.E(ns, "MoreAvailable"))
	}
	return answer(strconv.Itoa(state.key), success, append(more, wbxml.E(ns, "Commands", added...))...)
}

// take goes on from a key: the last, or the one before it, of a client that did not get
// the answer.
func (s *synced) take(key string) bool {
	switch {
	case key == strconv.Itoa(s.key):
		return true
	case key == strconv.Itoa(s.key-1) && s.before >= 0:
		s.key, s.at, s.before = s.key-1, s.before, -1
		return true
	}
	return false
}

// dateForm is how times are written (MS-ASDTYPE 2.3).
const dateForm = "2006-01-02T15:04:05.000Z"

// data is a message as Sync sends it (MS-ASEMAIL 2.2.1.1, MS-ASAIRS 2.2.1.1).
func (m EASMail) data(to string, now time.Time) *wbxml.Element {
	const mail, base = "Email", "AirSyncBase"
	return wbxml.E("AirSync", "ApplicationData",
		wbxml.T(mail, "To", to), wbxml.T(mail, "From", m.From), wbxml.T(mail, "Subject", m.Subject),
		wbxml.T(mail, "DateReceived", now.Add(-m.Ago).UTC().Format(dateForm)),
		wbxml.T(mail, "DisplayTo", to), wbxml.T(mail, "Importance", "1"), wbxml.T(mail, "Read", "0"),
		wbxml.E(base, "Body", wbxml.T(base, "Type", "1"), wbxml.T(base, "EstimatedDataSize", strconv.Itoa(len(m.Text))), wbxml.T(base, "Data", m.Text)),
		wbxml.T(mail, "MessageClass", "IPM.Note"), wbxml.T(mail, "InternetCPID", "65001"),
		wbxml.T(mail, "ContentClass", "urn:content-classes:message"), wbxml.T(base, "NativeBodyType", "1"))
}
