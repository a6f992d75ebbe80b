package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// The folders below that of -o: the profiles as they were, for going back, and what
// the users are told.
const (
	dirMigrated = "migrated"
	dirBefore   = "before"
	dirLetters  = "letters"
)

// migrateFlags are the flags of migrate beside those of a pre-flight.
type migrateFlags struct {
	checkFlags
	signer, signerPasswordFile string
	signerChain                []string
	delivery                   string
	allowReinstall             bool
	wave, waves                string
}

func newMigrate(a *app) *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate FILE|DIR... --signer SIGNER",
		Short: "Move iOS profiles from direct sign-in to OAuth, updating in place",
		Long: "Makes of each profile for direct sign-in, ours or anybody's, one that signs in by OAuth with\n" +
			"the same identity, identifiers and UUIDs, so that phones update what they have. Each is\n" +
			"checked first, certificate, users and tenant included where you give them; nothing is\n" +
			"written for one that fails. Refused as well: another signer than the installed profile's,\n" +
			"since phones refuse that, and profiles that device management delivers.\n\n" +
			"Writes to the folder of -o (" + dirMigrated + "): the profiles, the old ones in " + dirBefore + "/ for going back,\n" +
			"and in " + dirLetters + "/ what each user will see.",
		Example: "  easkit migrate profiles/ --signer signer.p12 --ca cas/ --users users.csv --tenant contoso/ --wave 5%\n" +
			"  easkit migrate profiles/ --signer signer.p12 --waves waves.csv --wave pilot -o pilot/\n" +
			"  easkit migrate alice.mobileconfig --signer renewed.p12 --allow-reinstall",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.migrate(&f, args) },
	}
	f.register(cmd)
	f.registerCRL(cmd)
	f.registerUsers(cmd)
	f.registerTenant(cmd)
	registerSigner(cmd, &f.signer, &f.signerPasswordFile, &f.signerChain)
	flags := cmd.Flags()
	flags.StringVar(&f.delivery, "for", "", "`manual` says that users installed them by hand, whatever they look like")
	flags.BoolVar(&f.allowReinstall, "allow-reinstall", false, "migrate those as well whose users have to remove the old profile first")
	flags.StringVar(&f.wave, "wave", "", "migrate part of them: `N%|NAME`, a share that grows with N, or a wave of --waves")
	flags.StringVar(&f.waves, "waves", "", "who is in which wave: the CSV `FILE` of easkit entra inventory, or one with the columns UPN and Wave")
	return cmd
}

// migration is one call of migrate under way.
type migration struct {
	*profileRun
	f      *migrateFlags
	signer *signer.Signer
	dir    string
	found  []*moving
}

// moving is one profile on its way.
type moving struct {
	profileResult
	path  string
	old   *ios.Subject
	moved *provision.Moved // nil where there is none to write
	note  string           // why there is nothing to do
	err   error            // of the signer, for which no other fares better
}

func (a *app) migrate(f *migrateFlags, args []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	if f.delivery != "" && f.delivery != string(profiles.ForManual) {
		return withHint(fmt.Errorf("--for %q: profiles that device management delivers are not migrated here", f.delivery),
			"change the e-mail profile there: in Intune switch OAuth on, and it is sent out anew")
	}
	wave, err := a.readWave(f.wave, f.waves)
	if err != nil {
		return err
	}
	in, failed, err := a.readAround(&f.checkFlags)
	if err != nil {
		return err
	}
	files, err := expand(args, profileExtensions)
	if err != nil {
		return err
	}
	if err := distinctNames(files); err != nil {
		return err
	}
	m := &migration{f: f, dir: cmp.Or(a.global.output, dirMigrated)}
	if m.profileRun, err = a.newProfileRun(&f.checkFlags, profiles.ForManual, &in); err != nil {
		return err
	}
	if m.open.Auth == preflight.Direct {
		return errors.New("--auth direct: migrate makes profiles for oauth")
	}
	if m.signer, err = a.openSigner(f.signer, f.signerPasswordFile, f.signerChain); err != nil {
		return err
	}
	if err := m.read(files, wave); err != nil {
		return err
	}
	return m.finish(in, failed)
}

// read opens all profiles and makes the new ones of those in the wave.
func (m *migration) read(files []string, wave *wave) error {
	all := make([]*moving, len(files))
	audit.Each(m.ctx, len(files), func(i int) { all[i] = m.load(files[i]) })
	left := 0
	for _, p := range all {
		if p.old != nil && p.old.File != nil && !wave.has(p.old.File) {
			left++
			continue
		}
		m.found = append(m.found, p)
	}
	if left > 0 {
		m.say("%s not in this wave", preflight.Counted(left, "profile"))
	}
	audit.Each(m.ctx, len(m.found), func(i int) { m.make(m.found[i]) })
	for _, p := range m.found {
		if p.err != nil {
			return about(p.path, p.err)
		}
	}
	return m.ctx.Err()
}

func (m *migration) load(file string) *moving {
	p := &moving{path: file, profileResult: profileResult{name: file, s: m.open.WithDefaults()}}
	data, err := m.readInput(file)
	if err != nil {
		p.findings, p.unopened = ios.Unreadable(about(file, err)), true
		return p
	}
	p.old = m.subject(data)
	return p
}

// make makes the new profile of one and judges it.
func (m *migration) make(p *moving) {
	if p.old == nil {
		return
	}
	if p.old.File == nil {
		p.take(ios.Judge(m.open, p.old), p.old)
		return
	}
	moved, err := provision.Move(m.ctx, provision.MoveRequest{
		Old: p.old, Scenario: m.open, Signer: m.signer, ByHand: m.f.delivery != "", Reinstall: m.f.allowReinstall,
	})
	switch {
	case errors.Is(err, ios.ErrOAuthAlready):
		p.note = err.Error()
		return
	case errors.Is(err, ios.ErrNoAccount), errors.Is(err, ios.ErrEncrypted):
		p.findings = profiles.Unusable(err, "give a profile with a mail account in it, before it is encrypted")
		return
	case err != nil:
		p.err = err
		return
	}
	p.moved = moved
	p.take(moved.Judgement, p.old)
}
