package preflight

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestScenarioDefaults(t *testing.T) {
	at := time.Date(2026, time.November, 21, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name     string
		in, want Scenario
	}{
		{"nothing said", Scenario{}, Scenario{OAuth, Entra, ExchangeOnline, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"Exchange Server", Scenario{Mailbox: ExchangeServer}, Scenario{Direct, ADFS, ExchangeServer, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"unknown counts as online", Scenario{Mailbox: MailboxUnknown}, Scenario{OAuth, Entra, MailboxUnknown, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"direct", Scenario{Auth: Direct}, Scenario{Direct, Entra, ExchangeOnline, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"oauth on premises", Scenario{Auth: OAuth, Mailbox: ExchangeServer}, Scenario{OAuth, ADFS, ExchangeServer, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"Entra ID for Exchange Server", Scenario{Auth: OAuth, Issuer: Entra, Mailbox: ExchangeServer}, Scenario{OAuth, Entra, ExchangeServer, Worldwide, time.Time{}, 15, 11, time.Time{}}},
		{"everything said", Scenario{Direct, ADFS, MailboxUnknown, China, at, 18, 14, time.Time{}}, Scenario{Direct, ADFS, MailboxUnknown, China, at, 18, 14, time.Time{}}},
	} {
		got := test.in.WithDefaults()
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		if again := got.WithDefaults(); again != got {
			t.Errorf("%s: completed twice it is %+v", test.name, again)
		}
	}
}

func TestMaybeOnline(t *testing.T) {
	for mailbox, want := range map[Mailbox]bool{ExchangeOnline: true, MailboxUnknown: true, ExchangeServer: false} {
		if got := (Scenario{Mailbox: mailbox}).MaybeOnline(); got != want {
			t.Errorf("%s: %v, want %v", mailbox, got, want)
		}
	}
}

func TestWord(t *testing.T) {
	for _, cloud := range Clouds {
		if got, err := Word("cloud", string(cloud), Clouds); got != cloud || err != nil {
			t.Errorf("%s: %q, %v", cloud, got, err)
		}
	}
	for _, wrong := range []string{"", "GCC", "gcc-low"} {
		_, err := Word("cloud", wrong, Clouds)
		if err == nil || !strings.Contains(err.Error(), "worldwide, gcc, gcc-high, dod, china") {
			t.Errorf("%q: %v, want an error that names the clouds", wrong, err)
		}
	}
}
