package portal

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

// known reports whether there is a text.
func (l *language) known(key string) bool { _, known := l.texts[key]; return known }

func load(t *testing.T, code string) *language {
	t.Helper()
	l, err := loadLanguage(code)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// All languages have the same keys, with the same values in each text.
func TestSameTexts(t *testing.T) {
	first := load(t, Languages[0])
	for _, code := range Languages[1:] {
		l := load(t, code)
		for key, text := range first.texts {
			if other, ok := l.texts[key]; !ok {
				t.Errorf("%s has no %s", code, key)
			} else if !slices.Equal(namesIn(text), namesIn(other)) {
				t.Errorf("%s: %s has the values %v, and not %v", code, key, namesIn(other), namesIn(text))
			}
		}
		for key := range l.texts {
			if !first.known(key) {
				t.Errorf("%s has %s, which %s has not", code, key, Languages[0])
			}
		}
	}
}

func namesIn(t text) []string {
	names := map[string]bool{}
	for _, p := range t {
		if p.name != "" {
			names[p.name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// A text in a language is in that language: no other was left standing.
func TestTextsAreTranslated(t *testing.T) {
	english := load(t, "en")
	same := map[string]bool{"values.server": true, "values.port": true, "device.computer": true, "ticket.pin": true, "browser.link": true}
	japanese := regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)
	for _, code := range []string{"de", "ja"} {
		for key, text := range load(t, code).texts {
			html := string(text[0].html)
			if strings.HasPrefix(key, "time.") || same[key] || len(text) > 1 || strings.HasPrefix(key, "desk") {
				continue
			}
			if html == string(english.texts[key][0].html) {
				t.Errorf("%s: %s is English: %s", code, key, html)
			}
			if code == "ja" && !japanese.MatchString(html) {
				t.Errorf("ja: %s is not Japanese: %s", key, html)
			}
		}
	}
}

var (
	textInPage = regexp.MustCompile(`\.T "([a-z0-9.-]+)"`)
	textOf     = regexp.MustCompile(`printf "([a-z0-9.-]+)%s(-?[a-z]*)"`)
)

// Every text that a visitor's page names is there.
func TestPagesHaveTexts(t *testing.T) {
	l := load(t, Languages[0])
	files, err := filepath.Glob("../../templates/portal/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range textInPage.FindAllStringSubmatch(string(data), -1) {
			if !l.known(m[1]) {
				t.Errorf("%s: there is no text %s", filepath.Base(file), m[1])
			}
		}
		for _, m := range textOf.FindAllStringSubmatch(string(data), -1) {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(l.texts)), func(key string) bool {
				return strings.HasPrefix(key, m[1]) && strings.HasSuffix(key, m[2])
			}) {
				t.Errorf("%s: there is no text %s...%s", filepath.Base(file), m[1], m[2])
			}
		}
	}
	for device, all := range steps {
		for _, step := range all {
			if key := string(device) + "." + step.text; !l.known(key) {
				t.Errorf("there is no text %s", key)
			}
		}
	}
}

var failing = regexp.MustCompile(`(?:fail\(w, r, |status := )http\.(Status\w+)\)?|failAs\(w, r, http\.\w+, "(\w+)"\)`)

// statuses are those that have a page, by their names in Go.
var statuses = map[string]int{
	"StatusBadRequest": http.StatusBadRequest, "StatusForbidden": http.StatusForbidden, "StatusNotFound": http.StatusNotFound,
	"StatusMethodNotAllowed": http.StatusMethodNotAllowed, "StatusRequestEntityTooLarge": http.StatusRequestEntityTooLarge,
	"StatusUnsupportedMediaType": http.StatusUnsupportedMediaType, "StatusMisdirectedRequest": http.StatusMisdirectedRequest,
	"StatusTooManyRequests": http.StatusTooManyRequests, "StatusInternalServerError": http.StatusInternalServerError,
}

// Every status that the code fails with has texts.
func TestErrorsHaveTexts(t *testing.T) {
	l := load(t, Languages[0])
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range failing.FindAllStringSubmatch(string(data), -1) {
			key := m[2]
			if key == "" {
				key = strconv.Itoa(statuses[m[1]])
			}
			if !l.known("error."+key+"-title") || !l.known("error."+key+"-text") {
				t.Errorf("%s: %s has no texts error.%s-title and -text", file, m[0], key)
			}
		}
	}
}

func TestTextsEscape(t *testing.T) {
	l := &language{texts: map[string]text{"a.b": parseText(`**Go {name}** & <b>`), "a.c": parseText("Eine E-Mail-Adresse im QR-Code")}}
	if got := string(l.T("a.b", "name", `<script>"`)); got != `<strong>Go &lt;script&gt;&#34;</strong> &amp; &lt;b&gt;` {
		t.Error(got)
	}
	if got := l.T("a.c"); got != `Eine <span class="whole">E-Mail</span>-Adresse im QR-Code` || l.plain("a.c") != "Eine E-Mail-Adresse im QR-Code" {
		t.Error(got)
	}
	if got := l.T("<none>"); got != "&lt;none&gt;" {
		t.Error(got)
	}
}

func TestAccepted(t *testing.T) {
	for header, want := range map[string]string{
		"": "en", "de": "de", "de-AT,de;q=0.9,en;q=0.8": "de", "fr,ja;q=0.5,de;q=0.4": "ja", "ja-JP": "ja", "*": "en",
		"en;q=0.1, de;q=0.2": "de", "de;q=0": "en", "de;q=9": "en", "de;q=x,ja": "ja", "DE-de": "de",
		strings.Repeat("fr,", maxAccepted) + "de": "en",
	} {
		if got := accepted(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

// Times are in the zone of the portal, which has a name that people can read, and in UTC for
// machines.
func TestTimes(t *testing.T) {
	winter, summer := time.Date(2026, 11, 22, 15, 4, 0, 0, time.UTC), time.Date(2026, 7, 22, 15, 4, 0, 0, time.UTC)
	switched := time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC) // summer time ends in Berlin
	for _, test := range []struct {
		code, zone string // UTC without one
		at         time.Time
		want       string
	}{
		{"en", "", winter, "22 November 2026, 15:04 UTC"},
		{"de", "", winter, "22.11.2026, 15:04 Uhr (UTC)"},
		{"ja", "", winter, "2026年11月22日 15:04（UTC）"},
		{"en", "Europe/Berlin", winter, "22 November 2026, 16:04 CET"},
		{"de", "Europe/Berlin", winter, "22.11.2026, 16:04 Uhr (CET)"},
		{"de", "Europe/Berlin", summer, "22.07.2026, 17:04 Uhr (CEST)"},
		{"de", "Europe/Berlin", switched.Add(-time.Minute), "25.10.2026, 02:59 Uhr (CEST)"},
		{"de", "Europe/Berlin", switched, "25.10.2026, 02:00 Uhr (CET)"},
		{"ja", "Asia/Tokyo", winter, "2026年11月23日 00:04（JST）"},
		{"en", "America/Sao_Paulo", winter, "22 November 2026, 12:04 UTC-3"},
		{"en", "Asia/Kathmandu", winter, "22 November 2026, 20:49 UTC+5:45"},
		{"en", "America/St_Johns", summer, "22 July 2026, 12:34 NDT"},
	} {
		l := load(t, test.code)
		l.Zone = zone(t, test.zone)
		machine := `"` + test.at.Format(time.RFC3339) + `"`
		if got := string(l.Time(test.at)); !strings.Contains(got, ">"+test.want+"<") || !strings.Contains(got, machine) {
			t.Errorf("%s in %s: %s, and not %s", test.code, test.zone, got, test.want)
		}
	}
	l := load(t, "ja")
	l.Zone = zone(t, "Asia/Tokyo")
	if got := l.Day(winter); got != `<time datetime="2026-11-23">2026年11月23日</time>` {
		t.Error(got)
	}
	for offset, want := range map[int]string{0: "UTC", 3600: "UTC+1", -3600: "UTC-1", 12600: "UTC+3:30", -1800: "UTC-0:30"} {
		l.Zone = time.FixedZone("", offset)
		if got := l.there(winter).Format("MST"); got != want {
			t.Errorf("%d: %s, want %s", offset, got, want)
		}
	}
}

// zone is a zone of the IANA's, which tests have with them; nil without a name.
func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	if name == "" {
		return nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestLeft(t *testing.T) {
	l := load(t, "en")
	for d, want := range map[time.Duration]string{24 * time.Hour: "about 24 h", 90 * time.Minute: "about 1 h", 5 * time.Minute: "about 5 min", 0: "about 1 min"} {
		if got := l.Left(d); string(got) != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
