package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/revoke"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/probe"
)

// probeFlags are those of probe.
type probeFlags struct {
	p12, host, email, user     string
	roots, connect             []string
	deep, acceptPolicy         bool
	signIn, clientID, tenantID string
	manifest, passwords        string
	key                        keyFlags
	sample                     sampleSize
	asUsers                    bool
	timeout                    time.Duration
	target                     targetFlags
}

func newProbe(a *app) *cobra.Command {
	var f probeFlags
	cmd := &cobra.Command{
		Use:   "probe PROFILE|HOST",
		Short: "Try an account against its server, as the phone would",
		Long: "Takes certificate and server out of a profile for iPhone or Android, or from the flags,\n" +
			"and goes the phone's way to the server step by step: its name, the connection, TLS, the\n" +
			"certificate, ActiveSync, where the server sends to. It says at which step mail would not\n" +
			"come, and why. Sign-in is the profile's own unless --auth says otherwise.\n\n" +
			"It asks for OPTIONS, which leaves nothing in the mailbox; servers log the sign-in. --deep\n" +
			"goes on to the folders, the policy and the inbox, and makes a device partnership. With\n" +
			"auth oauth, --sign-in opens the browser for a token; without it, what can be seen of the\n" +
			"sign-in is looked at. --manifest tries a sample of a rollout's users.\n\n" +
			"easkit help probe has every step, what is sent, and what it leaves behind.",
		Example: "  easkit probe alice.mobileconfig --password-file alice.password\n" +
			"  easkit probe --p12 alice.p12 --host mail.contoso.com --auth direct --deep\n" +
			"  easkit probe alice.mobileconfig --auth direct --connect 127.0.0.1:8443 --roots easkit-lab/root.pem\n" +
			"  easkit probe mail.contoso.com\n" +
			"  easkit probe --manifest results --passwords passwords.csv --sample 20 --as-users",
		Args: f.arguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.outputFree(); err != nil { // once people were signed in is too late
				return err
			}
			if f.manifest != "" {
				return a.probeSample(cmd.Context(), &f)
			}
			return a.probe(cmd.Context(), &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *probeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.sample = defaultSample
	flags.StringVar(&f.p12, "p12", "", "try with the certificate and key in this `FILE`, in place of the profile's")
	flags.StringVar(&f.host, "host", "", "the server: `HOST[:PORT]`, in place of the profile's")
	flags.StringVar(&f.email, "email", "", "the account's mail `ADDRESS` (default: from the profile or the certificate)")
	flags.StringVar(&f.user, "user", "", "the `UPN` that the phone signs in as (default: from the profile or the certificate)")
	flags.StringArrayVar(&f.roots, "roots", nil, "whom phones trust as servers: the roots in this `FILE` or folder (default: the system's; repeatable)")
	flags.StringArrayVar(&f.connect, "connect", nil, "connect to this address in place of looking the name up: `ADDR[:PORT]` for the account's host, HOST=ADDR[:PORT] for another, which certificate and token may then be sent on to (repeatable)")
	flags.BoolVar(&f.deep, "deep", false, "look into the mailbox: folders, policy, inbox; this makes a device partnership")
	flags.BoolVar(&f.acceptPolicy, "accept-policy", false, "accept the policy that the server demands, in the device's name, for --deep")
	flags.StringVar(&f.signIn, "sign-in", "", "get a token for oauth in the browser; where there is none, --sign-in=device-code: `browser|device-code`")
	flags.Lookup("sign-in").NoOptDefVal = string(graph.Browser)
	flags.StringVar(&f.clientID, "client-id", "", "the `ID` of your own application, for --sign-in (easkit help probe)")
	flags.StringVar(&f.tenantID, "tenant-id", "", "the directory to sign in to: an `ID` or one of its domains (default: the domain of the account's user)")
	flags.StringVar(&f.manifest, "manifest", "", "try users of a rollout: the `DIR` or URL of its results, or the manifest in it")
	flags.Var(&f.sample, "sample", "how many of them, `N`: the same ones each time")
	flags.BoolVar(&f.asUsers, "as-users", false, "sign in as each of them; without it the list of them is printed, and nothing is sent")
	flags.StringVar(&f.passwords, "passwords", "", "a table of users, and the passwords of their identities: `FILE` (CSV), where profiles don't hold them")
	flags.DurationVar(&f.timeout, "timeout", probe.DefaultTimeout, "how long each step may take: `DURATION`, as 30s")
	f.key.register(cmd)
	f.target.register(cmd)
	for _, name := range []string{"sign-in", "client-id", "tenant-id"} { // of Microsoft Graph elsewhere
		flags.Lookup(name).Annotations = map[string][]string{onCallOnly: {}}
	}
}

// arguments wants what is to be tried.
func (f *probeFlags) arguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1 && (args[1] == string(graph.Browser) || args[1] == string(graph.DeviceCode)):
		return withHint(fmt.Errorf("it takes one profile or host, and %q is another", args[1]), "--sign-in=%s, with an equals sign", args[1])
	case f.manifest != "" && len(args) > 0:
		return withHint(errors.New("--manifest tries a rollout's users, and a profile or host is for one"), "give one of the two")
	case f.manifest == "" && f.asUsers:
		return withHint(errors.New("--as-users is for the users of a rollout"), "add --manifest FILE")
	case f.manifest == "" && f.key.given():
		flag, _ := f.key.flag()
		return withHint(errors.New(flag+" is for the users of a rollout"), "add --manifest FILE; easkit rollout open gets the profile of one user out of it")
	case f.timeout <= 0 || f.timeout > maxTimeout:
		return fmt.Errorf("--timeout %v is not over 0s and up to %v", f.timeout, maxTimeout)
	case f.manifest != "", len(args) == 0 && (f.p12 != "" || f.host != ""):
		return nil
	}
	return exactly("PROFILE or HOST")(cmd, args)
}

// probe tries one account.
func (a *app) probe(ctx context.Context, f *probeFlags, args []string) error {
	s, err := a.scenario()
	if err != nil {
		return err
	}
	ignore, err := a.global.ignored()
	if err != nil {
		return err
	}
	o, err := a.probeOptions(f)
	if err != nil {
		return err
	}
	t, err := a.probeTarget(f, args, s)
	if err != nil {
		return err
	}
	if err := f.fit(t); err != nil {
		return err
	}
	if o.SignIn, err = a.probeSignIn(f, t); err != nil {
		return err
	}
	if err := a.inputsKept(); err != nil {
		return err
	}
	a.tellDeep(f, t)
	e, err := probe.Run(ctx, t, o)
	a.tellPartnership(f, t, e)
	if err != nil {
		return err
	}
	s = t.Account.Scenario(s)
	report := preflight.NewReport(s)
	report.Add("account", t.Name, append(probe.JudgeAccount(s, e), probe.Judge(s, e)...), ignore).Facts = e.Facts()
	if err := a.writeProbe(report, e); err != nil {
		return err
	}
	return failOn(a.global.failOn, report)
}

// inputsKept refuses a file of -o that is one of the call's inputs, all of which have
// been read.
func (a *app) inputsKept() error {
	if a.global.output == "" || a.global.output == stdout {
		return nil
	}
	return a.refuseInput(a.global.output)
}

// fit refuses what can't be done with the account.
func (f *probeFlags) fit(t probe.Target) error {
	oauth := t.Account.Auth == preflight.OAuth
	switch {
	case f.acceptPolicy && !f.deep:
		return withHint(errors.New("--accept-policy answers what only --deep asks for"), "add --deep")
	case f.signIn != "" && !oauth:
		return withHint(errors.New("--sign-in is for a token, and the account signs in directly, by its certificate"), "leave --sign-in out, or give --auth oauth")
	case f.deep && oauth && f.signIn == "":
		return withHint(errors.New("--deep needs a token, since the account signs in by oauth"), "add --sign-in --client-id ID; on Exchange Server, --auth direct may be meant")
	case f.deep && t.Account.User == "":
		return withHint(errors.New("--deep looks into a mailbox, and nobody says whose"), "give --email ADDRESS")
	}
	return nil
}

// tellDeep says what --deep leaves behind, before it does.
func (a *app) tellDeep(f *probeFlags, t probe.Target) {
	if f.deep {
		a.say("note: once it is let in, --deep makes a device partnership in the mailbox of %s, which user and admins see: DeviceId %s", preflight.Printable(t.Mailbox()), probe.DeviceID(t.Account))
	}
}

// tellPartnership says how to remove what --deep has made. Of a run that was interrupted
// there is no evidence, and it may have come so far.
func (a *app) tellPartnership(f *probeFlags, t probe.Target, e *probe.Evidence) {
	switch {
	case !f.deep:
	case e != nil && e.Deep == nil:
		a.say("note: no device partnership was made: it did not come to that")
	default:
		a.say("note: to remove the device partnership, in Exchange's PowerShell:")
		a.say("  %s", revoke.RemoveCommand(t.Mailbox(), probe.DeviceID(t.Account)))
	}
}
