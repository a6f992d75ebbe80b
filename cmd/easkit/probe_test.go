package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/easkit/easkit/certs/keyfile"
	servers "github.com/easkit/easkit/profiles/lab"
)

// easKey is where a script's environment keeps its ActiveSync server.
type easKey struct{}

// setupProbe gives a script a lab of its own in the folder lab, whose ActiveSync server is
// at $EAS. What it was asked for goes to the file asked, a line each.
func setupProbe(env *testscript.Env) error {
	dir := filepath.Join(env.WorkDir, "lab")
	clock := func() time.Time { return scriptTime }
	a := &app{ctx: context.Background(), system: system{out: io.Discard, err: io.Discard, now: clock}}
	l, err := a.initLab(dir, servers.DefaultAddress, scriptTime)
	if err != nil {
		return err
	}
	asked, err := os.Create(filepath.Join(env.WorkDir, "asked"))
	if err != nil {
		return err
	}
	server, err := servers.NewEAS(l, os.DirFS(dir), servers.EASOptions{Now: clock, Log: func(r servers.EASRequest) {
		asked.WriteString(strings.Join([]string{r.Method, r.Path, r.Command, r.User}, " ") + "\n")
	}})
	if err != nil {
		return err
	}
	address, stop, err := server.Start(context.Background())
	if err != nil {
		return err
	}
	env.Defer(func() {
		stop()
		asked.Close()
	})
	env.Values[easKey{}] = server
	env.Setenv("EAS", address)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	env.Setenv("RECIPIENT", key.Recipient().String())
	if err := keyfile.Write(filepath.Join(env.WorkDir, "company.agekey"), []byte(key.String()+"\n"), false); err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(env.WorkDir, "pw"), []byte("correct horse\n"), false)
}

// cmdEASFault lets something go wrong with the lab's ActiveSync server: easfault busy;
// without a name nothing does any more.
func cmdEASFault(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: easfault [NAME]")
	}
	fault := servers.EASFault{}
	if len(args) == 1 {
		all := servers.EASFaults()
		i := slices.IndexFunc(all, func(f servers.EASFault) bool { return f.Name == args[0] })
		if i < 0 {
			ts.Fatalf("there is no fault %q", args[0])
		}
		fault = all[i]
	}
	ts.Value(easKey{}).(*servers.EAS).SetFault(fault)
}

func TestParseConnect(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   string // host=address, in any order
		err    string
	}{
		{nil, "", ""},
		{[]string{"127.0.0.1:8443"}, "=127.0.0.1:8443", ""},
		{[]string{"192.0.2.1"}, "=192.0.2.1:443", ""},
		{[]string{"[::1]:8443"}, "=[::1]:8443", ""},
		{[]string{"::1"}, "=[::1]:443", ""},
		{[]string{"Mail.contoso.com=192.0.2.1"}, "mail.contoso.com=192.0.2.1:443", ""},
		{[]string{"192.0.2.1", "192.0.2.2"}, "", "the same host has another address"},
		{[]string{"localhost:8443"}, "", `"localhost:8443" is neither ADDR nor ADDR:PORT`},
		{[]string{"mail.contoso.com:8443=192.0.2.1"}, "", "no host's name alone"},
		{[]string{"https://mail.contoso.com=192.0.2.1"}, "", "no host's name alone"},
		{[]string{"192.0.2.1:0x"}, "", "neither ADDR nor"},
	} {
		t.Run(strings.Join(tt.values, " "), func(t *testing.T) {
			got, err := parseConnect(tt.values)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%v, want an error with %q", err, tt.err)
				}
				return
			}
			host, address, any := strings.Cut(tt.want, "=")
			if err != nil || len(got) > 1 || any && got[host] != address {
				t.Errorf("%v, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// What is called as files are is no host, also where it is not there.
func TestIsFileArgument(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("mail.contoso.com", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for arg, want := range map[string]bool{
		"mail.contoso.com": true, "mail.fabrikam.com": false, "localhost:8443": false, "[::1]": false, "https://mail.contoso.com/owa": false,
		"alice.mobileconfig": true, "bundle.JSON": true, "alice.p12": true, "out/alice": true, `out\alice`: true, "-": true,
	} {
		if got := isFileArgument(arg); got != want {
			t.Errorf("%s: %v", arg, got)
		}
	}
}
