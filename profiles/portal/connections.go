package portal

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// maxConnections is how many clients may be connected at once. A phone needs one, for
// seconds; a process may have 1024 files open on many systems (RLIMIT_NOFILE).
const maxConnections = 500

// connections bounds how many clients are connected. Where there are too many, the one
// that has waited longest with nothing to ask is cut off: clients which only hold
// connections are in nobody's way, also where all come from one address, as behind a proxy.
type connections struct {
	most int

	mu      sync.Mutex
	open    map[net.Conn]*list.Element // nil for those that are being answered
	waiting *list.List                 // of net.Conn, the newest last
}

func newConnections(most int) *connections {
	return &connections{most: most, open: map[net.Conn]*list.Element{}, waiting: list.New()}
}

// note is for [http.Server.ConnState].
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.open[conn]; e != nil {
		c.waiting.Remove(e)
	}
	switch state {
	case http.StateNew, http.StateIdle:
		c.open[conn] = c.waiting.PushBack(conn)
	case http.StateActive:
		c.open[conn] = nil
	default:
		delete(c.open, conn)
	}
	if e := c.waiting.Front(); len(c.open) > c.most && e != nil {
		delete(c.open, e.Value.(net.Conn))
		c.waiting.Remove(e)
		cut(e.Value.(net.Conn))
	}
}

// cut closes a connection without a farewell, which a client could hold up.
func cut(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	conn.Close()
}
