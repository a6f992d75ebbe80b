package portal

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/easkit/easkit/templates"
)

// Languages are those that have a file in templates/texts, in the order of the switch. The
// first is for visitors whose browser asks for none of them.
var Languages = []string{"en", "de", "ja"}

// language is the texts of one file, and whose portal says them.
type language struct {
	Code  string
	texts map[string]text
	Operator
}

// text is a text's HTML in parts.
type text []part

// part is HTML, and the name of the value after it, if there is one.
type part struct {
	html template.HTML
	name string
}

// loadLanguage reads templates/texts/CODE.yaml: groups of keys, each with a text. In a
// text **this** is strong, and {name} stands for a value.
func loadLanguage(code string) (*language, error) {
	file := "texts/" + code + ".yaml"
	data, err := templates.Files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the texts: %w", err)
	}
	var groups map[string]map[string]string
	if err := yaml.Unmarshal(data, &groups); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	l := &language{Code: code, texts: map[string]text{}}
	for group, texts := range groups {
		for key, s := range texts {
			l.texts[group+"."+key] = parseText(s)
		}
	}
	return l, nil
}

var (
	strong      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\*\*([^*]+)\*\*`) })
	whole       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b\pL-\pL+`) })
	placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{[a-z]+\}`) })
)

// Between these no line ends: "E-" alone at the end of one is hard to read.
const (
	openWhole  = `<span class="whole">`
	closeWhole = "</span>"
)

// parseText makes HTML of a text of ours, with gaps for the values.
func parseText(s string) text {
	s = strong().ReplaceAllString(template.HTMLEscapeString(s), "<strong>$1</strong>")
	s = whole().ReplaceAllString(s, openWhole+"$0"+closeWhole)
	var t text
	at := 0
	for _, m := range placeholder().FindAllStringIndex(s, -1) {
		t = append(t, part{html: template.HTML(s[at:m[0]]), name: s[m[0]+1 : m[1]-1]})
		at = m[1]
	}
	return append(t, part{html: template.HTML(s[at:])})
}

// T is a text as HTML. The values are pairs of a name and what stands for it; they are
// escaped. A text that is missing is its key, which a test finds.
func (l *language) T(key string, values ...any) template.HTML {
	t, known := l.texts[key]
	switch {
	case !known:
		return template.HTML(template.HTMLEscapeString(key))
	case len(t) == 1:
		return t[0].html
	}
	var b strings.Builder
	for _, p := range t {
		b.WriteString(string(p.html))
		if p.name != "" {
			b.WriteString(valueOf(p.name, values))
		}
	}
	return template.HTML(b.String())
}

func valueOf(name string, values []any) string {
	for i := 0; i+1 < len(values); i += 2 {
		if values[i] != name {
			continue
		}
		if html, safe := values[i+1].(template.HTML); safe {
			return string(html)
		}
		return template.HTMLEscapeString(fmt.Sprint(values[i+1]))
	}
	return ""
}

// Time is a moment for people, in the portal's zone, which it says.
func (l *language) Time(t time.Time) template.HTML {
	return stamp(t.UTC().Format(time.RFC3339), l.moment(t))
}

// moment is a moment as text.
func (l *language) moment(t time.Time) string { return l.there(t).Format(l.plain("time.layout")) }

// Day is a day for people, in the portal's zone.
func (l *language) Day(t time.Time) template.HTML {
	there := l.there(t)
	return stamp(there.Format(time.DateOnly), there.Format(l.plain("time.day")))
}

func stamp(machine, people string) template.HTML {
	return template.HTML(`<time datetime="` + machine + `">` + template.HTMLEscapeString(people) + `</time>`)
}

// Left is how long something lasts yet, in whole hours or minutes.
func (l *language) Left(d time.Duration) template.HTML {
	if d >= time.Hour {
		return l.T("time.hours", "n", int(d/time.Hour))
	}
	return l.T("time.minutes", "n", max(int(d/time.Minute), 1))
}

// langParameter of a page's address names the language that the visitor chose.
const langParameter = "lang"

// chosen is the language that an address asks for; empty for none of ours.
func chosen(r *http.Request) string {
	if code := r.URL.Query().Get(langParameter); slices.Contains(Languages, code) {
		return code
	}
	return ""
}

// languageOf is the language of a request: that which was chosen, or what the browser
// would rather have.
func languageOf(r *http.Request) string {
	if r.URL.RawQuery != "" {
		if code := chosen(r); code != "" {
			return code
		}
	}
	return accepted(r.Header.Get("Accept-Language"))
}

// maxAccepted bounds how much of an Accept-Language header is looked at.
const maxAccepted = 20

// accepted picks the language that a browser would rather have, by Accept-Language
// (RFC 9110, 12.5.4): en-GB is en.
func accepted(header string) string {
	best, weight := Languages[0], 0.0
	for i, item := range strings.Split(header, ",") {
		if i == maxAccepted {
			break
		}
		tag, parameters, _ := strings.Cut(item, ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if !slices.Contains(Languages, primary) {
			continue
		}
		if q := quality(parameters); q > weight {
			best, weight = primary, q
		}
	}
	return best
}

// quality is the weight of a language; 0 where it is written wrongly.
func quality(parameters string) float64 {
	value, there := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
	if !there {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil || q < 0 || q > 1 {
		return 0
	}
	return q
}
