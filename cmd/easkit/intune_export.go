package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/provision"
)

// intuneExportFlags are those of intune export.
type intuneExportFlags struct {
	template, host, app string
	dir                 string
	cas                 []string
	groups, platforms   []string
	scep                string
	intuneCert          string
	custom              bool
	pilots              []string
}

// defaultIntuneDir is the folder where the call names none.
const defaultIntuneDir = "easkit-intune"

func newIntuneExport(a *app) *cobra.Command {
	var f intuneExportFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the objects of a mail account as Graph has them: roots, certificates, mail, apps; no key is in them",
		Long: "Makes all that Intune needs to bring a mail account with a certificate to phones, for the\n" +
			"account of a template: trusted roots, certificate profiles (PKCS or SCEP) with the user's UPN\n" +
			"and address in the SAN, the mail profile of iOS, and what Android's mail apps need. Intune\n" +
			"itself gets each user's certificate: no private key is in the files. They lie in the layout\n" +
			"that IntuneManagement imports; easkit intune plan and import carry them into a tenant.\n\n" +
			"The template's section intune says how certificates are got (pkcs or scep), for which user\n" +
			"groups, and on which platforms; flags go before it. It never signs in.\n\n" +
			"--pilot wraps one user's .mobileconfig, private key and all, for a trial with a few phones:\n" +
			"everybody who may read Intune's profiles, each export and each back-up sees that key.",
		Example: "  easkit intune export --template contoso.yaml --ca root.cer --ca issuing.cer --group \"Mail users\"\n" +
			"  easkit intune export --ca cas/ --scep-url https://ndes.contoso.com/certsrv/mscep/mscep.dll --platform ios\n" +
			"  easkit intune export --template contoso.yaml --ca cas/ --pilot alice.mobileconfig --dir pilot",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.exportIntune(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.template, "template", "", "a preset's `NAME`, or a YAML file (see easkit template list)")
	flags.StringVar(&f.host, "host", "", "the Exchange server: `HOST[:PORT]` (default: from the template)")
	flags.StringVar(&f.app, "app", "", "Android's mail app: `NAME` (default: outlook for oauth, gmail for direct)")
	flags.StringVar(&f.dir, "dir", defaultIntuneDir, "the `FOLDER` to write to")
	flags.StringArrayVar(&f.cas, "ca", nil, "the CAs above the users' certificates, root first of all: `FILE` or folder (repeatable)")
	flags.StringArrayVar(&f.groups, "group", nil, "a group of users to assign everything to: its `NAME` or id (repeatable; default: from the template)")
	flags.StringArrayVar(&f.platforms, "platform", nil, "for which phones: "+choice(intune.Platforms)+" (repeatable; default: from the template, or all)")
	flags.StringVar(&f.scep, "scep-url", "", "certificates by SCEP, from the server at this `URL` (default: pkcs or scep of the template)")
	flags.StringVar(&f.intuneCert, "intune-cert", "", "Android, direct: the `ID` in {{cert:ID}}, as Intune's portal shows it for the certificate profile")
	flags.BoolVar(&f.custom, "custom", false, "iOS: one key-less custom profile with placeholders, by the template's ios.scep or ios.acme, in place of Intune's own mail profile")
	flags.StringArrayVar(&f.pilots, "pilot", nil, "wrap one user's unsigned .mobileconfig, with its private key: `FILE` (repeatable, 25 at most)")
	return cmd
}

func (a *app) exportIntune(ctx context.Context, f *intuneExportFlags) error {
	if a.global.output != "" { // -o names the folder as well, as it does for quickstart
		f.dir = a.global.output
	}
	if f.dir == stdout {
		return withHint(errors.New("it writes several files, and needs a folder for them"), "give one with --dir DIR")
	}
	o, err := a.intuneOptions(ctx, f)
	if err != nil {
		return err
	}
	set, err := intune.New(o)
	if err != nil {
		return err
	}
	files, err := set.Files()
	if err != nil {
		return err
	}
	var batch keyfile.Batch
	defer batch.Discard()
	secret := 0
	for _, file := range files {
		if err := batch.Add(filepath.Join(f.dir, filepath.FromSlash(file.Name)), file.Data); err != nil {
			return err
		}
		if file.Secret {
			secret++
		}
	}
	if err := batch.Commit(a.global.force); err != nil {
		if errors.Is(err, keyfile.ErrExists) {
			return withHint(err, "give another folder with --dir, or --force to replace it")
		}
		return err
	}
	if secret > 0 {
		a.warnModes()
	}
	return a.tellIntune(set, f.dir, secret)
}

// tellIntune lists what was made, in the order of import.
func (a *app) tellIntune(set *intune.Set, dir string, secret int) error {
	if a.global.format == formatJSON {
		type line struct {
			Key  string `json:"key"`
			Type string `json:"type"`
			Name string `json:"name"`
		}
		lines := []line{}
		for _, p := range set.Parts {
			lines = append(lines, line{p.Key, p.Object.Type(), p.Object.Name()})
		}
		return a.printJSON(lines)
	}
	for i, p := range set.Parts {
		kind, _ := intune.KindOf(p.Object.Type())
		fmt.Fprintf(a.out, "%2d. %-46s %s\n", i+1, preflight.Printable(p.Object.Name()), kind.Title)
	}
	a.tellOnce(set)
	if secret > 0 {
		a.say("%s of these hold private keys: keep the folder to yourself, and delete it after the import", preflight.Counted(secret, "file"))
	}
	groups := "nobody yet: name groups with --group"
	if len(set.Groups) > 0 {
		groups = strings.Join(set.Groups, ", ")
	}
	a.say("%s in %s, for %s. Next: easkit intune plan %s; README.txt in it says how other tools import them", preflight.Counted(len(set.Parts), "object"), dir, preflight.Printable(groups), dir)
	return nil
}

// tellOnce tells the notes on a set and its parts, each once: platforms have much in
// common.
func (a *app) tellOnce(set *intune.Set) {
	notes := slices.Clone(set.Notes)
	for _, p := range set.Parts {
		notes = append(notes, p.Notes...)
	}
	for i, note := range notes {
		if !slices.Contains(notes[:i], note) {
			a.say("note: %s", preflight.Printable(note))
		}
	}
}

// intuneOptions reads what a set is made of.
func (a *app) intuneOptions(ctx context.Context, f *intuneExportFlags) (intune.Options, error) {
	o := intune.Options{At: a.now()}
	account, req, err := a.everybodysAccount(f)
	if err != nil {
		return o, err
	}
	if len(f.groups) > 0 {
		account.Intune.Groups = f.groups
	}
	if len(f.platforms) > 0 {
		account.Intune.Platforms = nil
		for _, name := range f.platforms {
			p, err := preflight.Word("--platform", name, intune.Platforms)
			if err != nil {
				return o, err
			}
			account.Intune.Platforms = append(account.Intune.Platforms, string(p))
		}
	}
	if f.scep != "" {
		account.Intune.SCEP.URLs, account.Intune.PKCS = []string{f.scep}, profiles.IntunePKCS{}
	}
	o.Account = account
	if o.CAs, err = a.authorities(f.cas); err != nil {
		return o, err
	}
	if f.custom {
		if o.KeyLess, err = a.keyLess(ctx, req, o.CAs); err != nil {
			return o, err
		}
	}
	for _, path := range f.pilots {
		data, err := a.readInput(path)
		if err != nil {
			return o, fmt.Errorf("--pilot: %w", about(path, err))
		}
		o.Pilots = append(o.Pilots, intune.Pilot{FileName: filepath.Base(path), Profile: data})
	}
	return o, nil
}

// authorities reads CAs, and passes over what lies beside them in a folder.
func (a *app) authorities(paths []string) ([]*certs.Certificate, error) {
	all, err := a.readCertificates("--ca", paths)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c *certs.Certificate) bool {
		if !c.IsCA {
			a.say("note: %s is no authority's certificate, and is left out", preflight.Printable(c.String()))
		}
		return !c.IsCA
	}), nil
}

// The placeholders of an account that is everybody's, where the template has none.
const (
	everybodysMail = "{{mail}}"
	everybodysUPN  = "{{userprincipalname}}"
)

// everybodysAccount is the account of a template for all users at once.
func (a *app) everybodysAccount(f *intuneExportFlags) (profiles.Account, provision.Request, error) {
	req, err := a.request(&buildFlags{template: f.template, host: f.host, app: f.app, intuneCert: f.intuneCert, delivery: string(profiles.ForMDM)})
	if err != nil {
		return profiles.Account{}, req, err
	}
	if req.Template.Email == "" {
		req.Template.Email, req.Template.User = everybodysMail, everybodysUPN
	}
	account, err := req.Template.Account(nil, req.Overrides)
	return account, req, err
}

// keyLess is the one custom profile for everybody, which phones get their own key by.
func (a *app) keyLess(ctx context.Context, req provision.Request, cas []*certs.Certificate) ([]byte, error) {
	req.CAs = cas
	result, err := buildIOS(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("--custom: %w", err)
	}
	if result.Failed() {
		return nil, errors.New("--custom: the account fails its checks: easkit ios --template says why")
	}
	return result.Files[0].Data, nil
}
