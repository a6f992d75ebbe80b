package audit

import (
	"context"
	"runtime"
	"sync"
)

// Each calls f with every item's place, on all cores, and returns when all calls
// have ended. No more are begun once ctx is done.
func Each(ctx context.Context, n int, f func(i int)) { each(ctx, runtime.GOMAXPROCS(0), n, f) }

func each(ctx context.Context, workers, n int, f func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
}
