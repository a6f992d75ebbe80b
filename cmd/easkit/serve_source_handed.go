package main

import (
	"context"
	"strings"

	"github.com/easkit/easkit/profiles/portal/ticket"
	"github.com/easkit/easkit/profiles/rollout"
)

// refSep is between the platform and the entry in the reference of a ticket's file.
const refSep = ":"

// refOf names what an entry made, for who notes later that it was fetched: the rollout may
// have made something else for the user by then.
func refOf(e *rollout.Entry) string { return string(e.Platform) + refSep + e.Ref() }

// givenOf is what a file was of that went out whole.
func givenOf(u ticket.Unnoted) rollout.Given {
	platform, ref, _ := strings.Cut(u.Ref, refSep)
	return rollout.Given{User: rollout.Row{User: u.User}.Key(), Platform: rollout.Platform(platform), Ref: ref, At: u.At}
}

// handOut notes what links handed out of the rollout, which its manifests know.
func (m *madeFiles) handOut(ctx context.Context, files []ticket.Unnoted) ([]ticket.Unnoted, error) {
	given := make([]rollout.Given, len(files))
	for i, f := range files {
		given[i] = givenOf(f)
	}
	unknown, err := rollout.HandOutGiven(ctx, m.vault, given)
	if err != nil {
		return nil, err
	}
	missing := map[rollout.Given]bool{}
	for _, g := range unknown {
		missing[g] = true
	}
	var elsewhere []ticket.Unnoted
	for i, f := range files {
		if missing[given[i]] {
			elsewhere = append(elsewhere, f)
		}
	}
	return elsewhere, nil
}

// handOut notes nothing: what a folder has is nobody's to delete.
func (*plainFiles) handOut(_ context.Context, files []ticket.Unnoted) ([]ticket.Unnoted, error) {
	return files, nil
}
