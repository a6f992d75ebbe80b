package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/easkit/easkit/profiles/portal"
)

// tlsPair is a server's certificate with its key, as the files have them. It may be nil.
type tlsPair struct {
	certFile, keyFile string

	mu      sync.Mutex
	current *tls.Certificate
	changed [2]time.Time // of the files, when they were read
}

// readTLS reads --tls-cert and --tls-key; nil for none.
func (a *app) readTLS(certFile, keyFile string) (*tlsPair, error) {
	switch {
	case certFile == "" && keyFile == "":
		return nil, nil
	case certFile == "" || keyFile == "":
		return nil, errors.New("--tls-cert and --tls-key go together")
	}
	p := &tlsPair{certFile: certFile, keyFile: keyFile}
	if _, err := p.renew(); err != nil {
		return nil, err
	}
	if leaf := p.current.Leaf; a.now().After(leaf.NotAfter) {
		return nil, fmt.Errorf("--tls-cert: %s: the certificate ended on %s", certFile, leaf.NotAfter.Format(time.DateOnly))
	}
	return p, nil
}

// renew reads the files if they have changed.
func (p *tlsPair) renew() (changed bool, err error) {
	if p == nil {
		return false, nil
	}
	var now [2]time.Time
	for i, file := range []string{p.certFile, p.keyFile} {
		info, err := os.Stat(file)
		if err != nil {
			return false, fmt.Errorf("--tls-cert, --tls-key: %w", err)
		}
		now[i] = info.ModTime()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current != nil && now == p.changed {
		return false, nil
	}
	pair, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return false, fmt.Errorf("--tls-cert %s, --tls-key %s: %w", p.certFile, p.keyFile, err)
	}
	p.current, p.changed = &pair, now
	return true, nil
}

func (p *tlsPair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current, nil
}

// originOf is what links begin with: --origin, or else what follows from the certificate
// or the loopback address.
func (s *portalServer) originOf(asked string, at net.Addr) (string, error) {
	if s.pair == nil {
		if asked == "" {
			asked = "http://" + at.String()
		}
		return asked, nil
	}
	leaf := s.pair.current.Leaf
	if asked == "" {
		for _, name := range leaf.DNSNames {
			if !strings.HasPrefix(name, "*") {
				return httpsOrigin(name, at)
			}
		}
		return "", withHint(errors.New("what links begin with does not follow from the certificate, which has no name of a host"), "give --origin https://HOST")
	}
	u, err := portal.ParseOrigin(asked)
	if err != nil {
		return "", fmt.Errorf("--origin: %w", err)
	}
	if u.Scheme != "https" {
		return "", withHint(fmt.Errorf("--origin %s: with --tls-cert links begin with https", asked), "give --origin https://%s", u.Host)
	}
	if err := leaf.VerifyHostname(u.Hostname()); err != nil {
		return "", fmt.Errorf("--origin %s: browsers would warn of the certificate: %w", asked, err)
	}
	return asked, nil
}

func httpsOrigin(host string, at net.Addr) (string, error) {
	_, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "", err
	}
	if port == strconv.Itoa(httpsPort) {
		return "https://" + strings.ToLower(host), nil
	}
	return "https://" + net.JoinHostPort(strings.ToLower(host), port), nil
}
