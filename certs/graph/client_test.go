package graph_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// tenant is a Graph on this machine and a client that is signed in to it. Waits take
// no time, and are noted.
type tenant struct {
	*graph.Client
	server *graphtest.Server
	waits  []time.Duration
}

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func newTenant(t *testing.T, o graphtest.Options, scopes ...string) *tenant {
	t.Helper()
	o.Now = clock
	server, err := graphtest.New(graphtest.NewTenant(), o)
	if err != nil {
		t.Fatal(err)
	}
	host := httptest.NewServer(server)
	t.Cleanup(func() { host.Close(); server.Close() })
	source, err := graph.NewFixed(server.Token(graphtest.TokenOptions{Scopes: scopes, AMR: []string{"pwd", "mfa"}}), clock)
	if err != nil {
		t.Fatal(err)
	}
	l := &tenant{server: server}
	l.Client = &graph.Client{Endpoint: graph.Endpoint{Graph: host.URL}, Sign: source, Sleep: func(ctx context.Context, d time.Duration) error {
		l.waits = append(l.waits, d)
		return ctx.Err()
	}}
	return l
}

func (l *tenant) fault(t *testing.T, f graphtest.Fault) {
	t.Helper()
	if err := l.server.SetFaults(f); err != nil {
		t.Fatal(err)
	}
}

// Every request that the client can send is one that Graph describes.
func TestRequests(t *testing.T) {
	l := newTenant(t, graphtest.Options{PageSize: 1}, "Organization.ReadWrite.All", "PublicKeyInfrastructure.ReadWrite.All", "User.ReadWrite.All", "User.RevokeSessions.All", "Directory.ReadWrite.All")
	ctx := t.Context()
	org, err := l.Organization(ctx)
	if err != nil || org.ID != l.server.OrganizationID() {
		t.Fatalf("%+v, %v", org, err)
	}
	if store, err := l.ClassicStore(ctx, org.ID); err != nil || store != nil {
		t.Errorf("an empty classic store: %+v, %v", store, err)
	}
	if _, err := l.CreatePKI(ctx, "Contoso PKI"); err != nil {
		t.Error(err)
	}
	if pkis, err := l.PKIs(ctx); err != nil || len(pkis) != 1 || pkis[0].DisplayName != "Contoso PKI" {
		t.Errorf("%+v, %v", pkis, err)
	}
	users, err := graph.List[graph.User](ctx, l.Client, "/users?$select="+graph.UserSelect)
	if err != nil || len(users) < 2 {
		t.Fatalf("users over pages of one: %+v, %v", users, err)
	}
	user := users[0].UserPrincipalName
	if err := l.SetCertificateUserIDs(ctx, user, []string{"X509:<SKI>0a'b"}); err != nil {
		t.Error(err)
	}
	if found, err := l.Holders(ctx, "X509:<SKI>0a'b"); err != nil || len(found) != 1 || found[0].UserPrincipalName != user {
		t.Errorf("who has it: %+v, %v", found, err)
	}
	if err := l.RevokeSignInSessions(ctx, user); err != nil {
		t.Error(err)
	}
	if u, err := l.User(ctx, user); err != nil || u.AuthorizationInfo == nil || len(u.AuthorizationInfo.CertificateUserIDs) != 1 || u.SignInSessionsValidFrom.IsZero() {
		t.Errorf("%+v, %v", u, err)
	}
	for _, v := range l.server.Violations() {
		t.Errorf("a request that Graph does not know: %s", v)
	}
}

// What is deleted can be brought back for 30 days.
func TestDeleteAndRestore(t *testing.T) {
	l := newTenant(t, graphtest.Options{}, "PublicKeyInfrastructure.ReadWrite.All", "Organization.Read.All")
	ctx := t.Context()
	pki, err := l.CreatePKI(ctx, "Contoso PKI")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.AddCA(ctx, pki.ID, detail(t)); err != nil {
		t.Fatal(err)
	}
	pkis, err := l.PKIs(ctx)
	if err != nil || len(pkis) != 1 || len(pkis[0].CAs) != 1 {
		t.Fatalf("%+v, %v", pkis, err)
	}
	id := pkis[0].CAs[0].ID
	if err := l.DeleteCA(ctx, pki.ID, id); err != nil {
		t.Fatal(err)
	}
	if err := l.Restore(ctx, id); err != nil {
		t.Fatal(err)
	}
	if pkis, err := l.PKIs(ctx); err != nil || len(pkis[0].CAs) != 1 {
		t.Errorf("it is not back: %+v, %v", pkis, err)
	}
	for _, v := range l.server.Violations() {
		t.Errorf("a request that Graph does not know: %s", v)
	}
}

func TestWaits(t *testing.T) {
	for name, tt := range map[string]struct {
		fault graphtest.Fault
		waits []time.Duration // nil: it gives up
	}{
		"throttled":         {graphtest.Fault{Status: 429, RetryAfter: 7}, []time.Duration{7 * time.Second}},
		"away":              {graphtest.Fault{Status: 503, Times: 2}, []time.Duration{2 * time.Second, 4 * time.Second}},
		"a gateway is away": {graphtest.Fault{Status: 502}, []time.Duration{2 * time.Second}},
		"cut while reading": {graphtest.Fault{Cut: "after"}, []time.Duration{2 * time.Second}},
		"asks for too long": {graphtest.Fault{Status: 429, RetryAfter: 3600}, nil},
		"away for good":     {graphtest.Fault{Status: 503, Times: 1000}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTenant(t, graphtest.Options{}, "Organization.Read.All")
			l.fault(t, tt.fault)
			_, err := l.Organization(t.Context())
			switch {
			case tt.waits == nil && !graph.IsStatus(err, tt.fault.Status):
				t.Errorf("it does not give up with the status: %v", err)
			case tt.waits != nil && (err != nil || fmt.Sprint(l.waits) != fmt.Sprint(tt.waits)):
				t.Errorf("waits %v, want %v (%v)", l.waits, tt.waits, err)
			}
		})
	}
}

// A request that writes and gets no answer is not sent twice.
func TestUnknownOutcome(t *testing.T) {
	for _, cut := range []string{"before", "after"} {
		l := newTenant(t, graphtest.Options{}, "PublicKeyInfrastructure.ReadWrite.All")
		l.fault(t, graphtest.Fault{Method: http.MethodPost, Cut: cut})
		_, err := l.CreatePKI(t.Context(), "Contoso PKI")
		if !graph.Unknown(err) || len(l.waits) > 0 {
			t.Errorf("cut %s: %v after %d waits", cut, err, len(l.waits))
		}
	}
}

// Refusals name what is missing, and no message holds the token.
func TestRefusals(t *testing.T) {
	l := newTenant(t, graphtest.Options{}, "User.Read.All")
	_, err := l.CreatePKI(t.Context(), "Contoso PKI")
	e := new(graph.Error)
	if !errors.As(err, &e) || e.Status != http.StatusForbidden || !strings.Contains(err.Error(), "PublicKeyInfrastructure.ReadWrite.All, and of a user the role Privileged Authentication Administrator") {
		t.Errorf("the message does not name the permission and the role: %v", err)
	}
	token, _ := l.Sign.Token(t.Context())
	l.server.ExpireTokens()
	_, err = l.Organization(t.Context())
	if !graph.IsStatus(err, http.StatusUnauthorized) || strings.Contains(err.Error(), token.Secret) {
		t.Errorf("a token that expired: %v", err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", token, token, token, token); strings.Contains(text, token.Secret) {
		t.Errorf("the token prints itself: %s", text)
	}
}

// What a server says reaches a terminal on one line, and nothing of it steers that.
func TestMessageIsPrintable(t *testing.T) {
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error":{"code":"BadRequest","message":"für\n\u001b[31mall\u202e\u2066\u2028\u009b of you"}}`)
	}))
	defer host.Close()
	source, err := graph.NewFixed("abc", clock)
	if err != nil {
		t.Fatal(err)
	}
	c := &graph.Client{Endpoint: graph.Endpoint{Graph: host.URL}, Sign: source}
	_, err = c.Organization(t.Context())
	e := new(graph.Error)
	if !errors.As(err, &e) || e.Message != "für [31mall of you" {
		t.Errorf("%q", err)
	}
}

// The token goes to the Graph that it is for, and nowhere else.
func TestTokenStays(t *testing.T) {
	var stolen []string
	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = append(stolen, r.Header.Get("Authorization")) }))
	defer thief.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, http.StatusFound) },
		"next page": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"value":[],"@odata.nextLink":"%s/v1.0/users"}`, thief.URL)
		},
		"the same page": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"value":[],"@odata.nextLink":"http://%s/v1.0/users?next"}`, r.Host)
		},
	} {
		host := httptest.NewServer(answer)
		source, err := graph.NewFixed("abc", clock)
		if err != nil {
			t.Fatal(err)
		}
		c := &graph.Client{Endpoint: graph.Endpoint{Graph: host.URL}, Sign: source}
		if _, err := graph.List[graph.User](t.Context(), c, "/users"); err == nil {
			t.Errorf("%s: no error", name)
		}
		host.Close()
	}
	if len(stolen) > 0 {
		t.Errorf("the token went elsewhere: %v", stolen)
	}
}

func TestParseLab(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://127.0.0.1:8765": true, "http://[::1]:80/": true, "https://127.0.0.1": true,
		"http://localhost:8765": false, "http://10.0.0.1": false, "https://graph.microsoft.com": false, "https://graph.example": false,
		"127.0.0.1:8765": false, "ftp://127.0.0.1": false, "http://127.0.0.1/v1.0": false, "http://user@127.0.0.1": false, "": false,
	} {
		if _, err := graph.ParseLab(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}
