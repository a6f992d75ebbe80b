package main

import (
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/rollout"
)

// errCRLs says that a run was refused.
var errCRLs = errors.New("the CRLs or their CAs do not pass, and nothing was made")

// revocation reads the CRLs of a rollout, once for all users, and says what is wrong with
// them before the first; nil without --crl. A run whose CRLs fail is refused: of no user
// could be said that the certificate is good.
func (a *app) revocation(f *rolloutFlags, req provision.Request) (rollout.Revocation, error) {
	if len(f.revocation.crls) == 0 {
		if len(f.revocation.cas) > 0 {
			return nil, withHint(errors.New("--ca says whose the CRLs are, and there are none"), "give the CRLs with --crl; --chain adds CAs to the profiles")
		}
		return nil, nil
	}
	if len(f.revocation.cas) == 0 {
		return nil, withHint(errors.New("--crl: nothing says which CAs made the CRLs"), "give the CAs with --ca, all up to the root")
	}
	cas, err := a.readCertificates("--ca", f.revocation.cas)
	if err != nil {
		return nil, err
	}
	in := audit.Input{Known: req.CAs}
	for _, ca := range cas {
		in.CAs = append(in.CAs, audit.Authority{Certificate: ca})
	}
	if in.CRLs, err = f.revocation.crlSources(a, f.revocation.crls); err != nil {
		return nil, fmt.Errorf("--crl: %w", err)
	}
	o, err := f.revocation.options(a, req.Scenario.WithDefaults())
	if err != nil {
		return nil, err
	}
	found, report, err := audit.ReadRevocations(a.ctx, req.Scenario, in, o)
	if err != nil {
		return nil, inFlag("--crl", err)
	}
	return found, a.tellCRLs(report)
}

// tellCRLs says what the CRLs are like, on standard error. The error refuses the run.
func (a *app) tellCRLs(report *preflight.Report) error {
	worst := report.Worst()
	refused := worst == preflight.StatusFail || worst == preflight.StatusWarn && a.global.failOn == failWarn
	if refused || !a.global.quiet && (a.global.verbose || worst != preflight.StatusPass || report.Summary.Ignored > 0) {
		if err := report.WriteText(a.err, preflight.TextOptions{Verbose: a.global.verbose, Colour: a.colour(a.err)}); err != nil {
			return err
		}
	}
	for _, sub := range report.Subjects {
		for _, f := range sub.Findings {
			if f.Check == "crl.issuer" && f.Unchecked { // which is no fault of the list, but it stands for nobody
				a.say("note: %s: %s", preflight.Printable(sub.Name), preflight.Printable(f.Message))
			}
		}
	}
	if !refused {
		return nil
	}
	return errCRLs
}
