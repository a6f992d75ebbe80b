package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

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

// unreadExport is the finding on a file that nobody could look into.
func unreadExport(err error) []preflight.Finding {
	findings := exports.Unreadable(err)
	for i := range findings {
		findings[i].Fix = "give a file or folder that is there and may be read"
	}
	return findings
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
	all, passed, failed := a.readExports(files, args, report, ignore)
	for _, j := range exports.Check(open, all, exports.Options{Users: in.Users, Passed: passed}) {
		report.AddFor(j.Scenario, j.Kind, j.Name, j.Findings, ignore).File = j.File
	}
	if len(report.Subjects) == 0 {
		why := ""
		for _, f := range passed.Findings() {
			if f.Unchecked {
				why += "; " + f.Message
			}
		}
		return withHint(fmt.Errorf("there is nothing for mail or certificates in %s%s", preflight.Counted(len(files), "file"), why), "export device configurations and app configurations (easkit help intune)")
	}
	if findings := passed.Findings(); findings != nil {
		report.Add("configuration", "other objects", findings, ignore)
	}
	if err := a.writeReport(report, preflight.TextOptions{Profiles: true}); err != nil {
		return err
	}
	return cmp.Or(failed, failOn(a.global.failOn, report))
}

// readExports reads files. What is wrong with one goes into the report; failed says that
// one could not be opened. Named are those that the call names itself.
func (a *app) readExports(files, named []string, report *preflight.Report, ignore map[string]string) (all []exports.Export, passed exports.Passed, failed error) {
	for _, file := range files {
		data, err := a.readUpTo(file, exports.MaxExport)
		if err != nil {
			report.Add("configuration", file, unreadExport(about(file, err)), ignore)
			failed = errInputs
			continue
		}
		if !slices.Contains(named, file) && exports.IsCompanion(filepath.Base(file), data) {
			continue // a folder has it, and nobody named it
		}
		found, more, err := exports.Read(file, data)
		if err != nil {
			report.Add("configuration", file, exports.Unreadable(err), ignore)
		}
		all, passed = append(all, found...), passed.Add(more)
	}
	return all, passed, failed
}
