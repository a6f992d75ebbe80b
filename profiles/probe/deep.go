package probe

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// deviceType is what the server lists the probe's partnership under.
const deviceType = "easkit"

// versions of the protocol that the commands here are written for, the newest first. But
// for DeviceInformation they have the same form in all of them.
var versions = []string{"16.1", "16.0", "14.1", "14.0", "12.1"}

// collectDeep looks into the mailbox as a phone does that has just got its account: it
// fetches the folders and syncs the inbox, and takes the policy where the server insists,
// at one or the other. It stops where the server asks for a wipe.
func collectDeep(ctx context.Context, s *session, e *Evidence) {
	d := newDevice(s, e.Versions)
	e.Deep = &Deep{DeviceID: d.id, Version: d.version, Folders: &FolderSynced{}}
	d.syncFolders(ctx, e.Deep.Folders)
	if e.Deep.Folders.policyDemanded() {
		if !d.obey(ctx, e.Deep) {
			return
		}
		d.syncFolders(ctx, e.Deep.Folders)
	}
	if e.Deep.Folders.Err != nil || e.Deep.Folders.Status != statusOK {
		return
	}
	e.Deep.Inbox = &InboxSynced{}
	d.syncInbox(ctx, e.Deep.Inbox, e.Deep.Folders.Folders)
	if e.Deep.Inbox.policyDemanded() && e.Deep.Provision == nil && d.obey(ctx, e.Deep) {
		e.Deep.Inbox = &InboxSynced{Exchanges: e.Deep.Inbox.Exchanges}
		d.syncInbox(ctx, e.Deep.Inbox, e.Deep.Folders.Folders)
	}
}

// obey does what the server demands before it goes on, once in a run, and says whether it
// has what it demanded.
func (d *device) obey(ctx context.Context, into *Deep) bool {
	into.Provision = &Provisioned{}
	d.provision(ctx, into.Provision, d.s.opt.AcceptPolicy)
	return into.Provision.goesOn()
}

// device is the phone that the probe plays.
type device struct {
	s         *session
	as        request // how the server was got through to
	user      string
	days      int // of mail that the account syncs
	id        string
	version   string
	policyKey string // that the server gave for accepting its policy
}

// DeviceID is the id of the device partnership that looking into an account's mailbox
// makes: the same each time.
func DeviceID(a profiles.Account) string { return strings.ReplaceAll(a.UUID("probe"), "-", "") }

// newDevice is the phone of an account, by one of the versions that its server announced.
// A run after it is the same device, so that no partnerships pile up.
func newDevice(s *session, announced []string) *device {
	a := s.target.Account
	return &device{
		s: s, as: s.through, user: cmp.Or(a.User, a.Email), days: a.SyncDays,
		id:      DeviceID(a),
		version: versionFor(a.Mailbox, announced),
	}
}

// versionFor chooses the version to speak. Where none that is announced is known, the one
// that most servers speak may still be.
func versionFor(m preflight.Mailbox, announced []string) string {
	const common = "14.1"
	if m == preflight.ExchangeOnline {
		return onlineVersion
	}
	for _, v := range versions {
		if slices.Contains(announced, v) {
			return v
		}
	}
	return common
}

// request is a command's, without a body.
func (d *device) request(command string) (request, error) {
	r := d.as
	u, err := url.Parse(r.URL)
	if err != nil {
		return r, err
	}
	u.RawQuery = url.Values{
		"Cmd": {command}, "User": {d.user}, "DeviceId": {d.id}, "DeviceType": {deviceType},
	}.Encode()
	r.Method, r.URL, r.Header = http.MethodPost, u.String(), r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/vnd.ms-sync.wbxml")
	r.Header.Set("MS-ASProtocolVersion", d.version)
	if d.policyKey != "" {
		r.Header.Set("X-MS-PolicyKey", d.policyKey)
	}
	return r, nil
}
