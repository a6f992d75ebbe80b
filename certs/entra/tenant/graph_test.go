package tenant

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/certs/preflight"
)

// token is a token source with one token.
type token string

func (t token) Token(context.Context) (graph.Token, error) {
	return graph.Token{Secret: string(t)}, nil
}

// readPermissions are all that a snapshot takes.
var readPermissions = []string{
	"Organization.Read.All", "Domain.Read.All", "Policy.Read.All", "Policy.Read.HybridAuthentication", "PublicKeyInfrastructure.Read.All",
	"Application.Read.All", "Directory.Read.All", "GroupMember.Read.All", "Group.Read.All", "User.Read.All",
}

// fromServer collects from a server that knows Graph's description and notes what
// breaks it.
func fromServer(t *testing.T, scopes []string) (*Snapshot, folder) {
	t.Helper()
	server, err := graphtest.New(graphtest.NewTenant(), graphtest.Options{PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	running := httptest.NewServer(server)
	t.Cleanup(running.Close)
	client := &graph.Client{
		Endpoint: graph.Endpoint{Graph: running.URL},
		Sign:     token(server.Token(graphtest.TokenOptions{Scopes: scopes})),
		Sleep:    func(context.Context, time.Duration) error { return nil },
	}
	files := folder{}
	s, err := Collect(context.Background(), client, CollectOptions{Now: testClock, Cloud: preflight.Worldwide, By: "easkit test", Users: true, Write: files.write})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range server.Violations() {
		t.Errorf("%s", v)
	}
	return s, files
}

func TestFromGraph(t *testing.T) {
	s, files := fromServer(t, readPermissions)
	for _, m := range s.Missing {
		if m.File != MailboxesFile {
			t.Errorf("%s: %s", m.File, m.Why)
		}
	}
	users, err := OpenUsers(fstest.MapFS(files))
	if err != nil || users.Len() != 2 {
		t.Fatalf("%v, %v", users, err)
	}
	findings := s.Check(oauth, users)
	for _, f := range findings {
		if f.Status == fail {
			t.Errorf("%s: %s", f.Check, f.Message)
		}
	}
	expect(t, findings, "tenant.targets", pass, "each of 2 users", "")
	expect(t, findings, "tenant.consent", pass, "everybody", "")
}

// Without the permission to read policies, what they say is missing.
func TestFromGraphWithoutPermission(t *testing.T) {
	scopes := slices.DeleteFunc(slices.Clone(readPermissions), func(p string) bool {
		return p == "Policy.Read.All" || strings.HasPrefix(p, "Group") || p == "Directory.Read.All"
	})
	s, _ := fromServer(t, scopes)
	for _, file := range []string{MethodFile, AccessFile, ConsentFile} {
		if !strings.Contains(s.Why(file), "Policy.Read.All") {
			t.Errorf("%s: %q", file, s.Why(file))
		}
	}
	expect(t, s.Check(oauth, nil), "tenant.method", skip, "403", "")
}
