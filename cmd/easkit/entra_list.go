package main

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

func newEntraList(a *app) *cobra.Command {
	var g graphFlags
	var dir string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "The CAs that the tenant trusts, in both stores, and which entry counts",
		Long: "Shows the CAs of the PKI-based and of the classic trust store, what each store is told of\n" +
			"them, and which of the two counts where a CA is in both. It only reads.",
		Example: "  easkit entra list --tenant contoso/\n  easkit entra list --tenant-id contoso.com --client-id 4f1c… --format json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return a.listTrust(&g, dir) },
	}
	g.register(cmd)
	registerTenant(cmd, &dir)
	return cmd
}

// registerTenant adds the flag for a snapshot.
func registerTenant(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "tenant", "", "a snapshot of the tenant, in place of signing in: `DIR` (easkit entra snapshot)")
}

// trustState reads what a tenant trusts, from a snapshot or live.
func (a *app) trustState(g *graphFlags, dir string) (*trust.State, error) {
	s, _, err := a.judgement()
	if err != nil {
		return nil, err
	}
	if dir != "" {
		snap, err := a.openSnapshot(dir)
		if err != nil {
			return nil, err
		}
		return stateOf(snap)
	}
	client, err := g.client(a, s)
	if err != nil {
		return nil, err
	}
	return trust.Read(a.ctx, client)
}

// stateOf takes the trust stores out of a snapshot, which must have both.
func stateOf(snap *tenant.Snapshot) (*trust.State, error) {
	for _, file := range []string{tenant.OrganizationFile, tenant.ClassicFile, tenant.PKIFile} {
		if !snap.Has(file) {
			return nil, fmt.Errorf("the snapshot has no %s: %s", file, preflight.Printable(snap.Why(file)))
		}
	}
	return partOf(snap), nil
}

// partOf is what a snapshot has of the trust stores.
func partOf(snap *tenant.Snapshot) *trust.State {
	st := &trust.State{PKIs: snap.PKIs}
	if snap.Organization != nil {
		st.Tenant = *snap.Organization
	}
	if len(snap.Classic) > 0 {
		st.Classic = &graph.ClassicStore{ID: graph.ClassicStoreID, CAs: snap.Classic}
	}
	return st
}

// listedCA is a CA as entra list prints it in JSON.
type listedCA struct {
	Name       string      `json:"name"`
	Thumbprint string      `json:"thumbprint"`
	SHA256     string      `json:"sha256"`
	Root       bool        `json:"root"`
	CRL        string      `json:"crl"`
	Delta      string      `json:"delta,omitempty"`
	Counts     trust.Store `json:"counts"` // the store whose entry counts
	Why        string      `json:"why,omitempty"`
	Container  string      `json:"container,omitempty"`
	IssuerHint bool        `json:"issuerHint,omitempty"`
	PKI        bool        `json:"inPki"`
	Classic    bool        `json:"inClassic"`
}

func (a *app) listTrust(g *graphFlags, dir string) error {
	if err := a.global.check(); err != nil {
		return err
	}
	st, err := a.trustState(g, dir)
	if err != nil {
		return err
	}
	if st.NoPKI != nil {
		a.say("note: the PKI store could not be read: %s", oneLine(st.NoPKI))
	}
	all := []listedCA{}
	for _, l := range st.All() {
		all = append(all, listedCA{
			Name: l.Entry.Name(), Thumbprint: l.Entry.Thumbprint(), SHA256: l.Entry.Key(), Root: l.Entry.Root, CRL: l.Entry.CRL, Delta: l.Entry.Delta,
			Counts: l.Wins, Why: l.Why, Container: l.Container, IssuerHint: l.Entry.IssuerHint, PKI: l.InPKI != nil, Classic: l.InClassic != nil,
		})
	}
	if a.global.format == formatJSON {
		return a.printJSON(all)
	}
	return a.printTrust(st, all)
}

func (a *app) printTrust(st *trust.State, all []listedCA) error {
	var b bytes.Buffer
	if len(all) == 0 {
		fmt.Fprintf(&b, "%s (%s) trusts no CA: nobody signs in with a certificate\n", preflight.Printable(st.Tenant.DisplayName), preflight.Printable(st.Tenant.ID))
		return a.print(b.Bytes())
	}
	fmt.Fprintf(&b, "%s (%s) trusts these CAs, each of which can sign in any user: %d\n\n", preflight.Printable(st.Tenant.DisplayName), preflight.Printable(st.Tenant.ID), len(all))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CA\tTYPE\tSTORE\tCRL\tSHA-1")
	for _, ca := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", ca.Name, kindOf(ca.Root), storesOf(ca), preflight.Printable(orNone(ca.CRL)), ca.Thumbprint)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, ca := range all {
		if ca.IssuerHint {
			fmt.Fprintf(&b, "\n%s is named to phones in the handshake (issuer hint)\n", ca.Name)
		}
		if ca.Why != "" {
			fmt.Fprintf(&b, "\n%s is in both: what the %s store has counts (%s)\n", ca.Name, ca.Counts, preflight.Printable(ca.Why))
		}
	}
	return a.print(b.Bytes())
}

func kindOf(root bool) string {
	if root {
		return graph.Root
	}
	return graph.Intermediate
}

func storesOf(ca listedCA) string {
	switch {
	case ca.PKI && ca.Classic:
		return fmt.Sprintf("pki (%s), classic", preflight.Printable(ca.Container))
	case ca.PKI:
		return fmt.Sprintf("pki (%s)", preflight.Printable(ca.Container))
	}
	return "classic"
}

func orNone(s string) string {
	if s == "" {
		return "none: revocation is not checked"
	}
	return s
}
