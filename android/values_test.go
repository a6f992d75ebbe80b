package android

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/profiles"
)

func notesTable(t testing.TB) *schema.Table {
	t.Helper()
	table, err := schema.Parse(readFile(t, "../testdata/android/notes-amapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// wrong are the findings that are worse than a skip, as words.
func wrong(t testing.TB, sub *Subject) []string {
	t.Helper()
	var all []string
	for _, f := range Check(preflight.Scenario{At: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}, sub) {
		checktest.Finding(t, f)
		if strings.Contains(f.Message, "hunter2") {
			t.Errorf("a secret is shown: %s", f.Message)
		}
		if f.Status.Worse(preflight.StatusSkip) {
			all = append(all, string(f.Status)+" "+f.Value)
		}
	}
	return all
}

const soundValues = `{"theme":"dark","folders":["sent"],"token":"","sync":false,"days":7,"proxy":{"name":"p"},"accounts":[{"host":"a","port":443},{"account":{"host":"b"}}]}`

// Values of each type reach each form, and read back from it as what they were.
func TestValuesInEachForm(t *testing.T) {
	table := notesTable(t)
	c, sub, err := ReadValues([]byte(soundValues), "", "", table)
	if err != nil {
		t.Fatal(err)
	}
	if got := wrong(t, sub); len(got) > 0 {
		t.Errorf("findings %q", got)
	}
	golden(t, "values.enterprise.json", must(t)(c.Enterprise()))
	golden(t, "values.intune.json", must(t)(c.Intune(FullyManaged)))
	for _, form := range [][]byte{must(t)(c.AMAPI()), must(t)(c.Enterprise()), must(t)(c.Intune(WorkProfile))} {
		back := NewSubject(form, profiles.ForIntune)
		if back.Err != nil {
			t.Fatal(back.Err)
		}
		back.Schema = table
		if got := wrong(t, back); len(got) > 0 || back.File.Configurations[0].Package != "com.example.notes" {
			t.Errorf("%s: findings %q", form, got)
		}
		read, err := given(back.File.Configurations[0].Values, table, 0)
		if err != nil {
			t.Fatal(err)
		}
		var compacted bytes.Buffer
		if err := json.Compact(&compacted, must(t)(encode(read))); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(soundValues, compacted.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", back.File.Form, diff)
		}
	}
}

// What the app would not take, or Intune not fill in, is found before it is written.
func TestValuesAreJudged(t *testing.T) {
	for _, tt := range []struct {
		name, values string
		want         []string
	}{
		{"unknown", `{"colour":"dark"}`, []string{"fail unknown-key"}},
		{"misspelt", `{"thme":"dark"}`, []string{"fail misspelt-key"}},
		{"type", `{"days":"7"}`, []string{"fail wrong-type"}},
		{"choice", `{"theme":"hunter2"}`, []string{"fail bad-value"}},
		{"nesting", `{"proxy":{"port":1}}`, []string{"warn missing-key", "fail unknown-key"}},
		{"none in a list", `{"accounts":[],"folders":[]}`, nil},
		{"placeholder", `{"token":"{{mail}}"}`, nil},
		{"no such placeholder", `{"token":"{{email}}"}`, []string{"warn unknown-token"}},
		{"key", `{"token":"-----BEGIN PRIVATE KEY-----hunter2"}`, []string{"fail key"}},
		{"UTF-16", "\xff\xfe{\x00\"\x00d\x00a\x00y\x00s\x00\"\x00:\x007\x00}\x00", []string{"fail utf-16"}},
		{"as an application", `{"packageName":"com.example.notes","managedConfiguration":{"sync":true}}`, nil},
	} {
		_, sub, err := ReadValues([]byte(tt.values), "", "", notesTable(t))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := wrong(t, sub); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Call, file and schema agree on the app, and an app with several packages is not
// guessed.
func TestValuesPackage(t *testing.T) {
	table := notesTable(t)
	const anyValue = `{"x":"y"}`
	nameless := &schema.Table{Keys: table.Keys}
	for _, tt := range []struct {
		app, pkg, values string
		table            *schema.Table
		want, refused    string
	}{
		{"", "", anyValue, table, "com.example.notes", ""},
		{"", "com.example.notes", anyValue, nameless, "com.example.notes", ""},
		{"samsung", "", anyValue, nameless, "com.samsung.android.email.provider", ""},
		{"nine", "com.ninefolders.hd3.work", anyValue, nil, "com.ninefolders.hd3.work", ""},
		{"gmail", "", anyValue, nil, "com.google.android.gm", ""},
		{"nine", "", anyValue, nil, "", "nine is in com.ninefolders.hd3, com.ninefolders.hd3.work"},
		{"nine", "com.example.notes", anyValue, nil, "", "no package of the app nine"},
		{"samsung", "", anyValue, nil, "", "no schema of the app was given"},
		{"k9", "", anyValue, nil, "", "it is one of gmail, outlook, nine, samsung"},
		{"", "", anyValue, nameless, "", "which app the values are for"},
		{"", "com.example.other", anyValue, table, "", "the schema is for com.example.notes"},
		{"", "notes", anyValue, nil, "", "no package of Android"},
		{"", "", `{"packageName":"com.example.other","managedConfiguration":{}}`, table, "", "the schema is for com.example.notes"},
		{"", "", `[]`, table, "", "an object of keys"},
		{"", "", "{\n'a':1}", table, "", "line 2, column 1"},
	} {
		c, _, err := ReadValues([]byte(tt.values), tt.app, tt.pkg, tt.table)
		switch {
		case tt.refused == "" && (err != nil || c.App.Package != tt.want):
			t.Errorf("%s %s: %v", tt.app, tt.pkg, err)
		case tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)):
			t.Errorf("%s %s: %v, want %q", tt.app, tt.pkg, err, tt.refused)
		}
	}
	if _, _, err := ReadValues([]byte(anyValue), "samsung", "", nil); !errors.Is(err, ErrNoTable) {
		t.Error(err)
	}
}

// What no form of a configuration has is refused, where the rest would be written
// without it, and so is what is no object of keys and values.
func TestValuesRefused(t *testing.T) {
	for _, tt := range []struct{ name, app, values, want string }{
		{"too deep", "", `{"proxy":{"name":{"a":{"b":1}}}}`, "line 1, column 23: bundles are nested deeper than the 2 levels"},
		{"too deep in a list", "", `{"accounts":[{"account":{"host":{"x":1}}}]}`, "nested deeper"},
		{"null", "", "{\n\"sync\":null}", "line 2, column 8: sync is null, and configurations have"},
		{"null in an object", "", `{"proxy":{"name":null}}`, "name is null"},
		{"twice", "", `{"proxy":{"name":"a","name":"b"}}`, "name is there twice"},
		{"fraction", "", `{"days":1.5}`, "days is a number"},
		{"too large", "", `{"days":99999999999999999999}`, "days is a number"},
		{"mixed list", "", `{"accounts":[{"host":"a"},"b"]}`, "there is a string in the list accounts"},
		{"list of numbers", "", `{"folders":[1]}`, "there is an integer in the list folders"},
		{"nothing", "", `{}`, "there is no key in it"},
		{"nothing in an application", "", `{"packageName":"com.example.notes","managedConfiguration":{}}`, "there is no key in it"},
		{"null for an application's values", "", `{"packageName":"com.example.notes","managedConfiguration":null}`, "managedConfiguration is null"},
		{"Google Play's form", "", `{"kind":"androidenterprise#managedConfiguration","managedProperty":[]}`, "it is a managed configuration of Google Play"},
		{"Google Play's form without its kind", "", `{"managedProperty":[{"key":"theme","valueString":"dark"}]}`, "it is a managed configuration of Google Play"},
		{"Intune's form", "", `{"payloadJson":"e30="}`, "it is an app configuration of Intune"},
		{"a policy", "", `{"applications":[{"packageName":"com.example.notes","managedConfiguration":{"theme":"dark"}}]}`, "it is a policy of the Android Management API"},
		{"a bundle", "", `{"schema":"easkit/bundle/v1","managedConfiguration":{"theme":"dark"}}`, "it is an easkit bundle"},
		{"a part of Gmail's account", "gmail", `{"email_address":"alice@contoso.com"}`, "exchange_host and exchange_username missing"},
	} {
		table := notesTable(t)
		if tt.app != "" {
			table = nil
		}
		_, _, err := ReadValues([]byte(tt.values), tt.app, "", table)
		var refused *ValuesError
		if !errors.As(err, &refused) || refused.Hint == "" || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	own := &schema.Table{App: "com.example.notes", Keys: []schema.Key{{Key: "applications", Type: schema.BundleArray}, {Key: "kind", Type: schema.String}}}
	if _, _, err := ReadValues([]byte(`{"applications":[],"kind":"androidenterprise#x"}`), "", "", own); err != nil {
		t.Errorf("keys that are the app's own: %v", err)
	}
}

// Nine's servers are names, and what it requires is not empty.
func TestValuesOfNine(t *testing.T) {
	for _, tt := range []struct {
		host, publisher, more string
		want                  []string
	}{
		{"mail.contoso.com", "Contoso", "", nil},
		{"mail.contoso.com:4433", "Contoso", `,"AppServiceHosts":"a.contoso.com;b.contoso.com"`, nil},
		{"{{mail}}", "Contoso", "", nil},
		{"https://mail.contoso.com/x", "Contoso", "", []string{"fail bad-value"}},
		{`mail\u001b[31m.contoso.com`, "Contoso", "", []string{"fail bad-value"}},
		{"alice:hunter2@mail.contoso.com", "Contoso", "", []string{"fail bad-value"}},
		{"mail.contoso.com", "Contoso", `,"AppServiceHosts":"a.contoso.com;https://b.contoso.com"`, []string{"fail bad-value"}},
		{"", " ", "", []string{"fail missing-key", "fail missing-key"}},
	} {
		values := `{"AppServiceHost":"` + tt.host + `","AppServicePublisher":"` + tt.publisher + `"` + tt.more + `}`
		_, sub, err := ReadValues([]byte(values), "nine", "com.ninefolders.hd3", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := wrong(t, sub); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", values, got, tt.want)
		}
	}
}

// With placeholders the configuration is everybody's, wherever they stand.
func TestValuesOfEverybody(t *testing.T) {
	for values, want := range map[string]bool{
		`{"token":"x"}`: false, `{"token":"{{mail}}"}`: true, `{"folders":["{{mail}}"]}`: true,
		`{"proxy":{"name":"{{mail}}"}}`: true, `{"accounts":[{"host":"{{mail}}"}]}`: true,
	} {
		c, _, err := ReadValues([]byte(values), "", "", notesTable(t))
		if err != nil {
			t.Fatal(err)
		}
		if c.Everybody() != want || strings.Contains(strings.Join(c.Notes, " "), "form was not written") != want {
			t.Errorf("%s: everybody's %v; %q", values, c.Everybody(), c.Notes)
		}
	}
}

func FuzzReadValues(f *testing.F) {
	f.Add([]byte(soundValues))
	f.Add([]byte(`{"managedConfiguration":{"a":[[{}]]},"packageName":"com.example.notes"}`))
	table := notesTable(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, sub, err := ReadValues(data, "", "", table)
		if err != nil {
			return
		}
		wrong := Check(preflight.Scenario{}, sub)
		for _, finding := range wrong {
			checktest.Finding(t, finding)
		}
		if _, err := c.Intune(FullyManaged); err != nil {
			t.Fatal(err)
		}
	})
}
