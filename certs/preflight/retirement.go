package preflight

import (
	"fmt"
	"time"
)

// RetirementDay is the last day on which easkit expects Exchange Online to
// take a certificate sent straight to EAS. Microsoft says "by the end of 2026"
// and names no day: the day is our setting, kept here and nowhere else.
var RetirementDay = time.Date(2026, time.December, 31, 0, 0, 0, 0, time.UTC)

// RetirementSource is where Microsoft announced it (2026-05-08).
const RetirementSource = "https://techcommunity.microsoft.com/blog/exchange/retirement-of-direct-exchange-activesync-certificate-based-authentication-by-end/4517896"

// Retirement is the check profile.retirement: direct sign-in meets a mailbox
// that is, or may be, in Exchange Online. It needs the scenario alone, so that
// certificates and profiles are judged by the same rule.
var Retirement = Table[struct{}]{{
	Info: Info{
		ID:     "profile.retirement",
		Title:  "Exchange Online will go on taking this sign-in",
		Reason: "Exchange Online stops taking certificates sent straight to EAS by the end of 2026; the phone then reports a wrong password and mail stops",
		Fix:    "use --auth oauth, so that the certificate is shown to Entra ID; users will see a certificate prompt at sign-in",
		Source: RetirementSource,
		Basis:  Documented,
	},
	Run: func(s Scenario, _ struct{}) []Outcome { return retirement(s) },
}}

func retirement(s Scenario) []Outcome {
	switch {
	case s.Auth != Direct:
		return Pass("sign-in is by OAuth, which stays")
	case !s.MaybeOnline():
		return Pass("direct sign-in to Exchange Server is not being retired")
	}
	where := "a mailbox in Exchange Online"
	if s.Mailbox == MailboxUnknown {
		where = "a mailbox that may be in Exchange Online (say --mailbox to settle it)"
	}
	left := daysLeft(s.At)
	if left < 0 {
		o := Outcome{Status: StatusFail, Message: fmt.Sprintf("direct sign-in with %s ended %s ago, if Microsoft kept to %s (it says \"by the end of 2026\"; the day is our setting)",
			where, Days(-left), RetirementDay.Format(time.DateOnly))}
		if s.Mailbox == MailboxUnknown {
			o.Status = StatusWarn
		}
		return []Outcome{o}
	}
	return Warn("direct sign-in with %s ends in %s, on %s (Microsoft says \"by the end of 2026\"; the day is our setting)",
		where, Days(left), RetirementDay.Format(time.DateOnly))
}

// Days writes a number of days for a message: "1 day", "40 days".
func Days(n int) string { return Counted(n, "day") }

// daysLeft counts whole days from at to the end of RetirementDay: 0 on the day
// itself, negative after it.
func daysLeft(at time.Time) int {
	day := at.UTC().Truncate(24 * time.Hour)
	return int(RetirementDay.Sub(day) / (24 * time.Hour))
}
