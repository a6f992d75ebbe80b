package preflight

import (
	"strings"
	"testing"
	"time"
)

func TestRetirement(t *testing.T) {
	for _, test := range []struct {
		date    string
		auth    Auth
		mailbox Mailbox
		want    Status
		says    string
	}{
		{"2026-11-21", Direct, ExchangeOnline, StatusWarn, "a mailbox in Exchange Online ends in 40 days, on 2026-12-31"},
		{"2026-11-21", Direct, MailboxUnknown, StatusWarn, "may be in Exchange Online (say --mailbox to settle it) ends in 40 days"},
		{"2026-11-21", Direct, ExchangeServer, StatusPass, "not being retired"},
		{"2026-12-31", Direct, ExchangeOnline, StatusWarn, "ends in 0 days"},
		{"2026-12-31", Direct, MailboxUnknown, StatusWarn, "ends in 0 days"},
		{"2026-12-31", Direct, ExchangeServer, StatusPass, "not being retired"},
		{"2027-01-01", Direct, ExchangeOnline, StatusFail, "ended 1 day ago"},
		{"2027-01-01", Direct, MailboxUnknown, StatusWarn, "ended 1 day ago"},
		{"2027-01-01", Direct, ExchangeServer, StatusPass, "not being retired"},
		{"2026-11-21", OAuth, ExchangeOnline, StatusPass, "OAuth"},
		{"2027-01-01", OAuth, ExchangeOnline, StatusPass, "OAuth"},
		{"2027-01-01", OAuth, MailboxUnknown, StatusPass, "OAuth"},
		{"2027-01-01", OAuth, ExchangeServer, StatusPass, "OAuth"},
	} {
		day, err := time.Parse(time.DateOnly, test.date)
		if err != nil {
			t.Fatal(err)
		}
		// The first and the last moment of a day give the same answer.
		for _, at := range []time.Time{day, day.Add(24*time.Hour - time.Second)} {
			s := Scenario{Auth: test.auth, Mailbox: test.mailbox, At: at}.WithDefaults()
			f := Retirement.Run(s, struct{}{})
			if len(f) != 1 || f[0].Status != test.want || !strings.Contains(f[0].Message, test.says) || f[0].Source != RetirementSource {
				t.Errorf("%s %s %s: %+v, want %s with %q", at.Format(time.RFC3339), test.auth, test.mailbox, f, test.want, test.says)
			}
		}
	}
}

// The day is one in UTC, wherever the clock stands.
func TestRetirementInAnotherZone(t *testing.T) {
	tokyo := time.FixedZone("JST", 9*60*60)
	s := Scenario{Auth: Direct, At: time.Date(2027, time.January, 1, 8, 0, 0, 0, tokyo)}.WithDefaults()
	if f := Retirement.Run(s, struct{}{}); f[0].Status != StatusWarn {
		t.Errorf("at 23:00 UTC on the last day: %+v", f)
	}
}
