package graph

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// DefaultPatience is how long one request waits in all before it is given up: long
// enough for a service that is away for a minute, and for the waits that Graph
// asks for when it throttles.
const DefaultPatience = 5 * time.Minute

// networkPatience is how long a request waits for a network that carries nothing: an
// address that is wrong stays wrong.
const networkPatience = 10 * time.Second

// Waits where Graph does not say how long: the first, and the longest.
const (
	firstWait = 2 * time.Second
	maxWait   = 30 * time.Second
)

// persist calls send until it succeeds, is refused for good, or patience ends. After
// 429 and 503 every request is sent again: what is added twice is refused as a
// duplicate. A request that writes is not sent again after any other failure of a
// server, or without an answer: whether it was carried out is the caller's to find
// out.
func (c *Client) persist(ctx context.Context, op operation, send func() ([]byte, error)) ([]byte, error) {
	left, wait := c.Patience, firstWait
	if left == 0 {
		left = DefaultPatience
	}
	sent := false // an earlier attempt may have been carried out
	for {
		answer, err := send()
		e := new(Error)
		if err == nil || !errors.As(err, &e) {
			return answer, err
		}
		sent = sent || e.Unknown
		e.Unknown = sent
		if !e.passes() {
			return answer, err
		}
		d := e.retryAfter
		if d < firstWait { // none asked for, or none at all
			d, wait = wait, min(2*wait, maxWait)
		}
		if e.Status == 0 {
			left = min(left, networkPatience)
		}
		if d > left {
			return nil, err
		}
		left -= d
		if c.Waiting != nil {
			c.Waiting(d, err)
		}
		if c.Pause(ctx, d) != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// passes reports whether the same request may succeed later.
func (e *Error) passes() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	case 0:
		return e.Method == http.MethodGet && !errors.Is(e.Err, context.Canceled)
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return e.Method == http.MethodGet
	}
	return false
}

// Pause waits as the client does before it tries again, unless ctx ends before.
func (c *Client) Pause(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header of that name, which Graph gives in seconds; -1 where
// there is none. A time of day, which HTTP allows as well, counts as none.
// Source: https://learn.microsoft.com/graph/throttling
func retryAfter(header string) time.Duration {
	seconds, err := strconv.ParseUint(header, 10, 16)
	if err != nil {
		return -1
	}
	return time.Duration(seconds) * time.Second
}
