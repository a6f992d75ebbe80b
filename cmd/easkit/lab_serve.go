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
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/trust"
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

// The files of a lab that its server writes: the token, where it is served, and a
// bundle of both CAs to upload.
const (
	labToken   = "token"
	labAddress = "address"
	labBundle  = "lab.p7b"
)

// labServer is a lab that is about to be served.
type labServer struct {
	*app
	dir, address, fault string
	addressGiven        bool
	mailAddress         string
	mailAddressGiven    bool

	lab                    *lab.Lab
	listener, mailListener net.Listener
	saying                 sync.Mutex // held while a request is told of
}

func newLabServe(a *app) *cobra.Command {
	s := labServer{app: a}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a lab on this machine: CRLs, a Microsoft Graph with a tenant in it, and ActiveSync",
		Long: "Serves the lab of a folder, which is made first if it is not there, until it is\n" +
			"interrupted: the CRLs, bundles (.p7b) from its folder upload, a Microsoft Graph with a\n" +
			"tenant that is half set up, and at a port of its own, by TLS, an Exchange ActiveSync with\n" +
			"a mailbox for each user of the lab. Tenant and mailboxes are in memory: the next start\n" +
			"makes them anew. The token for Graph is written to the file token. Other machines can't\n" +
			"reach any of it.\n\n" +
			"With --fault something goes wrong. Of Graph:\n\n" + faultText(graphFaults()) + "\n\n" + servers.FaultsCount + "\n\n" +
			"Of ActiveSync, for as long as it is served:\n\n" + faultText(mailFaults()),
		Example: "  easkit lab serve\n" +
			"  easkit lab serve --dir trial --listen 127.0.0.1:9000 --fault cut-after-delete\n" +
			"  easkit lab serve --eas-listen 127.0.0.1:8443 --fault policy-449",
		Args:    cobra.NoArgs,
		PreRunE: a.labCall,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.addressGiven, s.mailAddressGiven = cmd.Flags().Changed("listen"), cmd.Flags().Changed("eas-listen")
			return s.run(cmd.Context())
		},
	}
	registerLabDir(cmd, &s.dir)
	registerListen(cmd, &s.address)
	cmd.Flags().StringVar(&s.mailAddress, "eas-listen", labMailAddress, "the loopback `ADDRESS:PORT` to serve ActiveSync at; port 0, or a default that is taken, is any that is free")
	cmd.Flags().StringVar(&s.fault, "fault", "", "let something go wrong: `NAME`")
	return cmd
}

func (s *labServer) run(ctx context.Context) error {
	fault, err := findFault(s.fault)
	if err != nil {
		return err
	}
	if s.global.at != "" {
		return errors.New("--at is not for lab serve: servers live in the present")
	}
	if err := s.listenMail(ctx); err != nil {
		return err
	}
	defer s.mailListener.Close()
	if err := s.begin(ctx); err != nil {
		return err
	}
	defer s.listener.Close()
	server, err := servers.New(s.lab, os.DirFS(s.dir), servers.Options{Now: s.now, Fault: fault.graph, Log: func(r servers.Request) {
		s.log("%s %s %s", preflight.Printable(r.Method), preflight.Printable(r.Path), statusText(r.Status))
	}})
	if err != nil {
		return err
	}
	defer server.Close()
	mail, err := servers.NewEAS(s.lab, os.DirFS(s.dir), servers.EASOptions{Now: s.now, Hosts: []string{labMailHost}, Fault: fault.mail, Log: s.logMail})
	if err != nil {
		return err
	}
	defer s.leave()
	if err := s.prepare(server); err != nil {
		return err
	}
	if err := s.tell(fault); err != nil {
		return err
	}
	return s.serve(ctx, server, mail)
}

// log tells of one request.
func (s *labServer) log(format string, args ...any) {
	s.saying.Lock()
	defer s.saying.Unlock()
	s.say(format, args...)
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
		own, err := url.Parse(s.lab.CRLBase())
		if err != nil {
			return fmt.Errorf("%s: the address of its CRLs: %w", s.dir, err)
		}
		if !s.addressGiven {
			s.address = own.Host
		}
		if err := s.alone(ctx, own.Host); err != nil {
			return err
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

// alone refuses a lab that is served already, at the address that its certificates name
// or at the one that its folder does: its token would be replaced, and its tenant is
// in the memory of the other. A file that was left behind keeps nobody from anything.
func (s *labServer) alone(ctx context.Context, own string) error {
	noted, _ := os.ReadFile(filepath.Join(s.dir, labAddress)) // mostly there is none
	for _, address := range []string{own, strings.TrimSpace(string(noted))} {
		if servers.Serves(ctx, address, s.lab) {
			return withHint(fmt.Errorf("%s is served already, at http://%s", s.dir, address), "use that one, or end it first (Ctrl-C where it was started)")
		}
	}
	return nil
}

// leave takes away what is true only while the lab is served.
func (s *labServer) leave() { os.Remove(filepath.Join(s.dir, labAddress)) }

// prepare writes what a client needs: the token, a bundle to upload, and the log of
// sign-ins.
func (s *labServer) prepare(server *servers.Server) error {
	signIns, err := servers.SignIns(s.now())
	if err != nil {
		return err
	}
	bundle, err := trust.Bundle([]trust.Entry{{Certificate: s.lab.Root.Certificate.Raw}, {Certificate: s.lab.Issuing.Certificate.Raw}})
	if err != nil {
		return err
	}
	return s.writeLab(s.dir, []lab.File{
		{Name: labAddress, Data: []byte(s.address + "\n")},
		{Name: servers.UploadFolder + "/" + labBundle, Data: bundle},
		{Name: servers.SignInsFile, Data: signIns},
		{Name: labToken, Data: []byte(server.Token() + "\n")},
	}, true)
}

// labSCEP is a server of SCEP that nobody asks: Intune's objects only name it.
const labSCEP = "https://ndes.contoso.com/certsrv/mscep/mscep.dll"

// labWelcome is what is said when a lab is served: {words} are filled in. The commands
// leave out --graph and --token-file, as the variables stand for them.
const labWelcome = `The lab of {dir} is served at {base} until it is interrupted (Ctrl-C):
  {base}/v1.0      a Microsoft Graph with a tenant in it; its token is in {token}
  {base}/beta      what that tenant has in Intune
  {base}/crl       the CRLs, as they are in {crl}
  {base}/upload    bundles (.p7b) from {upload}
  https://{mail}          Exchange ActiveSync, with a mailbox for each user of the lab

Try mail in another terminal: as a phone with the certificate, then to the inbox; and how an account with OAuth begins:
  {probe}
  {probe} --deep --accept-policy
  {probeoauth}

For the tenant, name the lab there first:
  export EASKIT_GRAPH={base} EASKIT_TOKEN_FILE={token}
In PowerShell:
  $env:EASKIT_GRAPH = "{base}"; $env:EASKIT_TOKEN_FILE = "{token}"
Or give it to each command: --graph {base} --token-file {token}

Then try:
  easkit entra inventory {signins}
  easkit check tenant {alice}.cer
  easkit entra list
  easkit entra plan {cas} --issued {alice}.cer --upload {base}/upload/{bundle} -o upload.json
  easkit entra apply upload.json
  easkit entra plan {cas} --issued {alice}.cer --store classic
  easkit entra apply easkit-plan.json --accept-outage
  easkit check cert {alice}.p12 --password-file {alice}.password --ca {cas} --allow-private
  easkit lab revoke {alice}.cer --dir {dir} > lost.txt
  easkit check crl {base}/crl/issuing.crl --ca {cas} --allow-private --serials lost.txt
  easkit intune export --ca {cas} --scep-url {scep} --group "{group}" --platform ios
  easkit intune import easkit-intune

`

// tell says what is served, and what to try.
func (s *labServer) tell(fault labFault) error {
	if fault.name != "" {
		s.say("note: the fault %s is on: %s", fault.name, fault.what)
	}
	at := func(name ...string) string { return filepath.Join(append([]string{s.dir}, name...)...) }
	text := strings.NewReplacer("{dir}", s.dir, "{base}", "http://"+s.address, "{token}", at(labToken), "{crl}", at(lab.CRLFolder),
		"{upload}", at(servers.UploadFolder), "{signins}", at(servers.SignInsFile), "{cas}", at(lab.CAFolder),
		"{alice}", at(labUsers, "alice"), "{bundle}", labBundle, "{scep}", labSCEP, "{group}", servers.MailUsers,
		"{mail}", s.mailAddress, "{probe}", labProbe(s.dir, s.mailAddress, preflight.Direct, fault.hosts...),
		"{probeoauth}", labProbe(s.dir, s.mailAddress, preflight.OAuth, append(fault.hosts, certAuthHost)...)).Replace(labWelcome)
	_, err := fmt.Fprintf(s.out, "%s"+labDanger, text, s.lab.Ends().Format(time.DateOnly))
	return err
}

// serve answers until ctx ends, which is the way for it to end.
func (s *labServer) serve(ctx context.Context, handler http.Handler, mail *servers.EAS) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: labHeadTime, ErrorLog: log.New(s.err, "easkit: ", 0)}
	withMail, endMail := context.WithCancel(ctx)
	defer endMail()
	failed, mailEnded := make(chan error, 1), make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	go func() { mailEnded <- mail.Serve(withMail, s.mailListener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving the lab: %w", err)
	case err := <-mailEnded:
		if ctx.Err() == nil {
			server.Close()
			return fmt.Errorf("serving the lab: %w", err)
		}
		mailEnded <- nil
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), labEndTime)
	defer cancel()
	if server.Shutdown(ending) != nil {
		server.Close() // what is still open then is an idle or hanging client's
	}
	<-failed
	<-mailEnded
	s.say("the lab has ended")
	return nil
}
