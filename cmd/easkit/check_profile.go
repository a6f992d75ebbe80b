package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

func newCheckProfile(a *app) *cobra.Command {
	var f checkFlags
	var delivery string
	cmd := &cobra.Command{
		Use:   "profile FILE|DIR...",
		Short: "Check iOS profiles, of any make: what an iPhone will say to them",
		Long: "Checks each .mobileconfig, signed or not, XML or binary: its form and signature, every\n" +
			"key against Apple's schema, whether the account's identity is there and the oldest phones\n" +
			"can import it, what the phone will take the account for, and what lies open in it. The\n" +
			"certificates inside are checked as by check cert. Sign-in and, unless you say it, the\n" +
			"place of the mailbox are the profile's own. --ca names the roots that phones trust, and\n" +
			"the CAs that the server knows.",
		Example: "  easkit check profile alice.mobileconfig --password-file alice.password --ca cas/\n" +
			"  easkit check profile profiles/ --for mdm --ios 17 --format html -o report.html\n" +
			"  easkit check profile keyless.mobileconfig --for intune",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := preflight.Word("--for", delivery, profiles.Deliveries)
			if err != nil {
				return err
			}
			return a.checkProfiles(&f, d, args)
		},
	}
	f.register(cmd)
	f.registerCRL(cmd)
	f.registerUsers(cmd)
	f.registerTenant(cmd)
	cmd.Flags().StringVar(&delivery, "for", string(profiles.ForManual), "how they reach the phone: "+choice(profiles.Deliveries))
	return cmd
}

// profileExtensions are those under which profiles lie in folders.
var profileExtensions = []string{provision.ExtIOS}

func (a *app) checkProfiles(f *checkFlags, d profiles.Delivery, args []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	in, failed, err := a.readAround(f)
	if err != nil {
		return err
	}
	files, err := expand(args, profileExtensions)
	if err != nil {
		return err
	}
	run, err := a.newProfileRun(f, d, &in)
	if err != nil {
		return err
	}
	results, err := run.all(files)
	if err != nil {
		return err
	}
	for _, r := range results {
		in.Certificates = append(in.Certificates, r.certificates...)
		if r.unopened {
			failed = errInputs
		}
	}
	report, err := run.report(results, f, in)
	if err := unopened(err, &failed); err != nil {
		return err
	}
	if err := a.writeReport(report, preflight.TextOptions{Passes: len(files) == 1}); err != nil {
		return err
	}
	return cmp.Or(failed, failOn(a.global.failOn, report))
}

// profileRun is one call of check profile under way.
type profileRun struct {
	*app
	open     preflight.Scenario // as the call has it
	delivery profiles.Delivery
	trust    profiles.Signed // whom phones trust
	cas      []*certs.Certificate
	password certs.Password
	mailbox  func(*certs.Certificate) preflight.Mailbox
}

// profileResult is what came of one file.
type profileResult struct {
	name         string
	s            preflight.Scenario
	findings     []preflight.Finding
	certificates []audit.Certificate
	unopened     bool
}

func (a *app) newProfileRun(f *checkFlags, d profiles.Delivery, in *audit.Input) (*profileRun, error) {
	r := &profileRun{app: a, delivery: d, trust: profiles.Signed{RootsAre: "the system's roots"}}
	var err error
	if r.open, err = a.scenario(); err != nil {
		return nil, err
	}
	for _, ca := range in.CAs {
		if ca.Certificate != nil {
			r.cas = append(r.cas, ca.Certificate)
		}
	}
	if in.Users != nil {
		r.mailbox = in.Users.Mailbox
	}
	if len(f.cas) > 0 {
		r.trust = trusting(r.cas, f.cas)
	}
	r.password, err = a.identityPassword()
	return r, err
}

// all judges every file.
func (r *profileRun) all(files []string) ([]profileResult, error) {
	results := make([]profileResult, len(files))
	audit.Each(r.ctx, len(files), func(i int) { results[i] = r.one(files[i]) })
	return results, r.ctx.Err()
}

func (r *profileRun) one(file string) profileResult {
	result := profileResult{name: file, s: r.open.WithDefaults()}
	data, err := r.readInput(file)
	if err != nil {
		result.findings, result.unopened = ios.Unreadable(about(file, err)), true
		return result
	}
	sub := r.subject(data)
	result.take(ios.Judge(r.open, sub), sub)
	return result
}

// subject is a file with what the call knows around it.
func (r *profileRun) subject(data []byte) *ios.Subject {
	sub := ios.NewSubject(data, r.delivery)
	sub.Auth, sub.Password, sub.CAs, sub.Mailbox = r.open.Auth, r.password, r.cas, r.mailbox
	sub.Roots, sub.RootsAre = r.trust.Roots, r.trust.RootsAre
	return sub
}

// take keeps a judgement, and the identities that it found for a pre-flight of their
// own.
func (r *profileResult) take(j *ios.Judgement, sub *ios.Subject) {
	r.s, r.findings, r.unopened = j.Scenario, j.Findings, j.PasswordRefused
	for _, id := range j.Identities {
		subject := id.Subject(nil)
		subject.InFile = append(subject.InFile, sub.File.Document().Certificates...)
		r.certificates = append(r.certificates, audit.Certificate{
			Name: fmt.Sprintf("%s (%s)", r.name, id.Leaf), Subject: subject, Scenario: &r.s,
			// Of a profile its own checks speak: profile.identity and profile.retirement.
			Without: []string{"cert.p12.ios", "cert.p12.android", "cert.p12.alias", "profile.retirement"},
		})
	}
}

// report joins the profiles' findings and those of the certificates in them.
func (r *profileRun) report(results []profileResult, f *checkFlags, in audit.Input) (*preflight.Report, error) {
	ignore, err := r.global.ignored()
	if err != nil {
		return nil, err
	}
	if len(in.Certificates) == 0 && in.Tenant == nil {
		// Nobody asked for a pre-flight of the CAs alone.
		in.CAs = slices.DeleteFunc(in.CAs, func(ca audit.Authority) bool { return ca.Certificate != nil })
		in.CRLs = nil
	}
	inside, opening := r.runAudit(f, in)
	if inside == nil {
		return nil, opening
	}
	whole := preflight.NewReport(r.open.WithDefaults())
	for _, p := range results {
		whole.AddFor(p.s, "profile", p.name, p.findings, ignore)
	}
	whole.Append(inside)
	return whole, opening
}
