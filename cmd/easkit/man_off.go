//go:build !man

package main

import "github.com/spf13/cobra"

// extraCommands are those of special builds: see man.go.
func extraCommands() []*cobra.Command { return nil }
