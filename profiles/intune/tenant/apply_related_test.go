package tenant_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// hide has the tenant show nothing as a relation, whatever it is set to, until the end is
// called.
func (l *lab) hide(relation string) (end func()) {
	l.t.Helper()
	before := l.client.Endpoint.Graph
	to, err := url.Parse(before)
	if err != nil {
		l.t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/"+relation) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	l.t.Cleanup(server.Close)
	l.client.Endpoint.Graph = server.URL
	return func() { l.client.Endpoint.Graph = before }
}

// A reference that the tenant does not show is found out before anything reaches a phone,
// and further imports make no further certificate profiles.
func TestRelationNotShown(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	end := l.hide("rootCertificate")
	for round := range 3 {
		_, err := l.apply(l.plan())
		if !errors.Is(err, tenant.ErrNotKept) || !strings.Contains(err.Error(), "the rootCertificate of ") {
			t.Errorf("round %d: %v", round, err)
		}
	}
	for _, name := range []string{"Contoso mail iOS certificate", "Contoso mail work profile certificate"} {
		if groups := l.assigned(name); len(groups) > 0 {
			t.Errorf("%s is for %q", name, groups)
		}
	}
	if n := len(l.objects()); n != len(l.set.Parts) {
		t.Errorf("%d objects", n)
	}
	end()
	l.done(l.plan())
	l.complete()
	l.hide("rootCertificate") // of profiles that phones have
	if _, err := l.tryPlan(); err == nil || strings.Count(err.Error(), "shows nothing as its rootCertificate") != 2 {
		t.Errorf("%v", err)
	}
	l.sound()
}
