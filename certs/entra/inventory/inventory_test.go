package inventory

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// All kinds of files together, in every form. The order of the files changes
// nothing but their list.
func TestGolden(t *testing.T) {
	inv := read(t, Options{Profile: func([]byte) (Settings, error) { return Settings{Host: "outlook.office365.com", Certificate: true}, nil }}, all()...)
	for _, form := range []struct {
		name  string
		write func(*bytes.Buffer) error
	}{
		{"all.json", func(b *bytes.Buffer) error { return inv.WriteJSON(b) }},
		{"all.csv", func(b *bytes.Buffer) error { return inv.WriteCSV(b) }},
		{"all.txt", func(b *bytes.Buffer) error { return inv.WriteText(b) }},
	} {
		var b bytes.Buffer
		if err := form.write(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, form.name, b.Bytes())
	}
	turned := all()
	slices.Reverse(turned)
	other := read(t, Options{}, turned...)
	for k := range inv.Users {
		for n := range inv.Users[k].Devices {
			slices.SortFunc(inv.Users[k].Devices[n].Evidence, compareEvidence)
			slices.SortFunc(other.Users[k].Devices[n].Evidence, compareEvidence)
		}
	}
	if diff := cmp.Diff(inv.Users, other.Users, cmp.AllowUnexported(User{})); diff != "" {
		t.Errorf("in another order:\n%s", diff)
	}
}

func compareEvidence(a, b Evidence) int { return strings.Compare(a.File, b.File) }

// sign is a row of a log in JSON.
type sign struct {
	user, when, client, agent, system, method, detail, code, app, device string
}

func (s sign) json() string {
	or := func(text, other string) string {
		if text == "" {
			return other
		}
		return text
	}
	details := "null"
	if s.method != "" {
		details = `[{"authenticationMethod":"` + s.method + `","authenticationMethodDetail":"` + s.detail + `"}]`
	}
	return `{"userPrincipalName":"` + or(s.user, "alice@contoso.com") + `","createdDateTime":"` + s.when + `","clientAppUsed":"` + or(s.client, "Exchange ActiveSync") +
		`","userAgent":"` + s.agent + `","appDisplayName":"` + s.app + `","deviceDetail":{"operatingSystem":"` + or(s.system, "iOS 18.1") + `","deviceId":"` + s.device + `"},` +
		`"status":{"errorCode":` + or(s.code, "0") + `},"authenticationDetails":` + details + `}`
}

const (
	iPhone   = "Apple-iPhone14C2/2107.146"
	iPhone15 = "Apple-iPhone15C3/2202.75"
	modern   = "Mobile Apps and Desktop clients"
	apple    = "Apple Internet Accounts"
	// A sign-in of somebody else, so that the log goes on.
	logGoesOn = `{"userPrincipalName":"zoe@contoso.com","createdDateTime":"2026-11-20T00:00:00Z","clientAppUsed":"Browser"}`
)

// stateRows say in which state a user is by which sign-ins.
var stateRows = []struct {
	name string
	log  []sign
	want State // "" for a user who is not listed
	why  string
}{
	{"certificate", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate", detail: "Exchange Active Sync validity check"}}, Direct, "took its certificate on 2026-11-01"},
	{"only the detail", []sign{{when: "2026-11-01T00:00:00Z", method: "Other", detail: "Exchange Active Sync validity check"}}, Direct, ""},
	{"the older name of the client", []sign{{when: "2026-11-01T00:00:00Z", client: "Exchange ActiveSync (supported)", method: "Certificate"}}, Direct, ""},
	{"no method", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone}}, Maybe, "does not say how"},
	{"a method that says nothing", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Previously satisfied"}}, Maybe, ""},
	{"password", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Password", detail: "Password Hash Sync"}}, Password, "with a password"},
	{"refused", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate", code: "53003"}, {when: "2026-11-02T00:00:00Z", agent: iPhone, method: "Certificate", code: "53003"}}, Failed, "refused, 2 times"},
	{"refused once, then not", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate", code: "53003"}, {when: "2026-11-02T00:00:00Z", agent: iPhone, method: "Certificate"}}, Direct, ""},
	{"OAuth afterwards", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: apple}}, Moved, "Apple Mail signed in by OAuth on 2026-11-02"},
	{"Outlook in its place", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: "Outlook Mobile"}}, Moved, "Outlook signed in"},
	{"OAuth before", []sign{{when: "2026-11-03T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: apple}}, Direct, ""},
	{"OAuth, but the log ends too soon", []sign{{when: "2026-11-19T12:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-19T13:00:00Z", client: modern, app: apple}}, Direct, ""},
	{"OAuth on another system", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: "Gmail", system: "Android 15"}}, Direct, ""},
	{"OAuth of an app that is none for mail", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: "Microsoft Teams"}}, Direct, ""},
	{"OAuth that failed", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: apple, code: "50034"}}, Direct, ""},
	{"two phones, one OAuth", []sign{{when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}, {when: "2026-11-01T00:00:00Z", agent: iPhone15, method: "Certificate"}, {when: "2026-11-02T00:00:00Z", client: modern, app: apple}}, Direct, ""},
	{"OAuth alone", []sign{{when: "2026-11-02T00:00:00Z", client: modern, app: apple}}, "", ""},
	{"a browser", []sign{{when: "2026-11-02T00:00:00Z", client: "Browser"}}, "", ""},
	{"IMAP", []sign{{when: "2026-11-02T00:00:00Z", client: "IMAP4", method: "Password"}}, "", ""},
}

func TestStates(t *testing.T) {
	for _, row := range stateRows {
		t.Run(row.name, func(t *testing.T) {
			text := logGoesOn
			for _, s := range row.log {
				text += "\n" + s.json()
			}
			inv := read(t, Options{}, source("log.json", text))
			if row.want == "" {
				if len(inv.Users) != 0 {
					t.Fatalf("listed: %+v", inv.Users)
				}
				return
			}
			u := user(t, inv, "alice@contoso.com")
			if u.State != row.want || !slices.ContainsFunc(u.Devices, func(d Device) bool { return strings.Contains(d.Why, row.why) }) {
				t.Errorf("%s, want %s with %q: %+v", u.State, row.want, row.why, u.Devices)
			}
			if wave := u.Wave != ""; wave != (row.want == Direct || row.want == Maybe || row.want == Failed) {
				t.Errorf("wave %q", u.Wave)
			}
		})
	}
}

// The portal's two files are joined by the request, whichever comes first.
func TestAuthDetails(t *testing.T) {
	for name, files := range map[string][]Source{
		"alone":   {fixture(signInsCSV)},
		"before":  {fixture(detailsCSV), fixture(signInsCSV)},
		"after":   {fixture(signInsCSV), fixture(detailsCSV)},
		"doubled": {fixture(signInsCSV), fixture(detailsCSV), fixture(signInsCSV), fixture(detailsCSV)},
	} {
		t.Run(name, func(t *testing.T) {
			alice := user(t, read(t, Options{}, files...), "alice@contoso.com")
			want, counts := Direct, Counts{Certificate: 2}
			if name == "alone" {
				want, counts = Maybe, Counts{Unknown: 2}
			}
			if alice.State != want || alice.Devices[0].Counts != counts {
				t.Errorf("%s, %+v", alice.State, alice.Devices[0].Counts)
			}
		})
	}
}

// What Exchange lists is tied to the phones of the sign-ins, by user and model.
func TestPartnerships(t *testing.T) {
	inv := read(t, Options{}, fixture(signInsCSV), fixture(detailsCSV), fixture(devicesCSV))
	alice := user(t, inv, "alice@contoso.com") // by her display name
	if len(alice.Devices) != 1 || alice.Devices[0].EASVersion != "16.1" || alice.Devices[0].ID != "0A1B2C3D4E5F60718293A4B5C6D7E8F9" || alice.Devices[0].Access != "Allowed" {
		t.Errorf("alice: %+v", alice.Devices)
	}
	if bob := user(t, inv, "bob@contoso.com"); len(bob.Devices) != 1 || bob.Devices[0].Model != "Pixel 8" { // by his ID
		t.Errorf("bob: %+v", bob.Devices)
	}
	heidi := user(t, inv, "Heidi Example") // in no log
	if heidi.State != Maybe || !heidi.Devices[0].OldEAS || inv.Summary.OldEAS != 1 {
		t.Errorf("heidi: %+v", heidi)
	}
	for k := range inv.Users {
		if inv.Users[k].Label() == "frank@contoso.com" {
			t.Error("Outlook's own protocol counts as EAS")
		}
	}
}

func TestStalePhone(t *testing.T) {
	inv := read(t, Options{}, source("stats.csv", "UserPrincipalName,DeviceId,DeviceType,DeviceUserAgent,ClientType,LastSuccessSync\n"+
		"a@contoso.com,1,iPhone,Apple-iPhone9C1/1,EAS,2024-01-05T10:00:00Z\na@contoso.com,2,iPhone,Apple-iPhone14C2/2,EAS,2026-11-20T10:00:00Z\nb@contoso.com,3,iPhone,Apple-iPhone9C1/1,EAS,2024-01-05T10:00:00Z\n"))
	if a := user(t, inv, "a@contoso.com"); a.Devices[0].Stale == a.Devices[1].Stale {
		t.Errorf("%+v", a.Devices)
	}
	if b := user(t, inv, "b@contoso.com"); b.Wave == "" || b.group() != groupStale {
		t.Errorf("%+v", b)
	}
}

func TestSince(t *testing.T) {
	since := time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	inv := read(t, Options{Since: since}, fixture(signInsCSV), fixture(detailsCSV))
	alice := user(t, inv, "alice@contoso.com")
	if alice.Devices[0].Counts.Certificate != 1 || inv.Summary.First.Before(since) {
		t.Errorf("%+v from %v", alice.Devices[0].Counts, inv.Summary.First)
	}
	if !strings.Contains(strings.Join(inv.Notes, "\n"), "left out is what is from before 2026-11-10T00:00:00Z: 3 records") {
		t.Errorf("%q", inv.Notes)
	}
}

// A log that is too short to have everybody says so.
func TestShortLog(t *testing.T) {
	inv := read(t, Options{}, source("log.json", logGoesOn+`{"userPrincipalName":"zoe@contoso.com","createdDateTime":"2026-11-17T00:00:00Z","clientAppUsed":"Browser"}`))
	if notes := strings.Join(inv.Notes, "\n"); !strings.Contains(notes, "cover 3.0 days") {
		t.Errorf("%q", notes)
	}
	if notes := strings.Join(read(t, Options{}, fixture(devicesCSV)).Notes, "\n"); !strings.Contains(notes, "no sign-in log was read") {
		t.Errorf("%q", notes)
	}
}
