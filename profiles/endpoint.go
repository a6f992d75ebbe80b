package profiles

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/net/idna"

	"github.com/easkit/easkit/certs/preflight"
)

// Endpoint is the Exchange ActiveSync server of an account. TLS is always on.
type Endpoint struct {
	Host string
	Port int // 0 is the default, 443
}

// String is host or host:port, as phones take it. ParseEndpoint reads it back.
func (e Endpoint) String() string {
	if e.Port != 0 {
		return net.JoinHostPort(e.Host, strconv.Itoa(e.Port))
	}
	if addr, err := netip.ParseAddr(e.Host); err == nil && addr.Is6() {
		return "[" + e.Host + "]"
	}
	return e.Host
}

// defaultPort is that of HTTPS, which Exchange ActiveSync is.
const defaultPort = 443

// ParseEndpoint reads HOST or HOST:PORT; HOST is a name in ASCII, or an IP
// address. A URL is refused with what to write in its place, since that is what
// people paste.
func ParseEndpoint(s string) (Endpoint, error) {
	if strings.Contains(s, "@") { // the text before it may be a password, and is not shown
		return Endpoint{}, errors.New("the host is not a host name: there is an @ in it; write the server's name alone, without a user name or password")
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		host := rest[:strings.IndexAny(rest+"/", "/?#")]
		return Endpoint{}, fmt.Errorf("host %q is a URL (%s): write %q", clip(s), clip(scheme), clip(host))
	}
	host, port := s, 0
	if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") && strings.Contains(inner, ":") {
		host = strings.TrimSuffix(inner, "]") // IPv6 without a port
	}
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return Endpoint{}, fmt.Errorf("host %q: the port is a number from 1 to 65535", clip(s))
		}
		host, port = h, int(n)
	}
	if err := checkHost(host); err != nil {
		return Endpoint{}, fmt.Errorf("host %q %w", clip(s), err)
	}
	if port == defaultPort {
		port = 0
	}
	return Endpoint{Host: strings.ToLower(host), Port: port}, nil
}

// maxHost is the length of a host name (RFC 1035 2.3.4, less the wire's two
// octets).
const maxHost = 253

// hostPattern is the labels of a host name (RFC 1123 2.1), and underscores, which
// Windows lets into names. It is compiled when it is needed: it is large.
var hostPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$`)
})

// checkHost says, to go on from the host's name, why it is none.
func checkHost(host string) error {
	if addr, err := netip.ParseAddr(host); err == nil && addr.Zone() == "" {
		return nil
	}
	if hostPattern().MatchString(host) && len(host) <= maxHost {
		return nil
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil && ascii != host && hostPattern().MatchString(ascii) {
		return fmt.Errorf("has letters that phones do not look up: write %q", clip(ascii))
	}
	return errors.New("is not a host name")
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

// certificateHosts are the hosts of Exchange Online that take certificates, and the
// ones beside them that take tokens (see onlineHosts).
var certificateHosts = map[string]string{
	"outlook-cba.office365.com":      "outlook.office365.com",
	"outlook-cba.office365.us":       "outlook.office365.us",
	"outlook-dod-cba.office365.us":   "outlook-dod.office365.us",
	"outlook-cba.partner.outlook.cn": "partner.outlook.cn",
}

// TokenHost is where tokens go in place of a host that is for certificates alone; ""
// for any other host.
func TokenHost(host string) string { return certificateHosts[strings.ToLower(host)] }

// cloudHosts are the hosts that Microsoft documents for the profile, by cloud.
var cloudHosts = map[preflight.Cloud]string{
	preflight.Worldwide: "outlook.office365.com",
	preflight.GCC:       "outlook.office365.com",
	preflight.GCCHigh:   "outlook.office365.us",
	preflight.DoD:       "outlook-dod.office365.us",
	preflight.China:     "partner.outlook.cn",
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

// CloudAt is the cloud of a host that is known, or "".
func CloudAt(host string) preflight.Cloud { return onlineHosts[strings.ToLower(host)] }
