package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
)

// stdout is the value of -o that stands for standard output.
const stdout = "-"

// isDir reports whether -o names a folder: one that is there, or a name that
// ends as a folder's does.
func isDir(path string) bool {
	if strings.HasSuffix(path, "/") || strings.HasSuffix(path, string(filepath.Separator)) {
		return true
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// say prints what a person should know, on standard error.
func (a *app) say(format string, args ...any) {
	if !a.global.quiet {
		fmt.Fprintf(a.err, "easkit: "+format+"\n", args...)
	}
}

// warnModes says that files can't be kept from other users here.
func (a *app) warnModes() {
	if !keyfile.ModesWork() {
		a.say("note: this system has no file modes: the folder's access list decides who can read the results")
	}
}

// writeReport prints a report where results go: to the file of -o, or standard
// output.
func (a *app) writeReport(r *preflight.Report, passes bool) error {
	if a.global.output == "" || a.global.output == stdout {
		return a.render(r, a.colour(a.out), passes, func(b []byte) error { _, err := a.out.Write(b); return err })
	}
	return a.render(r, false, passes, func(b []byte) error { return keyfile.Write(a.global.output, b, a.global.force) })
}

func (a *app) render(r *preflight.Report, colour, passes bool, write func([]byte) error) error {
	var b strings.Builder
	var err error
	if a.global.format == formatJSON {
		err = r.WriteJSON(&b)
	} else {
		err = r.WriteText(&b, preflight.TextOptions{Passes: passes, Verbose: a.global.verbose, Colour: colour})
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return write([]byte(b.String()))
}

// writeBinary writes a result to standard output, unless a person looks at it.
func (a *app) writeBinary(data []byte, explicit bool) error {
	if isTerminal(a.out) && !explicit {
		return withHint(errors.New("the result is binary and standard output is a terminal"), "give -o FILE, or -o - to print it all the same")
	}
	_, err := a.out.Write(data)
	return err
}
