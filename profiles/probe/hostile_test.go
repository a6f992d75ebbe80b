package probe

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// wireShort is the time for a step where a server is expected to let it run out.
const wireShort = 60 * time.Millisecond

// wireOut makes a request of which a step is to run out of time. Where the machine is so
// busy that an earlier one does, it is made again with more.
func wireOut(t *testing.T, s *session, r request, stage Stage) *Exchange {
	t.Helper()
	for s.opt.Timeout = wireShort; ; s.opt.Timeout *= 4 {
		x := s.do(t.Context(), r)
		if x.Stage == stage || !errors.Is(x.Err, ErrTimeout) || s.opt.Timeout > DefaultTimeout {
			return x
		}
	}
}

// wireEver writes a text again and again, until the connection ends.
func wireEver(w io.Writer, text string) {
	many := []byte(strings.Repeat(text, 1+4096/len(text)))
	for {
		if _, err := w.Write(many); err != nil {
			return
		}
	}
}

// wireDrip writes a text letter by letter, so that each comes in time.
func wireDrip(w io.Writer, text string) {
	for {
		for i := range len(text) {
			if _, err := w.Write([]byte{text[i]}); err != nil {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

const wireHead = "HTTP/1.1 200 OK\r\nMS-ASProtocolVersions: 16.1\r\n"

// A hostileAnswer is what a server says that answers badly, once it has the request: where
// the exchange ends, why, and what of the answer is kept.
type hostileAnswer struct {
	name   string
	answer func(net.Conn)
	stage  Stage
	want   error
	status int
	body   int // bytes of it; -1 for any
}

func hostileAnswers() []hostileAnswer {
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, text)
			c.Close()
		}
	}
	return []hostileAnswer{
		{"nothing", func(net.Conn) {}, StageAnswer, ErrTimeout, 0, 0},
		{"nothing, and closes", say(""), StageAnswer, ErrClosed, 0, 0},
		{"endless headers", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead)
			wireEver(c, "X-More: and more\r\n")
		}, StageAnswer, ErrHeader, 0, 0},
		{"one endless header", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead+"X-More: ")
			wireEver(c, "and more ")
		}, StageAnswer, ErrHeader, 0, 0},
		{"an endless status line", func(c net.Conn) { wireEver(c, "HTTP/1.1 200 ") }, StageAnswer, ErrHeader, 0, 0},
		{"headers in drops", func(c net.Conn) { wireDrip(c, "HTTP/1.1 200 OK\r\nX-More: and more") }, StageAnswer, ErrTimeout, 0, 0},
		{"half of the headers", say(wireHead), StageAnswer, ErrClosed, 0, 0},
		{"answers that only announce one", func(c net.Conn) { wireEver(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, StageAnswer, ErrAnswer, 0, 0},
		{"no HTTP", say("220 mail.contoso.com ESMTP\x1b[31m\r\n"), StageAnswer, ErrAnswer, 0, 0},
		{"no status", say("HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n"), StageAnswer, ErrAnswer, 0, 0},
		{"half a line", say("SSH-2.0"), StageAnswer, ErrAnswer, 0, 0},
		{"a header that is none", say("HTTP/1.1 200 OK\r\n\x1b[31m\r\n\r\n"), StageAnswer, ErrAnswer, 0, 0},
		{"two lengths", say("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), StageAnswer, ErrAnswer, 0, 0},
		{"an endless body", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead+"\r\n")
			wireEver(c, "and more ")
		}, StageBody, ErrBody, 200, maxBody},
		{"an endless body in chunks", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead+"Transfer-Encoding: chunked\r\n\r\n")
			wireEver(c, "1000\r\n"+strings.Repeat("m", 0x1000)+"\r\n")
		}, StageBody, ErrBody, 200, maxBody},
		{"a body announced as large", say(wireHead + "Content-Length: 9999999999999\r\n\r\nfew"), StageBody, ErrClosed, 200, 3},
		{"a body that does not come", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead+"Content-Length: 10\r\n\r\nhalf")
		}, StageBody, ErrTimeout, 200, 4},
		{"a body in drops", func(c net.Conn) {
			_, _ = io.WriteString(c, wireHead+"\r\n")
			wireDrip(c, "m")
		}, StageBody, ErrTimeout, 200, -1},
		{"broken chunks", say(wireHead + "Transfer-Encoding: chunked\r\n\r\nmany\r\n"), StageBody, ErrAnswer, 200, 0},
		{"half a body", say(wireHead + "Content-Length: 10\r\n\r\nhalf"), StageBody, ErrClosed, 200, 4},
		{"whole", say(wireHead + "Content-Length: 4\r\n\r\nhalf"), StageDone, nil, 200, 4},
		{"announced first", say("HTTP/1.1 100 Continue\r\n\r\n" + wireHead + "Content-Length: 0\r\n\r\n"), StageDone, nil, 200, 0},
		{"other text", say("HTTP/1.0 200 Sure\r\n\r\n<html>"), StageDone, nil, 200, 6},
	}
}

func TestHostileAnswers(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	for _, test := range hostileAnswers() {
		t.Run(test.name, func(t *testing.T) {
			address := wireRaw(t, func(conn net.Conn) {
				server := tls.Server(conn, p.config(tls.RequestClientCert, tls.VersionTLS13))
				if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					test.answer(server)
				}
			})
			s := p.session(t, p.options(address))
			var x *Exchange
			if errors.Is(test.want, ErrTimeout) {
				x = wireOut(t, s, wireOptions(s), test.stage)
			} else {
				x = s.do(t.Context(), wireOptions(s))
			}
			if x.Stage != test.stage || !errors.Is(x.Err, test.want) || x.Status != test.status {
				t.Fatalf("%s, status %d: %v", x.Stage, x.Status, x.Err)
			}
			if len(x.Body) != test.body && test.body >= 0 {
				t.Errorf("a body of %d bytes", len(x.Body))
			}
			if x.Err != nil && (strings.ContainsAny(x.Err.Error(), "\x1b\r\n") || len(x.Err.Error()) > 2*shown) {
				t.Errorf("%q", x.Err)
			}
		})
	}
}

// Servers with which it does not come to a request.
func TestHostileConnections(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, test := range []struct {
		name    string
		address string
		stage   Stage
		want    error
	}{
		{"nothing listens", closed.Addr().String(), StageConnect, nil},
		{"says nothing", wireRaw(t, func(net.Conn) {}), StageHandshake, ErrTimeout},
		{"closes", wireRaw(t, func(c net.Conn) {
			_, _ = io.CopyN(io.Discard, c, 1)
			_ = c.(*net.TCPConn).CloseWrite()
		}), StageHandshake, ErrClosed},
		{"half a handshake", wireRaw(t, func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 3, 0, 100, 2, 0}) }), StageHandshake, ErrTimeout},
		{"a handshake in drops", wireRaw(t, func(c net.Conn) { wireDrip(c, "\x16\x03\x03\x40\x00\x02\x00\x3f\xf0") }), StageHandshake, ErrTimeout},
		{"speaks HTTP", wireRaw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }), StageHandshake, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := p.session(t, p.options(test.address))
			x := wireOut(t, s, wireOptions(s), test.stage)
			if x.Stage != test.stage || x.Err == nil || test.want != nil && !errors.Is(x.Err, test.want) || x.Address != test.address {
				t.Errorf("%s at %s: %v", x.Stage, x.Address, x.Err)
			}
			if (x.TLS != nil) != (x.Stage == StageHandshake) {
				t.Errorf("TLS %+v", x.TLS)
			}
		})
	}
}

// A server that reads nothing of what it is sent.
func TestHostileReader(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	s := p.session(t, p.options(wireRaw(t, func(conn net.Conn) {
		_ = tls.Server(conn, p.config(tls.RequestClientCert, tls.VersionTLS13)).Handshake()
	})))
	r := wireOptions(s)
	r.Body = make([]byte, 16<<20) // more than any system keeps for a socket
	if x := wireOut(t, s, r, StageRequest); x.Stage != StageRequest || !errors.Is(x.Err, ErrTimeout) {
		t.Errorf("%s: %v", x.Stage, x.Err)
	}
}
