package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
)

// maxInterim is how many answers with 1xx may come before the one that counts.
const maxInterim = 5

// speak sends the request over the connection and reads the answer.
func (a *attempt) speak(ctx context.Context, u *url.URL) error {
	a.x.Stage = StageRequest
	req := a.build(u)
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return fmt.Errorf("writing the request: %w", err)
	}
	_, sent := a.conn.Write(wire.Bytes())
	// What refuses a request often answers before it has read all of it: that says more
	// than that it could not be sent.
	if sent != nil && ctx.Err() != nil {
		return a.explain(ctx, sent)
	}
	if sent == nil {
		a.x.Stage = StageAnswer
	}
	in := &meter{r: a.conn, left: maxHeader}
	resp, err := readHeader(bufio.NewReader(in), req)
	if err != nil && sent != nil && remoteAlert(err) == 0 {
		return a.explain(ctx, sent)
	}
	a.x.Stage = StageAnswer
	if err != nil {
		err = a.explain(ctx, in.cause(a.r, err))
		if in.left < maxHeader && closed(err) { // who refuses by closing has said nothing before
			return fmt.Errorf("%w in the middle of its answer", ErrClosed)
		}
		return err
	}
	a.x.Status = resp.StatusCode
	a.x.Header = a.r.scrubHeader(resp.Header)
	a.x.Location = location(u, resp.StatusCode, a.x.Header)
	return a.readBody(ctx, in, resp.Body)
}

// readBody keeps as much as maxBody.
func (a *attempt) readBody(ctx context.Context, in *meter, body io.Reader) error {
	a.x.Stage = StageBody
	in.left = math.MaxInt64 // what is around the body isn't kept
	read, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	a.x.Body = a.r.scrub(read[:min(len(read), maxBody)])
	switch {
	case err != nil:
		return a.explain(ctx, in.cause(a.r, err))
	case len(read) > maxBody:
		return fmt.Errorf("%w: more than %d bytes", ErrBody, maxBody)
	}
	return nil
}

// build makes the request for the wire. Its connection is closed afterwards, which the
// server is told: one that counts on it need not say where its answer ends.
func (a *attempt) build(u *url.URL) *http.Request {
	h := a.r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("User-Agent", strings.TrimSuffix("easkit/"+a.s.opt.Version, "/"))
	h.Set("Accept-Encoding", "identity")
	if a.r.Bearer != "" {
		h.Set("Authorization", "Bearer "+string(a.r.Bearer))
	}
	if a.s.direct() {
		h.Del("Authorization") // by MS-ASHTTP a certificate takes its place
	}
	return &http.Request{
		Method: a.r.Method, URL: u, Host: u.Host, Header: h, Close: true,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(a.r.Body)), ContentLength: int64(len(a.r.Body)),
	}
}

// readHeader reads an answer up to its body, past those that only announce it.
func readHeader(r *bufio.Reader, req *http.Request) (*http.Response, error) {
	for range maxInterim {
		resp, err := http.ReadResponse(r, req)
		if err == nil && resp.StatusCode < http.StatusContinue {
			return nil, fmt.Errorf("%w: its status is %03d", ErrAnswer, resp.StatusCode)
		}
		if err != nil || resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, err
		}
	}
	return nil, fmt.Errorf("%w: more than %d answers with 1xx", ErrAnswer, maxInterim)
}

// meter reads as much as is left, and says so where that is nothing more.
type meter struct {
	r    io.Reader
	left int64
	err  error
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		m.err = fmt.Errorf("%w: more than %d bytes", ErrHeader, maxHeader)
		return 0, m.err
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	m.err = err
	return n, err
}

// cause tells the end of the connection, after which half a line cannot be read either,
// from an answer that cannot, of which the error may hold any text, the token included.
func (m *meter) cause(r request, err error) error {
	switch {
	case m.err != nil && !errors.Is(m.err, io.EOF) && !errors.Is(m.err, io.ErrUnexpectedEOF):
		return m.err
	case errors.Is(err, ErrAnswer), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return fmt.Errorf("%w: %s", ErrAnswer, preflight.Printable(preflight.Clip(string(r.scrub([]byte(err.Error()))), shown)))
}

// scrubHeader takes out of the answer what lets others in: cookies, and the token where
// the server sends it back. In the name of a header reading changes its letters' case.
func (r request) scrubHeader(h http.Header) http.Header {
	h.Del("Set-Cookie")
	for name, values := range h {
		if r.Bearer != "" && strings.Contains(strings.ToLower(name), strings.ToLower(string(r.Bearer))) {
			delete(h, name)
			continue
		}
		for i, v := range values {
			values[i] = string(r.scrub([]byte(v)))
		}
	}
	return h
}

func (r request) scrub(b []byte) []byte {
	if r.Bearer == "" {
		return b
	}
	return bytes.ReplaceAll(b, []byte(r.Bearer), []byte("[token]"))
}
