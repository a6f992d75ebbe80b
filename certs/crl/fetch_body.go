package crl

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// fetchBody is the body of an answer, before and after it is decoded.
type fetchBody struct {
	hop  *fetchHop
	wire *fetchMeter // as it comes
	text *fetchMeter // decoded; the same where there is nothing to decode
}

// fetchOpen takes the body of an answer. Entra ID's way with a compressed one is
// not documented; gzip, which some servers send unasked, is decoded so that the
// CRL in it can be judged.
func (f *Fetcher) fetchOpen(hop *fetchHop, resp *http.Response) (*fetchBody, error) {
	limit := f.fetchMaxSize()
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%w: it declares %d bytes, and %d are read at most", ErrTooLarge, resp.ContentLength, limit)
	}
	body := &fetchBody{hop: hop, wire: &fetchMeter{r: resp.Body, limit: limit}}
	body.text = body.wire
	switch encoding := strings.Join(resp.Header.Values("Content-Encoding"), ", "); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip", "x-gzip": // RFC 9110 8.4.1.3
		body.text = &fetchMeter{r: &fetchGunzip{r: body.wire}, limit: limit}
	default:
		return nil, fmt.Errorf("%w: its Content-Encoding is %q", ErrEncoding, fetchShort(encoding))
	}
	return body, nil
}

// hand gives the body to read, receives what that leaves, and notes in d how it
// went.
func (b *fetchBody) hand(ctx context.Context, d *Download, read func(io.Reader) error) error {
	if read != nil {
		d.ReadErr = read(b.text)
	}
	if b.text.err == nil {
		_, _ = io.Copy(io.Discard, b.text) // b.text keeps the error
	}
	d.Received, d.Size = b.wire.n, b.text.n
	if b.text.err == io.EOF {
		return nil
	}
	if errors.Is(d.ReadErr, b.text.err) {
		d.ReadErr = nil
	}
	return b.failure(ctx)
}

func (b *fetchBody) failure(ctx context.Context) error {
	wireFailed := b.wire.err != nil && b.wire.err != io.EOF
	switch {
	case errors.Is(b.wire.err, ErrTooLarge):
		return b.wire.err
	case errors.Is(b.text.err, ErrTooLarge):
		return b.text.err
	case ctx.Err() != nil:
		b.hop.mu.Lock()
		defer b.hop.mu.Unlock()
		return fmt.Errorf("%w (%d bytes had come)", b.hop.ended(ctx), b.wire.n)
	case wireFailed:
		return fmt.Errorf("%w after %d bytes: %w", ErrIncomplete, b.wire.n, b.wire.err)
	}
	return fmt.Errorf("%w: gzip after %d bytes: %w", ErrEncoding, b.wire.n, b.text.err)
}

// fetchMeter counts what is read, and passes no more than limit bytes on. It
// keeps the error that ended it.
type fetchMeter struct {
	r        io.Reader
	limit, n int64
	err      error
}

func (m *fetchMeter) Read(p []byte) (int, error) {
	if m.err != nil || len(p) == 0 {
		return 0, m.err
	}
	// One byte more tells a body of exactly the limit from a longer one.
	if room := m.limit - m.n + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	if m.n > m.limit {
		n, m.n = n-1, m.limit
		err = fmt.Errorf("%w: there is more after %d bytes", ErrTooLarge, m.limit)
	}
	m.err = err
	return n, err
}

// fetchGunzip decodes gzip, reading nothing before it is read. An empty body is
// empty, although gzip always has a header.
type fetchGunzip struct {
	r *fetchMeter
	z *gzip.Reader
}

func (g *fetchGunzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.r)
		if err != nil {
			return 0, err
		}
		g.z = z
	}
	return g.z.Read(p)
}
