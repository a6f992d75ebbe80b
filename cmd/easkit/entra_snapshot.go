package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

func newEntraSnapshot(a *app) *cobra.Command {
	var g graphFlags
	var withoutUsers, script bool
	cmd := &cobra.Command{
		Use:   "snapshot DIR",
		Short: "Read all that the tenant's checks need, once, into a folder",
		Long: "Reads the tenant's settings, trust stores, groups and users through Microsoft Graph and\n" +
			"writes them as JSON files, which check and entra plan take with --tenant DIR. Nothing is\n" +
			"written to the tenant. What may not be read is noted in snapshot.json, and the rest goes on.\n\n" +
			"Who may not sign in with an application of their own takes the script: --script prints\n" +
			"PowerShell that writes the same files by Microsoft's own module.",
		Example: "  easkit entra snapshot contoso/ --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit entra snapshot --script -o snapshot.ps1",
		Args: func(cmd *cobra.Command, args []string) error {
			if script {
				return cobra.NoArgs(cmd, args)
			}
			return exactly("DIR")(cmd, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if script {
				return a.printScript("snapshot.ps1")
			}
			return a.snapshot(&g, args[0], !withoutUsers)
		},
	}
	g.register(cmd)
	cmd.Flags().BoolVar(&withoutUsers, "without-users", false, "leave the list of users out")
	cmd.Flags().BoolVar(&script, "script", false, "print a PowerShell script that does the same, and sign in nowhere")
	return cmd
}

// printScript prints a script that needs no data.
func (a *app) printScript(name string) error {
	text, err := templates.Files.ReadFile("scripts/" + name)
	if err != nil {
		return err
	}
	return a.print(text)
}

func (a *app) snapshot(g *graphFlags, dir string, users bool) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 && !a.global.force {
		return withHint(fmt.Errorf("%s is not empty", dir), "give a new folder, or --force to replace the files of an older snapshot")
	}
	client, err := g.client(a, s)
	if err != nil {
		return err
	}
	f := snapshotFolder{dir: dir}
	snap, err := tenant.Collect(a.ctx, client, tenant.CollectOptions{Now: a.now(), Cloud: s.Cloud, By: "easkit " + number(), Users: users, Write: f.write})
	if err != nil {
		f.takeBack()
		return err
	}
	for _, m := range snap.Missing {
		a.say("not read: %s: %s", m.File, preflight.Printable(m.Why))
	}
	a.say("snapshot of %q in %s: it names users and policies, keep it as you would those", snap.Organization.DisplayName, dir)
	return nil
}

// snapshotFolder is a folder that a snapshot is written to.
type snapshotFolder struct {
	dir     string
	written []string
}

// write writes a file that may be large, whole or not at all.
func (f *snapshotFolder) write(file string, content func(io.Writer) error) error {
	if err := os.MkdirAll(f.dir, keyfile.DirMode); err != nil {
		return err
	}
	path := filepath.Join(f.dir, file)
	temp, err := os.CreateTemp(f.dir, ".easkit-*") // CreateTemp makes files of mode 0600
	if err != nil {
		return err
	}
	err = errors.Join(content(temp), temp.Sync(), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		os.Remove(temp.Name())
		return err
	}
	f.written = append(f.written, path)
	return nil
}

// takeBack removes what was written, and the folder where that is all that was in it.
func (f *snapshotFolder) takeBack() {
	for _, path := range f.written {
		os.Remove(path)
	}
	os.Remove(f.dir) // which a folder with other files in it resists
}
