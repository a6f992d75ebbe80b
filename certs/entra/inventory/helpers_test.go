package inventory

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testClock is when the tests take place.
var testClock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// source is a file that is there as text.
func source(name, text string) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// fixture is a file of testdata. All of them are made up: no tenant's logs are
// public.
func fixture(name string) Source {
	return Source{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join("testdata", name)) }}
}

const (
	signInsCSV  = "InteractiveSignIns_2026-10-22_2026-11-21.csv"
	detailsCSV  = "InteractiveSignIns_AuthDetails_2026-10-22_2026-11-21.csv"
	devicesCSV  = "Get-MobileDevice.csv"
	signInsJSON = "signIns-pages.json"
	intuneJSON  = "deviceConfigurations.json"
)

// all is every fixture.
func all() []Source {
	return []Source{fixture(detailsCSV), fixture(devicesCSV), fixture(signInsCSV), fixture(signInsJSON), fixture(intuneJSON)}
}

// online knows the one host of the fixtures.
func online(host string) bool { return host == "outlook.office365.com" }

func read(t testing.TB, o Options, sources ...Source) *Inventory {
	t.Helper()
	if o.At.IsZero() {
		o.At = testClock
	}
	o.Online = online
	inv, err := Read(t.Context(), sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// user finds a user by the name under which they are listed.
func user(t testing.TB, inv *Inventory, label string) *User {
	t.Helper()
	for k := range inv.Users {
		if inv.Users[k].Label() == label {
			return &inv.Users[k]
		}
	}
	t.Fatalf("there is no user %s", label)
	return nil
}
