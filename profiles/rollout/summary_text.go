package rollout

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// textChecks is how many checks the text tells of: it is to fit one screen.
const textChecks = 12

// shownOf a text of a finding, in characters.
const shownOf = 200

// WriteText writes the outcome for a terminal: about a screen, however many users there
// are.
func (a *Account) WriteText(w io.Writer) error { return a.summary().WriteText(w) }

// WriteText writes the summary for a terminal.
func (s *Summary) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n%s\n\n", s.headline(), s.setting())
	s.table(out)
	s.byCheck(out)
	if s.EndingSoon > 0 {
		fmt.Fprintf(out, "\nCertificates that end within %d days: %s; easkit rollout expiring lists them\n", int(soon.Hours()/24), preflight.Thousands(s.EndingSoon))
	}
	if s.HandedOut > 0 {
		fmt.Fprintf(out, "\nOf what was kept, handed out and deleted since: %s\n", counted(s.HandedOut, "profile"))
	}
	fmt.Fprintf(out, "\nManifest %s, SHA-256 %s\n", preflight.Printable(s.Manifest.Name), preflight.Printable(s.Manifest.SHA256))
	return out.Flush()
}

// counted is how many there are of something.
func counted(n int, noun string) string { return preflight.Thousands(n) + " " + pluralOf(n, noun) }

// headline is the outcome in one sentence. Beside the rows it counts profiles: a row may
// be done for one platform and not for the other.
func (s *Summary) headline() string {
	failed, left := s.Total(Failed), s.Total(Left)
	switch {
	case s.Ended.IsZero():
		return "The run did not end: run it again, and it goes on where it was" + s.noted()
	case failed > 0 && left > 0:
		return fmt.Sprintf("%s: %s failed, %s left", counted(s.Rows, "row"), s.inFailed(failed), preflight.Thousands(left))
	case failed > 0:
		return fmt.Sprintf("%s: %s failed", counted(s.Rows, "row"), s.inFailed(failed))
	case left > 0:
		return fmt.Sprintf("%s: %s left: run it again", counted(s.Rows, "row"), counted(left, "profile"))
	case s.Total(Skipped) > 0:
		return fmt.Sprintf("%s: %s done, the others were not asked for", counted(s.Rows, "row"), counted(s.Total(Done, Kept), "profile"))
	}
	return counted(s.Rows, "row") + ": all done"
}

// noted is what a manifest has of a run that did not end.
func (s *Summary) noted() string {
	n := s.Total(statuses...)
	if n == 0 {
		return "; nothing was noted of it"
	}
	return fmt.Sprintf("; %s of %s %s noted", counted(n, "profile"), counted(s.Rows, "row"), wasOrWere(n))
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// inFailed is how many profiles failed, and of how many users, where that is not the same.
func (s *Summary) inFailed(profiles int) string {
	if s.FailedUsers == 0 || len(s.Counts) < 2 {
		return counted(profiles, "profile")
	}
	return counted(profiles, "profile") + " of " + counted(s.FailedUsers, "user")
}

func pluralOf(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

// setting says when and with what the run was made.
func (s *Summary) setting() string {
	words := []string{"Begun " + s.Run.Begun.UTC().Format("2006-01-02 15:04 MST")}
	if !s.Ended.IsZero() {
		words = append(words, "took "+max(s.Ended.Sub(s.Run.Begun), 0).Round(time.Second).String())
	}
	for _, part := range []struct{ what, value string }{
		{"table ", s.Run.Table.Name}, {"template ", s.Run.Template.Name}, {"shard ", s.Run.Shard}, {"wave ", s.Run.Wave}, {"easkit ", s.Run.Version},
	} {
		if part.value != "" {
			words = append(words, part.what+preflight.Printable(part.value))
		}
	}
	if s.Run.Merged > 0 {
		words = append(words, fmt.Sprintf("joined from %d shards", s.Run.Merged))
	}
	if s.Run.Signer == "" {
		words = append(words, "not signed")
	}
	return strings.Join(words, ", ")
}

// platforms is those of the summary, in the order of the run.
func (s *Summary) platforms() []Platform {
	all := slices.Clone(s.Run.Platforms)
	for p := range s.Counts {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	slices.Sort(all[min(len(s.Run.Platforms), len(all)):])
	return all
}

// table writes the counts, whose columns add up.
func (s *Summary) table(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	all := s.platforms()
	row := func(name string, cell func(Platform) string) {
		fmt.Fprintf(t, "%s\t", name)
		for _, p := range all {
			fmt.Fprintf(t, "%s\t", cell(p))
		}
		fmt.Fprintln(t)
	}
	row("", func(p Platform) string { return preflight.Printable(string(p)) })
	for _, status := range statuses {
		row(string(status), func(p Platform) string { return preflight.Thousands(s.Counts[p][status]) })
	}
	row("rows", func(p Platform) string { return preflight.Thousands(s.Counts[p].Rows()) })
	_ = t.Flush() // into w, which keeps its error
}

// byCheck writes what failed, and what warned.
func (s *Summary) byCheck(w io.Writer) {
	if len(s.Checks) > 0 {
		fmt.Fprint(w, "\nBy check\n")
	}
	for i := range s.Checks[:min(len(s.Checks), textChecks)] {
		c := &s.Checks[i]
		fmt.Fprintf(w, "  %s: %s", preflight.Printable(c.Check), c.counted())
		if len(c.Users) > 0 {
			fmt.Fprintf(w, ": %s", named(c.Users, cmp.Or(c.OfUsers, c.Failed+c.Warned)))
		}
		fmt.Fprintln(w)
		c.writeCauses(w)
	}
	if n := len(s.Checks) - textChecks; n > 0 {
		fmt.Fprintf(w, "  and %d %s more: --format html or csv has them all\n", n, pluralOf(n, "check"))
	}
}

// named are users, who may be the first of some more.
func named(users []string, of int) string {
	text := preflight.Printable(strings.Join(users, ", "))
	if of > len(users) {
		text += ", …"
	}
	return text
}

// counted is "12 failed, 3 warnings, of 8 users".
func (c *CheckCount) counted() string {
	var words []string
	if c.Failed > 0 {
		words = append(words, preflight.Thousands(c.Failed)+" failed")
	}
	if c.Warned > 0 {
		words = append(words, counted(c.Warned, "warning"))
	}
	if c.OfUsers > 0 && c.OfUsers < c.Failed+c.Warned {
		words = append(words, "of "+counted(c.OfUsers, "user"))
	}
	return strings.Join(words, ", ")
}
