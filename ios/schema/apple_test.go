package schema

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

// appleFile is a file of Apple's schema. All that it may hold stands here, so that
// a field that is new to Apple's schema is an error.
type appleFile struct {
	Title, Description string
	Payload            struct {
		PayloadType string
		SupportedOS appleSystems `yaml:"supportedOS"`
		Content     string
	}
	PayloadKeys []appleKey `yaml:"payloadkeys"`
	Notes       any
}

type appleSystems struct {
	IOS      appleSupport `yaml:"iOS"`
	MacOS    any          `yaml:"macOS"`
	TVOS     any          `yaml:"tvOS"`
	VisionOS any          `yaml:"visionOS"`
	WatchOS  any          `yaml:"watchOS"`
}

type appleSupport struct {
	Introduced, Deprecated, Removed string
	Multiple, Supervised            *bool
	AllowManualInstall              *bool `yaml:"allowmanualinstall"`
	SharedIPad                      any   `yaml:"sharedipad"`
	UserEnrollment                  struct{ Mode string }
}

type appleKey struct {
	Key, Title, Type, Presence, Format, Content string
	SupportedOS                                 appleSystems `yaml:"supportedOS"`
	Default                                     any
	RangeList                                   []any
	Range                                       any
	Repetition                                  struct{ Min, Max int }
	SubKeys                                     []appleKey `yaml:"subkeys"`
}

// differences are where the tables say something other than Apple's files of
// 18.1: "key: what Apple has -> what stands here".
var differences = map[string]string{
	// No longer in the files of 26.0.
	"TopLevel/IsEncrypted removed":        " -> 26.0",
	"TopLevel/HasRemovalPasscode removed": " -> 26.0",
	// Apple's text says that the value is always RSA.
	"com.apple.security.scep/PayloadContent/Key Type allowed": " -> [RSA]",
	// Phones were seen to read a key that Apple does not have.
	"com.apple.eas.account/SyncDefaultFoldersOnly":                " -> key",
	"com.apple.eas.account/SyncDefaultFoldersOnly type":           " -> boolean",
	"com.apple.eas.account/SyncDefaultFoldersOnly introduced":     " -> 4.0",
	"com.apple.eas.account/SyncDefaultFoldersOnly userenrollment": " -> allowed",
}

// placeholder is a level of Apple's files that no profile has: ConsentText maps a
// language to a text.
const placeholder = "ConsentTextItem"

// Every field of every key in Apple's files stands in the tables, and the other
// way round.
func TestTablesAgainstApple(t *testing.T) {
	ours, apples := facts{}, facts{}
	for _, p := range append([]*Payload{Top(), Common()}, Payloads()...) {
		if !p.NotIOS {
			ours.payload(p)
		}
	}
	for _, f := range appleFiles(t) {
		apples.file(f)
	}
	got := map[string]string{}
	for _, side := range []facts{ours, apples} {
		for about := range side {
			if ours[about] != apples[about] {
				got[about] = apples[about] + " -> " + ours[about]
			}
		}
	}
	if diff := cmp.Diff(differences, got); diff != "" {
		t.Errorf("differences from Apple's files (-expected +found):\n%s", diff)
	}
	if len(ours) < 500 {
		t.Errorf("only %d facts were compared", len(ours))
	}
}

func appleFiles(t *testing.T) []appleFile {
	reference := os.Getenv("EASKIT_REFERENCE")
	if reference == "" {
		t.Skip("EASKIT_REFERENCE names no folder with Apple's schema files")
	}
	paths, err := filepath.Glob(filepath.Join(reference, "apple", "*", "mdm", "profiles", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no schema files below %s: %v", reference, err)
	}
	files := make([]appleFile, len(paths))
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalWithOptions(data, &files[i], yaml.Strict()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	return files
}

// facts maps "type/key/subkey field" to its value; what is not said is not there.
type facts map[string]string

func (f facts) set(about, field string, value any) {
	if text := fmt.Sprint(value); text != "" && text != "[]" && text != "false" && value != nil {
		f[about+" "+field] = text
	}
}

func (f facts) setDefault(about string, value any) {
	if value != nil {
		f[about+" default"] = fmt.Sprintf("%v", value)
	}
}

func (f facts) payload(p *Payload) {
	f[p.Type] = "payload"
	f.set(p.Type, "title", p.Title)
	f.set(p.Type, "introduced", p.Introduced)
	f.set(p.Type, "multiple", p.Multiple)
	f.set(p.Type, "supervised", p.Supervised)
	f.set(p.Type, "allowmanualinstall", p.ManualInstall)
	f.set(p.Type, "userenrollment", p.UserEnrollment)
	f.keys(p.Type, p.Keys, Key{Introduced: p.Introduced, UserEnrollment: p.UserEnrollment, Supervised: p.Supervised})
}

// keys notes the effective values: those of the key around hold where a key says
// nothing.
func (f facts) keys(path string, keys []Key, around Key) {
	for _, k := range keys {
		about := path + "/" + k.Name
		f[about] = "key"
		if k.Introduced.IsZero() {
			k.Introduced = around.Introduced
		}
		if k.UserEnrollment == "" {
			k.UserEnrollment = around.UserEnrollment
		}
		k.Supervised = k.Supervised || around.Supervised
		introduced := k.Introduced.String()
		if k.NotIOS {
			introduced = "n/a"
		}
		f.set(about, "introduced", introduced)
		f.set(about, "deprecated", k.Deprecated)
		f.set(about, "removed", k.Removed)
		f.set(about, "supervised", k.Supervised)
		f.set(about, "userenrollment", k.UserEnrollment)
		f.set(about, "type", k.Type)
		f.set(about, "required", k.Required)
		f.setDefault(about, k.Default)
		f.set(about, "allowed", k.Allowed)
		f.set(about, "pattern", k.Pattern)
		if k.Repeat != (Range{}) {
			f.set(about, "repeat", k.Repeat)
		}
		f.keys(about, k.Keys, k)
	}
}

func (f facts) file(file appleFile) {
	p, s := file.Payload, file.Payload.SupportedOS.IOS
	f[p.PayloadType] = "payload"
	f.set(p.PayloadType, "title", file.Title)
	f.set(p.PayloadType, "introduced", s.Introduced)
	f.set(p.PayloadType, "multiple", *s.Multiple)
	f.set(p.PayloadType, "supervised", *s.Supervised)
	f.set(p.PayloadType, "allowmanualinstall", *s.AllowManualInstall)
	f.set(p.PayloadType, "userenrollment", s.UserEnrollment.Mode)
	f.appleKeys(p.PayloadType, file.PayloadKeys, s)
}

func (f facts) appleKeys(path string, keys []appleKey, around appleSupport) {
	for _, k := range keys {
		s := k.SupportedOS.IOS.within(around)
		if k.Key == placeholder {
			f.appleKeys(path, k.SubKeys, s)
			continue
		}
		about := path + "/" + k.Key
		f[about] = "key"
		f.set(about, "introduced", s.Introduced)
		f.set(about, "deprecated", s.Deprecated)
		f.set(about, "removed", s.Removed)
		f.set(about, "supervised", *s.Supervised)
		f.set(about, "userenrollment", s.UserEnrollment.Mode)
		f.set(about, "type", strings.Trim(k.Type, "<>"))
		f.set(about, "required", k.Presence == "required")
		f.setDefault(about, k.Default)
		f.set(about, "allowed", k.RangeList)
		f.set(about, "pattern", k.Format)
		if k.Range != nil {
			f.set(about, "range", k.Range) // the tables have none, since Apple's have none
		}
		if k.Repetition.Max != 0 || k.Repetition.Min != 0 {
			f.set(about, "repeat", Range(k.Repetition))
		}
		f.appleKeys(about, k.SubKeys, s)
	}
}

// within is what holds for a key, given what holds around it.
func (s appleSupport) within(around appleSupport) appleSupport {
	if s.Introduced != "" {
		around.Introduced = s.Introduced
	}
	if s.Deprecated != "" {
		around.Deprecated = s.Deprecated
	}
	if s.Removed != "" {
		around.Removed = s.Removed
	}
	if s.Supervised != nil {
		around.Supervised = s.Supervised
	}
	if s.UserEnrollment.Mode != "" {
		around.UserEnrollment = s.UserEnrollment
	}
	return around
}
