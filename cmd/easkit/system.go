package main

import (
	"context"
	"errors"
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
	// sleep waits for d, or until ctx ends; nil for a clock's. Tests hand in a quick one.
	sleep func(ctx context.Context, d time.Duration) error
	// shield keeps the signals that end a program away; nil where nobody sends any.
	shield func(told func()) (release func())
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

// askSecret prompts on a terminal; without one there is nobody to ask. An
// interruption gives the terminal back as it was.
func (s system) askSecret(ctx context.Context, prompt string) (string, error) {
	f, ok := s.in.(*os.File)
	if !ok || !isTerminal(f) {
		return "", errNoTerminal
	}
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(s.err, prompt)
	defer fmt.Fprintln(s.err)
	type answer struct {
		secret []byte
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		secret, err := term.ReadPassword(int(f.Fd()))
		answers <- answer{secret, err}
	}()
	select {
	case a := <-answers:
		return string(a.secret), a.err
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(int(f.Fd()), before))
	}
}
