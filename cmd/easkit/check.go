package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune/exports"
	"github.com/easkit/easkit/profiles/probe"
	"github.com/easkit/easkit/profiles/rollout"
)

// catalogue joins the tables of all packages that judge.
func catalogue() []preflight.Info {
	var all []preflight.Info
	all = append(all, certs.Checks.Catalogue()...)
	all = append(all, entra.Catalogue()...)
	all = append(all, crl.Catalogue()...)
	all = append(all, tenant.Catalogue()...)
	all = append(all, audit.Catalogue()...)
	all = append(all, profiles.Catalogue()...)
	all = append(all, exports.Catalogue()...)
	all = append(all, rollout.Catalogue()...)
	all = append(all, probe.Catalogue()...)
	return append(all, preflight.Retirement.Catalogue()...)
}

func newCheck(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Pre-flight: what can be known before a rollout",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCheckCert(a), newCheckCA(a), newCheckCRL(a), newCheckProfile(a), newCheckTenant(a), newCheckList(a))
	return cmd
}

func newCheckList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the catalogue of checks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := a.global.check(); err != nil {
				return err
			}
			if a.global.format == formatJSON {
				return a.printJSON(catalogue())
			}
			return a.printCatalogue()
		},
	}
}

func (a *app) printCatalogue() error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range catalogue() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.ID, c.Basis, c.Title)
		if a.global.verbose {
			fmt.Fprintf(w, "\t\twhy: %s\n\t\tfix: %s\n\t\tsource: %s\n", c.Reason, c.Fix, c.Source)
			if len(c.Codes) > 0 {
				fmt.Fprintf(w, "\t\tseen as: %s\n", strings.Join(c.Codes, ", "))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return a.print(b.Bytes())
}
