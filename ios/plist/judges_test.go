package plist_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/easkit/easkit/ios/plist"
)

// kinds has every kind of value, and what is hard to write.
const kinds = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>string</key><string>Söhne &amp; Co &lt;x&gt; 😀</string>
	<key>empty</key><string></string>
	<key>white</key><string>  two  </string>
	<key>cdata</key><string><![CDATA[a & b]]></string>
	<key>true</key><true/><key>false</key><false/>
	<key>small</key><integer>-1</integer>
	<key>large</key><integer>9223372036854775807</integer>
	<key>hexadecimal</key><integer>0x7f</integer>
	<key>real</key><real>86400.5</real>
	<key>data</key><data>
	AAEC AwQF
	</data>
	<key>none</key><data></data>
	<key>date</key><date>2027-12-31T23:59:59Z</date>
	<key>array</key><array><array/><dict/><string>a</string></array>
	<key>twice</key><integer>1</integer><key>twice</key><integer>2</integer>
</dict>
</plist>
`

// xmlFiles are the XML property lists of this repository, and kinds, as files.
func xmlFiles(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kinds.plist")
	if err := os.WriteFile(path, []byte(kinds), 0o600); err != nil {
		t.Fatal(err)
	}
	files := []string{path}
	for _, folder := range []string{"../testdata", "../../testdata/profiles"} {
		found, err := filepath.Glob(filepath.Join(folder, "*.mobileconfig"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if data := read(t, path); plist.IsXML(data) {
				files = append(files, path)
			}
		}
	}
	return files
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not on PATH", name)
	}
	return path
}

// toJSON is a program that prints what plistlib reads of each file: values that JSON
// does not tell apart have their kind in front.
const toJSON = `
import datetime, json, plistlib, sys, base64
def told(v):
    if isinstance(v, dict): return {k: told(x) for k, x in v.items()}
    if isinstance(v, list): return [told(x) for x in v]
    if isinstance(v, bool): return v
    if isinstance(v, int): return "integer " + str(v)
    if isinstance(v, float): return "real " + str(v)
    if isinstance(v, bytes): return "data " + base64.b64encode(v).decode()
    if isinstance(v, datetime.datetime): return "date " + v.strftime("%Y-%m-%dT%H:%M:%SZ")
    return "string " + v
all = {}
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as f: all[name] = {"value": told(plistlib.load(f))}
    except Exception as e:
        all[name] = {"error": repr(e)}
json.dump(all, sys.stdout)
`

// told is what toJSON makes of a value.
func told(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for k, x := range v {
			all[k] = told(x)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, x := range v {
			all[i] = told(x)
		}
		return all
	case int64:
		return fmt.Sprintf("integer %d", v)
	case float64:
		if v == float64(int64(v)) { // Python writes 1.0
			return "real " + strconv.FormatFloat(v, 'f', 1, 64)
		}
		return "real " + strconv.FormatFloat(v, 'g', -1, 64)
	case []byte:
		return "data " + base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return "date " + v.Format("2006-01-02T15:04:05Z")
	case string:
		return "string " + v
	}
	return v
}

// lenient are files that plistlib takes and Apple's reader refuses (CFPropertyList.c):
// an entity that nobody defines, [] in the DOCTYPE, a comment within a value, a blank
// behind a number.
var lenient = []string{"nbsp.mobileconfig", "dotnet-doctype.mobileconfig", "comment-in-text.mobileconfig", "blank-behind-number.mobileconfig"}

// Python's plistlib reads the same out of every file, and refuses what is refused
// here.
func TestPlistlibReadsTheSame(t *testing.T) {
	python := judge(t, "python3")
	files := xmlFiles(t)
	out, err := exec.Command(python, append([]string{"-c", toJSON}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]struct {
		Value any
		Error string
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		theirs := all[path]
		ours, err := plist.Parse(read(t, path))
		switch {
		case err != nil && theirs.Error == "" && !slices.Contains(lenient, filepath.Base(path)):
			t.Errorf("%s: plistlib reads it, and here it is refused: %v", path, err)
		case err == nil && slices.ContainsFunc(ours.Problems, func(p plist.Problem) bool { return p.Malformed }):
			if theirs.Error == "" {
				t.Errorf("%s: plistlib takes what is told to be malformed: %+v", path, ours.Problems)
			}
		case err == nil && theirs.Error != "":
			t.Errorf("%s: plistlib refuses it: %s", path, theirs.Error)
		case err == nil && !reflect.DeepEqual(told(ours.Root.Plain()), theirs.Value):
			t.Errorf("%s: read as\n%v\nand by plistlib as\n%v", path, told(ours.Root.Plain()), theirs.Value)
		}
	}
}

// The binary form that libplist makes of a file reads here as the file does: a judge
// of both readers. libplist knows neither byte order marks nor hexadecimal numbers,
// and no encoding but UTF-8.
func TestPlistutilReadsTheSame(t *testing.T) {
	plistutil := judge(t, "plistutil")
	folder := t.TempDir()
	for i, path := range xmlFiles(t) {
		data := bytes.ReplaceAll(bytes.TrimPrefix(read(t, path), []byte("\xef\xbb\xbf")), []byte("0x7f"), []byte("127"))
		ours, err := plist.Parse(data)
		if err != nil || !utf8.Valid(data) {
			continue
		}
		in, to := filepath.Join(folder, strconv.Itoa(i)), filepath.Join(folder, strconv.Itoa(i)+".bin")
		if err := os.WriteFile(in, data, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(plistutil, "-i", in, "-o", to, "-f", "bin").CombinedOutput() // it says 0 where it fails, too
		made, err := os.ReadFile(to)
		if err != nil {
			t.Errorf("%s: plistutil made nothing of it: %s", path, out)
			continue
		}
		theirs, err := plist.Parse(made)
		if err != nil {
			t.Errorf("%s: what plistutil makes of it: %v", path, err)
			continue
		}
		if !theirs.Binary || !reflect.DeepEqual(told(ours.Root.Plain()), told(theirs.Root.Plain())) {
			t.Errorf("%s: read as\n%v\nand by plistutil as\n%v", path, told(ours.Root.Plain()), told(theirs.Root.Plain()))
		}
	}
}

// What is written here is read by plistlib, and what it writes in binary is read here.
func TestPlistlibReadsWhatIsWritten(t *testing.T) {
	python := judge(t, "python3")
	want := parse(t, kinds).Root.Plain()
	data, err := plist.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", "import plistlib, sys; sys.stdout.buffer.write(plistlib.dumps(plistlib.loads(sys.stdin.buffer.read()), fmt=plistlib.FMT_BINARY))")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	f, err := plist.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Root.Plain(); !f.Binary || !reflect.DeepEqual(told(got), told(want)) {
		t.Errorf("plistlib makes of it\n%v\nwant\n%v", told(got), told(want))
	}
}
