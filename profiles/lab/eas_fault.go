package lab

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// EASFault is something that goes wrong with the lab's ActiveSync, to see what happens
// then.
type EASFault struct {
	Name string
	What string // in words, as help shows it

	handshake func(*tls.Config)          // changes how connections begin
	first     func(*call) bool           // before anybody is asked who they are; true: this was the answer
	command   func(*call, *command) bool // the same once that is known, for commands
	result    func([]byte) []byte        // changes the WBXML that is sent
	status    int                        // of each command, in place of carrying it out; not of Provision
	versions  []string                   // of the protocol, in place of all
	noOAuth   bool                       // tokens are not taken
	wipe      bool                       // Provision says to wipe the device
}

// retryAfter is how many seconds a busy server says to wait.
const retryAfter = 30

// EASFaults are all that there are.
func EASFaults() []EASFault {
	clients := func(t tls.ClientAuthType) func(*tls.Config) {
		return func(c *tls.Config) { c.ClientAuth = t }
	}
	return []EASFault{
		{Name: "certificate-required", What: "the handshake ends where the client has no certificate",
			handshake: clients(tls.RequireAndVerifyClientCert)},
		{Name: "no-certificate-asked", What: "no certificate is asked for, as behind a proxy that ends TLS",
			handshake: clients(tls.NoClientCert)},
		{Name: "refuse-in-http", What: "certificates are never refused in the handshake: all are by HTTP 403, as IIS does",
			handshake: clients(tls.RequestClientCert)},
		{Name: "redirect-cba", What: "451 to the host for certificates, where there is no token, as Exchange Online does", first: (*call).toCertificates},
		{Name: "redirect-loop", What: "451 from each host to the other, for ever", first: (*call).toTheOther},
		{Name: "not-eas", What: "404: this is no ActiveSync server", first: status(http.StatusNotFound)},
		{Name: "not-enabled", What: "403: ActiveSync is switched off for the user", first: status(http.StatusForbidden)},
		{Name: "busy", What: "503 with 30 seconds to wait", first: (*call).busy},
		{Name: "silent", What: "the request is taken and never answered", first: (*call).silent},
		{Name: "endless-body", What: "the answer's body does not end", first: (*call).endless},
		{Name: "broken-wbxml", What: "the answers to commands end in the middle of the WBXML",
			result: func(data []byte) []byte { return data[:len(data)/2] }},
		{Name: "policy-449", What: "449 to each command, however often the policy is acknowledged", command: (*call).needsPolicy},
		{Name: "policy-142", What: "status 142 (not provisioned), however often the policy is acknowledged", status: 142},
		{Name: "disabled", What: "status 126: the user is disabled for ActiveSync", status: 126},
		{Name: "blocked", What: "status 129: this device is blocked for the user", status: 129},
		{Name: "remote-wipe", What: "status 140: the device is told to wipe itself", status: 140, wipe: true},
		{Name: "only-14.1", What: "no version above 14.1 is offered, and others get status 138", versions: []string{"12.1", "14.0", "14.1"}},
		{Name: "no-oauth", What: "no tokens are taken: there is no Bearer in the 401", noOAuth: true},
	}
}

func status(code int) func(*call) bool {
	return func(c *call) bool {
		c.refuse(code, http.StatusText(code))
		return true
	}
}

// statusElsewhere says that the mailbox is better reached at X-MS-Location (MS-ASHTTP
// 2.2.2.1.1.1.2); everywhere else the number means something else.
const statusElsewhere = 451

func (c *call) elsewhere(host string) {
	c.seen.Refused = "sent on to " + host
	c.w.Header().Set("X-MS-Location", "https://"+host+easPath)
	c.w.WriteHeader(statusElsewhere)
}

// counterpart is the host for certificates beside one for tokens, or the other way
// round. The port stays.
func counterpart(hostport string) (other string, forCertificates bool) {
	host, port := split(hostport)
	switch plain, isCBA := strings.CutPrefix(host, cbaPrefix); {
	case host == onlineCBAHost:
		return onlineHost + port, true
	case isCBA:
		return plain + port, true
	case isOnline(host):
		return onlineCBAHost + port, false
	case net.ParseIP(host) != nil:
		return cbaPrefix + "localhost" + port, false
	}
	return cbaPrefix + host + port, false
}

func (c *call) toCertificates() bool {
	other, forCertificates := counterpart(c.r.Host)
	if forCertificates || c.r.Header.Get("Authorization") != "" {
		return false
	}
	c.elsewhere(other)
	return true
}

func (c *call) toTheOther() bool {
	other, _ := counterpart(c.r.Host)
	c.elsewhere(other)
	return true
}

func (c *call) busy() bool {
	c.w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	return status(http.StatusServiceUnavailable)(c)
}

// silent waits until the client goes, or the server ends.
func (c *call) silent() bool {
	if watch, ok := c.w.(*watched); ok {
		watch.once(0)
	}
	io.Copy(io.Discard, io.LimitReader(c.r.Body, maxCommand)) // before that, net/http does not see that a client goes
	<-c.r.Context().Done()
	return true
}

// endless sends until the client goes, or the server ends.
func (c *call) endless() bool {
	c.w.Header().Set("Content-Type", wbxmlType)
	block := make([]byte, 32<<10)
	for c.r.Context().Err() == nil {
		if _, err := c.w.Write(block); err != nil {
			break
		}
	}
	return true
}

func (c *call) needsPolicy(cmd *command) bool {
	if cmd.kind.name == provision {
		return false
	}
	c.refuse(statusNeedsPolicy, "the device has to fetch the policy first")
	return true
}
