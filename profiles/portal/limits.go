package portal

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Limits of misses: of unknown links, wrong admin tokens and sign-ins that fail from one
// address, and of wrong PINs for one ticket.
//
// A whole office, or all that a proxy passes on, may stand behind one address. So nothing
// that is right is refused because others missed from there: links and admin tokens are
// too long to be guessed, however often somebody tries, and are looked at first. The limit
// keeps the misses themselves cheap, and the log short. The one exception are the codes by
// which somebody signs in to the help desk in a browser for the first time: see
// oidc_codes.go.
const (
	missesOfAddress = 30
	addressRefill   = 10 * time.Second    // after which one more miss is allowed
	missesOfTicket  = 2 * ticket.Attempts // whoever hurries is locked out by wrong PINs first
	ticketRefill    = 10 * time.Second
)

// Misses that are told in the log, of all addresses: a customer of a network may have tens
// of thousands of /64.
const (
	missesTold = 300
	toldRefill = time.Second
)

// maxKeys bounds the memory: some 200 bytes each.
const maxKeys = 20_000

// ipv6Subnet is what one customer of a network has at the least (RFC 6177).
const ipv6Subnet = 64

// rule is how many misses a key has, and how fast they come back.
type rule struct {
	most   float64
	refill time.Duration
}

var (
	ofAddress = rule{missesOfAddress, addressRefill}
	ofTicket  = rule{missesOfTicket, ticketRefill}
	ofTold    = rule{missesTold, toldRefill}

	// ofRepeated is how often it is written down that a session fetched one file, or was
	// shown the password: a script that repeats it would fill the log.
	ofRepeated = rule{most: 3, refill: ticket.Window}
)

// bucket is what is left to one key.
type bucket struct {
	key  string
	rule rule
	left float64
	at   time.Time
	told bool // that it ran empty
}

// limits counts misses, of the maxKeys keys that missed last.
type limits struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*list.Element
	age *list.List // of *bucket, the newest first
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, of: map[string]*list.Element{}, age: list.New()}
}

// take counts a miss in advance, so that no number of requests at the same moment gets
// more than the limit; give takes it back where it was none.
func (l *limits) take(key string, r rule) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.of[key]
	if !known {
		e = l.age.PushFront(&bucket{key: key, rule: r, left: r.most, at: l.now()})
		l.of[key] = e
		l.forget()
	}
	b := l.filled(e)
	if wait := b.wait(); wait > 0 {
		return wait
	}
	b.left--
	l.age.MoveToFront(e)
	return 0
}

// first reports whether a key that has to wait is refused for the first time since it was
// last at rest, which is when the log says so.
func (l *limits) first(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.of[key]
	if !known {
		return false
	}
	b := l.filled(e)
	was := b.told
	b.told = true
	return !was
}

// give takes back what take counted.
func (l *limits) give(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, known := l.of[key]; known {
		b := l.filled(e)
		b.left = min(b.left+1, b.rule.most)
	}
}

// forget drops the keys that missed longest ago.
func (l *limits) forget() {
	for l.age.Len() > maxKeys {
		last := l.age.Back()
		delete(l.of, l.age.Remove(last).(*bucket).key)
	}
}

// filled brings a bucket up to now.
func (l *limits) filled(e *list.Element) *bucket {
	b, now := e.Value.(*bucket), l.now()
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(b.left+float64(passed)/float64(b.rule.refill), b.rule.most)
		b.at = now
	}
	if b.left == b.rule.most {
		b.told = false
	}
	return b
}

func (b *bucket) wait() time.Duration {
	if b.left >= 1 {
		return 0
	}
	return time.Duration((1 - b.left) * float64(b.rule.refill))
}

// limited counts a miss, and answers where there were too many.
func (p *Portal) limited(w http.ResponseWriter, r *http.Request, key string, of rule, ticketID string) bool {
	wait := p.limits.take(key, of)
	if wait == 0 {
		return false
	}
	if p.limits.first(key) && p.mayTell(toldOfVisitors) {
		p.tell(r, eventLimited, ticketID)
	}
	p.failLater(w, r, wait)
	return true
}

// mayTell reports whether the log takes one more record of a miss, of visitors or of the
// help desk. It says when there are too many.
func (p *Portal) mayTell(whose string) bool {
	if p.told.take(whose, ofTold) == 0 {
		return true
	}
	if p.told.first(whose) {
		p.Log.Warn("misses are too many to log all", "whose", whose)
	}
	return false
}

// Whose misses are counted in the log: a flood of the one kind does not hide the other.
const (
	toldOfVisitors = "visitors"
	toldOfSignIns  = "sign-ins"
)

// addressOf is where a request comes from.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	return address.Unmap().String()
}

// addressKey is whom a request's misses are counted against: its address, or the /64 of
// IPv6.
func addressKey(r *http.Request) string {
	from := addressOf(r)
	if address, err := netip.ParseAddr(from); err == nil && address.Is6() {
		if subnet, err := address.WithZone("").Prefix(ipv6Subnet); err == nil {
			from = subnet.String()
		}
	}
	return "address " + from
}

// ticketKey is whom wrong PINs are counted against.
func ticketKey(id string) string { return "ticket " + id }

// fetchedKey and passwordKey are whom records of what one session did are counted against.
// A ticket has few files.
func fetchedKey(id, name string) string { return "fetched " + id + " " + name }
func passwordKey(id string) string      { return "password " + id }

// endedKey is whom records of a link are counted against that does not open any more.
func endedKey(id string) string { return "ended " + id }
