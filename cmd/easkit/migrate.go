package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
)

// The folders below that of -o: the profiles as they were, those that phones take over
// the new ones for going back, where the first are not that, and what the users are told.
const (
	dirMigrated = "migrated"
	dirBefore   = "before"
	dirBack     = "back"
	dirLetters  = "letters"
)

// migrateFlags are the flags of migrate beside those of a pre-flight.
type migrateFlags struct {
	profileFlags
	signer, signerPasswordFile string
	signerChain                []string
	allowReinstall, dryRun     bool
	unseen                     bool
	wave, waves                string
}

func newMigrate(a *app) *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate FILE|DIR... [--signer SIGNER]",
		Short: "Move iOS profiles from direct sign-in to OAuth, updating in place",
		Long: "Makes of each profile for direct sign-in, ours or anybody's, one that signs in by OAuth with\n" +
			"the same identity, identifiers and UUIDs, so that phones update what they have. Each is\n" +
			"checked first, certificate, users and tenant included where you give them; nothing is\n" +
			"written for one that fails. Refused as well: another signer than the installed profile's,\n" +
			"since phones refuse that, and profiles that device management delivers. Mailboxes on\n" +
			"Exchange Server are left alone, unless AD FS issues tokens there (--issuer adfs).\n\n" +
			"Writes to the folder of -o (" + dirMigrated + "): the profiles, the old ones in " + dirBefore + "/, in " + dirBack + "/ the old\n" +
			"ones as phones take them over the new, and in " + dirLetters + "/ what each user will see.",
		Example: "  easkit migrate profiles/ --password-dir passwords/ --signer signer.p12 --ca cas/ --users users.csv --tenant contoso/ --wave 5%\n" +
			"  easkit migrate profiles/ --password-dir passwords/ --signer signer.p12 --waves waves.csv --wave pilot -o pilot/\n" +
			"  easkit migrate alice.mobileconfig --signer renewed.p12 --allow-reinstall",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.migrate(&f, args) },
	}
	f.registerProfiles(cmd)
	registerSigner(cmd, &f.signer, &f.signerPasswordFile, &f.signerChain)
	flags := cmd.Flags()
	flags.StringVar(&f.delivery, "for", "", "`manual` says that users installed them by hand, whatever they look like")
	flags.BoolVar(&f.unseen, "unseen", false, "migrate those as well whose certificate can't be looked at, for want of its password")
	flags.BoolVar(&f.dryRun, "dry-run", false, "write nothing: say what would be written")
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
	given  []string // as the call names them
	found  []*moving
	broken int // that could not be written
}

// moving is one profile on its way.
type moving struct {
	profileResult
	path   string
	old    *ios.Subject
	moved  *provision.Moved // nil where there is none to write
	letter []byte           // to the user
	files  []string         // that were written
	done   bool             // or would be, with --dry-run
	note   string           // why there is nothing to do
	err    error            // of the signer, for which no other fares better
}

func (a *app) migrate(f *migrateFlags, args []string) error {
	if _, _, err := a.judgement(); err != nil { // before anything is read
		return err
	}
	if a.global.output == stdout {
		return errors.New("migrate writes a folder: -o - is not for it")
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
	m := &migration{f: f, dir: cmp.Or(a.global.output, dirMigrated), given: args}
	if files = slices.DeleteFunc(files, m.isResult); len(files) == 0 {
		return fmt.Errorf("there is nothing in %s but what an earlier run wrote", strings.Join(args, ", "))
	}
	if err := distinctNames(files); err != nil {
		return err
	}
	if m.profileRun, err = a.newProfileRun(&f.profileFlags, profiles.ForManual, &in); err != nil {
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

// isResult reports whether a file is one that an earlier run wrote, where its folder
// lies within the one that was given: it is in a folder for going back, or has its old
// self there.
func (m *migration) isResult(file string) bool {
	rel, err := filepath.Rel(real(m.dir), real(file))
	if err != nil || strings.HasPrefix(rel, "..") || slices.Contains(m.given, file) {
		return false
	}
	switch dir, _, _ := strings.Cut(filepath.ToSlash(rel), "/"); dir {
	case dirBefore, dirBack:
		return true
	case rel:
		_, err := os.Stat(filepath.Join(m.dir, dirBefore, rel))
		return err == nil
	}
	return false
}

// real is a path without links, as far as it is there.
func real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
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
	if lacking := wave.lacking(); len(lacking) > 0 {
		m.say("%s of this wave have no profile here: %s", preflight.Counted(len(lacking), "user"), preflight.Printable(some(lacking)))
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
	if p.old, err = m.subject(file, data); err != nil {
		p.old, p.findings, p.unopened = nil, ios.Unreadable(err), true
	}
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
	if moved.Judgement.Scenario.Mailbox == preflight.ExchangeServer && m.open.Issuer != preflight.ADFS {
		p.note = "its mailbox is on Exchange Server, where direct sign-in stays; --issuer adfs moves it, where AD FS issues tokens"
		return
	}
	p.moved = moved
	j := moved.Judgement
	if j.Unseen > 0 && !m.f.unseen {
		j.Findings = append(ios.CheckSeen(j), j.Findings...)
		moved.Refused = true
	}
	if j.PasswordRefused { // the call is at fault, and there is no story to tell
		moved.Refused = true
		p.take(j, p.old)
		return
	}
	if p.letter, err = m.letter(p, j); errors.Is(err, ios.ErrRefused) || errors.Is(err, ios.ErrUnfilled) {
		j.Findings = append(ios.CheckRefused(j.Scenario, err), j.Findings...)
		moved.Refused = true
	} else if err != nil {
		p.err = err
	}
	p.take(j, p.old)
}
