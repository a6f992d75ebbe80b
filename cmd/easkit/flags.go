package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// The values of --fail-on and --format.
const (
	failWarn  = "warn"
	failFail  = "fail"
	failNever = "never"

	formatText  = "text"
	formatJSON  = "json"
	formatHTML  = "html"
	formatJUnit = "junit"
	formatSARIF = "sarif"
)

// reportFormats are the forms of a report. What else is printed has the first
// two.
var reportFormats = []string{formatText, formatJSON, formatHTML, formatJUnit, formatSARIF}

// globalFlags are the flags that hold for every command.
type globalFlags struct {
	auth, issuer, mailbox, cloud string
	at                           string
	format                       string
	failOn                       string
	ignore                       []string
	ios, android                 majorVersion
	output                       string
	force, quiet, verbose        bool
	passwordFile, passwordEnv    string
}

func (g *globalFlags) register(f *pflag.FlagSet) {
	f.StringVar(&g.auth, "auth", "", "how the phone signs in: "+choice(preflight.Auths)+" (default: by the mailbox)")
	f.StringVar(&g.issuer, "issuer", "", "who issues the tokens of oauth: "+choice(preflight.Issuers))
	f.StringVar(&g.mailbox, "mailbox", "", "where the mailbox is: "+choice(preflight.Mailboxes))
	f.StringVar(&g.cloud, "cloud", "", "the Microsoft cloud: "+choice(preflight.Clouds))
	f.StringVar(&g.at, "at", "", "judge as of this `TIME`: RFC 3339, or a date in UTC")
	f.StringVar(&g.format, "format", formatText, "form of what is printed: `text|json`, or html|junit|sarif for a report")
	f.StringVar(&g.failOn, "fail-on", failFail, "exit with 1 from this verdict on: `warn|fail|never`")
	f.StringArrayVar(&g.ignore, "ignore", nil, "leave a check's findings out of the verdict, but for cert.user: `ID=REASON` (repeatable)")
	g.ios, g.android = preflight.DefaultIOS, preflight.DefaultAndroid
	f.Var(&g.ios, "ios", "the oldest iOS `VERSION` to serve")
	f.Var(&g.android, "android", "the oldest Android `VERSION` to serve")
	f.StringVarP(&g.output, "output", "o", "", "where results go: `FILE|DIR`, or - for standard output")
	f.BoolVar(&g.force, "force", false, "replace files that exist")
	f.BoolVar(&g.quiet, "quiet", false, "print results only")
	f.BoolVar(&g.verbose, "verbose", false, "print what passed as well, with the source of each check")
	f.StringVar(&g.passwordFile, "password-file", "", "read the password of the identity from the first line of this `FILE`, or - for standard input")
	f.StringVar(&g.passwordEnv, "password-env", "", "read the password of the identity from this environment `VARIABLE`")
}

// choice is the words that a flag takes, as help shows them.
func choice[T ~string](words []T) string {
	return "`" + strings.ReplaceAll(preflight.Join(words), ", ", "|") + "`"
}

// majorVersion is a flag that takes 17 or 17.4, of which the first number counts.
type majorVersion int

// maxVersion is beyond any phone's: years are how Apple counts since 26.
const maxVersion = 99

// Set reads a version.
func (v *majorVersion) Set(s string) error {
	major, _, _ := strings.Cut(s, ".")
	n, err := strconv.Atoi(major)
	if err != nil || n < 1 || n > maxVersion {
		return fmt.Errorf("%q is not a version, such as 17 or 17.4", s)
	}
	*v = majorVersion(n)
	return nil
}

// String is the number, for help.
func (v *majorVersion) String() string { return strconv.Itoa(int(*v)) }

// Type names the value, for help.
func (*majorVersion) Type() string { return "version" }

// atLeastOne and exactly say in words which argument is missing.
func atLeastOne(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return withHint(fmt.Errorf("there is no %s to work on", noun), "easkit %s", strings.TrimPrefix(cmd.UseLine(), "easkit "))
		}
		return nil
	}
}

func exactly(noun string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return withHint(fmt.Errorf("it takes one %s, not %d", noun, len(args)), "%s --help", cmd.CommandPath())
		}
		return atLeastOne(noun)(cmd, args)
	}
}

// overrides reads the flags that say what kind of account it is.
func (g *globalFlags) overrides() (profiles.Overrides, error) {
	var o profiles.Overrides
	for _, set := range []func() error{
		func() error { return setWord(&o.Auth, "--auth", g.auth, preflight.Auths) },
		func() error { return setWord(&o.Issuer, "--issuer", g.issuer, preflight.Issuers) },
		func() error { return setWord(&o.Mailbox, "--mailbox", g.mailbox, preflight.Mailboxes) },
		func() error { return setWord(&o.Cloud, "--cloud", g.cloud, preflight.Clouds) },
	} {
		if err := set(); err != nil {
			return o, err
		}
	}
	return o, nil
}

func setWord[T ~string](to *T, flag, value string, allowed []T) (err error) {
	if value != "" {
		*to, err = preflight.Word(flag, value, allowed)
	}
	return err
}

// scenario is what to judge for, as far as flags say; defaults are the caller's
// to fill in once a template or host has had its say.
func (a *app) scenario() (preflight.Scenario, error) {
	s, err := a.asked()
	if err != nil {
		return s, err
	}
	return s, a.global.checkReport()
}

// asked is what flags say of the scenario, for a command that writes no report.
func (a *app) asked() (preflight.Scenario, error) {
	g := &a.global
	s := preflight.Scenario{At: a.now(), Now: a.now(), IOS: int(g.ios), Android: int(g.android)}
	o, err := g.overrides()
	if err != nil {
		return s, err
	}
	s.Auth, s.Issuer, s.Mailbox, s.Cloud = o.Auth, o.Issuer, o.Mailbox, o.Cloud
	if g.at != "" {
		if s.At, err = parseTime("--at", g.at); err != nil {
			return s, err
		}
	}
	return s, nil
}

// judgement is what commands that only judge need: the whole scenario, and what
// to leave out of the verdict.
func (a *app) judgement() (preflight.Scenario, map[string]string, error) {
	s, err := a.scenario()
	if err != nil {
		return s, nil, err
	}
	ignore, err := a.global.ignored()
	return s.WithDefaults(), ignore, err
}

// checkReport looks at the flags whose values are words, for a command that
// writes a report.
func (g *globalFlags) checkReport() error {
	if _, err := preflight.Word("--format", g.format, reportFormats); err != nil {
		return err
	}
	_, err := preflight.Word("--fail-on", g.failOn, []string{failWarn, failFail, failNever})
	return err
}

// check is checkReport for a command that prints something else, which has no
// form but text and JSON.
func (g *globalFlags) check() error {
	if err := g.checkReport(); err != nil {
		return err
	}
	if g.format != formatText && g.format != formatJSON {
		return fmt.Errorf("--format %s is for reports, and this command writes none: it prints text or json", g.format)
	}
	return nil
}

func parseTime(flag, s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q is neither a date (2027-01-31) nor a time with its zone (2027-01-31T08:00:00Z, 2027-01-31T09:00:00+01:00)", flag, s)
}

// ignored reads --ignore. A check must exist to be ignored, or a slip of the
// pen would pass for a decision. Whose certificate it is can't be ignored.
func (g *globalFlags) ignored() (map[string]string, error) {
	ignore := map[string]string{}
	for _, item := range g.ignore {
		id, reason, ok := strings.Cut(item, "=")
		switch {
		case !ok || strings.TrimSpace(reason) == "":
			return nil, fmt.Errorf("--ignore %q gives no reason: write ID=REASON", item)
		case id == "cert.user":
			return nil, fmt.Errorf("--ignore %q: whose certificate it is can't be ignored", item)
		case !slices.ContainsFunc(catalogue(), func(i preflight.Info) bool { return i.ID == id }):
			return nil, withHint(fmt.Errorf("--ignore %q: there is no check %q", item, id), "easkit check list")
		}
		ignore[id] = reason
	}
	return ignore, nil
}
