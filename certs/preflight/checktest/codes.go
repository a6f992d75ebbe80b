package checktest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// codeID is the form of ids.
var codeID = regexp.MustCompile(`^(AADSTS\d+|(ios|eas|http)-\d+(\.\d+)?)$`)

// Codes wants each code explained once and in full, in order, and found by its id
// and by its names.
func Codes(t testing.TB, codes []preflight.Code) {
	t.Helper()
	bases := []preflight.Basis{preflight.Documented, preflight.FromSource, preflight.Measured, preflight.Observed, preflight.Inferred}
	for i, c := range codes {
		switch {
		case !codeID.MatchString(c.ID):
			t.Errorf("%q is not the id of a code", c.ID)
		case i > 0 && preflight.CompareCodes(codes[i-1], c) >= 0:
			t.Errorf("%s stands behind %s: twice, or out of order", c.ID, codes[i-1].ID)
		case c.Title == "" || c.Seen == "" || c.Means == "" || len(c.Check) == 0 || slices.Contains(c.Check, "") || c.Fix == "" || c.Source == "":
			t.Errorf("%s is incomplete: %+v", c.ID, c)
		case !slices.Contains(bases, c.Basis):
			t.Errorf("%s rests on %q", c.ID, c.Basis)
		}
		for _, name := range append(c.Names, c.ID) {
			if found := preflight.FindCodes(codes, name); len(found) != 1 || found[0].ID != c.ID {
				t.Errorf("%q finds %d codes, not %s alone", name, len(found), c.ID)
			}
		}
		for _, text := range append(c.Check, c.Title, c.Seen, c.Means, c.Fix) {
			if text != preflight.Printable(text) || text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.HasSuffix(text, "..") {
				t.Errorf("%s: not a clean line: %q", c.ID, text)
			}
		}
	}
}
