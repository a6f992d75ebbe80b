package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// explainFlags are those that concern profiles.
type explainFlags struct {
	letter   bool
	delivery string
	roots    []string
}

// told is a profile that was explained.
type told struct {
	File string `json:"file"`
	*ios.Story
}

// isProfileArgument tells files from codes: what is there as a file is one.
func isProfileArgument(arg string) bool {
	if arg == stdout { // "-" stands for both
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && !info.IsDir()
}

// looksLikeFile reports whether what is neither file nor code was meant for a file.
func looksLikeFile(arg string) bool {
	return strings.EqualFold(filepath.Ext(arg), ".mobileconfig") || strings.ContainsRune(arg, filepath.Separator)
}

// tell explains profiles, each as far as it can be read; the last error is returned.
func (a *app) tell(files []string, o explainFlags) ([]told, error) {
	s, err := a.asked()
	if err != nil {
		return nil, err
	}
	delivery, err := preflight.Word("--for", o.delivery, profiles.Deliveries)
	if err != nil {
		return nil, err
	}
	trust, err := a.readRoots(o.roots)
	if err != nil {
		return nil, err
	}
	password, err := a.identityPassword()
	if err != nil {
		return nil, err
	}
	known := ios.Known{Roots: trust.Roots, RootsAre: trust.RootsAre, Password: password, ByMDM: delivery != profiles.ForManual, Literal: delivery == profiles.ForAppleBusiness}
	var all []told
	var failed error
	for _, file := range files {
		f, err := a.openProfile(file)
		if err != nil {
			if failed != nil {
				a.printError(failed)
			}
			failed = err
			continue
		}
		all = append(all, told{file, ios.Explain(s, f, known)})
	}
	if err := opensNothing(all); err != nil {
		if failed != nil {
			a.printError(failed)
		}
		failed = err
	}
	return all, failed
}

// opensNothing is for a password that was given and opens none of the files that are
// locked: those who hand it out want to know.
func opensNothing(all []told) error {
	refused := ""
	for _, t := range all {
		switch t.Given {
		case ios.PasswordOpens:
			return nil
		case ios.PasswordRefused:
			refused = cmp.Or(refused, t.File)
		}
	}
	if refused == "" {
		return nil
	}
	return about(refused, errPasswordOpensNothing)
}

// errPasswordOpensNothing says that a password was given for nothing.
var errPasswordOpensNothing = withHint(errors.New("the password given here does not open the certificate file"), "give the password of this file")

// openProfile reads an iOS profile as it stands.
func (a *app) openProfile(file string) (*ios.File, error) {
	data, err := a.readInput(file)
	if err != nil {
		return nil, about(file, err)
	}
	f, err := ios.Open(data)
	switch {
	case err == nil:
		return f, nil
	case holdsCertificate(data):
		return nil, withHint(fmt.Errorf("%s: it is a certificate, and no profile", file), "easkit check cert %s", preflight.Printable(file))
	}
	return nil, withHint(about(file, err), "easkit explain ios-1000 ios-4007 says how a phone refuses what is no profile")
}

// holdsCertificate reports whether a file that is no profile is a certificate, or an
// identity, locked or not.
func holdsCertificate(data []byte) bool {
	b, err := certs.Read(data, certs.Unlock{})
	return errors.Is(err, certs.ErrNoPassword) || err == nil && len(b.Certificates) > 0
}

// writeTold writes stories as text, one after the other.
func writeTold(b *bytes.Buffer, all []told) {
	for i, t := range all {
		if i > 0 {
			b.WriteString("\n\n")
		}
		writeStory(b, t)
	}
}

// letterFolder wants a folder for the letters of several profiles: each goes to
// somebody else.
func (a *app) letterFolder(files []string) error {
	if out := a.global.output; out == "" || out == stdout || !isDir(out) {
		return withHint(errors.New("there are several letters, and each is for another user: they go to a folder"), "add -o letters/")
	}
	return distinctNames(files)
}

// writeLetters writes the letter of each profile: to a file in the folder of -o, or one
// where results go. A profile that a phone refuses has none.
func (a *app) writeLetters(all []told, folder bool) error {
	var failed error
	for _, t := range all {
		paragraphs, err := t.Letter()
		if err != nil {
			a.printError(noLetter(t, err))
			failed = errFindings
			continue
		}
		if c := t.Certificate; c != nil && c.Name == "" && c.File != "" {
			a.say("note: %s: the letter cannot name the certificate to choose, since the file is locked: --password-file opens it", preflight.Printable(t.File))
		}
		var b bytes.Buffer
		writeLetter(&b, paragraphs)
		if err := a.letterOut(b.Bytes(), t.File, folder); err != nil {
			return err
		}
	}
	return failed
}

// noLetter says why there is none, and what to do.
func noLetter(t told, err error) error {
	file := preflight.Printable(t.File)
	switch {
	case errors.Is(err, ios.ErrUnfilled) && t.ByMDM:
		return withHint(about(file, err), "easkit explain %s --for intune, if Intune delivers it; else write the values themselves into the profile", file)
	case errors.Is(err, ios.ErrUnfilled):
		return withHint(about(file, err), "easkit explain %s --letter --for mdm, if device management fills them in", file)
	}
	if errors.Is(err, ios.ErrNoAccount) || errors.Is(err, ios.ErrEncrypted) {
		return withHint(fmt.Errorf("%s: there is nothing to write to the user: %w", file, err), "easkit explain %s, for what can be told", file)
	}
	return withHint(about(file, err), "easkit explain %s says why", file)
}

func (a *app) letterOut(letter []byte, file string, folder bool) error {
	if !folder {
		return a.print(letter)
	}
	path := filepath.Join(a.global.output, nameFor(file)+".txt")
	if err := a.write(path, letter); err != nil {
		return err
	}
	fmt.Fprintln(a.out, path)
	return nil
}

func writeLetter(b *bytes.Buffer, paragraphs []ios.Paragraph) {
	for i, p := range paragraphs {
		if i > 0 && (p.Number == 0 || paragraphs[i-1].Number == 0) {
			b.WriteString("\n")
		}
		if p.Number > 0 {
			writeWrapped(b, fmt.Sprintf("%2d. ", p.Number), "    ", p.Text)
		} else {
			writeWrapped(b, "", "", p.Text)
		}
	}
}

// writeStory writes a story for the help desk.
func writeStory(b *bytes.Buffer, t told) {
	var steps bytes.Buffer
	writeSteps(&steps, t.Story)
	doubted := strings.Contains(steps.String(), unconfirmed)
	writeWrapped(b, "", "  ", preflight.Printable(t.File)+": "+t.Profile)
	head := headLines(t.Story)
	if doubted {
		head = append(head, line{Label: unconfirmed, Value: "marks what is likely, and nobody has documented or shown"})
	}
	for _, l := range head {
		if l.Value != "" {
			writeWrapped(b, fmt.Sprintf("  %-*s", headWidth, l.Label), strings.Repeat(" ", headWidth+2), l.Value)
		}
	}
	b.Write(steps.Bytes())
	if doubted {
		b.WriteString("\n")
		writeWrapped(b, "  ", "  ", unconfirmed+" what is likely, and nobody has documented or shown: try it on one phone. The order of the screens is of that kind, too.")
	}
}

// writeSteps writes what happens, part by part.
func writeSteps(b *bytes.Buffer, s *ios.Story) {
	title := "WHAT THE USER SEES, IN ORDER"
	if s.ByMDM {
		title = "WHAT HAPPENS, IN ORDER"
	}
	number := 0
	for _, part := range []struct {
		title string
		steps []ios.Step
	}{{title, s.Steps}, {"WHAT COMES AFTER", s.After}, {"IF IT GOES WRONG", s.Wrong}} {
		if len(part.steps) == 0 {
			continue
		}
		b.WriteString("\n" + part.title + "\n")
		for _, step := range part.steps {
			if !step.Maybe {
				number++
			}
			writeStep(b, number, step)
		}
	}
}

// unconfirmed marks what is inferred.
const unconfirmed = "(?)"

// headWidth is of the longest label in the head of a story, and the space after it.
const headWidth = 13

// headLines say what the story is about.
func headLines(s *ios.Story) []line {
	certificate := ""
	if c := s.Certificate; c != nil {
		certificate = c.String()
		if !c.Until.IsZero() {
			certificate += ", until " + c.Until.Format(time.DateOnly)
		}
	}
	how := "by the user, by hand"
	if s.ByMDM {
		how = "by device management"
	}
	version := fmt.Sprintf("iOS %d", s.IOS)
	if s.NeedsIOS != "" {
		version = "iOS " + s.NeedsIOS
	}
	return []line{
		{"account", account(s)}, {"server", server(s)},
		{"signs in", signInWords(s)}, {"certificate", certificate}, {"signature", signatureWords(s)},
		{"installed", how + ", on " + version + " or later, as of " + s.At.Format(time.DateOnly)},
	}
}

func account(s *ios.Story) string {
	switch {
	case s.Encrypted:
		return "not known: the payloads are encrypted"
	case s.Auth == "":
		return "none in the profile"
	case s.User == "" || s.User == s.Email:
		return s.Email
	}
	return s.Email + ", user name " + s.User
}

// server is where the account connects to.
func server(s *ios.Story) string {
	if s.Host == "" && s.Auth != "" {
		return "not in the profile: the phone asks for it by the mail address (Autodiscover)"
	}
	return strings.TrimSpace(s.Host + " " + mailboxWords[s.Mailbox])
}

var mailboxWords = map[preflight.Mailbox]string{
	preflight.ExchangeOnline: "(Exchange Online)", preflight.ExchangeServer: "(Exchange Server)", preflight.MailboxUnknown: "(Exchange Online or Exchange Server: --mailbox settles it)",
}

func signInWords(s *ios.Story) string {
	switch {
	case s.Auth == "":
		return ""
	case s.Auth == preflight.Direct && s.Certificate == nil:
		return "with a password"
	case s.Auth == preflight.Direct:
		return "with the certificate, straight to the mail server (direct)"
	}
	page := "Entra ID"
	switch s.Issuer {
	case preflight.ADFS:
		page = "AD FS"
	case "":
		page = "Entra ID or AD FS"
	}
	if s.Certificate == nil {
		return "on a web page of " + page + " (OAuth); the profile has no certificate"
	}
	return "with the certificate, on a web page of " + page + " (OAuth)"
}

func signatureWords(s *ios.Story) string {
	text := string(s.Badge.State)
	if s.Badge.Signer != "" {
		text += ", by " + s.Badge.Signer
	}
	if !s.Badge.Until.IsZero() {
		text += ", until " + s.Badge.Until.Format(time.DateOnly)
	}
	return text
}

// writeStep writes a step with its number, or a dash where it happens to some only.
func writeStep(b *bytes.Buffer, number int, s ios.Step) {
	const indent = "     "
	shows := s.Shows
	if s.Basis == preflight.Inferred {
		shows += " " + unconfirmed
	}
	b.WriteString("\n")
	start := fmt.Sprintf(" %2d. ", number)
	if s.Maybe {
		start = "  -  "
	}
	writeWrapped(b, start, indent, shows)
	if s.Does != "" {
		writeWrapped(b, indent+"Do:   ", indent+"      ", s.Does)
	}
	if s.Means != "" {
		writeWrapped(b, indent+"Note: ", indent+"      ", s.Means)
	}
	width := 0
	for _, c := range s.Codes {
		width = max(width, len(c.ID)+2)
	}
	for _, c := range s.Codes {
		writeWrapped(b, fmt.Sprintf("%s  %-*s", indent, width, c.ID), indent+"  "+strings.Repeat(" ", width), c.Here)
	}
}

// splitArguments tells profiles from codes.
func splitArguments(args []string) (files, codes []string) {
	for _, arg := range args {
		if isProfileArgument(arg) {
			files = append(files, arg)
		} else {
			codes = append(codes, arg)
		}
	}
	return files, slices.Clip(codes)
}
