package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/lab"
	servers "github.com/easkit/easkit/profiles/lab"
)

// labDir is where a lab is if nothing else is said.
const labDir = "easkit-lab"

// labDanger stands wherever a lab is made or served.
const labDanger = "The lab is NOT FOR PRODUCTION and ends on %s: a CA of it must never get into a real\ntenant, for whoever has its key then signs in as any user there.\n"

func newLab(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "A PKI, a tenant and mailboxes to try everything with, on this machine alone",
		Long: "Makes a small PKI (root, issuing CA, users, CRLs) in a folder, and serves it with a\n" +
			"Microsoft Graph of its own that has a tenant in it, and an Exchange ActiveSync with a\n" +
			"mailbox for each user: certificates, CRLs, trust stores, revocation and mail can be tried\n" +
			"without a tenant. Everything of a lab ends after 30 days, says NOT FOR PRODUCTION and\n" +
			"carries a marker: a CA of it must never get into a real tenant, for whoever has its key\n" +
			"then signs in as any user there.",
		Example: "  easkit lab serve\n" +
			"  easkit lab issue bob@contoso.com\n" +
			"  easkit lab revoke easkit-lab/users/bob.cer",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLabInit(a), newLabIssue(a), newLabRevoke(a), newLabCRL(a), newLabServe(a), newLabTour(a))
	return cmd
}

func registerLabDir(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dir", labDir, "the `FOLDER` of the lab")
}

func registerListen(cmd *cobra.Command, address *string) {
	cmd.Flags().StringVar(address, "listen", servers.DefaultAddress, "the loopback `ADDRESS:PORT` to serve at, which the lab's certificates name for their CRLs")
}

// labCall refuses what no command of a lab does.
func (a *app) labCall(*cobra.Command, []string) error {
	switch {
	case a.global.output != "":
		return withHint(errors.New("a lab is kept in its folder: -o is not for it"), "name the folder: easkit lab --help")
	case a.global.format != formatText:
		return fmt.Errorf("--format %s is for reports, and a lab writes none", a.global.format)
	}
	return nil
}

// labTime is what time it is for a lab's PKI.
func (a *app) labTime() (time.Time, error) {
	s, err := a.scenario()
	return s.At, err
}

// openLab opens the lab of a folder.
func openLab(dir string, now time.Time) (*lab.Lab, error) {
	l, err := lab.Open(os.DirFS(dir), now)
	switch {
	case errors.Is(err, fs.ErrNotExist) && hasRoot(dir):
		return nil, withHint(fmt.Errorf("%s holds no whole lab (that of easkit quickstart has no keys of its CAs): %w", dir, err),
			"make one that issues and can be served, in a new folder: easkit lab init DIR")
	case errors.Is(err, fs.ErrNotExist):
		return nil, withHint(fmt.Errorf("%s holds no whole lab: %w", dir, err), "easkit lab init %s", dir)
	case errors.Is(err, lab.ErrOver):
		return nil, withHint(fmt.Errorf("%s: %w", dir, err), "make a new one in another folder: easkit lab init DIR")
	case err != nil:
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	return l, nil
}

// hasRoot says whether a folder has the root of a lab, whatever else is missing.
func hasRoot(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, lab.RootFile))
	return err == nil
}

// changeLab opens a lab, as of the time of the call.
func (a *app) changeLab(dir string) (*lab.Lab, error) {
	now, err := a.labTime()
	if err != nil {
		return nil, err
	}
	return openLab(dir, now)
}

// writeLab writes files of a lab, all or none.
func (a *app) writeLab(dir string, files []lab.File, force bool) error {
	var batch keyfile.Batch
	for _, f := range files {
		if err := batch.Add(filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data); err != nil {
			return err
		}
	}
	return batch.Commit(force)
}
