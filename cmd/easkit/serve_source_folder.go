package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// plainFiles are those of a folder that no rollout made: NAME.mobileconfig, the folder
// NAME-android, and NAME.password, as quickstart writes them; and the bundle of one user
// that lies in the folder itself, as android -o writes it.
type plainFiles struct {
	keptFiles
	target   string
	accounts accounts
}

// maxPlain bounds the users of such a folder, since each profile is opened to see whose
// it is.
const maxPlain = 1000

// errManyPlain says what to do beyond that.
var errManyPlain = fmt.Errorf("the folder has profiles of more than %d users, and no manifest: make them with easkit rollout", maxPlain)

// plainUser is one user of the folder.
type plainUser struct {
	name  string // of the files
	user  string // by the account in them; or else the name
	email string
	files []string
}

// users finds everybody.
func (p *plainFiles) users(ctx context.Context) ([]*plainUser, error) {
	by := map[string]*plainUser{}
	for name, err := range p.vault.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		plain, _ := vault.Unsealed(name)
		owner := ownerOf(plain)
		if owner == "" {
			continue
		}
		if by[owner] == nil {
			if len(by) == maxPlain {
				return nil, errManyPlain
			}
			by[owner] = &plainUser{name: owner}
		}
		by[owner].files = append(by[owner].files, name)
	}
	var all []*plainUser
	for _, u := range by {
		slices.Sort(u.files)
		if err := p.identify(ctx, u); err != nil {
			return nil, err
		}
		if u.user != "" && u.name != bundleOwner {
			all = append(all, u)
		}
	}
	if u := by[bundleOwner]; u != nil && u.user != bundleOwner {
		all = join(all, u)
	}
	slices.SortFunc(all, func(a, b *plainUser) int { return strings.Compare(a.user, b.user) })
	return all, nil
}

// bundleOwner stands for who is named in the bundle that lies in the folder itself.
const bundleOwner = "."

// join adds a bundle to the files of its user, unless there is another among them.
func join(all []*plainUser, bundle *plainUser) []*plainUser {
	for _, u := range all {
		if !certs.SameAddress(u.user, bundle.user) {
			continue
		}
		if !u.has(ticket.KindBundle) {
			u.files = append(u.files, bundle.files...)
		}
		return all
	}
	return append(all, bundle)
}

// has reports whether there is a file of a kind.
func (u *plainUser) has(kind ticket.Kind) bool {
	return slices.ContainsFunc(u.files, func(name string) bool {
		plain, _ := vault.Unsealed(name)
		return ticketKind(plain) == kind
	})
}

// ownerOf is whose file it is by its name; "" for nobody's. A .p12 beside a profile is
// what that was made of, and not for a phone.
func ownerOf(name string) string {
	folder, file, below := strings.Cut(name, "/")
	if below {
		owner, ok := strings.CutSuffix(folder, provision.EndAndroid)
		if !ok || ticketKind(file) == "" {
			return ""
		}
		return owner
	}
	if name == provision.FileBundle { // which holds its .p12
		return bundleOwner
	}
	for _, extension := range []string{provision.ExtIOS, extPassword} {
		if owner, ok := strings.CutSuffix(name, extension); ok {
			return owner
		}
	}
	return ""
}

// identify finds whose account is in the files. Without a key, and without an account, it
// is the name of the files; of a password alone it is nobody.
func (p *plainFiles) identify(ctx context.Context, u *plainUser) error {
	for _, name := range u.files {
		plain, sealed := vault.Unsealed(name)
		if kind := ticketKind(plain); kind != ticket.KindProfile && kind != ticket.KindBundle {
			continue
		}
		u.user = cmp.Or(u.user, u.name)
		if sealed && p.opener == nil {
			continue
		}
		a, err := p.account(ctx, name)
		if err != nil {
			return err
		}
		if a.has {
			u.user, u.email = cmp.Or(a.user, a.email, u.name), a.email
			return nil
		}
	}
	return nil
}

// Users finds users by a part of their name.
func (p *plainFiles) Users(ctx context.Context, query string, limit int) ([]portal.User, error) {
	all, err := p.users(ctx)
	if err != nil {
		return nil, err
	}
	query = strings.ToLower(strings.TrimSpace(query))
	var found []portal.User
	for _, u := range all {
		if strings.Contains(strings.ToLower(u.user+"\n"+u.name), query) {
			found = append(found, portal.User{User: u.user, Email: u.email})
		}
	}
	return firstUsers(found, query, limit), nil
}

// Files opens what is there for a user.
func (p *plainFiles) Files(ctx context.Context, user string) ([]ticket.File, error) {
	all, err := p.users(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(u *plainUser) bool { return certs.SameAddress(u.user, user) })
	if i < 0 {
		return nil, notAmong(all, user)
	}
	g := gathered{user: user, password: p.password}
	if password, own := p.passwords.For(rollout.Row{User: all[i].user, Email: all[i].email}, all[i].name); own {
		g.password = password
	}
	for _, name := range all[i].files {
		_, data, err := p.read(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("opening what was made for %s: %w", preflight.Printable(user), err)
		}
		plain, _ := vault.Unsealed(name)
		g.add(plain, data, "")
	}
	return g.files()
}

// errNotInFolder says that nothing in a folder is a user's.
var errNotInFolder = errors.New("the folder has nothing for this user")

// nobody says whose files there are.
func (p *plainFiles) nobody(ctx context.Context, user string) error {
	all, err := p.users(ctx)
	if err != nil {
		return err
	}
	return notAmong(all, user)
}

func notAmong(all []*plainUser, user string) error {
	err := fmt.Errorf("%s: %w", preflight.Printable(user), errNotInFolder)
	if len(all) == 0 {
		return withHint(err, "%s", hintNothing)
	}
	names := make([]string, len(all))
	for i, u := range all {
		names[i] = preflight.Printable(u.user)
	}
	return withHint(err, "it has files of %s: whose they are, the account in them says", some(names))
}

// hintNothing is for a folder that has nothing for anybody.
const hintNothing = "easkit ios -o FOLDER/NAME.mobileconfig and easkit android -o FOLDER/NAME-android make what can be served; of a rollout give the folder of --out"

// counts goes through the folder.
func (p *plainFiles) counts(ctx context.Context) (userCounts, error) {
	all, err := p.users(ctx)
	if err != nil {
		return userCounts{}, err
	}
	var c userCounts
	for _, u := range all {
		c.add(u.user, u.has(ticket.KindProfile), u.has(ticket.KindBundle))
	}
	if c.users == 0 {
		return c, withHint(fmt.Errorf("%s: %w", preflight.Printable(p.target), errNothingToServe), "%s", hintNothing)
	}
	return c, nil
}

// errNothingToServe says that a folder is not one that was meant.
var errNothingToServe = errors.New("nothing in it is for a phone, and there is no manifest of a rollout")
