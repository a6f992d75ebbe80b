package rollout

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestWaves(t *testing.T) {
	const (
		pilots = "upn,Pilot,Wave\na@x.com,yes,2\nb@x.com,,1\nc@x.com,X,1\nd@x.com,no,pilot\ne@x.com,WAHR,3\n"
		rings  = "upn,Ring,Site\na@x.com,1,Kiel\nb@x.com,Pilot,kiel\nc@x.com,2,Bonn\nd@x.com,wave 2,\n"
	)
	for _, test := range []struct{ table, wave, want string }{
		{pilots, "", "abcde"},
		{pilots, "pilot", "ace"},
		{pilots, "PILOT", "ace"},
		{pilots, "pilot=no", "d"},
		{pilots, "wave=1", "bc"},
		{pilots, "wave", "bc"},
		{pilots, "3", "e"},
		{pilots, "100%", "abcde"},
		{rings, "pilot", "ab"},
		{rings, "wave 2", "d"},
		{rings, "Site = KIEL", "ab"},
		{rings, "nobody", ""},
	} {
		w, err := ParseWave(test.wave)
		if err != nil {
			t.Errorf("%s: %v", test.wave, err)
			continue
		}
		if again, err := ParseWave(w.String()); again != w || err != nil {
			t.Errorf("--wave %q is written %q, which is another", test.wave, w)
		}
		var got strings.Builder
		for _, r := range records(t, test.table, TableOptions{Wave: w}) {
			if r.InWave {
				got.WriteString(r.User[:1])
			}
		}
		if got.String() != test.want {
			t.Errorf("--wave %q takes %s, want %s", test.wave, got.String(), test.want)
		}
	}
	for _, bad := range []string{"0%", "101%", "x%", "=x", "Site=", "-5%"} {
		if w, err := ParseWave(bad); err == nil {
			t.Errorf("--wave %q is %v", bad, w)
		}
	}
}

// The waves of a table are known once it was read, each once, and not too many of them.
func TestWavesOfTable(t *testing.T) {
	var many strings.Builder
	for i := range maxWaves + 2 {
		fmt.Fprintf(&many, "%d@x.com,wave %d\n", i, i)
	}
	for _, test := range []struct {
		rows, wave string
		want       []string
		more       bool
	}{
		{"a@x.com,Pilot\nb@x.com,2\nc@x.com,\nd@x.com,pilot\n", "nope", []string{`"Pilot"`, `"2"`}, false},
		{"a@x.com,Pilot\n", "10%", nil, false},
		{"a@x.com,Pilot\n", "", nil, false},
		{many.String(), "nope", []string{`"wave 0"`, `"wave 1"`, `"wave 2"`, `"wave 3"`, `"wave 4"`, `"wave 5"`, `"wave 6"`, `"wave 7"`, `"wave 8"`, `"wave 9"`}, true},
	} {
		w, err := ParseWave(test.wave)
		if err != nil {
			t.Fatal(err)
		}
		tab, err := ReadTable(strings.NewReader("upn,wave\n"+test.rows), TableOptions{Wave: w})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Survey(tab, func(Record) {}); err != nil {
			t.Fatal(err)
		}
		if names, more := tab.Waves(); !slices.Equal(names, test.want) || more != test.more {
			t.Errorf("%s: %q, %v", test.wave, names, more)
		}
	}
}

// A mapped column is the one of waves.
func TestMappedWave(t *testing.T) {
	got := records(t, "upn,Welle\na@x.com,pilot\nb@x.com,2\n", TableOptions{Map: map[string]string{"wave": "Welle"}, Wave: Wave{name: Pilot}})
	if len(got) != 2 || !got[0].InWave || got[1].InWave {
		t.Errorf("%+v", got)
	}
}

// Shares grow by users, have about their size, are cut evenly by shards, and do not
// depend on the order of the table.
func TestShares(t *testing.T) {
	const users = 20_000
	in := func(percent int, shard Shard) (all []string) {
		for i := range users {
			key := fmt.Sprintf("user%d@contoso.com", i)
			if shard.Has(key) && percentile(key) < percent {
				all = append(all, key)
			}
		}
		return all
	}
	ten, twenty := in(10, Shard{}), in(20, Shard{})
	for _, user := range ten {
		if !slices.Contains(twenty, user) {
			t.Fatalf("%s is in 10%% and not in 20%%", user)
		}
	}
	const slack = users / 100
	if n := len(ten); n < users/10-slack || n > users/10+slack {
		t.Errorf("10%% of %d are %d", users, n)
	}
	if n := len(in(10, Shard{Index: 1, Count: 2})); n < users/20-slack || n > users/20+slack {
		t.Errorf("10%% of half of %d are %d", users, n)
	}
	if p := percentile("alice@contoso.com"); p != 44 {
		t.Errorf("alice@contoso.com is number %d now: users would change waves in the middle of a rollout", p)
	}
}
