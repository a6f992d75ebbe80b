package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

func newDiff(a *app) *cobra.Command {
	var delivery string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Tell whether a phone would update, add or refuse a profile",
		Long: "Says whether a phone that has the profile OLD takes NEW in its place, what happens to\n" +
			"each part, what the user loses, and what the phone asks. A user's own phone wants the\n" +
			"very same signer; device management (--for mdm) may replace what it brought. Passwords\n" +
			"and keys are never shown.\n" +
			"The exit status is 0 where nothing changes or NEW takes the place of OLD, and 1 where\n" +
			"the phone refuses it, keeps both, the user loses something, or encryption hides what\n" +
			"the profiles hold.",
		Example: "  easkit diff installed.mobileconfig alice.mobileconfig\n" +
			"  easkit diff installed.mobileconfig alice.mobileconfig --for mdm --format json",
		Args: exactlyTwo,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			return a.diff(args[0], args[1], delivery)
		},
	}
	cmd.Flags().StringVar(&delivery, "for", string(profiles.ForManual), "who installs the profile, the user (manual) or device management: "+choice(profiles.Deliveries))
	return cmd
}

func exactlyTwo(cmd *cobra.Command, args []string) error {
	if len(args) != 2 {
		return withHint(fmt.Errorf("it takes two profiles, not %d", len(args)), "easkit %s", strings.TrimPrefix(cmd.UseLine(), "easkit "))
	}
	return nil
}

// diffSchema names the form of the JSON. Fields may be added under it, and none changes
// its meaning.
const diffSchema = "easkit/diff/v1"

// difference is what --format json prints.
type difference struct {
	Schema string `json:"schema"`
	*ios.Difference
}

func (a *app) diff(oldFile, newFile, delivery string) error {
	s, err := a.asked()
	if err != nil {
		return err
	}
	way, err := preflight.Word("--for", delivery, profiles.Deliveries)
	if err != nil {
		return err
	}
	older, oldErr := a.openProfile(oldFile)
	newer, newErr := a.openProfile(newFile)
	if err := errors.Join(oldErr, newErr); err != nil {
		if oldErr != nil && newErr != nil {
			a.printError(oldErr)
			return newErr
		}
		return err
	}
	password, err := a.identityPassword()
	if err != nil {
		return err
	}
	d := ios.CompareKnown(s, older, newer, ios.Known{Password: password, ByMDM: way != profiles.ForManual, Literal: way == profiles.ForAppleBusiness})
	if a.global.format == formatJSON {
		err = a.printJSON(difference{diffSchema, d})
	} else {
		var b bytes.Buffer
		writeDifference(&b, d)
		err = a.print(b.Bytes())
	}
	switch {
	case err != nil:
		return err
	case d.Given == ios.PasswordRefused:
		return errPasswordOpensNothing
	case !d.Verdict.Fine():
		return errFindings
	}
	return nil
}

// verdictWords say in a line what the phone does.
var verdictWords = map[ios.Verdict]string{
	ios.Same:    "nothing changes",
	ios.Updates: "the new profile takes the old one's place",
	ios.Adds:    "the phone keeps the old profile and adds the new one",
	ios.Loses:   "the new profile takes the old one's place, and the user loses something",
	ios.Unknown: "the new profile takes the old one's place, and what is in them is encrypted",
	ios.Refused: "the phone does not install the new profile",
}

// writeDifference writes what the phone does, for a person.
func writeDifference(b *bytes.Buffer, d *ios.Difference) {
	writeWrapped(b, "", "  ", string(d.Verdict)+": "+verdictWords[d.Verdict])
	for _, r := range d.Reasons {
		writeReason(b, r)
	}
	if len(d.Effects) > 0 {
		b.WriteString("\nWHAT USERS NOTICE\n")
		for _, r := range d.Effects {
			writeReason(b, r)
		}
	}
	if len(d.Payloads) > 0 {
		b.WriteString("\nWHAT HAPPENS TO EACH PART\n")
		for _, p := range d.Payloads {
			text := p.Type + " " + p.Identifier
			if p.What != "" {
				text += ": " + p.What
			}
			if p.Basis == preflight.Inferred {
				text += " " + unconfirmed
			}
			writeWrapped(b, fmt.Sprintf("  %-17s ", p.Fate), strings.Repeat(" ", 20), text)
		}
	}
	if len(d.Account) > 0 {
		b.WriteString("\nTHE MAIL ACCOUNT\n")
		for i, k := range d.Account {
			if k.Of != "" && (i == 0 || d.Account[i-1].Of != k.Of) {
				writeWrapped(b, "  ", "  ", k.Of)
			}
			writeWrapped(b, "  "+k.Key+": ", "    ", orNothing(k.Old)+" -> "+orNothing(k.New))
		}
	}
	writePrompts(b, d.Prompts)
	if strings.Contains(b.String(), unconfirmed) {
		b.WriteString("\n")
		writeWrapped(b, "  ", "  ", unconfirmed+" what is likely, and nobody has documented or shown: try it on one phone.")
	}
}

func orNothing(value string) string {
	if value == "" {
		return "(nothing)"
	}
	return value
}

// writePrompts lists what the phone asks.
func writePrompts(b *bytes.Buffer, prompts []ios.Prompt) {
	if len(prompts) > 0 {
		b.WriteString("\nWHAT THE PHONE ASKS\n")
	}
	for _, p := range prompts {
		text := p.What
		if p.Basis == preflight.Inferred {
			text += " " + unconfirmed
		}
		writeWrapped(b, "  - ", "    ", text)
	}
}

func writeReason(b *bytes.Buffer, r ios.Reason) {
	text := r.Text
	if r.Code != "" {
		text += " (" + r.Code + ")"
	}
	if r.Basis == preflight.Inferred {
		text += " " + unconfirmed
	}
	writeWrapped(b, "  - ", "    ", text)
}
