package rollout

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
)

// Opened is a candidate after it was opened.
type Opened struct {
	Candidate
	Leaf *certs.Certificate // of its identity
	Err  error              // why there is none
}

// Choice is the file that a user gets the identity of.
type Choice struct {
	Opened
	Index  int     // among those that it was chosen from
	Passed []error // why others were passed over, each naming its file
}

// ErrNoFile says that no file was found for a row.
var ErrNoFile = errors.New("there is no identity of this user: call a file after the UPN, or name it in the column identity")

// Pick chooses among the files that may be a row's. Those that did not open, and those
// whose certificate is another's by [People.Agrees], are passed over; where no other is
// left, the error says why, and wraps what opening the file said. Certificates that are
// valid at a time come before those that are not; of several, the one that begins last is
// taken, if all have the same names: else the row has to say which.
//
// One that has expired is chosen where there is no better: that it can't be used is for
// the checks to say. people may be nil.
func Pick(r Record, opened []Opened, people *People, now time.Time) (Choice, error) {
	if len(opened) == 0 {
		return Choice{}, ErrNoFile
	}
	var own []int
	var passed []error
	for i, o := range opened {
		if err := o.refused(r, people); err != nil {
			passed = append(passed, fmt.Errorf("%s: %w", quoted(o.Path), err))
			continue
		}
		own = append(own, i)
	}
	if len(own) == 0 {
		if more := len(passed) - 1; more > 0 {
			return Choice{}, fmt.Errorf("%w (and %d more that can't be used)", passed[0], more)
		}
		return Choice{}, passed[0]
	}
	valid := slices.DeleteFunc(slices.Clone(own), func(i int) bool { return opened[i].outside(now) != nil })
	if len(valid) > 0 {
		for _, i := range own {
			if err := opened[i].outside(now); err != nil {
				passed = append(passed, fmt.Errorf("%s: %w", quoted(opened[i].Path), err))
			}
		}
		own = valid
	}
	i, err := newest(opened, own)
	if err != nil {
		return Choice{}, err
	}
	return Choice{opened[i], i, passed}, nil
}

var errNotOpened = errors.New("it was not opened")

// refused says why a file is not the row's.
func (o Opened) refused(r Record, people *People) error {
	switch {
	case o.Err != nil:
		return o.Err
	case o.Leaf == nil:
		return errNotOpened
	}
	return people.Agrees(r, o.Leaf)
}

// outside says that a certificate is not valid at a time.
func (o Opened) outside(now time.Time) error {
	switch {
	case now.Before(o.Leaf.NotBefore):
		return fmt.Errorf("the certificate is valid from %s on", o.Leaf.NotBefore.UTC().Format(time.RFC3339))
	case now.After(o.Leaf.NotAfter):
		return fmt.Errorf("the certificate expired on %s", o.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

// newest is the certificate that begins last, whatever the order of the files. Of files
// with the same certificate it is the one whose path comes first.
func newest(opened []Opened, among []int) (int, error) {
	best := slices.MinFunc(among, func(i, j int) int {
		return cmp.Or(opened[j].Leaf.NotBefore.Compare(opened[i].Leaf.NotBefore), cmp.Compare(opened[i].Path, opened[j].Path))
	})
	for _, i := range among {
		a, b := opened[best], opened[i]
		switch {
		case bytes.Equal(a.Leaf.Raw, b.Leaf.Raw):
		case !slices.Equal(namesOf(a.Leaf), namesOf(b.Leaf)):
			return 0, several(a, b, "and have different names")
		case a.Leaf.NotBefore.Equal(b.Leaf.NotBefore):
			return 0, several(a, b, "and begin at the same time")
		}
	}
	return best, nil
}

func several(a, b Opened, why string) error {
	first, second := min(a.Path, b.Path), max(a.Path, b.Path)
	return fmt.Errorf("%s and %s are both this user's, %s: name one of them in the column identity", quoted(first), quoted(second), why)
}

// namesOf are the distinct addresses of a certificate, in an order.
func namesOf(leaf *certs.Certificate) []string {
	upns, mails := addresses(leaf)
	var all []string
	for _, upn := range upns {
		all = append(all, "upn "+certs.CanonicalAddress(upn))
	}
	for _, mail := range mails {
		all = append(all, "mail "+certs.CanonicalAddress(mail))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
