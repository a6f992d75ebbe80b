package main

import (
	"cmp"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// profileFlags are those of a pre-flight and what profiles have beside.
type profileFlags struct {
	checkFlags
	roots                         []string
	delivery, device, passwordDir string
	schema                        string // of an Android app
}

// registerProfiles adds the flags of all commands that judge profiles.
func (f *profileFlags) registerProfiles(cmd *cobra.Command) {
	f.register(cmd)
	f.registerCRL(cmd)
	f.registerUsers(cmd)
	f.registerTenant(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&f.roots, "roots", nil, "whom phones trust as signers: the roots in this `FILE` or folder (default: those of --ca, or the system's; repeatable)")
	flags.StringVar(&f.passwordDir, "password-dir", "", "read the password of NAME.mobileconfig from `DIR`/NAME.password")
}

func newCheckProfile(a *app) *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profile FILE|DIR...",
		Short: "Check iOS profiles and Android configurations, of any make: what phones will say",
		Long: "Checks each .mobileconfig, signed or not, XML or binary: its form and signature, every\n" +
			"key against Apple's schema, whether the account's identity is there and the oldest phones\n" +
			"can import it, what the phone will take the account for, and what lies open in it. The\n" +
			"certificates inside are checked as by check cert. Sign-in and, unless you say it, the\n" +
			"place of the mailbox are the profile's own; with --auth oauth those fail that still sign\n" +
			"in directly. --ca names the CAs that the server knows. Managed configurations of Android\n" +
			"apps (.json) are checked as far as they go: see easkit help managed-configuration.",
		Example: "  easkit check profile alice.mobileconfig --password-file alice.password --ca cas/\n" +
			"  easkit check profile profiles/ --password-dir passwords/ --ios 17 --format html -o report.html\n" +
			"  easkit check profile profiles/ --auth oauth --format junit -o report.xml --force\n" +
			"  easkit check profile keyless.mobileconfig --for intune\n" +
			"  easkit check profile policy.json gmail.json --schema gmail-schema.json",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.checkProfiles(&f, args)
		},
	}
	f.registerProfiles(cmd)
	cmd.Flags().StringVar(&f.device, "decrypt-with", "", "open encrypted payloads with the key of the phone's certificate, in this PEM or PKCS#12 `FILE`")
	registerSchema(cmd, &f.schema)
	cmd.Flags().StringVar(&f.delivery, "for", string(profiles.ForManual), "how they reach the phone: "+choice(profiles.Deliveries))
	return cmd
}

// profileExtensions are those under which profiles lie in folders.
var profileExtensions = []string{provision.ExtIOS}

func (a *app) checkProfiles(f *profileFlags, args []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	d, err := preflight.Word("--for", f.delivery, profiles.Deliveries)
	if err != nil {
		return err
	}
	in, failed, err := a.readAround(&f.checkFlags)
	if err != nil {
		return err
	}
	files, err := a.expandProfiles(args)
	if err != nil {
		return err
	}
	run, err := a.newProfileRun(f, d, &in)
	if err != nil {
		return err
	}
	if run.device, err = a.readDevice(f.device); err != nil {
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
	report, err := run.report(results, &f.checkFlags, in)
	if err := unopened(err, &failed); err != nil {
		return err
	}
	if err := a.writeReport(report, preflight.TextOptions{Passes: len(files) == 1, Profiles: true}); err != nil {
		return err
	}
	a.tellDirect(results)
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
	dir      string // of passwords by the profile's name; "" for none
	users    *entra.Users
	device   *certs.Identity // opens encrypted payloads; nil where nobody gave it
	schema   *schema.Table   // of an Android app; nil where nobody gave it
}

// profileResult is what came of one file.
type profileResult struct {
	name         string
	s            preflight.Scenario
	findings     []preflight.Finding
	certificates []audit.Certificate
	unopened     bool
	direct       bool // it signs in directly
}

func (a *app) newProfileRun(f *profileFlags, d profiles.Delivery, in *audit.Input) (*profileRun, error) {
	r := &profileRun{app: a, delivery: d, users: in.Users, dir: f.passwordDir}
	var err error
	if r.schema, err = a.readSchema(f.schema); err != nil {
		return nil, err
	}
	if r.trust, err = a.readRoots(f.roots); err != nil {
		return nil, err
	}
	if r.open, err = a.scenario(); err != nil {
		return nil, err
	}
	for _, ca := range in.CAs {
		if ca.Certificate != nil {
			r.cas = append(r.cas, ca.Certificate)
		}
	}
	if len(f.cas) > 0 && len(f.roots) == 0 {
		r.trust = trusting(r.cas, f.cas)
	}
	if r.dir != "" {
		if info, err := os.Stat(r.dir); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--password-dir: there is no folder %q", r.dir)
		}
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
	if isAndroid(data) {
		return r.android(file, data)
	}
	sub, err := r.subject(file, data)
	if err != nil {
		result.findings, result.unopened = ios.Unreadable(err), true
		return result
	}
	result.take(ios.Judge(r.open, sub), sub)
	return result
}

// subject is a file with what the call knows around it.
func (r *profileRun) subject(file string, data []byte) (*ios.Subject, error) {
	sub := ios.NewSubject(data, r.delivery)
	sub.Auth, sub.CAs, sub.Users = r.open.Auth, r.cas, r.users
	sub.Roots, sub.RootsAre = r.trust.Roots, r.trust.RootsAre
	if key, ok := r.deviceKey(); ok && sub.File != nil {
		if err := sub.File.Decrypt(key, r.device.Leaf.X509); err != nil {
			sub.File, sub.Err = nil, err
		}
	}
	var err error
	sub.Password, err = r.passwordOf(file)
	return sub, err
}

// passwordOf is that of a file's identity: its own, or else that of the call.
func (r *profileRun) passwordOf(file string) (certs.Password, error) {
	if r.dir == "" {
		return r.password, nil
	}
	own, err := r.readPassword(filepath.Join(r.dir, nameFor(file)+extPassword))
	if errors.Is(err, fs.ErrNotExist) {
		return r.password, nil // --password-file, or none
	}
	return own, err
}

// extPassword is the extension under which easkit ios writes a password beside its
// profile.
const extPassword = ".password"

// tellDirect says how many profiles have to move, and how long there is.
func (a *app) tellDirect(results []profileResult) {
	at := map[preflight.Mailbox]int{}
	for _, r := range results {
		if r.direct {
			at[r.s.Mailbox]++
		}
	}
	affected := at[preflight.ExchangeOnline] + at[preflight.MailboxUnknown]
	if affected == 0 || len(results) < 2 {
		return
	}
	text := fmt.Sprintf("%d of %s sign in directly, which Exchange Online stops taking: %d to mailboxes there", affected, preflight.Counted(len(results), "profile"), at[preflight.ExchangeOnline])
	if n := at[preflight.MailboxUnknown]; n > 0 {
		text += fmt.Sprintf(", %d to a place that is not known (--mailbox, or --users with a column mailbox)", n)
	}
	a.say("%s", text)
}

// deviceKey is the key that opens encrypted payloads.
func (r *profileRun) deviceKey() (crypto.Decrypter, bool) {
	if r.device == nil {
		return nil, false
	}
	key, ok := r.device.Key.(crypto.Decrypter)
	return key, ok && r.device.Leaf.X509 != nil
}

// readDevice reads the certificate of a phone with its key.
func (a *app) readDevice(path string) (*certs.Identity, error) {
	if path == "" {
		return nil, nil
	}
	data, err := a.readInput(path)
	if err != nil {
		return nil, fmt.Errorf("--decrypt-with: %w", about(path, err))
	}
	b, err := certs.Read(data, a.unlock("", "the phone's key "+path))
	if err != nil {
		return nil, fmt.Errorf("--decrypt-with: %w", about(path, err))
	}
	id, err := b.Identity()
	if err != nil {
		return nil, fmt.Errorf("--decrypt-with: %w", about(path, err))
	}
	if _, ok := id.Key.(crypto.Decrypter); !ok {
		return nil, fmt.Errorf("--decrypt-with: %s: its key is not RSA, and payloads are encrypted for such keys alone", path)
	}
	return id, nil
}

// take keeps a judgement, and the identities that it found for a pre-flight of their
// own.
func (r *profileResult) take(j *ios.Judgement, sub *ios.Subject) {
	r.s, r.findings, r.unopened = j.Scenario, j.Findings, j.PasswordRefused
	r.direct = sub.File != nil && sub.File.Account() != nil && j.Scenario.Auth == preflight.Direct
	for _, id := range j.Identities {
		subject := id.Subject(nil)
		subject.InFile = append(subject.InFile, sub.File.Document().Certificates...)
		r.certificates = append(r.certificates, audit.Certificate{
			Name: fmt.Sprintf("%s (%s)", r.name, id.Leaf), Subject: subject, Scenario: &id.Scenario,
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
