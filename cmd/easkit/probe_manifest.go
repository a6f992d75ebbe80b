package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/audit"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/probe"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// sampled is a user of a rollout who is to be tried.
type sampled struct {
	User     string           `json:"user"`
	Platform rollout.Platform `json:"platform"`
	File     string           `json:"file"` // in the target
	Host     string           `json:"host"`
	Auth     preflight.Auth   `json:"auth"`

	target probe.Target
}

// spare is how many times as many users are looked at as are wanted: some files can't
// be opened, and each try takes time.
const spare = 5

// picking is a call of probe --manifest under way.
type picking struct {
	*app
	vault     vault.Vault
	opener    *vault.Opener
	password  certs.Password
	passwords *rollout.Passwords
	overrides profiles.Overrides
	scenario  preflight.Scenario
}

// pickSample chooses users by a hash of who they are, so that a sample is the same each
// time, and opens what the phone has of them.
func (a *app) pickSample(ctx context.Context, f *probeFlags, s preflight.Scenario) ([]sampled, error) {
	p := picking{app: a, scenario: s}
	var err error
	if p.overrides, err = a.global.overrides(); err != nil {
		return nil, err
	}
	p.overrides.Host = f.host
	if p.passwords, err = a.readPasswords(f.passwords); err != nil {
		return nil, err
	}
	if p.opener, err = a.opener(f.key); err != nil {
		return nil, err
	}
	if !f.key.given() { // else it is the key's
		if p.password, err = a.identityPassword(); err != nil {
			return nil, err
		}
	}
	target, manifest := splitManifest(f.manifest)
	if p.vault, err = a.openTarget(ctx, target, f.target, false); err != nil {
		return nil, fmt.Errorf("--manifest: %w", err)
	}
	defer p.vault.Close()
	shares, err := p.sharesOf(ctx, manifest)
	if err != nil {
		return nil, err
	}
	return p.pick(ctx, shares, int(f.sample))
}

// manifestExtension is that of manifests in a target.
var manifestExtension = filepath.Ext(rollout.ManifestName(rollout.Shard{}))

// splitManifest tells a target from a manifest in it; manifest is "" for all that are
// there.
func splitManifest(name string) (target, manifest string) {
	switch info, err := os.Stat(name); {
	case audit.IsURL(name):
		if path.Ext(name) == manifestExtension {
			return strings.TrimSuffix(name, "/"+path.Base(name)), path.Base(name)
		}
	case err == nil && !info.IsDir():
		return filepath.Dir(name), filepath.Base(name)
	}
	return name, ""
}

// sharesOf are the shares whose manifests count. Each has to be as it was when its run
// ended.
func (p *picking) sharesOf(ctx context.Context, manifest string) ([]rollout.Shard, error) {
	shares, err := manifestsOf(ctx, p.vault)
	if err != nil {
		return nil, err
	}
	if manifest != "" {
		i := slices.IndexFunc(shares, func(s rollout.Shard) bool { return rollout.ManifestName(s) == manifest })
		if i < 0 {
			return nil, withHint(fmt.Errorf("--manifest: %s is no manifest of a rollout", preflight.Printable(manifest)), "give the folder, or %s in it", rollout.ManifestName(rollout.Shard{}))
		}
		shares = shares[i : i+1]
	}
	for _, s := range shares {
		err := p.proveSeal(ctx, p.vault, s, nil)
		if errors.Is(err, rollout.ErrUnsealed) {
			p.say("note: %s: the run did not end, so that nothing proves its manifest", rollout.ManifestName(s))
			err = nil
		}
		if err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// candidate is a user who may be tried, by the file that a phone has.
type candidate struct {
	hash  [sha256.Size]byte
	entry *rollout.Entry
	file  rollout.File
}

// order is by the hash, and iOS before Android where somebody has both.
func (c candidate) order(d candidate) int {
	return cmp.Or(bytes.Compare(c.hash[:], d.hash[:]), -strings.Compare(string(c.entry.Platform), string(d.entry.Platform)))
}

// candidates are the first by hash, so many at most.
func candidates(entries iter.Seq2[*rollout.Entry, error], most int) (kept []candidate, users int, err error) {
	for e, err := range entries {
		if err != nil {
			return nil, 0, err
		}
		file, ok := profileOf(e)
		if !ok {
			continue
		}
		users++
		c := candidate{sha256.Sum256([]byte(e.User)), e, file}
		at, _ := slices.BinarySearchFunc(kept, c, candidate.order)
		if at < most {
			kept = slices.Insert(kept, at, c)
			kept = kept[:min(len(kept), most)]
		}
	}
	return kept, users, nil
}

// profileOf is the file of an entry that has account and identity in it.
func profileOf(e *rollout.Entry) (rollout.File, bool) {
	i := slices.IndexFunc(e.Files, func(f rollout.File) bool {
		name, _ := vault.Unsealed(f.Name)
		return path.Ext(name) == provision.ExtIOS || path.Base(name) == provision.FileBundle
	})
	if i < 0 {
		return rollout.File{}, false
	}
	return e.Files[i], true
}

// pick opens as many users' profiles as are wanted.
func (p *picking) pick(ctx context.Context, shares []rollout.Shard, wanted int) ([]sampled, error) {
	all, count, err := candidates(rollout.Artefacts(ctx, p.vault, shares, nil), wanted*spare)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, withHint(errors.New("--manifest: the rollout has made nothing that could be tried"), "easkit rollout report says why")
	}
	var picked []sampled
	var shut []error
	var last string
	for _, c := range all {
		if c.entry.User == last || len(picked) == wanted {
			continue // it is the other platform of the same user
		}
		t, err := p.open(ctx, c)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil:
			shut = append(shut, err)
			continue
		}
		last = c.entry.User
		picked = append(picked, sampled{c.entry.User, c.entry.Platform, c.file.Name, t.Account.Endpoint.String(), t.Account.Auth, t})
	}
	if len(picked) == 0 {
		return nil, withHint(fmt.Errorf("--manifest: no profile could be opened, the first since %w", shut[0]), "--passwords FILE has the passwords that profiles don't hold, --key-file or --key-vault the key that they are encrypted to")
	}
	if len(shut) > 0 {
		p.say("note: %s passed over, the first since %s", preflight.Counted(len(shut), "profile"), oneLine(shut[0]))
	}
	return picked, nil
}

// open makes a target of the file of a user.
func (p *picking) open(ctx context.Context, c candidate) (probe.Target, error) {
	name := preflight.Printable(c.file.Name)
	data, err := p.read(ctx, c.file)
	if err != nil {
		return probe.Target{}, fmt.Errorf("%s: %w", name, err)
	}
	doc, err := parseProfile(data)
	if err != nil {
		return probe.Target{}, fmt.Errorf("%s: %w", name, err)
	}
	t := probe.Target{Name: c.file.Name}
	if t.Account, err = profileAccount(doc, p.overrides, p.scenario); err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	password, err := p.passwordOf(ctx, c.entry)
	if err != nil {
		return t, err
	}
	if t.Identity, err = embeddedIdentity(doc, certs.Unlock{Password: password}); err != nil {
		return t, fmt.Errorf("%s: the identity in it: %w", name, err)
	}
	if t.Identity == nil {
		return t, fmt.Errorf("%s: there is no identity in it", name)
	}
	return t, nil
}

// passwordOf is the one that the rollout made, which lies beside the profile; or that
// which the table has for the user, or for the file that the identity came from; or that
// of the call.
func (p *picking) passwordOf(ctx context.Context, e *rollout.Entry) (certs.Password, error) {
	for _, f := range e.Files {
		name, _ := vault.Unsealed(f.Name)
		if path.Ext(name) != extPassword {
			continue
		}
		data, err := p.read(ctx, f)
		if err != nil {
			return "", fmt.Errorf("%s: %w", preflight.Printable(f.Name), err)
		}
		line, _, _ := strings.Cut(string(data), "\n")
		return certs.Password(strings.TrimSuffix(line, "\r")), nil
	}
	file := ""
	if e.Identity != nil {
		file = e.Identity.File
	}
	if password, ok := p.passwords.For(rollout.Row{User: e.User}, file); ok {
		return password, nil
	}
	return p.password, nil
}

// read gets a file out of the target as the rollout made it, and decrypts it.
func (p *picking) read(ctx context.Context, f rollout.File) ([]byte, error) {
	if err := vault.CheckName(f.Name); err != nil {
		return nil, err
	}
	data, err := vault.Read(ctx, p.vault, f.Name)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); !strings.EqualFold(hex.EncodeToString(sum[:]), f.SHA256) {
		return nil, fmt.Errorf("%w: its SHA-256 is another than the manifest has", errRefused)
	}
	if _, sealed := vault.Unsealed(f.Name); !sealed {
		return data, nil
	}
	if p.opener == nil {
		return nil, errors.New("it is encrypted (--key-file, --key-vault)")
	}
	return p.opener.Open(data)
}
