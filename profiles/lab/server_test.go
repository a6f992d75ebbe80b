package lab

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
)

var clock = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// bench is a lab that is served.
type bench struct {
	t      *testing.T
	lab    *lab.Lab
	files  fstest.MapFS
	server *Server
	url    string
	client *graph.Client

	mu  sync.Mutex
	log []Request
}

func start(t *testing.T, fault Fault) *bench {
	t.Helper()
	b := &bench{t: t, files: fstest.MapFS{}}
	var err error
	if b.lab, err = lab.New(clock, CRLBase(DefaultAddress)); err != nil {
		t.Fatal(err)
	}
	for _, f := range b.lab.CRLs() {
		b.files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	now := func() time.Time { return clock }
	b.server, err = New(b.lab, b.files, Options{Now: now, Fault: fault, Log: func(r Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.log = append(b.log, r)
	}})
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewServer(b.server)
	t.Cleanup(func() { running.Close(); b.server.Close() })
	b.url = running.URL
	endpoint, err := graph.ParseLab(b.url)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := graph.NewFixed(b.server.Token(), now)
	if err != nil {
		t.Fatal(err)
	}
	b.client = &graph.Client{Endpoint: endpoint, Sign: sign, Sleep: func(context.Context, time.Duration) error { return nil }}
	return b
}

func fault(t *testing.T, name string) Fault {
	t.Helper()
	all := Faults()
	i := slices.IndexFunc(all, func(f Fault) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("there is no fault %q", name)
	}
	return all[i]
}

func (b *bench) get(path string) (status int, header http.Header, body []byte) {
	b.t.Helper()
	resp, err := http.Get(b.url + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

func (b *bench) clean() {
	b.t.Helper()
	for _, v := range b.server.Violations() {
		b.t.Errorf("it breaks Graph's description: %s", v)
	}
}

// The tenant of a lab has an id of its own, which is a UUID.
func TestTenantID(t *testing.T) {
	a, b := start(t, Fault{}), start(t, Fault{})
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if id := a.organization(); id != TenantID(a.lab) || id == b.organization() || !uuid.MatchString(id) {
		t.Errorf("the tenants are %s and %s", id, b.organization())
	}
}

// A lab is found where it is served, and neither another lab nor what is none is
// taken for it.
func TestServes(t *testing.T) {
	a, b := start(t, Fault{}), start(t, Fault{})
	silent := httptest.NewServer(http.NotFoundHandler())
	defer silent.Close()
	free, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	address := func(url string) string { return strings.TrimPrefix(url, "http://") }
	for _, r := range []struct {
		address string
		want    bool
	}{{address(a.url), true}, {address(b.url), false}, {address(silent.URL), false}, {free.Addr().String(), false}, {"", false}, {"192.0.2.1:80", false}} {
		if got := Serves(t.Context(), r.address, a.lab); got != r.want {
			t.Errorf("at %q: %t", r.address, got)
		}
	}
}

// CRLs and bundles are served as they are at the time, and nothing else of the
// folder: not its keys, not its token.
func TestFiles(t *testing.T) {
	b := start(t, Fault{})
	b.files["token"] = &fstest.MapFile{Data: []byte("secret")}
	b.files["root.key.pem"] = b.files["token"]
	b.files["crl/root.key.pem"] = b.files["token"]
	b.files["upload/cas.p7b"] = &fstest.MapFile{Data: []byte("bundle")}
	for _, test := range []struct {
		path, content string
		status        int
	}{
		{"/crl/issuing.crl", "application/pkix-crl", http.StatusOK},
		{"/upload/cas.p7b", "application/x-pkcs7-certificates", http.StatusOK},
		{"/", "text/plain; charset=utf-8", http.StatusOK},
		{"/crl/other.crl", "", http.StatusNotFound},
		{"/crl/root.key.pem", "", http.StatusNotFound},
		{"/crl/..%2Ftoken", "", http.StatusNotFound},
		{"/crl/..%2Froot.key.pem", "", http.StatusNotFound},
		{"/crl/..%2Fupload%2Fcas.p7b", "", http.StatusNotFound},
		{"/upload/..%2Fcrl%2Fissuing.crl", "", http.StatusNotFound},
		{"/upload/..%2F..%2Fcas.p7b", "", http.StatusNotFound},
		{"/crl/", "", http.StatusNotFound},
		{"/token", "", http.StatusNotFound},
		{"/root.key.pem", "", http.StatusNotFound},
	} {
		status, header, body := b.get(test.path)
		if status != test.status || test.content != "" && header.Get("Content-Type") != test.content || strings.Contains(string(body), "secret") {
			t.Errorf("GET %s: %d, %q: %.40q", test.path, status, header.Get("Content-Type"), body)
		}
	}
	alice, err := b.lab.User("Alice", "alice@contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.lab.Revoke(alice.Leaf); err != nil {
		t.Fatal(err)
	}
	if err := b.lab.Publish(0); err != nil {
		t.Fatal(err)
	}
	for _, f := range b.lab.CRLs() {
		b.files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	_, _, der := b.get("/crl/issuing.crl")
	list, err := x509.ParseRevocationList(der)
	if err != nil || len(list.RevokedCertificateEntries) != 1 || list.Number.Int64() != 2 {
		t.Errorf("after it was published anew: %v, %v", list, err)
	}
}

// What is logged names requests and no tokens; a connection that was cut has no
// status.
func TestLog(t *testing.T) {
	b := start(t, fault(t, "throttle"))
	if _, err := b.client.Organization(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.get("/crl/root.crl")
	var lines []string
	b.mu.Lock()
	for _, r := range b.log {
		lines = append(lines, fmt.Sprint(r.Method, " ", r.Path, " ", r.Status))
	}
	b.mu.Unlock()
	want := []string{"GET /v1.0/organization 429", "GET /v1.0/organization 429", "GET /v1.0/organization 429", "GET /v1.0/organization 200", "GET /crl/root.crl 200"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// The token may do all that easkit asks of a tenant, for a day, and shows a user who
// did not sign in with a certificate.
func TestToken(t *testing.T) {
	b := start(t, Fault{})
	claims, err := graph.ReadClaims(b.server.Token())
	if err != nil {
		t.Fatal(err)
	}
	if maybe, known := claims.ByCertificate(); maybe || !known || claims.UPN != Administrator || !claims.Expires().Equal(clock.Add(24*time.Hour)) {
		t.Errorf("%+v", claims)
	}
	for _, p := range graph.Permissions() {
		if !slices.Contains(strings.Fields(claims.Scopes), p.Scope) {
			t.Errorf("it lacks %s, for %s", p.Scope, p.Path)
		}
	}
	if status, _, _ := b.get("/v1.0/organization"); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
}

// The tenant can be read as a whole, and is not ready: these checks say why.
func TestTenant(t *testing.T) {
	b := start(t, Fault{})
	snapshot, err := tenant.Collect(t.Context(), b.client, tenant.CollectOptions{Now: clock, Cloud: preflight.Worldwide})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range snapshot.Missing {
		if m.File != tenant.UsersFile && m.File != tenant.MailboxesFile {
			t.Errorf("%s could not be read: %s", m.File, m.Why)
		}
	}
	s := preflight.Scenario{Auth: preflight.OAuth, Mailbox: preflight.ExchangeOnline, At: clock, Now: clock}.WithDefaults()
	got := map[string]preflight.Status{}
	for _, f := range snapshot.Check(s, nil) {
		if f.Status.Worse(got[f.Check]) || got[f.Check] == "" {
			got[f.Check] = f.Status
		}
	}
	for check, want := range map[string]preflight.Status{
		"tenant.method":       preflight.StatusPass,
		"tenant.binding":      preflight.StatusPass,
		"tenant.crl-required": preflight.StatusPass,
		"tenant.strength":     preflight.StatusWarn,
		"tenant.federated":    preflight.StatusWarn,
	} {
		if got[check] != want {
			t.Errorf("%s is %s, want %s", check, got[check], want)
		}
	}
	if status := got["tenant.consent"]; !status.Worse(preflight.StatusPass) {
		t.Errorf("tenant.consent is %s", status)
	}
	b.clean()
}

// What a colleague has in Intune can be read in full, and costs nobody a certificate.
func TestIntune(t *testing.T) {
	b := start(t, Fault{})
	const base = "/deviceManagement/deviceConfigurations"
	names := func(path string) []string {
		t.Helper()
		var all []string
		for element, err := range b.client.Beta().All(t.Context(), path) {
			var o struct{ DisplayName, UserDisplayName string }
			if err == nil {
				err = json.Unmarshal(element, &o)
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, o.DisplayName+o.UserDisplayName)
		}
		return all
	}
	const certificate = base + "/1ab00000-0000-4000-8000-000000000032/microsoft.graph.iosScepCertificateProfile"
	for path, want := range map[string][]string{
		base: {"Old root", "Old certificate", "Old iOS mail"},
		certificate + "/managedDeviceCertificateStates": {"Alice Example", "Bob Example"},
		"/deviceAppManagement/mobileApps":               {"Microsoft Outlook", "Gmail", "Microsoft Outlook"},
		"/groups":                                       {"Certificate users", "Mail users"},
	} {
		if got := names(path); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", path, got, want)
		}
	}
	var root struct{ TrustedRootCertificate []byte }
	if err := b.client.Beta().Get(t.Context(), certificate+"/rootCertificate", &root); err != nil || string(root.TrustedRootCertificate) != string(b.lab.Root.Certificate.Raw) {
		t.Errorf("the old root is another one; %v", err)
	}
	objects, err := b.server.IntuneObjects()
	if err != nil || len(objects) != 3 || len(b.server.LostCertificates()) != 0 {
		t.Errorf("Intune has %v; %v", objects, err)
	}
	b.clean()
}

// The classic store holds the lab's root; a list that is posted beside it is refused.
func TestClassicStore(t *testing.T) {
	b := start(t, Fault{})
	org := b.organization()
	store := b.classic()
	if len(store) != 1 || string(store[0].Certificate) != string(b.lab.Root.Certificate.Raw) || store[0].CRLURL != b.lab.Root.CRLURL || !store[0].IsRoot {
		t.Errorf("the classic store holds %d CAs: %v", len(store), store)
	}
	if err := b.client.PostClassicStore(t.Context(), org, store); !graph.IsStatus(err, http.StatusBadRequest) {
		t.Errorf("a second list: %v", err)
	}
	if pkis, err := b.client.PKIs(t.Context()); err != nil || len(pkis) != 0 {
		t.Errorf("the PKI store holds %d: %v", len(pkis), err)
	}
	b.clean()
}

func (b *bench) organization() string {
	b.t.Helper()
	org, err := b.client.Organization(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return org.ID
}

// classic is what is in the classic store.
func (b *bench) classic() []graph.CA {
	b.t.Helper()
	store, err := b.client.ClassicStore(b.t.Context(), b.organization())
	if err != nil {
		b.t.Fatal(err)
	}
	if store == nil {
		return nil
	}
	return store.CAs
}

// A bundle from the folder upload comes into the PKI store by its address.
func TestUpload(t *testing.T) {
	b := start(t, Fault{})
	bundle, err := cms.MarshalCertsOnly([][]byte{b.lab.Root.Certificate.Raw, b.lab.Issuing.Certificate.Raw})
	if err != nil {
		t.Fatal(err)
	}
	b.files["upload/cas.p7b"] = &fstest.MapFile{Data: bundle}
	pki, err := b.client.CreatePKI(t.Context(), "lab")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.client.UploadCAs(t.Context(), pki.ID, graph.Upload{URL: b.url + "/upload/cas.p7b", SHA256: fmt.Sprintf("%X", sha256.Sum256(bundle))}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if pki, err = b.client.PKI(t.Context(), pki.ID); err != nil || pki.Status != "running" {
			break
		}
	}
	if err != nil || pki.Status != "succeeded" {
		t.Errorf("the upload is %s (%v)", pki.Status, err)
	}
	b.clean()
}

// What goes wrong after the delete of the classic store goes wrong then, and not
// before.
func TestFaultsAfterDelete(t *testing.T) {
	for _, test := range []struct {
		name  string
		posts []func(error) bool // what comes of each post
	}{
		{"cut-after-delete", []func(error) bool{graph.Unknown, succeeded}},
		{"refuse-after-delete", []func(error) bool{forbidden, succeeded}},
		{"empty-after-delete", []func(error) bool{unauthorized, unauthorized, unauthorized, succeeded}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := start(t, fault(t, test.name))
			org, cas := b.organization(), b.classic()
			if err := b.client.PostClassicStore(t.Context(), org, cas); !graph.IsStatus(err, http.StatusBadRequest) {
				t.Fatalf("before the delete: %v", err)
			}
			if err := b.client.DeleteClassicStore(t.Context(), org); err != nil {
				t.Fatal(err)
			}
			for i, want := range test.posts {
				if left := b.classic(); len(left) > 0 {
					t.Errorf("before post %d the store holds %d CAs", i+1, len(left))
				}
				if err := b.client.PostClassicStore(t.Context(), org, cas); !want(err) {
					t.Errorf("post %d: %v", i+1, err)
				}
			}
			if left := b.classic(); len(left) != 1 {
				t.Errorf("in the end the store holds %d CAs", len(left))
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if cut := slices.ContainsFunc(b.log, func(r Request) bool { return r.Method == http.MethodPost && r.Status == 0 }); cut != (test.name == "cut-after-delete") {
				t.Errorf("a connection was cut: %t in the log", cut)
			}
			b.clean()
		})
	}
}

func succeeded(err error) bool { return err == nil }
func forbidden(err error) bool { return graph.IsStatus(err, http.StatusForbidden) }

// The other faults are met at once. Those that pass are waited for by the client.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name  string
		calls int
		wait  time.Duration // in all
		fails bool
	}{
		{"unavailable", 1, time.Minute, false},
		{"throttle", 1, 6 * time.Second, false},
		{"expire", 4, 0, false},
		{"expire", 5, 0, true},
	} {
		t.Run(fmt.Sprint(test.name, test.calls), func(t *testing.T) {
			b := start(t, fault(t, test.name))
			var waited time.Duration
			b.client.Waiting = func(d time.Duration, _ error) { waited += d }
			var err error
			for range test.calls {
				_, err = b.client.Organization(t.Context())
			}
			if (err != nil) != test.fails || waited != test.wait {
				t.Errorf("%v after %v, want %v", err, waited, test.wait)
			}
		})
	}
}

// Every fault is one that Graph's double takes, whenever it begins.
func TestFaultsAreSound(t *testing.T) {
	server := start(t, Fault{}).server.graph
	seen := map[string]bool{}
	for _, f := range Faults() {
		if f.Name == "" || f.What == "" || seen[f.Name] {
			t.Errorf("the fault %q (%s) has no name of its own", f.Name, f.What)
		}
		seen[f.Name] = true
		if err := server.SetFaults(f.rules...); err != nil || len(f.rules) == 0 {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// Nobody but this machine reaches a lab.
func TestListen(t *testing.T) {
	for _, address := range []string{"", ":8765", "0.0.0.0:8765", "[::]:8765", "192.0.2.1:8765", "localhost:8765", "contoso.com:80", "127.0.0.1", "127.0.0.1:99999", "169.254.1.1:80"} {
		if l, err := Listen(t.Context(), address); err == nil {
			l.Close()
			t.Errorf("it listens on %q", address)
		} else if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), DefaultAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Listen(t.Context(), l.Addr().String()); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("it listens on %s twice", l.Addr())
	}
	for _, address := range []string{DefaultAddress, "127.9.9.9:1", "[::1]:8765"} {
		if _, err := ParseAddress(address); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func unauthorized(err error) bool { return graph.IsStatus(err, http.StatusUnauthorized) }
