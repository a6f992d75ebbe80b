package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// registerSchema adds the flag for an Android app's own schema.
func registerSchema(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVar(path, "schema", "", "the app's own schema of managed configurations, for Android: a `FILE` from Google's or Microsoft's API, or app_restrictions.xml")
}

// readSchema reads --schema; nil where it is not given.
func (a *app) readSchema(path string) (*schema.Table, error) {
	if path == "" {
		return nil, nil
	}
	data, err := a.readInput(path)
	if err != nil {
		return nil, fmt.Errorf("--schema: %w", about(path, err))
	}
	t, err := schema.Parse(data)
	if err != nil {
		return nil, withHint(fmt.Errorf("--schema: %w", about(path, err)), "easkit help managed-configuration says where to get it")
	}
	return t, nil
}

// isAndroid reports whether a file is for Android's phones, and not for Apple's.
func isAndroid(data []byte) bool { return !ios.Format.Sniff(data) && android.Format.Sniff(data) }

// extJSON is the extension under which configurations for Android lie in folders, and
// much else.
const extJSON = ".json"

// expandProfiles replaces each folder by the profiles in it: what is called .json there
// is one only where it looks like a managed configuration.
func (a *app) expandProfiles(args []string) ([]string, error) {
	files, err := expand(args, append(slices.Clone(profileExtensions), extJSON))
	if err != nil {
		return nil, err
	}
	kept := slices.DeleteFunc(files, func(file string) bool {
		if slices.Contains(args, file) || !strings.EqualFold(filepath.Ext(file), extJSON) {
			return false
		}
		data, err := a.readInput(file)
		return err == nil && !android.Format.Sniff(data)
	})
	if len(kept) == 0 {
		return nil, fmt.Errorf("there is no profile in %s: no %s, and no .json that is a managed configuration", strings.Join(args, ", "), profileExtensions[0])
	}
	return kept, nil
}

// android judges a managed configuration.
func (r *profileRun) android(file string, data []byte) profileResult {
	result := profileResult{name: file, s: r.open.WithDefaults()}
	sub := android.NewSubject(data, r.delivery)
	sub.Auth, sub.Users, sub.Schema = r.open.Auth, r.users, r.schema
	var err error
	if sub.Password, err = r.passwordOf(file); err != nil {
		result.findings, result.unopened = ios.Unreadable(err), true
		return result
	}
	j := android.Judge(r.open, sub)
	result.s, result.findings, result.unopened, result.direct = j.Scenario, j.Findings, j.PasswordRefused, j.Direct
	if j.Identity != nil {
		subject := j.Identity.Subject(nil)
		subject.InFile = append(subject.InFile, j.Chain...)
		result.certificates = []audit.Certificate{{
			Name: fmt.Sprintf("%s (%s)", file, preflight.Printable(j.Identity.Leaf.String())), Subject: subject, Scenario: &j.Scenario,
			// Of these the bundle's own checks speak: profile.identity and profile.retirement.
			Without: []string{"cert.p12.ios", "cert.p12.android", "cert.p12.alias", "profile.retirement"},
		}}
	}
	return result
}
