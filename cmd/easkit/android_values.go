package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/provision"
)

// valuesFlags are those for an app whose values a person wrote.
type valuesFlags struct{ file, pkg string }

// notWithValues are the flags that say what easkit is to fill in, and so have no place
// beside values that are written already.
var notWithValues = []string{"template", "email", "user", "host", "chain", "new-password", "signer", "intune-cert", "bundle"}

func (v *valuesFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&v.file, "values", "", "what you wrote for the keys of any app, in place of an account: a JSON `FILE`, judged by --schema")
	cmd.Flags().StringVar(&v.pkg, "package", "", "the Android `PACKAGE` that --values are for (default: as --schema or --app say)")
}

// given reports whether the call has values, or means them.
func (v *valuesFlags) given() bool { return v.file != "" || v.pkg != "" }

// buildValues writes the forms of a configuration that a person wrote the values of.
func (a *app) buildValues(cmd *cobra.Command, args []string, b *buildFlags, v *valuesFlags) error {
	switch {
	case v.file == "":
		return withHint(errors.New("--package says whose --values there are, and there are none"), "give --values FILE")
	case len(args) > 0:
		return withHint(errors.New("--values are written already, so that no IDENTITY is filled in"), "leave it out; what names the certificate stands in the values")
	}
	for _, flag := range notWithValues {
		if cmd.Flags().Changed(flag) {
			return withHint(fmt.Errorf("--%s has no place beside --values, which are written already", flag), "write into the values what the app is to have")
		}
	}
	if err := a.global.checkReport(); err != nil {
		return err
	}
	data, err := a.readInput(v.file)
	if err != nil {
		return fmt.Errorf("--values: %w", about(v.file, err))
	}
	req, err := a.request(b)
	if err != nil {
		return err
	}
	config, sub, err := android.ReadValues(data, b.app, v.pkg, req.Schema)
	if err != nil {
		return withHint(fmt.Errorf("--values: %w", about(v.file, err)), "%s", valuesHint(err))
	}
	req.Name = cmp.Or(config.App.Name, config.App.Package)
	build := func(ctx context.Context, req provision.Request) (*provision.Result, error) {
		return valuesResult(ctx, config, sub, req)
	}
	place := func(name string) (dir, single string) { return androidDir(a.global.output, name, len(args)), "" }
	run := buildRun{app: a, report: preflight.NewReport(req.Scenario), build: build, place: place, own: true}
	if err := run.make(cmd.Context(), req, kindValues, v.file); err != nil {
		return err
	}
	return run.conclude()
}

// kindValues is what reports call a file with values.
const kindValues = "values"

// valuesResult judges the values, and makes each form that can be made of them.
func valuesResult(ctx context.Context, config *android.Config, sub *android.Subject, req provision.Request) (*provision.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	result := &provision.Result{Scenario: req.Scenario, Findings: android.Check(req.Scenario, sub)}
	for _, f := range result.Findings {
		if f.Status == preflight.StatusFail && req.Ignore[f.Check] == "" {
			return result, nil
		}
	}
	if !config.Everybody() {
		amapi, err := config.AMAPI()
		if err != nil {
			return nil, err
		}
		result.Files = append(result.Files, provision.File{Name: provision.FileAMAPI, Data: amapi})
	}
	enterprise, err := config.Enterprise()
	if err != nil {
		return nil, err
	}
	intune, err := config.Intune(req.Enrolment)
	if err != nil {
		return nil, err
	}
	result.Files = append(result.Files, provision.File{Name: provision.FileEnterprise, Data: enterprise}, provision.File{Name: provision.FileIntune, Data: intune})
	result.Notes = append(config.Notes, config.NotesIntune(req.Enrolment)...)
	return result, nil
}

// valuesHint says what to do where values are not taken.
func valuesHint(err error) string {
	var refused *android.ValuesError
	switch {
	case errors.As(err, &refused):
		return refused.Hint
	case errors.Is(err, android.ErrNoTable):
		return "give the app's own schema: --schema FILE (easkit help managed-configuration says where to get it)"
	case errors.Is(err, android.ErrNoPackage):
		return "give --package PACKAGE"
	}
	return "easkit help managed-configuration says what the file has"
}
