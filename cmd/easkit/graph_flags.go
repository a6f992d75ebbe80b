package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// graphFlags say how to sign in to Microsoft Graph.
type graphFlags struct {
	way, tenantID, clientID string
	certificate             string
	certificatePassword     string
	secretFile, tokenFile   string
	graph                   string
}

func (f *graphFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.way, "sign-in", "", "how to sign in to Microsoft Graph: "+choice(graph.Ways)+" (default: browser)")
	flags.StringVar(&f.tenantID, "tenant-id", "", "the directory to sign in to: an `ID` or one of its domains")
	flags.StringVar(&f.clientID, "client-id", "", "the `ID` of your own application, which the permissions were given to (easkit help permissions)")
	flags.StringVar(&f.certificate, "client-certificate", "", "the application's certificate and key, for --sign-in certificate: `FILE`")
	flags.StringVar(&f.certificatePassword, "client-certificate-password-file", "", "its password, on the first line of this `FILE`")
	flags.StringVar(&f.secretFile, "client-secret-file", "", "the application's secret, on the first line of this `FILE`")
	flags.StringVar(&f.tokenFile, "token-file", "", "sign in with the access token on the first line of this `FILE`, in place of --sign-in")
	flags.StringVar(&f.graph, "graph", "", "a lab's Graph on this machine, in place of Microsoft's: `URL`")
}

// isLab reports whether the tenant is a lab's.
func (f *graphFlags) isLab() bool { return f.graph != "" }

// lenient leaves out of the verdict what is wrong with every lab: whose CAs are of
// a lab, and whose CRLs are on this machine. A snapshot may be anybody's.
func (f *graphFlags) lenient(a *app, network *checkFlags) {
	if !f.isLab() || network.tenant != "" {
		return
	}
	network.allowPrivate = true
	network.excuse = func(finding preflight.Finding) string {
		if finding.Check == "ca.lab" || strings.Contains(finding.Message, loopback) {
			return "the tenant is a lab on this machine"
		}
		return ""
	}
}

// loopback is in the messages about addresses of this machine, and in no others.
const loopback = "is a loopback address"

// client makes a client of the cloud's Graph. It signs in with its first request.
func (f *graphFlags) client(a *app, s preflight.Scenario) (*graph.Client, error) {
	endpoint, err := graph.EndpointOf(string(s.Cloud))
	if err == nil && f.graph != "" {
		endpoint, err = graph.ParseLab(f.graph)
	}
	if err != nil {
		return nil, err
	}
	sign, err := f.source(a, endpoint)
	if err != nil {
		return nil, err
	}
	return &graph.Client{Endpoint: endpoint, Sign: sign, Sleep: a.sleep, Waiting: func(d time.Duration, why error) {
		a.say("waiting %v: %s", d.Round(time.Second), oneLine(why))
	}}, nil
}

func (f *graphFlags) source(a *app, e graph.Endpoint) (graph.TokenSource, error) {
	if f.tokenFile != "" {
		if f.way != "" {
			return nil, errors.New("give --sign-in or --token-file, not both")
		}
		text, err := a.readSecretLine("--token-file", f.tokenFile, maxToken)
		if err != nil {
			return nil, err
		}
		source, err := graph.NewFixed(text, a.now)
		if err != nil {
			return nil, fmt.Errorf("--token-file: %s: %w", f.tokenFile, err)
		}
		return source, nil
	}
	if f.isLab() {
		return nil, withHint(errors.New("--graph names a lab, and nobody signs in to one"), "give its token with --token-file easkit-lab/token")
	}
	if f.way == "" && f.tenantID == "" && f.clientID == "" {
		return nil, withHint(errors.New("no tenant is given"), "--tenant-id and --client-id sign in (easkit help permissions); where a command has it, --tenant DIR takes a snapshot")
	}
	way := graph.Browser
	if f.way != "" {
		var err error
		if way, err = preflight.Word("--sign-in", f.way, graph.Ways); err != nil {
			return nil, err
		}
	}
	in := graph.SignIn{Way: way, TenantID: f.tenantID, ClientID: f.clientID, Tell: func(message string) { fmt.Fprintln(a.err, preflight.Printable(message)) }}
	if err := f.secrets(a, &in); err != nil {
		return nil, err
	}
	source, err := in.Source(e)
	if err != nil {
		return nil, withHint(err, "see easkit help permissions for --sign-in, --tenant-id and --client-id")
	}
	return source, nil
}

// secrets reads what an application signs in with.
func (f *graphFlags) secrets(a *app, in *graph.SignIn) error {
	switch {
	case in.Way == graph.Secret && f.secretFile != "":
		secret, err := a.readSecretLine("--client-secret-file", f.secretFile, maxPassword)
		in.Secret = secret
		return err
	case in.Way != graph.Certificate || f.certificate == "":
		return nil
	}
	data, err := a.readInput(f.certificate)
	if err != nil {
		return fmt.Errorf("--client-certificate: %w", about(f.certificate, err))
	}
	var password certs.Password
	if f.certificatePassword != "" {
		if password, err = a.readPassword(f.certificatePassword); err != nil {
			return fmt.Errorf("--client-certificate-password-file: %w", err)
		}
	}
	b, err := certs.Read(data, a.unlock(password, f.certificate))
	if err != nil {
		return fmt.Errorf("--client-certificate: %w", about(f.certificate, err))
	}
	id, err := b.Identity()
	if err != nil {
		return fmt.Errorf("--client-certificate: %w", about(f.certificate, err))
	}
	in.Key = id.Key
	for _, c := range append([]*certs.Certificate{id.Leaf}, id.Chain...) {
		if c.X509 != nil {
			in.Chain = append(in.Chain, c.X509)
		}
	}
	return nil
}

// maxToken bounds a file with a token: real ones have a few kilobytes.
const maxToken = 64 << 10

// readSecretLine reads the first line of a file that holds a secret. What is wrong
// with it is told without it.
func (a *app) readSecretLine(flag, file string, limit int64) (string, error) {
	in, err := a.open(file, "a secret")
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, about(file, err))
	}
	defer in.Close()
	line, err := bufio.NewReader(io.LimitReader(in, limit+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%s: %w", flag, about(file, err))
	}
	if int64(len(line)) > limit {
		return "", fmt.Errorf("%s: %s: its first line is longer than %d bytes: is it the right file?", flag, file, limit)
	}
	return strings.TrimRight(strings.TrimPrefix(line, "\ufeff"), "\r\n"), nil
}
