package inventory

import (
	"html/template"
	"io"
	"slices"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// htmlPage is what the page is made from.
type htmlPage struct {
	*Inventory
	preflight.PageParts
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
	page := preflight.Page{
		Template: "inventory.html", Styles: []string{"report.css", "inventory.css"}, Script: "inventory.js",
		Funcs: template.FuncMap{
			"n": preflight.Thousands[int], "badge": badge, "day": day, "evidence": evidence, "meaning": func(s State) string { return meanings[s] },
		},
	}
	data := i.page()
	var err error
	if data.PageParts, err = page.Parts(); err != nil {
		return err
	}
	return page.Write(w, data)
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
