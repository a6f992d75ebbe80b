package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/certs/preflight"
)

func newLabRevoke(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "revoke CERT",
		Short: "Revoke a certificate of a lab, and publish the CRLs",
		Long: "Puts a certificate (or the issuing CA) on the CRL, and signs new CRLs. Prints the serial\n" +
			"number in the form that easkit check crl --serials reads.",
		Example: "  easkit lab revoke easkit-lab/users/alice.cer > lost.txt\n" +
			"  easkit check crl easkit-lab/crl/issuing.crl --ca easkit-lab/cas --serials lost.txt",
		Args:    exactly("CERT"),
		PreRunE: a.labCall,
		RunE:    func(_ *cobra.Command, args []string) error { return a.revokeLab(dir, args[0]) },
	}
	registerLabDir(cmd, &dir)
	return cmd
}

func newLabCRL(a *app) *cobra.Command {
	var dir string
	var backDate bool
	cmd := &cobra.Command{
		Use:   "crl",
		Short: "Sign and publish the CRLs of a lab anew",
		Long: "Signs both CRLs with the next number, from now on for a week. With --back-date they begin\n" +
			"10 minutes ago, as those of Windows CAs do: a sign-in that was revoked meanwhile does not\n" +
			"count then, which easkit check crl --since shows.",
		Args:    cobra.NoArgs,
		PreRunE: a.labCall,
		RunE: func(*cobra.Command, []string) error {
			l, err := a.changeLab(dir)
			if err != nil {
				return err
			}
			var back time.Duration
			if backDate {
				back = lab.BackDate
			}
			text, err := a.publishLab(l, dir, back)
			if err != nil {
				return err
			}
			_, err = a.out.Write(text)
			return err
		},
	}
	registerLabDir(cmd, &dir)
	cmd.Flags().BoolVar(&backDate, "back-date", false, "let them begin 10 minutes ago")
	return cmd
}

func (a *app) revokeLab(dir, file string) error {
	c, err := a.labCertificate(file)
	if err != nil {
		return err
	}
	l, err := a.changeLab(dir)
	if err != nil {
		return err
	}
	since, err := l.Revoke(c)
	if errors.Is(err, lab.ErrForeign) {
		return withHint(about(file, err), "name the lab that issued it with --dir")
	}
	if err != nil {
		return about(file, err)
	}
	text, err := a.publishLab(l, dir, 0)
	if err != nil {
		return err
	}
	if !a.global.quiet {
		a.err.Write(text)
	}
	_, err = fmt.Fprintf(a.out, "%X # %s, revoked since %s\n", c.Serial, preflight.Printable(c.String()), since.Format(time.RFC3339))
	return err
}

// labCertificate reads the one certificate of a file that is not a CA's, or the only
// one.
func (a *app) labCertificate(file string) (*certs.Certificate, error) {
	data, err := a.readInput(file)
	if err != nil {
		return nil, about(file, err)
	}
	password, err := a.identityPassword()
	if err != nil {
		return nil, err
	}
	b, err := certs.Read(data, a.unlock(password, file))
	if err != nil {
		return nil, about(file, err)
	}
	if len(b.Certificates) == 1 {
		return b.Certificates[0], nil
	}
	var found *certs.Certificate
	for _, c := range b.Certificates {
		switch {
		case c.IsCA:
		case found != nil:
			return nil, about(file, fmt.Errorf("%w: revoke one at a time", certs.ErrSeveral))
		default:
			found = c
		}
	}
	if found == nil {
		return nil, about(file, errors.New("it holds no certificate of a user, and not one alone of a CA"))
	}
	return found, nil
}

// publishLab signs and writes the CRLs, and says what they are now.
func (a *app) publishLab(l *lab.Lab, dir string, backDate time.Duration) ([]byte, error) {
	if err := l.Publish(backDate); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	for _, f := range l.CRLs() {
		list, err := crl.Read(bytes.NewReader(f.Data), nil)
		if err != nil {
			return nil, fmt.Errorf("reading back %s: %w", f.Name, err)
		}
		fmt.Fprintf(&text, "%s: number %s, %d revoked, from %s to %s\n", filepath.Join(dir, filepath.FromSlash(f.Name)),
			list.Number, list.Entries, list.ThisUpdate.Format(time.RFC3339), list.NextUpdate.Format(time.RFC3339))
	}
	return text.Bytes(), a.writeLab(dir, l.CRLs(), true)
}
