package revoke

import (
	"context"
	"time"
)

// Clock tells the time and waits; [graph.Client.Pause] is such a wait.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // ends with ctx's error where that ends first
}

// Wait tries every so often whether a revocation lasts, until it does or the time is
// up, and returns the last advice. The first try is at once; that the time is up is no
// error. An error of a try ends it.
func Wait(ctx context.Context, every, until time.Duration, clock Clock, try func(context.Context) (Advice, error)) (Advice, error) {
	end := clock.Now().Add(until)
	for {
		advice, err := try(ctx)
		if err != nil || advice.Lasts {
			return advice, err
		}
		left := end.Sub(clock.Now())
		if left <= 0 {
			return advice, nil
		}
		if err := clock.Sleep(ctx, min(max(every, time.Second), left)); err != nil {
			return advice, err
		}
	}
}
