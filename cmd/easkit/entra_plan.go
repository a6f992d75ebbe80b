package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra/trust"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
)

// planFlags are those of entra plan.
type planFlags struct {
	graphFlags
	checkFlags
	store, pki     string
	issued, remove []string
	upload         string
}

// defaultPlan is the file of a plan where the call names none.
const defaultPlan = "easkit-plan.json"

func newEntraPlan(a *app) *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan DIR",
		Short: "Plan which CAs the tenant shall trust: check them, and show what would change",
		Long: "Reads the CAs in a folder (.cer .crt .pem .der .p7b, or Microsoft's older JSON), checks them\n" +
			"and their CRLs as Entra ID will see them, compares with what the tenant has, and writes a\n" +
			"plan, which easkit entra apply carries out as it is. It writes nothing to the tenant.\n\n" +
			"The address of a CA's CRL stands in crl.yaml in the folder, or in certificates that the CA\n" +
			"issued (--issued; the CA's own names its issuer's CRL):\n\n" +
			"  issuing.pem:\n    crl: http://crl.contoso.com/issuing.crl\n  root.cer: http://crl.contoso.com/root.crl\n\n" +
			"CAs that the tenant has and the folder does not are kept: only --remove takes one away.",
		Example: "  easkit entra plan cas/ --issued alice.cer --tenant-id contoso.com --client-id 4f1c…\n" +
			"  easkit entra plan cas/ --tenant contoso/ -o november.json\n" +
			"  easkit entra plan cas/ --remove C0FFEE… --store classic",
		Args: exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return a.planTrust(&f, args[0]) },
	}
	f.graphFlags.register(cmd)
	f.checkFlags.registerNetwork(cmd)
	f.checkFlags.registerTenant(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.store, "store", string(trust.PKI), "the trust store: "+choice(trust.Stores))
	flags.StringVar(&f.pki, "pki", "", "the container of the PKI store: its `NAME` or id (default: the only one, or a new one)")
	flags.StringArrayVar(&f.issued, "issued", nil, "certificates that the CAs issued, which say where their CRLs are: `FILE` or folder (repeatable)")
	flags.StringArrayVar(&f.remove, "remove", nil, "take this CA out of the store: its SHA-1 or SHA-256 `THUMBPRINT` (repeatable)")
	flags.StringVar(&f.upload, "upload", "", "add by a bulk upload of a .p7b at this `URL`, which is written beside the plan")
	return cmd
}

func (a *app) planTrust(f *planFlags, dir string) error {
	s, _, err := a.judgement()
	if err != nil {
		return err
	}
	store, err := preflight.Word("--store", f.store, trust.Stores)
	if err != nil {
		return err
	}
	path := cmp.Or(a.global.output, defaultPlan)
	if path == stdout {
		return errors.New("-o - is not for a plan: it is a file that is carried out, and stands for itself")
	}
	if store == trust.Classic && f.pki != "" {
		return errors.New("--pki names a container of the PKI-based store, and --store classic has none")
	}
	folder, issued, err := a.readTrustFolder(dir, f.issued, s, f.isLab() && f.checkFlags.tenant == "")
	if err != nil {
		return err
	}
	if err := a.refusals(folder); err != nil {
		return err
	}
	st, err := a.trustState(&f.graphFlags, f.checkFlags.tenant)
	if err != nil {
		return err
	}
	plan, err := trust.NewPlan(st, trust.Wish{Store: store, Container: f.pki, Entries: folder.Desired(), Remove: f.remove, Upload: f.upload}, a.now())
	if err != nil {
		return err
	}
	a.global.output = "" // the report goes where results go: -o is the plan's file
	verdict := a.auditPlan(f, plan, folder, audit.Input{Issued: issued})
	if verdict != nil && !errors.Is(verdict, errFindings) {
		return verdict
	}
	return a.writePlan(plan, path, verdict)
}

// readTrustFolder reads the folder of a plan or export.
func (a *app) readTrustFolder(dir string, issued []string, s preflight.Scenario, lab bool) (*trust.Folder, []*certs.Certificate, error) {
	known, err := a.readCertificates("--issued", issued)
	if err != nil {
		return nil, nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, nil, about(dir, err)
	}
	if !info.IsDir() {
		return nil, nil, fmt.Errorf("%s is no folder: put the CAs into one", dir)
	}
	at := s.At
	if a.now().After(at) { // what has expired is not taken for any other time's sake
		at = a.now()
	}
	folder, err := trust.ReadFolder(os.DirFS(dir), trust.FolderOptions{At: at, Issued: known, AllowLab: lab})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	for _, note := range folder.Notes {
		a.say("note: %s", preflight.Printable(note))
	}
	return folder, known, nil
}

// refusals tells what of a folder must not be trusted.
func (a *app) refusals(folder *trust.Folder) error {
	for _, r := range folder.Refused {
		fmt.Fprintf(a.err, "easkit: refused: %s: %s\n", preflight.Printable(r.File), preflight.Printable(r.Why))
		if r.Fix != "" {
			fmt.Fprintf(a.err, "easkit: hint: %s\n", preflight.Printable(r.Fix))
		}
	}
	switch {
	case len(folder.Refused) > 0:
		return errFindings
	case len(folder.Wanted) == 0:
		return errors.New("there is no CA in the folder: .cer .crt .pem .der .p7b, or Microsoft's older JSON")
	}
	return nil
}

// auditPlan judges the store as it will be, CRLs included. The verdict is an error.
func (a *app) auditPlan(f *planFlags, p *trust.Plan, folder *trust.Folder, in audit.Input) error {
	names := map[string]string{}
	for _, w := range folder.Wanted {
		names[w.Entry.Key()] = w.File
	}
	for _, e := range p.After {
		c := audit.Authority{Name: names[e.Key()], Configured: &audit.Addresses{CRL: e.CRL, Delta: e.Delta, Root: &e.Root}}
		if c.Name == "" {
			c.Name = inTenant(e)
		}
		c.Certificate, c.Err = certs.ParseCertificate(e.Certificate)
		in.CAs = append(in.CAs, c)
	}
	f.lenient(a, &f.checkFlags)
	report, err := a.runAudit(&f.checkFlags, in)
	if err != nil {
		return err
	}
	if err := a.writeReport(report, preflight.TextOptions{}); err != nil {
		return err
	}
	return standsAgainst(report, p, names)
}

// standsAgainst is an error where a check failed of what the plan adds or changes, or
// of the store as a whole. What was there before and stays keeps nothing from being
// mended beside it.
func standsAgainst(report *preflight.Report, p *trust.Plan, names map[string]string) error {
	kept, touched := map[string]bool{}, map[string]bool{}
	for _, step := range p.Steps() {
		of := touched
		if step.Action == trust.Keep {
			of = kept
		}
		for _, subject := range []string{cmp.Or(names[step.Entry.Key()], inTenant(step.Entry)), step.Entry.CRL, step.Entry.Delta} {
			of[subject] = true
		}
	}
	for _, sub := range report.Subjects { // a file or address may be a kept CA's and a new one's
		if sub.Verdict == preflight.StatusFail && (touched[sub.Name] || !kept[sub.Name]) {
			return fmt.Errorf("%w: %s", errFindings, sub.Name)
		}
	}
	return nil
}

// inTenant names a CA that no file of the call holds.
func inTenant(e trust.Entry) string { return e.Name() + " (in the tenant)" }

// writePlan shows a plan and writes its file, unless the checks stand against it.
func (a *app) writePlan(p *trust.Plan, path string, verdict error) error {
	var text bytes.Buffer
	if err := p.WriteText(&text); err != nil {
		return err
	}
	out := a.out
	if a.global.format != formatText {
		out = a.err
	}
	fmt.Fprintf(out, "\n%s", text.Bytes())
	switch {
	case verdict != nil:
		fmt.Fprintf(a.err, "easkit: no plan was written, since %s\n", oneLine(verdict))
		fmt.Fprintln(a.err, "easkit: hint: mend what failed, or overrule a check with --ignore ID=REASON")
		return errFindings
	case p.Empty():
		a.say("the tenant is as planned: no plan was written")
		return nil
	}
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		return err
	}
	var batch keyfile.Batch
	defer batch.Discard()
	if err := batch.Add(path, file.Bytes()); err != nil {
		return err
	}
	if p.Upload != nil {
		bundle, err := p.Bundle()
		if err != nil {
			return err
		}
		if err := batch.Add(path+".p7b", bundle); err != nil {
			return err
		}
		a.say("put %s.p7b, as it is, at %s before the plan is carried out", path, p.Upload.URL)
	}
	if err := batch.Commit(a.global.force); err != nil {
		return err
	}
	a.say("plan %s written: easkit entra apply %s carries it out", p.Short(), path)
	return nil
}
