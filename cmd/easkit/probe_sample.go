package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/probe"
)

// probeSample tries users of a rollout, or lists who would be tried.
func (a *app) probeSample(ctx context.Context, f *probeFlags) error {
	if err := f.fitSample(); err != nil {
		return err
	}
	s, err := a.scenario()
	if err != nil {
		return err
	}
	if !f.asUsers { // a list is printed, and no report
		if err := a.global.check(); err != nil {
			return err
		}
	}
	ignore, err := a.global.ignored()
	if err != nil {
		return err
	}
	o, err := a.probeOptions(f)
	if err != nil {
		return err
	}
	picked, err := a.pickSample(ctx, f, s)
	if err != nil {
		return err
	}
	if !f.asUsers {
		return a.listSample(picked)
	}
	if err := a.inputsKept(); err != nil {
		return err
	}
	if !a.global.quiet {
		fmt.Fprintf(a.err, "%s", textOfSample(picked))
	}
	a.say("%s", sampleDoes(picked))
	results, failed := probe.Sample(ctx, targetsOf(picked), a.sampleOptions(o, len(picked)))
	if results == nil {
		return failed
	}
	scenarioOf := func(r probe.Sampled) preflight.Scenario { return r.Target.Account.Scenario(s) }
	judged := probe.JudgeSample(results, scenarioOf)
	report := preflight.NewReport(s.WithDefaults())
	for i, r := range results {
		if judged[i] == nil || errors.Is(r.Err, context.Canceled) {
			continue
		}
		report.AddFor(scenarioOf(r), "account", fmt.Sprintf("%s (%s)", picked[i].User, picked[i].File), judged[i], ignore)
	}
	if err := a.writeReport(report, preflight.TextOptions{Profiles: true}); err != nil {
		return err
	}
	a.tellShortened(results)
	if failed != nil {
		return failed
	}
	return failOn(a.global.failOn, report)
}

// fitSample refuses what a sample can't have.
func (f *probeFlags) fitSample() error {
	switch {
	case f.deep || f.acceptPolicy:
		return withHint(errors.New("--deep makes a device partnership in a mailbox, and is not for many users"), "try one of them: easkit probe PROFILE --deep")
	case f.signIn != "":
		return withHint(errors.New("--sign-in asks a person to sign in, and is not for many users"), "try one of them: easkit probe PROFILE --sign-in")
	case f.p12 != "" || f.email != "" || f.user != "":
		return errors.New("--p12, --email and --user are for one account, and the users of a rollout have their own")
	}
	return nil
}

// sampleOptions are those of one account, and how a person hears of the others.
func (a *app) sampleOptions(o probe.Options, total int) probe.SampleOptions {
	so := probe.SampleOptions{Options: o, Sleep: a.sleep, Waiting: func(host string, d time.Duration) {
		a.say("waiting %v, as %s asks to; then it is asked by one at a time", d, preflight.Printable(host))
	}}
	if progress := a.progress(); progress != nil {
		increment := progress("accounts", total)
		so.Done = func(probe.Sampled) { increment() }
	}
	return so
}

func targetsOf(picked []sampled) []probe.Target {
	targets := make([]probe.Target, len(picked))
	for i, p := range picked {
		targets[i] = p.target
	}
	return targets
}

// tellShortened says how many were left out.
func (a *app) tellShortened(results []probe.Sampled) {
	left := 0
	var why error
	for _, r := range results {
		if r.Evidence == nil && errors.Is(r.Err, probe.ErrBusy) {
			left++
			why = r.Err
		}
	}
	if left > 0 {
		a.say("note: the sample is shorter than asked for: %d of %s left out, as %s", left, preflight.Counted(len(results), "account"), oneLine(why))
	}
}

// listSample prints who would be tried.
func (a *app) listSample(picked []sampled) error {
	var err error
	if a.global.format == formatJSON {
		err = a.printJSON(picked)
	} else {
		err = a.print([]byte(textOfSample(picked)))
	}
	a.say("note: nothing was sent. With --as-users: %s", sampleDoes(picked))
	return err
}

// sampleDoes says what is done as the users. Tokens are for people who sign in, and so
// nobody whose account is for oauth is.
func sampleDoes(picked []sampled) string {
	by := map[preflight.Auth]int{}
	for _, p := range picked {
		by[p.Auth]++
	}
	tokenless := "asking with the addresses of these users where tokens come from; nobody is signed in, which takes a token of each"
	switch {
	case by[preflight.OAuth] == 0:
		return "signing in as each of these users, for OPTIONS alone; that shows in their sign-in logs, and may raise alerts"
	case by[preflight.OAuth] == len(picked):
		return tokenless
	}
	return fmt.Sprintf("signing in as each of the %d users with auth direct, for OPTIONS alone, which shows in their sign-in logs; of the %d with oauth: %s", len(picked)-by[preflight.OAuth], by[preflight.OAuth], tokenless)
}

// textOfSample is the list for a person.
func textOfSample(picked []sampled) string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, p := range picked {
		fields := []string{p.User, string(p.Platform), p.File, p.Host, string(p.Auth)}
		for i, field := range fields {
			fields[i] = preflight.Printable(field)
		}
		fmt.Fprintln(w, strings.Join(fields, "\t"))
	}
	w.Flush() // to memory
	return b.String()
}
