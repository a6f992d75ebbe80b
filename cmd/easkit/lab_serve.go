package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
	servers "github.com/easkit/easkit/profiles/lab"
)

// How long a lab waits for the head of a request, and at its end for the last answers:
// both are a matter of one machine.
const (
	labHeadTime = 10 * time.Second
	labEndTime  = 2 * time.Second
)

// labToken is the file of a lab that its server writes the token to.
const labToken = "token"

// labServer is a lab that is about to be served.
type labServer struct {
	*app
	dir, address, fault string
	addressGiven        bool

	lab      *lab.Lab
	listener net.Listener
}

func newLabServe(a *app) *cobra.Command {
	s := labServer{app: a}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a lab on this machine: CRLs, and a Microsoft Graph with a tenant in it",
		Long: "Serves the lab of a folder, which is made first if it is not there, until it is\n" +
			"interrupted: the CRLs, bundles (.p7b) from its folder upload, and a Microsoft Graph with a\n" +
			"tenant that is half set up. The tenant is in memory: the next start makes it anew. The\n" +
			"token for it is written to the file token. Other machines can't reach any of it.\n\n" +
			"With --fault something goes wrong:\n\n" + faultText(),
		Example: "  easkit lab serve\n" +
			"  easkit lab serve --dir trial --listen 127.0.0.1:9000 --fault cut-after-delete",
		Args:    cobra.NoArgs,
		PreRunE: a.labCall,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.addressGiven = cmd.Flags().Changed("listen")
			return s.run(cmd.Context())
		},
	}
	registerLabDir(cmd, &s.dir)
	registerListen(cmd, &s.address)
	cmd.Flags().StringVar(&s.fault, "fault", "", "let something go wrong: `NAME`")
	return cmd
}

// faultText lists the faults for the help.
func faultText() string {
	var lines []string
	for _, f := range servers.Faults() {
		lines = append(lines, fmt.Sprintf("  %-20s %s", f.Name, f.What))
	}
	return strings.Join(lines, "\n")
}

// findFault finds a fault by its name; none has the name "".
func findFault(name string) (servers.Fault, error) {
	if name == "" {
		return servers.Fault{}, nil
	}
	all := servers.Faults()
	var names []string
	for _, f := range all {
		names = append(names, f.Name)
	}
	if _, err := preflight.Word("--fault", name, names); err != nil {
		return servers.Fault{}, err
	}
	return all[slices.Index(names, name)], nil
}

func (s *labServer) run(ctx context.Context) error {
	fault, err := findFault(s.fault)
	if err != nil {
		return err
	}
	if s.global.at != "" {
		return errors.New("--at is not for lab serve: servers live in the present")
	}
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.listener.Close()
	var mu sync.Mutex
	server, err := servers.New(s.lab, os.DirFS(s.dir), servers.Options{Now: s.now, Fault: fault, Log: func(r servers.Request) {
		mu.Lock()
		defer mu.Unlock()
		s.say("%s %s %s", preflight.Printable(r.Method), preflight.Printable(r.Path), statusText(r.Status))
	}})
	if err != nil {
		return err
	}
	defer server.Close()
	if err := s.prepare(server); err != nil {
		return err
	}
	if err := s.tell(); err != nil {
		return err
	}
	return s.serve(ctx, server)
}

// statusText is how a request ended, for the log.
func statusText(status int) string {
	if status == 0 {
		return "cut"
	}
	return fmt.Sprint(status)
}

// begin opens the lab and listens. A new lab needs the address first, for its
// certificates, and an old one brings it along.
func (s *labServer) begin(ctx context.Context) error {
	_, err := os.Lstat(filepath.Join(s.dir, lab.RootFile))
	isNew := errors.Is(err, fs.ErrNotExist)
	if !isNew {
		if s.lab, err = openLab(s.dir, s.now()); err != nil {
			return err
		}
		if u, err := url.Parse(s.lab.CRLBase()); err == nil && !s.addressGiven {
			s.address = u.Host
		}
	}
	if s.listener, err = servers.Listen(ctx, s.address); err != nil {
		return withHint(fmt.Errorf("--listen: %w", err), "easkit lab serve --listen 127.0.0.1:PORT, with a port that is free")
	}
	s.address = s.listener.Addr().String()
	if isNew {
		if s.lab, err = s.initLab(s.dir, s.address, s.now()); err != nil {
			s.listener.Close()
			return err
		}
	}
	if base := servers.CRLBase(s.address); s.lab.CRLBase() != base {
		s.say("note: the lab's certificates name %s for their CRLs, and these are served at %s", preflight.Printable(s.lab.CRLBase()), base)
	}
	return nil
}

// prepare writes what a client needs: the token, and the folder for bundles.
func (s *labServer) prepare(server *servers.Server) error {
	if err := os.MkdirAll(filepath.Join(s.dir, servers.UploadFolder), keyfile.DirMode); err != nil {
		return fmt.Errorf("making the folder for bundles: %w", err)
	}
	signIns, err := servers.SignIns(s.now())
	if err != nil {
		return err
	}
	if err := keyfile.Write(filepath.Join(s.dir, servers.SignInsFile), signIns, true); err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(s.dir, labToken), []byte(server.Token()+"\n"), true)
}

// tell says what is served, and what to try.
func (s *labServer) tell() error {
	at := func(name ...string) string { return filepath.Join(append([]string{s.dir}, name...)...) }
	base := "http://" + s.address
	graph := fmt.Sprintf("--graph %s --token-file %s", base, at(labToken))
	if s.fault != "" {
		s.say("note: the fault %s is on", s.fault)
	}
	_, err := fmt.Fprintf(s.out, `The lab of %[1]s is served at %[2]s until it is interrupted (Ctrl-C):
  %[2]s/v1.0      a Microsoft Graph with a tenant in it; its token is in %[3]s
  %[2]s/crl       the CRLs, as they are in %[4]s
  %[2]s/upload    bundles (.p7b) from %[5]s

Try in another terminal:
  easkit entra inventory %[12]s
  easkit check tenant --allow-private %[6]s
  easkit entra list %[6]s
  easkit entra plan %[7]s --issued %[10]s --store classic --allow-private %[6]s
  easkit entra apply easkit-plan.json --accept-outage %[6]s
  easkit check cert %[8]s --password-file %[9]s --ca %[7]s --allow-private
  easkit lab revoke %[10]s --dir %[1]s > lost.txt
  easkit check crl %[2]s/crl/issuing.crl --ca %[7]s --allow-private --serials lost.txt

`+strings.Replace(labDanger, "%s", "%[11]s", 1), s.dir, base, at(labToken), at(lab.CRLFolder), at(servers.UploadFolder),
		graph, at(lab.CAFolder), at(labUsers, "alice.p12"), at(labUsers, "alice.password"), at(labUsers, "alice.cer"), s.lab.Ends().Format(time.DateOnly), at(servers.SignInsFile))
	return err
}

// serve answers until ctx ends, which is the way for it to end.
func (s *labServer) serve(ctx context.Context, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: labHeadTime, ErrorLog: log.New(s.err, "easkit: ", 0)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the lab: %w", err)
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), labEndTime)
	defer cancel()
	if server.Shutdown(ending) != nil {
		server.Close() // what is still open then is an idle or hanging client's
	}
	<-failed
	s.say("the lab has ended")
	return nil
}
