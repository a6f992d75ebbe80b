package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newIntune(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "intune",
		Short: "Intune: make the objects of a mail account, import them, and check those of a tenant",
		Long: "Makes what Intune needs to bring a mail account with a certificate to phones, imports it, and\n" +
			"judges what a tenant has. easkit help intune tells the whole of it.",
		Args: noOther,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newIntuneExport(a), newIntunePlan(a), newIntuneImport(a), newIntuneCheck(a), newIntunePFX(a))
	return cmd
}

// noOther refuses a command that is not there, and names those that are.
func noOther(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		return withHint(err, "it is one of %s", strings.Join(names, ", "))
	}
	return nil
}
