package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

func newVerify(a *app) *cobra.Command {
	var roots []string
	var content string
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Verify the signature on a profile: digest, signer, chain, expiry",
		Long: "Verifies as a phone would: one signer, sound attributes and digest, and a chain to a\n" +
			"trusted root with what the signature itself holds. The signer's own clock counts for\n" +
			"nothing: the chain is judged now, or at --at.\n" +
			"The exit status is 1 if a signature is not valid.",
		Example: "  easkit verify alice.mobileconfig --roots root.pem\n" +
			"  easkit verify alice.mobileconfig --roots root.pem --at 2027-06-01\n" +
			"  easkit verify bundle.json.p7s --content bundle.json --roots root.pem",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, ignore, err := a.judgement()
			if err != nil {
				return err
			}
			trust, err := a.readRoots(roots)
			if err != nil {
				return err
			}
			if content != "" {
				if trust.Detached, err = a.readInput(content); err != nil {
					return err
				}
			}
			return a.verify(s, args, trust, ignore)
		},
	}
	cmd.Flags().StringArrayVar(&roots, "roots", nil, "trust the roots in this `FILE` or folder, in place of the system's (repeatable)")
	cmd.Flags().StringVar(&content, "content", "", "the `FILE` that a detached signature is over")
	return cmd
}

// readRoots reads whom to trust. A file that can't be read is an error and never
// quietly the system's roots.
func (a *app) readRoots(paths []string) (profiles.Signed, error) {
	trust := profiles.Signed{RootsAre: "the system's roots"}
	if len(paths) == 0 {
		return trust, nil
	}
	cas, err := a.readCertificates("--roots", paths)
	if err != nil {
		return trust, err
	}
	trust = trusting(cas, paths)
	if trust.Roots.Equal(x509.NewCertPool()) {
		return trust, fmt.Errorf("--roots: there is no root (a certificate signed with its own key) in %s", strings.Join(paths, ", "))
	}
	return trust, nil
}

// trusting is whom a phone trusts that has the roots among certificates: an
// intermediate that lies beside them must come with the signature.
func trusting(cas []*certs.Certificate, paths []string) profiles.Signed {
	trust := profiles.Signed{Roots: x509.NewCertPool(), RootsAre: "the roots in " + strings.Join(paths, ", ")}
	for _, ca := range cas {
		if ca.X509 != nil && (ca.IsRoot() || ca.SelfIssued() && errors.Is(ca.SignedBy(ca), certs.ErrUnsupported)) {
			trust.Roots.AddCert(ca.X509)
		}
	}
	return trust
}

func (a *app) verify(s preflight.Scenario, files []string, trust profiles.Signed, ignore map[string]string) error {
	report := preflight.NewReport(s)
	var failed error
	for _, file := range files {
		sub := trust
		if sub.Data, sub.Err = a.readInput(file); sub.Err != nil {
			failed = errInputs
		}
		report.Add("signature", file, profiles.CheckSigned(s, &sub), ignore)
	}
	if err := a.writeReport(report, preflight.TextOptions{Passes: true, Signatures: true}); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return failOn(a.global.failOn, report)
}
