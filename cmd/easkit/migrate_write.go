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
	for _, p := range m.found {
		if p.note != "" {
			m.say("%s: %s", preflight.Printable(p.path), p.note)
			continue
		}
		in.Certificates = append(in.Certificates, p.certificates...)
		judged = append(judged, p.profileResult)
		if p.unopened {
			failed = errInputs
		}
	}
	report, err := m.report(judged, &m.f.checkFlags, in)
	if err := unopened(err, &failed); err != nil {
		return err
	}
	refused, err := m.write(report)
	if err != nil {
		return err
	}
	if err := m.tellMigration(report, refused); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case refused: // whatever --fail-on says: there is no file
		return errFindings
	}
	return failOn(m.global.failOn, report)
}

// tellMigration prints the report: in text on standard error, since standard output
// has the names of the files.
func (m *migration) tellMigration(report *preflight.Report, refused bool) error {
	m.warnModes()
	if m.global.format != formatText {
		return m.formReport(m.out, report, preflight.TextOptions{})
	}
	if m.global.quiet && !refused || len(report.Subjects) == 0 {
		return nil
	}
	return report.WriteText(m.err, preflight.TextOptions{Verbose: m.global.verbose, Colour: m.colour(m.err)})
}

// write writes the profiles against which nothing stands.
func (m *migration) write(report *preflight.Report) (refused bool, err error) {
	failing := failingSubjects(report)
	for _, p := range m.found {
		switch {
		case p.note != "":
			continue
		case p.moved == nil, p.moved.Refused, failing[p.name], slices.ContainsFunc(p.certificates, func(c audit.Certificate) bool { return failing[c.Name] || failing[userOf(report, c.Name)] }):
			refused = true
			continue
		}
		if err := m.writeOne(p); err != nil {
			return refused, err
		}
	}
	return refused, nil
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
	if done, err := m.isDone(path, p); done || err != nil {
		return err
	}
	if err := m.refuseInput(path); err != nil {
		return err
	}
	letter, err := m.letter(p)
	if err != nil {
		return fmt.Errorf("%s: %w", p.path, err)
	}
	var batch keyfile.Batch
	defer batch.Discard()
	for _, f := range []struct {
		path string
		data []byte
	}{
		{path, p.moved.Data},
		{filepath.Join(m.dir, dirBefore, name+profileExtensions[0]), p.old.Data},
		{filepath.Join(m.dir, dirLetters, name+".txt"), letter},
	} {
		if err := batch.Add(f.path, f.data); err != nil {
			return err
		}
	}
	if err := batch.Commit(m.global.force); err != nil {
		return err
	}
	if m.global.verbose {
		m.say("%s: %s", preflight.Printable(p.path), strings.Join(p.moved.Changes, "; "))
	}
	if m.global.format == formatText {
		fmt.Fprintln(m.out, path)
	}
	return nil
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
	same := bytes.Equal(there.Content, next.Content) && (there.Signed == nil) == (next.Signed == nil) &&
		(there.Signed == nil || bytes.Equal(there.Signed.Signer.Raw, next.Signed.Signer.Raw))
	if same {
		m.say("%s is there already, with this content", preflight.Printable(path))
	}
	return same, nil
}

// letter is what the user is told.
func (m *migration) letter(p *moving) ([]byte, error) {
	f, err := ios.Open(p.moved.Data)
	if err != nil {
		return nil, err
	}
	known := ios.Known{Roots: m.trust.Roots, RootsAre: m.trust.RootsAre, Password: m.password, Replaces: true, Reinstall: p.moved.Reinstall}
	paragraphs, err := ios.Explain(p.s, f, known).Letter()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	writeLetter(&b, paragraphs)
	return b.Bytes(), nil
}
