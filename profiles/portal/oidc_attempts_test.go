package portal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// begun begins to sign in at the desk, and returns the state and the cookie that the
// browser keeps.
func (c *client) begun() (state, cookie string) {
	c.t.Helper()
	got := c.get(deskOIDC)
	u, err := url.Parse(got.location)
	if err != nil {
		c.t.Fatal(err)
	}
	cookie, _, _ = strings.Cut(got.header.Get("Set-Cookie"), ";")
	return u.Query().Get("state"), cookie
}

// A sign-in comes back once, whatever the browser keeps of it: each code that is made up
// would cost the issuer a request with the client's secret.
func TestAttemptIsUsedOnce(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	i.claims = map[string]any{"roles": []string{deskRole}, "upn": "helen@contoso.com"}
	c := d.client()
	got := c.get(deskOIDC)
	right := back(i.authorize(got.location))
	u, err := url.Parse(right)
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	bare := d.client()
	come := func(path string) answer {
		r, _ := http.NewRequest(http.MethodGet, d.url+path, nil)
		r.Header.Set("Cookie", cookie)
		return bare.do(r)
	}
	for n := range missesOfAddress - 1 {
		if got := come(signInReturn + "?" + url.Values{"state": {u.Query().Get("state")}, "code": {fmt.Sprint("junk", n)}}.Encode()); got.status != http.StatusForbidden {
			t.Fatalf("made-up code %d: %d", n, got.status)
		}
	}
	if i.asked != 1 {
		t.Errorf("the issuer was asked %d times", i.asked)
	}
	if got := come(right); got.status == http.StatusSeeOther {
		t.Error("a right code is taken, of a sign-in that came back before")
	}
}

func TestUsedAttempts(t *testing.T) {
	var u usedAttempts
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for n := range maxUsedAttempts + 1 {
		if !u.first(fmt.Sprint(n), now) {
			t.Fatalf("%d was there", n)
		}
	}
	if len(u.until) != maxUsedAttempts || len(u.order) != maxUsedAttempts {
		t.Errorf("%d and %d are kept, want %d", len(u.until), len(u.order), maxUsedAttempts)
	}
	if u.first(fmt.Sprint(maxUsedAttempts), now.Add(signInLife-1)) {
		t.Error("the last is forgotten while it may come back")
	}
	if !u.first("later", now.Add(signInLife)) || len(u.until) != 1 || len(u.order) != 1 {
		t.Errorf("%d are kept, of which one may come back", len(u.until))
	}
}

// manyAtOnce holds requests to the issuer's token endpoint, and counts them.
type manyAtOnce struct {
	*issuer
	begun   chan bool
	release chan bool

	mu       sync.Mutex
	now, top int
}

func (m *manyAtOnce) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != m.url.Path+"/token" {
		return m.issuer.RoundTrip(r)
	}
	m.mu.Lock()
	m.now++
	m.top = max(m.top, m.now)
	m.mu.Unlock()
	m.begun <- true
	<-m.release
	m.mu.Lock()
	m.now--
	m.mu.Unlock()
	return m.issuer.RoundTrip(r)
}

// However many come back at the same moment, the issuer is asked by a few.
func TestExchangesAreBounded(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	m := &manyAtOnce{issuer: i, begun: make(chan bool, missesOfAddress), release: make(chan bool)}
	d.p.OIDC.options.Client.Transport = m
	var all sync.WaitGroup
	for range missesOfAddress {
		c := d.client()
		state, _ := c.begun()
		all.Go(func() { c.get(signInReturn + "?" + url.Values{"state": {state}, "code": {"x"}}.Encode()) })
	}
	for range exchangesAtOnce {
		<-m.begun
	}
	close(m.release)
	all.Wait()
	if m.top > exchangesAtOnce || i.asked != missesOfAddress {
		t.Errorf("%d asked at once, want %d at most; %d in all", m.top, exchangesAtOnce, i.asked)
	}
}

// Who found no turn has missed nothing: the issuer was not asked. Visitors have turns of
// their own.
func TestNoTurnIsNoMiss(t *testing.T) {
	d, i := serveOIDC(t, entraTest, nil)
	for range exchangesAtOnce {
		if _, err := d.p.OIDC.exchanges.begin(t.Context(), forDesk); err != nil {
			t.Fatal(err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.p.OIDC.exchanges.begin(gone, forDesk); !errors.Is(err, errBusy) {
		t.Errorf("one more: %v", err)
	}
	end, err := d.p.OIDC.exchanges.begin(t.Context(), forVisitor)
	if err != nil {
		t.Fatal(err)
	}
	end()
	state, cookie := d.client().begun()
	r := httptest.NewRequestWithContext(gone, http.MethodGet, d.url+signInReturn+"?state="+state+"&code=x", nil)
	r.Header.Set("Cookie", cookie)
	w := httptest.NewRecorder()
	d.p.ServeHTTP(w, r)
	key := "codes from " + addressKey(r)
	d.p.limits.mu.Lock()
	defer d.p.limits.mu.Unlock()
	e := d.p.limits.of[key]
	if w.Code != http.StatusForbidden || i.asked != 0 || e == nil || e.Value.(*bucket).left != missesOfAddress {
		t.Errorf("%d, the issuer was asked %d times, and %+v is counted", w.Code, i.asked, e)
	}
}
