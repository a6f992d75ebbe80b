package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// quickly is how commands wait in tests: a fiftieth of the time, which is long enough
// for what a lab's Graph does behind the answers.
func quickly(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d / 50):
	case <-ctx.Done():
	}
	return ctx.Err()
}

// The tour is the end-to-end test: each of its steps says how it has to end, and every
// request has to be as Microsoft describes it.
func TestTour(t *testing.T) {
	t.Parallel()
	var out, errs strings.Builder
	sys := system{in: strings.NewReader(""), out: &out, err: &errs, env: func(string) (string, bool) { return "", false }, now: time.Now, sleep: quickly}
	if status := run(t.Context(), []string{"lab", "tour", "--dir", filepath.Join(t.TempDir(), "lab")}, sys); status != exitOK {
		t.Fatalf("the tour ends with %d: %s\n%s", status, errs.String(), out.String())
	}
	for _, want := range []string{
		"2 users to move", "sign-in fails with AADSTS130501", "2 to add", "nothing was written", "as it was before", "is EMPTY", "the tenant is as planned",
		"does NOT last yet", "lasts (sessions ended",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the tour does not show %q", want)
		}
	}
}
