package inventory

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// What the text shows of long lists: it is to fit one screen.
const (
	textUsers    = 10
	textWaves    = 12
	textPolicies = 8
	textGroups   = 8
	textGone     = 5
)

// meanings say what each state is, for people.
var meanings = map[State]string{
	Direct:   "a certificate went straight to Exchange Online, which stops taking it",
	Maybe:    "EAS; how it signs in is not known: treat as direct until it is",
	Failed:   "every sign-in by EAS failed",
	Password: "EAS with a password: another matter",
	Moved:    "OAuth in place of EAS with a certificate",
}

// WriteText writes a summary for a terminal: about a screen, however many users
// there are.
func (i *Inventory) WriteText(w io.Writer) error {
	p := &page{w: bufio.NewWriter(w)}
	p.printf("%s\n%s\n", i.headline(), i.covered())
	p.states(i)
	p.compared(i)
	p.groups(i)
	p.waves(i)
	p.policies(i)
	p.users(i)
	for _, note := range i.Notes {
		p.printf("\nnote: %s", note)
	}
	if len(i.Notes) > 0 {
		p.printf("\n")
	}
	return p.w.Flush()
}

// headline is the outcome in one sentence.
func (i *Inventory) headline() string {
	n := i.Affected()
	switch {
	case n > 0 && i.Summary.Users[Direct] == 0:
		return counted(n, "user") + " may still sign in directly"
	case n > 0:
		return counted(n, "user") + " to move before direct sign-in ends"
	case i.Summary.SignIns == 0:
		return "Nobody was found, and no sign-in log was read"
	}
	return "Nobody was found who signs in directly"
}

// covered is what the inventory is made from, and what it is for.
func (i *Inventory) covered() string {
	text := fmt.Sprintf("As of %s, from %s", i.At.Format(time.DateOnly), counted(len(i.Files), "file"))
	if i.Summary.SignIns > 0 {
		text += fmt.Sprintf(" with %s (%s to %s)", counted(i.Summary.SignIns, "sign-in"), day(i.Summary.First), day(i.Summary.Last))
	}
	return text + fmt.Sprintf(`. Microsoft ends direct sign-in "by the end of 2026" and names no day; %s is our setting.`, preflight.RetirementDay.Format(time.DateOnly))
}

// page writes the text. Errors come out when it is flushed.
type page struct{ w *bufio.Writer }

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p.w, format, args...) }

// table writes rows whose cells are separated by tabs.
func (p *page) table(rows []string) {
	t := tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, "  "+row)
	}
	_ = t.Flush() // into p.w, which keeps its error
}

func (p *page) states(i *Inventory) {
	var rows []string
	for _, s := range States {
		if n := i.Summary.Users[s]; n > 0 {
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s", s, preflight.Thousands(n), meanings[s]))
		}
	}
	if n := i.Summary.OAuthOnly; n > 0 {
		rows = append(rows, fmt.Sprintf("others\t%s\tmail apps by OAuth and never EAS: not listed", preflight.Thousands(n)))
	}
	if len(rows) > 0 {
		p.printf("\n")
		p.table(rows)
	}
}

func (p *page) compared(i *Inventory) {
	c := i.Compared
	if c == nil {
		return
	}
	p.printf("\nSince %s: %d moved, %d still there, %d new, %d back, %d seen no more\n", c.With.Format(time.DateOnly),
		c.Count(HasMoved), c.Count(Still), c.Count(New), c.Count(Back), c.Count(Gone))
	if len(c.Gone) > 0 {
		p.printf("  seen no more: %s\n", some(c.Gone, textGone))
	}
}

// some lists the first few names, and says how many more there are.
func some(names []string, n int) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// groups counts the phones that have to move by app and system.
func (p *page) groups(i *Inventory) {
	count := map[string]int{}
	for k := range i.Users {
		for n := range i.Users[k].Devices {
			if d := &i.Users[k].Devices[n]; d.State == Direct || d.State == Maybe {
				count[d.label()]++
			}
		}
	}
	var rows []string
	for _, name := range slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	}) {
		rows = append(rows, fmt.Sprintf("%s\t%s", name, preflight.Thousands(count[name])))
	}
	p.list("Phones by app", rows, textGroups, "")
}

// list writes the first rows under a title, and says where the others are.
func (p *page) list(title string, rows []string, most int, others string) {
	if len(rows) == 0 {
		return
	}
	p.printf("\n%s\n", title)
	p.table(rows[:min(len(rows), most)])
	if n := len(rows) - most; n > 0 {
		p.printf("  and %s more%s\n", preflight.Thousands(n), others)
	}
}

func (p *page) waves(i *Inventory) {
	var rows []string
	for _, w := range i.Waves {
		users := counted(w.Users, "user")
		if w.Left < w.Users {
			users = fmt.Sprintf("%d of %s left", w.Left, users)
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s", w.Name, users, w.Group))
	}
	p.list("Waves", rows, textWaves, ": --format html has them all, and how they were chosen")
}

func (p *page) policies(i *Inventory) {
	var rows []string
	for k := range i.Policies {
		if o := &i.Policies[k]; o.Verdict == Move || o.Verdict == Look {
			rows = append(rows, fmt.Sprintf("%s  %s (%s): %s", o.Verdict, o.Name, o.assigned(), o.Why))
		}
	}
	p.list("Intune profiles to move, or to look at", rows, textPolicies, "")
}

// assigned says whom a profile is for.
func (p *Policy) assigned() string {
	if len(p.Assignments) == 0 {
		return "no assignments in the export"
	}
	return some(p.Assignments, 3)
}

func (p *page) users(i *Inventory) {
	var rows []string
	for k := range i.Users {
		u := &i.Users[k]
		if !u.affected {
			continue
		}
		for n := range u.Devices {
			d := &u.Devices[n]
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s", u.Label(), d.State, d.describe(), day(d.Last), u.Wave))
		}
	}
	p.list("Who has to move", rows, textUsers, ": --format csv or html has them all")
}

// describe is a phone in a few words.
func (d *Device) describe() string {
	words := []string{d.App}
	if d.OS != "" {
		words = append(words, strings.TrimSpace(d.OS+" "+d.OSVersion))
	}
	if d.Model != "" {
		words = append(words, d.Model)
	}
	if d.EASVersion != "" {
		words = append(words, "EAS "+d.EASVersion)
	}
	return strings.Join(words, ", ")
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

// counted writes a number with the noun it counts.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return preflight.Thousands(n) + " " + noun + "s"
}
