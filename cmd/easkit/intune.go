package main

import "github.com/spf13/cobra"

func newIntune(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "intune",
		Short: "Intune: make the objects of a mail account, import them, and check those of a tenant",
		Long: "Makes what Intune needs to bring a mail account with a certificate to phones, imports it, and\n" +
			"judges what a tenant has. easkit help intune tells the whole of it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newIntuneExport(a), newIntunePlan(a), newIntuneImport(a), newIntuneCheck(a), newIntunePFX(a))
	return cmd
}
