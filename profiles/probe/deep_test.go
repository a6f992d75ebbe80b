package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// An answer is what the server in these tests says to one command.
type answer struct {
	to     string         // the command that has to come now
	key    string         // X-MS-PolicyKey that has to be there
	status int            // of HTTP, where it is not 200
	at     string         // X-MS-Location
	root   *wbxml.Element // nil with no body is an empty answer
	body   []byte         // in place of root
}

// mailServer answers commands as its script has them, in that order, and refuses others.
type mailServer struct {
	*httptest.Server
	t        *testing.T
	announce string
	script   []answer
	got      []*wbxml.Element
	path     []string
	queries  []url.Values
	headers  []http.Header
}

func startMail(t *testing.T, announce string, script []answer) *mailServer {
	m := &mailServer{t: t, announce: announce, script: script}
	m.Server = httptest.NewTLSServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *mailServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		w.Header().Set("MS-ASProtocolVersions", m.announce)
		return
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		m.t.Error(err)
	}
	root, err := wbxml.Parse(data)
	if err != nil {
		m.t.Errorf("%s: %v", r.URL, err)
		return
	}
	if r.Header.Get("Authorization") != "" {
		m.t.Error("an Authorization header came")
	}
	command := r.URL.Query().Get("Cmd")
	if len(m.got) >= len(m.script) {
		m.t.Errorf("%s came, and nothing was to come", command)
		return
	}
	a := m.script[len(m.got)]
	m.got, m.path = append(m.got, root), append(m.path, r.URL.Path)
	m.queries, m.headers = append(m.queries, r.URL.Query()), append(m.headers, r.Header)
	if command != a.to || root.Name() != a.to || r.Header.Get("X-MS-PolicyKey") != a.key {
		m.t.Errorf("%s (%s) with the policy key %q came, want %s with %q", command, root.Name(), r.Header.Get("X-MS-PolicyKey"), a.to, a.key)
	}
	m.answer(w, a)
}

func (m *mailServer) answer(w http.ResponseWriter, a answer) {
	body := a.body
	if a.root != nil {
		var err error
		if body, err = wbxml.Marshal(a.root); err != nil {
			m.t.Error(err)
		}
	}
	if a.at != "" {
		w.Header().Set("X-MS-Location", m.URL+a.at)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(body) // that the probe has read enough is not the server's concern
}

// run probes the server in depth, and fails where less came than the script has.
func (m *mailServer) run(o Options) *Deep {
	m.t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(m.Certificate())
	o.Roots, o.Deep, o.Timeout = roots, true, 5*time.Second
	address := netip.MustParseAddrPort(m.Listener.Addr().String())
	e, err := Run(context.Background(), Target{Name: "test", Account: profiles.Account{
		User: "alice@lab.test", Identifier: "com.example.mail", SyncDays: 7, Auth: preflight.Direct,
		Mailbox:  preflight.ExchangeServer,
		Endpoint: profiles.Endpoint{Host: address.Addr().String(), Port: int(address.Port())},
	}}, o)
	if err != nil {
		m.t.Fatal(err)
	}
	if e.Deep == nil {
		m.t.Fatalf("it did not come to the mailbox: %v", e.Options[len(e.Options)-1].Err)
	}
	if len(m.got) != len(m.script) {
		m.t.Errorf("%d commands came, want %d", len(m.got), len(m.script))
	}
	return e.Deep
}

// The answers that a server gives.

func folders(kinds ...string) *wbxml.Element {
	const ns = "FolderHierarchy"
	changes := []*wbxml.Element{wbxml.T(ns, "Count", fmt.Sprint(len(kinds)))}
	for i, kind := range kinds {
		changes = append(changes, wbxml.E(ns, "Add", wbxml.T(ns, "ServerId", fmt.Sprint(i+1)), wbxml.T(ns, "ParentId", "0"),
			wbxml.T(ns, "DisplayName", "Folder "+kind), wbxml.T(ns, "Type", kind)))
	}
	return wbxml.E(ns, "FolderSync", wbxml.T(ns, "Status", "1"), wbxml.T(ns, "SyncKey", "1"), wbxml.E(ns, "Changes", changes...))
}

func foldersRefused(status string) *wbxml.Element {
	return wbxml.E("FolderHierarchy", "FolderSync", wbxml.T("FolderHierarchy", "Status", status))
}

func provisioned(status string, more ...*wbxml.Element) *wbxml.Element {
	return wbxml.E("Provision", "Provision", append([]*wbxml.Element{wbxml.T("Provision", "Status", status)}, more...)...)
}

func policyIs(status, key string, demands ...*wbxml.Element) *wbxml.Element {
	const ns = "Provision"
	content := []*wbxml.Element{wbxml.T(ns, "PolicyType", "MS-EAS-Provisioning-WBXML"), wbxml.T(ns, "Status", status)}
	if key != "" {
		content = append(content, wbxml.T(ns, "PolicyKey", key))
	}
	if len(demands) > 0 {
		content = append(content, wbxml.E(ns, "Data", wbxml.E(ns, "EASProvisionDoc", demands...)))
	}
	return wbxml.E(ns, "Policies", wbxml.E(ns, "Policy", content...))
}

func synced(status, key string, mails int, more bool) *wbxml.Element {
	const ns = "AirSync"
	box := []*wbxml.Element{wbxml.T(ns, "SyncKey", key), wbxml.T(ns, "CollectionId", "1"), wbxml.T(ns, "Status", status)}
	if more {
		box = append(box, wbxml.E(ns, "MoreAvailable"))
	}
	var adds []*wbxml.Element
	for i := range mails {
		adds = append(adds, wbxml.E(ns, "Add", wbxml.T(ns, "ServerId", fmt.Sprintf("1:%d", i)),
			wbxml.E(ns, "ApplicationData", wbxml.T("Email", "Subject", "a secret subject"))))
	}
	if mails > 0 {
		box = append(box, wbxml.E(ns, "Commands", adds...))
	}
	return wbxml.E(ns, "Sync", wbxml.E(ns, "Collections", wbxml.E(ns, "Collection", box...)))
}

func syncRefused(status string) *wbxml.Element {
	return wbxml.E("AirSync", "Sync", wbxml.T("AirSync", "Status", status))
}

var (
	passcode = wbxml.T("Provision", "DevicePasswordEnabled", "1")
	length   = wbxml.T("Provision", "MinDevicePasswordLength", "6")
	unset    = wbxml.E("Provision", "MaxDevicePasswordFailedAttempts")
	apps     = wbxml.E("Provision", "UnapprovedInROMApplicationList",
		wbxml.T("Provision", "ApplicationName", "games"), wbxml.T("Provision", "ApplicationName", "chat"))
)

func TestDeepWithoutPolicy(t *testing.T) {
	m := startMail(t, "2.5,12.0,12.1,14.0,14.1", []answer{
		{to: "FolderSync", root: folders("2", "3", "8")},
		{to: "Sync", root: synced("1", "k1", 0, false)},
		{to: "Sync", root: synced("1", "k2", 2, false)},
	})
	d := m.run(Options{})
	if d.Version != "14.1" || d.Provision != nil {
		t.Errorf("version %s, provisioned %+v", d.Version, d.Provision)
	}
	want := []Folder{{"1", "0", "Folder 2", 2}, {"2", "0", "Folder 3", 3}, {"3", "0", "Folder 8", 8}}
	if d.Folders.Err != nil || d.Folders.Status != 1 || !reflect.DeepEqual(d.Folders.Folders, want) {
		t.Errorf("%+v", d.Folders)
	}
	if in := d.Inbox; in.Err != nil || in.Status != 1 || in.Messages != 2 || in.More || in.Days != 7 {
		t.Errorf("%+v", in)
	}
	for i, q := range m.queries {
		id := q.Get("DeviceId")
		if q.Get("User") != "alice@lab.test" || q.Get("DeviceType") != "easkit" || id != d.DeviceID || len(id) != 32 ||
			m.headers[i].Get("MS-ASProtocolVersion") != "14.1" || m.headers[i].Get("Content-Type") != "application/vnd.ms-sync.wbxml" {
			t.Errorf("%v %v", q, m.headers[i])
		}
	}
	first, second := m.got[1].Get("Collections", "Collection"), m.got[2].Get("Collections", "Collection")
	if first.Get("SyncKey").Value() != "0" || len(first.Children) != 2 {
		t.Errorf("the first Sync asks for more than a key: %+v", first)
	}
	if second.Get("SyncKey").Value() != "k1" || second.Get("WindowSize").Value() != "100" ||
		second.Get("CollectionId").Value() != "1" || second.Get("Options", "FilterType").Value() != "3" {
		t.Errorf("%+v", second)
	}
	for _, x := range d.Inbox.Exchanges {
		if x.Body != nil {
			t.Errorf("mail is kept: %q", x.Body)
		}
	}
}

// A provisioning is a script of a server with a policy, and what comes of it.
type provisioning struct {
	script []answer
	accept bool
	want   Provisioned
	mails  int // -1 where it does not come to that
	says   string
}

// provisionings are those of a policy that is given.
func provisionings() map[string]provisioning {
	demanded := provisioned("1", policyIs("1", "1111", passcode, length, unset, apps))
	shown := []Setting{{"DevicePasswordEnabled", "1"}, {"MinDevicePasswordLength", "6"}, {"UnapprovedInROMApplicationList", "games, chat"}}
	mail := []answer{
		{to: "FolderSync", key: "2222", root: folders("2")},
		{to: "Sync", key: "2222", root: synced("1", "k1", 0, false)},
		{to: "Sync", key: "2222", root: synced("1", "k2", 3, false)},
	}
	return map[string]provisioning{
		"shown, and not accepted": {
			script: []answer{{to: "FolderSync", status: 449}, {to: "Provision", root: demanded}},
			want:   Provisioned{Status: 1, PolicyStatus: 1, Policy: shown}, mails: -1,
		},
		"accepted after 449": {
			script: append([]answer{
				{to: "FolderSync", status: 449}, {to: "Provision", root: demanded},
				{to: "Provision", key: "1111", root: provisioned("1", policyIs("1", "2222"))},
			}, mail...), accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1, Policy: shown, Acknowledged: true, AckStatus: 1}, mails: 3,
		},
		"accepted after status 142": {
			script: append([]answer{
				{to: "FolderSync", root: foldersRefused("142")}, {to: "Provision", root: demanded},
				{to: "Provision", key: "1111", root: provisioned("1", policyIs("1", "2222"))},
			}, mail...), accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1, Policy: shown, Acknowledged: true, AckStatus: 1}, mails: 3,
		},
		"accepted, and demanded again": {
			script: []answer{
				{to: "FolderSync", root: foldersRefused("144")}, {to: "Provision", root: demanded},
				{to: "Provision", key: "1111", root: provisioned("1", policyIs("1", "2222"))},
				{to: "FolderSync", key: "2222", root: foldersRefused("142")},
			}, accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1, Policy: shown, Acknowledged: true, AckStatus: 1}, mails: -1,
		},
		"the acknowledgement is refused": {
			script: []answer{
				{to: "FolderSync", root: foldersRefused("142")}, {to: "Provision", root: demanded},
				{to: "Provision", key: "1111", root: provisioned("1", policyIs("5", ""))},
			}, accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1, Policy: shown, Acknowledged: true, AckStatus: 5}, mails: -1,
		},
		"there is no policy": {
			script: []answer{
				{to: "FolderSync", root: foldersRefused("143")}, {to: "Provision", root: provisioned("1", policyIs("2", ""))},
				{to: "FolderSync", root: folders("2")},
				{to: "Sync", root: synced("1", "k1", 0, false)}, {to: "Sync", root: synced("1", "k2", 3, false)},
			},
			want: Provisioned{Status: 1, PolicyStatus: 2}, mails: 3,
		},
	}
}

// provisionRefusals are those of wipes, and of answers that can't be used.
func provisionRefusals() map[string]provisioning {
	demanded := provisioned("1", policyIs("1", "1111", passcode, length, unset, apps))
	shown := []Setting{{"DevicePasswordEnabled", "1"}, {"MinDevicePasswordLength", "6"}, {"UnapprovedInROMApplicationList", "games, chat"}}
	wipe := wbxml.E("Provision", "RemoteWipe")
	account := wbxml.E("Provision", "AccountOnlyRemoteWipe")
	return map[string]provisioning{
		"the device is refused": {
			script: []answer{{to: "FolderSync", root: foldersRefused("141")}, {to: "Provision", root: provisioned("129")}}, accept: true,
			want: Provisioned{Status: 129}, mails: -1,
		},
		"a wipe": {
			script: []answer{{to: "FolderSync", root: foldersRefused("142")}, {to: "Provision", root: provisioned("1", wipe)}}, accept: true,
			want: Provisioned{Status: 1, Wipe: true}, mails: -1,
		},
		"a wipe beside a policy": {
			script: []answer{
				{to: "FolderSync", status: 449},
				{to: "Provision", root: provisioned("1", policyIs("1", "1111", passcode), wipe)},
			}, accept: true,
			want: Provisioned{Status: 1, Wipe: true}, mails: -1,
		},
		"a wipe in the answer to the acknowledgement": {
			script: []answer{
				{to: "FolderSync", status: 449}, {to: "Provision", root: demanded},
				{to: "Provision", key: "1111", root: provisioned("1", policyIs("1", "2222"), wipe)},
			}, accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1, Policy: shown, Acknowledged: true, AckStatus: 1, Wipe: true}, mails: -1,
		},
		"a wipe of the account's data": {
			script: []answer{{to: "FolderSync", root: foldersRefused("142")}, {to: "Provision", root: provisioned("1", account)}}, accept: true,
			want: Provisioned{Status: 1, WipeAccount: true}, mails: -1,
		},
		"a key that would be two headers": {
			script: []answer{{to: "FolderSync", status: 449}, {to: "Provision", root: provisioned("1", policyIs("1", "1\r\nX-Other: 1"))}}, accept: true,
			want: Provisioned{Status: 1, PolicyStatus: 1}, mails: -1, says: "no PolicyKey",
		},
		"no policy where one is due": {
			script: []answer{{to: "FolderSync", status: 449}, {to: "Provision", root: provisioned("1")}}, accept: true,
			want: Provisioned{Status: 1}, mails: -1, says: "nothing of the policy",
		},
		"broken": {
			script: []answer{{to: "FolderSync", status: 449}, {to: "Provision", body: []byte("\x03\x01\x6a\x00\x00\x0e\x45")}}, accept: true,
			want: Provisioned{}, mails: -1, says: "the answer to Provision: reading WBXML",
		},
	}
}

func TestDeepProvision(t *testing.T) {
	all := provisionings()
	maps.Copy(all, provisionRefusals())
	for name, c := range all {
		t.Run(name, func(t *testing.T) {
			d := startMail(t, "16.0,16.1", c.script).run(Options{AcceptPolicy: c.accept})
			got := *d.Provision
			if len(got.Exchanges) == 0 || says(got.Err) != (c.says != "") || c.says != "" && !strings.Contains(got.Err.Error(), c.says) {
				t.Errorf("%d exchanges, %v, want an error that says %q", len(got.Exchanges), got.Err, c.says)
			}
			got.Exchanges, got.Err = nil, nil
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v\nwant %+v", got, c.want)
			}
			if mails := messages(d.Inbox); mails != c.mails {
				t.Errorf("%d messages, want %d", mails, c.mails)
			}
		})
	}
}

// A server may demand its policy only where mail is asked for.
func TestDeepPolicyAtSync(t *testing.T) {
	policy := provisioned("1", policyIs("1", "1111", passcode))
	accepted := []answer{{to: "Provision", root: policy}, {to: "Provision", key: "1111", root: provisioned("1", policyIs("1", "2222"))}}
	mail := []answer{{to: "Sync", key: "2222", root: synced("1", "k1", 0, false)}, {to: "Sync", key: "2222", root: synced("1", "k2", 3, false)}}
	for name, c := range map[string]struct {
		script          []answer // after FolderSync
		accept          bool
		provision, sync preflight.Status
		says            string
	}{
		"accepted":              {slices.Concat([]answer{{to: "Sync", root: syncRefused("142")}}, accepted, mail), true, judgePass, judgePass, "3 messages"},
		"accepted after 449":    {slices.Concat([]answer{{to: "Sync", status: 449}}, accepted, mail), true, judgePass, judgePass, "3 messages"},
		"shown, not accepted":   {[]answer{{to: "Sync", root: syncRefused("142")}, {to: "Provision", root: policy}}, false, judgeWarn, judgeSkip, "eas.provision"},
		"demanded at the mails": {slices.Concat([]answer{{to: "Sync", root: synced("1", "k1", 0, false)}, {to: "Sync", root: syncRefused("144")}}, accepted, mail), true, judgePass, judgePass, "3 messages"},
		"demanded again":        {slices.Concat([]answer{{to: "Sync", root: syncRefused("142")}}, accepted, []answer{{to: "Sync", key: "2222", root: syncRefused("142")}}), true, judgePass, judgeFail, "eas-142"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newJudgeFix(t).direct()
			e.Deep = startMail(t, "14.1", append([]answer{{to: "FolderSync", root: folders("2")}}, c.script...)).run(Options{AcceptPolicy: c.accept})
			for _, f := range Judge(judgeInside, e) {
				want := map[string]preflight.Status{"eas.provision": c.provision, "eas.foldersync": judgePass, "eas.sync": c.sync}[f.Check]
				if want != "" && f.Status != want || f.Check == "eas.sync" && !strings.Contains(f.Message+f.Fix, c.says) {
					t.Errorf("%s: %s (%s), want %s with %q", f.Check, f.Status, f.Message, want, c.says)
				}
			}
		})
	}
}

func says(err error) bool { return err != nil }

func messages(in *InboxSynced) int {
	if in == nil {
		return -1
	}
	return in.Messages
}

func TestDeepDeviceInformation(t *testing.T) {
	for version, told := range map[string]bool{"12.1": false, "14.0": false, "14.1": true, "16.0": true, "16.1": true} {
		m := startMail(t, version, []answer{{to: "FolderSync", status: 449}, {to: "Provision", root: provisioned("1", policyIs("1", "1"))}})
		d := m.run(Options{})
		if model := m.got[1].Get("DeviceInformation", "Set", "Model").Value(); (model == "easkit") != told || d.Version != version {
			t.Errorf("version %s (%s): the device says that it is %q", version, d.Version, model)
		}
	}
}

func TestDeepFolders(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		status int
		says   string
	}{
		"the user may not":   {answer{root: foldersRefused("126")}, 126, ""},
		"a wipe":             {answer{root: foldersRefused("140")}, 140, ""},
		"refused by HTTP":    {answer{status: 403}, 0, "FolderSync: HTTP 403"},
		"nothing":            {answer{}, 0, "the answer is empty"},
		"a page of HTML":     {answer{body: []byte("<!DOCTYPE html><title>Sign in</title>")}, 0, "0x3c, which is no version of WBXML"},
		"broken":             {answer{body: []byte("\x03\x01\x6a\x00\x00\x07\x56\x4c\x03")}, 0, "ends in the middle"},
		"another's answer":   {answer{root: provisioned("1")}, 0, "the answer to FolderSync is Provision"},
		"no status":          {answer{root: wbxml.E("FolderHierarchy", "FolderSync")}, 0, `the Status of FolderSync is ""`},
		"a word for status":  {answer{root: foldersRefused("fine")}, 0, `the Status of FolderSync is "fine"`},
		"more than bearable": {answer{body: make([]byte, maxBody+1)}, 0, ErrBody.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			c.answer.to = "FolderSync"
			d := startMail(t, "14.1", []answer{c.answer}).run(Options{AcceptPolicy: true})
			f := d.Folders
			if f.Status != c.status || says(f.Err) != (c.says != "") || c.says != "" && !strings.Contains(f.Err.Error(), c.says) {
				t.Errorf("status %d, %v, want %d and %q", f.Status, f.Err, c.status, c.says)
			}
			if d.Inbox != nil || d.Provision != nil {
				t.Errorf("it went on: %+v", d)
			}
		})
	}
}

func TestDeepInbox(t *testing.T) {
	more := []answer{{root: synced("1", "k", 0, false)}}
	for range syncRounds {
		more = append(more, answer{root: synced("1", "k", 100, true)})
	}
	for name, c := range map[string]struct {
		script []answer
		want   InboxSynced
		says   string
	}{
		"more than is fetched": {more, InboxSynced{Status: 1, Messages: 100 * syncRounds, More: true}, ""},
		"three in two answers": {
			[]answer{{root: synced("1", "k", 0, false)}, {root: synced("1", "k", 2, true)}, {root: synced("1", "k", 1, false)}},
			InboxSynced{Status: 1, Messages: 3}, "",
		},
		"empty, as nothing has changed": {[]answer{{root: synced("1", "k", 0, false)}, {}}, InboxSynced{Status: 1}, ""},
		"empty at once":                 {[]answer{{}}, InboxSynced{}, "the answer is empty"},
		"no key":                        {[]answer{{root: synced("1", "", 0, false)}}, InboxSynced{Status: 1}, "no SyncKey"},
		"the first key again":           {[]answer{{root: synced("1", "0", 0, false)}}, InboxSynced{Status: 1}, "no SyncKey"},
		"refused for the folder":        {[]answer{{root: synced("1", "k", 0, false)}, {root: synced("3", "k", 0, false)}}, InboxSynced{Status: 3}, ""},
		"refused for all": {
			[]answer{{root: syncRefused("132")}}, InboxSynced{Status: 132}, "",
		},
		"refused by HTTP": {[]answer{{status: 503}}, InboxSynced{}, "Sync: HTTP 503"},
		"too much mail": {
			[]answer{{root: synced("1", "k", 0, false)}, {body: []byte(strings.Repeat("a secret subject", maxBody/16+1))}},
			InboxSynced{}, ErrBody.Error(),
		},
		"broken in the middle": {
			[]answer{{root: synced("1", "k", 0, false)}, {root: synced("1", "k", 2, true)}, {body: []byte("\x03\x01\x6a")}},
			InboxSynced{Messages: 2}, "ends in the middle",
		},
	} {
		t.Run(name, func(t *testing.T) {
			script := []answer{{to: "FolderSync", root: folders("2")}}
			for _, a := range c.script {
				a.to = "Sync"
				script = append(script, a)
			}
			got := *startMail(t, "14.1", script).run(Options{}).Inbox
			if says(got.Err) != (c.says != "") || c.says != "" && !strings.Contains(got.Err.Error(), c.says) {
				t.Errorf("%v, want an error that says %q", got.Err, c.says)
			}
			for _, x := range got.Exchanges {
				if strings.Contains(string(x.Body), "secret") {
					t.Errorf("mail is kept: %.50q", x.Body)
				}
			}
			got.Exchanges, got.Err, got.Days = nil, nil, 0
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func TestDeepWithoutInbox(t *testing.T) {
	d := startMail(t, "14.1", []answer{{to: "FolderSync", root: folders("3", "x")}}).run(Options{})
	if !errors.Is(d.Inbox.Err, errNoInbox) || len(d.Folders.Folders) != 2 {
		t.Errorf("%+v", d.Inbox)
	}
}

// What a server sends on to is where the later commands go.
func TestDeepMoved(t *testing.T) {
	m := startMail(t, "14.1", []answer{
		{to: "FolderSync", status: 451, at: "/elsewhere"},
		{to: "FolderSync", status: 449},
		{to: "Provision", root: provisioned("1", policyIs("2", ""))},
		{to: "FolderSync", root: folders("2")},
		{to: "Sync", root: synced("1", "k1", 0, false)},
		{to: "Sync", root: synced("1", "k2", 1, false)},
	})
	d := m.run(Options{})
	if d.Inbox.Messages != 1 || !reflect.DeepEqual(m.path, []string{easPath, "/elsewhere", "/elsewhere", "/elsewhere", "/elsewhere", "/elsewhere"}) {
		t.Errorf("%v, %+v", m.path, d.Inbox)
	}
}

func TestFilter(t *testing.T) {
	for days, want := range map[int]string{-1: "0 0", 0: "0 0", 1: "1 1", 3: "3 2", 5: "7 3", 7: "7 3", 14: "14 4", 30: "31 5", 31: "31 5", 90: "0 0"} {
		n, code := filter(days)
		if got := fmt.Sprint(n, " ", code); got != want {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
}

func TestVersionFor(t *testing.T) {
	for _, c := range []struct {
		mailbox   preflight.Mailbox
		announced string
		want      string
	}{
		{preflight.ExchangeServer, "2.5,12.0,12.1,14.0,14.1,16.0,16.1", "16.1"},
		{preflight.ExchangeServer, "2.5,12.0,12.1,14.0,14.1", "14.1"},
		{preflight.MailboxUnknown, "2.5,12.0,12.1", "12.1"},
		{preflight.ExchangeServer, "17.0", "14.1"},
		{preflight.ExchangeServer, "", "14.1"},
		{preflight.ExchangeOnline, "14.1", "16.1"},
	} {
		if got := versionFor(c.mailbox, strings.Split(c.announced, ",")); got != c.want {
			t.Errorf("%s announcing %s: %s, want %s", c.mailbox, c.announced, got, c.want)
		}
	}
}
