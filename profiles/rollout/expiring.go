package rollout

import (
	"cmp"
	"iter"
	"slices"
	"time"
	"unique"
)

// Expiry is a user whose certificate ends, as the latest profile has it that was made
// for them.
type Expiry struct {
	User       string     `json:"user"`
	Line       int        `json:"line"` // of the table of that run
	Platforms  []Platform `json:"platforms"`
	NotAfter   time.Time  `json:"notAfter"`
	Thumbprint string     `json:"thumbprint,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	File       string     `json:"file,omitempty"`
	// FailedLast is the check that the user failed in a later run than the profile is of;
	// "" where the latest run made or kept it.
	FailedLast string `json:"failedLast,omitempty"`
}

// Expiring lists the users whose certificate ends before a time, or has ended, by the
// lines of one manifest or, as [ReadTarget] gives them, several. The first to end comes
// first. A user whose renewal failed is listed, and marked: the phone has the old one. It
// holds those that end in memory, and some tens of bytes for each of the others.
func Expiring(lines iter.Seq2[Line, error], before time.Time) ([]Expiry, error) {
	var order history
	latest, ending, failures := map[half]int32{}, map[half]Expiry{}, lastFailures{}
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		run, e := order.of(line), line.Entry
		if e != nil && e.Status == Failed && e.User != "" {
			failures.add(&order, e, run)
		}
		if e == nil || e.User == "" || e.Status != Done && e.Status != Kept || e.Identity == nil || e.Identity.NotAfter.IsZero() {
			continue
		}
		pair, now := pairOf(e.User, e.Platform), newExpiry(e)
		if other, ok := ending[pair]; ok && other.NotAfter.Equal(now.NotAfter) {
			now.describe(&other)
			other.describe(&now)
			ending[pair] = other
		}
		if last, ok := latest[pair]; ok && !order.older(last, run) {
			continue
		}
		latest[pair] = run
		delete(ending, pair)
		if now.NotAfter.Before(before) {
			ending[pair] = now
		}
	}
	list := make([]Expiry, 0, len(ending))
	for pair, e := range ending {
		if f, ok := failures[pair]; ok && order.later(f.run, latest[pair]) {
			e.FailedLast = f.check
		}
		list = append(list, e)
	}
	return foldPlatforms(list), nil
}

func newExpiry(e *Entry) Expiry {
	return Expiry{e.User, e.Line, []Platform{e.Platform}, e.Identity.NotAfter.UTC(), e.Identity.Thumbprint, e.Identity.Subject, e.Identity.File, ""}
}

// lastFailures are the latest runs in which users failed on a platform, and by which
// check.
type lastFailures map[half]lastFailure

type lastFailure struct {
	run   int32
	check string
}

func (l lastFailures) add(order *history, e *Entry, run int32) {
	pair := pairOf(e.User, e.Platform)
	if before, ok := l[pair]; ok && !order.later(run, before.run) {
		return
	}
	check := unnamedCheck
	if f := firstFailed(e.Findings); f != nil {
		check = unique.Make(f.Check).Value() // not a copy for each of many users
	}
	l[pair] = lastFailure{run, check}
}

// unnamedCheck stands for the check of a failure that names none.
const unnamedCheck = "failed"

// later reports whether run a began after run b.
func (h *history) later(a, b int32) bool {
	switch {
	case a == b:
		return false
	case a > b: // read after it
		return h.older(b, a)
	}
	return !h.older(a, b)
}

// describe tells what another entry about the same certificate knows of it, and this one
// does not: what is kept may not have been opened.
func (e *Expiry) describe(other *Expiry) {
	e.Thumbprint = cmp.Or(e.Thumbprint, other.Thumbprint)
	e.Subject = cmp.Or(e.Subject, other.Subject)
	e.File = cmp.Or(e.File, other.File)
}

// foldPlatforms sorts by the end and the user, and makes one of those that a user has
// for several platforms with the same end.
func foldPlatforms(list []Expiry) []Expiry {
	slices.SortFunc(list, func(a, b Expiry) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.User, b.User), cmp.Compare(a.Thumbprint, b.Thumbprint), cmp.Compare(a.FailedLast, b.FailedLast), cmp.Compare(b.Platforms[0], a.Platforms[0]))
	})
	folded := list[:0]
	for _, e := range list {
		if n := len(folded); n > 0 && folded[n-1].User == e.User && folded[n-1].NotAfter.Equal(e.NotAfter) && folded[n-1].Thumbprint == e.Thumbprint && folded[n-1].FailedLast == e.FailedLast {
			folded[n-1].Platforms = append(folded[n-1].Platforms, e.Platforms...)
			continue
		}
		folded = append(folded, e)
	}
	return folded
}
