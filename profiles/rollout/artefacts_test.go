package rollout

import (
	"fmt"
	"slices"
	"testing"
)

// keptOf is the entry of what was kept that another made.
func keptOf(e Entry) Entry {
	return Entry{User: e.User, Line: e.Line, Platform: e.Platform, Status: Kept, Made: e.Ref(), Identity: &Identity{NotAfter: e.Identity.NotAfter}, Ended: madeAt}
}

// Which files lie in the target for a user, by the manifests of several runs and shards.
func TestArtefacts(t *testing.T) {
	done, anew, second := made(2, Done, IOS, "x"), made(2, Done, IOS, "y"), made(3, Done, IOS, "x")
	type run struct {
		shard   Shard
		hours   int
		entries []Entry
	}
	first, last := Shard{0, 2}, Shard{1, 2} // their manifests are read before that of all
	for _, test := range []struct {
		name string
		runs []run
		want string // users and inputs
	}{
		{"none", []run{{Shard{}, 0, nil}}, ""},
		{"done", []run{{Shard{}, 0, []Entry{done, second}}}, "user2 x, user3 x"},
		{"kept", []run{{Shard{}, 0, []Entry{done}}, {Shard{}, 1, []Entry{keptOf(done)}}, {Shard{}, 2, []Entry{keptOf(done)}}}, "user2 x"},
		{"kept, as it was written before", []run{{Shard{}, 0, []Entry{done}}, {Shard{}, 1, []Entry{made(2, Kept, IOS, "x")}}, {Shard{}, 2, []Entry{keptOf(done)}}}, "user2 x"},
		{"kept in another manifest", []run{{Shard{}, 0, []Entry{done}}, {first, 1, []Entry{keptOf(done)}}}, "user2 x"},
		{"made anew", []run{{Shard{}, 0, []Entry{done}}, {Shard{}, 1, []Entry{anew}}}, "user2 y"},
		{"made anew, and kept", []run{{Shard{}, 0, []Entry{done}}, {last, 1, []Entry{anew}}, {first, 2, []Entry{keptOf(anew)}}}, "user2 y"},
		{"failed since", []run{{Shard{}, 0, []Entry{done, second}}, {Shard{}, 1, []Entry{bareEntry(2, Failed, IOS)}}}, "user3 x"},
		{"skipped since", []run{{Shard{}, 0, []Entry{done}}, {Shard{}, 1, []Entry{bareEntry(2, Skipped, IOS)}}}, "user2 x"},
		{"the user's second row failed", []run{{Shard{}, 0, []Entry{done, {User: done.User, Line: 9, Platform: IOS, Status: Failed}}}}, "user2 x"},
		{"nobody says what was kept", []run{{Shard{}, 0, []Entry{keptOf(done), second}}}, "user3 x, user2 of nowhere"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newTarget(t)
			var shares []Shard
			for _, r := range test.runs {
				v.run(r.shard, madeRun(r.hours), false, 0, r.entries...)
				if !slices.Contains(shares, r.shard) {
					shares = append(shares, r.shard)
				}
			}
			got := ""
			for e, err := range Artefacts(t.Context(), v, shares, nil) {
				if err != nil {
					t.Fatal(err)
				}
				input := "of nowhere"
				for _, known := range []string{"x", "y"} {
					if e.Input == hexOf(known) {
						input = known
					}
				}
				if got += fmt.Sprintf(", user%d %s", e.Line, input); (len(e.Files) == 0) != (input == "of nowhere") {
					t.Errorf("%+v", e)
				}
			}
			if want := test.want; got != "" && got[2:] != want || got == "" && want != "" {
				t.Errorf("got %q, want %q", got, want)
			}
			if want := len(test.runs[0].entries) > 0; want {
				for e, err := range Artefacts(t.Context(), v, shares, func(user string) bool { return user == second.User }) {
					if err != nil || e.User != second.User {
						t.Errorf("asked for %s: %+v, %v", second.User, e, err)
					}
				}
			}
		})
	}
	v := newTarget(t)
	v.replace(ManifestName(Shard{}), "x\n")
	for _, err := range Artefacts(t.Context(), v, []Shard{{}}, nil) {
		if err == nil {
			t.Error("a manifest that is none")
		}
	}
}
