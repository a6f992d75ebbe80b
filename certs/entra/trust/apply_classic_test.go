package trust_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph/graphtest"
)

// deleted and posted tell the requests to the classic store apart.
func deleted(r graphtest.Request) bool {
	return r.Method == http.MethodDelete && strings.Contains(r.Path, "certificateBasedAuthConfiguration") && r.Status == http.StatusNoContent
}

// classicStory is a tenant whose classic store holds one CA, and a plan for two.
type classicStory struct {
	*lab
	old, new trust.List
	plan     *trust.Plan
}

func newClassicStory(t *testing.T, o graphtest.Options) *classicStory {
	t.Helper()
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	issuing := newCA(t, "Contoso Issuing", &root, start.AddDate(2, 0, 0))
	s := &classicStory{}
	s.old = trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/root.crl")})
	s.new = trust.NewList([]trust.Entry{root.entry("http://crl.contoso.com/root.crl"), issuing.entry("http://crl.contoso.com/issuing.crl")})
	s.lab = newLab(t, o, s.old, nil)
	s.plan = s.lab.plan(trust.Wish{Store: trust.Classic, Entries: wanted(s.new...)})
	return s
}

func TestClassicIntoEmptyStore(t *testing.T) {
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	l := newLab(t, graphtest.Options{}, nil, nil)
	p := l.plan(trust.Wish{Store: trust.Classic, Entries: wanted(root.entry("http://crl.contoso.com/root.crl"))})
	a := l.applier(p)
	a.AcceptOutage = false // there is nobody to cut off
	if r, err := a.Apply(t.Context(), p); err != nil || !r.Seen || r.Done != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := l.writes(); !slices.Equal(got, []string{"POST Created"}) {
		t.Errorf("one post is enough, not %v", got)
	}
	l.sound()
}

func TestClassicWantsTheOutageAccepted(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	a := s.applier(s.plan)
	a.AcceptOutage = false
	if _, err := a.Apply(t.Context(), s.plan); !errors.Is(err, trust.ErrOutage) {
		t.Errorf("without consent it goes on: %v", err)
	}
	if got := s.writes(); len(got) > 0 {
		t.Errorf("it wrote %v", got)
	}
}

func TestClassicDeletesAndPosts(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	if r, err := s.apply(s.plan); err != nil || !r.Seen || r.Backup == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	if got, want := s.writes(), []string{"POST Bad Request", "POST Bad Request", "DELETE No Content", "POST Created"}; !slices.Equal(got, want) {
		t.Errorf("requests %v, want %v", got, want)
	}
	if !s.classic().Equal(s.new) {
		t.Error("the store is not as planned")
	}
	saved, err := trust.ReadSaved(bytes.NewReader(s.backups[0]))
	if err != nil || !saved.Entries.Equal(s.old) {
		t.Errorf("the back-up is not what was there: %v", err)
	}
	before := len(s.writes())
	if r, err := s.apply(s.plan); err != nil || !r.Seen || r.Done != 0 {
		t.Errorf("a second run: %+v, %v", r, err)
	}
	if after := s.writes(); len(after) != before {
		t.Errorf("a second run writes %v", after[before:])
	}
	s.sound()
}

func TestClassicWherePostReplaces(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{PostReplaces: true})
	if r, err := s.apply(s.plan); err != nil || !r.Seen {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := s.writes(); !slices.Equal(got, []string{"POST Created"}) {
		t.Errorf("nothing has to be deleted: %v", got)
	}
}

// Whatever fails: the store is as planned or as before, and the message says which.
func TestClassicFaults(t *testing.T) {
	const post, store = http.MethodPost, "certificateBasedAuthConfiguration"
	for name, tt := range map[string]struct {
		faults  []graphtest.Fault
		planned bool   // or as before
		message string // of the error, where there is one
	}{
		"cut before the delete":     {[]graphtest.Fault{{Method: http.MethodDelete, PathContains: store, Cut: "before"}}, false, "as it was so far"},
		"cut after the delete":      {[]graphtest.Fault{{Method: http.MethodDelete, PathContains: store, Cut: "after"}}, true, ""},
		"cut before the post":       {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Cut: "before"}}, true, ""},
		"cut after the post":        {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Cut: "after"}}, true, ""},
		"away for a minute":         {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Times: 4, Status: 503, RetryAfter: 15}}, true, ""},
		"throttled":                 {[]graphtest.Fault{{Times: 6, Status: 429, RetryAfter: 2}}, true, ""},
		"the list is refused":       {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Status: 400}}, true, ""},
		"the first is cut":          {[]graphtest.Fault{{Method: post, PathContains: store, Cut: "before"}}, false, "apply the same plan again"},
		"the probe is cut":          {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 1, Cut: "after"}}, false, "nothing was changed"},
		"the first is forbidden":    {[]graphtest.Fault{{Method: post, PathContains: store, Status: 403}}, false, "nothing was changed"},
		"the delete is forbidden":   {[]graphtest.Fault{{Method: http.MethodDelete, PathContains: store, Status: 403}}, false, "nothing was changed"},
		"the post is forbidden":     {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Status: 403}}, false, "as it was before"},
		"the post answers with 500": {[]graphtest.Fault{{Method: post, PathContains: store, Skip: 2, Status: 500}}, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newClassicStory(t, graphtest.Options{})
			s.faults(tt.faults...)
			_, err := s.apply(s.plan)
			want := s.old
			if tt.planned {
				want = s.new
			}
			if !s.classic().Equal(want) {
				t.Errorf("the store holds %d CAs (%v)", len(s.classic()), err)
			}
			switch {
			case tt.message == "" && err != nil:
				t.Errorf("it fails: %v", err)
			case tt.message != "" && (err == nil || !strings.Contains(err.Error(), tt.message)):
				t.Errorf("the message does not say %q: %v", tt.message, err)
			}
			s.sound()
		})
	}
}

// Reads that are behind must not be taken for what there is.
func TestClassicReadsBehind(t *testing.T) {
	for name, fault := range map[string]graphtest.Fault{
		"nothing fails":       {Method: http.MethodPut, PathContains: "nowhere", Status: 500},
		"cut after the post":  {Method: http.MethodPost, Skip: 2, Cut: "after"},
		"cut before the post": {Method: http.MethodPost, Skip: 2, Cut: "before"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newClassicStory(t, graphtest.Options{Behind: 20 * time.Second})
			s.faults(fault)
			if r, err := s.apply(s.plan); err != nil || !r.Seen {
				t.Errorf("%+v, %v", r, err)
			}
			if !s.classic().Equal(s.new) {
				t.Error("the store is not as planned")
			}
		})
	}
}

// Where even putting back fails, the message says that the store is empty and what
// to do; the back-up then restores it.
func TestClassicEmptyAndRestored(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	s.faults(graphtest.Fault{Method: http.MethodPost, Skip: 2, Times: 1000, Status: 403})
	_, err := s.apply(s.plan)
	if err == nil || !strings.Contains(err.Error(), "EMPTY") || !strings.Contains(err.Error(), "easkit entra restore backup.json") {
		t.Fatalf("the message does not say that it is empty, and what to do: %v", err)
	}
	s.faults()
	saved, err := trust.ReadSaved(bytes.NewReader(s.backups[0]))
	if err != nil {
		t.Fatal(err)
	}
	s.signIn(time.Hour, "pwd")
	p := s.lab.plan(s.wish(saved))
	if _, err := s.apply(p); err != nil {
		t.Fatal(err)
	}
	if !s.classic().Equal(s.old) {
		t.Error("the store is not as it was")
	}
}

// The token ends between the delete and the post: another one puts back.
func TestClassicTokenExpires(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	s.setHook(func(r graphtest.Request) {
		if deleted(r) {
			s.graph.ExpireTokens()
			s.signIn(time.Hour, "pwd") // what a sign-in by azidentity does
		}
	})
	_, err := s.apply(s.plan)
	if err == nil || !strings.Contains(err.Error(), "as it was before") {
		t.Errorf("the message does not say how it is: %v", err)
	}
	if !s.classic().Equal(s.old) {
		t.Error("the store is not as it was")
	}
}

func TestClassicNotReady(t *testing.T) {
	t.Run("the token ends soon", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		s.signIn(14*time.Minute, "pwd")
		_, err := s.apply(s.plan)
		if err == nil || !strings.Contains(err.Error(), "nothing was changed") || !s.classic().Equal(s.old) {
			t.Errorf("a token for 14 minutes is enough: %v", err)
		}
	})
	t.Run("the operator uses a certificate", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		a := s.applier(s.plan)
		a.ByCertificate = func(context.Context) error { return errors.New("signed in with a certificate") }
		if _, err := a.Apply(t.Context(), s.plan); err == nil || !s.classic().Equal(s.old) {
			t.Errorf("it goes on: %v", err)
		}
	})
	t.Run("no back-up", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		a := s.applier(s.plan)
		a.Backup = func([]byte) (string, error) { return "", errors.New("the disk is full") }
		if _, err := a.Apply(t.Context(), s.plan); err == nil || len(s.writes()) > 0 {
			t.Errorf("it goes on: %v", err)
		}
	})
}

// Two administrators at once: what the other one did is never undone.
func TestClassicTwoAdmins(t *testing.T) {
	path := func(s *classicStory) string {
		return "/organization/" + s.graph.OrganizationID() + "/certificateBasedAuthConfiguration"
	}
	other := newCA(t, "The other one's", nil, start.AddDate(3, 0, 0))
	body := `{"certificateAuthorities":[{"isRootAuthority":true,"certificate":"` + base64Of(other.cert.Raw) + `"}]}`
	replace := func(s *classicStory) {
		s.other(http.MethodDelete, path(s)+"/29728ade-6ae4-4ee9-9103-412912537da5", "")
		s.other(http.MethodPost, path(s), body)
	}
	theirs := trust.NewList([]trust.Entry{other.entry("")})
	t.Run("before", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		replace(s)
		if _, err := s.apply(s.plan); !errors.Is(err, trust.ErrChanged) || !s.classic().Equal(theirs) {
			t.Errorf("it goes on: %v", err)
		}
	})
	t.Run("just before the delete", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		once := false
		s.setHook(func(r graphtest.Request) {
			if r.Method == http.MethodPost && !once { // the refused one
				once = true
				replace(s)
			}
		})
		if _, err := s.apply(s.plan); !errors.Is(err, trust.ErrChanged) || !s.classic().Equal(theirs) {
			t.Errorf("it goes on: %v", err)
		}
	})
	t.Run("between delete and post", func(t *testing.T) {
		s := newClassicStory(t, graphtest.Options{})
		once := false
		s.setHook(func(r graphtest.Request) {
			if deleted(r) && !once {
				once = true
				s.other(http.MethodPost, path(s), body)
			}
		})
		_, err := s.apply(s.plan)
		if !errors.Is(err, trust.ErrChanged) || !strings.Contains(err.Error(), "backup.json") || !s.classic().Equal(theirs) {
			t.Errorf("it goes on, or does not name the back-up: %v", err)
		}
	})
}

// An interruption between delete and post does not stop the post.
func TestClassicInterrupted(t *testing.T) {
	s := newClassicStory(t, graphtest.Options{})
	ctx, stop := context.WithCancel(t.Context())
	s.setHook(func(r graphtest.Request) {
		if deleted(r) {
			stop()
		}
	})
	s.applier(s.plan).Apply(ctx, s.plan)
	if !s.classic().Equal(s.new) {
		t.Error("the store is not as planned")
	}
}

func TestClassicRefusesExpired(t *testing.T) {
	old := newCA(t, "Contoso Old Root", nil, start.AddDate(0, 0, -1))
	root := newCA(t, "Contoso Root", nil, start.AddDate(5, 0, 0))
	s := newLab(t, graphtest.Options{}, []trust.Entry{old.entry("http://crl.contoso.com/old.crl")}, nil)
	p := s.plan(trust.Wish{Store: trust.Classic, Entries: wanted(root.entry("http://crl.contoso.com/root.crl"))})
	if _, err := s.apply(p); err == nil || !strings.Contains(err.Error(), "--remove") || len(s.writes()) > 0 {
		t.Errorf("Graph would refuse the list after the delete: %v", err)
	}
}
