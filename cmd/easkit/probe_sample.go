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

// How many users of a rollout are tried: each is a sign-in of a real user.
const (
	defaultSample = 20
	maxSample     = 1000
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
	fmt.Fprintf(a.err, "%s", textOfSample(picked))
	a.say("signing in as each of these users, for OPTIONS alone")
	results, failed := probe.Sample(ctx, targetsOf(picked), a.sampleOptions(o, len(picked)))
	if results == nil {
		return failed
	}
	report := preflight.NewReport(s.WithDefaults())
	for i, r := range results {
		if r.Evidence == nil && r.Err == nil || errors.Is(r.Err, context.Canceled) {
			continue
		}
		of := r.Target.Account.Scenario(s)
		report.AddFor(of, "account", fmt.Sprintf("%s (%s)", picked[i].User, picked[i].File), r.Findings(of), ignore)
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
	case f.sample < 1 || f.sample > maxSample:
		return fmt.Errorf("--sample %d is not from 1 to %d", f.sample, maxSample)
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
	a.say("note: nothing was sent. --as-users signs in as each of them, for OPTIONS alone: that shows in their sign-in logs, and may raise alerts")
	return err
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
