package lab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

// phone sends commands as one device.
type phone struct {
	*mailbox
	client           *http.Client
	version, key, id string
}

func (p *phone) send(command string, body *wbxml.Element) (*wbxml.Element, answer) {
	p.t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = wbxml.Marshal(body); err != nil {
			p.t.Fatal(err)
		}
	}
	got := p.ask(p.client, http.MethodPost, mailHost+easPath+"?Cmd="+command+"&User=alice%40contoso.com&DeviceId="+p.id+"&DeviceType=easkit", data,
		"Content-Type", wbxmlType, "MS-ASProtocolVersion", p.version, "X-MS-PolicyKey", p.key)
	if got.status != http.StatusOK || got.body == "" {
		return nil, got
	}
	root, err := wbxml.Parse([]byte(got.body))
	if err != nil {
		p.t.Fatal(err)
	}
	return root, got
}

func (m *mailbox) phone(version string) *phone {
	return &phone{m, m.client(m.alice), version, "0", "EASKIT0001"}
}

func folderRequest(key string) *wbxml.Element {
	return wbxml.E("FolderHierarchy", "FolderSync", wbxml.T("FolderHierarchy", "SyncKey", key))
}

func provisionRequest(more ...*wbxml.Element) *wbxml.Element {
	policy := append([]*wbxml.Element{wbxml.T(provision, "PolicyType", policyType)}, more...)
	about := wbxml.E("Settings", "DeviceInformation", wbxml.E("Settings", "Set", wbxml.T("Settings", "Model", "easkit")))
	all := wbxml.E(provision, "Policies", wbxml.E(provision, "Policy", policy...))
	if more != nil {
		return wbxml.E(provision, provision, all)
	}
	return wbxml.E(provision, provision, about, all)
}

func acknowledge(key, status string) *wbxml.Element {
	return provisionRequest(wbxml.T(provision, "PolicyKey", key), wbxml.T(provision, "Status", status))
}

// provision fetches the policy, and acknowledges it.
func (p *phone) provision() {
	p.t.Helper()
	root, got := p.send(provision, provisionRequest())
	policy := root.Get("Policies", "Policy")
	if root.Get("Status").Value() != "1" || policy.Get("Status").Value() != "1" || root.Get("DeviceInformation", "Status").Value() != "1" {
		p.t.Fatalf("no policy: %s", got)
	}
	if policy.Get("Data", "EASProvisionDoc", "DevicePasswordEnabled").Value() != "1" {
		p.t.Errorf("the policy demands no passcode: %s", got)
	}
	root, got = p.send(provision, acknowledge(policy.Get("PolicyKey").Value(), "1"))
	policy = root.Get("Policies", "Policy")
	if policy.Get("Status").Value() != "1" {
		p.t.Fatalf("not acknowledged: %s", got)
	}
	p.key = policy.Get("PolicyKey").Value()
}

func syncRequest(key, folder, window string, more ...*wbxml.Element) *wbxml.Element {
	const ns = "AirSync"
	c := []*wbxml.Element{wbxml.T(ns, "SyncKey", key), wbxml.T(ns, "CollectionId", folder)}
	if window != "" {
		c = append(c, wbxml.T(ns, "WindowSize", window))
	}
	return wbxml.E(ns, "Sync", wbxml.E(ns, "Collections", wbxml.E(ns, "Collection", append(c, more...)...)))
}

// A new phone: it is told to fetch the policy, acknowledges it, lists the folders, and
// gets its mail.
func TestEASPhone(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	for _, version := range []string{"14.1", "16.1"} {
		t.Run(version, func(t *testing.T) {
			p := m.phone(version)
			p.id += strings.Replace(version, ".", "", 1)
			if root, got := p.send("FolderSync", folderRequest("0")); root.Get("Status").Value() != "142" {
				t.Fatalf("no policy was acknowledged: %s", got)
			}
			p.provision()
			root, got := p.send("FolderSync", folderRequest("0"))
			if root.Get("Status").Value() != "1" || root.Get("SyncKey").Value() != "1" || root.Get("Changes", "Count").Value() != "9" {
				t.Fatal(got)
			}
			first := root.Get("Changes", "Add")
			if first.Get("Type").Value() != "2" || first.Get("DisplayName").Value() != "Inbox" {
				t.Errorf("the first folder is %s", got)
			}
			if root, got = p.send("FolderSync", folderRequest("1")); root.Get("Changes", "Count").Value() != "0" {
				t.Errorf("the folders have changed: %s", got)
			}
			folder := first.Get("ServerId").Value()
			if root, got = p.send("Sync", syncRequest("0", folder, "")); root.Get("Collections", "Collection", "SyncKey").Value() != "1" {
				t.Fatal(got)
			}
			root, got = p.send("Sync", syncRequest("1", folder, "2"))
			c := root.Get("Collections", "Collection")
			if len(c.Get("Commands").All("Add")) != 2 || c.Get("MoreAvailable") == nil || c.Get("SyncKey").Value() != "2" {
				t.Fatal(got)
			}
			mail := c.Get("Commands", "Add", "ApplicationData")
			if mail.Get("Subject").Value() != "Welcome" || mail.Get("To").Value() != "alice@contoso.com" || mail.Get("DateReceived").Value() != "2026-11-19T12:00:00.000Z" ||
				!strings.Contains(mail.Get("Body", "Data").Value(), "easkit lab") {
				t.Errorf("the mail is %s", got)
			}
			// The answer was lost, and is asked for again.
			if root, again := p.send("Sync", syncRequest("1", folder, "2")); again.body != got.body || root == nil {
				t.Errorf("it is another: %s", again)
			}
			root, got = p.send("Sync", syncRequest("2", folder, "2"))
			c = root.Get("Collections", "Collection")
			if len(c.Get("Commands").All("Add")) != 1 || c.Get("MoreAvailable") != nil || c.Get("SyncKey").Value() != "3" {
				t.Fatal(got)
			}
			if root, got = p.send("Sync", syncRequest("3", folder, "2")); root != nil || got.status != http.StatusOK || got.body != "" {
				t.Errorf("nothing is new: %s", got)
			}
		})
	}
}

// What is not asked for as documented has a status of its own.
func TestEASStatus(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	p := m.phone("16.1")
	get := wbxml.T("AirSync", "GetChanges", "1")
	none := wbxml.T("AirSync", "GetChanges", "0")
	at := func(names ...string) []string { return names }
	policy := at("Policies", "Policy", "Status")
	collection := at("Collections", "Collection", "Status")
	top := at("Status")
	bare := wbxml.E(provision, provision, wbxml.E(provision, "Policies", wbxml.E(provision, "Policy", wbxml.T(provision, "PolicyType", policyType))))
	info := wbxml.E("Settings", "Settings", wbxml.E("Settings", "DeviceInformation", wbxml.E("Settings", "Set")), wbxml.E("Settings", "UserInformation", wbxml.E("Settings", "Get")))
	for _, step := range []struct {
		name, command string
		body          *wbxml.Element
		key           string // "" for that of the policy
		want          string
		where         []string
	}{
		{"no key", "FolderSync", folderRequest("0"), "0", "142", top},
		{"a wrong key", "FolderSync", folderRequest("0"), "12345", "144", top},
		{"no policy type", provision, wbxml.E(provision, provision), "0", "2", top},
		{"no device information", provision, bare, "0", "165", top},
		{"nothing to acknowledge", provision, acknowledge("1", "1"), "0", "5", policy},
		{"another policy type", provision, wbxml.E(provision, provision, wbxml.E(provision, "Policies", wbxml.E(provision, "Policy", wbxml.T(provision, "PolicyType", "MS-WAP-Provisioning-XML")))), "0", "3", policy},
		{"", "", nil, "", "", nil}, // the policy is acknowledged
		{"Sync before FolderSync", "Sync", syncRequest("0", "2", ""), "", "12", top},
		{"folders, no key", "FolderSync", wbxml.E("FolderHierarchy", "FolderSync"), "", "10", top},
		{"folders, a wrong key", "FolderSync", folderRequest("7"), "", "9", top},
		{"folders", "FolderSync", folderRequest("0"), "", "1", top},
		{"no collection", "Sync", nil, "", "13", top},
		{"no such folder", "Sync", syncRequest("0", "99", ""), "", "8", collection},
		{"changes with key 0", "Sync", syncRequest("0", "2", "", get), "", "4", collection},
		{"a key that was not given", "Sync", syncRequest("1", "2", ""), "", "3", collection},
		{"begin", "Sync", syncRequest("0", "2", ""), "", "1", collection},
		{"no changes wanted", "Sync", syncRequest("1", "2", "", none), "", "", nil},
		{"an empty folder", "Sync", syncRequest("0", "5", ""), "", "1", collection},
		{"nothing in it", "Sync", syncRequest("1", "5", ""), "", "", nil},
		{"all", "Sync", syncRequest("1", "2", "0", wbxml.E("AirSync", "GetChanges")), "", "1", collection},
		{"a key too far back", "Sync", syncRequest("0", "2", ""), "", "1", collection},
		{"what the device is", "Settings", info, "", "1", at("DeviceInformation", "Status")},
		{"who the user is", "Settings", info, "", "alice@contoso.com", at("UserInformation", "Get", "Accounts", "Account", "EmailAddresses", "SMTPAddress")},
		{"nothing asked", "Settings", wbxml.E("Settings", "Settings"), "", "2", top},
		{"the policy in part", provision, acknowledge("1", "2"), "", "5", policy},
	} {
		if step.command == "" {
			p.provision()
			continue
		}
		own := *p
		if step.key != "" {
			own.key = step.key
		}
		root, got := own.send(step.command, step.body)
		if value := root.Get(step.where...).Value(); value != step.want || got.err != nil || got.status != http.StatusOK || (step.want == "") != (got.body == "") {
			t.Errorf("%s: %q (%s), want %s", step.name, value, got, step.want)
		}
	}
	root, _ := p.send(provision, provisionRequest())
	if root, got := p.send(provision, acknowledge(root.Get("Policies", "Policy", "PolicyKey").Value(), "2")); root.Get("Status").Value() != "139" {
		t.Errorf("the policy in part: %s", got)
	}
	if root, got := p.send("FolderSync", folderRequest("0")); root.Get("Status").Value() != "144" {
		t.Errorf("the policy was offered anew: %s", got)
	}
}

// What is no command at all is refused by HTTP.
func TestEASRequests(t *testing.T) {
	m := serveMail(t, clock, EASOptions{})
	client := m.client(m.alice)
	body, err := wbxml.Marshal(folderRequest("0"))
	if err != nil {
		t.Fatal(err)
	}
	const query = "?Cmd=FolderSync&DeviceId=A1&DeviceType=b"
	for _, test := range []struct {
		name, query, version, content string
		body                          []byte
		want                          int
	}{
		{"as documented", query, "16.1", wbxmlType, body, 200},
		{"the older type", query, "16.1", wbxmlTypeOld, body, 200},
		{"before 14.0", query, "12.1", wbxmlType, body, 449},
		{"no query", "", "16.1", wbxmlType, body, 400},
		{"the encoded query", "?jQkECQ", "16.1", wbxmlType, body, 400},
		{"no version", query, "", wbxmlType, body, 400},
		{"an unknown command", strings.Replace(query, "FolderSync", "Ping", 1), "16.1", wbxmlType, body, 501},
		{"another command's body", strings.Replace(query, "FolderSync", "Sync", 1), "16.1", wbxmlType, body, 400},
		{"another type", query, "16.1", "text/xml", body, 400},
		{"no type", query, "16.1", "", body, 400},
		{"half a body", query, "16.1", wbxmlType, body[:len(body)-2], 400},
		{"too large", query, "16.1", wbxmlType, make([]byte, maxCommand+1), 413},
	} {
		headers := []string{"Content-Type", test.content}
		if test.version != "" {
			headers = append(headers, "MS-ASProtocolVersion", test.version)
		}
		if got := m.ask(client, http.MethodPost, mailHost+easPath+test.query, test.body, headers...); got.status != test.want {
			t.Errorf("%s: %s, want %d", test.name, got, test.want)
		}
	}
	for id, want := range map[string]string{"": "108", "A-1": "108", strings.Repeat("A", 33): "108"} {
		p := m.phone("16.1")
		p.id = id
		if root, got := p.send("FolderSync", folderRequest("0")); root.Get("Status").Value() != want {
			t.Errorf("device %q: %s", id, got)
		}
	}
	for _, version := range []string{"2.5", "16.2", "161"} {
		if root, got := m.phone(version).send("FolderSync", folderRequest("0")); root.Get("Status").Value() != "138" {
			t.Errorf("version %s: %s", version, got)
		}
	}
	for i := range maxDevices + 1 {
		m.eas.mu.Lock()
		m.eas.deviceOf("bob@contoso.com", fmt.Sprint(i))
		m.eas.mu.Unlock()
	}
	p := m.phone("16.1")
	p.id = "ONEMORE"
	if root, got := p.send("FolderSync", folderRequest("0")); root.Get("Status").Value() != "177" {
		t.Errorf("one device too many: %s", got)
	}
}
