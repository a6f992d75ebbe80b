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

// provenShares are the shares whose manifests count, and what of them does not: how many
// bytes from the begin their signers did not sign for, where a signature is asked for.
type provenShares struct {
	shares   []rollout.Shard
	unproven map[rollout.Shard]int64
}

// prove finds the shares whose manifests count. Each has to be as it was when its run ended.
// One of a run that did not end will do where no signature is asked for: the files are
// compared with the hashes in it.
func (m *madeFiles) prove(ctx context.Context) (provenShares, error) {
	all, err := rollout.Shards(ctx, m.vault)
	if err != nil {
		return provenShares{}, err
	}
	if len(all) == 0 {
		return provenShares{}, errNoManifest
	}
	if m.manifest != "" {
		all = slices.DeleteFunc(all, func(s rollout.Shard) bool { return rollout.ManifestName(s) != m.manifest })
	}
	if len(all) == 0 {
		return provenShares{}, withHint(fmt.Errorf("%s is no manifest of a rollout", preflight.Printable(m.manifest)), "give the folder, or %s in it", rollout.ManifestName(rollout.Shard{}))
	}
	p := provenShares{all, map[rollout.Shard]int64{}}
	for _, s := range all {
		sealed, err := m.app.provenSeal(ctx, m.vault, s, m.roots)
		if err != nil && (m.roots != nil || !errors.Is(err, rollout.ErrUnsealed)) {
			return provenShares{}, err
		}
		if m.roots != nil {
			p.unproven[s] = sealed.Summary.Unproven
		}
	}
	return p, nil
}

// tellUnproven says, once, which manifests have more than their signers signed for.
func (m *madeFiles) tellUnproven(p provenShares) {
	for _, s := range p.shares {
		if p.unproven[s] > 0 {
			m.app.say("note: %s: "+noteUnproven, rollout.ManifestName(s))
		}
	}
}

// begin waits for the one who reads manifests, and proves them anew.
func (m *madeFiles) begin(ctx context.Context) (p provenShares, end func(), err error) {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return p, nil, context.Cause(ctx)
	}
	end = func() { <-m.turn }
	if p, err = m.prove(ctx); err != nil {
		end()
		return p, nil, err
	}
	return p, end, nil
}

// Files opens what the rollout made for a user, for all phones.
func (m *madeFiles) Files(ctx context.Context, user string) ([]ticket.File, error) {
	proven, end, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	key := rollout.Row{User: user}.Key()
	g := gathered{user: user, password: m.password}
	for e, err := range rollout.ProvenArtefacts(ctx, m.vault, proven.shares, proven.unproven, func(u string) bool { return u == key }) {
		if err == nil {
			err = m.gather(ctx, &g, e)
		}
		if err != nil {
			return nil, fmt.Errorf("opening what was made for %s: %w", preflight.Printable(user), err)
		}
	}
	if !g.forPhones() {
		return nil, m.whyNone(ctx, proven, key)
	}
	return g.files()
}

// gather adds what an entry lists.
func (m *madeFiles) gather(ctx context.Context, g *gathered, e *rollout.Entry) error {
	if len(e.Files) == 0 {
		return withHint(errors.New("the manifest that lists the files is not there, or they are not proven"), "run the rollout again: it makes what no manifest lists")
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

// noteUnproven says of a manifest what is not taken from it.
const noteUnproven = "runs before were sealed by another signer, or nobody, and no signature proves what they made: that is passed over"

// Why a rollout has nothing for somebody.
var (
	errNotInRollout = errors.New("the rollout has no such user")
	errFailedUser   = errors.New("the rollout failed")
)

// whyNone says why there is nothing for the user with a key.
func (m *madeFiles) whyNone(ctx context.Context, proven provenShares, key string) error {
	latest := map[rollout.Platform]*rollout.Entry{}
	for line, err := range rollout.ReadShares(ctx, m.vault, proven.shares, proven.unproven) {
		if err != nil {
			return err
		}
		if e := line.Entry; e != nil && e.User == key && newer(e, latest[e.Platform]) {
			latest[e.Platform] = e
		}
	}
	var why []string
	for _, p := range platforms {
		e := latest[p]
		if e == nil {
			continue
		}
		text := string(p) + " " + string(e.Status)
		if i := slices.IndexFunc(e.Findings, func(f preflight.Finding) bool { return f.Status == preflight.StatusFail }); i >= 0 {
			text += " by " + e.Findings[i].Check
		}
		why = append(why, text)
	}
	if why == nil {
		return m.nobody(ctx, key)
	}
	return withHint(fmt.Errorf("%s: nothing was made: %w (%s)", preflight.Printable(key), errFailedUser, preflight.Printable(strings.Join(why, ", "))), "easkit rollout report says why; mend it, and run the rollout again")
}

// nobody says of a user that the rollout does not have them.
func (m *madeFiles) nobody(_ context.Context, user string) error {
	hint := "users are named by UPN, as in the table: easkit rollout run adds those who are missing"
	if m.roots != nil {
		hint += "; what no signer under --roots signed for does not count"
	}
	return withHint(fmt.Errorf("%s: %w", preflight.Printable(user), errNotInRollout), "%s", hint)
}
