package portal

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Clients that only hold connections, before and after a request, keep nobody out; one
// that is being answered is not cut off for others.
func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	const most = 5
	answering, answer := make(chan struct{}), make(chan struct{})
	address := serveLimited(t, most, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(answering)
			<-answer
		}
	})
	slow := dialled(t, address, "/slow")
	<-answering
	for n := range 4 * most {
		path := ""
		if n%2 == 0 {
			path = "/"
		}
		idle := dialled(t, address, path)
		if path != "" {
			wantOK(t, idle)
		}
	}
	wantOK(t, dialled(t, address, "/"))
	close(answer)
	wantOK(t, slow)
}

// Clients whose requests never end keep nobody out.
func TestSlowRequestsKeepNobodyOut(t *testing.T) {
	const most = 5
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	asked := make(chan struct{})
	address := serveLimited(t, most, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			asked <- struct{}{}
			<-end
		}
	})
	for range 3 * most {
		dialled(t, address, "/slow")
		<-asked
	}
	wantOK(t, dialled(t, address, "/"))
}

// What was answered a moment ago may be on its way, and what is being answered is soon.
func TestWhoIsCutOff(t *testing.T) {
	now := time.Unix(0, 0)
	c := newConnections(10, func() time.Time { return now })
	pipe := func() net.Conn { one, _ := net.Pipe(); return one }
	idle, slow, answered, fresh, active, newcomer := pipe(), pipe(), pipe(), pipe(), pipe(), pipe()
	c.note(idle, http.StateIdle)
	c.note(slow, http.StateActive)
	now = now.Add(flushTime)
	c.note(answered, http.StateIdle)
	c.note(fresh, http.StateNew)
	c.note(active, http.StateActive)
	for n, want := range []net.Conn{idle, fresh, slow, answered, active} {
		got := c.victim(newcomer)
		if got != want {
			t.Fatalf("%d: another is cut off than expected: %v", n, c.open[got].Value)
		}
		c.note(got, http.StateClosed)
	}
	if c.note(newcomer, http.StateNew); c.victim(newcomer) != newcomer {
		t.Error("there is nobody else")
	}
}

// serveLimited serves with a limit of connections.
func serveLimited(t *testing.T, most int, handle http.HandlerFunc) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handle, ConnState: newConnections(most, time.Now).note}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return listener.Addr().String()
}

// dialled is a connection that asks for a path, or for nothing.
func dialled(t *testing.T, address, path string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if path != "" {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	}
	return c
}

func wantOK(t *testing.T, c net.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "200") {
		t.Fatalf("got %q, %v", line, err)
	}
}
