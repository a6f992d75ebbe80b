package portal

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxConnections is how many clients may be connected at once. A phone needs one, for
// seconds; a process may have 1024 files open on many systems (RLIMIT_NOFILE).
const maxConnections = 500

// flushTime is how long an answer of ours may take, and then to leave this machine: a
// connection that had less is cut late.
const flushTime = 5 * time.Second

// connections bounds how many clients are connected. Where there are too many, one is cut
// off, and not the newcomer: whoever only holds connections, or is slow on purpose, is in
// nobody's way, also where all come from one address, as behind a proxy.
type connections struct {
	most int
	now  func() time.Time

	mu   sync.Mutex
	open map[net.Conn]*list.Element
	of   map[http.ConnState]*list.List // of held, in the order in which they came there
}

// held is a connection, and since when it is in its state.
type held struct {
	conn  net.Conn
	state http.ConnState
	since time.Time
}

func newConnections(most int, now func() time.Time) *connections {
	c := &connections{most: most, now: now, open: map[net.Conn]*list.Element{}, of: map[http.ConnState]*list.List{}}
	for _, state := range []http.ConnState{http.StateNew, http.StateActive, http.StateIdle} {
		c.of[state] = list.New()
	}
	return c
}

// note is for [http.Server.ConnState].
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(conn)
	if in := c.of[state]; in != nil {
		c.open[conn] = in.PushBack(held{conn, state, c.now()})
	}
	if len(c.open) > c.most {
		victim := c.victim(conn)
		c.forget(victim)
		cut(victim)
	}
}

func (c *connections) forget(conn net.Conn) {
	if e := c.open[conn]; e != nil {
		c.of[e.Value.(held).state].Remove(e)
		delete(c.open, conn)
	}
}

// victims are those who may be cut off, whom first: who has been idle for long, who has not
// asked yet, whose answer takes long, and then whoever is there.
var victims = []struct {
	state http.ConnState
	least time.Duration // in that state
}{
	{http.StateIdle, flushTime},
	{http.StateNew, 0},
	{http.StateActive, flushTime},
	{http.StateIdle, 0},
	{http.StateActive, 0},
}

// victim is who is cut off for a newcomer: of the first kind that there is, who is there
// longest.
func (c *connections) victim(newcomer net.Conn) net.Conn {
	for _, v := range victims {
		e := c.of[v.state].Front()
		if e == nil {
			continue
		}
		if h := e.Value.(held); h.conn != newcomer && c.now().Sub(h.since) >= v.least {
			return h.conn
		}
	}
	return newcomer
}

// cut closes a connection without a farewell, which a client could hold up.
func cut(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	conn.Close()
}
