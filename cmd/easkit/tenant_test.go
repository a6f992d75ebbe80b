package main

import (
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/certs/keyfile"
	servers "github.com/easkit/easkit/profiles/lab"
)

// labKey is where a script's environment keeps its lab.
type labKey struct{}

// setupTenant gives a script a lab of its own in the folder lab, with a Graph whose
// tenant is half set up. Its clock begins at that of the scripts, and goes on.
func setupTenant(t *testing.T, env *testscript.Env) error {
	began := time.Now()
	clock := func() time.Time { return scriptTime.Add(time.Since(began)) }
	host := httptest.NewUnstartedServer(nil)
	dir := filepath.Join(env.WorkDir, "lab")
	a := &app{ctx: context.Background(), system: system{out: io.Discard, err: io.Discard, now: clock}}
	l, err := a.initLab(dir, host.Listener.Addr().String(), scriptTime)
	if err != nil {
		return err
	}
	server, err := servers.New(l, os.DirFS(dir), servers.Options{Now: clock})
	if err != nil {
		return err
	}
	host.Config.Handler = server
	host.Start()
	env.Defer(func() {
		host.Close()
		server.Close()
		for _, broken := range server.Violations() {
			t.Errorf("%s: a request that is not as Microsoft describes it: %s", filepath.Base(env.WorkDir), broken)
		}
	})
	env.Values[labKey{}] = server
	env.Setenv("GRAPH", host.URL)
	env.Setenv("EASKIT_GRAPH", host.URL)
	env.Setenv("EASKIT_TOKEN_FILE", filepath.Join("lab", labToken))
	for name, scopes := range map[string][]string{"few": {"User.Read.All"}, "snapshot": commandScopes("entra snapshot, check tenant, entra user-ids"), "pki": commandScopes("entra apply, restore: PKI-based store"),
		"classic": commandScopes("entra apply, restore: classic store"), "list": commandScopes("entra list, entra plan"), "user-ids": commandScopes("entra user-ids --apply"), "revoke": commandScopes("entra revoke"), "intune": commandScopes("intune import")} {
		token := server.TokenFor(graphtest.TokenOptions{Scopes: scopes, AMR: []string{"pwd", "mfa"}})
		if err := keyfile.Write(filepath.Join(dir, "token-"+name), []byte(token+"\n"), true); err != nil {
			return err
		}
	}
	byCertificate := server.TokenFor(graphtest.TokenOptions{Scopes: commandScopes("entra apply, restore: classic store"), AMR: []string{"rsa", "mfa"}})
	if err := keyfile.Write(filepath.Join(dir, "token-certificate"), []byte(byCertificate), true); err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(dir, labToken), []byte(server.Token()+"\n"), true)
}

// commandScopes are the permissions that help permissions lists for commands: with
// these and no others, they have to work.
func commandScopes(commands string) []string {
	for _, n := range commandNeeds() {
		if n.commands == commands {
			var scopes []string
			for _, p := range n.permissions() {
				scopes = append(scopes, p.Scope)
			}
			return scopes
		}
	}
	return nil
}

// cmdFault lets something go wrong with the lab's Graph: fault throttle; without a name
// nothing does any more.
func cmdFault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: fault [NAME]")
	}
	name := ""
	if len(args) == 1 {
		name = args[0]
	}
	fault, err := findFault(name)
	ts.Check(err)
	ts.Check(ts.Value(labKey{}).(*servers.Server).SetFault(fault.graph))
}

// cmdSleep waits for the next second to count: sleep 2s.
func cmdSleep(ts *testscript.TestScript, neg bool, args []string) {
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	time.Sleep(d)
}
