package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles/probe"
)

// explained joins the codes of all packages that explain some, by kind and number.
func explained() []preflight.Code {
	all := append(entra.Codes(), probe.Codes()...) // eas and http
	return append(all, ios.Codes()...)
}

func newExplain(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CODE...]",
		Short: "Explain error codes of Entra ID, iOS, Exchange ActiveSync and HTTP",
		Long: "Says of each code where it is seen, what it means, what to check and what to do.\n" +
			"Codes are AADSTS50034, ios-9000, eas-126, http-403.16, in any spelling. A bare\n" +
			"number stands for all codes that have it, a line of a log for the codes in it.\n" +
			"Without a code it lists all that it explains.",
		Example: "  easkit explain AADSTS50034\n" +
			"  easkit explain 126 403.16\n" +
			"  easkit explain \"MCCertificateErrorDomain Code=9000\"",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			return a.explain(args)
		},
	}
}

// explain prints what is known of each code, once, and what isn't a code as
// errors, of which the last is returned.
func (a *app) explain(queries []string) error {
	all := explained()
	if len(queries) == 0 {
		return a.printCodes(all)
	}
	var found []preflight.Code
	var failed error
	seen := map[string]bool{}
	for _, query := range joined(queries) {
		codes := preflight.FindCodes(all, query)
		if len(codes) == 0 {
			if failed != nil {
				a.printError(failed)
			}
			failed = unexplained(all, query)
		}
		for _, c := range codes {
			if !seen[c.ID] {
				found = append(found, c)
			}
			seen[c.ID] = true
		}
	}
	if len(found) > 0 {
		if err := a.printExplained(found); err != nil {
			return err
		}
	}
	return failed
}

// kindWord is an argument that is only the first half of a code.
var kindWord = regexp.MustCompile(`^[A-Za-z]+:?$`)

// joined puts what was typed without quotes together again: aadsts 50034.
func joined(args []string) []string {
	var queries []string
	half := ""
	for _, arg := range args {
		half = strings.TrimSpace(half + " " + arg)
		if !kindWord.MatchString(arg) {
			queries = append(queries, half)
			half = ""
		}
	}
	if half != "" {
		queries = append(queries, half)
	}
	return queries
}

// offered is how many codes are offered in place of one that isn't known.
const offered = 3

// unexplained says that a query is no code, and what to type instead.
func unexplained(all []preflight.Code, query string) error {
	if info, err := os.Stat(query); err == nil && !info.IsDir() {
		return withHint(fmt.Errorf("%q is a file, and codes are explained here", query), "easkit show %s", preflight.Printable(query))
	}
	err := fmt.Errorf("nothing is known of the code %q", query)
	var near []string
	for _, c := range preflight.NearCodes(all, query, offered) {
		near = append(near, c.ID)
	}
	if len(near) > 0 {
		return withHint(err, "easkit explain %s, if that is what it was; easkit explain lists all codes", strings.Join(near, " "))
	}
	if strings.Contains(strings.ToUpper(query), "AADSTS") {
		return withHint(err, "look it up at https://login.microsoftonline.com/error; easkit explain lists all codes that are explained here")
	}
	return withHint(err, "easkit explain, which lists all codes")
}

// printCodes lists codes, a line each.
func (a *app) printCodes(codes []preflight.Code) error {
	if a.global.format == formatJSON {
		return a.printJSON(codes)
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range codes {
		fmt.Fprintf(w, "%s\t%s\n", c.ID, c.Title)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return a.print(b.Bytes())
}

func (a *app) printExplained(codes []preflight.Code) error {
	if a.global.format == formatJSON {
		return a.printJSON(codes)
	}
	var b bytes.Buffer
	for i, c := range codes {
		if i > 0 {
			b.WriteString("\n")
		}
		writeCode(&b, c)
	}
	return a.print(b.Bytes())
}

// writeCode writes a code as a page of help.
func writeCode(b *bytes.Buffer, c preflight.Code) {
	title := c.ID
	if len(c.Names) > 0 {
		title += " (" + strings.Join(c.Names, ", ") + ")"
	}
	writeWrapped(b, "", "  ", title+": "+c.Title)
	b.WriteString("\n")
	writeLabelled(b, "seen", c.Seen)
	writeLabelled(b, "means", c.Means)
	bullet := fmt.Sprintf("  %-*s- ", labelWidth, "check")
	for _, item := range c.Check {
		hanging := strings.Repeat(" ", len(bullet))
		writeWrapped(b, bullet, hanging, item)
		bullet = strings.TrimSuffix(hanging, "  ") + "- "
	}
	writeLabelled(b, "fix", c.Fix)
	writeLabelled(b, "basis", string(c.Basis))
	writeLabelled(b, "source", c.Source)
}

const (
	pageWidth  = 80 // columns of a terminal that nobody made wider
	labelWidth = 8  // of the longest label and the space after it
)

func writeLabelled(b *bytes.Buffer, label, text string) {
	start := fmt.Sprintf("  %-*s", labelWidth, label)
	writeWrapped(b, start, strings.Repeat(" ", len(start)), text)
}

// writeWrapped writes words in lines of at most [pageWidth] columns, where no word
// is longer. The first line begins with first, the others with next.
func writeWrapped(b *bytes.Buffer, first, next, text string) {
	line, empty := first, true
	for _, word := range strings.Fields(text) {
		switch {
		case empty:
			line += word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > pageWidth:
			b.WriteString(line + "\n")
			line = next + word
		default:
			line += " " + word
		}
		empty = false
	}
	b.WriteString(line + "\n")
}
