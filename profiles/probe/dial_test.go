package probe

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// wireDNS is a resolver that answers every name with the same addresses; with none, that
// there is no such name.
func wireDNS(addresses ...string) *net.Resolver {
	return wireResolver(func(conn net.Conn) {
		defer conn.Close()
		for {
			query := new(dnsmessage.Message)
			size := make([]byte, 2)
			if _, err := io.ReadFull(conn, size); err != nil {
				return
			}
			packed := make([]byte, binary.BigEndian.Uint16(size))
			if _, err := io.ReadFull(conn, packed); err != nil || query.Unpack(packed) != nil {
				return
			}
			answer, err := wireAnswer(query, addresses).AppendPack(make([]byte, 2))
			if err != nil {
				return
			}
			binary.BigEndian.PutUint16(answer, uint16(len(answer)-2))
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	})
}

func wireAnswer(query *dnsmessage.Message, addresses []string) *dnsmessage.Message {
	answer := &dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true}, Questions: query.Questions}
	if len(addresses) == 0 {
		answer.RCode = dnsmessage.RCodeNameError
	}
	for _, a := range addresses {
		var body dnsmessage.ResourceBody
		ip := netip.MustParseAddr(a)
		switch kind := query.Questions[0].Type; {
		case kind == dnsmessage.TypeA && ip.Is4():
			body = &dnsmessage.AResource{A: ip.As4()}
		case kind == dnsmessage.TypeAAAA && ip.Is6():
			body = &dnsmessage.AAAAResource{AAAA: ip.As16()}
		default:
			continue
		}
		answer.Answers = append(answer.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: query.Questions[0].Name, Class: dnsmessage.ClassINET}, Body: body,
		})
	}
	return answer
}

// wireResolver asks what serves the other end of a pipe, as it would by TCP.
func wireResolver(serve func(net.Conn)) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		here, there := net.Pipe()
		go serve(there)
		return here, nil
	}}
}

// A name that is looked up: each address is tried, and private ones only for the
// account's own host.
func TestDial(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	for _, test := range []struct {
		name      string
		host      string
		addresses []string
		stage     Stage
		want      error
		address   string // without its port
	}{
		{"the account's, at a private address", wireHost, []string{"127.0.0.1"}, StageDone, nil, "127.0.0.1"},
		{"the next address", wireHost, []string{"127.0.0.3", "127.0.0.1"}, StageDone, nil, "127.0.0.1"},
		{"no address that answers", wireHost, []string{"127.0.0.2", "127.0.0.3"}, StageConnect, nil, "127.0.0.2"},
		{"another host, at a private address", "outlook.office365.com", []string{"127.0.0.1", "::1"}, StageConnect, ErrPrivate, ""},
		{"no such name", wireHost, nil, StageName, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), wireEAS))
			port := wirePort(t, o.Connect[""])
			o.Connect, o.Resolver = nil, wireDNS(test.addresses...)
			s := p.session(t, o)
			r := request{Method: http.MethodOptions, URL: "https://" + test.host + port + easPath}
			x := s.do(t.Context(), r)
			if x.Stage != test.stage || (x.Err == nil) != (test.stage == StageDone) || test.want != nil && !errors.Is(x.Err, test.want) {
				t.Errorf("%s: %v", x.Stage, x.Err)
			}
			if host, _, _ := net.SplitHostPort(x.Address); host != test.address {
				t.Errorf("connected to %s", x.Address)
			}
			if x.Address != "" && x.Err != nil && !strings.Contains(x.Err.Error(), x.Address) {
				t.Errorf("of %s it is said that %v", x.Address, x.Err)
			}
			l := s.lookup(t.Context(), test.host)
			if len(l.Addresses) != len(test.addresses) || (l.Err == nil) != (len(test.addresses) > 0) {
				t.Errorf("%+v", l)
			}
		})
	}
}

// A resolver that says nothing has its time, too; a second request asks no more.
func TestDialSilentResolver(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	o := p.options("127.0.0.1:1")
	o.Timeout, o.Connect = wireShort, nil
	asked := make(chan bool, 99)
	o.Resolver = wireResolver(func(conn net.Conn) {
		asked <- true
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	})
	s := p.session(t, o)
	x := s.do(t.Context(), wireOptions(s))
	if x.Stage != StageName || !errors.Is(x.Err, ErrTimeout) || x.Address != "" || x.TLS != nil {
		t.Errorf("%s: %v", x.Stage, x.Err)
	}
	before := len(asked)
	if s.do(t.Context(), wireOptions(s)); before == 0 || len(asked) != before {
		t.Errorf("asked %d times, then %d", before, len(asked))
	}
}

func TestConnect(t *testing.T) {
	s := &session{host: "mail.contoso.com", opt: Options{Connect: map[string]string{
		"": "127.0.0.1:1", "Outlook.Office365.com": "127.0.0.1:2", "mail.contoso.com": "127.0.0.1:3",
	}}}
	for host, want := range map[string]string{
		"mail.contoso.com": "127.0.0.1:1", "outlook.office365.com": "127.0.0.1:2", "mail.fabrikam.com": "",
	} {
		if got := s.connect(host); got != want {
			t.Errorf("%s: %q", host, got)
		}
	}
}
