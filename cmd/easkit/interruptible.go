package main

import (
	"context"
	"io"
)

// interruptible reads a stream that may never give anything, such as a terminal or
// a pipe, and stops waiting when ctx ends.
type interruptible struct {
	ctx  context.Context
	r    io.Reader
	buf  []byte
	read chan result
}

type result struct {
	n   int
	err error
}

// pipeSize is how much is read from a pipe at a time (pipe(7): its capacity).
const pipeSize = 64 << 10

func (i *interruptible) Read(b []byte) (int, error) {
	if i.read == nil {
		i.read, i.buf = make(chan result, 1), make([]byte, pipeSize)
	}
	// The buffer is not b: the stream may still write to it after ctx ended.
	go func(buf []byte) {
		n, err := i.r.Read(buf)
		i.read <- result{n, err}
	}(i.buf[:min(len(b), len(i.buf))])
	select {
	case got := <-i.read:
		return copy(b, i.buf[:got.n]), got.err
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	}
}
