package portal

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// clockAt is a clock that tests move.
type clockAt struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clockAt) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clockAt) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

// rolloutOf is a rollout in memory.
type rolloutOf struct {
	users []User
	noKey bool
}

func (s *rolloutOf) Users(_ context.Context, query string, limit int) ([]User, error) {
	var some []User
	for _, u := range s.users {
		if strings.Contains(strings.ToLower(u.User), strings.ToLower(query)) && len(some) < limit {
			some = append(some, u)
		}
	}
	return some, nil
}

func (s *rolloutOf) Files(_ context.Context, user string) ([]ticket.File, error) {
	if s.noKey {
		return nil, ErrNoKey
	}
	return []ticket.File{
		{Name: "alice.mobileconfig", Kind: ticket.KindProfile, Data: []byte("profile of " + user)},
		{Name: "alice.password.txt", Kind: ticket.KindPassword, Data: []byte("secret-password")},
	}, nil
}

// contoso is a rollout of three users.
func contoso() *rolloutOf {
	made := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	return &rolloutOf{users: []User{
		{User: "alice@contoso.com", Status: "ios: done, android: kept", Made: made, Findings: []preflight.Finding{
			{Check: "cert.key", Status: preflight.StatusPass, Message: "RSA, 2048 bits"},
			{Check: "cert.validity", Status: preflight.StatusWarn, Message: "it ends in 20 days", Fix: "issue a new certificate"},
			{Check: "cert.san.routable", Status: preflight.StatusFail, Message: `<script>alert("SAN")</script>`, Fix: "issue it with the user's address"},
		}},
		{User: "bob@contoso.com", Email: "robert@mail.contoso.com", Status: "ios: done, android: failed", Made: made},
		{User: "carol", Status: "ios: done", Made: made},
	}}
}

// outbox keeps mail, or refuses it.
type outbox struct {
	mu   sync.Mutex
	sent []Message
	err  error
}

func (o *outbox) Send(_ context.Context, m Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.sent = append(o.sent, m)
	}
	return o.err
}

// deskServer is a portal on loopback, with what a test wants to look at.
type deskServer struct {
	t     testing.TB
	p     *Portal
	clock *clockAt
	token string // of the admin
	log   bytes.Buffer
	url   string
}

// serveDesk starts a portal; change has the last word on its options.
func serveDesk(t testing.TB, change func(*Options)) *deskServer {
	t.Helper()
	d := &deskServer{t: t, clock: &clockAt{t: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}}
	store, err := ticket.Open(t.Context(), t.TempDir(), d.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.url = "http://" + listener.Addr().String()
	o := Options{Store: store, Origin: d.url, Source: contoso(), Log: NewAudit(&d.log), Now: d.clock.now}
	d.token, o.Admin = NewAdminToken()
	if change != nil {
		change(&o)
	}
	if d.p, err = New(o); err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: listener, Config: NewServer(d.p)}
	s.Start()
	t.Cleanup(s.Close)
	return d
}

// client is a browser that keeps cookies and does not follow redirects.
type client struct {
	*deskServer
	http *http.Client
	csrf string
}

func (d *deskServer) client() *client {
	jar, _ := cookiejar.New(nil)
	return &client{deskServer: d, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a browser that is signed in with the admin token.
func (d *deskServer) signedIn() *client {
	d.t.Helper()
	c := d.client()
	if got := c.post(deskSignIn, url.Values{"token": {d.token}}, nil); got.status != http.StatusSeeOther {
		d.t.Fatalf("signing in: %d", got.status)
	}
	c.csrf = c.field(c.get(deskRoot), "csrf")
	return c
}

type answer struct {
	status   int
	location string
	body     string // with HTML's entities as written
	header   http.Header
}

func (c *client) get(path string) answer {
	c.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, c.url+path, nil)
	return c.do(r)
}

// post sends a form as a browser does from a page of the portal, but for the headers given.
func (c *client) post(path string, form url.Values, header map[string]string) answer {
	c.t.Helper()
	r, _ := http.NewRequest(http.MethodPost, c.url+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", formType)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for k, v := range header {
		r.Header.Set(k, v)
		if v == "" {
			r.Header.Del(k)
		}
	}
	return c.do(r)
}

func (c *client) do(r *http.Request) answer {
	c.t.Helper()
	w, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{w.StatusCode, w.Header.Get("Location"), string(body), w.Header}
}

// field is the value of a form's field.
func (c *client) field(a answer, name string) string {
	c.t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if m == nil {
		c.t.Fatalf("the page has no field %s:\n%s", name, a.body)
	}
	return html.UnescapeString(m[1])
}

// order is the form for a new ticket, as the user's page has it.
func (c *client) order(user string, how ticket.SignIn) url.Values {
	c.t.Helper()
	page := c.get(deskUser + "?name=" + url.QueryEscape(user))
	return url.Values{"csrf": {c.csrf}, "once": {c.field(page, "once")}, "user": {user}, "signin": {string(how)}, "language": {"en"}}
}

// made sends the form, and is the page that follows.
func (c *client) made(form url.Values) (path string, page answer) {
	c.t.Helper()
	got := c.post(deskTickets, form, nil)
	if got.status != http.StatusSeeOther {
		c.t.Fatalf("a new ticket: %d\n%s", got.status, got.body)
	}
	return got.location, c.get(got.location)
}

func (d *deskServer) only() ticket.Ticket {
	d.t.Helper()
	all, err := d.p.Store.List(d.t.Context(), ticket.Query{})
	if err != nil || len(all) != 1 {
		d.t.Fatalf("%d tickets, %v, want one", len(all), err)
	}
	return all[0]
}

// fetched notes that a file of a link went out whole.
func (d *deskServer) fetched(token ticket.Token, name string) {
	d.t.Helper()
	l, err := d.p.Store.Find(d.t.Context(), token)
	if err == nil {
		err = l.Fetched(d.t.Context(), name)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

var errTest = errors.New("nobody is there")
