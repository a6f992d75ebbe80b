package inventory

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// userKey is what a user of two inventories has in common.
func userKey(u *User) string { return strings.ToLower(cmp.Or(u.UPN, u.ID, u.Name)) }

// wasAffected reports of a user of an earlier inventory whether they had to move.
// A file keeps no more than the state and the phones.
func (u *User) wasAffected() bool {
	switch u.State {
	case Direct, Maybe:
		return true
	case Failed:
		return slices.ContainsFunc(u.Devices, func(d Device) bool { return d.State == Failed && d.Counts.Certificate > 0 })
	}
	return false
}

// knownBefore marks those whom the earlier inventory has as affected: they are
// listed again, even with nothing but OAuth now.
func (c *collector) knownBefore() {
	if c.o.Previous == nil {
		return
	}
	for k := range c.o.Previous.Users {
		u := &c.o.Previous.Users[k]
		if p := c.people[userKey(u)]; p != nil {
			p.known = u.wasAffected() || u.Change == HasMoved
		}
	}
}

// compare says of each user what changed since an earlier inventory.
func (i *Inventory) compare(previous *Inventory) {
	if previous == nil {
		return
	}
	result := &Comparison{With: previous.At, Users: map[Change]int{}, Gone: []string{}}
	before := map[string]*User{}
	for k := range previous.Users {
		u := &previous.Users[k]
		before[userKey(u)] = u
	}
	for k := range i.Users {
		u := &i.Users[k]
		old := before[userKey(u)]
		delete(before, userKey(u))
		u.Change = change(old, u)
		if u.Change != "" {
			result.Users[u.Change]++
		}
	}
	for _, u := range before {
		if u.wasAffected() {
			result.Gone = append(result.Gone, u.Label())
		}
	}
	slices.Sort(result.Gone)
	result.Users[Gone] += len(result.Gone)
	i.Compared = result
}

// Count is how many users changed in a way.
func (c *Comparison) Count(change Change) int { return c.Users[change] }

func change(old, now *User) Change {
	was := old != nil && old.wasAffected()
	switch {
	case was && now.affected:
		return Still
	case was && now.State == Moved, old != nil && old.Change == HasMoved && now.State == Moved:
		return HasMoved
	case was:
		return Gone // what is left is a password, or failures of another kind
	case now.affected && old != nil && old.State == Moved:
		return Back
	case now.affected:
		return New
	}
	return ""
}

// waveOf is who was in which wave.
func (i *Inventory) waveOf() map[string]string {
	waves := map[string]string{}
	if i == nil {
		return waves
	}
	for k := range i.Users {
		if u := &i.Users[k]; u.Wave != "" {
			waves[userKey(u)] = u.Wave
		}
	}
	return waves
}

// nextWave is the number of the first wave after those that there are.
func (i *Inventory) nextWave() int {
	next := 1
	for _, w := range i.Waves {
		if n, err := strconv.Atoi(strings.TrimPrefix(w.Name, "wave ")); err == nil && n >= next && n < 1_000_000 {
			next = n + 1
		}
	}
	return next
}
