package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// wireTargets are users of one server.
func wireTargets(p *wirePKI, n int) []Target {
	var all []Target
	for i := range n {
		t := p.target()
		t.Name = fmt.Sprintf("user%d", i)
		t.Account.Email = "" // spares Autodiscover
		all = append(all, t)
	}
	return all
}

// waited is a clock that goes on by what is slept.
type waited struct {
	asked []time.Duration // by the servers
	slept atomic.Int64
}

func (w *waited) options(o Options) SampleOptions {
	start := time.Now()
	o.Now = func() time.Time { return start.Add(time.Duration(w.slept.Load())) }
	return SampleOptions{Options: o,
		Sleep: func(ctx context.Context, d time.Duration) error {
			w.slept.Add(int64(d))
			return ctx.Err()
		},
		Waiting: func(_ string, d time.Duration) { w.asked = append(w.asked, d) },
	}
}

// All are tried, a few at once and no more, and what is given is in their order.
func TestSample(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var now, most, done atomic.Int32
	address := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		time.Sleep(20 * time.Millisecond) // so that others come
		now.Add(-1)
		wireEAS(w, r)
	})
	o := SampleOptions{Options: p.options(address), Done: func(Sampled) { done.Add(1) }}
	results, err := Sample(t.Context(), wireTargets(p, 10), o)
	if err != nil || len(results) != 10 || done.Load() != 10 {
		t.Fatalf("%d results, %d told, %v", len(results), done.Load(), err)
	}
	for i, r := range results {
		if r.Err != nil || r.Target.Name != fmt.Sprintf("user%d", i) || len(r.Evidence.Versions) == 0 {
			t.Errorf("%d: %s %v %+v", i, r.Target.Name, r.Err, r.Evidence)
		}
	}
	if m := most.Load(); m < 2 || m > defaultParallel {
		t.Errorf("%d at once", m)
	}
}

// A server that asks to wait is waited for as long as it says, within bounds.
func TestSampleBusy(t *testing.T) {
	p := newWirePKI(t)
	for _, tt := range []struct {
		name   string
		status int
		after  string
		times  int32 // that it is busy; -1 for ever
		asked  []time.Duration
		left   bool // some are left out
	}{
		{"once, in seconds", http.StatusServiceUnavailable, "7", 1, []time.Duration{7 * time.Second}, false},
		{"once, too many requests", http.StatusTooManyRequests, "", 1, []time.Duration{busyWait}, false},
		{"twice", http.StatusServiceUnavailable, "1", 2, []time.Duration{time.Second, time.Second}, false},
		{"at the longest", http.StatusServiceUnavailable, "60", 1, []time.Duration{time.Minute}, false},
		{"too long", http.StatusServiceUnavailable, "61", -1, nil, true},
		{"much too long", http.StatusServiceUnavailable, "2147483647", -1, nil, true},
		{"in what is no time", http.StatusServiceUnavailable, "soon", 1, []time.Duration{busyWait}, false},
		{"until a day gone by", http.StatusServiceUnavailable, "Mon, 02 Jan 2006 15:04:05 GMT", 1, []time.Duration{0}, false},
		{"for ever", http.StatusServiceUnavailable, "1", -1, []time.Duration{time.Second, time.Second, time.Second}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int32
			address := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
				if n := asked.Add(1); tt.times < 0 || n <= tt.times {
					w.Header().Set("Retry-After", tt.after)
					w.WriteHeader(tt.status)
					return
				}
				wireEAS(w, r)
			})
			w := &waited{}
			o := w.options(p.options(address))
			o.Parallel = 1 // how many are told at once depends on the machine
			results, err := Sample(t.Context(), wireTargets(p, 5), o)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(w.asked) != fmt.Sprint(tt.asked) {
				t.Errorf("waited %v, want %v", w.asked, tt.asked)
			}
			left := 0
			for _, r := range results {
				if errors.Is(r.Err, ErrBusy) {
					left++
				} else if r.Err != nil || r.Evidence == nil {
					t.Errorf("%+v", r)
				}
			}
			if want := map[bool]int{true: 4}[tt.left]; left != want {
				t.Errorf("%d left out, want %d", left, want)
			}
		})
	}
}

// However many are told at once to wait, a server is asked a bounded number of times.
func TestSampleHammersNobody(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var asked atomic.Int32
	address := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	w := &waited{}
	results, err := Sample(t.Context(), wireTargets(p, 100), w.options(p.options(address)))
	if err != nil {
		t.Fatal(err)
	}
	if n := asked.Load(); n > defaultParallel+maxBusy+1 {
		t.Errorf("asked %d times", n)
	}
	findings := results[99].Findings(preflight.Scenario{}.WithDefaults())
	if len(findings) != 1 || findings[0].Check != "eas.options" || findings[0].Status != preflight.StatusWarn || !strings.Contains(findings[0].Message, "asked to wait") {
		t.Errorf("%+v", findings)
	}
}

// A busy server keeps nobody from another.
func TestSampleOtherHost(t *testing.T) {
	p := newWirePKI(t)
	busy := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	well := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), wireEAS)
	targets := wireTargets(p, 4)
	targets[3].Account.Endpoint.Host = "named.contoso.com"
	o := (&waited{}).options(p.options(busy))
	o.Connect = map[string]string{wireHost: busy, "named.contoso.com": well}
	o.Parallel = 1
	results, err := Sample(t.Context(), targets, o)
	if err != nil || !errors.Is(results[2].Err, ErrBusy) || results[3].Err != nil || len(results[3].Evidence.Versions) == 0 {
		t.Errorf("%v: %v, %v", err, results[2].Err, results[3].Err)
	}
}

func TestSampleRefuses(t *testing.T) {
	p := newWirePKI(t)
	for name, o := range map[string]Options{
		"deep":    {Deep: true},
		"sign-in": {SignIn: func(context.Context, Challenge) (string, error) { return "", nil }},
	} {
		if _, err := Sample(t.Context(), wireTargets(p, 2), SampleOptions{Options: o}); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// An interruption ends it at once, also while it waits.
func TestSampleInterrupted(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	address := p.serve(t, p.config(tls.VerifyClientCertIfGiven, tls.VersionTLS13), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	o := SampleOptions{Options: p.options(address), Waiting: func(string, time.Duration) { cancel(stopped) }}
	results, err := Sample(ctx, wireTargets(p, 20), o)
	if !errors.Is(err, stopped) || len(results) != 20 || !errors.Is(results[19].Err, stopped) {
		t.Errorf("%v, %d results", err, len(results))
	}
}
