package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// errNoManifest says that a target is not of a rollout.
var errNoManifest = errors.New("there is no manifest of a rollout")

// madeFiles are those of a rollout.
type madeFiles struct {
	keptFiles
	app      *app
	manifest string         // the one that counts; "" for all
	roots    *x509.CertPool // under which it has to be signed; nil for anybody
	turn     chan struct{}  // of the one who reads manifests: a large one takes seconds
}

// shares are those whose manifests count. Each has to be as it was when its run ended.
// One of a run that did not end will do where no signature is asked for: the files are
// compared with the hashes in it.
func (m *madeFiles) shares(ctx context.Context) ([]rollout.Shard, error) {
	all, err := rollout.Shards(ctx, m.vault)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errNoManifest
	}
	if m.manifest != "" {
		all = slices.DeleteFunc(all, func(s rollout.Shard) bool { return rollout.ManifestName(s) != m.manifest })
	}
	if len(all) == 0 {
		return nil, withHint(fmt.Errorf("%s is no manifest of a rollout", preflight.Printable(m.manifest)), "give the folder, or %s in it", rollout.ManifestName(rollout.Shard{}))
	}
	for _, s := range all {
		err := m.app.proveSeal(ctx, m.vault, s, m.roots)
		if err != nil && (m.roots != nil || !errors.Is(err, rollout.ErrUnsealed)) {
			return nil, err
		}
	}
	return all, nil
}

// begin waits for the one who reads manifests.
func (m *madeFiles) begin(ctx context.Context) (end func(), err error) {
	select {
	case m.turn <- struct{}{}:
		return func() { <-m.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Users finds users by a part of their name, and says what came of them last. It goes
// through the manifests, and holds those alone that it gives.
func (m *madeFiles) Users(ctx context.Context, query string, limit int) ([]portal.User, error) {
	end, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	query = strings.ToLower(strings.TrimSpace(query))
	found := map[string]map[rollout.Platform]*rollout.Entry{}
	for line, err := range rollout.ReadTarget(ctx, m.vault) {
		if err != nil {
			return nil, err
		}
		e := line.Entry
		if e == nil || !strings.Contains(e.User, query) {
			continue
		}
		latest := found[e.User]
		if latest == nil {
			if len(found) >= limit && e.User != query {
				continue
			}
			latest = map[rollout.Platform]*rollout.Entry{}
			found[e.User] = latest
		}
		if before := latest[e.Platform]; before == nil || says(e) && (!says(before) || !e.Ended.Before(before.Ended)) {
			latest[e.Platform] = e
		}
	}
	users := make([]portal.User, 0, len(found))
	for name, latest := range found {
		users = append(users, rolloutUser(name, latest))
	}
	return firstUsers(users, query, limit), nil
}

// firstUsers are at most limit, in their order, but whoever is called just so before all.
func firstUsers(users []portal.User, query string, limit int) []portal.User {
	slices.SortFunc(users, func(a, b portal.User) int {
		if exact := strings.EqualFold(a.User, query); exact != strings.EqualFold(b.User, query) {
			if exact {
				return -1
			}
			return 1
		}
		return strings.Compare(a.User, b.User)
	})
	return users[:min(len(users), max(limit, 0))]
}

// says reports whether an entry is of a run that came to the user.
func says(e *rollout.Entry) bool { return e.Status != rollout.Skipped && e.Status != rollout.Left }

// mailName begins a mail address among the names of a certificate.
const mailName = "mail "

// rolloutUser joins what came of a user on each platform.
func rolloutUser(name string, latest map[rollout.Platform]*rollout.Entry) portal.User {
	u := portal.User{User: name}
	var states []string
	for _, p := range platforms {
		e := latest[p]
		if e == nil {
			continue
		}
		states = append(states, string(p)+": "+string(e.Status))
		for _, f := range e.Findings {
			if !slices.ContainsFunc(u.Findings, func(o preflight.Finding) bool { return o.Check == f.Check && o.Message == f.Message }) {
				u.Findings = append(u.Findings, f)
			}
		}
		if u.Made.Before(e.Ended) && (e.Status == rollout.Done || e.Status == rollout.Kept) {
			u.Made = e.Ended
		}
		if e.Identity != nil && u.Email == "" {
			u.Email = onlyMail(e.Identity.Names)
		}
	}
	u.Status = strings.Join(states, ", ")
	return u
}

// onlyMail is the mail address of a certificate; "" where there are several, as one could
// be somebody else's by now.
func onlyMail(names []string) string {
	var mail []string
	for _, n := range names {
		if address, is := strings.CutPrefix(n, mailName); is {
			mail = append(mail, address)
		}
	}
	if len(mail) != 1 {
		return ""
	}
	return mail[0]
}

// Files opens what the rollout made for a user, for all phones.
func (m *madeFiles) Files(ctx context.Context, user string) ([]ticket.File, error) {
	end, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	shares, err := m.shares(ctx)
	if err != nil {
		return nil, err
	}
	key := rollout.Row{User: user}.Key()
	g := gathered{user: user, password: m.password}
	for e, err := range rollout.Artefacts(ctx, m.vault, shares, func(u string) bool { return u == key }) {
		if err == nil {
			err = m.gather(ctx, &g, e)
		}
		if err != nil {
			return nil, fmt.Errorf("opening what was made for %s: %w", preflight.Printable(user), err)
		}
	}
	return g.files()
}

// gather adds what an entry lists.
func (m *madeFiles) gather(ctx context.Context, g *gathered, e *rollout.Entry) error {
	if len(e.Files) == 0 {
		return withHint(errors.New("the manifest that lists the files is not there"), "run the rollout again: it makes what no manifest lists")
	}
	file := ""
	if e.Identity != nil {
		file = e.Identity.File
	}
	if password, own := m.passwords.For(rollout.Row{User: e.User}, file); own {
		g.password = password
	}
	for _, f := range e.Files {
		name, _ := vault.Unsealed(f.Name)
		if ticketKind(name) == "" {
			continue
		}
		stored, plain, err := m.read(ctx, f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return (&opening{app: m.app, vault: m.vault}).missing(ctx, f)
		}
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(stored); !strings.EqualFold(hex.EncodeToString(sum[:]), f.SHA256) {
			return fmt.Errorf("%s: %w: its SHA-256 is another than the manifest has", preflight.Printable(f.Name), errRefused)
		}
		g.add(name, plain, refOf(e))
	}
	return nil
}
