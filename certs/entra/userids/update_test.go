package userids

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/graphtest"
)

// setElsewhere sets what Alice has, as another administrator does.
func (g *tenantGraph) setElsewhere(t *testing.T, values ...string) {
	t.Helper()
	body := `{"authorizationInfo":{"certificateUserIds":["` + strings.Join(values, `","`) + `"]}}`
	r := httptest.NewRequest(http.MethodPatch, g.client.Endpoint.Graph+"/v1.0/users/"+g.ids[alice], strings.NewReader(body))
	token, err := g.client.Sign.Token(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Secret)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	if w.Code != http.StatusNoContent {
		t.Fatalf("setting the values: %d %s", w.Code, w.Body)
	}
}

// TestApplyWhileOthersWrite: what somebody else adds is never undone without a word,
// and what he undoes is told.
func TestApplyWhileOthersWrite(t *testing.T) {
	const other = "X509:<SKI>other"
	rows := []struct {
		name   string
		patch  bool     // it happens after Alice was written, or else before
		values []string // what she has then
		want   string
		lost   []string
		end    []string // what she has in the end
	}{
		{name: "a value added before", values: []string{aliceHas, other}, want: "1 written, 0 already, 0 unseen, 0 left, alice@contoso.com refused: somebody else has changed", end: []string{aliceHas, other}},
		{name: "a value taken away before", values: []string{other}, want: "1 written, 0 already, 0 unseen, 0 left, alice@contoso.com refused: somebody else has changed", end: []string{other}},
		{name: "all added before", values: []string{aliceHas, aliceNew}, want: "1 written, 1 already, 0 unseen, 0 left", end: []string{aliceHas, aliceNew}},
		{name: "a value added after", patch: true, values: []string{aliceHas, aliceNew, other}, want: "2 written, 0 already, 0 unseen, 0 left", end: []string{aliceHas, aliceNew, other}},
		{name: "a value taken away after", patch: true, values: []string{aliceNew}, want: "2 written, 0 already, 0 unseen, 0 left", lost: []string{aliceHas}, end: []string{aliceNew}},
		{name: "all replaced after", patch: true, values: []string{other}, want: "2 written, 0 already, 1 unseen, 0 left", lost: []string{aliceHas}, end: []string{other}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := newTenantGraph(t, graphtest.Options{})
			done := false
			g.answer = func(w http.ResponseWriter, req *http.Request) bool {
				if !r.patch || done || req.Method != http.MethodPatch {
					return false
				}
				done = true
				g.ServeHTTP(w, req)
				g.setElsewhere(t, r.values...)
				return true
			}
			result, err := Apply(context.Background(), g.client, g.plan(t), Options{Backup: func([]byte) (string, error) {
				if !r.patch {
					g.setElsewhere(t, r.values...)
				}
				return "backup.json", nil
			}})
			if !strings.HasPrefix(summary(result), r.want) || errors.Is(err, ErrNotSeen) != (len(result.Unseen) > 0) || err != nil && !errors.Is(err, ErrNotSeen) {
				t.Errorf("%s (%v), want %s", summary(result), err, r.want)
			}
			var lost []string
			for _, l := range result.Lost {
				lost = append(lost, l.Values...)
			}
			if !slices.Equal(lost, r.lost) || !slices.Equal(g.values(t, alice), r.end) {
				t.Errorf("lost %q, Alice has %q", lost, g.values(t, alice))
			}
		})
	}
}

// TestApplyServerErrors: a server on the way that answers an error says nothing about
// whether the write was carried out.
func TestApplyServerErrors(t *testing.T) {
	rows := []struct {
		status  int
		carried bool // the write is carried out
		times   int  // of the error
		want    string
		err     string // "" for none
	}{
		{http.StatusGatewayTimeout, true, 1, "2 written, 0 already, 0 unseen, 0 left", ""},
		{http.StatusGatewayTimeout, false, 1, "2 written, 0 already, 0 unseen, 0 left", ""},
		{http.StatusGatewayTimeout, true, 9, "2 written, 0 already, 0 unseen, 0 left", ""},
		{http.StatusGatewayTimeout, false, 9, "0 written, 0 already, 0 unseen, 2 left", "the values are not seen: run it again"},
		{http.StatusInternalServerError, true, 9, "2 written, 0 already, 0 unseen, 0 left", ""},
		{http.StatusRequestTimeout, true, 9, "2 written, 0 already, 0 unseen, 0 left", ""},
		{http.StatusRequestTimeout, false, 9, "0 written, 0 already, 0 unseen, 2 left", "HTTP 408"},
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%d, carried out: %v, %d times", r.status, r.carried, r.times), func(t *testing.T) {
			g := newTenantGraph(t, graphtest.Options{})
			left := r.times
			g.answer = func(w http.ResponseWriter, req *http.Request) bool {
				if req.Method != http.MethodPatch || left == 0 {
					return false
				}
				left--
				if r.carried {
					g.ServeHTTP(httptest.NewRecorder(), req)
				}
				w.WriteHeader(r.status)
				return true
			}
			result, err := Apply(context.Background(), g.client, g.plan(t), Options{})
			if summary(result) != r.want || (err != nil) != (r.err != "") || err != nil && !strings.Contains(err.Error(), r.err) {
				t.Errorf("%s (%v), want %s (%s)", summary(result), err, r.want, r.err)
			}
			if wrote := slices.Contains(g.values(t, alice), aliceNew); wrote == (r.err != "") {
				t.Errorf("Alice has %q", g.values(t, alice))
			}
		})
	}
}

// TestApplyNull: a user whom the plan knows to have nothing may have no list at all.
func TestApplyNull(t *testing.T) {
	null := func(s *graphtest.Tenant) { s.Users[1].AuthorizationInfo = nil }
	g := newTenantGraph(t, graphtest.Options{}, null)
	r, err := Apply(context.Background(), g.client, g.plan(t, func(p *Plan) { p.Rows[1].Before = []string{} }), Options{})
	if err != nil || summary(r) != "2 written, 0 already, 0 unseen, 0 left" || !slices.Equal(g.values(t, bob), []string{bobNew}) {
		t.Errorf("%s (%v), Bob has %q", summary(r), err, g.values(t, bob))
	}
	g = newTenantGraph(t, graphtest.Options{})
	g.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, g.ids[alice]) {
			return false
		}
		io.WriteString(w, `{"id":"`+g.ids[alice]+`","userPrincipalName":"`+alice+`","authorizationInfo":{"certificateUserIds":null}}`)
		return true
	}
	r, err = Apply(context.Background(), g.client, g.plan(t), Options{})
	if err != nil || len(r.Refused) != 1 || !slices.Equal(g.values(t, alice), []string{aliceHas}) {
		t.Errorf("a list that is null: %s (%v), Alice has %q", summary(r), err, g.values(t, alice))
	}
}
