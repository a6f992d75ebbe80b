package inventory

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/templates"
)

// htmlPage is what the page is made from.
type htmlPage struct {
	*Inventory
	Policy            string // Content-Security-Policy
	Style             template.CSS
	Script            template.JS
	Headline, Covered string
	AtISO             string
	Tiles             []tile
	Apps              []string
	Changes           []Change
	Seen              []State
	ToMove            []Policy
	OtherPolicies     int
}

type tile struct {
	State State
	Count int
	What  string
}

// WriteHTML writes the inventory as one page that loads nothing from anywhere:
// style and script are inside, and its Content-Security-Policy allows these two
// by their hashes and nothing else. It can be read without the script, which
// filters and searches.
func (i *Inventory) WriteHTML(w io.Writer) error {
	style, err := pageParts("report.css", "inventory.css")
	if err != nil {
		return err
	}
	script, err := pageParts("inventory.js")
	if err != nil {
		return err
	}
	t, err := template.New("inventory.html").Funcs(template.FuncMap{
		"n": thousands, "badge": badge, "day": day, "evidence": evidence, "meaning": func(s State) string { return meanings[s] },
	}).ParseFS(templates.Files, "pages/inventory.html")
	if err != nil {
		return fmt.Errorf("reading the page of the inventory: %w", err)
	}
	data := i.page()
	data.Style, data.Script = template.CSS(style), template.JS(script)
	data.Policy = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", sourceHash(style), sourceHash(script))
	out := bufio.NewWriter(w)
	if err := t.Execute(out, data); err != nil {
		return fmt.Errorf("writing the page of the inventory: %w", err)
	}
	return out.Flush()
}

// pageParts reads what the page carries inside. Browsers hash it with the line
// ends of Unix, whatever the source tree was checked out with.
func pageParts(names ...string) (string, error) {
	var b strings.Builder
	for _, name := range names {
		text, err := templates.Files.ReadFile("pages/" + name)
		if err != nil {
			return "", fmt.Errorf("reading the page of the inventory: %w", err)
		}
		b.WriteString(strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return b.String(), nil
}

// sourceHash is how a Content-Security-Policy names a style or script.
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (i *Inventory) page() *htmlPage {
	p := &htmlPage{Inventory: i, Headline: i.headline(), Covered: i.covered(), AtISO: i.At.Format(time.RFC3339)}
	changes := map[Change]bool{}
	for k := range i.Users {
		u := &i.Users[k]
		changes[u.Change] = true
		for n := range u.Devices {
			p.Apps = append(p.Apps, u.Devices[n].label())
		}
	}
	slices.Sort(p.Apps)
	p.Apps = slices.Compact(p.Apps)
	for _, c := range []Change{Still, New, Back, HasMoved} {
		if changes[c] {
			p.Changes = append(p.Changes, c)
		}
	}
	for _, s := range States {
		n := i.Summary.Users[s]
		if n > 0 {
			p.Seen = append(p.Seen, s)
		}
		p.Tiles = append(p.Tiles, tile{s, n, string(s)})
	}
	for _, o := range i.Policies {
		if o.Verdict == Move || o.Verdict == Look {
			p.ToMove = append(p.ToMove, o)
		} else {
			p.OtherPolicies++
		}
	}
	return p
}

// Label names the app and the system on the page.
func (d Device) Label() string { return d.label() }

// Describe is a phone in a few words.
func (d Device) Describe() string { return d.describe() }

// classes are the colours of states in the style of reports, and a sign for those
// who don't see colours.
var classes = map[State]struct{ class, sign string }{
	Direct:   {"fail", "✕"},
	Maybe:    {"warn", "?"},
	Failed:   {"warn", "!"},
	Password: {"skip", "–"},
	Moved:    {"pass", "✓"},
}

// Class is the colour of a state in the style of reports.
func (s State) Class() string { return classes[s].class }

// badge is a state in its colour. Nothing in it is from outside.
func badge(s State) template.HTML {
	c := classes[s]
	if c.class == "" {
		return ""
	}
	return template.HTML(`<span class="badge ` + c.class + `"><span aria-hidden="true">` + c.sign + `</span> ` + string(s) + `</span>`)
}
