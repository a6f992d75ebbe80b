package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// system is what a command has of the world: streams, environment, clock.
type system struct {
	in  io.Reader
	out io.Writer
	err io.Writer
	env func(string) (string, bool)
	now func() time.Time
}

// isTerminal reports whether a stream is one that a person looks at.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colour follows https://no-color.org.
func (s system) colour(w io.Writer) bool {
	no, _ := s.env("NO_COLOR")
	return no == "" && isTerminal(w)
}

// askSecret prompts on a terminal; without one there is nobody to ask.
func (s system) askSecret(prompt string) (string, error) {
	f, ok := s.in.(*os.File)
	if !ok || !isTerminal(f) {
		return "", errNoTerminal
	}
	fmt.Fprint(s.err, prompt)
	secret, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(s.err)
	return string(secret), err
}
