package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

var updateStories = flag.Bool("update-stories", false, "write the golden texts of easkit explain anew")

// call runs easkit at the scripts' time, and returns what it prints.
func call(t *testing.T, status int, args ...string) (out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	sys := system{in: strings.NewReader(""), out: &o, err: &e, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }, sleep: quickly}
	if got := run(t.Context(), args, sys); got != status {
		t.Fatalf("easkit %s: exit status %d, want %d\n%s", strings.Join(args, " "), got, status, e.String())
	}
	return o.String(), e.String()
}

// The text for the help desk and the letter to the user, of the profiles that easkit
// builds. Look at each change: people read this.
func TestStories(t *testing.T) {
	golden, err := filepath.Abs("testdata/explain")
	if err != nil {
		t.Fatal(err)
	}
	built, err := filepath.Abs("../../ios/testdata")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, name := range []string{"oauth", "direct", "everything"} {
		data, err := os.ReadFile(filepath.Join(built, name+".mobileconfig"))
		if err == nil {
			err = os.WriteFile(name+".mobileconfig", data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("pw", []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, 0, "quickstart", "--dir", ".", "--force", "--quiet")
	for name, args := range map[string][]string{
		"scep":   {"--scep", "https://scep.contoso.com/scep", "--email", "alice@contoso.com"},
		"acme":   {"--acme", "https://acme.contoso.com/directory", "--email", "alice@contoso.com", "--ios", "16"},
		"tokens": {"--scep", "https://scep.contoso.com/scep", "--for", "mdm", "--template", "exchange-online-scep"},
	} {
		call(t, 0, append(append([]string{"ios", "--quiet"}, args...), "-o", name+".mobileconfig")...)
	}
	for _, test := range []struct {
		name string
		args []string
	}{
		{"oauth", []string{"oauth.mobileconfig", "--password-file", "pw"}},
		{"oauth-locked-mdm", []string{"oauth.mobileconfig", "--for", "mdm"}},
		{"oauth-adfs", []string{"oauth.mobileconfig", "--password-file", "pw", "--issuer", "adfs", "--mailbox", "exchange-server"}},
		{"direct", []string{"direct.mobileconfig", "--password-file", "pw"}},
		{"everything", []string{"everything.mobileconfig", "--password-file", "pw"}},
		{"scep", []string{"scep.mobileconfig"}},
		{"acme", []string{"acme.mobileconfig"}},
		{"placeholders", []string{"tokens.mobileconfig"}},
		{"signed", []string{"alice.mobileconfig", "--roots", "lab/root.pem", "--password-file", "alice.password"}},
		{"signed-no-roots", []string{"alice.mobileconfig", "--roots", "fabrikam.pem"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.name == "signed-no-roots" {
				other, err := os.ReadFile(filepath.Join(golden, "../../../../testdata/certs/fabrikam-root.pem"))
				if err == nil {
					err = os.WriteFile("fabrikam.pem", other, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			text, _ := call(t, 0, append([]string{"explain"}, test.args...)...)
			compareStory(t, filepath.Join(golden, test.name+".txt"), text)
			if strings.Contains(text, "IF IT GOES WRONG") && !strings.Contains(text, "placeholders") {
				letter, _ := call(t, 0, append([]string{"explain", "--letter"}, test.args...)...)
				compareStory(t, filepath.Join(golden, test.name+"-letter.txt"), letter)
				for _, word := range []string{"ios-", "AADSTS", "OAuth", "CMS", "PKCS"} {
					if strings.Contains(letter, word) {
						t.Errorf("the letter says %s", word)
					}
				}
			}
		})
	}
}

func compareStory(t *testing.T, path, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(strings.TrimRight(line, "\n")) > pageWidth {
			t.Errorf("over %d columns: %s", pageWidth, line)
		}
	}
	if *updateStories {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s differs; look at the change, then: go test ./cmd/easkit -run TestStories -update-stories\n%s", filepath.Base(path), text)
	}
}

// Numbers of every kind in a story are explained, and what it sends to is there.
func TestStoriesNameWhatExists(t *testing.T) {
	all := explained()
	for _, name := range []string{"oauth", "direct", "everything"} {
		data, err := os.ReadFile("../../ios/testdata/" + name + ".mobileconfig")
		if err != nil {
			t.Fatal(err)
		}
		f, err := ios.Open(data)
		if err != nil {
			t.Fatal(err)
		}
		s := ios.Explain(preflight.Scenario{At: scriptTime}, f, ios.Known{})
		for _, step := range append(append(s.Steps, s.After...), s.Wrong...) {
			for _, c := range step.Codes {
				if len(preflight.FindCodes(all, c.ID)) != 1 {
					t.Errorf("%s: %s is not explained", step.Kind, c.ID)
				}
			}
			for _, command := range commands(step.Does + " " + step.Means) {
				wantVerb(t, step.Kind, command)
			}
		}
	}
}

// wantVerb wants the first word behind the program's name to be a command.
func wantVerb(t *testing.T, where string, words []string) {
	t.Helper()
	if len(words) == 0 || words[0] == "counts" { // a sentence that speaks of the program
		return
	}
	if cmd, _, err := newRoot(&app{}).Find(words[:1]); err != nil || !cmd.HasParent() {
		t.Errorf("%s sends to easkit %s, which is not there", where, words[0])
	}
}

// What users say is no code: the codes that speak of it are offered, and no more than
// fit a line or two.
func TestSpeakOf(t *testing.T) {
	all := explained()
	for _, test := range []struct{ text, want string }{
		{"wrong password", "ios-9000"}, {"Incorrect PASSWORD", "ios-9000"}, {"no such words", ""}, {"", ""}, {"wrong passwo", "ios-9000"},
	} {
		var ids []string
		for _, c := range speakOf(all, test.text) {
			ids = append(ids, c.ID)
		}
		got := strings.Join(ids, " ")
		if !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
		hint := wordsHint(all, test.text)
		if !strings.Contains(hint, "easkit explain PROFILE") || strings.Count(hint, "ios-")+strings.Count(hint, "AADSTS") > spoken {
			t.Errorf("%q: %s", test.text, hint)
		}
	}
}
