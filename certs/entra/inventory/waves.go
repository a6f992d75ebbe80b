package inventory

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// DefaultWaveSize is how many users a wave has where nothing else is said: as
// many as a help desk can answer in a day. Our setting.
const DefaultWaveSize = 50

// The pilot's size: a twentieth of all, within bounds. Our settings.
const (
	pilotShare = 20
	pilotLeast = 3
	pilotMost  = 20
)

const pilotName = "pilot"

// few is under how many users an app and system share a wave with others: our
// setting, a tenth of a wave and at least this.
const few = 5

// The groups that aren't an app and a system.
const (
	groupMixed = "several apps or systems"
	groupFew   = "apps that few use"
	groupOld   = "EAS below 16.1"
	groupStale = "no sync for 30 days"
)

// plan puts everybody who has to move into waves. Who was in a wave of the
// earlier inventory stays there, so that a plan holds once it is made; others
// follow in new waves.
func (i *Inventory) plan(size int, previous *Inventory) {
	if size <= 0 {
		size = DefaultWaveSize
	}
	var open []*User
	earlier := previous.waveOf()
	for k := range i.Users {
		u := &i.Users[k]
		if u.Wave = earlier[userKey(u)]; u.Wave == "" && u.affected {
			open = append(open, u)
		}
	}
	next := 1
	if previous != nil && len(previous.Waves) > 0 {
		i.Waves = slices.Clone(previous.Waves)
		next = previous.nextWave()
	} else {
		open = i.pilot(open)
	}
	groups, joined := grouped(open, max(few, size/10))
	for _, name := range groupOrder(groups) {
		rule := groupRule(name, joined)
		for part := range slices.Chunk(groups[name], size) {
			i.wave(Wave{Name: "wave " + strconv.Itoa(next), Group: name, Rule: rule}, part)
			next++
		}
	}
	i.countWaves()
}

// grouped puts users together by what they have in common. Groups of few users
// become one, in their order; joined names them.
func grouped(users []*User, few int) (groups map[string][]*User, joined []string) {
	groups = map[string][]*User{}
	for _, u := range users {
		groups[u.group()] = append(groups[u.group()], u)
	}
	var together []*User
	for _, name := range groupOrder(groups) {
		if len(groups[name]) < few && !slices.Contains(lastGroups, name) {
			together, joined = append(together, groups[name]...), append(joined, name)
			delete(groups, name)
		}
	}
	switch len(joined) {
	case 0:
	case 1: // there is nothing to share with
		groups[joined[0]] = together
	default:
		groups[groupFew] = together
	}
	return groups, joined
}

func (i *Inventory) wave(w Wave, users []*User) {
	for _, u := range users {
		u.Wave = w.Name
	}
	i.Waves = append(i.Waves, w)
}

// countWaves counts who is in each wave. Users of an earlier inventory who are in
// no export any more have left their wave.
func (i *Inventory) countWaves() {
	at := map[string]*Wave{}
	for k := range i.Waves {
		i.Waves[k].Users, i.Waves[k].Left = 0, 0
		at[i.Waves[k].Name] = &i.Waves[k]
	}
	for k := range i.Users {
		u := &i.Users[k]
		if w := at[u.Wave]; w != nil {
			w.Users++
			if u.affected {
				w.Left++
			}
		}
	}
}

// group is what a user's phones that have to move have in common.
func (u *User) group() string {
	name := ""
	for k := range u.Devices {
		d := &u.Devices[k]
		if d.Stale || d.State == Moved || d.State == Password || d.Counts.OAuth > 0 {
			continue
		}
		if d.OldEAS {
			return groupOld
		}
		if other := d.label(); name == "" {
			name = other
		} else if name != other {
			name = groupMixed
		}
	}
	return cmp.Or(name, groupStale)
}

// label is the app and the system.
func (d *Device) label() string {
	if d.OS == "" {
		return d.App
	}
	return d.App + " on " + d.OS
}

// lastGroups are those that come after the apps, in their order: their users need
// more than a new profile.
var lastGroups = []string{groupMixed, groupOld, groupStale}

// groupOrder is the largest first, since most is learnt there.
func groupOrder(groups map[string][]*User) []string {
	last := func(name string) int { return slices.Index(lastGroups, name) }
	return slices.SortedFunc(maps.Keys(groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), cmp.Compare(len(groups[b]), len(groups[a])), strings.Compare(a, b))
	})
}

func groupRule(name string, joined []string) string {
	switch name {
	case groupFew:
		return "app by app: " + strings.Join(joined, ", ")
	case groupMixed:
		return "users whose phones differ: each phone needs its own instructions"
	case groupStale:
		return "ask whether the phone is still in use before anything else"
	case groupOld:
		return "Exchange Online refuses these already: update the app or the system, then move"
	}
	return "users of " + name + " only, in the order of their names"
}

// pilot chooses who goes first and returns the others: users with one phone,
// whose system is of the newest major version in use, from each app and system in
// turn.
func (i *Inventory) pilot(open []*User) []*User {
	want := min(max(len(open)/pilotShare, pilotLeast), pilotMost)
	newest := newestSystems(open)
	candidates := map[string][]*User{}
	for _, u := range open {
		if d := u.only(); d != nil && !d.OldEAS && d.OSVersion != "" && major(d.OSVersion) == newest[d.OS] {
			candidates[d.label()] = append(candidates[d.label()], u)
		}
	}
	var chosen []*User
	for round := 0; len(chosen) < want; round++ {
		before := len(chosen)
		for _, name := range groupOrder(candidates) {
			if users := candidates[name]; round < len(users) && len(chosen) < want {
				chosen = append(chosen, users[round])
			}
		}
		if len(chosen) == before {
			break
		}
	}
	if len(chosen) == 0 {
		return open
	}
	i.wave(Wave{Name: pilotName, Group: "first of each app and system", Rule: pilotRule(newest)}, chosen)
	return slices.DeleteFunc(open, func(u *User) bool { return u.Wave != "" })
}

func pilotRule(newest map[string]string) string {
	var versions []string
	for _, system := range slices.Sorted(maps.Keys(newest)) {
		versions = append(versions, system+" "+newest[system])
	}
	return fmt.Sprintf("one phone in use, on the newest major version in use (%s), EAS not below 16.1; from each app and system in turn", strings.Join(versions, ", "))
}

// only is a user's phone, where just one is in use.
func (u *User) only() *Device {
	var found *Device
	for k := range u.Devices {
		if d := &u.Devices[k]; !d.Stale {
			if found != nil {
				return nil
			}
			found = d
		}
	}
	return found
}

// newestSystems is the newest major version in use, by system.
func newestSystems(users []*User) map[string]string {
	newest := map[string]string{}
	for _, u := range users {
		for _, d := range u.Devices {
			if d.OS != "" && d.State != Moved && compareVersions(major(d.OSVersion), newest[d.OS]) > 0 {
				newest[d.OS] = major(d.OSVersion)
			}
		}
	}
	return newest
}
