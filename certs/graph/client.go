package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The versions of Graph. Intune's objects for mail and certificates are in beta alone,
// which Microsoft supports for Intune
// (https://learn.microsoft.com/graph/api/resources/intune-graph-overview).
const (
	stable = "/v1.0"
	beta   = "/beta"
)

// Client sends requests to one Graph. It may be used by several goroutines.
type Client struct {
	Endpoint Endpoint
	Sign     TokenSource
	HTTP     *http.Client // nil for one that follows no redirects and waits [answerTime]

	// Sleep waits, unless ctx ends before; nil for a clock's. Tests hand in one
	// that does not.
	Sleep func(ctx context.Context, d time.Duration) error
	// Patience is how long one request waits in all for Graph to become ready;
	// zero for [DefaultPatience], less for not at all.
	Patience time.Duration
	// Waiting is told before each wait how long it is and why; it may be nil.
	Waiting func(d time.Duration, why error)

	version string // one of the versions; "" for stable
}

// answerTime is how long one answer may take. Microsoft names no limit; the
// slowest of these, an upload's first answer, was documented to come at once.
const answerTime = 2 * time.Minute

// maxAnswer bounds an answer: a page of 999 users with all their addresses stays
// far below.
const maxAnswer = 64 << 20

// With is a client that signs its requests with a token that was taken before, so
// that what belongs together is done by one sign-in.
func (c *Client) With(t Token) *Client {
	other := *c
	other.Sign = held{t}
	return &other
}

// Once is a client that sends each request once, for those who decide themselves
// whether to send it again.
func (c *Client) Once() *Client {
	other := *c
	other.Patience = -1
	return &other
}

// Beta is a client of the version of Graph that has Intune's objects.
func (c *Client) Beta() *Client {
	other := *c
	other.version = beta
	return &other
}

// base is where the paths of requests begin.
func (c *Client) base() string { return c.Endpoint.Graph + cmp.Or(c.version, stable) }

// held is a token as it is, expired or not: Graph decides.
type held struct{ token Token }

func (h held) Token(context.Context) (Token, error) { return h.token, nil }

// operation is one request, without its query for messages.
type operation struct{ method, path string }

// Get reads one resource into a value. The path begins with a slash and may have
// a query.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

// All reads the elements of a collection, page by page. An error ends it.
func (c *Client) All(ctx context.Context, path string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for seen := map[string]bool{}; path != ""; {
			var page struct {
				Value []json.RawMessage `json:"value"`
				Next  string            `json:"@odata.nextLink"`
			}
			if err := c.Get(ctx, path, &page); err != nil {
				yield(nil, err)
				return
			}
			for _, element := range page.Value {
				if !yield(element, nil) {
					return
				}
			}
			next, err := c.nextPage(page.Next)
			if err == nil && seen[next] {
				err = fmt.Errorf("graph: GET %s: the page after this one was read before", bare(path))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			seen[next] = true
			path = next
		}
	}
}

// nextPage is the path of a page's link to the next, which stays on the same Graph:
// a token goes nowhere else.
func (c *Client) nextPage(link string) (string, error) {
	if link == "" {
		return "", nil
	}
	path, ok := strings.CutPrefix(link, c.base())
	if !ok || !strings.HasPrefix(path, "/") {
		return "", fmt.Errorf("graph: the address of the next page, %q, is not on %s", link, c.Endpoint.Graph)
	}
	return path, nil
}

// List reads all elements of a collection as values.
func List[T any](ctx context.Context, c *Client, path string) ([]T, error) {
	list := []T{}
	for raw, err := range c.All(ctx, path) {
		if err != nil {
			return nil, err
		}
		var element T
		if err := json.Unmarshal(raw, &element); err != nil {
			return nil, fmt.Errorf("graph: GET %s: an element is not understood: %w", bare(path), err)
		}
		list = append(list, element)
	}
	return list, nil
}

// do sends a request until Graph answers it for good, and reads the answer into a
// value, which may be nil.
func (c *Client) do(ctx context.Context, method, path string, body, into any) error {
	var sent []byte
	if body != nil {
		var err error
		if sent, err = json.Marshal(body); err != nil {
			return fmt.Errorf("writing the body of %s %s: %w", method, bare(path), err)
		}
	}
	op := operation{method, bare(path)}
	answer, err := c.persist(ctx, op, func() ([]byte, error) { return c.once(ctx, op, path, sent) })
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		if op.method != http.MethodGet { // it was carried out, whatever it made
			return &Error{Method: op.method, Path: op.path, Err: errors.New("the answer is not understood"), Unknown: true, retryAfter: -1}
		}
		return fmt.Errorf("graph: %s %s: the answer is not understood: %w", op.method, op.path, err)
	}
	return nil
}

// once sends a request once.
func (c *Client) once(ctx context.Context, op operation, path string, body []byte) ([]byte, error) {
	token, err := c.Sign.Token(ctx)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, op.method, c.base()+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("graph: %s %s: %w", op.method, op.path, withoutAddress(err))
	}
	req.Header.Set("Authorization", "Bearer "+token.Secret)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if advanced(path) {
		req.Header.Set("ConsistencyLevel", "eventual")
	}
	if op.method == http.MethodGet { // or newer words of a policy come as unknownFutureValue
		req.Header.Set("Prefer", "include-unknown-enum-members")
	}
	resp, err := c.client().Do(req)
	if err != nil {
		return nil, c.unanswered(ctx, op, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, refusal(resp, op)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, c.unanswered(ctx, op, err)
	}
	if len(answer) > maxAnswer {
		return nil, fmt.Errorf("graph: %s %s: the answer has more than %d bytes", op.method, op.path, maxAnswer)
	}
	return answer, nil
}

// advanced reports whether a query is one of those that want a header, on each of
// its pages.
// Source: https://learn.microsoft.com/graph/aad-advanced-queries
func advanced(path string) bool {
	_, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	return err == nil && values.Get("$count") == "true"
}

// unanswered says that no answer came. Of a request that writes it is then not
// known whether it was carried out.
func (c *Client) unanswered(ctx context.Context, op operation, err error) error {
	writes := op.method != http.MethodGet
	if ctx.Err() != nil && !writes {
		return ctx.Err()
	}
	return &Error{Method: op.method, Path: op.path, Err: withoutAddress(err), Unknown: writes, retryAfter: -1}
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return plainClient
}

// plainClient follows no redirect: Graph sends none, and the token would go along.
var plainClient = &http.Client{
	Timeout:       answerTime,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// bare is a path without its query, which may hold names.
func bare(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// withoutAddress takes the method and address out of an error of net/http, which
// the message has already.
func withoutAddress(err error) error {
	if e := new(url.Error); errors.As(err, &e) {
		return e.Err
	}
	return err
}
