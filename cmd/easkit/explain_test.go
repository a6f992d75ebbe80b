package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

func TestExplained(t *testing.T) { checktest.Codes(t, explained()) }

// What a report says that a failure is seen as can be looked up.
func TestCodesOfChecksAreExplained(t *testing.T) {
	all := explained()
	for _, info := range catalogue() {
		for _, code := range info.Codes {
			if len(preflight.FindCodes(all, code)) != 1 {
				t.Errorf("%s, of %s, is not explained", code, info.ID)
			}
		}
	}
}

// So can what the code names besides, in outcomes for instance, and in the help.
func TestCodesInSourceAreExplained(t *testing.T) {
	all := explained()
	aadsts := regexp.MustCompile(`AADSTS\d+`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".txt", ".md", ".html"}, filepath.Ext(path)) {
			return err
		}
		if filepath.ToSlash(path) == "../../profiles/lab/eas_authority.go" { // plays Entra ID to apps, whose mistakes have codes of their own
			return nil
		}
		text, err := os.ReadFile(path)
		for _, code := range aadsts.FindAllString(string(text), -1) {
			if len(preflight.FindCodes(all, code)) != 1 {
				t.Errorf("%s names %s, which is not explained", path, code)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// texts is all that is said of a code.
func texts(c preflight.Code) []string { return append(slices.Clone(c.Check), c.Seen, c.Means, c.Fix) }

// An explanation sends nobody to a command, flag, topic, check or code that is
// not there.
func TestExplanationsNameWhatExists(t *testing.T) {
	all := explained()
	code := regexp.MustCompile(`\b(AADSTS\d{4,}|(?:ios|eas|http)-\d+(?:\.\d+)?)`)
	check := regexp.MustCompile(`\b(?:cert|ca|crl|tenant|profile|eas)(?:\.[a-z][a-z0-9-]*)+`)
	var ids []string
	for _, info := range catalogue() {
		ids = append(ids, info.ID)
	}
	for _, c := range all {
		for _, text := range texts(c) {
			for _, command := range commands(text) {
				wantCommand(t, c.ID, command)
			}
			for _, id := range code.FindAllString(text, -1) {
				if len(preflight.FindCodes(all, id)) != 1 {
					t.Errorf("%s refers to %s, which is not explained", c.ID, id)
				}
			}
			for _, id := range check.FindAllString(text, -1) {
				if id != "crl.contoso.com" && !slices.Contains(ids, id) {
					t.Errorf("%s refers to the check %s, which is not there", c.ID, id)
				}
			}
		}
	}
}

// commands are the calls of easkit in a text: from its name to what can't be an
// argument.
func commands(text string) [][]string {
	var all [][]string
	for _, call := range regexp.MustCompile(`\beaskit ([^(),;:]*)`).FindAllStringSubmatch(strings.ReplaceAll(text, "http://", ""), -1) {
		all = append(all, strings.Fields(call[1]))
	}
	return all
}

// ownVerbs follow the name of the program where a sentence speaks of it.
var ownVerbs = []string{"finds"}

func wantCommand(t *testing.T, id string, args []string) {
	t.Helper()
	root := newRoot(&app{})
	root.InitDefaultHelpCmd()
	if len(args) > 0 && slices.Contains(ownVerbs, args[0]) {
		return
	}
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root {
		t.Errorf("%s sends to easkit %s, which is no command (%v)", id, strings.Join(args, " "), err)
		return
	}
	if cmd.Name() == "help" {
		wantCommand(t, id, rest)
		return
	}
	for _, arg := range rest {
		if name, ok := strings.CutPrefix(arg, "--"); ok && cmd.Flags().Lookup(name) == nil && cmd.InheritedFlags().Lookup(name) == nil {
			t.Errorf("%s sends to easkit %s, which has no %s", id, cmd.Name(), arg)
		}
	}
	if cmd.HasSubCommands() {
		t.Errorf("%s sends to easkit %s without saying which", id, cmd.Name())
	}
}

// Pages and the list fit a terminal, sources aside: a broken URL is no use.
func TestExplanationsFitTheTerminal(t *testing.T) {
	var b bytes.Buffer
	for _, c := range explained() {
		writeCode(&b, c)
		b.WriteString(strings.Repeat(" ", 15) + c.Title + "\n") // as the list has it
	}
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimRight(line, "\n"); utf8.RuneCountInString(line) > pageWidth && !strings.Contains(line, "https://") {
			t.Errorf("over %d columns: %s", pageWidth, line)
		}
	}
}

func TestWriteWrapped(t *testing.T) {
	long := strings.Repeat("x", 90)
	for _, test := range []struct{ text, want string }{
		{"", "- \n"},
		{"a b", "- a b\n"},
		{strings.Repeat("ab ", 27), "- " + strings.TrimSpace(strings.Repeat("ab ", 26)) + "\n    ab\n"},
		{strings.Repeat("äö ", 26), "- " + strings.TrimSpace(strings.Repeat("äö ", 26)) + "\n"},
		{"a " + long + " b", "- a\n    " + long + "\n    b\n"},
	} {
		var b bytes.Buffer
		writeWrapped(&b, "- ", "    ", test.text)
		if b.String() != test.want {
			t.Errorf("%q is wrapped as\n%s", test.text, b.String())
		}
	}
}

func TestJoined(t *testing.T) {
	for args, want := range map[string]string{
		"aadsts 50034":                           "aadsts 50034",
		"126 403.16":                             "126|403.16",
		"AADSTS: 50034 MCEASErrorDomain 21007 7": "AADSTS: 50034|MCEASErrorDomain 21007|7",
		"errSecAuthFailed":                       "errSecAuthFailed",
		"ios-9000 foo":                           "ios-9000|foo",
	} {
		if got := strings.Join(joined(strings.Fields(args)), "|"); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}
