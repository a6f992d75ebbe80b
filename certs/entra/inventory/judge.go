package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// quiet is how long the log must go on after the last sign-in by EAS before
// OAuth counts as having replaced it: our setting. Phones sign in several times
// a day.
const quiet = 24 * time.Hour

// enough is how long a log should be for someone who is on holiday to be in it:
// our setting. Entra ID keeps 30 days, and 7 in tenants without P1 or P2.
const enough = 14 * 24 * time.Hour

// unused is after how long without a sync a phone counts as one that lies in a
// drawer: our setting.
const unused = 30 * 24 * time.Hour

// stale reports whether Exchange says that a phone has not synced for long, and
// no log says otherwise.
func (c *collector) stale(p *phone) bool {
	return !p.oauth && p.lastEAS().IsZero() && !p.lastSync.IsZero() && c.o.At.Sub(p.lastSync) > unused
}

// inventory judges what was collected.
func (c *collector) inventory() (*Inventory, error) {
	if err := c.linkPartners(); err != nil {
		return nil, err
	}
	c.knownBefore()
	inv := &Inventory{
		Schema: Schema, At: c.o.At.UTC().Truncate(time.Second), Since: c.o.Since, Files: c.files, Policies: c.policies,
		Summary: Summary{Users: map[State]int{}, Devices: map[State]int{}, SignIns: c.signIns, First: c.first, Last: c.last},
	}
	for _, p := range c.people {
		if u, listed := c.user(p); listed {
			inv.Users = append(inv.Users, u)
		} else if len(p.phones) > 0 {
			inv.Summary.OAuthOnly++
		}
	}
	slices.SortFunc(inv.Users, compareUsers)
	slices.SortStableFunc(inv.Policies, comparePolicies)
	inv.count()
	inv.compare(c.o.Previous)
	inv.plan(c.o.WaveSize, c.o.Previous)
	c.notesOn(inv)
	inv.Notes = c.notes
	inv.noNulls()
	return inv, nil
}

func compareUsers(a, b User) int {
	return cmp.Or(strings.Compare(strings.ToLower(a.Label()), strings.ToLower(b.Label())), strings.Compare(a.ID, b.ID))
}

// user judges one person; listed is false for who never used EAS.
func (c *collector) user(p *person) (u User, listed bool) {
	u = User{UPN: p.upn, Name: p.name, ID: p.id, State: Moved}
	eas, oauth := p.joinPartners(), p.byOAuth()
	for _, d := range eas {
		state, why := c.state(d, eas, oauth)
		u.add(c.device(d, state, why), d)
	}
	worked := false
	for _, d := range oauth {
		state, why := Moved, "signed in by OAuth"
		if t := d.tallies[methodOAuth]; t.ok == 0 {
			state, why = Failed, "sign-in by OAuth failed, "+failures(t.failed)
		}
		worked = worked || state == Moved
		device := c.device(d, state, why)
		u.Devices = append(u.Devices, device)
		u.span(device)
	}
	for _, d := range u.Devices[:len(eas)] {
		if d.State.rank() < u.State.rank() {
			u.State = d.State
		}
	}
	return u, len(eas) > 0 || p.known && worked
}

// add adds a phone that uses EAS.
func (u *User) add(d Device, p *phone) {
	u.Devices = append(u.Devices, d)
	u.span(d)
	switch d.State {
	case Direct, Maybe:
		u.affected = true
	case Failed: // a certificate that is refused is still set up on the phone
		u.affected = u.affected || p.tallies[methodCertificate].failed > 0
	}
}

func (u *User) span(d Device) {
	u.First, u.Last = earlier(u.First, d.First), later(u.Last, d.Last)
}

// state judges a phone that uses EAS, among all of its user's.
func (c *collector) state(d *phone, eas, oauth []*phone) (State, string) {
	if by := c.replaced(d, eas, oauth); by != nil {
		return Moved, fmt.Sprintf("%s signed in by OAuth on %s; no sign-in by EAS since then", by.app, by.tallies[methodOAuth].last.Format(time.DateOnly))
	}
	cert, unknown, password := d.tallies[methodCertificate], d.tallies[methodUnknown], d.tallies[methodPassword]
	switch {
	case cert.ok > 0:
		return Direct, "Exchange Online took its certificate" + on(cert.last)
	case unknown.ok > 0:
		return Maybe, "it signed in by EAS" + on(unknown.last) + "; the log does not say how: add the AuthDetails file, or the log from Graph's beta"
	case password.ok > 0:
		return Password, "it signed in by EAS with a password" + on(password.last)
	case cert.failed > 0:
		return Failed, "its certificate was refused, " + failures(cert.failed)
	case unknown.failed+password.failed > 0:
		return Failed, "sign-in by EAS failed, " + failures(unknown.failed+password.failed)
	case c.stale(d):
		return Maybe, "Exchange lists it as a phone with EAS; it has not synced since " + d.lastSync.Format(time.DateOnly)
	case c.signIns == 0:
		return Maybe, "Exchange lists it as a phone with EAS; only a sign-in log says how it signs in"
	}
	return Maybe, "Exchange lists it as a phone with EAS; the logs have no sign-in of it by EAS"
}

func on(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " on " + at.Format(time.DateOnly)
}

func failures(n int) string {
	if n == 1 {
		return "once"
	}
	return preflight.Thousands(n) + " times"
}

// lastEAS is when a phone last got in by EAS, as far as logs tell.
func (p *phone) lastEAS() time.Time {
	return later(later(p.tallies[methodCertificate].last, p.tallies[methodUnknown].last), p.tallies[methodPassword].last)
}

// replaced finds what signs in by OAuth in place of EAS on a phone: a mail app on
// the same system, later than the last sign-in by EAS, after which the log went
// on for a while. The two can't be tied by a device ID, which EAS does not send:
// where the user has several phones of the system by EAS, it may be any of them,
// and nothing is said.
func (c *collector) replaced(d *phone, eas, oauth []*phone) *phone {
	for _, other := range eas {
		if other != d && !c.stale(other) && (other.system == d.system || other.system == "" || d.system == "") {
			return nil
		}
	}
	last := d.lastEAS()
	if !last.IsZero() && c.last.Sub(last) < quiet {
		return nil
	}
	if last.IsZero() && !d.partner {
		return nil // it never got in, or nobody knows when
	}
	for _, o := range oauth {
		t := o.tallies[methodOAuth]
		if o.system != "" && d.system != "" && o.system != d.system || t.ok == 0 || !t.last.After(last) {
			continue
		}
		if last.IsZero() && o.app != d.app { // Exchange lists EAS, but another app's OAuth says nothing of it
			continue
		}
		return o
	}
	return nil
}

// device is a phone as the inventory has it.
func (c *collector) device(p *phone, state State, why string) Device {
	d := Device{
		App: p.app, Model: p.model, ID: p.id, OS: p.system, OSVersion: p.version, UserAgent: p.agent,
		EASVersion: p.eas, OldEAS: !p.oauth && isOldEAS(p.eas), Access: p.access, Stale: c.stale(p), State: state, Why: why,
		First: p.firstSync, Last: p.lastSync, Failure: p.failure, Evidence: []Evidence{},
	}
	for m, t := range p.tallies {
		n := t.ok + t.failed
		switch method(m) {
		case methodCertificate:
			d.Counts.Certificate = n
		case methodUnknown:
			d.Counts.Unknown = n
		case methodPassword:
			d.Counts.Password = n
		case methodOAuth:
			d.Counts.OAuth = n
		}
		d.Counts.Failed += t.failed
		d.First, d.Last = earlier(d.First, t.first), later(d.Last, later(t.last, t.lastFailed))
	}
	if d.Last.IsZero() {
		d.Last = later(p.lastSync, p.changed)
	}
	slices.SortFunc(p.spans, func(a, b span) int { return cmp.Compare(a.file, b.file) })
	for _, s := range p.spans {
		d.Evidence = append(d.Evidence, Evidence{c.files[s.file].Name, c.unit(s.file), s.first, s.last, s.rows})
	}
	return d
}

// count fills the summary.
func (i *Inventory) count() {
	for k := range i.Users {
		u := &i.Users[k]
		i.Summary.Users[u.State]++
		for _, d := range u.Devices {
			i.Summary.Devices[d.State]++
			if d.OldEAS && d.State != Moved {
				i.Summary.OldEAS++
			}
		}
	}
}

// notesOn adds what a person has to know to read the inventory right.
func (c *collector) notesOn(inv *Inventory) {
	covered := c.last.Sub(c.first)
	switch {
	case c.signIns == 0:
		c.note("no sign-in log was read: Exchange's list of phones doesn't tell a certificate from OAuth, so that everybody in it may be affected")
	case covered < enough:
		c.note("the sign-in logs cover %.1f days: who was away is missing. Entra ID keeps 30 days (7 without P1 or P2): export all of them, and run this again with --previous", covered.Hours()/24)
	}
	unclear := 0
	for k := range inv.Users {
		for _, d := range inv.Users[k].Devices {
			unclear += d.Counts.Unknown
		}
	}
	if unclear > 0 {
		c.note("how it was signed in by EAS is not said of %s: the portal's CSV needs its AuthDetails file beside it, and Graph tells authenticationDetails in its beta alone", counted(unclear, "sign-in"))
	}
	if c.undated > 0 {
		c.note("no time that can be read in one way is given of %s: they are counted, and --since leaves none of them out", counted(c.undated, "sign-in"))
	}
	if c.ignored > 0 {
		c.note("left out is what is from before %[2]s: %[1]s", counted(c.ignored, "record"), c.o.Since.Format(time.RFC3339))
	}
	if inv.Summary.OldEAS > 0 {
		c.note("EAS below 16.1, which Exchange Online refuses since 2026, is on %s: a newer app or system first", counted(inv.Summary.OldEAS, "phone"))
	}
	if n := inv.Summary.Users[Password]; n > 0 {
		c.note("EAS with a password, which has nothing to do with the end of certificates, is used by %s", counted(n, "user"))
	}
}

// noNulls gives lists without members a form that scripts can count on.
func (i *Inventory) noNulls() {
	i.Files, i.Notes = orEmpty(i.Files), orEmpty(i.Notes)
	i.Waves, i.Policies, i.Users = orEmpty(i.Waves), orEmpty(i.Policies), orEmpty(i.Users)
	for k := range i.Users {
		i.Users[k].Devices = orEmpty(i.Users[k].Devices)
	}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
