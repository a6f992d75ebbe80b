package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// noteEvery is how often the rollout is told what was fetched. In a container each time
// adds one of the 50,000 blocks that its file can have, which is a year of nothing but
// fetches.
// Source: https://learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs
const noteEvery = 10 * time.Minute

// handNoter notes in the target what links handed out of it, so that what rollout
// --delete-after deletes is all that was. What could not be noted waits in the tickets:
// for the next time, or the next server.
type handNoter struct {
	store  *ticket.Store
	source usersFiles
	log    *slog.Logger

	elsewhere map[ticket.Unnoted]bool // of other targets, which was logged
	cause     string                  // of the last failure, which was logged
	stop      context.CancelFunc
	stopped   chan struct{}
}

func newHandNoter(store *ticket.Store, source usersFiles, log *slog.Logger) *handNoter {
	return &handNoter{store: store, source: source, log: log, elsewhere: map[ticket.Unnoted]bool{}}
}

// begin notes now and then, beside the server: a target may take its time.
func (n *handNoter) begin(ctx context.Context) {
	ctx, n.stop = context.WithCancel(ctx)
	n.stopped = make(chan struct{})
	go func() {
		defer close(n.stopped)
		tick := time.NewTicker(noteEvery)
		defer tick.Stop()
		for {
			n.note(ctx)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// close waits until nothing is being noted. It does nothing where nothing began.
func (n *handNoter) close() {
	if n == nil {
		return
	}
	n.stop()
	<-n.stopped
}

// end notes what was fetched since the last time, and is the end of it.
func (n *handNoter) end(ctx context.Context) {
	n.close()
	n.note(ctx)
}

// note notes what was fetched, and logs what came of it: a failure once for each cause.
func (n *handNoter) note(ctx context.Context) {
	noted, elsewhere, err := n.try(ctx)
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled): // the end tries again
	case err != nil && err.Error() != n.cause:
		n.cause = err.Error()
		n.log.ErrorContext(ctx, "noting for the rollout what was fetched: it is tried again", "err", err)
	case err == nil:
		n.cause = ""
	}
	if noted > 0 {
		n.log.InfoContext(ctx, "rollout.handed-out", "files", noted)
	}
	if elsewhere > 0 {
		n.log.WarnContext(ctx, "files were fetched that no manifest of this target lists: a server of their own target notes them", "files", elsewhere)
	}
}

// try notes what was fetched. It tells how many files that were, and how many are of
// another target, which it says of each once.
func (n *handNoter) try(ctx context.Context) (noted, elsewhere int, err error) {
	all, err := n.store.Unnoted(ctx)
	if err != nil {
		return 0, 0, err
	}
	var files []ticket.Unnoted
	for _, f := range all {
		if !n.elsewhere[f] {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return 0, 0, nil
	}
	others, err := n.source.handOut(ctx, files)
	if err != nil {
		return 0, 0, err
	}
	for _, f := range others {
		n.elsewhere[f] = true
	}
	var done []ticket.Unnoted
	for _, f := range files {
		if !n.elsewhere[f] {
			done = append(done, f)
		}
	}
	if err := n.store.Noted(ctx, done...); err != nil {
		return 0, len(others), err
	}
	return len(done), len(others), nil
}
