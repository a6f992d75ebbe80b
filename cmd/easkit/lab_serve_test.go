package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/lab"
)

// shared is a stream that several goroutines write to.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// servedLab is easkit lab serve under way.
type servedLab struct {
	t    *testing.T
	url  string
	errs shared
	end  func() (status int)
}

func serveLab(t *testing.T, args ...string) *servedLab {
	t.Helper()
	ctx, interrupt := context.WithCancel(t.Context())
	read, write := io.Pipe()
	s := &servedLab{t: t}
	sys := system{in: strings.NewReader(""), out: write, err: &s.errs, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"lab", "serve"}, args...), sys)
		write.Close()
	}()
	s.end = sync.OnceValue(func() int { interrupt(); return <-ended })
	t.Cleanup(func() { s.end() })
	first, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("it says nothing: %v\n%s", err, s.errs.String())
	}
	go io.Copy(io.Discard, read)
	if s.url = regexp.MustCompile(`http://[0-9.:]+`).FindString(first); s.url == "" {
		t.Fatalf("it does not say where it is: %q", first)
	}
	return s
}

func (s *servedLab) get(path, token string) (int, []byte) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// A lab that is not there is made for the address that it is served at. It hands out
// its CRLs and its tenant, logs requests without tokens, and ends without complaint.
func TestLabServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	s := serveLab(t, "--dir", dir, "--listen", "127.0.0.1:0")
	token, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimSpace(string(token))
	l, err := lab.Open(os.DirFS(dir), scriptTime)
	if err != nil {
		t.Fatal(err)
	}
	if want := s.url + "/crl"; l.CRLBase() != want {
		t.Errorf("its certificates name %s for CRLs, want %s", l.CRLBase(), want)
	}
	status, body := s.get("/crl/issuing.crl", "")
	list, err := x509.ParseRevocationList(body)
	if err != nil || status != http.StatusOK || list.CheckSignatureFrom(l.Issuing.Certificate.X509) != nil {
		t.Errorf("its CRL: %d, %v", status, err)
	}
	var organizations struct {
		Value []struct {
			DisplayName string `json:"displayName"`
		} `json:"value"`
	}
	status, body = s.get("/v1.0/organization", secret)
	if err := json.Unmarshal(body, &organizations); err != nil || status != http.StatusOK || len(organizations.Value) != 1 || organizations.Value[0].DisplayName != "easkit lab" {
		t.Errorf("its organization: %d, %v: %s", status, err, body)
	}
	if got := s.end(); got != exitOK {
		t.Errorf("interrupted, it ends with %d", got)
	}
	said := s.errs.String()
	for _, line := range []string{"easkit: GET /crl/issuing.crl 200\n", "easkit: GET /v1.0/organization 200\n", "easkit: the lab has ended\n"} {
		if !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	if strings.Contains(said, secret) {
		t.Error("it logs the token")
	}
}

// What is revoked while a lab is served is in the next CRL that it hands out. A lab
// that is served elsewhere than its certificates say is told of.
func TestLabServeWhileRevoking(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	sys := system{in: strings.NewReader(""), out: io.Discard, err: io.Discard, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
	if status := run(t.Context(), []string{"lab", "init", dir}, sys); status != exitOK {
		t.Fatalf("lab init: %d", status)
	}
	s := serveLab(t, "--dir", dir, "--listen", "127.0.0.1:0", "--fault", "throttle")
	if status := run(t.Context(), []string{"lab", "revoke", "--dir", dir, filepath.Join(dir, "users", "alice.cer")}, sys); status != exitOK {
		t.Fatalf("lab revoke: %d", status)
	}
	_, body := s.get("/crl/issuing.crl", "")
	if list, err := x509.ParseRevocationList(body); err != nil || len(list.RevokedCertificateEntries) != 1 {
		t.Errorf("the CRL that it hands out: %v", err)
	}
	if status, _ := s.get("/v1.0/organization", ""); status != http.StatusTooManyRequests {
		t.Errorf("with --fault throttle: %d", status)
	}
	for _, line := range []string{"certificates name http://127.0.0.1:8765/crl", "the fault throttle is on"} {
		if said := s.errs.String(); !strings.Contains(said, line) {
			t.Errorf("it does not say %q:\n%s", line, said)
		}
	}
	for _, file := range []string{"token", "root.key.pem"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
}
