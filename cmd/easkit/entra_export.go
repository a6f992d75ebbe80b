package main

import (
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
)

// exportFlags are those of entra export.
type exportFlags struct {
	issued      []string
	pki, upload string
}

func newEntraExport(a *app) *cobra.Command {
	var f exportFlags
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write all that puts CAs into a tenant by hand: Graph bodies, scripts, .p7b; it never signs in",
		Long: "Reads a folder of CAs as entra plan does, and writes for those who sign in with other tools:\n" +
			"the bodies of Microsoft Graph's requests for both stores, PowerShell scripts for the module\n" +
			"Microsoft.Graph, the .p7b of a bulk upload with its SHA-256, and Microsoft's older schema.\n" +
			"The same CAs give the same bytes. README.txt beside them says what each is for.",
		Example: "  easkit entra export cas/ -o contoso-cas/ --issued alice.cer\n" +
			"  easkit entra export cas/ -o contoso-cas/ --pki \"Contoso PKI\" --upload http://pki.contoso.com/cas.p7b",
		Args: exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.exportTrust(&f, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.issued, "issued", nil, "certificates that the CAs issued, which say where their CRLs are: `FILE` or folder (repeatable)")
	flags.StringVar(&f.pki, "pki", "", "the `NAME` of the container in the PKI store")
	flags.StringVar(&f.upload, "upload", "", "the `URL` where the .p7b will be, for a bulk upload")
	return cmd
}

func (a *app) exportTrust(f *exportFlags, dir string) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	if a.global.output == "" || a.global.output == stdout {
		return withHint(errors.New("it writes several files, and needs a folder for them"), "give one with -o DIR/")
	}
	folder, _, err := a.readTrustFolder(dir, f.issued, s, false)
	if err != nil {
		return err
	}
	if err := a.refusals(folder); err != nil {
		return err
	}
	files, err := trust.Export(folder.Wanted, trust.ExportOptions{Container: f.pki, UploadURL: f.upload})
	if err != nil {
		return err
	}
	var batch keyfile.Batch
	defer batch.Discard()
	for _, file := range files {
		if err := batch.Add(filepath.Join(a.global.output, file.Name), file.Data); err != nil {
			return err
		}
	}
	if err := batch.Commit(a.global.force); err != nil {
		return err
	}
	a.say("%s in %s for %s: begin with README.txt", preflight.Counted(len(files), "file"), a.global.output, preflight.Counted(len(folder.Wanted), "CA"))
	return nil
}
