package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// finish judges the identities, writes the profiles of all that may go, and reports.
func (m *migration) finish(in audit.Input, failed error) error {
	var judged []profileResult
	shut := false // a profile, or its identity: that stops no other
	for _, p := range m.found {
		if p.note != "" {
			m.say("%s: %s", preflight.Printable(p.path), p.note)
			continue
		}
		in.Certificates = append(in.Certificates, p.certificates...)
		judged = append(judged, p.profileResult)
		shut = shut || p.unopened
	}
	report, err := m.report(judged, &m.f.checkFlags, in)
	if err := unopened(err, &failed); err != nil {
		return err
	}
	refused, failing := m.write(report, failed)
	if err := m.tellMigration(report, refused); err != nil {
		return err
	}
	switch {
	case failing != nil:
		return failing
	case failed != nil || shut:
		return errInputs
	case refused > 0: // whatever --fail-on says: there is no file
		return errFindings
	}
	return failOn(m.global.failOn, report)
}

// tellMigration prints the report: in text on standard error, since standard output
// has the names of the files; and what came of it in a few words.
func (m *migration) tellMigration(report *preflight.Report, refused int) error {
	m.warnModes()
	if m.global.format != formatText {
		return m.formReport(m.out, report, preflight.TextOptions{})
	}
	if m.global.quiet && refused == 0 || len(report.Subjects) == 0 {
		return nil
	}
	if err := report.WriteText(m.err, preflight.TextOptions{Verbose: m.global.verbose, Colour: m.colour(m.err), Profiles: true}); err != nil {
		return err
	}
	m.tellOutcome(refused)
	return nil
}

// tellOutcome counts, and says what to do with what was written.
func (m *migration) tellOutcome(refused int) {
	written, unopened, back, first := 0, 0, false, ""
	for _, p := range m.found {
		if !p.done {
			continue
		}
		written++
		back = back || p.moved.Back != nil
		if len(p.certificates) == 0 && p.old.File.KeyInside() {
			unopened++
		}
		if first == "" && len(p.files) > 0 {
			first = p.files[0]
		}
	}
	verb := "migrated"
	if m.f.dryRun {
		verb = "would be migrated"
	}
	m.say("%d of %s %s to %s, %d refused, %d left alone", written, preflight.Counted(len(m.found), "profile"), verb, m.dir, refused, len(m.found)-written-refused-m.broken)
	if m.broken > 0 {
		m.say("%d could not be written", m.broken)
	}
	if unopened > 0 {
		m.say("%s never looked at, for want of the password (--password-dir): neither --users nor --tenant said anything of them", preflight.Counted(unopened, "certificate"))
	}
	switch {
	case written == 0 || m.f.dryRun:
		return
	case m.signer == nil:
		m.say("They are not signed: phones say Not Signed. Give --signer SIGNER")
	case back:
		m.say("To go back, send what is in %s: phones do not take the old profiles as they were, as these are signed otherwise", filepath.Join(m.dir, dirBack))
	}
	m.say("Next: easkit explain %s; send it with its letter to a pilot first", first)
}

// write writes the profiles against which nothing stands, and marks in the report what
// was written. Where the tenant, a CA or a CRL fails, or an input of theirs could not be
// read, that stands against all. The error is the last of those that could not be
// written.
func (m *migration) write(report *preflight.Report, unread error) (refused int, failed error) {
	failing := failingSubjects(report)
	none := unread != nil || slices.ContainsFunc(report.Subjects, standsAgainstAll)
	if none {
		m.say("Nothing is written: the pre-flight of what all sign-ins rest on failed")
	}
	for _, p := range m.found {
		switch {
		case p.note != "":
			continue
		case m.ctx.Err() != nil:
			return refused, m.ctx.Err()
		case none, p.moved == nil, p.moved.Refused, failing[p.name], slices.ContainsFunc(p.certificates, func(c audit.Certificate) bool { return failing[c.Name] || failing[userOf(report, c.Name)] }):
			refused++
			continue
		}
		if err := m.writeOne(p); err != nil {
			m.broken++
			if failed != nil {
				m.printError(failed)
			}
			failed = err
		}
	}
	for i := range report.Subjects {
		for _, p := range m.found {
			if s := &report.Subjects[i]; s.Kind == "profile" && s.Name == p.name {
				s.Files = p.files
			}
		}
	}
	return refused, failed
}

// standsAgainstAll reports whether a subject that fails is none of one user's.
func standsAgainstAll(s preflight.Subject) bool {
	return s.Verdict == preflight.StatusFail && !slices.Contains([]string{"profile", "certificate", "user"}, s.Kind)
}

// failingSubjects are those of a report with a failure that counts, by name.
func failingSubjects(report *preflight.Report) map[string]bool {
	failing := map[string]bool{}
	for _, s := range report.Subjects {
		failing[s.Name] = failing[s.Name] || s.Verdict == preflight.StatusFail
	}
	return failing
}

// userOf is the user to whom a certificate of the report leads: there is a subject of
// that name where a tenant was given.
func userOf(report *preflight.Report, certificate string) string {
	for _, s := range report.Subjects {
		if s.Kind != "certificate" || s.Name != certificate {
			continue
		}
		for _, f := range s.Findings {
			if (f.Check == "cert.user" || f.Check == "cert.binding") && f.Value != "" {
				return preflight.Printable(f.Value)
			}
		}
	}
	return ""
}

// writeOne writes a profile with the old one and the letter, all of them or none. One
// that is there already, with the same content, is left alone.
func (m *migration) writeOne(p *moving) error {
	name := nameFor(p.path)
	path := filepath.Join(m.dir, name+profileExtensions[0])
	if err := m.refuseInput(path); err != nil {
		return err
	}
	files := []staged{
		{path, p.moved.Data},
		{filepath.Join(m.dir, dirBefore, name+profileExtensions[0]), p.old.Data},
		{filepath.Join(m.dir, dirLetters, name+".txt"), p.letter},
	}
	if p.moved.Back != nil {
		files = append(files, staged{filepath.Join(m.dir, dirBack, name+profileExtensions[0]), p.moved.Back})
	}
	done, err := m.isDone(path, p)
	if err != nil {
		return err
	}
	lacking := files
	if done { // what was taken away or changed since is written again
		lacking = slices.DeleteFunc(slices.Clone(files[1:]), func(f staged) bool {
			there, err := os.ReadFile(f.path)
			return err == nil && bytes.Equal(there, f.data)
		})
	}
	if err := m.commit(lacking, done || m.global.force); err != nil {
		return err
	}
	if p.done = true; m.f.dryRun {
		return nil
	}
	for _, f := range files {
		p.files = append(p.files, f.path)
	}
	if m.global.verbose {
		m.say("%s: %s", preflight.Printable(p.path), strings.Join(p.moved.Changes, "; "))
	}
	if m.global.format == formatText {
		fmt.Fprintln(m.out, path)
	}
	return nil
}

// staged is a file to be written.
type staged struct {
	path string
	data []byte
}

// commit writes files, all of them or none; with --dry-run none.
func (m *migration) commit(files []staged, force bool) error {
	for _, f := range files {
		info, err := os.Lstat(f.path)
		switch {
		case err == nil && info.IsDir():
			return fmt.Errorf("%s: there is a folder of that name", f.path)
		case err == nil && m.f.dryRun && !force:
			return fmt.Errorf("%q: %w", f.path, keyfile.ErrExists)
		}
	}
	if m.f.dryRun {
		return nil
	}
	var batch keyfile.Batch
	defer batch.Discard()
	for _, f := range files {
		if err := batch.Add(f.path, f.data); err != nil {
			return err
		}
	}
	err := batch.Commit(force)
	if errors.Is(err, keyfile.ErrExists) {
		return withHint(err, "an earlier run wrote it otherwise (another signer, another profile): give another folder with -o, or --force to replace it")
	}
	return err
}

// isDone reports whether an earlier wave wrote the same profile. Signatures differ
// from run to run: what is signed counts, and by whom.
func (m *migration) isDone(path string, p *moving) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	there, err := ios.Open(data)
	if err != nil {
		return false, nil // it is something else: writing tells that the name is taken
	}
	next, err := ios.Open(p.moved.Data)
	if err != nil {
		return false, err
	}
	before, err := os.ReadFile(filepath.Join(m.dir, dirBefore, nameFor(p.path)+profileExtensions[0]))
	if err == nil && !bytes.Equal(before, p.old.Data) {
		return false, nil // of another old profile
	}
	same := there.SignatureErr == nil && bytes.Equal(there.Content, next.Content) && (there.Signed == nil) == (next.Signed == nil) &&
		(there.Signed == nil || bytes.Equal(there.Signed.Signer.Raw, next.Signed.Signer.Raw))
	if same {
		m.say("%s is there already, with this content", preflight.Printable(path))
	}
	return same, nil
}

// letter is what the user is told.
func (m *migration) letter(p *moving, j *ios.Judgement) ([]byte, error) {
	f, err := ios.Open(p.moved.Data)
	if err != nil {
		return nil, err
	}
	known := ios.Known{Roots: m.trust.Roots, RootsAre: m.trust.RootsAre, Password: p.old.Password, Replaces: true, Reinstall: p.moved.Reinstall}
	paragraphs, err := ios.Explain(j.Scenario, f, known).Letter()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	writeLetter(&b, paragraphs)
	return b.Bytes(), nil
}
