package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// roundTrip is an inventory as a later run gets it.
func roundTrip(t *testing.T, inv *Inventory) *Inventory {
	t.Helper()
	var b bytes.Buffer
	if err := inv.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	back, err := Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func certificateOf(user, when string) string {
	return sign{user: user, when: when, agent: iPhone, method: "Certificate"}.json()
}

func TestPrevious(t *testing.T) {
	oauth := func(user, when string) string {
		return sign{user: user, when: when, client: modern, app: apple}.json()
	}
	first := read(t, Options{}, source("one", certificateOf("moves@contoso.com", "2026-11-01T00:00:00Z")+certificateOf("stays@contoso.com", "2026-11-01T00:00:00Z")+certificateOf("leaves@contoso.com", "2026-11-01T00:00:00Z")+
		certificateOf("returns@contoso.com", "2026-11-01T00:00:00Z")+oauth("returns@contoso.com", "2026-11-02T00:00:00Z")+logGoesOn))
	second := read(t, Options{Previous: roundTrip(t, first)}, source("two", oauth("moves@contoso.com", "2026-11-12T00:00:00Z")+certificateOf("STAYS@contoso.com", "2026-11-13T00:00:00Z")+
		certificateOf("new@contoso.com", "2026-11-13T00:00:00Z")+certificateOf("returns@contoso.com", "2026-11-13T00:00:00Z")+oauth("never@contoso.com", "2026-11-13T00:00:00Z")+logGoesOn))
	for name, want := range map[string]Change{"moves@contoso.com": HasMoved, "STAYS@contoso.com": Still, "new@contoso.com": New, "returns@contoso.com": Back} {
		if got := user(t, second, name).Change; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := second.Compared; len(got.Gone) != 1 || got.Gone[0] != "leaves@contoso.com" || got.Users[Gone] != 1 {
		t.Errorf("%+v", got)
	}
	if now, before := user(t, second, "STAYS@contoso.com").Wave, user(t, first, "stays@contoso.com").Wave; now != before || now == "" {
		t.Errorf("from wave %q to %q", before, now)
	}
	var page bytes.Buffer
	if err := second.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "1 moved, 1 still there, 1 new, 1 back, 1 seen no more") || !strings.Contains(page.String(), "<li>leaves@contoso.com</li>") {
		t.Errorf("the page: %v", err)
	}
	// A third run still knows who moved by the second.
	third := read(t, Options{Previous: roundTrip(t, second)}, source("three", oauth("moves@contoso.com", "2026-11-20T00:00:00Z")+logGoesOn))
	if got := user(t, third, "moves@contoso.com").Change; got != HasMoved {
		t.Errorf("in the third run: %q", got)
	}
}

// Waves go on where the earlier ones ended, and those keep their names.
func TestWavesGoOn(t *testing.T) {
	log := func(from, to int) string {
		text := logGoesOn
		for k := from; k < to; k++ {
			text += certificateOf(fmt.Sprintf("user%03d@contoso.com", k), "2026-11-01T00:00:00Z")
		}
		return text
	}
	first := read(t, Options{WaveSize: 40}, source("one", log(0, 100)))
	var names []string
	for _, w := range first.Waves {
		names = append(names, fmt.Sprintf("%s %d", w.Name, w.Users))
	}
	if got := strings.Join(names, ", "); got != "pilot 5, wave 1 40, wave 2 40, wave 3 15" {
		t.Errorf("first: %s", got)
	}
	second := read(t, Options{WaveSize: 40, Previous: roundTrip(t, first)}, source("two", log(50, 120)))
	last := second.Waves[len(second.Waves)-1]
	if last.Name != "wave 4" || last.Users != 20 || user(t, second, "user060@contoso.com").Wave != user(t, first, "user060@contoso.com").Wave {
		t.Errorf("second: %+v", second.Waves)
	}
}

func TestPilot(t *testing.T) {
	text := logGoesOn
	for k := range 30 {
		text += sign{user: fmt.Sprintf("old%02d@contoso.com", k), when: "2026-11-01T00:00:00Z", agent: iPhone, system: "iOS 16.7", method: "Certificate"}.json()
		text += sign{user: fmt.Sprintf("new%02d@contoso.com", k), when: "2026-11-01T00:00:00Z", agent: iPhone, method: "Certificate"}.json()
		text += sign{user: fmt.Sprintf("robot%02d@contoso.com", k), when: "2026-11-01T00:00:00Z", agent: "Android-Mail/2026", system: "Android 15", method: "Certificate"}.json()
	}
	inv := read(t, Options{}, source("log", text))
	systems := map[string]int{}
	for k := range inv.Users {
		if u := &inv.Users[k]; u.Wave == pilotName {
			systems[u.Devices[0].OS+" "+u.Devices[0].OSVersion]++
		}
	}
	if systems["iOS 18.1"] != 2 || systems["Android 15"] != 2 || len(systems) != 2 {
		t.Errorf("%v: %+v", systems, inv.Waves[0])
	}
}

func TestRedact(t *testing.T) {
	inv := read(t, Options{}, all()...)
	inv.Redact()
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return inv.WriteJSON(b) }, func(b *bytes.Buffer) error { return inv.WriteCSV(b) },
		func(b *bytes.Buffer) error { return inv.WriteText(b) }, func(b *bytes.Buffer) error { return inv.WriteHTML(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"alice", "Alice", "Heidi", "contoso.com,", "0A1B2C3D", "4b1c2c1e-0000-4000-8000"} {
			if strings.Contains(b.String(), name) {
				t.Errorf("%s is still in:\n%s", name, b.String())
			}
		}
		if !strings.Contains(b.String(), "user-0001") {
			t.Error("there is no user-0001")
		}
	}
	if _, err := Read(t.Context(), []Source{fixture(signInsCSV)}, Options{Previous: roundTrip(t, inv)}); err == nil || !strings.Contains(err.Error(), "redacted") {
		t.Errorf("a redacted inventory is compared with: %v", err)
	}
}

func TestParse(t *testing.T) {
	for name, text := range map[string]string{
		"another schema": `{"schema":"easkit/report/v1"}`,
		"no JSON":        `schema`,
		"a state":        `{"schema":"easkit/inventory/v1","users":[{"upn":"a@contoso.com","state":"lost"}]}`,
	} {
		if _, err := Parse(strings.NewReader(text)); !errors.Is(err, ErrInventory) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Cells that a spreadsheet would run are defused.
func TestDefuse(t *testing.T) {
	inv := read(t, Options{}, source("log.json", logGoesOn+sign{user: "=cmd|calc@contoso.com", when: "2026-11-01T00:00:00Z", agent: "@SUM(1)", method: "Certificate"}.json()))
	var b bytes.Buffer
	if err := inv.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\n'=cmd|calc@contoso.com,") {
		t.Error(b.String())
	}
}

// The page carries text from outside, and none of it as markup.
func TestHTML(t *testing.T) {
	inv := read(t, Options{}, source("<b>.json", logGoesOn+sign{user: "<script>alert(1)</script>@contoso.com", when: "2026-11-01T00:00:00Z", method: "Certificate"}.json()))
	var b bytes.Buffer
	if err := inv.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script>alert", "<b>", "http://", "ZgotmplZ"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, good := range []string{"default-src &#39;none&#39;", "1 user to move", "&lt;script&gt;"} {
		if !strings.Contains(b.String(), good) {
			t.Errorf("the page lacks %s", good)
		}
	}
}
