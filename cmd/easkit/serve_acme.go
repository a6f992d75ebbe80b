package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/net/idna"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/profiles/portal"
)

// acmeLimit bounds how long a portal waits for its first certificate. Servers that ask
// from several places at once answer within a minute.
const acmeLimit = 2 * time.Minute

// acmeDir is where, in the folder of tickets, account keys and certificates are kept.
const acmeDir = "acme"

// letsEncryptTerms is where the terms of Let's Encrypt are.
const letsEncryptTerms = "https://letsencrypt.org/repository/"

// acmeFlags say how the portal gets its own certificate by ACME (RFC 8555). It has one
// name, since a portal answers to that of its origin alone.
type acmeFlags struct {
	host, url, roots, email string
	agree                   bool
	bindID, bindKey         string
}

func (f *acmeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.host, "acme", "", "get the certificate for this `HOST` by ACME, and renew it")
	flags.BoolVar(&f.agree, "acme-agree", false, "agree to the terms of the ACME server")
	flags.StringVar(&f.email, "acme-email", "", "the `ADDRESS` at which who runs that server reaches you")
	flags.StringVar(&f.url, "acme-url", acme.LetsEncryptURL, "the server's directory: `URL`")
	flags.StringVar(&f.roots, "acme-roots", "", "trust that server by the roots in this `FILE` alone")
	flags.StringVar(&f.bindID, "acme-account-id", "", "the `ID` of your account there, where it wants one beforehand (external account binding)")
	flags.StringVar(&f.bindKey, "acme-account-key-file", "", "its key (base64url), on the first line of this `FILE`")
}

// acmeCertificate is a certificate that is got by ACME. Handshakes never start an order:
// a stranger could use up by them what the ACME server allows.
type acmeCertificate struct {
	host, directory string
	manager         *autocert.Manager
	watch           *acmeWatch
	ready           atomic.Bool
}

// readACME reads --acme and what belongs to it; nil for none.
func (s *portalServer) readACME(f *acmeFlags) (*acmeCertificate, error) {
	if f.host == "" {
		if f.agree || f.email != "" || f.roots != "" || f.bindID != "" || f.bindKey != "" || f.url != "" && f.url != acme.LetsEncryptURL {
			return nil, withHint(errors.New("--acme-... flags say how a certificate is got, and none is asked for"), "give --acme HOST, the name that links are to have")
		}
		return nil, nil
	}
	if s.flags.tlsCert != "" || s.flags.tlsKey != "" {
		return nil, errors.New("--acme gets a certificate, and --tls-cert has one: give one of them")
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	watch, err := s.newACMEWatch(f)
	if err != nil {
		return nil, err
	}
	c := &acmeCertificate{host: f.host, directory: f.url, watch: watch}
	c.manager = &autocert.Manager{
		Prompt:     func(terms string) bool { return f.agree || watch.refuse(termsError(terms)) },
		HostPolicy: autocert.HostWhitelist(f.host),
		Email:      f.email,
		Client:     &acme.Client{DirectoryURL: f.url, HTTPClient: watch.client(), RetryBackoff: acmePause, UserAgent: "easkit"},
	}
	c.manager.ExternalAccountBinding, err = s.accountBinding(f)
	return c, err
}

// check says what of the flags can't be.
func (f *acmeFlags) check() error {
	if err := checkACMEHost(f.host); err != nil {
		return withHint(fmt.Errorf("--acme %q: %w", f.host, err), "give the name that visitors' phones find in DNS, such as mail-setup.contoso.com")
	}
	u, err := url.Parse(f.url)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return withHint(fmt.Errorf("--acme-url %q is no https address", f.url), "give the address of the ACME server's directory, such as %s", acme.LetsEncryptURL)
	}
	if a, err := mail.ParseAddress(f.email); f.email != "" && (err != nil || a.Address != f.email) {
		return fmt.Errorf("--acme-email %q is no mail address", f.email)
	}
	if f.url == acme.LetsEncryptURL && !f.agree {
		return withHint(fmt.Errorf("--acme: who gets certificates from Let's Encrypt agrees to its terms: %s", letsEncryptTerms), "read them, and give --acme-agree")
	}
	return nil
}

// checkACMEHost says why a name can't have a certificate of an ACME server.
func checkACMEHost(host string) error {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return errors.New("it is an address, and ACME certifies names")
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return errors.New("it is a name of this machine alone, and the ACME server comes to see it")
	}
	if _, err := portal.ParseOrigin("https://" + host); err != nil || strings.Contains(host, ":") {
		return errors.New("it is no name of a host, in lower case and without a port (others than ASCII as xn--...)")
	}
	if ascii, err := idna.Lookup.ToASCII(host); err != nil || ascii != host || !strings.Contains(host, ".") {
		return errors.New("it is no whole name in DNS")
	}
	return nil
}

// accountBinding joins the account to one that is there already; nil for none.
// Source: https://www.rfc-editor.org/rfc/rfc8555#section-7.3.4
func (a *app) accountBinding(f *acmeFlags) (*acme.ExternalAccountBinding, error) {
	switch {
	case f.bindID == "" && f.bindKey == "":
		return nil, nil
	case f.bindID == "" || f.bindKey == "":
		return nil, errors.New("--acme-account-id and --acme-account-key-file go together")
	}
	line, err := a.readSecretLine("--acme-account-key-file", f.bindKey, maxPassword)
	if err != nil {
		return nil, err
	}
	// Some CAs show it in the other alphabet of base64, or padded.
	text := strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(strings.TrimSpace(line))
	key, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(key) == 0 { // err would quote of the secret
		return nil, fmt.Errorf("--acme-account-key-file: %s: its first line is no base64url", f.bindKey)
	}
	return &acme.ExternalAccountBinding{KID: f.bindID, Key: key}, nil
}

// keepIn says where account key and certificate are kept, before the server serves.
func (c *acmeCertificate) keepIn(data string, log *slog.Logger) {
	dir := filepath.Join(data, acmeDir, url.QueryEscape(strings.TrimPrefix(c.directory, "https://")))
	c.manager.Cache = acmeCache{autocert.DirCache(dir), c.host, log}
}

// obtain waits for a certificate: the one that is kept, or a new one. There is no portal
// without it, so that it fails; the server must serve by then, since the ACME server
// comes to see it.
func (c *acmeCertificate) obtain(ctx context.Context, log *slog.Logger, say func(string, ...any)) error {
	if _, err := c.manager.Cache.Get(ctx, c.host); errors.Is(err, autocert.ErrCacheMiss) {
		say("getting a certificate for %s from %s: this may take a minute", c.host, c.directory)
	}
	limited, cancel := context.WithTimeout(ctx, acmeLimit)
	defer cancel()
	got := make(chan error, 1)
	go func() {
		_, err := c.manager.GetCertificate(c.hello())
		got <- err
	}()
	var err error
	select {
	case err = <-got:
	case <-limited.Done():
		err = fmt.Errorf("it has not come within %v", acmeLimit)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return c.explain(err)
	}
	c.watch.logTo(log)
	c.ready.Store(true)
	return nil
}

// hello asks the manager for the certificate as every phone that is served would. What a
// visitor's own hello lacks would make it order another, with RSA.
func (c *acmeCertificate) hello() *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{ServerName: c.host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
}

var (
	errOtherName     = errors.New("the client asks for another name than the portal's")
	errNoCertificate = errors.New("there is no certificate yet")
)

// certificate is for visitors, and for health checks, which may name no host.
func (c *acmeCertificate) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if hello.ServerName != "" && !strings.EqualFold(hello.ServerName, c.host) {
		return nil, errOtherName
	}
	if !c.ready.Load() {
		return nil, errNoCertificate
	}
	return c.manager.GetCertificate(c.hello())
}

// challenge is for the ACME server, which comes to see that the name leads here.
func (c *acmeCertificate) challenge(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if !strings.EqualFold(hello.ServerName, c.host) {
		return nil, errOtherName
	}
	return c.manager.GetCertificate(hello)
}

// configure makes a server use the certificate. The protocol of the challenge is spoken
// with those alone who offer nothing else.
// Source: https://www.rfc-editor.org/rfc/rfc8737#section-3
func (c *acmeCertificate) configure(config *tls.Config) {
	challenge := &tls.Config{
		MinVersion: config.MinVersion, NextProtos: []string{acme.ALPNProto},
		GetCertificate: c.challenge, SessionTicketsDisabled: true,
	}
	config.GetCertificate = c.certificate
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Equal(hello.SupportedProtos, challenge.NextProtos) {
			return challenge, nil
		}
		return nil, nil
	}
}

// close ends what is under way with the ACME server. It may be nil.
func (c *acmeCertificate) close() {
	if c != nil {
		c.watch.end()
	}
}

// acmeCache keeps account keys and certificates as other keys are kept.
type acmeCache struct {
	autocert.DirCache
	host string
	log  *slog.Logger
}

// Put writes one of them.
func (c acmeCache) Put(ctx context.Context, name string, data []byte) error {
	err := keyfile.Write(filepath.Join(string(c.DirCache), filepath.Clean("/"+name)), data, true)
	switch {
	case err != nil:
		c.log.ErrorContext(ctx, "keeping what was got by ACME: it is lost with the next restart", "name", name, "err", err)
	case name == c.host:
		c.log.InfoContext(ctx, "tls.obtained", "name", name)
	}
	return err
}
