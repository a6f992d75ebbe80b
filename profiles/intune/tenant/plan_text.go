package tenant

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// opaque are the properties that are not shown: they are long, and may hold a key or a
// password.
var opaque = []string{"payload", "payloadJson", "encodedSettingXml", "settings"}

// maxValue is how many letters of a value are shown.
const maxValue = 120

// displayed is a value of a property for people.
func displayed(name string, value any) string {
	if value == nil {
		return "none"
	}
	if slices.Contains(opaque, name) {
		return hidden(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	return preflight.Clip(preflight.Printable(string(text)), maxValue)
}

// hidden is how much there is of a value that is not shown.
func hidden(value any) string {
	if list, ok := value.([]any); ok {
		return fmt.Sprintf("<%d items, not shown>", len(list))
	}
	text, ok := value.(string)
	if !ok {
		return "<not shown>"
	}
	if b, err := fromBase64(text); err == nil {
		return fmt.Sprintf("<%d bytes, not shown>", len(b))
	}
	return fmt.Sprintf("<%d bytes, not shown>", len(text))
}

// signs are how the actions are shown, as Terraform shows them.
var signs = map[Action]string{Create: "+", Update: "~", Adopt: ">", Keep: " "}

// Title says in a line what the plan is for.
func (p *Plan) Title() string {
	return fmt.Sprintf("%q (%s) into the tenant %q (%s)", preflight.Printable(p.SetName), p.Set, preflight.Printable(p.Name), p.Tenant)
}

// WriteText shows a plan to a person.
func (p *Plan) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan %s for %s\n\n", p.Short(), p.Title())
	count := map[Action]int{}
	assigned := 0
	for i := range p.Steps {
		s := &p.Steps[i]
		count[s.Action]++
		if len(s.Assign) > 0 {
			assigned++
		}
		if s.writes() || len(s.Notes) > 0 {
			p.write(&b, s)
		}
	}
	fmt.Fprintf(&b, "\n%d to create, %d to update, %d to adopt, %d kept; %d get groups. Nothing is deleted or unassigned.\n",
		count[Create], count[Update], count[Adopt], count[Keep], assigned)
	for _, note := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Plan) write(b *strings.Builder, s *Step) {
	sign, does := s.does()
	fmt.Fprintf(b, "  %s %-7s %s %q", sign, does, s.kind().Title, preflight.Printable(s.Object.Name()))
	if s.ID != "" {
		fmt.Fprintf(b, " (%s)", preflight.Printable(s.ID))
	}
	b.WriteString("\n")
	line := func(format string, args ...any) { fmt.Fprintf(b, "            "+format+"\n", args...) }
	for _, name := range slices.Sorted(maps.Keys(s.Was)) {
		line("%s: %s -> %s", name, displayed(name, s.Was[name]), displayed(name, s.Object[name]))
	}
	if s.Secret {
		line("holds a private key")
	}
	for _, r := range s.Relations {
		if s.Action == Create || p.moves(r) {
			line("%s: %q", r.Property, preflight.Printable(p.step(r.To).Object.Name()))
		}
	}
	for _, id := range s.Assign {
		line("for the group %q", preflight.Printable(p.groupName(id)))
	}
	if s.Danger != "" {
		line("WARNING: %s", s.Danger)
	}
	for _, note := range s.Notes {
		line("note: %s", note)
	}
}

// does is what a step does, in a word and a sign. What stays as it is may get groups.
func (s *Step) does() (sign, word string) {
	if s.Action == Keep && len(s.Assign) > 0 {
		return signs[Update], "assign"
	}
	return signs[s.Action], string(s.Action)
}

// groupName is the name of a group of the plan.
func (p *Plan) groupName(id string) string {
	for _, g := range p.Groups {
		if g.ID == id {
			return g.Name
		}
	}
	return id
}
