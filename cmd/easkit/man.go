//go:build man

package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// extraCommands adds the command that writes man pages, made from the commands
// themselves. It is in builds with the tag man alone, since the library that
// formats them takes longer to start than all the rest of easkit.
func extraCommands() []*cobra.Command {
	return []*cobra.Command{{
		Use: "man DIR", Short: "Write man pages into a folder", Args: exactly("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Title: "EASKIT", Section: "1", Source: "easkit"}, args[0])
		},
	}}
}
