package userids

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

const (
	aliceHas = "X509:<PN>alice@contoso.com"
	aliceNew = "X509:<SKI>aa01"
	bobNew   = "X509:<SKI>bb01"
)

// tenantGraph is a Graph with Alice, who has one value already, and Bob.
type tenantGraph struct {
	*graphtest.Server
	client *graph.Client
	ids    map[string]string // by UPN
	// answer may answer a request in the server's place; nil where it never does.
	answer func(w http.ResponseWriter, r *http.Request) bool
}

func newTenantGraph(t *testing.T, o graphtest.Options, change ...func(*graphtest.Tenant)) *tenantGraph {
	t.Helper()
	var mu sync.Mutex
	now := testClock
	o.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	seed := graphtest.NewTenant()
	seed.Organization.ID = tenant
	seed.Users[0].AuthorizationInfo = &graphtest.AuthorizationInfo{CertificateUserIDs: []string{aliceHas}}
	seed.Users[1].AuthorizationInfo = &graphtest.AuthorizationInfo{CertificateUserIDs: []string{}}
	for _, c := range change {
		c(&seed)
	}
	s, err := graphtest.New(seed, o)
	if err != nil {
		t.Fatal(err)
	}
	g := &tenantGraph{Server: s, ids: map[string]string{}}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.answer == nil || !g.answer(w, r) {
			s.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		web.Close()
		s.Close()
		if v := s.Violations(); len(v) > 0 {
			t.Errorf("requests that Graph does not have: %v", v)
		}
	})
	sign, err := graph.NewFixed(s.Token(graphtest.TokenOptions{
		Scopes: []string{"User.ReadWrite.All", "Organization.Read.All"}, DirectoryRoles: []string{graphtest.PrivilegedAuthenticationAdministrator},
	}), o.Now)
	if err != nil {
		t.Fatal(err)
	}
	sleep := func(ctx context.Context, d time.Duration) error {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
		return ctx.Err()
	}
	g.client = &graph.Client{Endpoint: graph.Endpoint{Graph: web.URL}, Sign: sign, Sleep: sleep}
	users, err := s.Users()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		g.ids[u.UserPrincipalName] = u.ID
	}
	return g
}

// plan adds a value each to Alice and Bob.
func (g *tenantGraph) plan(t *testing.T, change ...func(*Plan)) *Plan {
	t.Helper()
	p := &Plan{Schema: PlanSchema, Made: testClock, Tenant: tenant, Rows: []Change{
		{ID: g.ids[alice], UPN: alice, Add: []string{aliceNew}}, {UPN: bob, Add: []string{bobNew}}}}
	for _, c := range change {
		c(p)
	}
	p.Hash = p.hash()
	return p
}

// values are the certificateUserIds of a user.
func (g *tenantGraph) values(t *testing.T, upn string) []string {
	t.Helper()
	users, err := g.Users()
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.UserPrincipalName == upn && u.AuthorizationInfo != nil {
			return u.AuthorizationInfo.CertificateUserIDs
		}
	}
	return nil
}

func (g *tenantGraph) writes() int {
	n := 0
	for _, r := range g.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

// summary is a result in one line.
func summary(r Result) string {
	s := fmt.Sprintf("%d written, %d already, %d unseen, %d left", r.Written, r.Already, len(r.Unseen), r.Left)
	for _, no := range r.Refused {
		s += ", " + no.UPN + " refused: " + no.Reason
	}
	return s
}

// TestApply: what is there stays, and a second run writes nothing.
func TestApply(t *testing.T) {
	g := newTenantGraph(t, graphtest.Options{})
	var said []string
	o := Options{Say: func(f string, args ...any) { said = append(said, fmt.Sprintf(f, args...)) }}
	for i, want := range []string{"2 written, 0 already, 0 unseen, 0 left", "0 written, 2 already, 0 unseen, 0 left"} {
		r, err := Apply(context.Background(), g.client, g.plan(t), o)
		if err != nil || summary(r) != want || g.writes() != 2 {
			t.Errorf("run %d: %s (%v), %d writes; want %s", i+1, summary(r), err, g.writes(), want)
		}
	}
	if a, b := g.values(t, alice), g.values(t, bob); !slices.Equal(a, []string{aliceHas, aliceNew}) || !slices.Equal(b, []string{bobNew}) {
		t.Errorf("Alice has %q, Bob %q", a, b)
	}
	if want := []string{alice + ": 1 added", bob + ": 1 added", alice + ": has them already", bob + ": has them already"}; !slices.Equal(said, want) {
		t.Errorf("said %q", said)
	}
}

// TestApplyRefuses: one user who can't be written is named, and the other is written.
func TestApplyRefuses(t *testing.T) {
	setAlice := func(values ...string) func(*graphtest.Tenant) {
		return func(s *graphtest.Tenant) { s.Users[0].AuthorizationInfo.CertificateUserIDs = values }
	}
	rows := []struct {
		name   string
		tenant func(*graphtest.Tenant)
		plan   func(*Plan)
		want   string
	}{
		{name: "synchronised", tenant: func(s *graphtest.Tenant) { s.Users[0].OnPremisesSyncEnabled = true }, want: "altSecurityIdentities"},
		{name: "ten already", tenant: setAlice(many(10)...), want: "there would be 11 values"},
		{name: "another's", tenant: func(s *graphtest.Tenant) {
			s.Users = append(s.Users, graphtest.User{UserPrincipalName: "carol@contoso.com", DisplayName: "Carol", AuthorizationInfo: &graphtest.AuthorizationInfo{CertificateUserIDs: []string{aliceNew}}})
		}, want: "among the certificateUserIds of carol@contoso.com"},
		{name: "gone", plan: func(p *Plan) { p.Rows[0].ID = "bbbbbbbb-0000-4000-8000-000000000009" }, want: "HTTP 404"},
		{name: "one who had more", plan: func(p *Plan) { p.Rows[0].Before = []string{aliceHas, "X509:<SKI>old"} }, want: "the user had X509:<SKI>old when the plan was made"},
		{name: "not told what he has", tenant: func(s *graphtest.Tenant) { s.Users[0].AuthorizationInfo = nil }, want: "does not tell the user's certificateUserIds"},
		{name: "no longer told what he has", tenant: func(s *graphtest.Tenant) { s.Users[0].AuthorizationInfo = nil },
			plan: func(p *Plan) { p.Rows[0].Before = []string{aliceHas} }, want: "does not tell the user's certificateUserIds"},
		{name: "renamed", plan: func(p *Plan) { p.Rows[0].UPN = "alicia@contoso.com" }, want: "is now called alice@contoso.com"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			changeTenant, changePlan := r.tenant, r.plan
			if changeTenant == nil {
				changeTenant = func(*graphtest.Tenant) {}
			}
			if changePlan == nil {
				changePlan = func(*Plan) {}
			}
			g := newTenantGraph(t, graphtest.Options{}, changeTenant)
			before := g.values(t, alice)
			result, err := Apply(context.Background(), g.client, g.plan(t, changePlan), Options{})
			if err != nil || result.Written != 1 || len(result.Refused) != 1 || !strings.Contains(result.Refused[0].Reason, r.want) {
				t.Errorf("%s (%v), want %q", summary(result), err, r.want)
			}
			if !slices.Equal(g.values(t, alice), before) || !slices.Contains(g.values(t, bob), bobNew) {
				t.Errorf("Alice has %q, Bob %q", g.values(t, alice), g.values(t, bob))
			}
		})
	}
}

// TestApplyFaults: what Graph does on a bad day, and what is there after it.
func TestApplyFaults(t *testing.T) {
	patch := func(f graphtest.Fault) []graphtest.Fault {
		f.Method = http.MethodPatch
		return []graphtest.Fault{f}
	}
	rows := []struct {
		name    string
		options graphtest.Options
		faults  []graphtest.Fault
		want    string
		err     string // "" for none
		alice   bool   // has the value in the end
	}{
		{name: "seen later", options: graphtest.Options{ReadsBehind: 2}, want: "2 written, 0 already, 0 unseen, 0 left", alice: true},
		{name: "not seen in time", options: graphtest.Options{Behind: time.Hour}, want: "2 written, 0 already, 2 unseen, 0 left", err: ErrNotSeen.Error(), alice: true},
		{name: "throttled", faults: patch(graphtest.Fault{Status: http.StatusTooManyRequests, RetryAfter: 20}), want: "2 written, 0 already, 0 unseen, 0 left", alice: true},
		{name: "no answer, and carried out", faults: patch(graphtest.Fault{Cut: graphtest.CutAfter}), want: "2 written, 0 already, 0 unseen, 0 left", alice: true},
		{name: "no answer, and not carried out", faults: patch(graphtest.Fault{Cut: graphtest.CutBefore}), want: "2 written, 0 already, 0 unseen, 0 left", alice: true},
		{name: "never an answer", faults: patch(graphtest.Fault{Cut: graphtest.CutBefore, Times: 9}), want: "0 written, 0 already, 0 unseen, 2 left", err: "run it again"},
		{name: "no right", faults: patch(graphtest.Fault{Status: http.StatusForbidden, Times: 9}), want: "0 written, 0 already, 0 unseen, 2 left", err: "it needs User.ReadWrite.All"},
		{name: "no right to read", faults: []graphtest.Fault{{PathContains: "/users", Status: http.StatusForbidden, Times: 9}}, want: "0 written, 0 already, 0 unseen, 2 left", err: "nobody was written"},
		{name: "no right to write the second user", faults: patch(graphtest.Fault{Skip: 1, Status: http.StatusForbidden}), want: "1 written, 0 already, 0 unseen, 0 left, bob@contoso.com refused: ", alice: true},
		{name: "out of order for good", faults: patch(graphtest.Fault{Status: http.StatusInternalServerError, Times: 9}), want: "0 written, 0 already, 0 unseen, 2 left", err: "HTTP 500"},
		{name: "the token ends at the second user", faults: patch(graphtest.Fault{Skip: 1, ExpireTokens: true}), want: "1 written, 0 already, 0 unseen, 1 left", err: "HTTP 401", alice: true},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := newTenantGraph(t, r.options)
			if err := g.SetFaults(r.faults...); err != nil {
				t.Fatal(err)
			}
			result, err := Apply(context.Background(), g.client, g.plan(t), Options{})
			if !strings.HasPrefix(summary(result), r.want) || (err != nil) != (r.err != "") || err != nil && (!strings.Contains(err.Error(), r.err) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s (%v), want %s (%s)", summary(result), err, r.want, r.err)
			}
			if slices.Contains(g.values(t, alice), aliceNew) != r.alice || !slices.Contains(g.values(t, alice), aliceHas) {
				t.Errorf("Alice has %q", g.values(t, alice))
			}
		})
	}
}

// TestApplyElsewhere: a plan is for one tenant, and one that is not sound for none.
func TestApplyElsewhere(t *testing.T) {
	for name, r := range map[string]struct {
		change func(*Plan)
		want   string
	}{
		"another tenant": {func(p *Plan) { p.Tenant = "cccccccc-0000-4000-8000-000000000001" }, "the plan is for the tenant"},
		"not sound":      {func(p *Plan) { p.Rows[1].UPN = p.Rows[0].UPN }, "twice"},
	} {
		g := newTenantGraph(t, graphtest.Options{})
		if _, err := Apply(context.Background(), g.client, g.plan(t, r.change), Options{}); err == nil || !strings.Contains(err.Error(), r.want) || g.writes() > 0 {
			t.Errorf("%s: %v, %d writes", name, err, g.writes())
		}
	}
}

// TestApplyInterrupted: what was begun is told, and nothing is begun after.
func TestApplyInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	g := newTenantGraph(t, graphtest.Options{})
	r, err := Apply(ctx, g.client, g.plan(t), Options{Say: func(string, ...any) { cancel() }})
	if err == nil || summary(r) != "1 written, 0 already, 0 unseen, 1 left" || g.writes() != 1 {
		t.Errorf("%s (%v), %d writes", summary(r), err, g.writes())
	}
}
