package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// print writes text where results go: to the file of -o, or standard output.
func (a *app) print(text []byte) error {
	if a.global.output != "" && a.global.output != stdout {
		return a.write(a.global.output, text)
	}
	_, err := a.out.Write(text)
	return err
}

// write writes one file that isn't one of the call's inputs.
func (a *app) write(path string, data []byte) error {
	if isDir(path) {
		return withHint(fmt.Errorf("%s is a folder, and this is one file", path), "give a file's name with -o")
	}
	if err := a.refuseInput(path); err != nil {
		return err
	}
	return keyfile.Write(path, data, a.global.force)
}

// printJSON prints a value as indented JSON.
func (a *app) printJSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	return a.print(b.Bytes())
}

// writeReport prints a report where results go: to the file of -o, or standard
// output.
func (a *app) writeReport(r *preflight.Report, o preflight.TextOptions) error {
	o.Verbose = a.global.verbose
	o.Colour = a.colour(a.out) && (a.global.output == "" || a.global.output == stdout)
	var b bytes.Buffer
	if err := a.formReport(&b, r, o); err != nil {
		return err
	}
	return a.print(b.Bytes())
}

// formReport writes a report in the form of --format.
func (a *app) formReport(w io.Writer, r *preflight.Report, o preflight.TextOptions) error {
	var err error
	switch a.global.format {
	case formatJSON:
		err = r.WriteJSON(w)
	case formatHTML:
		err = r.WriteHTML(w, catalogue())
	case formatJUnit:
		err = r.WriteJUnit(w, failFrom(a.global.failOn))
	case formatSARIF:
		err = r.WriteSARIF(w, catalogue(), number())
	default:
		err = r.WriteText(w, o)
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// writeBinary writes a result to standard output, unless a person looks at it.
func (a *app) writeBinary(data []byte, explicit bool) error {
	if isTerminal(a.out) && !explicit {
		return withHint(errors.New("the result is binary and standard output is a terminal"), "give -o FILE, or -o - to print it all the same")
	}
	_, err := a.out.Write(data)
	return err
}
