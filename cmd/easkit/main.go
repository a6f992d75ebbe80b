// Command easkit makes, checks, signs and delivers Exchange ActiveSync profiles
// for phones that sign in with a certificate.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pkg/browser"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	browser.Stdout = os.Stderr   // of a sign-in: what it prints is no result
	os.Exit(run(ctx, os.Args[1:], system{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv, now: time.Now, shield: shield}))
}

// shield takes the signals that end a program, and hands them to told, until it is
// released. A pipe that is closed at its other end is an error of the write then, and
// not the end.
func shield(told func()) (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case s := <-signals:
				if s != syscall.SIGPIPE {
					told()
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
