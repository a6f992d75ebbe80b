// Package lab is the servers of a lab: a small Microsoft Graph with a tenant in it, the
// CRLs of the lab's CAs and what is put there to be uploaded ([Server]), and an Exchange
// ActiveSync with a mailbox for each user ([EAS]). With them everything that easkit does
// with certificates, CRLs, a tenant and mail can be tried without a tenant.
//
// They are for this machine alone: [Listen] listens on no other address. What tenant and
// mailboxes hold is gone when the servers end.
package lab

import (
	"bufio"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/certs/lab"
)

// How the lab's Graph lags behind, long enough to see that it does: Microsoft's takes
// minutes for either.
const (
	revokeDelay = 2 * time.Second
	uploadReads = 1
)

// UploadFolder is the folder of a lab whose bundles are served for uploads.
const UploadFolder = "upload"

// Options are how a server differs from others.
type Options struct {
	Now   func() time.Time // the clock; time.Now if nil
	Fault Fault            // what goes wrong; nothing if zero
	Log   func(Request)    // told of each request, by several goroutines at once; may be nil
}

// Server answers for a lab. It is an http.Handler, and safe for use by several
// goroutines.
type Server struct {
	mux   *http.ServeMux
	graph *graphtest.Server
	now   func() time.Time
	log   func(Request)

	mu      sync.Mutex
	waiting Fault // begins once the classic store is deleted
}

// New makes the server of a lab that was opened from files. CRLs and bundles are read
// from files each time, so that what is published is there at once.
func New(l *lab.Lab, files fs.FS, o Options) (*Server, error) {
	s := &Server{mux: http.NewServeMux(), now: o.Now, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	var err error
	s.graph, err = graphtest.New(Tenant(l), graphtest.Options{
		Now: s.now, RevokeDelay: revokeDelay, UploadReads: uploadReads,
		OnRequest: s.arm,
	})
	if err != nil {
		return nil, fmt.Errorf("making the lab's tenant: %w", err)
	}
	if err := s.SetFault(o.Fault); err != nil {
		s.graph.Close()
		return nil, err
	}
	s.mux.Handle("/v1.0/", s.graph)
	s.mux.Handle("/beta/", s.graph)
	s.mux.Handle("/lab/faults", s.graph)
	s.mux.Handle("GET /crl/{name}", folder{files, lab.CRLFolder, ".crl", "application/pkix-crl"})
	s.mux.Handle("GET /upload/{name}", folder{files, UploadFolder, ".p7b", "application/x-pkcs7-certificates"})
	s.mux.HandleFunc("GET /{$}", welcome(TenantID(l)))
	return s, nil
}

// SetFault lets something else go wrong from now on; with the zero Fault nothing does.
func (s *Server) SetFault(f Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := f.rules
	s.waiting = Fault{}
	if f.afterDelete {
		rules, s.waiting = nil, f
	}
	if err := s.graph.SetFaults(rules...); err != nil {
		return fmt.Errorf("making the fault %q: %w", f.Name, err)
	}
	return nil
}

// arm lets a fault begin that waits for the delete.
func (s *Server) arm(r graphtest.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting.follows(r) {
		s.graph.SetFaults(s.waiting.rules...) // a test holds them against Graph's rules
		s.waiting = Fault{}
	}
}

// LostCertificates are the certificates that users lost since the start, by whatever was
// done to the profiles of Intune that gave them.
func (s *Server) LostCertificates() []graphtest.LostCertificate { return s.graph.LostCertificates() }

// IntuneObjects are the objects of Intune as they are now, in the form of
// [graphtest.Tenant].
func (s *Server) IntuneObjects() ([]graphtest.Object, error) { return s.graph.IntuneObjects() }

// TokenFor issues a token for what is said, to try what happens with fewer
// permissions than [Server.Token] has.
func (s *Server) TokenFor(o graphtest.TokenOptions) string { return s.graph.Token(o) }

// Close ends what the server does in the background.
func (s *Server) Close() { s.graph.Close() }

// Violations are the requests so far that break Microsoft's description of Graph, a
// line each: mistakes of the client.
func (s *Server) Violations() []string {
	var lines []string
	for _, v := range s.graph.Violations() {
		lines = append(lines, v.String())
	}
	return lines
}

// Request is what is told of a request: no token and no content.
type Request struct {
	Method string
	Path   string // escaped, as it was sent, without a query
	Status int    // 0: the connection was cut
}

// ServeHTTP answers one request. It is told of before the client has the answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.log == nil {
		s.mux.ServeHTTP(w, r)
		return
	}
	seen := &watched{ResponseWriter: w, tell: func(status int) {
		s.log(Request{Method: r.Method, Path: r.URL.EscapedPath(), Status: status})
	}}
	s.mux.ServeHTTP(seen, r)
	seen.once(http.StatusOK) // of an answer without a word, which net/http sends then
}

// watched tells of an answer once, when it begins.
type watched struct {
	http.ResponseWriter
	tell func(status int)
	told bool
}

func (w *watched) once(status int) {
	if !w.told {
		w.told = true
		w.tell(status)
	}
}

func (w *watched) WriteHeader(status int) {
	w.once(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	w.once(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Hijack hands out the connection to somebody who cuts it.
func (w *watched) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.once(0)
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// folder serves the files of one extension in one folder, and nothing else of it.
type folder struct {
	files                    fs.FS
	name, extension, content string
}

func (f folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Join(f.name, r.PathValue("name"))
	if path.Dir(name) != f.name || path.Ext(name) != f.extension {
		http.NotFound(w, r)
		return
	}
	data, err := fs.ReadFile(f.files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.content)
	w.Write(data) // a client that is gone has no use for the error
}

// welcome says what this is to those who come with a browser, and to [Serves].
func welcome(tenant string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, welcomeText, lab.Warning, Organization, tenant)
	}
}

const welcomeText = `The lab of easkit: a tenant to try things with. %s.

  /v1.0        a Microsoft Graph, with the tenant %q in it; its token is in the lab's folder
               (the id of the tenant: %s)
  /beta        the same Graph with what the tenant has in Intune: a mail profile, its
               certificates, and apps
  /crl         the CRLs of the lab's CAs: root.crl, issuing.crl
  /upload      bundles (.p7b) from the folder "upload" of the lab
  /lab/faults  what goes wrong: POST a JSON list of faults, [] ends them

Nothing here is Microsoft's. A CA of a lab must never get into a real tenant: whoever
has its key signs in as any user there.
`
