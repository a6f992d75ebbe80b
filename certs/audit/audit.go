// Package audit is one pre-flight over all that was given: certificates, the CAs
// above them, and the CRLs of those, each of which is read once.
//
// The data goes one way: certificates and CAs say who issued whom and where the
// CRLs are (plan), the CRLs are read with every serial number that matters (read),
// and each subject is judged (judge).
package audit

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/big"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/preflight"
)

// Certificate is a user's certificate to judge, or a file that should hold one.
type Certificate struct {
	Name     string
	Subject  *certs.Subject      // its CAs are set here, to Input.CAs and Input.Known
	Findings []preflight.Finding // of a file that could not be opened: they are reported as they are
	// Scenario is what this one is judged for in place of the call's, its defaults
	// filled in; nil for most.
	Scenario *preflight.Scenario
	Without  []string // checks that somebody else judges, by id
}

// Authority is a CA to judge, or a file that should hold one.
type Authority struct {
	Name        string
	Certificate *certs.Certificate
	Err         error // why there is none

	// Configured is what a trust store is told of the CA: it counts there, and not
	// what certificates say. Nil where no trust store is judged.
	Configured *Addresses
}

// Addresses are where a CA's CRLs are.
type Addresses struct {
	CRL, Delta string // "" for none
	Root       *bool  // what else the store is told: whether it is a root; nil where it says nothing
}

// Source is a CRL to read: from a URL, or from what Open opens.
type Source struct {
	Name string // as the report names it; for a URL the URL itself
	Open func() (io.ReadCloser, error)
}

// Input is what to judge.
type Input struct {
	Certificates []Certificate
	CAs          []Authority          // beside certificates, those that are above none of them are not judged
	Known        []*certs.Certificate // CAs to look things up with, not judged themselves
	Issued       []*certs.Certificate // certificates that say where their issuers' CRLs are, not judged themselves
	CRLs         []Source
	Serials      []*big.Int // to look up in each of the CRLs
	Users        *entra.Users
	Domains      *entra.Domains
	Tenant       *tenant.Snapshot // what the tenant is set to; its CAs are given as any others
	Previous     *crl.List        // an earlier CRL, whose number is compared
	Since        time.Time        // when sign-ins were revoked: the certificates are meant to be on the CRL
}

// Options say how to go about it. The zero value uses no network.
type Options struct {
	Fetcher *crl.Fetcher      // fetches CRLs, given by URL or where certificates point; nil fetches none
	Ignore  map[string]string // reasons by the check's id, as [preflight.Report.Add] takes them
	// Excuse gives the reason why a single finding counts for nothing; "" for most. It
	// may be nil.
	Excuse func(preflight.Finding) string
	// Progress is told what begins, and of how many; it returns what to call as
	// each of them is done, from any goroutine. It may be nil.
	Progress func(stage string, total int) func()
}

// Run judges all of in, and reports certificates, CAs and CRLs, in this order and
// each as given. What the scenario leaves open of a user's mailbox is taken from
// the users where they say it.
//
// The error is that of ctx, or says which CRL file could not be opened, as an
// [*OpenError]; there is a report with it then, which has that as a finding.
func Run(ctx context.Context, s preflight.Scenario, in Input, o Options) (*preflight.Report, error) {
	r := newRun(s, in, o)
	r.settle()
	r.plan(ctx)
	r.read(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	report := preflight.NewReport(r.s)
	r.judge(ctx, report)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if r.unopened != nil {
		return report, r.unopened
	}
	return report, nil
}

// OpenError says that a CRL file could not be opened.
type OpenError struct {
	Name string
	Err  error
}

func (e *OpenError) Error() string {
	if path := new(fs.PathError); errors.As(e.Err, &path) && path.Path == e.Name {
		return e.Name + ": " + path.Err.Error()
	}
	return e.Name + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// run is one pre-flight under way.
type run struct {
	open     preflight.Scenario // as given, before defaults
	s        preflight.Scenario
	in       Input
	o        Options
	pool     []*certs.Certificate   // all CAs that are known, each once
	issuers  []*certs.Certificate   // of the certificates, by their place; nil where unknown
	byRaw    map[string]*authority  // what is known around each of the pool, by its DER
	byName   map[string][]*crl.List // the lists that were read, by their issuer's name
	above    map[string]bool        // the DER of the CAs that are above certificates
	orphans  urlSet                 // of certificates whose issuer isn't known
	serials  *crl.Serials
	parse    func(io.Reader, *crl.Serials) (*crl.List, error)
	sources  []*source
	hosts    hosts
	failed   map[string]failure             // why there is no list from an address or file, by its name
	decided  map[*crl.List]bool             // the lists that decided about a certificate or serial number
	signIns  []signIn                       // of the users whose certificates were judged
	troubles map[string][]preflight.Finding // of CAs and their CRLs, by the CA's DER
	unopened *OpenError
}

func newRun(s preflight.Scenario, in Input, o Options) *run {
	return &run{
		open: s, s: s.WithDefaults(), in: in, o: o, parse: crl.Read,
		troubles: map[string][]preflight.Finding{},
		byName:   map[string][]*crl.List{}, failed: map[string]failure{}, decided: map[*crl.List]bool{},
	}
}

// progress begins a stage.
func (r *run) progress(stage string, total int) func() {
	if r.o.Progress == nil || total == 0 {
		return func() {}
	}
	return r.o.Progress(stage, total)
}
