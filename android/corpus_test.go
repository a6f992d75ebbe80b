package android_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
	"github.com/easkit/easkit/profiles"
)

const corpusDir = "../testdata/android"

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sample is a row of the corpus' index: see README.md beside it.
type sample struct {
	File, Shape, About, Schema string
	For                        profiles.Delivery
	Android                    int
	Mailbox                    preflight.Mailbox
	Auth                       preflight.Auth
	Password                   certs.Password
	Expect                     []checktest.Expected
}

func corpus(t testing.TB) []sample {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusDir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func sampleFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpusDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (s sample) findings(t testing.TB) []preflight.Finding {
	t.Helper()
	delivery := s.For
	if delivery == "" {
		delivery = profiles.ForManual
	}
	sub := android.NewSubject(sampleFile(t, s.File), delivery)
	sub.Auth, sub.Password = s.Auth, s.Password
	if s.Schema != "" {
		var err error
		if sub.Schema, err = schema.Parse(sampleFile(t, s.Schema)); err != nil {
			t.Fatal(err)
		}
	}
	return android.Check(preflight.Scenario{At: now, Android: s.Android, Mailbox: s.Mailbox}, sub)
}

// Each configuration of the corpus has exactly the findings that its index names.
func TestCorpus(t *testing.T) {
	for _, s := range corpus(t) {
		t.Run(strings.TrimSuffix(s.File, ".json"), func(t *testing.T) {
			got := s.findings(t)
			for _, f := range got {
				checktest.Finding(t, f)
				if strings.Contains(f.Message, "hunter2") || strings.Contains(f.Message, "MC4CAQ") {
					t.Errorf("a secret is shown: %s", f.Message)
				}
			}
			checktest.Exactly(t, got, s.Expect)
		})
	}
}

// The corpus is broad, and names each of its files.
func TestCorpusIsBroad(t *testing.T) {
	shapes, files := map[string]bool{}, map[string]bool{}
	passes, others := map[string]bool{}, map[string]bool{}
	for _, s := range corpus(t) {
		files[s.File], files[s.Schema], shapes[s.Shape] = true, true, true
		for _, f := range s.findings(t) {
			passes[f.Check] = passes[f.Check] || f.Status == preflight.StatusPass
			others[f.Check] = others[f.Check] || f.Status.Worse(preflight.StatusSkip)
		}
	}
	if len(files) < 50 || len(shapes) < 10 {
		t.Errorf("%d files of %d shapes, want 50 and 10", len(files), len(shapes))
	}
	for check := range passes {
		if !passes[check] || !others[check] {
			t.Errorf("%s does not both pass and not pass", check)
		}
	}
	found, err := filepath.Glob(filepath.Join(corpusDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		name := filepath.Base(path)
		if !files[name] && name != "index.json" && name != "README.md" && !strings.HasPrefix(name, "notes-") { // package schema reads those
			t.Errorf("%s is not in the index", path)
		}
	}
}

// What easkit builds itself has nothing against it, but that direct sign-in ends.
func TestOwnFiles(t *testing.T) {
	found, err := filepath.Glob("testdata/*.json")
	if err != nil || len(found) < 10 {
		t.Fatalf("%d files, %v", len(found), err)
	}
	for _, path := range found {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sub := android.NewSubject(data, profiles.ForMDM)
		sub.Password = "correct horse"
		for _, f := range android.Check(preflight.Scenario{At: now, Mailbox: preflight.ExchangeServer}, sub) {
			if f.Status.Worse(preflight.StatusSkip) {
				t.Errorf("%s: %s %s: %s", path, f.Check, f.Status, f.Message)
			}
		}
	}
}

// The directory tells where the mailbox is, and whether there is such a user.
func TestUsers(t *testing.T) {
	for _, test := range []struct {
		users   string
		mailbox preflight.Mailbox
		value   string
	}{
		{"userPrincipalName,mailbox\nalice@contoso.com,exchange-server\n", preflight.ExchangeServer, ""},
		{"userPrincipalName\nbob@contoso.com\n", preflight.MailboxUnknown, "no-such-user"},
	} {
		users, err := entra.ParseUsers(strings.NewReader(test.users))
		if err != nil {
			t.Fatal(err)
		}
		sub := android.NewSubject(sampleFile(t, "amapi-direct.json"), profiles.ForMDM)
		sub.Users = users
		j := android.Judge(preflight.Scenario{At: now}, sub)
		if j.Scenario.Mailbox != test.mailbox || !j.Direct {
			t.Errorf("judged for %s, direct %v", j.Scenario.Mailbox, j.Direct)
		}
		if !slices.ContainsFunc(j.Findings, func(f preflight.Finding) bool { return f.Check == "profile.match" && f.Value == test.value }) {
			t.Errorf("no profile.match with %q", test.value)
		}
	}
}

// A password of the call that opens nothing is the call's fault.
func TestPasswordRefused(t *testing.T) {
	for password, want := range map[certs.Password]bool{"": false, "wrong": true, "correct horse": false} {
		sub := android.NewSubject(sampleFile(t, "bundle.json"), profiles.ForManual)
		sub.Password = password
		j := android.Judge(preflight.Scenario{At: now}, sub)
		if j.PasswordRefused != want || (j.Identity != nil) != (password == "correct horse") {
			t.Errorf("%q: refused %v, identity %v", password, j.PasswordRefused, j.Identity)
		}
	}
}

// Whatever a file says, each finding is complete.
func FuzzCheck(f *testing.F) {
	for _, s := range corpus(f) {
		f.Add(sampleFile(f, s.File))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range profiles.Deliveries {
			for _, finding := range android.Check(preflight.Scenario{At: now}, android.NewSubject(data, d)) {
				checktest.Finding(t, finding)
			}
		}
	})
}

// Nor does what Intune's object carries break anything.
func FuzzPayloadJSON(f *testing.F) {
	f.Add([]byte(`{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[{"key":"email_address","valueString":"{{mail}}"}]}`))
	f.Add([]byte(`{"managedProperty":[{"key":"a","valueBundle":{"managedProperty":[{"key":"b","valueBundleArray":[{"managedProperty":[]},null]}]}}]}`))
	f.Add([]byte(`{"managedProperty":[null,{"key":1},{"key":"x","valueInteger":1e9,"valueBool":[]}]}`))
	table, err := schema.Parse(sampleFile(f, "notes-amapi.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		object, err := json.Marshal(map[string]any{"packageId": "app:com.google.android.gm", "payloadJson": payload})
		if err != nil {
			t.Fatal(err)
		}
		sub := android.NewSubject(object, profiles.ForIntune)
		for _, sub.Schema = range []*schema.Table{nil, table} {
			for _, finding := range android.Check(preflight.Scenario{At: now}, sub) {
				checktest.Finding(t, finding)
			}
		}
		if doc, err := android.Parse(object); (doc == nil) == (err == nil) {
			t.Fatalf("document %v with error %v", doc, err)
		}
	})
}
