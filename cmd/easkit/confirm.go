package main

import (
	"errors"
	"fmt"
	"strings"
)

// errDeclined says that a person decided against it.
var errDeclined = errors.New("nothing was done: it was not agreed to")

// confirm asks on a terminal whether to go on, unless --yes says so already.
func (a *app) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	answer, err := a.askWord(question + " (yes/no) ")
	if err != nil {
		return withHint(err, "--yes agrees to it, where nobody can be asked")
	}
	if answer != "yes" && answer != "y" {
		return errDeclined
	}
	return nil
}

// askWord asks for a word on a terminal.
func (a *app) askWord(question string) (string, error) {
	if !isTerminal(a.in) {
		return "", errors.New("it has to be agreed to, and there is no terminal to ask on")
	}
	fmt.Fprint(a.err, question)
	in := &interruptible{ctx: a.ctx, r: a.in}
	var line []byte
	for one := make([]byte, 1); len(line) < maxPassword; {
		n, err := in.Read(one)
		if err != nil {
			return "", err
		}
		if n == 1 && one[0] == '\n' {
			break
		}
		line = append(line, one[:n]...)
	}
	return strings.ToLower(strings.TrimSpace(string(line))), nil
}
