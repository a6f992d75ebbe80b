package rollout

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// ends is an entry whose certificate ends some days after madeAt.
func ends(line int, p Platform, s Status, days int) Entry {
	e := made(line, s, p, "x")
	e.Identity.NotAfter = madeAt.AddDate(0, 0, days)
	e.Identity.Thumbprint = strings.Repeat(string(rune('A'+line)), 40)
	return e
}

func TestExpiring(t *testing.T) {
	v := newTarget(t)
	keptBlind := ends(8, IOS, Kept, 40)
	keptBlind.Identity = &Identity{NotAfter: keptBlind.Identity.NotAfter}
	keptBare := made(9, Kept, IOS, "x")
	keptBare.Identity = nil
	v.run(Shard{}, madeRun(0, IOS, Android), false, 0,
		ends(2, IOS, Done, 30), ends(2, Android, Done, 30), // one certificate on both
		ends(3, IOS, Done, 10), // renewed since
		ends(4, IOS, Done, 20), // whose renewal failed
		ends(5, IOS, Done, -3), // ended
		ends(6, IOS, Done, 60), // not before the day
		ends(7, IOS, Skipped, 5),
		ends(8, IOS, Done, 40), ends(9, IOS, Done, 50))
	v.run(Shard{0, 2}, madeRun(1, IOS), false, 0, ends(3, IOS, Done, 375), bareEntry(4, Failed, IOS, RowFinding(RowPassword, 4, errors.New("it does not open"))), keptBlind, keptBare)
	v.run(Shard{1, 2}, madeRun(-1, IOS), false, 0, ends(6, IOS, Done, 1), bareEntry(5, Failed, IOS)) // before the first
	before := madeAt.AddDate(0, 0, 60)
	found, err := Expiring(ReadTarget(t.Context(), v), before)
	if err != nil {
		t.Fatal(err)
	}
	list := NewExpiryList(found, madeAt, before)
	want := `5 certificates end before 2027-01-20

2026-11-18  has ended   user5@contoso.com  ios
2026-12-11  in 20 days  user4@contoso.com  ios  failed last: row.password
2026-12-21  in 30 days  user2@contoso.com  ios, android
2026-12-31  in 40 days  user8@contoso.com  ios
2027-01-10  in 50 days  user9@contoso.com  ios
`
	if got := written(t, list.WriteText); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if list.Users[3].File != "user8@contoso.com.p12" {
		t.Errorf("what was kept lost its file: %+v", list.Users[3])
	}
	rows, err := csv.NewReader(strings.NewReader(written(t, list.WriteCSV))).ReadAll()
	if err != nil || len(rows) != 6 || rows[3][1] != "user2@contoso.com" || rows[3][3] != "ios android" || rows[3][0] != "2026-12-21T12:00:00Z" || rows[2][7] != RowPassword {
		t.Errorf("%q, %v", rows, err)
	}
	var form ExpiryList
	if err := json.Unmarshal([]byte(written(t, list.WriteJSON)), &form); err != nil || form.Schema != "easkit/expiring/v1" || len(form.Users) != 5 || form.Users[0].Line != 5 {
		t.Errorf("%+v, %v", form, err)
	}
	list.Redact()
	if text := written(t, list.WriteCSV) + written(t, list.WriteText) + written(t, list.WriteJSON); strings.Contains(text, "contoso") || strings.Contains(text, "FFFF") || !strings.Contains(text, "line-0005") {
		t.Errorf("with names taken out\n%s", text)
	}
}

func TestExpiringText(t *testing.T) {
	for _, test := range []struct {
		notAfter time.Time
		want     string
	}{
		{madeAt.Add(time.Hour), "today"}, {madeAt.Add(25 * time.Hour), "in 1 day"}, {madeAt.Add(-time.Second), "has ended"}, {madeAt.AddDate(0, 0, 59), "in 59 days"},
	} {
		l := NewExpiryList(nil, madeAt, madeAt)
		if got := l.days(&Expiry{NotAfter: test.notAfter}); got != test.want {
			t.Errorf("%s: %q, want %q", test.notAfter, got, test.want)
		}
	}
	if got := written(t, NewExpiryList(nil, madeAt, madeAt).WriteText); got != "No certificate ends before 2026-11-21\n" {
		t.Errorf("nobody: %q", got)
	}
	if got := written(t, NewExpiryList(nil, madeAt, madeAt).WriteJSON); !strings.Contains(got, `"users": []`) {
		t.Errorf("nobody: %s", got)
	}
}
