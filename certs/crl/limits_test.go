package crl

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
)

func TestLimitsOf(t *testing.T) {
	public := Limits{20_000_000, 20_971_520, 45_000_000, 68_157_440, 10 * time.Second, true}
	government := Limits{45_000_000, 47_185_920, 150_000_000, 157_286_400, 10 * time.Second, true}
	assumed := public
	assumed.Documented = false
	for cloud, want := range map[preflight.Cloud]Limits{
		"":                  public,
		preflight.Worldwide: public,
		preflight.GCC:       public,
		preflight.GCCHigh:   government,
		preflight.DoD:       government,
		preflight.China:     assumed,
		"cumulus":           assumed,
	} {
		if diff := cmp.Diff(want, LimitsOf(cloud)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", cloud, diff)
		}
	}
}

// No cloud takes more than what is read where nothing else is said.
func TestDefaultsCoverEveryCloud(t *testing.T) {
	for _, cloud := range preflight.Clouds {
		limits := LimitsOf(cloud)
		if limits.BackgroundSize >= DefaultMaxSize {
			t.Errorf("%s allows %d bytes, by default %d are read", cloud, limits.BackgroundSize, int64(DefaultMaxSize))
		}
		if limits.MaxTime >= DefaultTimeout {
			t.Errorf("%s allows %s, by default a download ends after %s", cloud, limits.MaxTime, DefaultTimeout)
		}
		ascending := limits.WarnSize < limits.MaxSize && limits.MaxSize <= limits.BackgroundSize &&
			limits.BackgroundWarnSize < limits.BackgroundSize
		if !ascending {
			t.Errorf("%s: %+v", cloud, limits)
		}
	}
}
