package portal

import (
	"container/list"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"
)

// Limits of being signed in.
const (
	deskLife    = 8 * time.Hour    // a working day
	deskIdle    = 30 * time.Minute // without a page
	deskMost    = 500              // sessions
	visitorLife = 15 * time.Minute // enough to press the button
	visitorMost = 20_000           // sessions of some 500 bytes
)

// identity is who somebody is.
type identity struct {
	name    string // for pages, tickets and the log
	subject string // the issuer's claim sub, which is never given to somebody else; empty without an issuer
	object  string // oid of Entra ID; empty for none
}

// person is somebody who is signed in.
type person struct {
	identity
	csrf string // stands in every form of the desk

	forms sync.Mutex // held while one form makes a ticket, and sends mail

	mu       sync.Mutex
	language string // that was chosen by hand; empty for none
	fresh    []*fresh
}

// said reports whether a form has the person's token, in constant time.
func (p *person) said(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(p.csrf)) == 1
}

// people are those who are signed in, in memory alone: by the hash of what their
// browser keeps. Where there are too many, those who were seen longest ago go.
type people struct {
	cookie     string
	secure     bool
	life, idle time.Duration
	most       int
	now        func() time.Time

	mu  sync.Mutex
	of  map[[sha256.Size]byte]*list.Element
	age *list.List // of *signedIn, the last seen first
}

type signedIn struct {
	*person
	key         [sha256.Size]byte
	since, seen time.Time
}

// The prefix binds a cookie to the host and to HTTPS (RFC 6265bis, 4.1.3.2).
const hostPrefix = "__Host-"

func newPeople(name string, secure bool, life, idle time.Duration, most int, now func() time.Time) *people {
	if secure {
		name = hostPrefix + name
	}
	return &people{cookie: name, secure: secure, life: life, idle: idle, most: most, now: now, of: map[[sha256.Size]byte]*list.Element{}, age: list.New()}
}

// admit signs somebody in, and whoever was in the same browser out.
//
// The cookie is Lax, as a Strict one would stay away from the page that follows on a
// sign-in elsewhere. Forms have a token besides.
func (all *people) admit(w http.ResponseWriter, r *http.Request, as identity) {
	secret := rand.Text()
	now := all.now()
	in := &signedIn{&person{identity: as, csrf: rand.Text()}, sha256.Sum256([]byte(secret)), now, now}
	all.mu.Lock()
	if e := all.find(r); e != nil {
		all.drop(e)
	}
	all.of[in.key] = all.age.PushFront(in)
	for last := all.age.Back(); all.age.Len() > all.most || now.Sub(last.Value.(*signedIn).seen) >= all.idle; last = all.age.Back() {
		all.drop(last)
	}
	all.mu.Unlock()
	http.SetCookie(w, all.made(secret, int(all.life.Seconds())))
}

func (all *people) made(value string, age int) *http.Cookie {
	return &http.Cookie{Name: all.cookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: all.secure, SameSite: http.SameSiteLaxMode}
}

// who is signed in; nil for nobody.
func (all *people) who(r *http.Request) *person {
	all.mu.Lock()
	defer all.mu.Unlock()
	e := all.find(r)
	if e == nil {
		return nil
	}
	in, now := e.Value.(*signedIn), all.now()
	if all.over(in, now) {
		all.drop(e)
		return nil
	}
	in.seen = now
	all.age.MoveToFront(e)
	return in.person
}

// leave signs somebody out.
func (all *people) leave(w http.ResponseWriter, r *http.Request) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if e := all.find(r); e != nil {
		all.drop(e)
	}
	http.SetCookie(w, all.made("", -1))
}

func (all *people) find(r *http.Request) *list.Element {
	c, err := r.Cookie(all.cookie)
	if err != nil {
		return nil
	}
	return all.of[sha256.Sum256([]byte(c.Value))]
}

// tidy signs those out whose time is over, and forgets what was to be told to the others
// in time.
func (all *people) tidy() {
	all.mu.Lock()
	defer all.mu.Unlock()
	now := all.now()
	for e, next := all.age.Front(), (*list.Element)(nil); e != nil; e = next {
		next = e.Next()
		if in := e.Value.(*signedIn); all.over(in, now) {
			all.drop(e)
		} else {
			in.tidy(now)
		}
	}
}

// over reports whether somebody is signed in no more.
func (all *people) over(in *signedIn, now time.Time) bool {
	return now.Sub(in.since) >= all.life || now.Sub(in.seen) >= all.idle
}

func (all *people) drop(e *list.Element) { delete(all.of, all.age.Remove(e).(*signedIn).key) }
