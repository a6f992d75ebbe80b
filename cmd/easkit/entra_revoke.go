package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/revoke"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// revokeFlags are those of entra revoke.
type revokeFlags struct {
	graphFlags
	checkFlags
	cert    string
	wait    time.Duration
	yes     bool
	another bool
}

// pollEvery is how often --wait looks at the CRL: more often than CAs publish, and
// seldom enough for their servers.
const pollEvery = 30 * time.Second

func newEntraRevoke(a *app) *cobra.Command {
	var f revokeFlags
	cmd := &cobra.Command{
		Use:   "revoke USER",
		Short: "Cut off a lost phone so that it lasts: end the sessions, and judge the CRL by when they ended",
		Long: "Ends all sessions of the user, reads back since when, and says whether the CRL makes it\n" +
			"last: it has to list the certificate, and to be newer than the end of the sessions, or the\n" +
			"phone simply signs in again. What is missing is told as what to do and after which time;\n" +
			"--wait looks again until nothing is. A phone that signs in directly has no token: the\n" +
			"commands that block it are printed.\n\n" +
			"With --since TIME the sessions were ended already, and nobody signs in.",
		Example: "  easkit entra revoke alice@contoso.com --cert alice.cer --ca cas/ --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit entra revoke alice@contoso.com --cert alice.cer --ca cas/ --since 2026-11-22T09:30:00Z --wait 2h",
		Args: exactly("USER"),
		RunE: func(_ *cobra.Command, args []string) error { return a.revoke(&f, args[0]) },
	}
	f.graphFlags.register(cmd)
	f.checkFlags.register(cmd)
	f.checkFlags.registerCRL(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.cert, "cert", "", "the certificate of the phone: `FILE`")
	flags.DurationVar(&f.wait, "wait", 0, "look again until the revocation lasts, for so long at most: `DURATION`, such as 2h")
	flags.BoolVar(&f.yes, "yes", false, "don't ask before the sessions are ended")
	flags.BoolVar(&f.another, "other-names", false, "the certificate is this user's, although it names somebody else")
	return cmd
}

func (a *app) revoke(f *revokeFlags, user string) error {
	if _, _, err := a.judgement(); err != nil {
		return err
	}
	if err := a.global.check(); err != nil {
		return err
	}
	in, err := a.revocationInput(f)
	if err != nil {
		return err
	}
	cert := in.Certificates[0].Subject.Certificate
	if cert.IsCA {
		return fmt.Errorf("--cert: %s is a CA's certificate: give the one that is in the phone", f.cert)
	}
	if in.Since, err = a.endSessions(f, user, cert); err != nil {
		return err
	}
	c := revoke.Case{User: user, Serial: in.Certificates[0].Subject.Certificate.Serial, Since: in.Since}
	try := func(context.Context) (revoke.Advice, error) { return a.adviseRevocation(f, in, c) }
	if f.wait > 0 {
		try = a.tellingChanges(try)
	}
	clock := revoke.Clock{Now: a.now, Sleep: (&graph.Client{Sleep: a.sleep}).Pause}
	advice, err := revoke.Wait(a.ctx, pollEvery, f.wait, clock, try)
	if err != nil {
		return err
	}
	return a.printAdvice(advice, c)
}

// revocationInput reads what the revocation is judged by.
func (a *app) revocationInput(f *revokeFlags) (in audit.Input, err error) {
	if f.cert == "" {
		return in, withHint(errors.New("which certificate is to be cut off is not said"), "give it with --cert FILE (its public part is enough)")
	}
	failed, err := a.readSubjects([]string{f.cert}, &in)
	switch {
	case err != nil:
		return in, err
	case failed != nil || len(in.Certificates) != 1 || in.Certificates[0].Subject == nil || in.Certificates[0].Subject.Certificate == nil:
		return in, fmt.Errorf("--cert: %s: it does not hold one certificate that is understood", f.cert)
	}
	cas, err := expand(f.cas, certificateExtensions)
	if err != nil {
		return in, fmt.Errorf("--ca: %w", err)
	}
	if in.CAs, err = a.readAuthorities(cas); err != nil {
		return in, fmt.Errorf("--ca: %w", in.CAs[0].Err)
	}
	if in.CRLs, err = f.crlSources(a, f.crls); err != nil {
		return in, fmt.Errorf("--crl: %w", err)
	}
	return in, nil
}

// endSessions ends the sessions of a user and says since when; with --since that was
// done already.
func (a *app) endSessions(f *revokeFlags, user string, cert *certs.Certificate) (time.Time, error) {
	if f.since != "" {
		at, err := f.sinceTime()
		if err == nil {
			err = f.belongs(cert, entra.User{UPN: user, Mail: user, ProxyAddresses: []string{user}})
		}
		if err == nil {
			a.say("note: %s was not looked up, as nobody signs in with --since", preflight.Printable(user))
		}
		return at, err
	}
	s, _, err := a.judgement()
	if err != nil {
		return time.Time{}, err
	}
	client, err := f.client(a, s)
	if err != nil {
		return time.Time{}, err
	}
	u, err := client.User(a.ctx, user)
	if graph.IsStatus(err, http.StatusNotFound) {
		return time.Time{}, fmt.Errorf("the tenant has no user %q", user)
	}
	if err == nil {
		err = f.belongs(cert, directoryUser(u))
	}
	if err != nil {
		return time.Time{}, err
	}
	if err := a.confirm(f.yes, fmt.Sprintf("End all sessions of %s? Every app and phone of this user has to sign in again.", user)); err != nil {
		return time.Time{}, err
	}
	who, since, err := revoke.Sessions(a.ctx, client, user, revoke.Options{Say: a.say, Now: a.now})
	if err != nil {
		return time.Time{}, err
	}
	a.say("the sessions of %s ended; give %s as --since to look again", preflight.Printable(who.UserPrincipalName), since.UTC().Format(time.RFC3339Nano))
	return since, nil
}

// directoryUser is a user of Graph as exports have one.
func directoryUser(u graph.User) entra.User {
	d := entra.User{ID: u.ID, UPN: u.UserPrincipalName, Mail: u.Mail, OnPremisesUPN: u.OnPremisesUserPrincipalName}
	for _, p := range u.ProxyAddresses {
		d.ProxyAddresses = append(d.ProxyAddresses, strings.TrimPrefix(strings.TrimPrefix(p, "smtp:"), "SMTP:"))
	}
	if u.AuthorizationInfo != nil {
		d.CertificateUserIDs = u.AuthorizationInfo.CertificateUserIDs
	}
	return d
}

// belongs refuses a certificate that names others than the user: the wrong phone would
// be taken for cut off.
func (f *revokeFlags) belongs(cert *certs.Certificate, u entra.User) error {
	if f.another {
		return nil
	}
	users := entra.NewUsers([]entra.User{u})
	var bindings []entra.Binding
	for _, field := range entra.Fields() {
		bindings = append(bindings, entra.Binding{Field: field, Property: entra.UserIDs})
	}
	h := &entra.Holder{Certificate: cert, Users: users, Bindings: bindings}
	if h.User(preflight.Scenario{}.WithDefaults()) != nil {
		return nil
	}
	names := slices.Concat(cert.Values(certs.KindUPN), cert.Values(certs.KindEmail))
	slices.Sort(names)
	names = slices.Compact(names)
	return withHint(fmt.Errorf("--cert: %s names %s, and the sessions to end are those of %s", f.cert, preflight.Printable(cmp.Or(strings.Join(names, ", "), "nobody")), preflight.Printable(u.UPN)),
		"give the certificate of this user's phone; --other-names takes it all the same")
}

// tellingChanges says what is missing whenever that changes.
func (a *app) tellingChanges(try func(context.Context) (revoke.Advice, error)) func(context.Context) (revoke.Advice, error) {
	told := ""
	return func(ctx context.Context) (revoke.Advice, error) {
		advice, err := try(ctx)
		if text := strings.Join(advice.Todo, "; "); err == nil && !advice.Lasts && text != told {
			a.say("waiting: %s", text)
			told = text
		}
		return advice, err
	}
}

// adviseRevocation judges the certificate and the CRLs once.
func (a *app) adviseRevocation(f *revokeFlags, in audit.Input, c revoke.Case) (revoke.Advice, error) {
	s, _, err := a.judgement()
	if err != nil {
		return revoke.Advice{}, err
	}
	opts, err := f.options(a, s)
	if err != nil {
		return revoke.Advice{}, err
	}
	in.Certificates[0].Subject = &certs.Subject{Certificate: in.Certificates[0].Subject.Certificate, InFile: in.Certificates[0].Subject.InFile}
	report, err := audit.Run(a.ctx, s, in, opts)
	if err != nil {
		return revoke.Advice{}, err
	}
	var findings []preflight.Finding
	for _, sub := range report.Subjects {
		if sub.Kind == "certificate" || sub.Kind == "crl" {
			findings = append(findings, sub.Findings...)
		}
	}
	return revoke.Judge(findings, c), nil
}

// revocation is what entra revoke prints in JSON.
type revocation struct {
	User   string    `json:"user"`
	Serial string    `json:"serial"`
	Since  time.Time `json:"signInSessionsValidFromDateTime"`
	revoke.Advice
}

func (a *app) printAdvice(advice revoke.Advice, c revoke.Case) error {
	var err error
	if a.global.format == formatJSON {
		err = a.printJSON(revocation{c.User, fmt.Sprintf("%X", c.Serial), c.Since.UTC(), advice})
	} else {
		err = a.print(adviceText(advice, c))
	}
	if err == nil && !advice.Lasts && a.global.failOn != failNever {
		err = errFindings
	}
	return err
}

func adviceText(advice revoke.Advice, c revoke.Case) []byte {
	var b bytes.Buffer
	verdict, until := "does NOT last yet", "Until then, or for a while yet, this works"
	if advice.Lasts {
		verdict, until = "lasts", "For a while yet, this works"
	}
	fmt.Fprintf(&b, "The revocation of %s, certificate %X, %s (sessions ended at %s).\n", preflight.Printable(c.User), c.Serial, verdict, c.Since.UTC().Format(time.RFC3339))
	for _, part := range []struct {
		title string
		lines []string
	}{{"To do", advice.Todo}, {until, advice.Still}, {"Exchange Online PowerShell, for a phone that signs in directly", advice.Commands}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n", part.title)
		for _, line := range part.lines {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.Bytes()
}
