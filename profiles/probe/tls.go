package probe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
)

// lateTLS is the newest version in which a server can ask for a certificate after the
// request and crypto/tls answers.
const lateTLS = tls.VersionTLS12

// handshake makes the connection one of TLS. The server's certificate is judged before
// anything goes out that is the user's: crypto/tls answers the request for a
// certificate only after VerifyConnection.
func (a *attempt) handshake(ctx context.Context) error {
	a.x.Stage = StageHandshake
	seen := &TLS{}
	over := false
	conn := tls.Client(a.conn, &tls.Config{
		ServerName:         a.host,
		NextProtos:         []string{"http/1.1"},
		MinVersion:         tls.VersionTLS12, // RFC 8996 ends those before
		MaxVersion:         a.r.MaxTLS,
		Time:               a.s.opt.Now,
		InsecureSkipVerify: true, // for VerifyConnection to do it, and keep the chain
		VerifyConnection: func(state tls.ConnectionState) error {
			seen.Chain = state.PeerCertificates
			seen.Trusted, seen.ChainErr = a.s.trust(a.host, state.PeerCertificates)
			a.s.reached = a.s.reached || a.host == a.s.host && seen.ChainErr == nil
			return seen.ChainErr
		},
		GetClientCertificate: func(asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			seen.Asked, seen.Late, seen.CAs = true, over, asked.AcceptableCAs
			return a.offer(seen, asked)
		},
		Renegotiation: a.renegotiation(),
	})
	err := conn.Handshake()
	a.x.TLS = seen
	seen.Version = conn.ConnectionState().Version
	if err != nil {
		return a.explain(ctx, err)
	}
	over = true
	a.conn = conn
	return nil
}

func (a *attempt) renegotiation() tls.RenegotiationSupport {
	if a.r.Renegotiate {
		return tls.RenegotiateOnceAsClient
	}
	return tls.RenegotiateNever
}

// trust judges a server's chain: name, time and roots. Where both the name and the rest
// are wrong it says both. The way to a root is there also where the name alone is wrong.
func (s *session) trust(host string, chain []*x509.Certificate) (way []*x509.Certificate, err error) {
	above := x509.NewCertPool()
	for _, c := range chain[1:] {
		above.AddCert(c)
	}
	named := chain[0].VerifyHostname(host)
	ways, led := chain[0].Verify(x509.VerifyOptions{Roots: s.opt.Roots, Intermediates: above, CurrentTime: s.opt.Now()})
	if len(ways) > 0 {
		way = ways[0]
	}
	if named != nil && led != nil {
		return way, fmt.Errorf("%w; and %w", named, led)
	}
	return way, cmp.Or(named, led)
}

// offer hands over the identity's certificate, where the request is to have it, whether
// or not the server names its CA: a phone with one identity has no other to choose.
func (a *attempt) offer(seen *TLS, asked *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	id := a.s.target.Identity
	if id == nil {
		return &tls.Certificate{}, nil
	}
	seen.Offered = len(asked.AcceptableCAs) == 0 || issuedByOne(id, asked.AcceptableCAs)
	if !a.r.Certificate {
		return &tls.Certificate{}, nil
	}
	own := &tls.Certificate{Certificate: sentChain(id), PrivateKey: id.Key, Leaf: id.Leaf.X509}
	keyOnly := *asked
	keyOnly.AcceptableCAs = nil
	if err := keyOnly.SupportsCertificate(own); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	seen.Sent = true
	return own, nil
}

// sentChain is the identity as phones send it: without the root, which the server has
// or would not believe.
func sentChain(id *certs.Identity) [][]byte {
	sent := [][]byte{id.Leaf.Raw}
	for _, c := range id.Chain {
		if !bytes.Equal(c.RawSubject, c.RawIssuer) {
			sent = append(sent, c.Raw)
		}
	}
	return sent
}

// issuedByOne says whether a CA of the names issued the certificate or one above it.
func issuedByOne(id *certs.Identity, names [][]byte) bool {
	return slices.ContainsFunc(append([]*certs.Certificate{id.Leaf}, id.Chain...), func(c *certs.Certificate) bool {
		return slices.ContainsFunc(names, func(name []byte) bool { return bytes.Equal(name, c.RawIssuer) })
	})
}

// oldTLS is how crypto/tls says that the server answered with a version that it does
// not speak. It has no type for it.
const oldTLS = "server selected unsupported protocol version"

// explain says what ended a connection.
func (a *attempt) explain(ctx context.Context, err error) error {
	if a.x.TLS != nil {
		a.x.TLS.Alert = remoteAlert(err)
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case strings.Contains(err.Error(), oldTLS):
		return fmt.Errorf("%w: %w", ErrOldTLS, err)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

// refusedUnasked says whether a server in TLS 1.3 refused a request without having
// asked for a certificate: it may be one that asks late, which only works before 1.3.
func (x *Exchange) refusedUnasked() bool {
	if x.TLS == nil || x.TLS.Asked || x.TLS.Version <= lateTLS {
		return false
	}
	switch x.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return true
	}
	return x.TLS.Alert != 0
}
