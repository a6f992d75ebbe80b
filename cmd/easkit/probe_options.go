package main

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe"
)

// probeOptions turns flags into how accounts are tried.
func (a *app) probeOptions(f *probeFlags) (probe.Options, error) {
	o := probe.Options{Now: a.now, Version: number(), Deep: f.deep, AcceptPolicy: f.acceptPolicy, Timeout: f.timeout}
	trust, err := a.readRoots(f.roots)
	if err != nil {
		return o, err
	}
	o.Roots = trust.Roots
	if o.Connect, err = parseConnect(f.connect); err != nil {
		return o, err
	}
	for host := range o.Connect {
		if host != "" {
			o.Hosts = append(o.Hosts, host)
		}
	}
	return o, nil
}

// httpsPort is where --connect connects to that has no port.
const httpsPort = 443

// parseConnect reads --connect: addresses by the host that they are for, which is "" for
// the account's.
func parseConnect(values []string) (map[string]string, error) {
	connect := map[string]string{}
	for _, value := range values {
		host, address, named := strings.Cut(value, "=")
		if !named {
			host, address = "", value
		} else if e, err := profiles.ParseEndpoint(host); err != nil || e.Port != 0 {
			return nil, fmt.Errorf("--connect %q: before the = is no host's name alone", value)
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			ip, failed := netip.ParseAddr(strings.Trim(address, "[]"))
			if failed != nil {
				return nil, withHint(fmt.Errorf("--connect %q: %q is neither ADDR nor ADDR:PORT", value, address), "give an IP address, as in --connect 127.0.0.1:8443")
			}
			at = netip.AddrPortFrom(ip, httpsPort)
		}
		if host = strings.ToLower(host); connect[host] != "" {
			return nil, fmt.Errorf("--connect %s: the same host has another address already, %s", value, connect[host])
		}
		connect[host] = at.String()
	}
	return connect, nil
}

// userWays are those of [graph.Ways] by which a user of one's own application signs in.
var userWays = []graph.Way{graph.Browser, graph.DeviceCode}

// probeSignIn is how to get a token for the account; nil where none was asked for.
func (a *app) probeSignIn(f *probeFlags, t probe.Target) (func(context.Context, probe.Challenge) (string, error), error) {
	if f.signIn == "" {
		return nil, nil
	}
	if _, err := preflight.Word("--sign-in", f.signIn, userWays); err != nil {
		return nil, err
	}
	if f.clientID == "" {
		return nil, withHint(fmt.Errorf("--sign-in needs an application of your own"), "--client-id ID; easkit help probe says how to register it")
	}
	endpoint, err := probe.SignInEndpoint(t.Account.Cloud)
	if err != nil {
		return nil, err
	}
	in := graphFlags{way: f.signIn, clientID: f.clientID, tenantID: f.tenantID}
	if _, domain, ok := strings.Cut(t.Account.User, "@"); ok && in.tenantID == "" {
		in.tenantID = domain
	}
	source, err := in.source(a, endpoint)
	if err != nil {
		return nil, withHint(err, "see easkit help probe for --sign-in, --client-id and --tenant-id")
	}
	sign := probe.SignInAs(t.Account, source)
	return func(ctx context.Context, c probe.Challenge) (string, error) {
		a.say("sign in as %s, and choose the certificate where it is asked for", preflight.Printable(t.Account.User))
		return sign(ctx, c)
	}, nil
}
