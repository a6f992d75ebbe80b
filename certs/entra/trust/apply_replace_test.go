package trust_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// lost is a gateway that carries a request on and loses the answer: the client gets a
// status of the gateway's own.
type lost struct {
	method string
	skip   int
	status int
}

func (g *lost) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method != g.method {
		return resp, err
	}
	if g.skip--; g.skip != -1 {
		return resp, err
	}
	resp.Body.Close()
	resp.StatusCode, resp.Body = g.status, io.NopCloser(strings.NewReader("gateway"))
	return resp, nil
}

// away is a network that is down for a while from the delete on.
type away struct {
	l     *lab
	d     time.Duration
	until time.Time
}

func (n *away) RoundTrip(r *http.Request) (*http.Response, error) {
	if !n.until.IsZero() && n.l.clock().Before(n.until) {
		return nil, errors.New("no route to host")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodDelete && n.until.IsZero() {
		n.until = n.l.clock().Add(n.d)
	}
	return resp, err
}

// An answer of a gateway that failed does not say that nothing was done.
func TestLostAnswers(t *testing.T) {
	for _, status := range []int{408, 500, 502, 503, 504} {
		for name, g := range map[string]lost{
			"delete": {method: http.MethodDelete}, "post after it": {method: http.MethodPost, skip: 2},
		} {
			t.Run(fmt.Sprintf("classic %s %d", name, status), func(t *testing.T) {
				s := newClassicStory(t, graphtest.Options{})
				g.status = status
				s.client.HTTP = &http.Client{Transport: &g}
				if r, err := s.apply(s.plan); err != nil || !r.Seen || !s.classic().Equal(s.new) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
			t.Run(fmt.Sprintf("pki %s %d", method, status), func(t *testing.T) {
				s := newPKIStory(t, graphtest.Options{Behind: 5 * time.Second})
				s.client.HTTP = &http.Client{Transport: &lost{method: method, status: status}}
				if r, err := s.apply(s.plan); err != nil || !r.Seen || !s.pki().Equal(s.after) {
					t.Errorf("%+v, %v", r, err)
				}
			})
		}
	}
	t.Run("where the post replaces", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{PostReplaces: true, Behind: 10 * time.Second})
		s.client.HTTP = &http.Client{Transport: &lost{method: http.MethodPost, status: 504}}
		if r, err := s.apply(s.plan); err != nil || !r.Seen {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// Once the store is deleted, only the end of the token ends the efforts.
func TestReplacementGoesOn(t *testing.T) {
	post := graphtest.Fault{Method: http.MethodPost, PathContains: "certificateBasedAuthConfiguration", Skip: 2}
	with := func(change func(*graphtest.Fault)) graphtest.Fault {
		f := post
		change(&f)
		return f
	}
	for name, tt := range map[string]struct {
		fault   graphtest.Fault
		network time.Duration
		behind  time.Duration
		message string // of the error; without one it is as planned
	}{
		"a long wait is asked for":   {fault: with(func(f *graphtest.Fault) { f.Status, f.RetryAfter = 429, 301 })},
		"twice":                      {fault: with(func(f *graphtest.Fault) { f.Status, f.RetryAfter, f.Times = 503, 200, 2 }), message: "as it was before"},
		"the network is away":        {network: 3 * time.Minute},
		"the delete's answer is cut": {fault: graphtest.Fault{Method: http.MethodDelete, Cut: "after"}, behind: 20 * time.Second},
		"the delete is cut":          {fault: graphtest.Fault{Method: http.MethodDelete, Cut: "before"}, behind: 20 * time.Second, message: "as it was so far"},
		"it is away for good":        {fault: with(func(f *graphtest.Fault) { f.Status, f.Times = 503, 100000 }), message: "EMPTY"},
		"longer than the token":      {fault: with(func(f *graphtest.Fault) { f.Status, f.RetryAfter = 429, 3600 })},
		"no wait is asked for":       {fault: with(func(f *graphtest.Fault) { f.Status, f.Times = 429, 5 })},
		"a refusal that passes":      {fault: with(func(f *graphtest.Fault) { f.Status, f.Times = 409, 2 })},
		"another that passes":        {fault: with(func(f *graphtest.Fault) { f.Status, f.Times = 423, 3 }), message: "as it was before"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newClassicStory(t, graphtest.Options{Behind: tt.behind})
			s.signIn(16*time.Minute, "pwd")
			if tt.fault != (graphtest.Fault{}) {
				s.faults(tt.fault)
			}
			if tt.network > 0 {
				s.client.HTTP = &http.Client{Transport: &away{l: s.lab, d: tt.network}}
			}
			_, err := s.apply(s.plan)
			switch {
			case tt.message == "" && (err != nil || !s.classic().Equal(s.new)):
				t.Errorf("%v", err)
			case tt.message != "" && (err == nil || !strings.Contains(err.Error(), tt.message)):
				t.Errorf("the message does not say %q: %v", tt.message, err)
			}
			if took := s.clock().Sub(start); took > 17*time.Minute {
				t.Errorf("it goes on for %v with a token for 16 minutes", took)
			}
		})
	}
}

// picky answers 500 to a list with more than one CA: a fault of the service that the
// content sets off.
type picky struct{ posts int }

func (g *picky) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if g.posts++; g.posts > 2 && strings.Count(string(body), "isRootAuthority") > 1 {
		return &http.Response{StatusCode: 500, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return http.DefaultTransport.RoundTrip(r)
}

// A list that the service can't take doesn't keep the old one out for long.
func TestNewListGivesUp(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	g := &picky{}
	s.client.HTTP = &http.Client{Transport: g}
	_, err := s.apply(s.plan)
	if err == nil || !strings.Contains(err.Error(), "as it was before") || !s.classic().Equal(s.old) {
		t.Errorf("%v", err)
	}
	if took := s.clock().Sub(start); took > 5*time.Minute || g.posts > 30 {
		t.Errorf("after %v and %d posts", took, g.posts)
	}
}

// An answer of a server that is busy leaves open what another one did before it.
func TestBusyAfterDone(t *testing.T) {
	for _, second := range []int{429, 401, 403, 400} {
		for name, empty := range map[string]bool{"delete": false, "first post": true} {
			t.Run(fmt.Sprintf("%s %d", name, second), func(t *testing.T) {
				s := newClassicStory(t, graphtest.Options{})
				method := http.MethodDelete
				if empty {
					root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
					s.lab = newLab(t, graphtest.Options{}, nil, nil)
					s.old, s.new = trust.List{}, trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/root.crl")})
					s.plan = s.lab.plan(trust.Wish{Store: trust.Classic, Entries: wanted(s.new...)})
					method = http.MethodPost
				}
				s.client.HTTP = &http.Client{Transport: &lost{method: method, status: 503}}
				s.faults(graphtest.Fault{Method: method, Skip: 1, Status: second})
				_, err := s.apply(s.plan)
				if got := s.classic(); !got.Equal(s.new) || err != nil {
					t.Errorf("%d CAs: %v", len(got), err)
				}
			})
		}
	}
}

// What somebody else does while Graph makes us wait is not written over.
func TestWaitingForOthers(t *testing.T) {
	for _, method := range []string{http.MethodPost, http.MethodDelete} {
		s := newClassicStory(t, graphtest.Options{})
		other := newCA(t, "The other one's", nil, start.AddDate(3, 0, 0))
		s.faults(graphtest.Fault{Method: method, Status: 429, RetryAfter: 240})
		once := false
		s.setHook(func(r graphtest.Request) {
			if r.Status == 429 && !once {
				once = true
				path := "/organization/" + s.graph.OrganizationID() + "/certificateBasedAuthConfiguration"
				s.other(http.MethodDelete, path+"/29728ade-6ae4-4ee9-9103-412912537da5", "")
				s.other(http.MethodPost, path, `{"certificateAuthorities":[{"isRootAuthority":true,"certificate":"`+base64Of(other.cert.Raw)+`"}]}`)
			}
		})
		if _, err := s.apply(s.plan); !errors.Is(err, trust.ErrChanged) || len(s.classic()) != 1 || s.classic()[0].Name() != "The other one's" {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// An interruption that comes before the delete is heeded.
func TestInterruptedBeforeDelete(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	ctx, stop := context.WithCancel(t.Context())
	a := s.applier(s.plan)
	a.Guard = func() func() { stop(); return func() {} }
	if _, err := a.Apply(ctx, s.plan); !errors.Is(err, context.Canceled) || !s.classic().Equal(s.old) {
		t.Errorf("%v", err)
	}
}

// What has expired meanwhile can't be put back, and keeps nothing else from it.
func TestPutBackWithoutExpired(t *testing.T) {
	for _, behind := range []time.Duration{0, 20 * time.Second} {
		old := newCA(t, "Contoso Old Root", nil, start.AddDate(0, 0, -1))
		root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
		before := trust.NewList([]trust.Entry{old.entry("http://crl.contoso.com/old.crl"), root.entry("http://crl.contoso.com/root.crl")})
		l := newLab(t, graphtest.Options{Behind: behind}, before, nil)
		p := l.plan(trust.Wish{Store: trust.Classic, Remove: []string{old.entry("").Thumbprint()}, Entries: wanted(root.entry("http://crl.contoso.com/new.crl"))})
		if len(p.Dangers()) != 0 {
			t.Errorf("removing an expired CA cuts nobody off: %v", p.Dangers())
		}
		l.faults(graphtest.Fault{Method: http.MethodPost, PathContains: "certificateBasedAuthConfiguration", Skip: 2, Status: 403})
		_, err := l.apply(p)
		if err == nil || !strings.Contains(err.Error(), "but for Contoso Old Root, which has expired") || len(l.classic()) != 1 || l.classic()[0].CRL != "http://crl.contoso.com/root.crl" {
			t.Errorf("behind %v: %d CAs, %v", behind, len(l.classic()), err)
		}
	}
}

// Somebody else's list is left alone, also where it comes while putting back.
func TestPutBackRace(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	other := newCA(t, "The other one's", nil, start.AddDate(3, 0, 0))
	s.faults(graphtest.Fault{Method: http.MethodPost, PathContains: "certificateBasedAuthConfiguration", Skip: 2, Status: 403})
	once := false
	s.setHook(func(r graphtest.Request) {
		if r.Method == http.MethodPost && r.Status == 403 && !once {
			once = true
			s.other(http.MethodPost, "/organization/"+s.graph.OrganizationID()+"/certificateBasedAuthConfiguration",
				`{"certificateAuthorities":[{"isRootAuthority":true,"certificate":"`+base64Of(other.cert.Raw)+`"}]}`)
		}
	})
	_, err := s.apply(s.plan)
	if !errors.Is(err, trust.ErrChanged) || errors.Is(err, trust.ErrEmpty) || len(s.classic()) != 1 || s.classic()[0].Name() != "The other one's" {
		t.Errorf("%v", err)
	}
}

// A list that is refused for what is in it deletes nothing.
func TestBadListDeletesNothing(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	s.faults(graphtest.Fault{Method: http.MethodPost, PathContains: "certificateBasedAuthConfiguration", Status: 400})
	_, err := s.apply(s.plan)
	if err == nil || !strings.Contains(err.Error(), "refused for what is in it") || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("%v", err)
	}
	for _, r := range s.graph.Requests() {
		if r.Method == http.MethodDelete {
			t.Error("the store was deleted")
		}
	}
}

// What is asked of the operator may take its time: the token is looked at after it.
func TestPromptBeforeToken(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	s.signIn(16*time.Minute, "pwd")
	a := s.applier(s.plan)
	a.ByCertificate = func(ctx context.Context) error { return s.sleep(ctx, 10*time.Minute) }
	if _, err := a.Apply(t.Context(), s.plan); err == nil || !s.classic().Equal(s.old) {
		t.Errorf("it deletes with 6 minutes left: %v", err)
	}
}

// Interruptions are kept away exactly while the store is deleted and made anew.
func TestGuard(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	a := s.applier(s.plan)
	var on, off int
	a.Guard = func() func() { on++; return func() { off++ } }
	if _, err := a.Apply(t.Context(), s.plan); err != nil || on != 1 || off != 1 {
		t.Errorf("%d, %d, %v", on, off, err)
	}
}
