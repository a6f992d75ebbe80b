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

// overTLS says whether the portal does TLS itself.
func (s *portalServer) overTLS() bool { return s.pair != nil || s.acme != nil }

// originOf is what links begin with: --origin, or else what follows from the certificate
// or the loopback address.
func (s *portalServer) originOf(asked string, at net.Addr) (string, error) {
	if !s.overTLS() {
		if asked == "" {
			asked = "http://" + at.String()
		}
		return asked, nil
	}
	if asked == "" {
		host, err := s.certified()
		if err != nil {
			return "", err
		}
		return httpsOrigin(host, at)
	}
	u, err := portal.ParseOrigin(asked)
	if err != nil {
		return "", fmt.Errorf("--origin: %w", err)
	}
	if u.Scheme != "https" {
		return "", withHint(fmt.Errorf("--origin %s: with a certificate links begin with https", asked), "give --origin https://%s", u.Host)
	}
	if s.acme != nil {
		if u.Hostname() != s.acme.host {
			return "", withHint(fmt.Errorf("--origin %s: the certificate will be for %s alone", asked, s.acme.host), "give --acme %s", u.Hostname())
		}
		return asked, nil
	}
	if err := s.pair.current.Leaf.VerifyHostname(u.Hostname()); err != nil {
		return "", fmt.Errorf("--origin %s: browsers would warn of the certificate: %w", asked, err)
	}
	return asked, nil
}

// certified is the host that the certificate is for, or the first of them.
func (s *portalServer) certified() (string, error) {
	if s.acme != nil {
		return s.acme.host, nil
	}
	for _, name := range s.pair.current.Leaf.DNSNames {
		if !strings.HasPrefix(name, "*") {
			return name, nil
		}
	}
	return "", withHint(errors.New("what links begin with does not follow from the certificate, which has no name of a host"), "give --origin https://HOST")
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
