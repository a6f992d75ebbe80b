package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune/exports"
)

func newIntuneCheck(a *app) *cobra.Command {
	var f checkFlags
	cmd := &cobra.Command{
		Use:   "check FILE|DIR...",
		Short: "Check what a tenant has: mail, certificate and app configurations in exports of Intune",
		Long: "Reads exports of IntuneManagement, IntuneCD, or Graph's own JSON, and judges the mail\n" +
			"profiles, certificate profiles, custom profiles and app configurations in them: direct\n" +
			"sign-in that is about to end, certificates without the user's address, mail profiles\n" +
			"without a certificate, groups that don't match, private keys that all readers see. What\n" +
			"belongs together is best given together. It never signs in.",
		Example: "  easkit intune check DeviceConfiguration/ AppConfigurationManagedDevice/\n" +
			"  easkit intune check deviceConfigurations.json --format html -o intune.html --fail-on never",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.checkIntune(&f, args) },
	}
	f.registerUsers(cmd)
	return cmd
}

func (a *app) checkIntune(f *checkFlags, args []string) error {
	s, ignore, err := a.judgement()
	if err != nil {
		return err
	}
	open, err := a.asked() // sign-in and mailbox as the call has them: else each object says its own
	if err != nil {
		return err
	}
	var in audit.Input
	if err := f.directory(a, &in); err != nil {
		return err
	}
	files, err := expand(args, []string{extJSON})
	if err != nil {
		return err
	}
	report := preflight.NewReport(s)
	var all []exports.Export
	var failed error
	others := 0
	for _, file := range files {
		data, err := a.readUpTo(file, exports.MaxExport)
		if err != nil {
			report.Add("configuration", file, exports.Unreadable(about(file, err)), ignore)
			failed = errInputs
			continue
		}
		found, passed, err := exports.Read(file, data)
		if err != nil {
			report.Add("configuration", file, exports.Unreadable(err), ignore)
		}
		all, others = append(all, found...), others+passed
	}
	for _, j := range exports.Check(open, all, exports.Options{Users: in.Users}) {
		report.AddFor(j.Scenario, j.Kind, j.Name, j.Findings, ignore)
	}
	if len(report.Subjects) == 0 {
		return withHint(fmt.Errorf("there is nothing for mail or certificates in %s", preflight.Counted(len(files), "file")), "export device configurations and app configurations (easkit help intune)")
	}
	if err := a.writeReport(report, preflight.TextOptions{Profiles: true}); err != nil {
		return err
	}
	if others > 0 {
		a.say("%s of other kinds were passed over", preflight.Counted(others, "object"))
	}
	return cmp.Or(failed, failOn(a.global.failOn, report))
}
