package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/cms"
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
	said string // what it says to try
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
		ended <- run(ctx, append([]string{"lab", "serve", "--eas-listen", "127.0.0.1:0"}, args...), sys)
		write.Close()
	}()
	s.end = sync.OnceValue(func() int { interrupt(); return <-ended })
	t.Cleanup(func() { s.end() })
	for out := bufio.NewReader(read); !strings.HasSuffix(s.said, "signs in as any user there.\n"); {
		line, err := out.ReadString('\n')
		if err != nil {
			t.Fatalf("it does not say all: %v\n%s%s", err, s.said, s.errs.String())
		}
		s.said += line
	}
	go io.Copy(io.Discard, read)
	if s.url = regexp.MustCompile(`http://[0-9.:]+`).FindString(s.said); s.url == "" {
		t.Fatalf("it does not say where it is: %q", s.said)
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
	bundle, err := cms.MarshalCertsOnly([][]byte{l.Root.Certificate.Raw, l.Issuing.Certificate.Raw})
	if status, body = s.get("/upload/lab.p7b", ""); err != nil || status != http.StatusOK || !bytes.Equal(body, bundle) {
		t.Errorf("the bundle of its CAs: %d, %v", status, err)
	}
	if got := s.end(); got != exitOK {
		t.Errorf("interrupted, it ends with %d", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "address")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is served no more, and its folder names an address: %v", err)
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

// What it says to try has every name filled in, and stands for itself on Windows, too.
func TestLabServeTells(t *testing.T) {
	l, err := lab.New(scriptTime, "http://127.0.0.1:8765/crl")
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	s := &labServer{app: &app{system: system{out: &out, err: &errs}}, dir: "trial", address: "127.0.0.1:8765", mailAddress: "127.0.0.1:8766", lab: l}
	fault, err := findFault("expire")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.tell(fault); err != nil {
		t.Fatal(err)
	}
	said := filepath.ToSlash(out.String())
	for _, want := range []string{
		"  export EASKIT_GRAPH=http://127.0.0.1:8765 EASKIT_TOKEN_FILE=trial/token\n", `$env:EASKIT_GRAPH = "http://127.0.0.1:8765"`, "--graph http://127.0.0.1:8765 --token-file trial/token\n",
		"easkit check tenant trial/users/alice.cer\n", "--upload http://127.0.0.1:8765/upload/lab.p7b -o upload.json\n", "easkit entra apply upload.json\n", "  https://127.0.0.1:8766 ",
		"  easkit probe --p12 trial/users/alice.p12 --password-file trial/users/alice.password --connect 127.0.0.1:8766 --auth direct --roots trial/root.pem --deep --accept-policy\n", "NOT FOR PRODUCTION and ends on",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if strings.ContainsAny(said, "{}%") || !strings.Contains(errs.String(), "the fault expire is on: the fifth request") {
		t.Errorf("%s%s", errs.String(), said)
	}
}

// A lab is served once at a time: a second server would take the token of the first.
func TestLabServeTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	quiet := system{in: strings.NewReader(""), out: io.Discard, err: io.Discard, env: func(string) (string, bool) { return "", false }, now: func() time.Time { return scriptTime }}
	if status := run(t.Context(), []string{"lab", "init", dir, "--listen", "127.0.0.1:1"}, quiet); status != exitOK { // where nothing listens
		t.Fatalf("lab init: %d", status)
	}
	first := serveLab(t, "--dir", dir, "--listen", "127.0.0.1:0")
	before, err := os.ReadFile(filepath.Join(dir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	var errs shared
	second := quiet
	second.err = &errs
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // should it serve
	defer cancel()
	if status := run(ctx, []string{"lab", "serve", "--dir", dir, "--listen", "127.0.0.1:0"}, second); status != exitInput || !strings.Contains(errs.String(), "is served already, at "+first.url+"\n") {
		t.Errorf("the second ends with %d: %s", status, errs.String())
	}
	if after, err := os.ReadFile(filepath.Join(dir, "token")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the token is another now: %v", err)
	}
	first.end()
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte(strings.TrimPrefix(first.url, "http://")), 0o600); err != nil { // as a crash leaves it
		t.Fatal(err)
	}
	if again := serveLab(t, "--dir", dir, "--listen", "127.0.0.1:0"); again.end() != exitOK {
		t.Error("once the first has ended, it is not served")
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
