package provision_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

const (
	foreignDir = "../../testdata/foreign"
	password   = "correct horse" // of the foreign files
)

// now is the clock of all tests.
var now = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// foreign reads a file that another tool made.
func foreign(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(foreignDir, file))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// request asks for the results of a foreign file, for Exchange Online and oauth.
func request(t testing.TB, file string) provision.Request {
	t.Helper()
	b, err := certs.Read(foreign(t, file), certs.Unlock{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	template, err := profiles.Preset("exchange-online")
	if err != nil {
		t.Fatal(err)
	}
	return provision.Request{Name: "alice", Bundle: b, Template: template, Scenario: preflight.Scenario{At: now}}
}

// aliceSigner signs with a certificate that is valid until 2036.
func aliceSigner(t testing.TB) *signer.Signer {
	t.Helper()
	s, err := signer.Open(filepath.Join(foreignDir, "alice-pkcs8.pem"), certs.Unlock{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// makeIOS makes an iOS profile that passes its checks.
func makeIOS(t testing.TB, req provision.Request) *provision.Result {
	t.Helper()
	r, err := provision.IOS(t.Context(), req)
	return passed(t, r, err)
}

// makeAndroid makes an Android configuration that passes its checks.
func makeAndroid(t testing.TB, req provision.Request) *provision.Result {
	t.Helper()
	r, err := provision.Android(t.Context(), req)
	return passed(t, r, err)
}

func passed(t testing.TB, r *provision.Result, err error) *provision.Result {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed() || len(r.Files) == 0 {
		t.Fatalf("no files: %+v", r.Findings)
	}
	return r
}

// names lists the files of a result.
func names(files []provision.File) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return all
}

// file finds a file by its name.
func file(t testing.TB, files []provision.File, name string) []byte {
	t.Helper()
	i := slices.IndexFunc(files, func(f provision.File) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no %s among %q", name, names(files))
	}
	return files[i].Data
}

// profile reads the .mobileconfig of a result back.
func profile(t testing.TB, r *provision.Result) *profiles.Document {
	t.Helper()
	doc, err := ios.Parse(file(t, r.Files, "alice.mobileconfig"))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// open opens a PKCS#12 file and picks its identity.
func open(t testing.TB, p12 []byte, password certs.Password) *certs.Identity {
	t.Helper()
	b, err := certs.Read(p12, certs.Unlock{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	id, err := b.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// told is the password that a result's password file tells.
func told(t testing.TB, r *provision.Result) certs.Password {
	t.Helper()
	line, ok := strings.CutSuffix(string(file(t, r.Files, "alice.password")), "\n")
	if !ok || strings.ContainsAny(line, "\r\n") {
		t.Fatal("the password file is not one line")
	}
	return certs.Password(line)
}

// hasNote reports whether a note holds a text.
func hasNote(r *provision.Result, text string) bool {
	return slices.ContainsFunc(r.Notes, func(note string) bool { return strings.Contains(note, text) })
}
