package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
)

// run is the whole program: it returns the exit status and touches nothing but
// sys and the files that the call names.
func run(ctx context.Context, args []string, sys system) int {
	a := &app{system: sys, ctx: ctx}
	defer a.closeSigners()
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(sys.in)
	root.SetOut(sys.out)
	root.SetErr(sys.err)
	err := root.ExecuteContext(ctx)
	status, _ := exitOf(err)
	if err != nil && !errors.Is(err, errFindings) && !errors.Is(err, errInputs) {
		sys.printError(err)
	}
	return status
}

// printError prints an error and what to do about it, a line each.
func (s system) printError(err error) {
	status, hint := exitOf(err)
	if status == exitInterrupted {
		fmt.Fprintf(s.err, "easkit: interrupted%s\n", beside(err, context.Canceled))
		return
	}
	fmt.Fprintf(s.err, "easkit: error: %s\n", oneLine(err))
	if hint != "" {
		fmt.Fprintf(s.err, "easkit: hint: %s\n", hint)
	}
}

// beside is what an error says more than its cause: how far what was interrupted had
// come.
func beside(err, cause error) string {
	if text := oneLine(err); text != cause.Error() {
		return ": " + text
	}
	return ""
}

// oneLine keeps an error to a line of printing letters, whatever a library or a
// file put into it.
func oneLine(err error) string {
	return preflight.Printable(strings.Join(strings.Fields(err.Error()), " "))
}

// app is what the commands share: the world, and the flags that hold everywhere.
type app struct {
	system
	ctx     context.Context // of the call: cobra hands it to commands, prompts need it too
	global  globalFlags
	asking  sync.Mutex // held while a prompt is on the screen
	stdin   string     // what standard input was read for, once it was
	inputs  inputs
	signers []*signer.Signer // those that hold something open, until the call ends
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "easkit",
		Short: "Mail profiles for phones that sign in with a certificate",
		Long: "easkit turns a user's certificate into a mail account on a phone: a signed iOS\n" +
			"profile, or an Android managed configuration. It says beforehand whether the\n" +
			"account will work, and why not.\n\n" +
			"Start with: easkit quickstart",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return a.fromEnvironment(cmd.Flags())
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return withHint(err, "%s --help", cmd.CommandPath())
	})
	a.global.register(root.PersistentFlags())
	root.AddCommand(newQuickstart(a), newIOS(a), newAndroid(a), newDiff(a), newMigrate(a), newSign(a), newVerify(a), newShow(a), newCheck(a), newExplain(a), newRollout(a), newProbe(a), newEntra(a), newIntune(a), newServe(a), newTicket(a), newTemplate(a), newLab(a))
	root.AddCommand(extraCommands()...)
	root.AddCommand(helpTopics()...)
	root.SetHelpCommand(newHelp())
	return root
}

// version is the module's version, and the day of the facts that it judges by.
func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s (facts as of 2026-11-21; direct sign-in to Exchange Online taken to end on %s)", v, preflight.RetirementDay.Format("2006-01-02"))
}

// number is the version without the day of its facts.
func number() string {
	n, _, _ := strings.Cut(version(), " ")
	return n
}

// envPrefix starts the names of the variables that set flags.
const envPrefix = "EASKIT_"

// dangerous are the flags that allow a dangerous step: they are given on the
// call or not at all.
var dangerous = []string{"force", "deep", "as-users", "yes", "ignore", "adopt", "accept-outage", "reissue", "agree", "remove", "exact", "allow-reinstall", "accept-policy", "allow-private", "help", "version"}

// passwordFlags say the same thing in two ways: one of them on the call keeps
// both of their variables out.
var passwordFlags = []string{"password-file", "password-env"}

// onCallOnly marks a flag that no variable sets for its command, since the variable is
// meant for another's flag of that name.
const onCallOnly = "easkit/on-call-only"

// fromEnvironment sets each flag that the call leaves out from its variable.
func (a *app) fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	passwordGiven := slices.ContainsFunc(passwordFlags, flags.Changed)
	flags.VisitAll(func(f *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := a.env(name)
		if !ok || value == "" || f.Changed || f.Annotations[onCallOnly] != nil || slices.Contains(dangerous, f.Name) || passwordGiven && slices.Contains(passwordFlags, f.Name) {
			return
		}
		if err := flags.Set(f.Name, value); err != nil && failed == nil {
			failed = fmt.Errorf("environment variable %s: %w", name, err)
		}
	})
	return failed
}
