package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// builder makes the files of one identity.
type builder func(context.Context, provision.Request) (*provision.Result, error)

// placer says where the files of an identity go: their folder, and the name of
// the first of them where the call gives it.
type placer func(name string) (dir, single string)

// build runs a builder over each identity of the call, or without any over the account
// whose key the phone makes.
func (a *app) build(cmd *cobra.Command, args []string, b *buildFlags, build builder, place placer) error {
	if err := a.global.checkReport(); err != nil {
		return err
	}
	out := a.global.output
	switch {
	case len(args) > 1 && (b.email != "" || b.user != ""):
		return errors.New("--email and --user say who one account is for: give them with one identity")
	case len(args) > 1 && out != "" && !isDir(out):
		return withHint(errors.New("several identities go into a folder"), "give -o DIR/")
	case out == stdout && a.global.format != formatText:
		return fmt.Errorf("-o - prints the result and --format %s the report: only one of them can have standard output", a.global.format)
	}
	if err := distinctNames(args); err != nil {
		return err
	}
	req, err := a.request(b)
	if err != nil {
		return err
	}
	run := buildRun{app: a, report: preflight.NewReport(req.Scenario), build: build, place: place, many: len(args) > 1}
	if len(args) == 0 {
		if err := run.make(cmd.Context(), req, "account", accountOf(req)); err != nil {
			return err
		}
		return run.conclude()
	}
	password, err := a.identityPassword()
	if err != nil {
		return err
	}
	for _, path := range args {
		if err := run.one(cmd.Context(), req, path, password); err != nil {
			return err
		}
	}
	return run.conclude()
}

// distinctNames refuses two identities whose results would have one name: the
// second would be taken for the first.
func distinctNames(paths []string) error {
	seen := map[string]string{}
	for _, path := range paths {
		name := strings.ToLower(nameFor(path)) // as Windows and macOS compare
		if first, twice := seen[name]; twice {
			return fmt.Errorf("%s and %s: both results would be named %s: give them in two calls, with -o DIR each", first, path, nameFor(path))
		}
		seen[name] = path
	}
	return nil
}

// buildRun is one call of a builder command under way.
type buildRun struct {
	*app
	report  *preflight.Report
	build   builder
	place   placer
	many    bool
	own     bool    // what is judged has a sign-in of its own, whatever the call says
	failed  []error // inputs that could not be used, results that could not be written
	unbuilt bool    // a check failed, so that nothing was written for someone
}

// one does one identity. The error is for what ends the whole call.
func (r *buildRun) one(ctx context.Context, req provision.Request, path string, password certs.Password) error {
	req, err := r.withIdentity(req, path, password)
	if err != nil {
		r.fail(kindIdentity, path, err, certs.Unreadable)
		return ctx.Err()
	}
	return r.make(ctx, req, kindIdentity, path)
}

// kindIdentity is what reports call a file with an identity.
const kindIdentity = "identity"

// make builds the files of a request, for what the report names by kind and name.
func (r *buildRun) make(ctx context.Context, req provision.Request, kind, name string) error {
	dir, single := r.place(req.Name)
	if single != "" {
		req.Name = provision.NameOf(single)
	}
	result, err := r.build(ctx, req)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		judge := profiles.Unusable
		if identityError(err) {
			judge = certs.Unreadable
		}
		r.fail(kind, name, err, judge)
		return nil
	}
	r.report.Add(kind, name, result.Findings, req.Ignore)
	if result.Failed() {
		r.unbuilt = true
	} else if err := r.deliver(result, dir, single, name); err != nil {
		r.failed = append(r.failed, err)
	}
	return nil
}

// fail notes what nothing could be built for, as the finding of the check that stands
// for it, with the error's own hint.
func (r *buildRun) fail(kind, name string, err error, judge func(error, string) []preflight.Finding) {
	_, hint := exitOf(err)
	r.failed = append(r.failed, about(name, err))
	r.report.Add(kind, name, judge(err, hint), nil)
}

// deliver writes the files of a result into dir and prints their names. The
// first of them is named single, where that is set; -o - prints it.
func (r *buildRun) deliver(result *provision.Result, dir, single, input string) error {
	if r.global.output == stdout {
		if len(result.Files) > 1 {
			return withHint(fmt.Errorf("-o - takes one file, and there is %s as well", result.Files[1].Name), "give -o DIR")
		}
		r.tell(result, input)
		return r.writeBinary(result.Files[0].Data, true)
	}
	var batch keyfile.Batch
	defer batch.Discard()
	var paths []string
	for i, f := range result.Files {
		path := filepath.Join(dir, f.Name)
		switch {
		case single != "" && i == 0:
			path = single
		case single != "" && f.Name == result.Files[0].Name+extDetached:
			path = single + extDetached
		case f.Apart && dir != "":
			path = filepath.Join(filepath.Dir(filepath.Clean(dir)), f.Name)
		}
		if err := r.refuseInput(path); err != nil {
			return err
		}
		if err := batch.Add(path, f.Data); err != nil {
			return err
		}
		paths = append(paths, path)
	}
	if err := batch.Commit(r.global.force); err != nil {
		return err
	}
	r.tell(result, input)
	if r.global.format == formatText {
		for _, path := range paths {
			fmt.Fprintln(r.out, path)
		}
	}
	return nil
}

// tell prints the notes on a result, with its file where there are several.
func (r *buildRun) tell(result *provision.Result, input string) {
	for _, note := range result.Notes {
		if r.many {
			note = input + ": " + note
		}
		r.say("%s", preflight.Printable(note))
	}
}

// conclude prints the report and picks the error that decides the exit status.
// In text, what is worth a line goes to standard error, since standard output
// has the names of the files; what failed is told even with --quiet.
func (r *buildRun) conclude() error {
	r.warnModes()
	worst := r.report.Worst()
	tell := r.unbuilt || failOn(r.global.failOn, r.report) != nil ||
		!r.global.quiet && (r.global.verbose || worst != preflight.StatusPass || r.report.Summary.Ignored > 0)
	switch {
	case r.global.format != formatText: // refused together with -o -
		if err := r.formReport(r.out, r.report, preflight.TextOptions{}); err != nil {
			return err
		}
	case tell && !(len(r.failed) == len(r.report.Subjects) && !r.global.verbose):
		o := preflight.TextOptions{Verbose: r.global.verbose, Colour: r.colour(r.err), Profiles: r.own}
		if err := r.report.WriteText(r.err, o); err != nil {
			return err
		}
	}
	if len(r.failed) > 0 {
		for _, err := range r.failed[:len(r.failed)-1] {
			r.printError(err)
		}
		return r.failed[len(r.failed)-1]
	}
	if r.unbuilt { // whatever --fail-on says: there is no file
		return errFindings
	}
	return failOn(r.global.failOn, r.report)
}
