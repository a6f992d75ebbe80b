package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe"
)

// explained joins the codes of all packages that explain some, by kind and number.
func explained() []preflight.Code {
	all := append(entra.Codes(), probe.Codes()...) // eas and http
	return append(all, ios.Codes()...)
}

func newExplain(a *app) *cobra.Command {
	var o explainFlags
	cmd := &cobra.Command{
		Use:   "explain [FILE|CODE...]",
		Short: "Tell what a phone will do with a profile, or what an error code means",
		Long: "Of an iOS profile it tells what happens on the phone, in the order in which the user\n" +
			"sees it: what is asked, what to do, which numbers may come and what they mean there,\n" +
			"what comes after, and where the phone refuses the file. It is a text for the help\n" +
			"desk; --letter writes one for the user, and for several profiles a file each in the\n" +
			"folder of -o. It judges nothing: the exit status is 0 also where the phone refuses,\n" +
			"and 2 where a password was given that opens none of the files.\n" +
			"A file is a profile, and so is - (standard input).\n\n" +
			"Of a code it says where it is seen, what it means, what to check and what to do.\n" +
			"Codes are AADSTS50034, ios-9000, eas-126, http-403.16, in any spelling. A bare\n" +
			"number stands for all codes that have it, a line of a log for the codes in it.\n" +
			"Without an argument it lists all codes; of other words it names the codes that speak\n" +
			"of them.",
		Example: "  easkit explain alice.mobileconfig --roots root.pem --password-file alice.password\n" +
			"  easkit explain alice.mobileconfig --letter\n" +
			"  easkit explain *.mobileconfig --letter -o letters/\n" +
			"  easkit explain AADSTS50034\n" +
			"  easkit explain 126 403.16\n" +
			"  easkit explain \"MCCertificateErrorDomain Code=9000\"",
		RunE: func(_ *cobra.Command, args []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			return a.explain(args, o)
		},
	}
	cmd.Flags().BoolVar(&o.letter, "letter", false, "write a letter to the user, in place of the text for the help desk")
	cmd.Flags().StringVar(&o.delivery, "for", string(profiles.ForManual), "who installs the profile, the user (manual) or device management: "+choice(profiles.Deliveries))
	cmd.Flags().StringArrayVar(&o.roots, "roots", nil, "the phone trusts the roots in this `FILE` or folder, in place of this computer's (repeatable)")
	return cmd
}

// explainSchema names the form of the JSON. Fields may be added under it, and none
// changes its meaning.
const explainSchema = "easkit/explain/v1"

// explanation is what --format json prints.
type explanation struct {
	Schema   string           `json:"schema"`
	Profiles []told           `json:"profiles,omitempty"`
	Codes    []preflight.Code `json:"codes,omitempty"`
}

// explain prints the stories of profiles, then what is known of each code, once. What
// is neither goes out as errors, of which the last is returned.
func (a *app) explain(args []string, o explainFlags) error {
	all := explained()
	if len(args) == 0 {
		return a.printCodes(all)
	}
	files, queries := splitArguments(args)
	if o.letter && (len(files) == 0 || len(queries) > 0) {
		return withHint(errors.New("--letter is for profiles"), "easkit explain alice.mobileconfig --letter")
	}
	if o.letter && a.global.format == formatJSON {
		return errors.New("--letter is text: leave --format json out")
	}
	if o.letter && len(files) > 1 {
		if err := a.letterFolder(files); err != nil {
			return err
		}
	}
	stories, failed := a.tell(files, o)
	codes, unknown := a.lookUp(all, queries)
	if failed != nil && unknown != nil {
		a.printError(failed)
	}
	if unknown != nil {
		failed = unknown
	}
	if len(stories) == 0 && len(codes) == 0 {
		return failed
	}
	switch {
	case a.global.format == formatJSON:
		return errors.Join(a.printJSON(explanation{explainSchema, stories, codes}), failed)
	case o.letter:
		return errors.Join(a.writeLetters(stories, len(files) > 1), failed)
	}
	return errors.Join(a.printExplanation(stories, codes), failed)
}

// lookUp finds codes, each once.
func (a *app) lookUp(all []preflight.Code, queries []string) (found []preflight.Code, failed error) {
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
	return found, failed
}

// printExplanation prints what was found, profiles first.
func (a *app) printExplanation(stories []told, codes []preflight.Code) error {
	var b bytes.Buffer
	writeTold(&b, stories)
	for _, c := range codes {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		writeCode(&b, c)
	}
	return a.print(b.Bytes())
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
	if info, err := os.Stat(query); err == nil && info.IsDir() {
		return withHint(fmt.Errorf("%q is a folder: name the profiles in it", query),
			"easkit explain %s", preflight.Printable(filepath.Join(query, "*"+profileExtensions[0])))
	}
	if looksLikeFile(query) {
		return fmt.Errorf("%q is no code, and there is no such file", query)
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
	if strings.ContainsAny(query, "0123456789") {
		return withHint(err, "easkit explain, which lists all codes")
	}
	return withHint(fmt.Errorf("%q is no code", query), "%s", wordsHint(all, query))
}

// spoken is how many codes are offered that speak of what was typed.
const spoken = 5

// wordsHint is for what a user saw or said: codes that speak of it, and where else to
// look.
func wordsHint(all []preflight.Code, text string) string {
	const otherwise = "easkit explain PROFILE tells what may go wrong; easkit explain lists all codes"
	var ids []string
	for _, c := range speakOf(all, text) {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return otherwise
	}
	return "these speak of it: easkit explain " + strings.Join(ids[:min(len(ids), spoken)], " ") + "; " + otherwise
}

// speakOf finds codes with all words of a text in their title or meaning, those with
// all in the title first.
func speakOf(all []preflight.Code, text string) []preflight.Code {
	wanted := words(text)
	if len(wanted) == 0 {
		return nil
	}
	var titles, meanings []preflight.Code
	for _, c := range all {
		switch {
		case holdsWords(c.Title, wanted):
			titles = append(titles, c)
		case holdsWords(c.Title+" "+c.Means, wanted):
			meanings = append(meanings, c)
		}
	}
	return append(titles, meanings...)
}

// words are those of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
}

// alike are words of which phones, pages and people take now one, now another.
var alike = [][]string{{"wrong", "incorrect"}, {"expired", "ended"}, {"refused", "rejected", "denied"}}

// holdsWords reports whether each word, or one like it, begins one of the text's:
// password, passwords.
func holdsWords(text string, wanted []string) bool {
	there := words(text)
	for _, w := range wanted {
		forms := []string{w}
		for _, group := range alike {
			if slices.Contains(group, w) {
				forms = group
			}
		}
		if !slices.ContainsFunc(there, func(t string) bool {
			return slices.ContainsFunc(forms, func(form string) bool { return strings.HasPrefix(t, form) })
		}) {
			return false
		}
	}
	return true
}

// printCodes lists codes, a line each.
func (a *app) printCodes(codes []preflight.Code) error {
	if a.global.format == formatJSON {
		return a.printJSON(explanation{Schema: explainSchema, Codes: codes})
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
