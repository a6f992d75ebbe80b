package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// checkFlags are what the pre-flights of certificates, CAs and CRLs share.
type checkFlags struct {
	cas, crls             []string
	users, domains        string
	tenant                string
	since                 string
	resolver              string
	offline, allowPrivate bool
	excuse                func(preflight.Finding) string // set where the tenant is a lab's
}

func (f *checkFlags) register(cmd *cobra.Command) {
	f.registerNetwork(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.cas, "ca", nil, "certificates of authorities: `FILE` or folder (repeatable)")
	flags.StringVar(&f.since, "since", "", "when sign-ins were revoked: does the revocation last? `TIME` in RFC 3339")
}

// registerNetwork adds the flags that say how CRLs are fetched.
func (f *checkFlags) registerNetwork(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&f.offline, "offline", false, "use no network: read no CRL from where certificates point")
	flags.BoolVar(&f.allowPrivate, "allow-private", false, "fetch CRLs from private, loopback and link-local addresses, too")
	flags.StringVar(&f.resolver, "resolver", "", "ask this DNS server, as split DNS answers otherwise inside: `ADDR[:PORT]`")
}

// registerCRL adds the flags of what is checked against CRLs.
func (f *checkFlags) registerCRL(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.crls, "crl", nil, "the CRL of a CA, in place of the one that certificates point to: `FILE|URL` or folder (repeatable)")
}

// registerUsers adds the flags that tell whose certificate it is.
func (f *checkFlags) registerUsers(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.users, "users", "", "the directory's users: Entra's CSV export, or JSON of Graph's GET /users: `FILE`")
	cmd.Flags().StringVar(&f.domains, "domains", "", "the tenant's verified domains: one a line, or JSON of Graph's GET /domains: `FILE`")
}

// registerTenant adds the flag for a snapshot of the tenant.
func (f *checkFlags) registerTenant(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.tenant, "tenant", "", "what the tenant is set to: the `DIR` of easkit entra snapshot, or FILE.json of GET …/x509Certificate")
}

// audit runs a pre-flight and reports it. failed is what is wrong with the call's
// inputs so far.
func (a *app) audit(f *checkFlags, in audit.Input, o preflight.TextOptions, failed error) error {
	report, err := a.runAudit(f, in)
	if err := unopened(err, &failed); err != nil {
		return err
	}
	if err := a.writeReport(report, o); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return failOn(a.global.failOn, report)
}

// runAudit runs a pre-flight.
func (a *app) runAudit(f *checkFlags, in audit.Input) (*preflight.Report, error) {
	s, err := a.scenario()
	if err != nil {
		return nil, err
	}
	opts, err := f.options(a, s.WithDefaults())
	if err != nil {
		return nil, err
	}
	if f.since != "" {
		if in.Since, err = f.sinceTime(); err != nil {
			return nil, err
		}
	}
	return audit.Run(a.ctx, s, in, opts)
}

// sinceTime reads --since, which has to be more than a day.
func (f *checkFlags) sinceTime() (time.Time, error) {
	at, err := parseTime("--since", f.since)
	if err == nil && !strings.Contains(f.since, "T") {
		err = withHint(fmt.Errorf("--since %s is a day, and a CRL of that day may be older than the revocation", f.since), "give the time as well: --since %sT09:30:00Z", f.since)
	}
	return at, err
}

// unopened notes that an input could not be opened, which the report tells, and
// returns every other error.
func unopened(err error, failed *error) error {
	if opening := new(audit.OpenError); errors.As(err, &opening) {
		*failed = errInputs
		return nil
	}
	return err
}

func (f *checkFlags) options(a *app, s preflight.Scenario) (audit.Options, error) {
	ignore, err := a.global.ignored()
	o := audit.Options{Ignore: ignore, Excuse: f.excuse, Progress: a.progress()}
	if err != nil || f.offline {
		return o, err
	}
	o.Fetcher = &crl.Fetcher{AllowPrivate: f.allowPrivate}
	if s.InCloud() { // one byte more than a CRL may have tells that it has too many
		o.Fetcher.MaxSize = crl.LimitsOf(s.Cloud).BackgroundSize + 1
	}
	if f.resolver != "" {
		if o.Fetcher.Resolver, err = crl.ParseResolver(f.resolver); err != nil {
			return o, fmt.Errorf("--resolver: %w", err)
		}
	}
	return o, nil
}

// directory reads --users and --domains.
func (f *checkFlags) directory(a *app, in *audit.Input) error {
	if f.users != "" {
		err := a.parseFile("--users", f.users, func(r io.Reader) (err error) {
			in.Users, err = entra.ParseUsers(r)
			return err
		})
		if err != nil {
			return err
		}
	}
	if f.domains == "" {
		return nil
	}
	return a.parseFile("--domains", f.domains, func(r io.Reader) (err error) {
		in.Domains, err = entra.ParseDomains(r)
		return err
	})
}

// parseFile opens a file for a flag and parses it.
func (a *app) parseFile(flag, path string, parse func(io.Reader) error) error {
	file, err := a.open(path, flag)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, about(path, err))
	}
	defer file.Close()
	if err := parse(file); err != nil {
		return fmt.Errorf("%s: %w", flag, about(path, err))
	}
	return nil
}

// crlSources are the CRLs that the call names, as files, folders or URLs.
func (f *checkFlags) crlSources(a *app, paths []string) ([]audit.Source, error) {
	var sources []audit.Source
	for _, path := range paths {
		if audit.IsURL(path) {
			if f.offline {
				return nil, withHint(fmt.Errorf("%s is at a URL, and --offline uses no network", path), "download it and give the file, or leave --offline out")
			}
			sources = append(sources, audit.Source{Name: path})
			continue
		}
		files, err := expand([]string{path}, crlExtensions)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			sources = append(sources, audit.Source{Name: file, Open: func() (io.ReadCloser, error) { return a.open(file, "a CRL") }})
		}
	}
	return sources, nil
}

// refreshRate is how often the progress bar is drawn: often enough to look alive.
const refreshRate = 150 * time.Millisecond

// progress draws a bar for each stage on standard error, on a terminal only.
func (a *app) progress() func(string, int) func() {
	if a.global.quiet || !isTerminal(a.err) {
		return nil
	}
	return func(stage string, total int) func() {
		p := mpb.New(mpb.WithOutput(a.err), mpb.WithRefreshRate(refreshRate))
		bar := p.AddBar(int64(total), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(stage+" "), decor.CountersNoUnit("%d of %d")))
		return func() {
			bar.Increment()
			if bar.Completed() {
				p.Wait()
			}
		}
	}
}
