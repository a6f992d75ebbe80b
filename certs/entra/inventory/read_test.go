package inventory

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// Errors name the file and the place, in one line.
func TestErrors(t *testing.T) {
	const header = "Date (UTC),Request ID,Username,Client app\n"
	for _, row := range []struct{ name, text, wrong string }{
		{"a table of something else", "Name,Colour\nx,red\n", "its columns are Name, Colour"},
		{"JSON of something else", `{"name":"x"}`, "none of the exports"},
		{"a log without the client", "Date (UTC),Username,Status\n2026-11-01T00:00:00Z,a@contoso.com,Success\n", "no column Client app"},
		{"an inventory", `{"schema":"easkit/inventory/v1","users":[]}`, "--previous"},
		{"no time", header + "yesterday,,a@contoso.com,Exchange ActiveSync\n", `line 2, column Date (UTC): "yesterday" is no time`},
		{"a column too few", header + "2026-11-01T00:00:00Z,a@contoso.com\n", "line 2: it has 2 columns and the first line 4"},
		{"an open quote", header + "\"2026-11-01T00:00:00Z,x,a@contoso.com,Exchange ActiveSync\n", "line 2, column"},
		{"a wrong time in JSON", `[{"clientAppUsed":"Exchange ActiveSync","createdDateTime":"soon"}]`, `record 1: "soon" is no time`},
		{"cut short", `[{"clientAppUsed":"Browser"},{"clientAppUsed`, "record 2: the JSON ends in the middle"},
		{"a workbook", "PK\x03\x04", "workbook"},
		{"nothing", "", "it is empty"},
		{"a time out of range", `[{"clientAppUsed":"Browser","createdDateTime":"9999-01-01T00:00:00Z"}]`, "is no time"},
		{"devices with a wrong time", "ClientType,DeviceId,FirstSyncTime\nEAS,1,long ago\n", "line 2: \"long ago\" is no time"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := Read(t.Context(), []Source{source("x.csv", row.text)}, Options{At: testClock})
			if err == nil || !strings.HasPrefix(err.Error(), "x.csv: ") || !strings.Contains(err.Error(), row.wrong) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, row.wrong)
			}
		})
	}
}

func TestFilesInFolders(t *testing.T) {
	other := source("other.csv", "Name,Colour\nx,red\n")
	if _, err := Read(t.Context(), []Source{other}, Options{At: testClock}); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}
	other.Optional = true
	inv := read(t, Options{}, other, fixture(signInsCSV))
	if len(inv.Files) != 1 || !strings.Contains(strings.Join(inv.Notes, "\n"), "other.csv was passed over") {
		t.Errorf("%+v, %q", inv.Files, inv.Notes)
	}
	missing := Source{Name: "nothere.csv", Optional: true, Open: func() (io.ReadCloser, error) { return os.Open("nothere.csv") }}
	_, err := Read(t.Context(), []Source{missing}, Options{At: testClock})
	if !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "nothere.csv") != 1 {
		t.Errorf("%v", err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, []Source{source("log", manyJSON(2*checkEvery))}, Options{At: testClock}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Other shapes of the same things.
func TestShapes(t *testing.T) {
	for name, text := range map[string]string{
		"PowerShell's JSON":       `{"Id":"x","CreatedDateTime":"\/Date(1793491200000)\/","UserPrincipalName":"a@contoso.com","ClientAppUsed":"Exchange ActiveSync","AuthenticationDetails":{"AuthenticationMethod":"Certificate"},"Status":{"ErrorCode":0}}`,
		"Azure Monitor":           `{"records":[{"time":"2026-11-01T00:00:00Z","category":"SignInLogs","properties":{"createdDateTime":"2026-11-01T00:00:00Z","userPrincipalName":"a@contoso.com","clientAppUsed":"Exchange ActiveSync","authenticationDetails":[{"authenticationMethod":"Certificate"}],"status":{"errorCode":0}}}]}`,
		"Log Analytics":           "\"TimeGenerated [UTC]\",UserPrincipalName,ClientAppUsed,ResultType,Status,DeviceDetail,AuthenticationDetails\n2026-11-01T00:00:00Z,a@contoso.com,Exchange ActiveSync,0,\"{\"\"errorCode\"\":0}\",\"{\"\"operatingSystem\"\":\"\"iOS 18.1\"\"}\",\"[{\"\"authenticationMethod\"\":\"\"Certificate\"\"}]\"\n",
		"semicolons and a type":   "#TYPE Selected.Object\nCreatedDateTime;UserPrincipalName;ClientAppUsed;AuthenticationDetails\n2026-11-01 00:00:00;a@contoso.com;Exchange ActiveSync;\"[{\"\"authenticationMethod\"\":\"\"Certificate\"\"}]\"\n",
		"text that holds objects": `{"userPrincipalName":"a@contoso.com","clientAppUsed":"Exchange ActiveSync","createdDateTime":"2026-11-01T00:00:00Z","authenticationDetails":"[{\"authenticationMethod\":\"Certificate\"}]","status":"{\"errorCode\":0}"}`,
	} {
		t.Run(name, func(t *testing.T) {
			u := user(t, read(t, Options{}, source("x", text)), "a@contoso.com")
			if u.State != Direct || u.Last.IsZero() {
				t.Errorf("%+v", u)
			}
		})
	}
}

func TestParseWhen(t *testing.T) {
	for _, row := range []struct {
		text  string
		order dayOrder
		want  string // "" where it can be read in two ways
	}{
		{"2026-11-02T08:00:00Z", orderUnknown, "2026-11-02T08:00:00Z"},
		{"2026-11-02T08:00:00.1234567+02:00", orderUnknown, "2026-11-02T06:00:00Z"},
		{"2026-11-02 08:00:00", orderUnknown, "2026-11-02T08:00:00Z"},
		{"/Date(1793606400000)/", orderUnknown, "2026-11-02T08:00:00Z"},
		{"02.11.2026 08:00:00", orderUnknown, "2026-11-02T08:00:00Z"},
		{"25/11/2026 08:00:00", orderUnknown, "2026-11-25T08:00:00Z"},
		{"11/25/2026 8:00:00 PM", orderUnknown, "2026-11-25T20:00:00Z"},
		{"02/11/2026 08:00:00", orderUnknown, ""},
		{"02/11/2026 08:00:00", dayFirst, "2026-11-02T08:00:00Z"},
		{"02/11/2026 08:00", monthFirst, "2026-02-11T08:00:00Z"},
	} {
		at, ok, err := parseWhen(row.text, row.order)
		if err != nil || ok != (row.want != "") || ok && at.Format(time.RFC3339) != row.want {
			t.Errorf("%s: %v, %v, %v", row.text, at, ok, err)
		}
	}
	for _, text := range []string{"x", "13/13/2026", "1/2", "1753-01-01T00:00:00Z", "/Date(x)/", "99999999999999999999/1/1 0:00:00"} {
		if at, ok, err := parseWhen(text, orderUnknown); err == nil && ok {
			t.Errorf("%s: %v", text, at)
		}
	}
}

// One date that shows the order settles those that don't.
func TestDayOrder(t *testing.T) {
	const header = "ClientType,DeviceId,UserPrincipalName,FirstSyncTime\nEAS,1,a@contoso.com,02/11/2025 08:00:00\n"
	inv := read(t, Options{}, source("x.csv", header+"EAS,2,b@contoso.com,25/11/2025 08:00:00\n"))
	if got := user(t, inv, "a@contoso.com").First.Format(time.DateOnly); got != "2025-11-02" {
		t.Error(got)
	}
	inv = read(t, Options{}, source("x.csv", header))
	if u := user(t, inv, "a@contoso.com"); !u.First.IsZero() || !strings.Contains(strings.Join(inv.Notes, "\n"), "x.csv can be read in two ways") {
		t.Errorf("%v, %q", u.First, inv.Notes)
	}
}

func TestClients(t *testing.T) {
	for agent, want := range map[string]client{
		"Apple-iPhone14C2/2107.146":    {"Apple Mail", systemIOS, "iPhone14,2"},
		"Apple-iPad13C4/2008.40":       {"Apple Mail", systemIOS, "iPad13,4"},
		"Android-Mail/2026.09.14":      {"Gmail", systemAndroid, ""},
		"SAMSUNG-SM-S911B/101.14":      {"Samsung Email", systemAndroid, "SM-S911B"},
		"Android-SAMSUNG-SM-G960F/101": {"Samsung Email", systemAndroid, ""},
		"Outlook-iOS-Android/1.0":      {"Outlook", "", ""},
		"MSFT-WIN-3/10.0":              {"Windows Mail", systemWindows, ""},
		"Android/12.0.0-EAS-2.0":       {"Android mail app", systemAndroid, ""},
		"":                             {unknownApp, "", ""},
		"Mozilla/5.0":                  {unknownApp, "", ""},
	} {
		if got := clientOf(agent); got != want {
			t.Errorf("%s: %+v, want %+v", agent, got, want)
		}
	}
	for version, old := range map[string]bool{"16.1": false, "16.10": false, "17.0": false, "16.0": true, "14.1": true, "2.5": true, "": false, "V16.1": false, "x": false} {
		if isOldEAS(version) != old {
			t.Errorf("EAS %q: old is %v", version, !old)
		}
	}
	for _, name := range []string{"Exchange ActiveSync", "ExchangeActiveSync", "exchange activesync (supported)"} {
		if wayOf(name) != wayEAS {
			t.Errorf("%s is not EAS", name)
		}
	}
	if wayOf("Exchange Web Services") == wayEAS || wayOf("") != wayOther || wayOf("Mobile Apps and Desktop clients") != wayOAuth {
		t.Error("clients are mixed up")
	}
}
