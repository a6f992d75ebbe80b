// Package checktest holds, for tests, what every check of every package must keep
// to.
package checktest

import (
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// Finding wants what holds for every finding: one printable line, a source, a fix
// for what is wrong, and no failure on a weak basis.
func Finding(t testing.TB, f preflight.Finding) {
	t.Helper()
	switch {
	case f.Message == "" || strings.ContainsAny(f.Message, "\n\r\x1b"):
		t.Errorf("%s: the message is not one printable line: %q", f.Check, f.Message)
	case strings.HasPrefix(f.Message, "the check itself broke"):
		t.Errorf("%s: %s", f.Check, f.Message)
	case f.Basis.Weak() && f.Status == preflight.StatusFail:
		t.Errorf("%s fails although it is only %s: %s", f.Check, f.Basis, f.Message)
	case f.Source == "" || f.Status.Worse(preflight.StatusSkip) && f.Fix == "":
		t.Errorf("%s: %s without source or fix: %+v", f.Check, f.Status, f)
	}
}

// Row is what a test's table wants of a check on one of its fixtures.
type Row struct {
	Check string
	Want  preflight.Status
}

// Catalogue wants each check listed once and in full, and the rows to show each of
// them pass and not pass.
func Catalogue(t testing.TB, catalogue []preflight.Info, rows []Row) {
	t.Helper()
	bases := []preflight.Basis{preflight.Documented, preflight.FromSource, preflight.Measured, preflight.Observed, preflight.Inferred}
	passes, others, ids := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		passes[r.Check] = passes[r.Check] || r.Want == preflight.StatusPass
		others[r.Check] = others[r.Check] || r.Want.Worse(preflight.StatusSkip)
	}
	for _, info := range catalogue {
		switch {
		case ids[info.ID]:
			t.Errorf("%s is there twice", info.ID)
		case info.ID == "" || info.Title == "" || info.Reason == "" || info.Fix == "" || info.Source == "":
			t.Errorf("%s is incomplete: %+v", info.ID, info)
		case !slices.Contains(bases, info.Basis):
			t.Errorf("%s rests on %q", info.ID, info.Basis)
		case !passes[info.ID] || !others[info.ID]:
			t.Errorf("%s has no row that passes, or none that warns or fails", info.ID)
		}
		ids[info.ID] = true
	}
	for check := range passes {
		if !ids[check] {
			t.Errorf("%s, of a row, is no check", check)
		}
	}
}
