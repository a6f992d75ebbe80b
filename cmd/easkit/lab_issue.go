package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/lab"
	servers "github.com/easkit/easkit/profiles/lab"
	"github.com/easkit/easkit/profiles/provision"
)

// The user whom every lab has.
const (
	labUserAddress = "alice@contoso.com"
	labUserName    = "Alice Example"
)

// labUsers is the folder of a lab's users.
const labUsers = "users"

func newLabInit(a *app) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Make a lab's PKI, with one user",
		Long: "Makes a root, an issuing CA and their CRLs in a folder, and issues a certificate for\n" +
			labUserAddress + ". The certificates name http://ADDRESS:PORT/crl for their CRLs, where\n" +
			"easkit lab serve has them.",
		Example: "  easkit lab init easkit-lab\n" +
			"  easkit lab init trial --listen 127.0.0.1:9000",
		Args:    exactly("DIR"),
		PreRunE: a.labCall,
		RunE: func(_ *cobra.Command, args []string) error {
			now, err := a.labTime()
			if err != nil {
				return err
			}
			at, err := servers.ParseAddress(address)
			if err != nil {
				return fmt.Errorf("--listen: %w", err)
			}
			if at.Port() == 0 {
				return fmt.Errorf("--listen %s: certificates name the port for their CRLs: give one that is not 0", address)
			}
			dir := args[0]
			l, err := a.initLab(dir, at.String(), now)
			if err != nil {
				return err
			}
			return a.tellLab(l, dir)
		},
	}
	registerListen(cmd, &address)
	return cmd
}

// initLab makes a lab with one user.
func (a *app) initLab(dir, address string, now time.Time) (*lab.Lab, error) {
	l, err := lab.New(now, servers.CRLBase(address))
	if err != nil {
		return nil, err
	}
	files, err := l.Files()
	if err != nil {
		return nil, err
	}
	user, err := labUser(l, labUserAddress, labUserName)
	if err != nil {
		return nil, err
	}
	err = a.writeLab(dir, append(files, user...), a.global.force)
	if errors.Is(err, keyfile.ErrExists) {
		return nil, withHint(err, "give another folder, or --force to replace the lab that is there")
	}
	if err == nil {
		a.warnModes()
	}
	return l, err
}

// labFiles says what each file of a new lab is.
var labFiles = []struct{ name, what string }{
	{lab.CAFolder, "the certificates of the root and the issuing CA"},
	{lab.CRLFolder, "their CRLs"},
	{lab.RootFile, "the root again; its key and that of the issuing CA lie beside it"},
	{labUsers + "/alice.p12", "the certificate and key of " + labUserAddress},
	{labUsers + "/alice.password", "the password of alice.p12"},
	{labUsers + "/alice.cer", "her certificate alone"},
}

func (a *app) tellLab(l *lab.Lab, dir string) error {
	for _, f := range labFiles {
		fmt.Fprintf(a.out, "  %-32s %s\n", filepath.Join(dir, filepath.FromSlash(f.name)), f.what)
	}
	_, err := fmt.Fprintf(a.out, "\nWhat next:\n  easkit lab serve --dir %s\n\n"+labDanger, dir, l.Ends().Format(time.DateOnly))
	return err
}

func newLabIssue(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "issue ADDRESS [NAME]",
		Short: "Issue a certificate for one more user of a lab",
		Long: "Issues a certificate with the address as UPN and mail address, and writes it with its key\n" +
			"and a new password to the lab's folder users. The file names are what is before the @.",
		Example: "  easkit lab issue bob@contoso.com\n" +
			"  easkit lab issue carol@contoso.com \"Carol Example\" --dir trial",
		Args:    labIssueArgs,
		PreRunE: a.labCall,
		RunE: func(_ *cobra.Command, args []string) error {
			address, name := args[0], args[0]
			if len(args) > 1 {
				name = args[1]
			}
			return a.issueLab(dir, address, name)
		},
	}
	registerLabDir(cmd, &dir)
	return cmd
}

func labIssueArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 2 {
		return withHint(errors.New("it takes one ADDRESS and one NAME"), "put a name with spaces into quotation marks")
	}
	return atLeastOne("ADDRESS")(cmd, args)
}

func (a *app) issueLab(dir, address, name string) error {
	l, err := a.changeLab(dir)
	if err != nil {
		return err
	}
	files, err := labUser(l, address, name)
	if err != nil {
		return err
	}
	err = a.writeLab(dir, files, a.global.force)
	if errors.Is(err, keyfile.ErrExists) {
		return withHint(err, "--force replaces it: revoke the certificate that it holds before")
	}
	if err != nil {
		return err
	}
	a.warnModes()
	for _, f := range files {
		fmt.Fprintln(a.out, filepath.Join(dir, filepath.FromSlash(f.Name)))
	}
	return nil
}

// labUser issues a certificate, and gives the files that its user gets.
func labUser(l *lab.Lab, address, name string) ([]lab.File, error) {
	id, err := l.User(name, address)
	if err != nil {
		return nil, err
	}
	base := labFileName(address)
	password := provision.NewPassword()
	p12, err := certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, string(password), "eas-"+base, certs.LegacyDES)
	if err != nil {
		return nil, fmt.Errorf("writing the identity of %q: %w", address, err)
	}
	file := path.Join(labUsers, base)
	return []lab.File{
		{Name: file + ".p12", Data: p12},
		{Name: file + ".password", Data: []byte(string(password) + "\n")},
		{Name: file + ".cer", Data: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Leaf.Raw})},
	}, nil
}

// labFileName is what stands before the @, as far as every file system takes it.
func labFileName(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '.', r == '-', r == '_', r == '+':
			return r
		}
		return '-'
	}, local)
}
