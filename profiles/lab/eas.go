package lab

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/lab"
)

// easPath is where Exchange ActiveSync is on every server (MS-ASHTTP 2.2.1.1.1).
const easPath = "/Microsoft-Server-ActiveSync"

// EASOptions are how an ActiveSync server differs from others.
type EASOptions struct {
	Now      func() time.Time // the clock; time.Now if nil
	Hosts    []string         // names and addresses that it answers to, beside this machine's own and those of Exchange Online's worldwide cloud
	Accounts []string         // the addresses that have a mailbox; nil for every routable one
	Mails    []EASMail        // what is in each inbox, newest last; nil for three of the lab's own

	// Authority is who gives tokens, as https://HOST:PORT. If it is empty, that is
	// Microsoft's where the server is asked as one of Exchange Online's hosts, and
	// the server itself by any other name.
	Authority string

	Fault EASFault         // what goes wrong; nothing if zero
	Log   func(EASRequest) // told of each request, by several goroutines at once; may be nil
}

// EASRequest is what is told of a request: no token and no content.
type EASRequest struct {
	Method  string
	Host    string // as it was sent
	Path    string // escaped, as it was sent, without a query
	Command string // of ActiveSync; empty for others
	User    string // who signed in
	Status  int    // of HTTP; 0: there was no answer
	Wiped   bool   // the device says that it wiped itself, as it was told
	Refused string // why, where it was; of a handshake that failed there is nothing else
}

// EAS is the ActiveSync server of a lab, with the authority that gives tokens for it. It
// is an http.Handler, for connections of its [EAS.TLSConfig], and safe for use by
// several goroutines. What devices did is forgotten when it ends.
type EAS struct {
	options EASOptions
	mux     *http.ServeMux
	server  tls.Certificate
	cas     *x509.CertPool
	revoked revocations
	tokens  tokens

	mu      sync.Mutex
	fault   EASFault
	devices map[string]*device // by user and id
}

// NewEAS makes the ActiveSync server of a lab that was opened from files. The CRLs are
// read from files at each request, so that what is published is in force at once.
func NewEAS(l *lab.Lab, files fs.FS, o EASOptions) (*EAS, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mails == nil {
		o.Mails = easMails()
	}
	e := &EAS{options: o, mux: http.NewServeMux(), fault: o.Fault, devices: map[string]*device{}}
	var err error
	if e.server, err = serverCertificate(l, append(easHosts(), withRoles(o.Hosts)...)); err != nil {
		return nil, err
	}
	e.cas = x509.NewCertPool()
	for i, a := range []*lab.Authority{l.Root, l.Issuing} {
		e.cas.AddCert(a.Certificate.X509)
		e.revoked.lists = append(e.revoked.lists, revocationList{a.Certificate.X509, l.CRLs()[i].Name})
	}
	e.revoked.files = files
	e.tokens.now = o.Now
	for pattern, answer := range map[string]func(*call){
		easPath:                               (*call).activeSync,
		"GET /autodiscover/autodiscover.json": (*call).autodiscover,
		"GET /autodiscover/autodiscover.json/v1.0/{address}": (*call).autodiscover,

		"GET /common/discovery/instance":                      (*call).instance,
		"GET /{tenant}/v2.0/.well-known/openid-configuration": (*call).openID,
		"GET /{tenant}/oauth2/authorize":                      (*call).authorize,
		"GET /{tenant}/oauth2/v2.0/authorize":                 (*call).authorize,
		"GET /{tenant}/certauth":                              (*call).certAuth,
		"POST /{tenant}/oauth2/token":                         (*call).token,
		"POST /{tenant}/oauth2/v2.0/token":                    (*call).token,

		"/": func(c *call) { http.NotFound(c.w, c.r) },
	} {
		e.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { e.answer(w, r, answer) })
	}
	return e, nil
}

// SetFault lets something else go wrong from now on; with the zero EASFault nothing
// does. Connections that are open go on with the handshake they had.
func (e *EAS) SetFault(f EASFault) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fault = f
}

func (e *EAS) currentFault() EASFault {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fault
}

// ServeHTTP answers one request. It is told of before the client has the answer.
func (e *EAS) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

// call is one request and its answer.
type call struct {
	eas   *EAS
	w     http.ResponseWriter
	r     *http.Request
	fault EASFault
	seen  EASRequest
}

func (e *EAS) answer(w http.ResponseWriter, r *http.Request, f func(*call)) {
	c := &call{eas: e, r: r, fault: e.currentFault(), seen: EASRequest{Method: r.Method, Host: r.Host, Path: r.URL.EscapedPath()}}
	watch := &watched{ResponseWriter: w, tell: func(status int) {
		c.seen.Status = status
		e.log(c.seen)
	}}
	c.w = watch
	f(c)
	watch.once(http.StatusOK) // of an answer without a word, which net/http sends then
}

func (e *EAS) log(seen EASRequest) {
	if e.options.Log != nil {
		e.options.Log(seen)
	}
}

// shown are the certificates of the client, its own first.
func (c *call) shown() []*x509.Certificate {
	if c.r.TLS == nil {
		return nil
	}
	return c.r.TLS.PeerCertificates
}

// refuse answers in plain text, and lets the log say why.
func (c *call) refuse(status int, why string) {
	c.seen.Refused = why
	http.Error(c.w, why, status)
}

// split takes the Host header apart: port is empty, or begins with a colon.
func split(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return strings.Trim(hostport, "[]"), "" // of an IPv6 address
	}
	return host, ":" + port
}
