package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/table"
	"github.com/easkit/easkit/ios"
)

// wave is the part of all profiles that a call is for. nil is all of them.
type wave struct {
	percent int             // of all, where users is nil
	users   map[string]bool // whose addresses, in lower case; true where one has a profile
}

// readWave reads --wave and --waves.
func (a *app) readWave(name, file string) (*wave, error) {
	switch {
	case name == "" && file != "":
		return nil, withHint(errors.New("--waves says who is in which wave, and not which of them it is now"), "give --wave NAME as well")
	case name == "":
		return nil, nil
	case file != "":
		w := &wave{users: map[string]bool{}}
		return w, a.parseFile("--waves", file, func(r io.Reader) error { return w.readCSV(r, name) })
	}
	digits, isShare := strings.CutSuffix(name, "%")
	percent, err := strconv.Atoi(digits)
	if !isShare || err != nil || percent < 1 || percent > 100 {
		return nil, withHint(fmt.Errorf("--wave %q is neither a share from 1%% to 100%% nor, without --waves, a name", name), "give --wave 10%%, or --waves FILE with the name")
	}
	return &wave{percent: percent}, nil
}

// readCSV reads who is in a wave, from a table as spreadsheets and PowerShell write it.
func (w *wave) readCSV(r io.Reader, name string) error {
	text, err := table.OpenText(r, certs.MaxFileSize)
	if err != nil {
		return err
	}
	t, err := table.Open(text)
	if err != nil {
		return err
	}
	upn, at := t.Column("upn", "userprincipalname"), t.Column("wave")
	if upn < 0 || at < 0 {
		return fmt.Errorf("it has no columns UPN and Wave, but %s", t.Columns())
	}
	for err = t.Next(); err == nil; err = t.Next() {
		user, err := t.Cell(upn)
		if err != nil {
			return err
		}
		in, err := t.Cell(at)
		if err != nil {
			return err
		}
		if strings.EqualFold(strings.TrimSpace(in), strings.TrimSpace(name)) {
			w.users[strings.ToLower(strings.TrimSpace(strings.Clone(user)))] = false
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	if len(w.users) == 0 {
		return fmt.Errorf("nobody in it is in the wave %q", name)
	}
	return nil
}

// share is a number from 0 to 99 that a profile always gives, by its user: identifiers
// and UUIDs are the same for everybody with some generators.
func share(f *ios.File) int {
	h := fnv.New32a()
	for _, p := range f.Accounts() {
		io.WriteString(h, strings.ToLower(p.Get("EmailAddress").Str()+"\x00"+p.Get("UserName").Str()))
	}
	io.WriteString(h, f.Top.Get("PayloadIdentifier").Str())
	return int(h.Sum32() % 100)
}

// has reports whether a profile is in the wave: by one of its accounts' names, or, for
// a share, by its number, so that 25% holds all of 10%.
func (w *wave) has(f *ios.File) bool {
	if w == nil {
		return true
	}
	if w.users == nil {
		return share(f) < w.percent
	}
	found := false
	for _, p := range f.Accounts() {
		for _, key := range []string{"UserName", "EmailAddress"} {
			name := strings.ToLower(strings.TrimSpace(p.Get(key).Str()))
			if _, in := w.users[name]; in {
				w.users[name], found = true, true
			}
		}
	}
	return found
}

// lacking are the users of the wave for whom has found no profile.
func (w *wave) lacking() []string {
	if w == nil {
		return nil
	}
	var all []string
	for name, found := range w.users {
		if !found {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// named is how many of a list a message names.
const named = 5

// some names the first of a list.
func some(all []string) string {
	if len(all) <= named {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:named], ", "), len(all)-named)
}
