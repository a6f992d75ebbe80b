package inventory

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// What bounds memory, whatever the files hold.
const (
	maxPeople  = 2_000_000 // more users than any tenant's phones
	maxDevices = 64        // of one user; further ones share a place
	maxSpans   = 64        // files that a phone's evidence names
)

// tally counts the sign-ins of a phone by one method.
type tally struct {
	ok, failed  int
	first, last time.Time // of those that went well
	lastFailed  time.Time
}

func (t *tally) add(at time.Time, failed bool) {
	if failed {
		t.failed++
		t.lastFailed = later(t.lastFailed, at)
		return
	}
	t.ok++
	t.first, t.last = earlier(t.first, at), later(t.last, at)
}

// earlier and later pass over times that aren't known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// phone is a device under way.
type phone struct {
	client
	oauth   bool // of the ways by OAuth, or else by EAS
	id      string
	version string // of the system, the newest seen
	agent   string
	eas     string
	access  string
	tallies [methods]tally
	failure *Failure

	partner                      bool // Exchange lists it
	firstSync, lastSync, changed time.Time
	spans                        []span
}

// span is evidence: rows of a file.
type span struct{ file, first, last, rows int }

// see keeps that a row of a file is about the phone.
func (p *phone) see(file, place int) {
	for i := len(p.spans) - 1; i >= 0; i-- {
		if s := &p.spans[i]; s.file == file {
			s.first, s.last = min(s.first, place), max(s.last, place)
			s.rows++
			return
		}
	}
	if len(p.spans) < maxSpans {
		p.spans = append(p.spans, span{file, place, place, 1})
	}
}

// phoneKey is what sign-ins of one phone have in common.
type phoneKey struct {
	client
	oauth bool
	id    string
}

// person is a user under way.
type person struct {
	upn, name, id string
	phones        map[phoneKey]*phone
	partners      []*phone
	known         bool // by an earlier inventory, as affected
}

// phone finds or makes the phone of a key, whose texts may belong to a reader.
func (p *person) phone(key phoneKey) *phone {
	if found := p.phones[key]; found != nil {
		return found
	}
	key.app, key.system, key.model, key.id = kept(key.app), kept(key.system), kept(key.model), kept(key.id)
	if len(p.phones) >= maxDevices {
		key = phoneKey{client: client{app: "further apps", system: key.system}, oauth: key.oauth}
		if found := p.phones[key]; found != nil {
			return found
		}
	}
	made := &phone{client: key.client, oauth: key.oauth, id: key.id}
	p.phones[key] = made
	return made
}

// pending is an EAS sign-in of the portal's CSV, whose method stands in another
// file.
type pending struct {
	phone  *phone
	at     time.Time
	failed bool
	method method
}

// collector gathers all files.
type collector struct {
	o        Options
	people   map[string]*person // by UPN in small letters, or what else there is
	partners []partnership
	pending  map[requestID]pending
	policies []Policy
	files    []File
	notes    []string
	signIns  int
	first    time.Time
	last     time.Time
	ignored  int // from before Options.Since
	undated  int
	lower    []byte
}

// note adds a note once.
func (c *collector) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for _, n := range c.notes {
		if n == text {
			return
		}
	}
	c.notes = append(c.notes, text)
}

// person finds or makes a user. A name alone is kept apart from UPNs.
func (c *collector) person(upn, name, id string) (*person, error) {
	key := cmp.Or(upn, id)
	if key == "" {
		key = "\x00" + name
	}
	c.lower = lower(c.lower[:0], []byte(key))
	p := c.people[string(c.lower)]
	if p == nil {
		if len(c.people) >= maxPeople {
			return nil, fmt.Errorf("there are more than %d users in the files: give fewer of them", maxPeople)
		}
		p = &person{upn: kept(upn), phones: map[phoneKey]*phone{}}
		c.people[strings.Clone(string(c.lower))] = p
	}
	if p.name == "" {
		p.name = kept(name)
	}
	if p.id == "" {
		p.id = kept(id)
	}
	return p, nil
}

// signIn counts a sign-in. What is no mail app's is counted for the time that the
// log covers, and no more.
func (c *collector) signIn(s *signIn) error {
	if !s.dated {
		c.undated++
	} else if s.at.Before(c.o.Since) {
		c.ignored++
		return nil
	}
	c.signIns++
	if s.dated {
		c.first, c.last = earlier(c.first, s.at), later(c.last, s.at)
	}
	key := phoneKey{client: clientOf(s.agent)}
	system, version := systemOf(s.system)
	switch wayOf(s.clientApp) {
	case wayEAS:
		key.system = cmp.Or(key.system, system)
	case wayOAuth:
		app, isMail := mailApp(s.appID, s.app)
		if !isMail {
			return nil
		}
		key = phoneKey{client: app, oauth: true, id: s.deviceID}
		key.system = cmp.Or(system, key.system)
		s.method = methodOAuth
	default:
		return nil
	}
	return c.count(s, key, version)
}

// count keeps a sign-in that matters.
func (c *collector) count(s *signIn, key phoneKey, version string) error {
	id, joins := requestID{}, false
	if s.method == methodUnknown && s.request != "" {
		if id, joins = parseRequest(s.request); joins {
			if _, twice := c.pending[id]; twice {
				return nil // it stands in two exports
			}
		}
	}
	who, err := c.person(s.upn, s.name, s.userID)
	if err != nil {
		return err
	}
	p := who.phone(key)
	if compareVersions(version, p.version) > 0 {
		p.version = kept(version)
	}
	if p.agent == "" && s.agent != "" {
		p.agent = kept(s.agent)
	}
	p.tallies[s.method].add(s.at, s.failed)
	if s.failed {
		p.fail(s)
	}
	p.see(len(c.files)-1, s.place)
	if joins {
		c.pending[id] = pending{p, s.at, s.failed, methodUnknown}
	}
	return nil
}

// fail keeps the latest failure.
func (p *phone) fail(s *signIn) {
	if p.failure == nil || !s.at.Before(p.failure.At) {
		p.failure = &Failure{Code: kept(s.code), Reason: kept(s.reason), At: s.at}
	}
}

// learn takes a row of the authentication details: the method of a sign-in that
// another file has. A sign-in has a row for each step.
func (c *collector) learn(request string, m method, file, line int) {
	id, ok := parseRequest(request)
	if !ok || m == methodUnknown {
		return
	}
	w, ok := c.pending[id]
	if !ok || stronger(w.method, m) == w.method {
		return
	}
	w.phone.tallies[w.method].take(w.failed)
	w.phone.tallies[m].add(w.at, w.failed)
	w.phone.see(file, line)
	w.method = m
	c.pending[id] = w
}

// take takes one sign-in back. What is left was not counted with less: first and
// last may then be those of the one taken.
func (t *tally) take(failed bool) {
	if failed {
		t.failed--
	} else {
		t.ok--
	}
	if t.ok == 0 {
		t.first, t.last = time.Time{}, time.Time{}
	}
}
