package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// The times of a portal: how often what has ended is deleted, and how long downloads may
// go on when it is to end.
const (
	purgeEvery = time.Minute
	serveEnd   = 10 * time.Second
)

// portalAddress is where a portal is served unless the call says otherwise.
const portalAddress = "127.0.0.1:8443"

// serveFlags are those of serve.
type serveFlags struct {
	sourceFlags
	dataFlags
	deskFlags
	mailFlags
	acmeFlags
	operatorFlags
	address, audit  string
	tlsCert, tlsKey string
	life            string // of the help desk's links
}

func newServe(a *app) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve DIR|MANIFEST|URL",
		Short: "Serve the portal: one-time links that put a profile on the phone, and a help desk's pages",
		Long: "Serves the links that easkit ticket makes, and pages for the help desk, until it is\n" +
			"interrupted. The files are those of a rollout (its folder or container, or a manifest in\n" +
			"it), or of a folder with NAME.mobileconfig and NAME-android, such as quickstart writes.\n\n" +
			"HTTP is for loopback alone: to try it, or behind a proxy that does TLS (--origin says then\n" +
			"what visitors see). Elsewhere it takes --tls-cert and --tls-key, which are read again when\n" +
			"they change, or --acme, which gets a certificate from Let's Encrypt or another ACME server.\n\n" +
			"Tickets that the help desk asks for are made at once where the files can be opened (with\n" +
			"--key-file, or when they are not encrypted) and the link has a way of its own: by mail\n" +
			"(--smtp), or with a sign-in. Others wait for easkit ticket make --pending. What is done is\n" +
			"logged as JSON, without secrets. What users fetched of a rollout is noted there as handed out.\n\n" +
			"easkit help portal has the whole of it, easkit help sign-in how people sign in.",
		Example: "  easkit serve easkit-quickstart\n" +
			"  easkit serve results --listen :443 --tls-cert portal.pem --tls-key portal.key --key-file company.agekey \\\n" +
			"      --passwords passwords.csv --admin-token-file desk.token --audit portal.jsonl\n" +
			"  easkit serve results --listen :443 --acme mail-setup.contoso.com --acme-agree --acme-email admin@contoso.com\n" +
			"  easkit serve results --origin https://mail-setup.contoso.com --oidc-client-id ID \\\n" +
			"      --oidc-issuer https://login.microsoftonline.com/TENANT/v2.0 --desk-role helpdesk",
		Args: exactly("DIR|MANIFEST|URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s := portalServer{app: a, flags: &f, target: args[0]}
			if err := s.open(cmd.Context()); err != nil {
				return errors.Join(err, s.close())
			}
			err := s.tell(cmd.Context())
			if err == nil {
				err = s.serve(cmd.Context())
			}
			return errors.Join(err, s.close())
		},
	}
	flags := cmd.Flags()
	registerServeAddress(cmd, &f)
	flags.StringVar(&f.tlsCert, "tls-cert", "", "the server's certificate, with those above it: `FILE` (PEM)")
	flags.StringVar(&f.tlsKey, "tls-key", "", "its key: `FILE` (PEM, not encrypted)")
	flags.StringVar(&f.audit, "audit", "", "append the log to this `FILE` (default: standard error)")
	registerLife(cmd, &f.life, "how long the links live that the help desk makes")
	f.sourceFlags.register(cmd)
	f.dataFlags.register(cmd)
	f.deskFlags.register(cmd)
	f.mailFlags.register(cmd)
	f.acmeFlags.register(cmd)
	f.operatorFlags.register(cmd)
	return cmd
}

func registerServeAddress(cmd *cobra.Command, f *serveFlags) {
	cmd.Flags().StringVar(&f.address, "listen", portalAddress, "the `ADDRESS:PORT` to serve the portal at; port 0 is any that is free")
}

// portalServer is a portal that is about to be served, or is.
type portalServer struct {
	*app
	flags  *serveFlags
	target string

	pair     *tlsPair         // nil for none
	acme     *acmeCertificate // nil for none; with neither it is HTTP
	listener net.Listener
	origin   string
	life     time.Duration // of the help desk's links; 0 for the default
	operator portal.Operator
	source   usersFiles
	counts   userCounts
	lock     *folderLock
	store    *ticket.Store
	log      *slog.Logger
	audit    *os.File // nil for standard error
	portal   *portal.Portal
	noting   *handNoter // nil before the portal serves
	server   *http.Server
	failed   chan error // has why the server ended
}

// open gets ready to serve.
func (s *portalServer) open(ctx context.Context) error {
	if s.global.at != "" {
		return errors.New("--at is not for serve: servers live in the present")
	}
	if err := checkPlaces(s.target, s.flags.data); err != nil {
		return err
	}
	if err := refuseOpenFolder(s.flags.data); err != nil {
		return err
	}
	var err error
	for _, step := range []func(context.Context) error{
		func(context.Context) error { s.life, err = parseLife(s.flags.life); return err },
		func(context.Context) error { s.operator, err = s.flags.operator(); return err },
		func(context.Context) error { s.pair, err = s.readTLS(s.flags.tlsCert, s.flags.tlsKey); return err },
		func(context.Context) error { s.acme, err = s.readACME(&s.flags.acmeFlags); return err },
		func(ctx context.Context) error {
			s.source, err = s.openUsersFiles(ctx, s.target, &s.flags.sourceFlags)
			return err
		},
		func(ctx context.Context) error { s.counts, err = s.source.counts(ctx); return err },
		s.listen,
		func(context.Context) error { s.origin, err = s.originOf(s.flags.origin, s.listener.Addr()); return err },
		func(context.Context) error { return s.openLog() },
		func(ctx context.Context) error { s.lock, err = s.lockFolder(ctx, s.flags.data); return err },
		func(ctx context.Context) error { s.store, err = ticket.Open(ctx, s.flags.data, s.now); return err },
		s.openPortal,
		s.start,
		func(context.Context) error { return s.note() },
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// checkAddress wants TLS but on loopback. The hint says what to do without.
func checkAddress(address string, overTLS bool, hint string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return withHint(fmt.Errorf("--listen %q is no address with a port", address), "give --listen %s", portalAddress)
	}
	if !overTLS && !certs.LoopbackHost(host) {
		return withHint(fmt.Errorf("--listen %s can be reached by others, and what is handed out are keys: HTTP is for loopback alone", address), "%s", hint)
	}
	return nil
}

// listen begins to take connections, which wait until start.
func (s *portalServer) listen(ctx context.Context) error {
	if err := checkAddress(s.flags.address, s.overTLS(), "give --tls-cert FILE --tls-key FILE, or --acme HOST, or leave out --listen"); err != nil {
		return err
	}
	var err error
	var config net.ListenConfig
	if s.listener, err = config.Listen(ctx, "tcp", s.flags.address); err != nil {
		host, _, _ := net.SplitHostPort(s.flags.address)
		return withHint(fmt.Errorf("--listen: %w", err), "give --listen %s, with a port that is free", net.JoinHostPort(host, "PORT"))
	}
	return nil
}

// openLog opens what the log is written to.
func (s *portalServer) openLog() (err error) {
	if s.flags.audit == "" {
		s.log = portal.NewAudit(s.err)
		return nil
	}
	if err := s.refuseInput(s.flags.audit); err != nil {
		return err
	}
	if s.audit, err = os.OpenFile(s.flags.audit, os.O_WRONLY|os.O_CREATE|os.O_APPEND, keyfile.FileMode); err != nil {
		return fmt.Errorf("--audit: %w", err)
	}
	s.log = portal.NewAudit(s.audit)
	return nil
}

// openPortal joins all parts.
func (s *portalServer) openPortal(ctx context.Context) error {
	o := portal.Options{Store: s.store, Origin: s.origin, Source: s.source, Log: s.log, Life: s.life, Now: s.now, Operator: s.operator}
	var err error
	if o.Admin, err = s.adminToken(s.flags.adminFile); err != nil {
		return err
	}
	if o.OIDC, err = s.signInOf(ctx, &s.flags.deskFlags); err != nil {
		return err
	}
	if o.Mail, err = s.mailer(&s.flags.mailFlags, s.operator); err != nil {
		return err
	}
	s.portal, err = portal.New(o)
	return err
}

// close ends the use of everything that was opened.
func (s *portalServer) close() error {
	var all []error
	s.acme.close()
	if s.server != nil {
		s.server.Close() // mostly it has ended by now
	}
	if s.listener != nil {
		s.listener.Close() // mostly it is by now
	}
	s.noting.close()
	if s.store != nil {
		all = append(all, s.store.Close())
	}
	if s.lock != nil {
		all = append(all, s.lock.release())
	}
	if s.source != nil {
		all = append(all, s.source.Close())
	}
	if s.audit != nil {
		all = append(all, s.audit.Close())
	}
	return errors.Join(all...)
}

// start begins to answer, and gets the certificate by ACME, for which it has to.
func (s *portalServer) start(ctx context.Context) error {
	s.server, s.failed = portal.NewServer(s.portal), make(chan error, 1)
	if s.acme != nil {
		s.acme.keepIn(s.flags.data, s.log)
	}
	go func() { s.failed <- s.listenTo(s.server) }()
	if s.acme == nil {
		return nil
	}
	return s.acme.obtain(ctx, s.log, s.say)
}

// serve answers until ctx ends, which is the way for it to end.
func (s *portalServer) serve(ctx context.Context) error {
	s.noting = newHandNoter(s.store, s.source, s.log)
	s.noting.begin(ctx)
	tick := time.NewTicker(purgeEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-s.failed:
			return fmt.Errorf("serving the portal: %w", err)
		case <-tick.C:
			s.maintain(ctx)
		case <-ctx.Done():
			return s.shutDown(ctx)
		}
	}
}

func (s *portalServer) listenTo(server *http.Server) error {
	switch {
	case s.acme != nil:
		s.acme.configure(server.TLSConfig)
	case s.pair != nil:
		server.TLSConfig.GetCertificate = s.pair.certificate
	default:
		return server.Serve(s.listener)
	}
	return server.ServeTLS(s.listener, "", "")
}

// maintain deletes what has ended, forgets what a portal holds too long in memory, and takes
// a certificate that was renewed.
func (s *portalServer) maintain(ctx context.Context) {
	if err := s.store.Purge(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "deleting what has ended", "err", err)
	}
	s.portal.Tidy()
	if changed, err := s.pair.renew(); err != nil {
		s.log.ErrorContext(ctx, "reading the renewed certificate: the old one stays", "err", err)
	} else if changed {
		s.log.InfoContext(ctx, "tls.renewed")
	}
}

// shutDown lets downloads end, deletes what has ended, and notes what was fetched.
func (s *portalServer) shutDown(ctx context.Context) error {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveEnd)
	defer cancel()
	if s.server.Shutdown(ending) != nil {
		s.server.Close() // what is still open then is a hanging client's
	}
	<-s.failed
	err := s.store.Purge(ending)
	s.noting.end(ending)
	s.say("the portal has ended")
	return err
}
