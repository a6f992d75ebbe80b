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
)

// wireMost is most of a step's time: no two parts of an answer fit into one that take it.
const wireMost = wireShort * 7 / 10

// A request and its answer are one step: parts that come in time each do not add up.
func TestStepIsWhole(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	s := p.session(t, p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(wireMost)
		w.Header().Set("Content-Length", "2")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(wireMost)
		fmt.Fprint(w, "ok")
	})))
	s.opt.Timeout = wireShort
	if x := s.do(t.Context(), wireOptions(s)); !errors.Is(x.Err, ErrTimeout) {
		t.Errorf("%s, status %d: %v", x.Stage, x.Status, x.Err)
	}
}

// Redirects that each come in time end all the same, before there are too many.
func TestFollowIsBounded(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var n atomic.Int32
	s := p.session(t, p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(wireMost)
		wireSends(http.StatusFound, fmt.Sprint("/", n.Add(1)))(w, r)
	})))
	s.opt.Timeout = wireShort
	all := s.follow(t.Context(), wireOptions(s))
	last := all[len(all)-1]
	if len(all) > maxHops || !errors.Is(errors.Join(last.Err, last.Refused), ErrTimeout) {
		t.Errorf("%d exchanges, the last %v, %v", len(all), last.Err, last.Refused)
	}
}

// A run that has had its time asks nobody any more, and says so of each step.
func TestRunIsBounded(t *testing.T) {
	wireNoLeak(t)
	p := newWirePKI(t)
	var asked atomic.Int32
	s := p.session(t, p.options(p.serve(t, p.config(tls.NoClientCert, tls.VersionTLS13), func(http.ResponseWriter, *http.Request) { asked.Add(1) })))
	if left := time.Until(s.until); left <= 0 || left > runSteps*s.opt.Timeout {
		t.Errorf("%s are left", left)
	}
	s.until = time.Now()
	e := &Evidence{Target: s.target}
	s.collect(t.Context(), e)
	if x := lastOf(e.Options); !errors.Is(x.Err, ErrTimeout) || !strings.Contains(x.Err.Error(), "the whole test") || asked.Load() != 0 {
		t.Errorf("asked %d times: %v", asked.Load(), x.Err)
	}
	for _, found := range Judge(judgeInside, e) {
		if found.Status == judgePass {
			t.Errorf("%s passes: %s", found.Check, found.Message)
		}
	}
}

// What a person takes to sign in is not the run's time.
func TestSignInTakesItsTime(t *testing.T) {
	p := newWirePKI(t)
	s := p.session(t, p.options("127.0.0.1:1"))
	const taken = 5 * time.Millisecond
	s.opt.SignIn = func(context.Context, Challenge) (string, error) {
		time.Sleep(taken)
		return oauthSecret, nil
	}
	before := s.until
	if _, err := s.signIn(t.Context(), Challenge{}); err != nil || s.until.Sub(before) < taken {
		t.Errorf("%s more: %v", s.until.Sub(before), err)
	}
}
