package main

import (
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/rollout"
)

// progressEvery is how often a line is written where nobody watches a bar.
const progressEvery = 10 * time.Second

// rolloutProgress shows how far a rollout is: a bar on a terminal, and a line every ten
// seconds elsewhere.
type rolloutProgress struct {
	out   io.Writer
	began time.Time

	rows, ended, failed atomic.Int64

	start sync.Once
	bars  *mpb.Progress
	bar   *mpb.Bar

	stop func()
}

// rolloutProgress begins to show progress. With --quiet it shows none.
func (a *app) rolloutProgress() *rolloutProgress {
	p := &rolloutProgress{out: a.err, began: time.Now(), stop: func() {}}
	switch {
	case a.global.quiet:
	case isTerminal(a.err):
		p.bars = mpb.New(mpb.WithOutput(a.err), mpb.WithRefreshRate(refreshRate))
	default:
		p.tick(progressEvery)
	}
	return p
}

// told takes what the rollout tells after each user, from several goroutines at once.
func (p *rolloutProgress) told(now rollout.Progress) {
	p.rows.Store(int64(now.Rows))
	p.ended.Add(1)
	for failed := int64(now.Failed); ; {
		before := p.failed.Load()
		if before >= failed || p.failed.CompareAndSwap(before, failed) {
			break
		}
	}
	if p.bars == nil {
		return
	}
	p.start.Do(func() {
		p.bar = p.bars.AddBar(int64(now.Rows), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.CountersNoUnit("%d of %d users")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.words() })))
	})
	p.bar.Increment()
}

// tick writes a line from time to time.
func (p *rolloutProgress) tick(every time.Duration) {
	done, gone := make(chan struct{}), make(chan struct{})
	ticker := time.NewTicker(every)
	go func() {
		defer close(gone)
		for {
			select {
			case <-ticker.C:
				fmt.Fprintf(p.out, "easkit: %s\n", p.line())
			case <-done:
				return
			}
		}
	}()
	p.stop = func() {
		ticker.Stop()
		close(done)
		<-gone // so that nothing is written between the lines of the summary
	}
}

// end shows no more.
func (p *rolloutProgress) end() {
	p.stop()
	if p.bars == nil {
		return
	}
	p.start.Do(func() {}) // no bar from now on
	if p.bar != nil {
		p.bar.Abort(true)
	}
	p.bars.Wait()
}

// line is how far the rollout is.
func (p *rolloutProgress) line() string {
	rows, ended := p.rows.Load(), p.ended.Load()
	if rows == 0 {
		return "no user is done yet"
	}
	return fmt.Sprintf("%s of %s users, %s", preflight.Thousands(ended), preflight.Thousands(rows), p.words())
}

// words are rate, time left and failures.
func (p *rolloutProgress) words() string { return p.after(time.Since(p.began)) }

func (p *rolloutProgress) after(elapsed time.Duration) string {
	ended, left := p.ended.Load(), max(p.rows.Load()-p.ended.Load(), 0)
	if ended == 0 || elapsed <= 0 {
		return preflight.Thousands(p.failed.Load()) + " failed"
	}
	rate := float64(ended) / elapsed.Seconds()
	remaining := time.Duration(float64(left) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s a second, %v left, %s failed", preflight.Thousands(int64(math.Round(rate))), remaining, preflight.Thousands(p.failed.Load()))
}
