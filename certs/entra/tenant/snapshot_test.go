package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// What is read and what is opened again is the same, users included.
func TestRoundTrip(t *testing.T) {
	r := &tenantReader{answers: answers(t)}
	read, files := collect(t, r)
	opened, err := Open(fstest.MapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read, opened, cmpopts.IgnoreUnexported(Snapshot{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	users, err := OpenUsers(fstest.MapFS(files))
	if err != nil || users.Len() != 2 || users.ByUPN("bob@contoso.com").ID != bobID || !users.KnowsIDs() {
		t.Errorf("%v, %v", users, err)
	}
	if read.Organization.ID != tenantID || len(read.PKIs[0].CAs) != 1 || len(read.Classic) != 1 || len(read.AppleMail.Grants) != 1 || len(read.Groups[0].Members) != 2 {
		t.Errorf("%+v", read)
	}
	asked := slices.Clone(r.asked)
	slices.Sort(asked)
	if len(slices.Compact(asked)) != len(r.asked) {
		t.Errorf("something was read twice: %q", r.asked)
	}
}

// Elements stay as Graph sent them: numbers, unknown properties and their order.
func TestVerbatim(t *testing.T) {
	a := answers(t)
	a["/domains"] = `[{"z":1.50,"a":"\u00e9 <b>","id":"contoso.com","authenticationType":"Managed","new":{"x":[1,2]}}]`
	_, files := collect(t, &tenantReader{answers: a})
	want := `{"value": [
  {
    "z": 1.50,
    "a": "\u00e9 <b>",
    "id": "contoso.com",
    "authenticationType": "Managed",
    "new": {
      "x": [
        1,
        2
      ]
    }
  }
]}
`
	if diff := cmp.Diff(want, string(files[DomainsFile].Data)); diff != "" {
		t.Error(diff)
	}
	for name, f := range files {
		if !json.Valid(f.Data) {
			t.Errorf("%s is no JSON:\n%s", name, f.Data)
		}
	}
	var about map[string]any
	if err := json.Unmarshal(files[AboutFile].Data, &about); err != nil || about["schema"] != Schema || about["at"] != "2026-11-21T12:00:00Z" || about["by"] != "easkit test" || about["cloud"] != "worldwide" {
		t.Errorf("%v %v", about, err)
	}
}

// What Graph refuses is missing, with the reason, and never "none".
func TestRefused(t *testing.T) {
	const policies = "/identity/conditionalAccess/policies"
	r := &tenantReader{answers: answers(t), refuse: map[string]error{policies: refusal(http.StatusForbidden), graph.PKIPath + "/" + pkiID + "/certificateAuthorities": refusal(http.StatusForbidden)}}
	s, files := collect(t, r)
	for _, file := range []string{AccessFile, PKIFile} {
		if s.Has(file) || !strings.Contains(s.Why(file), "403") || files[file] != nil {
			t.Errorf("%s: %q, %v", file, s.Why(file), files[file])
		}
	}
	if len(s.PKIs) != 0 {
		t.Errorf("half a trust store: %+v", s.PKIs)
	}
	opened, err := Open(fstest.MapFS(files))
	if err != nil || opened.Why(AccessFile) != s.Why(AccessFile) || !opened.Has(MethodFile) {
		t.Errorf("%v: %+v", err, opened)
	}
	expect(t, opened.Check(oauth, nil), "tenant.conditional-access", skip, "403", "")
}

// A group that policies name and that is gone is no reason to give up the others.
func TestDeletedGroup(t *testing.T) {
	a := answers(t)
	a["/policies/featureRolloutPolicies?$expand=appliesTo"] = `[{"displayName":"old","isEnabled":false,"appliesTo":[{"id":"` + deleted + `"}]}]`
	s, _ := collect(t, &tenantReader{answers: a})
	if !s.Has(GroupsFile) || len(s.Groups) != 1 || s.Groups[0].ID != pilots {
		t.Errorf("%q: %+v", s.Why(GroupsFile), s.Groups)
	}
}

func TestCollectErrors(t *testing.T) {
	broken := errors.New("disk full")
	for _, row := range []struct {
		name   string
		change func(*tenantReader, *CollectOptions)
		says   string
	}{
		{"organization refused", func(r *tenantReader, _ *CollectOptions) {
			r.refuse = map[string]error{"/organization": refusal(http.StatusForbidden)}
		}, "reading the tenant for organization.json: "},
		{"no organization", func(r *tenantReader, _ *CollectOptions) { r.answers["/organization"] = "[]" }, "no organization came"},
		{"sign-in over", func(r *tenantReader, _ *CollectOptions) {
			r.refuse = map[string]error{"/domains": refusal(http.StatusUnauthorized)}
		}, "domains.json"},
		{"no answer", func(r *tenantReader, _ *CollectOptions) {
			r.refuse = map[string]error{"/domains": &graph.Error{Path: "/domains", Err: errors.New("connection refused")}}
		}, "connection refused"},
		{"not understood", func(r *tenantReader, _ *CollectOptions) { r.answers["/domains"] = `[{"id":7}]` }, "object 1"},
		{"disk full", func(_ *tenantReader, o *CollectOptions) {
			o.Write = func(string, func(io.Writer) error) error { return broken }
		}, "disk full"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, o := &tenantReader{answers: answers(t)}, CollectOptions{Now: testClock, Write: folder{}.write}
			row.change(r, &o)
			if s, err := Collect(context.Background(), r, o); s != nil || err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one with %q", err, row.says)
			}
		})
	}
}

func TestCollectEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	files := folder{}
	write := func(file string, content func(io.Writer) error) error {
		if file == AccessFile {
			cancel()
		}
		return files.write(file, content)
	}
	_, err := Collect(ctx, &tenantReader{answers: answers(t)}, CollectOptions{Now: testClock, Write: write})
	if !errors.Is(err, context.Canceled) || files[AccessFile] != nil {
		t.Errorf("%v", err)
	}
}

// A live check keeps no files, and does not read the users.
func TestCollectWithoutFiles(t *testing.T) {
	r := &tenantReader{answers: answers(t)}
	s, err := Collect(context.Background(), r, CollectOptions{Now: testClock, Users: true})
	if err != nil || s.Has(UsersFile) || s.Has(MailboxesFile) || !s.Has(MethodFile) {
		t.Errorf("%v: %+v", err, s)
	}
	if slices.ContainsFunc(r.asked, func(path string) bool { return strings.HasPrefix(path, "/users") }) {
		t.Errorf("%q", r.asked)
	}
}

func TestOpenForms(t *testing.T) {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for _, row := range []struct {
		name, file, text, says string // no says: it opens
	}{
		{"byte order mark", DomainsFile, "\ufeff{\"value\":[]}", ""},
		{"UTF-16", DomainsFile, "\xff\xfe[\x00]\x00", ""},
		{"array", DomainsFile, `[{"id":"contoso.com"}]`, ""},
		{"page with one policy", ConsentFile, `{"value":[{"id":"authorizationPolicy"}]}`, ""},
		{"bytes as numbers", ClassicFile, `{"value":[{"certificateAuthorities":[{"certificate":[48,0]}]}]}`, ""},
		{"cut short", DomainsFile, `{"value":[`, "domains.json: unexpected end of JSON input: take the snapshot again"},
		{"more pages", AccessFile, `{"value":[],"@odata.nextLink":"https://…"}`, "more pages follow"},
		{"no page", AccessFile, `{"id":"x"}`, `there is no array "value"`},
		{"an error of Graph", MethodFile, `{"value":[]}`, "0 objects"},
		{"a string for an object", AccessFile, `{"value":["x"]}`, "object 1 is no object"},
		{"null for an object", AccessFile, `{"value":[null]}`, "object 1 is no object"},
		{"two organizations", OrganizationFile, `{"value":[{"id":"a"},{"id":"b"}]}`, "more than one"},
		{"no certificate", ClassicFile, `{"value":[{"certificateAuthorities":[{"certificate":"*"}]}]}`, "illegal base64"},
		{"a workbook", DomainsFile, "PK\x03\x04", "workbook"},
		{"another schema", AboutFile, `{"schema":"easkit/tenant-snapshot/v9"}`, "take the easkit that wrote it"},
		{"another cloud", AboutFile, `{"schema":"` + Schema + `","cloud":"moon"}`, `"moon" is unknown`},
		{"no time", AboutFile, `{"schema":"` + Schema + `","at":"yesterday"}`, "snapshot.json"},
		{"no mailbox column", MailboxesFile, "Name\nalice\n", "ActiveSyncEnabled"},
	} {
		t.Run(row.name, func(t *testing.T) {
			files := fstest.MapFS{AboutFile: text(`{"schema":"` + Schema + `"}`), row.file: text(row.text)}
			s, err := Open(files)
			switch {
			case row.says == "" && (err != nil || !s.Has(row.file)):
				t.Errorf("%v", err)
			case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%v, want one with %q", err, row.says)
			}
		})
	}
}

// A folder that holds nothing but its own description tells of nothing.
func TestOpenEmpty(t *testing.T) {
	if _, err := Open(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "there is no snapshot.json") {
		t.Error(err)
	}
	files := fstest.MapFS{AboutFile: &fstest.MapFile{Data: []byte(`{"schema":"` + Schema + `","missing":[{"file":"domains.json","why":"forbidden\u001b[31m"}]}`)}}
	s, err := Open(files)
	if err != nil {
		t.Fatal(err)
	}
	if s.Why(MethodFile) != "the snapshot has no such file" || s.Why(DomainsFile) != "forbidden\ufffd[31m" || s.Why("else") != "" {
		t.Errorf("%+v", s.Missing)
	}
	user := alice()
	findings := append(s.Check(oauth, people()), CheckUser(oauth, &User{Snapshot: s, User: &user})...)
	for _, f := range append(findings, s.Check(direct, people())...) {
		if f.Status != preflight.StatusSkip && f.Message != anyDomain(direct)[0].Message {
			t.Errorf("%s: %s: %s", f.Check, f.Status, f.Message)
		}
	}
	if _, err := OpenUsers(files); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
