package wbxml

import (
	"encoding/base64"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// A node is an element as wbxml2xml of libwbxml shows it.
type node struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
	Nodes   []node `xml:",any"`
}

// wbxml2xml decodes a document with libwbxml's program, an implementation that has nothing
// in common with this one.
func wbxml2xml(t *testing.T, data []byte) node {
	t.Helper()
	program, err := exec.LookPath("wbxml2xml")
	if err != nil {
		t.Skip("wbxml2xml is not on PATH")
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), program, "-l", "ACTIVESYNC", "-m", "0", "-k", "-o", out, in).CombinedOutput()
	if err != nil {
		t.Fatalf("wbxml2xml: %v: %s\n%x", err, said, data)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	defer f.Close()
	var root node
	if err := xml.NewDecoder(io.LimitReader(f, 1<<20)).Decode(&root); err != nil {
		t.Fatal(err)
	}
	return root
}

// otherNames are what libwbxml calls tags, where MS-ASWBXML calls them something else that
// is not just a part of it.
var otherNames = map[string]string{
	"Contacts:AssistantPhoneNumber":                     "AssistantTelephoneNumber",
	"Email:ReplyTo":                                     "Reply-To",
	"Email:Status":                                      "FlagStatus",
	"Provision:RequireStorageCardEncryption":            "DeviceEncryptionEnabled",
	"Settings:RightsManagementInformation":              "ihsManagementInformation",
	"RightsManagement:Owner":                            "RMOwner",
	"RightsManagement:RemoveRightsManagementProtection": "RemoveRightsManagementDistribution",
}

// tooNew are the tags of protocol version 16.1, which libwbxml 0.11.8 does not know.
var tooNew = map[string]bool{
	"MeetingResponse:ProposedStartTime": true,
	"MeetingResponse:ProposedEndTime":   true,
	"Provision:AccountOnlyRemoteWipe":   true,
}

// sameName is whether libwbxml's name is ours. It says Recurrence_Type, HomeCity and
// SmtpAddress for Type, HomeAddressCity and SMTPAddress.
func sameName(e *Element, theirs xml.Name) bool {
	space, name := e.Namespace(), e.Name()
	full := space + ":" + name
	if tooNew[full] || space == "Find" {
		return theirs.Local == "unknown"
	}
	_, part, _ := strings.Cut(theirs.Local, "_")
	return strings.EqualFold(theirs.Space, space+":") &&
		(strings.EqualFold(theirs.Local, name) ||
			strings.EqualFold(part, name) ||
			strings.ReplaceAll(theirs.Local, "_", "") == name ||
			strings.Replace(name, "Address", "", 1) == theirs.Local ||
			otherNames[full] == theirs.Local)
}

// sameText is whether libwbxml's text is ours. It shows some bytes in base64, and XML has
// no carriage returns.
func sameText(e *Element, theirs string) bool {
	return theirs == strings.ReplaceAll(e.Value(), "\r\n", "\n") ||
		theirs == base64.StdEncoding.EncodeToString([]byte(e.Value()))
}

// differ says where libwbxml read something else than we did.
func differ(t *testing.T, e *Element, n node, path string) {
	t.Helper()
	path += "/" + e.Name()
	if !sameName(e, n.XMLName) {
		t.Errorf("%s (0x%02x of page %d): libwbxml reads %s%s", path, e.Tag, e.Page, n.XMLName.Space, n.XMLName.Local)
	}
	if len(e.Children) != len(n.Nodes) {
		t.Errorf("%s: %d children, libwbxml reads %d", path, len(e.Children), len(n.Nodes))
		return
	}
	for i, child := range e.Children {
		differ(t, child, n.Nodes[i], path)
	}
	if len(e.Children) == 0 && !sameText(e, n.Text) {
		t.Errorf("%s: %q, libwbxml reads %q", path, e.Value(), n.Text)
	}
}

func TestJudgeOfCaptured(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.wbxml")
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			root, err := Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			read := wbxml2xml(t, data)
			differ(t, root, read, "")
			written, err := Marshal(root)
			if err != nil {
				t.Fatal(err)
			}
			if again := wbxml2xml(t, written); !reflect.DeepEqual(again, read) {
				t.Errorf("written again it is %+v, was %+v", again, read)
			}
		})
	}
}

// One document with every tag of every page, each with its own name as text.
func TestJudgeOfPages(t *testing.T) {
	root := E("AirSync", "Sync")
	for _, p := range pages {
		for _, name := range p.tags {
			if name != "" {
				root.Children = append(root.Children, T(p.namespace, name, name))
			}
		}
	}
	if len(root.Children) < 500 {
		t.Fatalf("only %d tags", len(root.Children))
	}
	data, err := Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	differ(t, root, wbxml2xml(t, data), "")
}

func TestPagesAreSound(t *testing.T) {
	for number, p := range pages {
		names := map[string]bool{}
		for tag, name := range p.tags {
			if name == "" {
				continue
			}
			if tag < firstTag || tag > tagMask || names[name] || strings.TrimSpace(name) != name {
				t.Errorf("page %d: %q at 0x%02x", number, name, tag)
			}
			names[name] = true
		}
	}
}
