package rollout

import (
	"errors"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/preflight/checktest"
)

func TestRowFindings(t *testing.T) {
	var rows []checktest.Row
	for _, info := range Catalogue() {
		for _, test := range []struct {
			err  error
			want preflight.Status
			line int
		}{{nil, preflight.StatusPass, 0}, {errors.New("wrong\x1b[31m in\ntwo lines"), preflight.StatusFail, 7}} {
			f := RowFinding(info.ID, 7, test.err)
			checktest.Finding(t, f)
			if f.Check != info.ID || f.Status != test.want || f.Line != test.line {
				t.Errorf("%s: %+v", info.ID, f)
			}
			rows = append(rows, checktest.Row{Check: info.ID, Want: f.Status})
		}
	}
	checktest.Catalogue(t, Catalogue(), rows)
}

func TestRowOutcome(t *testing.T) {
	o := preflight.Warn("two files, the newer is taken")[0]
	o.Value, o.Fix = "newer", "remove the older"
	if f := RowOutcome(RowIdentity, o); f.Status != preflight.StatusWarn || f.Value != "newer" || f.Fix != "remove the older" || f.Basis != preflight.Documented {
		t.Errorf("%+v", f)
	}
	f := RowFinding("row.other", 7, nil)
	checktest.Finding(t, f)
	if f.Status != preflight.StatusFail || !strings.Contains(f.Message, `no check "row.other"`) {
		t.Errorf("a check that doesn't exist: %+v", f)
	}
}
