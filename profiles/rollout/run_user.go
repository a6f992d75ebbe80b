package rollout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/table"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/provision"
	"github.com/easkit/easkit/profiles/vault"
)

// do does one row, and notes what came of it on each platform. The error ends the run.
func (r *run) do(ctx context.Context, j job) error {
	began := r.Now()
	entries, err := r.entries(ctx, j)
	if err != nil {
		return err
	}
	failed := false
	for i := range entries {
		e := &entries[i]
		e.User, e.Line, e.Ended = j.record.Key(), j.record.Line, r.Now()
		if e.Status == Kept { // of which there is a line in each run
			e.Ended = e.Ended.Truncate(time.Second)
		} else {
			e.Began = began
		}
		failed = failed || e.Status == Failed
		if err := r.manifest.Add(ctx, *e); err != nil {
			return err
		}
	}
	if !j.record.InWave {
		return nil
	}
	if err := r.told(failed); err != nil {
		return err
	}
	if r.Strict && j.record.Err != nil {
		return fmt.Errorf("%w: %w", ErrStrict, j.record.Err)
	}
	return nil
}

// entries makes what a row needs on each platform.
func (r *run) entries(ctx context.Context, j job) ([]Entry, error) {
	switch {
	case !j.record.InWave:
		return r.alike(Entry{Status: Skipped}), nil
	case j.record.Err != nil:
		return r.alike(failure(rowCheck(j.record.Err), j.record, j.record.Err)), nil
	case j.err != nil:
		return r.unusable(j.record, RowIdentity, j.err), nil
	}
	var first content
	if len(j.candidates) > 0 {
		first = r.load(j.candidates[0].Path)
	}
	if kept, err := r.unopened(ctx, j, first); kept != nil || err != nil {
		return kept, err
	}
	id, chosen, err := r.choose(j, first)
	if err != nil {
		return r.unusable(j.record, identityCheck(err), err), nil
	}
	return r.each(ctx, j.record, id, chosen)
}

// each makes what a user needs on each platform. Where a new password is needed, it is the
// same for all that are made now: people type one.
func (r *run) each(ctx context.Context, record Record, id *identity, chosen *Identity) ([]Entry, error) {
	var all []Entry
	revoked := r.revoked(record.Key(), id)
	id.password = provision.NewPassword()
	for _, p := range r.Platforms {
		if r.neverMade(record, p) {
			all = append(all, Entry{Platform: p, Status: Skipped})
			continue
		}
		e, err := r.unlessRevoked(ctx, record, p, id, revoked)
		if err != nil {
			return nil, err
		}
		switch {
		case e.Status != Kept:
			e.Identity = chosen
		case slices.ContainsFunc(revoked, isRevoked): // and ignored, which the next run may not do
			e.Identity.Thumbprint = chosen.Thumbprint
		}
		if e.Status == Failed {
			r.tellEarlier(record, e)
		}
		all = append(all, *e)
	}
	return all, nil
}

// neverMade reports whether there is nothing to do for a user on a platform, whatever
// their identity is like: only what was made before is asked for.
func (r *run) neverMade(record Record, p Platform) bool {
	if !r.ChangedOnly {
		return false
	}
	before, _ := r.before.Made(record.Key(), p, "")
	return !before
}

// unusable is what becomes of a user without an identity that can be used, on each
// platform.
func (r *run) unusable(record Record, check string, err error) []Entry {
	r.Passwords.For(record.Row, "") // it is one of a user of the table
	all := r.alike(failure(check, record, err))
	for i := range all {
		if r.neverMade(record, all[i].Platform) {
			all[i] = Entry{Platform: all[i].Platform, Status: Skipped}
		}
	}
	return all
}

// tellEarlier says of a user who is revoked that an earlier profile is not deleted: who
// reads of the failure only would think that it was.
func (r *run) tellEarlier(record Record, e *Entry) {
	if before, _ := r.before.Made(record.Key(), e.Platform, ""); !before {
		return
	}
	e.Findings = slices.Clone(e.Findings)
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Check == checkRevoked && f.Status == preflight.StatusFail && f.Ignored == "" {
			f.Message += "; what was made for them earlier was left in the target"
			return
		}
	}
}

// checkRevoked is the check that a certificate fails which is revoked.
const checkRevoked = "cert.revoked"

// alike is the same entry for all platforms.
func (r *run) alike(e Entry) []Entry {
	var all []Entry
	for _, p := range r.Platforms {
		e.Platform = p
		all = append(all, e)
	}
	return all
}

func failure(check string, record Record, err error) Entry {
	return Entry{Status: Failed, Findings: []preflight.Finding{RowFinding(check, record.Line, err)}}
}

// rowCheck is the check that a row fails which can't be used.
func rowCheck(err error) string {
	bad := new(table.RowError)
	if errors.As(err, &bad) && bad.Column == "" && !errors.As(err, new(userError)) {
		return RowReadable
	}
	return RowUser
}

// identityCheck is the check that a row fails without an identity.
func identityCheck(err error) string {
	if errors.Is(err, certs.ErrPassword) || errors.Is(err, certs.ErrNoPassword) {
		return RowPassword
	}
	return RowIdentity
}

// builders make the artefact of a platform.
var builders = map[Platform]func(context.Context, provision.Request) (*provision.Result, error){IOS: provision.IOS, Android: provision.Android}

// make makes what one user needs on a platform, unless it is there. The error ends the
// run: nothing can be written.
func (r *run) make(ctx context.Context, record Record, p Platform, id *identity) (*Entry, error) {
	input := r.input(record, p, id.sum)
	if before, err := r.keep(ctx, record, p, input, id.leaf.NotAfter); before != nil || err != nil {
		return before, err
	}
	e, err := r.build(ctx, record, p, input, id)
	e.Platform = p
	return &e, err
}

func (r *run) build(ctx context.Context, record Record, p Platform, input string, id *identity) (Entry, error) {
	req, name := r.Request, artefactName(record.Key())
	req.Name, req.Bundle, req.FreshAs = name, id.bundle, id.password
	req.Overrides.Email, req.Overrides.User = record.Email, record.User
	result, err := builders[p](ctx, req)
	if ctx.Err() != nil {
		return Entry{}, context.Cause(ctx)
	}
	if err != nil {
		return Entry{Status: Failed, Input: input, Findings: profiles.Unusable(err, "")}, nil
	}
	e := Entry{Status: Done, Input: input, Findings: worse(result.Findings)}
	if result.Failed() {
		e.Status = Failed
		return e, nil
	}
	e.Files, err = r.put(ctx, name, p, result.Files)
	if errors.Is(err, vault.ErrIrregular) { // in this user's place, and in no other's
		return Entry{Status: Failed, Input: input, Findings: []preflight.Finding{inTheWay(record.Line, err)}}, nil
	}
	return e, err
}

// inTheWay is the failure of a row whose files can't have their names.
func inTheWay(line int, err error) preflight.Finding {
	return outputFailed("in-the-way", "move away what lies there, and run the rollout again", line, "%s", preflight.Printable(err.Error()))
}

// worse leaves out of findings what passed.
func worse(all []preflight.Finding) []preflight.Finding {
	var kept []preflight.Finding
	for _, f := range all {
		if f.Status == preflight.StatusWarn || f.Status == preflight.StatusFail {
			kept = append(kept, f)
		}
	}
	return kept
}

// put writes the files of an artefact to the target. Those of Android have names of their
// own, the password too: each platform's may be made without the other's.
func (r *run) put(ctx context.Context, name string, p Platform, files []provision.File) ([]File, error) {
	var put []File
	for _, f := range files {
		path, data := f.Name, f.Data
		switch {
		case p == Android && f.Apart:
			path = name + androidFolder + strings.TrimPrefix(path, name)
		case p == Android:
			path = name + androidFolder + "/" + path
		}
		if r.Sealer != nil {
			var err error
			if data, err = r.Sealer.Seal(data); err != nil {
				return nil, fmt.Errorf("encrypting %q: %w", path, err)
			}
			path += r.Sealer.Suffix()
		}
		if err := r.writer.Put(ctx, path, data, true); err != nil {
			return nil, fmt.Errorf("writing %q: %w", path, err)
		}
		sum := sha256.Sum256(data)
		put = append(put, File{Name: path, SHA256: hex.EncodeToString(sum[:]), Size: len(data)})
	}
	return put, nil
}

// androidFolder is what the folder of a user's Android files ends in, and the name of what
// must not lie there, before its extension.
const androidFolder = provision.EndAndroid
