package trust_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// pkiStory is a tenant with three CAs, and a plan that adds two, changes one and
// removes one.
type pkiStory struct {
	*lab
	before, after trust.List
	plan          *trust.Plan
}

func newPKIStory(t *testing.T, o graphtest.Options) *pkiStory {
	t.Helper()
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	old := newCA(t, "Contoso Issuing 1", &root, start.AddDate(1, 0, 0))
	kept := newCA(t, "Fabrikam Root", nil, start.AddDate(5, 0, 0))
	two := newCA(t, "Contoso Issuing 2", &root, start.AddDate(2, 0, 0))
	three := newCA(t, "Contoso Issuing 3", &root, start.AddDate(2, 0, 0))
	hinted := kept.entry("http://crl.fabrikam.com/root.crl")
	hinted.IssuerHint = true
	s := &pkiStory{
		before: trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/wrong.crl"), old.entry("http://crl.contoso.com/1.crl"), hinted}),
		after: trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/root.crl"), hinted, two.entry("http://crl.contoso.com/2.crl"),
			three.entry("http://crl.contoso.com/3.crl")}),
	}
	s.lab = newLab(t, o, nil, s.before)
	w := trust.Wish{Store: trust.PKI, Remove: []string{trust.Entry{Certificate: old.cert.Raw}.Thumbprint()}, Entries: wanted(
		root.entry("http://crl.contoso.com/root.crl"), two.entry("http://crl.contoso.com/2.crl"), three.entry("http://crl.contoso.com/3.crl"))}
	s.plan = s.lab.plan(w)
	if !s.plan.After.Equal(s.after) {
		t.Fatalf("the plan leads elsewhere: %v", s.plan.Steps())
	}
	return s
}

func TestPKI(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	r, err := s.apply(s.plan)
	if err != nil || !r.Seen || r.Done != 4 {
		t.Fatalf("%+v, %v", r, err)
	}
	if !s.pki().Equal(s.after) {
		t.Error("the store is not as planned")
	}
	writes := len(s.writes())
	if r, err := s.apply(s.plan); err != nil || r.Done != 0 || !r.Seen || len(s.writes()) != writes {
		t.Errorf("a second run writes: %+v, %v, %v", r, err, s.writes()[writes:])
	}
	s.sound()
}

func TestPKIMakesContainer(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	for name, fault := range map[string]graphtest.Fault{
		"nothing fails": {Method: http.MethodPut, PathContains: "nowhere", Status: 500},
		"cut after":     {Method: http.MethodPost, PathContains: "certificateBasedAuthConfigurations", Cut: "after"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{}, nil, nil)
			p := l.plan(trust.Wish{Store: trust.PKI, Container: "New PKI", Entries: wanted(root.entry("http://crl.contoso.com/root.crl"))})
			l.faults(fault)
			if r, err := l.apply(p); err != nil || !r.Seen || len(l.pki()) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			if pkis, _ := l.graph.PKIs(); len(pkis) != 1 || pkis[0].DisplayName != "New PKI" {
				t.Errorf("containers: %+v", pkis)
			}
			l.sound()
		})
	}
}

// At each request that writes, whatever happens to it: the same plan, applied again,
// ends as planned, and nothing is there that was not meant to be.
func TestPKIFaults(t *testing.T) {
	kinds := map[string]graphtest.Fault{
		"cut before":       {Cut: "before"},
		"cut after":        {Cut: "after"},
		"away for long":    {Status: 503, Times: 1000},
		"away for a while": {Status: 503, Times: 3, RetryAfter: 20},
		"refused":          {Status: 400},
		"forbidden":        {Status: 403},
		"token expires":    {Status: 401, ExpireTokens: true},
	}
	for name, fault := range kinds {
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
			for skip := range map[string]int{http.MethodPost: 2, http.MethodPatch: 1, http.MethodDelete: 1}[method] {
				t.Run(fmt.Sprintf("%s/%s %d", name, method, skip+1), func(t *testing.T) {
					s := newPKIStory(t, graphtest.Options{Behind: 5 * time.Second})
					fault.Method, fault.Skip = method, skip
					s.faults(fault)
					first, err := s.apply(s.plan)
					if err == nil && !s.pki().Equal(s.after) {
						t.Errorf("it says that all is well, and it isn't: %+v", first)
					}
					if err != nil && first.Done > 0 && !strings.Contains(err.Error(), "apply the same plan again") {
						t.Errorf("the message does not say how to go on: %v", err)
					}
					s.faults()
					s.signIn(time.Hour, "pwd")
					s.sleep(t.Context(), time.Minute) // so that reads show what was done
					if r, err := s.apply(s.plan); err != nil || !r.Seen {
						t.Errorf("applied again: %+v, %v", r, err)
					}
					if !s.pki().Equal(s.after) {
						t.Error("the store is not as planned")
					}
					s.sound()
				})
			}
		}
	}
}

func TestPKIRefusesAChangedTenant(t *testing.T) {
	stranger := newCA(t, "The other one's", nil, start.AddDate(3, 0, 0))
	d, err := stranger.entry("").Detail()
	if err != nil {
		t.Fatal(err)
	}
	base := "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations/"
	add := fmt.Sprintf(`{"certificate":%q,"thumbprint":%q,"expirationDateTime":%q}`, base64Of(d.Certificate), d.Thumbprint, d.Expiration.Format(time.RFC3339))
	for name, change := range map[string]func(s *pkiStory, pki graphtest.PKI){
		"added": func(s *pkiStory, pki graphtest.PKI) {
			s.other(http.MethodPost, base+pki.ID+"/certificateAuthorities", add)
		},
		"removed": func(s *pkiStory, pki graphtest.PKI) {
			s.other(http.MethodDelete, base+pki.ID+"/certificateAuthorities/"+find(pki, "Fabrikam Root"), "")
		},
		"changed": func(s *pkiStory, pki graphtest.PKI) {
			s.other(http.MethodPatch, base+pki.ID+"/certificateAuthorities/"+find(pki, "Contoso Root"), `{"certificateRevocationListUrl":"http://crl.contoso.com/else.crl"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPKIStory(t, graphtest.Options{})
			pkis, err := s.graph.PKIs()
			if err != nil {
				t.Fatal(err)
			}
			change(s, pkis[0])
			writes := len(s.writes())
			if _, err := s.apply(s.plan); !errors.Is(err, trust.ErrChanged) || len(s.writes()) != writes {
				t.Errorf("it goes on: %v, %v", err, s.writes()[writes:])
			}
		})
	}
}

func find(pki graphtest.PKI, name string) string {
	for _, ca := range pki.CertificateAuthorities {
		if strings.Contains(ca.DisplayName, name) {
			return ca.ID
		}
	}
	return "none of this name"
}

func TestPKIWantsDangerAgreed(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	a := s.applier(s.plan)
	a.Agreed = nil
	if _, err := a.Apply(t.Context(), s.plan); !errors.Is(err, trust.ErrNotAgreed) || len(s.writes()) > 0 {
		t.Errorf("a CA is removed without consent: %v", err)
	}
}

func TestPlanForAnotherTenant(t *testing.T) {
	s := newPKIStory(t, graphtest.Options{})
	s.plan.Tenant = "0b1d2f3a-0000-4000-8000-000000000000"
	if _, err := s.apply(s.plan); err == nil || len(s.writes()) > 0 {
		t.Errorf("it goes on: %v", err)
	}
}

// A bulk upload gives each CA its issuer's address; the steps after it set its own.
func TestUpload(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	issuing := newCA(t, "Contoso Issuing", &root, start.AddDate(2, 0, 0))
	after := trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/root.crl"), issuing.entry("http://crl.contoso.com/issuing.crl")})
	bundle, err := trust.Bundle(after)
	if err != nil {
		t.Fatal(err)
	}
	served := bundle
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(served) }))
	t.Cleanup(files.Close)
	story := func(t *testing.T) (*lab, *trust.Plan) {
		l := newLab(t, graphtest.Options{UploadReads: 3}, nil, nil)
		return l, l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(after...), Upload: files.URL + "/cas.p7b"})
	}
	t.Run("as it should be", func(t *testing.T) {
		l, p := story(t)
		r, err := l.apply(p)
		if err != nil || !r.Seen || !l.pki().Equal(after) {
			t.Fatalf("%+v, %v", r, err)
		}
		l.sound()
	})
	t.Run("another file is there", func(t *testing.T) {
		other, err := trust.Bundle(after[:1])
		if err != nil {
			t.Fatal(err)
		}
		served = other
		defer func() { served = bundle }()
		l, p := story(t)
		if _, err := l.apply(p); err == nil || len(l.pki()) > 0 {
			t.Errorf("it goes on: %v", err)
		}
	})
	t.Run("reads are behind", func(t *testing.T) {
		l := newLab(t, graphtest.Options{UploadTime: 5 * time.Minute, Behind: 20 * time.Second}, nil, nil)
		p := l.plan(trust.Wish{Store: trust.PKI, Entries: wanted(after...), Upload: files.URL + "/cas.p7b"})
		if r, err := l.apply(p); err != nil || !r.Seen || !l.pki().Equal(after) {
			t.Fatalf("%+v, %v", r, err)
		}
		for _, r := range l.graph.Requests() {
			if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "certificateAuthorities") {
				t.Error("a CA was added by itself while the upload ran")
			}
		}
	})
	t.Run("interrupted while it runs", func(t *testing.T) {
		l, p := story(t)
		ctx, stop := context.WithCancel(t.Context())
		l.setHook(func(r graphtest.Request) {
			if strings.HasSuffix(r.Path, "/upload") {
				stop()
			}
		})
		if _, err := l.applier(p).Apply(ctx, p); !errors.Is(err, context.Canceled) {
			t.Errorf("the interruption is not told: %v", err)
		}
		l.setHook(nil)
		if r, err := l.apply(p); err != nil || !r.Seen || !l.pki().Equal(after) {
			t.Errorf("applied again: %+v, %v", r, err)
		}
	})
}
