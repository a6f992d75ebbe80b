package intune

import "testing"

// A mark is known wherever people write around it, and the one that was added counts.
func TestMarkOf(t *testing.T) {
	mark := Mark{Set: "com.contoso.mail", Key: "ios-mail"}
	for name, test := range map[string]struct {
		description string
		want        Mark
	}{
		"alone":            {mark.String(), mark},
		"described":        {mark.Describe("Mail for all."), mark},
		"text behind it":   {mark.Describe("Mail for all.") + " Ticket 4711, Bob", mark},
		"a line behind it": {mark.Describe("Mail for all.") + "\nsee the wiki", mark},
		"another's before": {mark.Describe("As [easkit com.fabrikam.mail/ios-mail], for Contoso."), mark},
		"none":             {"Mail for all.", Mark{}},
		"half of one":      {"[easkit com.contoso.mail/", Mark{}},
		"of no key":        {"[easkit com.contoso.mail/Mail]", Mark{}},
	} {
		if got, ok := MarkOf(Object{"description": test.description}); got != test.want || ok != (test.want != Mark{}) {
			t.Errorf("%s: %v, %t", name, got, ok)
		}
	}
	if mark.Pilot() || !(Mark{Key: "ios-pilot-1a2b3c4d"}).Pilot() {
		t.Error("a pilot's mark is not told from another")
	}
}
