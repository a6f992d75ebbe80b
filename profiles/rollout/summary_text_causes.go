package rollout

import (
	"fmt"
	"io"

	"github.com/easkit/easkit/certs/preflight"
)

// Of a check that few users do not pass, the text tells all causes; of others the first.
const (
	fewUsers    = 10
	shownCauses = 3
)

// writeCauses writes why users did not pass a check, and what is to be done.
func (c *CheckCount) writeCauses(w io.Writer) {
	all := c.Causes
	if len(all) == 0 { // there are too many, or an earlier version made the summary
		writeSaid(w, "such as: ", c.Message)
		writeSaid(w, "fix: ", c.Fix)
		return
	}
	shown := all
	if c.OfUsers > fewUsers {
		shown = all[:min(len(all), shownCauses)]
	}
	oneFix := true
	for _, cause := range all {
		oneFix = oneFix && cause.Fix == all[0].Fix
	}
	for _, cause := range shown {
		writeSaid(w, cause.whose(len(all)), cause.Message)
		if !oneFix {
			writeSaid(w, "  fix: ", cause.Fix)
		}
	}
	if oneFix {
		writeSaid(w, "fix: ", all[0].Fix)
	}
	if n := len(all) - len(shown); n > 0 {
		fmt.Fprintf(w, "    and %d %s more: --format json or csv has them\n", n, pluralOf(n, "cause"))
	}
}

// whose is what comes before a message: of whom it is one, where there are several.
func (c *Cause) whose(of int) string {
	text := ""
	if of > 1 {
		text = named(c.Users, c.Count)
		if c.Count > len(c.Users) {
			text = fmt.Sprintf("%s (%s)", counted(c.Count, "user"), text)
		}
		text += ": "
	}
	if c.Others {
		text += "such as: "
	}
	return text
}

// writeSaid writes a line about a check, unless there is nothing to be said.
func writeSaid(w io.Writer, before, text string) {
	if text != "" {
		fmt.Fprintf(w, "    %s%s\n", before, preflight.Printable(preflight.Clip(text, shownOf)))
	}
}
