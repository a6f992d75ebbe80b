package graphtest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/certs/graph/schema"
)

// uploadType names the parameters of the action upload. The CSDL has them as
// parameters and not as a type.
const uploadType = "certificateBasedAuthPki: upload"

// maxBundle is the largest .p7b
// (https://learn.microsoft.com/entra/identity/authentication/how-to-certificate-based-authentication).
const maxBundle = 2 << 20

// fetchTimeout ends a download that hangs. It is ours: Microsoft gives up to 30 minutes
// to the whole, which nobody who tries things out wants to wait.
const fetchTimeout = 30 * time.Second

// fileHash is the form of sha256FileHash: what Get-FileHash prints.
var fileHash = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-F]{64}$`) })

// uploadParameters is the table of the action
// (https://learn.microsoft.com/graph/api/certificatebasedauthpki-upload).
func uploadParameters() schema.Type {
	return schema.Type{Name: uploadType, Kind: schema.Complex, Properties: []schema.Property{
		{Name: "uploadUrl", EDM: "Edm.String", Required: true},
		{Name: "sha256FileHash", EDM: "Edm.String", Required: true},
	}}
}

// uploadJob is an upload that runs. The goroutine that downloads writes cas and err
// before it closes done, and nothing reads them earlier.
type uploadJob struct {
	hash      string
	readsLeft int       // guarded by the server
	until     time.Time // not over before
	done      chan struct{}
	cas       []Object
	err       error
}

// upload begins an upload. It ends later: [Server.settleUploads].
func (s *Server) upload(c *call) (*answer, error) {
	from, hash := c.body.text("uploadUrl"), c.body.text("sha256FileHash")
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, breach("uploadUrl %q is not an http or https URL.", from)
	}
	if !fileHash().MatchString(hash) {
		return nil, breach("sha256FileHash %q is not a SHA-256 in upper-case hex.", hash)
	}
	i, err := s.managed(c)
	if err != nil {
		return nil, err
	}
	pki := c.params[0]
	if s.uploads[pki] != nil {
		return nil, conflict("Another upload is currently in progress.")
	}
	// The page answers duplicates with 400, which it can only for a file it has seen.
	if err := s.current.mayHold(pki, s.uploaded[pki+hash]); err != nil {
		return nil, err
	}
	job := &uploadJob{hash: hash, readsLeft: s.options.UploadReads, until: c.now.Add(s.options.UploadTime), done: make(chan struct{})}
	s.uploads[pki] = job
	s.fetching.Go(func() {
		defer close(job.done)
		job.cas, job.err = s.fetchBundle(from, hash, c.now)
	})
	s.write(c.now)
	s.changePKI(i, Object{"status": statusRunning, "statusDetails": nil, "lastModifiedDateTime": stamp(c.now)})
	return &answer{status: http.StatusNoContent}, nil
}

// fetchBundle downloads and reads a bundle.
func (s *Server) fetchBundle(from, hash string, now time.Time) ([]Object, error) {
	b, err := s.download(from)
	if err != nil {
		return nil, err
	}
	if have := fmt.Sprintf("%X", sha256.Sum256(b)); have != hash {
		return nil, fmt.Errorf("the SHA-256 of the file is %s and not %s", have, hash)
	}
	certs, err := parseBundle(b)
	if err != nil {
		return nil, err
	}
	var cas []Object
	for _, cert := range certs {
		ca := describeCA(cert, now).with("id", s.newID(caType))
		if crl := firstHTTP(cert); crl != "" {
			ca["certificateRevocationListUrl"] = crl
		}
		if err := fits(ca); err != nil {
			return nil, err
		}
		cas = append(cas, ca)
	}
	return cas, nil
}

func (s *Server) download(from string) ([]byte, error) {
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, fmt.Errorf("reading uploadUrl: %w", err)
	}
	response, err := s.options.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("downloading the file: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("downloading the file: the server answers %s", response.Status)
	}
	b, err := io.ReadAll(io.LimitReader(response.Body, maxBundle+1))
	if err != nil {
		return nil, fmt.Errorf("downloading the file: %w", err)
	}
	if len(b) > maxBundle {
		return nil, errors.New("the file is larger than 2 MB")
	}
	return b, nil
}

// awaitUpload lets a reader of a PKI, or of the list, wait for a download that is all
// that an upload still waits for: so the same reads find the same states each time.
func (s *Server) awaitUpload(r *http.Request) {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, basePath+pkiPath) {
		return
	}
	s.mu.Lock()
	now := s.options.Now()
	var waiting []*uploadJob
	for _, job := range s.uploads {
		if job.readsLeft <= 0 && !now.Before(job.until) {
			waiting = append(waiting, job)
		}
	}
	s.mu.Unlock()
	for _, job := range waiting {
		select {
		case <-job.done:
		case <-r.Context().Done():
		}
	}
}

// readUpload counts a read of a PKI.
func (s *Server) readUpload(pki string) {
	if job := s.uploads[pki]; job != nil {
		job.readsLeft--
	}
}

// settleUploads ends the uploads whose time is over: all their CAs are added, or none.
func (s *Server) settleUploads(now time.Time) {
	for pki, job := range s.uploads {
		if job.readsLeft > 0 || now.Before(job.until) {
			continue
		}
		select {
		case <-job.done:
		default:
			continue
		}
		delete(s.uploads, pki)
		i := indexOf(s.current.pkis, "id", pki)
		if i < 0 {
			continue
		}
		err := job.err
		if err == nil {
			err = s.current.mayAdd(pki, job.cas, now)
		}
		if err != nil {
			s.changePKI(i, Object{"status": statusFailed, "statusDetails": err.Error(), "lastModifiedDateTime": stamp(now)})
			continue
		}
		s.uploaded[pki+job.hash] = job.cas
		s.setCAs(pki, append(slices.Clone(s.current.cas[pki]), job.cas...))
		s.changePKI(i, Object{"status": statusSucceeded, "statusDetails": nil, "lastModifiedDateTime": stamp(now)})
	}
}
