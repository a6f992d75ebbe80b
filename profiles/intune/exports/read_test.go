package exports_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/profiles/intune/exports"
)

// one reads the only object of a row's file.
func one(t testing.TB, name string) exports.Export {
	t.Helper()
	found, _, err := exports.Read(name, sampleFile(t, name))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: %d objects, %v", name, len(found), err)
	}
	return found[0]
}

// What tools unpack is packed again, and what objects refer to is read from each form.
func TestExportForms(t *testing.T) {
	if payload := one(t, "cd-outlook.json").Object.Text("payloadJson"); !strings.HasPrefix(payload, "eyJ") {
		t.Errorf("payloadJson is %.20q, not base64 of JSON", payload)
	}
	if payload := one(t, "cd-text.json").Object.Text("payload"); !strings.HasPrefix(payload, "PD94") {
		t.Errorf("payload is %.20q, not base64 of XML", payload)
	}
	const id = "0b6d2b6e-3f0c-4f39-9d51-000000000002"
	scep := exports.Ref{Name: "Contoso user certificate", Type: "iosScepCertificateProfile"}
	for _, test := range []struct {
		name string
		want map[string]exports.Ref
	}{
		{"direct-online.json", map[string]exports.Ref{}},
		{"identity-none.json", map[string]exports.Ref{"identityCertificate": {}}},
		{"identity-elsewhere.json", map[string]exports.Ref{"identityCertificate": {ID: id}}},
		{"im-mail.json", map[string]exports.Ref{"identityCertificate": scep}},
		{"app-gmail-default.json", map[string]exports.Ref{"certificate": {ID: id}}},
	} {
		if diff := cmp.Diff(test.want, one(t, test.name).Refers); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", test.name, diff)
		}
	}
}

func TestExportGroups(t *testing.T) {
	const group = "6f1c2a51-8f0e-4b0a-9d1e-0b7f1a2c3d01"
	for name, want := range map[string][]exports.Group{
		"direct-online.json":  nil,
		"cd-certificate.json": {{Kind: exports.IncludeGroup, Name: "mail"}},
		"im-root.json":        {{Kind: exports.IncludeGroup, ID: group}},
	} {
		e := one(t, name)
		if diff := cmp.Diff(want, e.Groups); diff != "" || e.Assigned != (want != nil) {
			t.Errorf("%s: assigned %v (-want +got)\n%s", name, e.Assigned, diff)
		}
	}
}

// A file says the same in each encoding that PowerShell has, and its lines stay.
func TestExportEncodings(t *testing.T) {
	text := "[\r\n {},\r\n  {\"@odata.type\": \"#microsoft.graph.iosTrustedRootCertificate\", \"displayName\": \"Wurzel ä€😀\"}\r\n]"
	units := utf16.Encode([]rune(text))
	var little, big []byte
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with a mark": "\xef\xbb\xbf" + text,
		"UTF-16 little": "\xff\xfe" + string(little), "UTF-16 big": "\xfe\xff" + string(big),
		"UTF-16 little without a mark": string(little), "UTF-16 big without a mark": string(big),
	} {
		found, passed, err := exports.Read("x.json", []byte(data))
		if err != nil || len(found) != 1 || passed != (exports.Passed{Untyped: 1}) {
			t.Fatalf("%s: %d objects, passed over %+v, %v", name, len(found), passed, err)
		}
		if e := found[0]; e.Object.Name() != "Wurzel ä€😀" || e.Line != 3 || e.Column != 3 {
			t.Errorf("%s: %q at line %d, column %d", name, e.Object.Name(), e.Line, e.Column)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"nothing", "", "x.json: line 1, column 1: it is not JSON: it ends before the value does"},
		{"cut short", `{"value":[`, "x.json: line 1, column 11: it is not JSON: it ends before the value does"},
		{"a bracket that is another's", "{\n\"a\": 1]", "x.json: line 2, column 7: it is not JSON"},
		{"something behind", "{}\n{}", "x.json: line 2, column 1: it is not JSON"},
		{"half a character", "\xff\xfe{", "x.json: it is UTF-16, and ends within a character"},
		{"too deep", strings.Repeat("[", 101) + strings.Repeat("]", 101), "line 1, column 101: its values are nested deeper than 100"},
		{"too large", strings.Repeat(" ", 64<<20+1), "x.json: it has 67,108,865 bytes, more than the 67,108,864 that are read"},
	} {
		_, _, err := exports.Read("x.json", []byte(test.data))
		var refused *exports.ExportError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		for _, f := range exports.Unreadable(err) {
			if checktest.Finding(t, f); f.Check != "profile.format" || f.Status != preflight.StatusFail || f.Line != refused.Line {
				t.Errorf("%s: %+v", test.name, f)
			}
		}
	}
}

// Whatever a file says, reading ends, and each finding is complete and in the file.
func FuzzRead(f *testing.F) {
	for _, s := range corpus(f) {
		for _, name := range s.Files {
			f.Add(sampleFile(f, name))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, _, err := exports.Read("fuzz.json", data)
		if err != nil {
			for _, finding := range exports.Unreadable(err) {
				checktest.Finding(t, finding)
			}
			return
		}
		for _, j := range exports.Check(preflight.Scenario{At: corpusTime}, all, exports.Options{}) {
			for _, finding := range j.Findings {
				checktest.Finding(t, finding)
				if finding.Line < 0 || finding.Line > len(data)+1 {
					t.Errorf("line %d of a file with %d bytes", finding.Line, len(data))
				}
			}
		}
	})
}
