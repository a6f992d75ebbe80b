package main

import "github.com/spf13/cobra"

func newEntra(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "entra",
		Short: "Entra ID: who is affected, and what the tenant trusts",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newEntraInventory(a), newEntraSnapshot(a), newEntraList(a), newEntraPlan(a), newEntraApply(a), newEntraRestore(a),
		newEntraExport(a), newEntraUserIDs(a), newEntraRevoke(a))
	return cmd
}
