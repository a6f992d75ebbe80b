package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
)

// makeFlags are those of ticket make.
type makeFlags struct {
	sourceFlags
	dataFlags
	mailFlags
	from, signIn, life  string
	language            string
	qr                  []string
	pending, keep, mail bool
}

// signIns are how users show who they are.
var signIns = []ticket.SignIn{ticket.ByPIN, ticket.ByOIDC}

func newTicketMake(a *app) *cobra.Command {
	var f makeFlags
	cmd := &cobra.Command{
		Use:   "make USER...",
		Short: "Make a one-time link for a user, with its PIN and QR code",
		Long: "Makes a link that lives 24 hours and works once, and prints it with its PIN. The two go to\n" +
			"the user by two ways: the link by mail or as a QR code, the PIN by phone or in person. Five\n" +
			"wrong PINs lock the link. With --sign-in oidc there is no PIN: the user signs in, and must be\n" +
			"USER. Neither link nor PIN is kept anywhere: who loses them needs a new ticket.\n\n" +
			"Older links of the user are revoked, also those whose ten minutes of downloads run, unless\n" +
			"--keep says otherwise (for a second phone). With --pending it makes the tickets that the\n" +
			"help desk has asked for where the portal has no key: all, or those of USER. With --mail the\n" +
			"link goes to the user by mail, and is not printed.",
		Example: "  easkit ticket make alice@contoso.com --from results --key-file company.agekey --passwords passwords.csv\n" +
			"  easkit ticket make alice@contoso.com --from results --qr alice.html --language de\n" +
			"  easkit ticket make --pending --from results --key-file company.agekey --mail --smtp smtp://mail.contoso.com --mail-from helpdesk@contoso.com",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.makeTickets(cmd.Context(), &f, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "what was made for users: `DIR|MANIFEST|URL`, as serve takes it")
	flags.StringVar(&f.signIn, "sign-in", string(ticket.ByPIN), "how the user shows who they are, beside having the link: "+choice(signIns))
	registerLife(cmd, &f.life, "how long the link lives")
	flags.StringVar(&f.language, "language", portal.Languages[0], "of the page to print, and of the mail: "+choice(portal.Languages))
	flags.StringArrayVar(&f.qr, "qr", nil, "draw the link as a QR code, too: `terminal|FILE.png|FILE.html`, the last a page to print (repeatable)")
	flags.BoolVar(&f.pending, "pending", false, "make the tickets that wait for whoever has the rollout's key")
	flags.BoolVar(&f.keep, "keep", false, "leave older links of the user as they are")
	flags.BoolVar(&f.mail, "mail", false, "send the link to the user, by --smtp")
	f.sourceFlags.register(cmd)
	f.dataFlags.register(cmd)
	f.mailFlags.register(cmd)
	return cmd
}

// check looks at what goes together.
func (f *makeFlags) check(users []string) error {
	files := 0
	for _, to := range f.qr {
		if to != qrTerminal {
			files++
		}
	}
	switch {
	case f.from == "":
		return withHint(errors.New("nothing says where the users' files are"), "give --from DIR: what rollout --out was given, or easkit quickstart wrote")
	case len(users) == 0 && !f.pending:
		return withHint(errors.New("there is no USER to make a ticket for"), "easkit ticket make USER --from %s; or --pending", f.from)
	case files > 0 && (f.pending || len(users) > 1):
		return withHint(errors.New("--qr FILE is for one ticket, and here are several"), "give one USER, or --qr terminal")
	case f.mail && f.server == "":
		return withHint(errors.New("--mail needs a mail server"), "give --smtp smtp://HOST --mail-from ADDRESS")
	case f.mail && len(f.qr) > 0:
		return errors.New("with --mail the link goes to the user alone: --qr is not for it")
	}
	for _, to := range f.qr {
		if err := checkQR(to); err != nil {
			return err
		}
	}
	_, err := preflight.Word("--language", f.language, portal.Languages)
	return err
}

// making is a call of ticket make under way.
type making struct {
	*app
	flags  *makeFlags
	signIn ticket.SignIn
	life   time.Duration
	origin string
	source usersFiles
	store  *ticket.Store
	mailer portal.Mailer
	lines  []ticketLine
	failed bool // somebody's ticket could not be made, which was told

	operator portal.Operator
}

func (a *app) makeTickets(ctx context.Context, f *makeFlags, users []string) error {
	if err := a.global.check(); err != nil {
		return err
	}
	if err := f.check(users); err != nil {
		return err
	}
	if err := checkPlaces(f.from, f.data); err != nil {
		return err
	}
	if err := a.refuseExisting(f.qr); err != nil {
		return err
	}
	m := making{app: a, flags: f}
	err := m.open(ctx)
	if err == nil {
		err = m.all(ctx, users)
		m.noteUnserved(ctx)
	}
	// What was made is printed whatever came after: it is told nowhere else.
	return errors.Join(err, m.print(), m.close())
}

// refuseExisting looks for files in the way before a link is made that they would be of.
func (a *app) refuseExisting(codes []string) error {
	for i, file := range append([]string{a.global.output}, codes...) {
		if file == "" || file == stdout || file == qrTerminal || a.global.force {
			continue
		}
		if _, err := os.Lstat(file); err != nil {
			continue
		}
		flag := "--qr"
		if i == 0 {
			flag = "-o"
		}
		return withHint(fmt.Errorf("%s: %q: %w", flag, file, keyfile.ErrExists), "give another name with %s, or --force to replace it", flag)
	}
	return nil
}

func (m *making) open(ctx context.Context) (err error) {
	f := m.flags
	if m.signIn, err = preflight.Word("--sign-in", f.signIn, signIns); err != nil {
		return err
	}
	if err := m.refuseSignIn(m.signIn, f.data); err != nil {
		return err
	}
	if m.life, err = parseLife(f.life); err != nil {
		return err
	}
	if m.origin, err = m.linkOrigin(&f.dataFlags); err != nil {
		return err
	}
	m.operator = m.operatorOf(f.data)
	if m.mailer, err = m.app.mailer(&f.mailFlags, m.operator); err != nil {
		return err
	}
	if m.source, err = m.openUsersFiles(ctx, f.from, &f.sourceFlags); err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	m.store, err = m.openTickets(ctx, f.data, true)
	return err
}

func (m *making) close() error {
	var all []error
	if m.store != nil {
		all = append(all, m.store.Close())
	}
	if m.source != nil {
		all = append(all, m.source.Close())
	}
	return errors.Join(all...)
}

// all makes the tickets of the call. With several, who can't be given one is told, and
// the others are done.
func (m *making) all(ctx context.Context, users []string) error {
	if m.flags.pending {
		return m.pending(ctx, users)
	}
	for _, user := range users {
		err := m.one(ctx, user)
		if err != nil && (len(users) == 1 || ctx.Err() != nil) {
			return err
		}
		m.tellFailed(err)
	}
	return m.outcome()
}

func (m *making) tellFailed(err error) {
	if err != nil {
		m.failed = true
		m.printError(err)
	}
}

// outcome is [errInputs] where errors were told on the way.
func (m *making) outcome() error {
	if m.failed {
		return errInputs
	}
	return nil
}

// one makes a ticket for a user, and revokes the older ones.
func (m *making) one(ctx context.Context, name string) error {
	u, err := m.find(ctx, name)
	if err != nil {
		return err
	}
	files, err := m.files(ctx, u.User)
	if err != nil {
		return err
	}
	before, err := m.openOf(ctx, m.store, u.User)
	if err != nil {
		return err
	}
	made, err := m.store.Make(ctx, ticket.Order{User: u.User, By: m.byCommand(), SignIn: m.signIn, Files: files, Life: m.life})
	if err != nil {
		return err
	}
	if err := m.give(ctx, u, made); err != nil {
		return err
	}
	if m.flags.keep {
		return nil
	}
	for _, old := range before {
		_, _, err := m.store.Revoke(ctx, old.ID, m.byCommand())
		if errors.Is(err, ticket.ErrUsed) {
			continue // its ten minutes ended meanwhile
		}
		if err != nil {
			return fmt.Errorf("revoking the older ticket %s: %w", old.ID, err)
		}
		m.say("note: the older ticket %s of %s (%s) is revoked", old.ID, preflight.Printable(u.User), old.State)
	}
	return nil
}
