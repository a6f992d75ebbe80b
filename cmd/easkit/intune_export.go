package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/easkit/easkit/certs"
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
			"--pilot makes another set, of pilots alone: it wraps one user's .mobileconfig, private key and\n" +
			"all, for a trial with a few phones. Everybody who may read Intune's profiles, each export and\n" +
			"each back-up sees that key.",
		Example: "  easkit intune export --template contoso.yaml --ca root.cer --ca issuing.cer --group \"Mail users\"\n" +
			"  easkit intune export --ca cas/ --scep-url https://ndes.contoso.com/certsrv/mscep/mscep.dll --platform ios\n" +
			"  easkit intune export --template contoso.yaml --pilot alice.mobileconfig --dir pilot",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.refuseBesidePilots(cmd.Flags()); err != nil {
				return err
			}
			return a.exportIntune(cmd.Context(), &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.template, "template", "", "a preset's `NAME`, or a YAML file (see easkit template list)")
	flags.StringVar(&f.host, "host", "", "the Exchange server: `HOST[:PORT]` (default: from the template)")
	flags.StringVar(&f.app, "app", "", "Android's mail app: `NAME` (default: outlook for oauth, gmail for direct)")
	flags.StringVar(&f.dir, "dir", defaultIntuneDir, "the `FOLDER` to write to")
	flags.StringArrayVar(&f.cas, "ca", nil, "the CAs above the users' certificates, root first of all: `FILE` or folder (repeatable)")
	flags.StringArrayVar(&f.groups, "group", nil, "a group of users to assign everything to, in place of the template's: its `NAME` or id (repeatable)")
	flags.StringSliceVar(&f.platforms, "platform", nil, "for which phones: "+choice(intune.Platforms)+" (repeatable, or with commas; default: from the template, or all)")
	flags.StringVar(&f.scep, "scep-url", "", "certificates by SCEP, from the server at this `URL`, in place of the template's pkcs or scep")
	flags.StringVar(&f.intuneCert, "intune-cert", "", "Android, direct: the `ID` in {{cert:ID}}, as Intune's portal shows it for the certificate profile")
	flags.BoolVar(&f.custom, "custom", false, "iOS: one key-less custom profile with placeholders, by the template's ios.scep or ios.acme, in place of Intune's own mail profile")
	flags.StringArrayVar(&f.pilots, "pilot", nil, "in place of all this, wrap one user's unsigned .mobileconfig, with its private key: `FILE` (repeatable, 25 at most)")
	return cmd
}

// setFlags are those that say what everybody gets, which pilots don't.
var setFlags = []string{"ca", "group", "platform", "scep-url", "custom", "app", "intune-cert"}

// refuseBesidePilots refuses what a set of pilots would pass over.
func (f *intuneExportFlags) refuseBesidePilots(flags *pflag.FlagSet) error {
	for _, name := range setFlags {
		if len(f.pilots) > 0 && flags.Changed(name) {
			return withHint(fmt.Errorf("--%s is for everybody, and --pilot makes a set of pilots alone, which nobody is assigned to", name), "give them in two calls, with a --dir each")
		}
	}
	return nil
}

func (a *app) exportIntune(ctx context.Context, f *intuneExportFlags) error {
	if err := a.global.check(); err != nil {
		return err
	}
	if a.global.output != "" { // -o names the folder as well, as it does for quickstart
		f.dir = a.global.output
	}
	if f.dir == stdout {
		return withHint(errors.New("it writes several files, and needs a folder for them"), "give one with --dir DIR")
	}
	if info, err := os.Stat(f.dir); err == nil && !info.IsDir() {
		return withHint(fmt.Errorf("%s is no folder", f.dir), "give another one with --dir DIR")
	}
	if f.intuneCert != "" && !intune.IsID(f.intuneCert) {
		return withHint(fmt.Errorf("--intune-cert %q is no id", f.intuneCert), "give the ID that stands in {{cert:ID}}; easkit help intune tells where Intune's portal shows it")
	}
	o, report, err := a.intuneOptions(ctx, f)
	if err != nil {
		return err
	}
	verdict := failOn(a.global.failOn, report)
	if report.Worst() == preflight.StatusFail { // whatever --fail-on says: nothing is written
		verdict = errFindings
	}
	if verdict != nil {
		if err := report.WriteText(a.err, preflight.TextOptions{Colour: a.colour(a.err)}); err != nil {
			return err
		}
	}
	if report.Worst() == preflight.StatusFail {
		return verdict
	}
	set, err := intune.New(o)
	if err != nil {
		return err
	}
	if err := a.writeIntune(set, f.dir); err != nil {
		return err
	}
	if err := a.tellIntune(set, f.dir); err != nil {
		return err
	}
	return verdict
}

// tellIntune lists what was made, in the order of import.
func (a *app) tellIntune(set *intune.Set, dir string) error {
	if a.global.format == formatJSON {
		return a.listIntune(set)
	}
	for i, p := range set.Parts {
		kind, _ := intune.KindOf(p.Object.Type())
		fmt.Fprintf(a.out, "%2d. %-46s %s\n", i+1, preflight.Printable(p.Object.Name()), kind.Title)
	}
	a.tellOnce(set)
	secret := 0
	for _, p := range set.Parts {
		if p.Secret {
			secret++
		}
	}
	if secret > 0 {
		a.say("private keys lie in %s of these: keep the folder to yourself, and delete it after the import", preflight.Counted(secret, "file"))
	}
	a.say("%s in %s%s. Next: easkit intune plan %s", preflight.Counted(len(set.Parts), "object"), dir, whomFor(set, len(set.Parts)-secret, secret), dir)
	return nil
}

// whomFor says whom the parts of a set are for: those with a key are nobody's until
// somebody assigns them.
func whomFor(set *intune.Set, everybodys, secret int) string {
	var all []string
	switch {
	case everybodys > 0 && len(set.Groups) == 0:
		all = append(all, "for nobody yet: name groups with --group")
	case everybodys > 0:
		all = append(all, "for "+preflight.Printable(strings.Join(set.Groups, ", ")))
	}
	if secret > 0 {
		all = append(all, fmt.Sprintf("%s for nobody: assign each by hand to a group of its user alone", preflight.Counted(secret, "pilot")))
	}
	return ", " + strings.Join(all, "; ")
}

// listIntune prints the parts of a set as JSON. -o is the folder, so that it goes to
// standard output.
func (a *app) listIntune(set *intune.Set) error {
	type line struct {
		Key  string `json:"key"`
		Type string `json:"type"`
		Name string `json:"name"`
	}
	lines := []line{}
	for _, p := range set.Parts {
		lines = append(lines, line{p.Key, p.Object.Type(), p.Object.Name()})
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(lines)
}

// tellOnce tells the notes on a set, and with --verbose those on its parts, each once:
// platforms have much in common.
func (a *app) tellOnce(set *intune.Set) {
	notes := slices.Clone(set.Notes)
	if a.global.verbose {
		for _, p := range set.Parts {
			notes = append(notes, p.Notes...)
		}
	}
	for i, note := range notes {
		if !slices.Contains(notes[:i], note) {
			a.say("note: %s", preflight.Printable(note))
		}
	}
	if !a.global.verbose {
		a.say("README.txt in the folder says what to know of each object, and how other tools import them")
	}
}

// intuneOptions reads what a set is made of, and judges whether its sign-in stays.
func (a *app) intuneOptions(ctx context.Context, f *intuneExportFlags) (intune.Options, *preflight.Report, error) {
	account, req, err := a.everybodysAccount(f)
	if err != nil {
		return intune.Options{}, nil, err
	}
	report := preflight.NewReport(req.Scenario)
	o := intune.Options{At: req.Scenario.At, Account: account}
	if len(f.pilots) > 0 {
		o.Account.Intune.PKCS, o.Account.Intune.SCEP = profiles.IntunePKCS{}, profiles.IntuneSCEP{}
		o.Pilots, err = a.readPilots(f.pilots)
		return o, report, err
	}
	report.Add("account", "account", preflight.Retirement.Run(req.Scenario, struct{}{}), req.Ignore)
	return o, report, a.wholeSet(ctx, f, req, &o)
}

// wholeSet reads what everybody gets.
func (a *app) wholeSet(ctx context.Context, f *intuneExportFlags, req provision.Request, o *intune.Options) (err error) {
	i := &o.Account.Intune
	if len(f.groups) > 0 {
		i.Groups = f.groups
	}
	if len(f.platforms) > 0 {
		i.Platforms = nil
		for _, name := range f.platforms {
			p, err := preflight.Word("--platform", name, intune.Platforms)
			if err != nil {
				return err
			}
			i.Platforms = append(i.Platforms, string(p))
		}
	}
	if f.scep != "" {
		i.SCEP.URLs, i.PKCS = []string{f.scep}, profiles.IntunePKCS{}
	}
	if o.CAs, err = a.authorities(f.cas); err != nil {
		return err
	}
	if f.custom {
		o.KeyLess, err = a.keyLess(ctx, req, o.CAs)
	}
	return err
}

// readPilots reads the profiles of users. One from standard input has no name of its own.
func (a *app) readPilots(paths []string) ([]intune.Pilot, error) {
	var all []intune.Pilot
	for _, path := range paths {
		data, err := a.readInput(path)
		if err != nil {
			return nil, fmt.Errorf("--pilot: %w", about(path, err))
		}
		p := intune.Pilot{Profile: data}
		if path != stdout { // "-" stands for both
			p.FileName = filepath.Base(path)
		}
		all = append(all, p)
	}
	return all, nil
}

// authorities reads CAs, and passes over what lies beside them in a folder. A root of
// version 1 does not say that it is a CA.
func (a *app) authorities(paths []string) ([]*certs.Certificate, error) {
	all, err := a.readCertificates("--ca", paths)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c *certs.Certificate) bool {
		other := !c.IsCA && !c.IsRoot()
		if other {
			a.say("note: %s is no authority's certificate, and is left out", preflight.Printable(c.String()))
		}
		return other
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
