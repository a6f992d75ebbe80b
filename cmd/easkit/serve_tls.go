package main

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
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
	pair, err := readPair(p.certFile, p.keyFile)
	if err != nil {
		return false, err
	}
	p.current, p.changed = &pair, now
	return true, nil
}

// readPair reads a certificate with its key, and says which file is not what it should be.
func readPair(certFile, keyFile string) (tls.Certificate, error) {
	pair, wrong := tls.LoadX509KeyPair(certFile, keyFile)
	if wrong == nil {
		return pair, nil
	}
	blocks, err := pemBlocks(certFile, keyFile)
	isKey := func(kind string) bool { return strings.HasSuffix(kind, "PRIVATE KEY") }
	switch {
	case err != nil:
		return pair, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	case !slices.Contains(blocks[0], "CERTIFICATE"):
		return pair, withHint(fmt.Errorf("--tls-cert %s: it has no certificate in PEM", certFile), "give --tls-cert FILE with the server's certificate (-----BEGIN CERTIFICATE-----), and those above it after it")
	case !slices.ContainsFunc(blocks[1], isKey):
		return pair, withHint(fmt.Errorf("--tls-key %s: it has no private key in PEM", keyFile), "give --tls-key FILE with the key of the certificate (-----BEGIN PRIVATE KEY-----)")
	case slices.Contains(blocks[1], "ENCRYPTED PRIVATE KEY"):
		return pair, withHint(fmt.Errorf("--tls-key %s: the key is encrypted, and nobody is asked when it is read again", keyFile), "openssl pkey -in %s -out FILE writes it without a password; keep that from others", keyFile)
	}
	return pair, withHint(fmt.Errorf("the key in %s is not that of the first certificate in %s: %w", keyFile, certFile, wrong), "give --tls-cert and --tls-key of one pair, the server's own certificate first")
}

// pemBlocks are the kinds of blocks in files.
func pemBlocks(files ...string) ([][]string, error) {
	all := make([][]string, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			all[i] = append(all[i], block.Type)
		}
	}
	return all, nil
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
