package profiles

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// Endpoint is the Exchange ActiveSync server of an account. TLS is always on.
type Endpoint struct {
	Host string
	Port int // 0 is the default, 443
}

// String is host or host:port, as phones take it.
func (e Endpoint) String() string {
	if e.Port == 0 {
		return e.Host
	}
	return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
}

// ParseEndpoint reads HOST or HOST:PORT. A URL is refused with what to write in
// its place, since that is what people paste.
func ParseEndpoint(s string) (Endpoint, error) {
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		return Endpoint{}, fmt.Errorf("host %q is a URL (%s): write %q", s, scheme, host)
	}
	host, port := s, 0
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Endpoint{}, fmt.Errorf("host %q: the port is a number from 1 to 65535", s)
		}
		host, port = h, int(n)
	}
	if host == "" || strings.ContainsAny(host, "/\\@?# \t\r\n\"'<>") || len(host) > 253 {
		return Endpoint{}, fmt.Errorf("host %q is not a host name", s)
	}
	if port == 443 {
		port = 0
	}
	return Endpoint{Host: strings.ToLower(host), Port: port}, nil
}

// onlineHosts are the EAS hosts of Exchange Online, and those that its
// certificate traffic is sent to since October 2025 (MC1169566,
// https://techcommunity.microsoft.com/blog/exchange/ba-p/4459760).
var onlineHosts = map[string]preflight.Cloud{
	"outlook.office365.com":          preflight.Worldwide,
	"outlook-cba.office365.com":      preflight.Worldwide,
	"outlook.office.com":             preflight.Worldwide,
	"m.outlook.com":                  preflight.Worldwide,
	"outlook.office365.us":           preflight.GCCHigh,
	"outlook-cba.office365.us":       preflight.GCCHigh,
	"outlook-dod.office365.us":       preflight.DoD,
	"outlook-dod-cba.office365.us":   preflight.DoD,
	"webmail.apps.mil":               preflight.DoD,
	"partner.outlook.cn":             preflight.China,
	"outlook-cba.partner.outlook.cn": preflight.China,
}

// MailboxAt says where the mailbox behind a host is: in Exchange Online for its
// known hosts, and unknown for any other, since a server on premises sends
// phones on to Exchange Online when a mailbox has moved there.
func MailboxAt(host string) preflight.Mailbox {
	if _, ok := onlineHosts[strings.ToLower(host)]; ok {
		return preflight.ExchangeOnline
	}
	return preflight.MailboxUnknown
}
