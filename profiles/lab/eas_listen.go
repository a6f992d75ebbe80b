package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// What a client may take of the server, whatever it does.
const (
	easHeaderTime  = 10 * time.Second
	easRequestTime = 30 * time.Second
	easIdleTime    = time.Minute
	easMaxHeader   = 64 << 10
)

// Serve answers on a listener until the context ends, or the listener fails. Log is told
// of handshakes that fail as well.
func (e *EAS) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           e,
		ReadHeaderTimeout: easHeaderTime,
		ReadTimeout:       easRequestTime,
		IdleTimeout:       easIdleTime,
		MaxHeaderBytes:    easMaxHeader,
		ErrorLog:          log.New(handshakes{e}, "", 0),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	defer server.Close()
	if err := server.Serve(tls.NewListener(l, e.TLSConfig())); ctx.Err() == nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving ActiveSync at %s: %w", l.Addr(), err)
	}
	return nil
}

// Start serves at a port of its own on this machine, until stop is called.
func (e *EAS) Start(ctx context.Context) (address string, stop func() error, err error) {
	l, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- e.Serve(ctx, l) }()
	return l.Addr().String(), func() error {
		cancel()
		err, ok := <-ended
		if ok {
			close(ended)
		}
		return err
	}, nil
}

// handshakes tells the log what net/http has to say of connections.
type handshakes struct{ eas *EAS }

func (h handshakes) Write(line []byte) (int, error) {
	if text, ok := strings.CutPrefix(strings.TrimSpace(string(line)), "http: TLS handshake error from "); ok {
		_, why, _ := strings.Cut(text, ": ")
		h.eas.log(EASRequest{Refused: "in the TLS handshake: " + why})
	}
	return len(line), nil
}
