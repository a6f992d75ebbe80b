package plist_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/easkit/easkit/ios/plist"
)

// xml is a property list around one value.
func xml(value string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0">` + value + `</plist>`
}

func parse(t *testing.T, data string) *plist.File {
	t.Helper()
	f, err := plist.Parse([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		value string
		want  any
	}{
		{`<string/>`, ""},
		{`<string>  kept  </string>`, "  kept  "},
		{"<string>two\nlines</string>", "two\nlines"},
		{"<string>two\r\nlines</string>", "two\nlines"},
		{`<string>Söhne &amp; Co &lt;&gt;&quot;&apos; &#65;&#x42;&#x1F600;</string>`, "Söhne & Co <>\"' AB😀"},
		{`<string><![CDATA[a < b & c]]></string>`, "a < b & c"},
		{`<string>one<![CDATA[ and ]]>two</string>`, "one and two"},
		{`<true ></true >`, true},
		{`<true/>`, true},
		{`<false></false>`, false},
		{`<integer>31</integer>`, int64(31)},
		{"<integer>\n-5</integer>", int64(-5)},
		{`<integer>+5</integer>`, int64(5)},
		{`<integer>0x1F</integer>`, int64(31)},
		{`<integer>0XfF</integer>`, int64(255)},
		{`<integer>-0x10</integer>`, int64(-16)},
		{`<integer>007</integer>`, int64(7)},
		{`<integer>-9223372036854775808</integer>`, int64(-1 << 63)},
		{`<real>86400</real>`, 86400.0},
		{`<real>-1.5e3</real>`, -1500.0},
		{`<data></data>`, []byte{}},
		{"<data>\n\tAAEC\n\tAw==\n</data>", []byte{0, 1, 2, 3}},
		{`<data>AA EC</data>`, []byte{0, 1, 2}},
		{`<date>2027-12-31T23:59:59Z</date>`, time.Date(2027, 12, 31, 23, 59, 59, 0, time.UTC)},
		{`<array/>`, []any{}},
		{`<array><true/><string>x</string></array>`, []any{true, "x"}},
		{`<dict/>`, map[string]any{}},
		{`<dict><key>a &amp; b</key><array><dict><key>c</key><integer>1</integer></dict></array></dict>`,
			map[string]any{"a & b": []any{map[string]any{"c": int64(1)}}}},
		{`<dict><!-- one --><key>k</key><!-- two --><true/><?php three?></dict>`, map[string]any{"k": true}},
		{`<dict><key></key><true/></dict>`, map[string]any{"": true}},
	} {
		f := parse(t, xml(c.value))
		if got := f.Root.Plain(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s is %#v, want %#v", c.value, got, c.want)
		}
		if len(f.Problems) > 0 {
			t.Errorf("%s: problems %+v", c.value, f.Problems)
		}
	}
}

// Columns count letters, a tab as one, as editors show them.
func TestPositions(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		places map[string]string // a key to where it and its value stand
	}{
		"lines": {"<plist>\n<dict>\n  <key>a</key>\n  <true/>\n</dict>\n</plist>", map[string]string{"a": "3:3 4:3"}},
		"tabs":  {"<plist>\n\t<dict>\n\t\t<key>a</key>\t<string>x</string>\n\t</dict></plist>", map[string]string{"a": "3:3 3:16"}},
		"CRLF":  {"<plist>\r\n<dict>\r\n  <key>a</key>\r\n  <true/>\r\n</dict></plist>", map[string]string{"a": "3:3 4:3"}},
		"one line": {"<plist><dict><key>a</key><true/><key>b</key><false/></dict></plist>",
			map[string]string{"a": "1:14 1:26", "b": "1:33 1:45"}},
		"letters of many bytes": {"<plist>\n<dict><key>ä€😀</key><string>ß</string><key>b</key><true/></dict></plist>",
			map[string]string{"ä€😀": "2:7 2:21", "b": "2:39 2:51"}},
		"entities as they are written": {"<plist><dict><key>a&amp;b</key><true/></dict></plist>", map[string]string{"a&b": "1:14 1:32"}},
		"byte order mark":              {"\xef\xbb\xbf<plist><dict><key>a</key><true/></dict></plist>", map[string]string{"a": "1:14 1:26"}},
		"after a comment":              {"<!-- ä\nö -->\n<plist><!-- \n --><dict><key>a</key><!--\n\n--><true/></dict></plist>", map[string]string{"a": "4:11 6:4"}},
		"after a text of lines":        {"<plist><dict><key>a</key><string>1\n2\n3</string><key>b</key><true/></dict></plist>", map[string]string{"a": "1:14 1:26", "b": "3:11 3:23"}},
		"after data of lines":          {"<plist><dict><key>a</key><data>\nAAEC\n</data>\n<key>b</key><true/></dict></plist>", map[string]string{"b": "4:1 4:13"}},
		"within a tag":                 {"<plist><dict><key\n>a</key\n><true\n/></dict></plist>", map[string]string{"a": "1:14 3:2"}},
	} {
		f := parse(t, c.file)
		for _, e := range f.Root.Entries {
			got := fmt.Sprintf("%d:%d %d:%d", e.At.Line, e.At.Column, e.Value.At.Line, e.Value.At.Column)
			if want, ok := c.places[e.Key]; ok && got != want {
				t.Errorf("%s: the key %s and its value stand at %s, want %s", name, e.Key, got, want)
			}
		}
	}
}

// utf16File is a text in UTF-16, with its mark.
func utf16File(order binary.AppendByteOrder, text string) string {
	var data []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		data = order.AppendUint16(data, unit)
	}
	return string(data)
}

// What readers pass over and nobody should write is read, and told of with its place.
func TestProblems(t *testing.T) {
	utf16Text := `<?xml version="1.0" encoding="UTF-16"?>` + "\n<plist><string>Müller 😀</string></plist>"
	for name, c := range map[string]struct {
		file, at, text string
		value          any
		malformed      bool
	}{
		"key twice":                   {"<plist><dict>\n<key>a</key><true/>\n<key>a</key><integer>2</integer></dict></plist>", "3:1", `the key "a" is there twice`, map[string]any{"a": int64(2)}, false},
		"no plist element":            {"<?xml version=\"1.0\"?>\n<dict/>", "2:1", "<plist> is missing", map[string]any{}, false},
		"attribute":                   {`<plist><string lang="de">x</string></plist>`, "1:8", `the attribute "lang"`, "x", false},
		"ASCII under another":         {`<?xml version="1.0" encoding="windows-1252"?><plist><string>x</string></plist>`, "1:1", `in "windows-1252" in place of UTF-8`, "x", false},
		"UTF-16, little end":          {utf16File(binary.LittleEndian, utf16Text), "1:1", "UTF-16", "Müller 😀", false},
		"UTF-16, big end":             {utf16File(binary.BigEndian, utf16Text), "1:1", "UTF-16", "Müller 😀", false},
		"Latin-1":                     {"<?xml version='1.0' encoding='iso-8859-1'?><plist><string>M\xfcller</string></plist>", "1:1", "iso-8859-1", "Müller", false},
		"dashes in a comment":         {"<plist>\n<!-- ---- SSL -- -->\n<string>a<![CDATA[<!-- b -- -->]]></string></plist>", "2:1", "a comment holds --", "a<!-- b -- -->", true},
		"a dash at a comment's end":   {"<plist><!-- a ---><string>x</string></plist>", "1:8", "a comment holds --", "x", true},
		"text behind the end":         {"<plist><true/></plist>\n\n  <!-- a -->\n  Warning: x\n", "4:3", "something follows after its end", true, true},
		"another list behind the end": {"<plist><true/></plist><plist></plist>", "1:23", "something follows after its end", true, true},
		"broken text behind the end":  {"<plist><true/></plist>\n<a &", "2:1", "something follows after its end", true, true},
	} {
		f := parse(t, c.file)
		if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Text, c.text) {
			t.Errorf("%s: problems are %+v, want one with %q", name, f.Problems, c.text)
			continue
		}
		p := f.Problems[0]
		if at := fmt.Sprintf("%d:%d", p.At.Line, p.At.Column); at != c.at || p.Repeated != (name == "key twice") || p.Malformed != c.malformed {
			t.Errorf("%s: at %s, repeated %v", name, at, p.Repeated)
		}
		if !reflect.DeepEqual(f.Root.Plain(), c.value) {
			t.Errorf("%s: read as %v, want %v", name, f.Root.Plain(), c.value)
		}
	}
}

// Every error tells the place and, in plain words, what is wrong there.
func TestSyntaxErrors(t *testing.T) {
	deep := strings.Repeat("<array>", plist.MaxDepth+2)
	for _, c := range []struct{ file, want string }{
		{"<plist><dict>\n<key>a</key>", `line 2, column 13: the file ends here (EOF), and the <dict> of line 1 is still open`},
		{"<plist><dict>\n<key>a</ke", `line 2, column 11: the file ends here (EOF), and the <key> of line 2 is still open`},
		{"<plist>\n<string>a", `line 2, column 10: the file ends here (EOF), and the <string> of line 2 is still open`},
		{"<!-- a", `line 1, column 7: the file ends here (EOF), within a tag or a comment`},
		{`<plist><dict/>`, `line 1, column 15: the file ends here (EOF), and the <plist> of line 1 is still open`},
		{"<plist><dict>\n<key>a</string></dict></plist>", `line 2, column 7: </string> stands where the <key> of line 2 has to be closed first`},
		{"<plist>\n<dict><key>a</key><true/></array></plist>", `line 2, column 26: </array> stands where the <dict> of line 2 has to be closed first`},
		{`</plist>`, `no property list`},
		{`<?xml version="1.0"?></plist>`, `line 1, column 22: </plist> closes nothing that is open`},
		{`<plist></plist>`, `line 1, column 8: there is no value in it`},
		{`<plist/>`, `there is no value in it`},
		{`<?xml version="1.0"?>`, `there is no value in it`},
		{xml("<string>Söhne & Co</string>"), `an & that begins no entity has to be written &amp;`},
		{"<plist>\n<string>Müller&nbsp;Söhne</string></plist>", `line 2, column 21: &nbsp; is not defined: a property list knows &amp;`},
		{"<plist>\n<string>a < b</string></plist>", `line 2, column 11: a < that begins no tag has to be written &lt;`},
		{"<plist>\n<string>a</ string></plist>", `line 2, column 10: no name follows after </`},
		{"<plist>\n<string lang=de>a</string></plist>", `line 2, column 1: an attribute's value stands without quotes`},
		{"<plist>\n<string lang>a</string></plist>", `line 2, column 1: the tag is not closed by a >, or holds an attribute without a value`},
		{"<plist>\n<string lang=\"a<b\">a</string></plist>", `line 2, column 1: an attribute's value is not closed by a quote`},
		{"<plist>\n<true/ ></plist>", `line 2, column 1: a / stands in the tag where /> is meant`},
		{"<plist>\n<true<key>", `line 2, column 1: the tag is not closed by a >`},
		{"<plist><true></true x></plist>", `line 1, column 14: the tag </true> is not closed by a >`},
		{"<plist><!- a --><true/></plist>", `line 1, column 8: a comment has to begin with <!--`},
		{"<plist><string>a]]>b</string></plist>", `]]> stands outside of a CDATA section`},
		{"<plist><string><![cdata[a]]></string></plist>", `<![ begins nothing but <![CDATA[`},
		{"<plist>\n<string>M\xfcller</string></plist>", `line 2, column 10: a letter here is not in UTF-8`},
		{"<plist><string>\x01</string></plist>", `there is the character U+0001, which XML cannot hold`},
		{"<plist><string>&#0;</string></plist>", `there is the character U+0000`},
		{"<?xml version=\"1.0\" encoding=\"windows-1252\"?><plist><string>M\xfcller</string></plist>", `it says that it is written in "windows-1252", which is not read here: save it as UTF-8`},
		{`<?xml version="1.1"?><plist><true/></plist>`, `unsupported version "1.1"`},
		{"<plist><dict>\n<string>a</string></dict></plist>", `line 2, column 1: <string> stands where a dictionary has a <key>`},
		{"<plist><dict>\n<key>a</key></dict></plist>", `line 2, column 13: the key "a" has no value`},
		{"<plist><dict>\n<key>a</key>\n<key>b</key></dict></plist>", `line 3, column 1: the key "a" has no value, and another key follows`},
		{"<plist><dict>\n<key>a<b/></key></dict></plist>", `line 2, column 1: <b> stands within <key>, which holds text alone`},
		{"<plist>\n<dict>text</dict></plist>", `line 2, column 7: there is text in <dict>, outside of any value`},
		{"<plist><array>\ntext</array></plist>", `there is text in <array>, outside of any value`},
		{"<plist>text<dict/></plist>", `line 1, column 8: there is text outside of any value`},
		{"<plist><dict/>\ntext</plist>", `there is text outside of any value`},
		{"<plist><dict/>\n<dict/></plist>", `line 2, column 1: <dict> follows after the end of the one value that a property list has`},
		{"<plist><dict/>\n<plist/></plist>", `line 2, column 1: <plist> follows after the end`},
		{"<plist>\n<string>not<!-- this -->hidden</string></plist>", `line 2, column 12: a comment stands within <string>, where phones take none`},
		{"<plist><dict><key>a<?b c?></key><true/></dict></plist>", `a comment stands within <key>`},
		{"<plist><true> </true></plist>", `<true> holds text or blanks, and phones want it empty`},
		{"<plist><integer>7 </integer></plist>", `<integer> holds what is no whole number of 64 bits, or has a blank behind it`},
		{"<plist><date> 2027-12-31T23:59:59Z</date></plist>", `no date in the one form that is read, without blanks`},
		{"<plist>\n<bool>true</bool></plist>", `line 2, column 1: <bool> is no element of a property list`},
		{"<plist><key>a</key></plist>", `<key> is no element`},
		{"<plist><true>yes</true></plist>", `<true> holds text`},
		{"<plist><data/></plist>", `line 1, column 8: <data/> is empty, for which phones refuse the file`},
		{`<plist xmlns:x="a"><x:string>a</x:string></plist>`, `<string> belongs to another XML language`},
		{"<plist>\n <integer>many</integer></plist>", `line 2, column 2: <integer> holds what is no whole number of 64 bits`},
		{xml(`<integer></integer>`), `holds what is no whole number`},
		{xml(`<integer>1.5</integer>`), `no whole number`},
		{xml(`<integer>+-5</integer>`), `no whole number`},
		{xml(`<integer>0x-5</integer>`), `no whole number`},
		{xml(`<integer>1_000</integer>`), `no whole number`},
		{xml(`<integer>9223372036854775808</integer>`), `no whole number of 64 bits`},
		{xml(`<real>much</real>`), `<real> holds what is no number`},
		{xml(`<data>AAE</data>`), `<data> holds what is no base64`},
		{xml(`<data>ä</data>`), `no base64`},
		{xml(`<data>` + strings.Repeat("ä", 100) + `</data>`), `<data> holds what is no base64`},
		{xml(`<date>31.12.2027</date>`), `<date> holds what is no date in the one form that is read, without blanks: 2006-01-02T15:04:05Z`},
		{xml(`<date>2027-12-31T00:00:00+01:00</date>`), `no date in the one form`},
		{xml(`<date>2027-12-31T00:00:00.5Z</date>`), `no date in the one form`},
		{xml(`<date>2027-02-30T00:00:00Z</date>`), `no date in the one form`},
		{`<!DOCTYPE plist [<!ENTITY a "aaaa">]><plist><string>&a;</string></plist>`, `line 1, column 1: its DOCTYPE defines entities, which phones do not read and no profile needs`},
		{"<?xml version='1.0'?>\r\n<!DOCTYPE plist PUBLIC 'a' 'b'[]>\r\n<plist><true/></plist>", `line 2, column 1: its DOCTYPE ends in [], which .NET writes and phones do not read`},
		{"<plist>\n" + deep, fmt.Sprintf("line 2, column %d: it is nested more than 64 deep", 1+len(deep)-len("<array>"))},
		{xml("<array>" + strings.Repeat("<true/>", 100_000) + "</array>"), `it has more than 100000 values`},
	} {
		_, err := plist.Parse([]byte(c.file))
		syntax := new(plist.SyntaxError)
		if c.want == "no property list" {
			if !errors.Is(err, plist.ErrNotList) {
				t.Errorf("%.80q: %v, want ErrNotList", c.file, err)
			}
			continue
		}
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q:\n %v\nwant a SyntaxError with\n %s", c.file, err, c.want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\x01") {
			t.Errorf("%.80q: the error is not one line: %q", c.file, err)
		}
	}
}

func TestBounds(t *testing.T) {
	at := xml(strings.Repeat("<array>", plist.MaxDepth) + strings.Repeat("</array>", plist.MaxDepth))
	if _, err := plist.Parse([]byte(at)); err != nil {
		t.Errorf("%d arrays within each other: %v", plist.MaxDepth, err)
	}
	huge := append([]byte(xml("<string>")), make([]byte, plist.MaxSize)...)
	if _, err := plist.Parse(huge); !errors.Is(err, plist.ErrNotList) || !strings.Contains(err.Error(), "16,777,216") {
		t.Errorf("a file that is too large: %v", err)
	}
}

func TestWhatItLooksLike(t *testing.T) {
	for data, want := range map[string]struct{ xml, binary bool }{
		"":                                  {},
		"hello":                             {},
		"<html>":                            {},
		"{ a = b; }":                        {},
		"<?xml":                             {xml: true},
		" \r\n\t<plist>":                    {xml: true},
		"<!-- a profile -->":                {xml: true},
		"<!DOCTYPE plist>":                  {xml: true},
		"<!DOCTYPE html>":                   {},
		"\xef\xbb\xbf<?xml":                 {xml: true},
		"\xff\xfe<\x00?\x00x\x00m\x00l\x00": {xml: true},
		"\xfe\xff\x00<\x00h\x00t\x00m":      {},
		"bplist00":                          {binary: true},
		"bplist15":                          {},
	} {
		if plist.IsXML([]byte(data)) != want.xml || plist.IsBinary([]byte(data)) != want.binary {
			t.Errorf("%q: XML %v, binary %v", data, !want.xml, !want.binary)
		}
	}
}

func TestNodesThatAreNotThere(t *testing.T) {
	var none *plist.Node
	if none.Get("a") != nil || none.Is(plist.String) || none.Str() != "" || none.True() || none.Bytes() != nil || none.Plain() != nil {
		t.Error("a value that is not there has something in it")
	}
	f := parse(t, xml("<dict><key>a</key><true/></dict>"))
	if f.Root.Get("b") != nil || !f.Root.Get("a").True() || f.Root.Get("a").Get("c") != nil || !f.Root.Get("a").Is(plist.Boolean) {
		t.Errorf("read %v", f.Root.Plain())
	}
}
