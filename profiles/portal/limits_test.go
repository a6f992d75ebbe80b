package portal

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// waitOf is how long a key has to wait.
func waitOf(l *limits, key string) time.Duration {
	if e, known := l.of[key]; known {
		return l.filled(e).wait()
	}
	return 0
}

func TestLimits(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	r := rule{2, time.Second}
	for i := range 2 {
		if wait := l.take("a", r); wait != 0 {
			t.Fatalf("miss %d waits %v", i, wait)
		}
	}
	if l.take("a", r) != time.Second || waitOf(l, "a") != time.Second || waitOf(l, "b") != 0 {
		t.Errorf("after two misses: a waits %v, b %v", waitOf(l, "a"), waitOf(l, "b"))
	}
	l.give("a")
	if waitOf(l, "a") != 0 {
		t.Error("a hit was counted")
	}
	l.take("a", r)
	now = now.Add(1500 * time.Millisecond)
	if l.take("a", r) != 0 || waitOf(l, "a") != 500*time.Millisecond {
		t.Errorf("a second and a half later: %v", waitOf(l, "a"))
	}
	now = now.Add(-time.Hour) // a clock that is set back
	if waitOf(l, "a") != 500*time.Millisecond {
		t.Errorf("with the clock set back: %v", waitOf(l, "a"))
	}
}

// That a key ran empty is told once, until it has been at rest.
func TestLimitsTellOnce(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	r := rule{2, time.Second}
	told := 0
	miss := func(n int) {
		for range n {
			if l.take("a", r) > 0 && l.first("a") {
				told++
			}
		}
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 1}, {2 * time.Second, 2}} {
		now = now.Add(step.after)
		if miss(10); told != step.want {
			t.Errorf("%v later it was told %d times, want %d", step.after, told, step.want)
		}
	}
	if l.first("b") {
		t.Error("a key that never missed is told")
	}
}

// Memory is bounded, and who missed last is remembered.
func TestLimitsForget(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	r := rule{1, time.Hour}
	for i := range maxKeys + 10 {
		l.take(fmt.Sprint(i), r)
	}
	if len(l.of) != maxKeys || l.age.Len() != maxKeys || waitOf(l, "0") != 0 || waitOf(l, fmt.Sprint(maxKeys)) == 0 {
		t.Errorf("%d keys are kept", len(l.of))
	}
}

// Guesses at the same moment get no more than the limit.
func TestLimitsAtOnce(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimits(func() time.Time { return now })
	var let atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			if l.take("t", ofTicket) == 0 {
				let.Add(1)
			}
		})
	}
	all.Wait()
	if let.Load() != missesOfTicket {
		t.Errorf("%d were let through", let.Load())
	}
}

func TestAddressKey(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5": "address 192.0.2.1", "[::ffff:192.0.2.1]:5": "address 192.0.2.1",
		"[2001:db8:1:2:3::4]:5": "address 2001:db8:1:2::/64", "[fe80::1%eth0]:5": "address fe80::/64", "@": "address @",
	} {
		if got := addressKey(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}

// The log has the whole address, where a subnet is counted.
func TestAddressOf(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:5": "192.0.2.1", "[::ffff:192.0.2.1]:5": "192.0.2.1", "[2001:db8:1:2:3::4]:5": "2001:db8:1:2:3::4", "@": "@",
	} {
		if got := addressOf(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%s: %q, want %q", remote, got, want)
		}
	}
}
