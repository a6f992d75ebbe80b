package rollout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/profiles/vault"
)

// Given is an artefact that was handed out by who has no more of its entry than a name.
type Given struct {
	User     string // Row.Key
	Platform Platform
	Ref      string    // Entry.Ref of the entry that made it, or kept it
	At       time.Time // when it was handed out
}

// artefact names what was given, whenever it was.
func (g Given) artefact() Given {
	g.At = time.Time{}
	return g
}

// HandOutGiven is [HandOut] for artefacts that the manifests of the target are looked
// through for: what was made since does not matter. Of the same artefact given several
// times the first counts. It returns those that no manifest of this target lists, which
// are not noted. Where it fails, some may be noted. To do the same again notes the rest:
// nothing is noted twice by the same time.
func HandOutGiven(ctx context.Context, v vault.Vault, given []Given) (unknown []Given, err error) {
	first, users := map[Given]time.Time{}, map[string]bool{}
	for _, g := range given {
		at, known := first[g.artefact()]
		if !known || g.At.Before(at) {
			first[g.artefact()] = g.At
		}
		users[g.User] = true
	}
	lines, err := findGiven(ctx, v, first, users)
	if err == nil {
		lines, err = notNoted(ctx, v, lines)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what was handed out: %w", err)
	}
	for some := range slices.Chunk(lines, gathered) {
		if err := noteHanded(ctx, v, some); err != nil {
			return nil, err
		}
	}
	for _, g := range given {
		if _, missing := first[g.artefact()]; missing {
			unknown = append(unknown, g)
		}
	}
	return unknown, nil
}

// findGiven makes the lines of what is given, and takes out of it what it found.
func findGiven(ctx context.Context, v vault.Vault, given map[Given]time.Time, users map[string]bool) ([]Handed, error) {
	var lines []Handed
	if len(given) == 0 {
		return nil, nil
	}
	for line, err := range ReadTarget(ctx, v) {
		if err != nil {
			return nil, err
		}
		e := line.Entry
		if e == nil || !users[e.User] || len(e.Files) == 0 {
			continue
		}
		g := Given{User: e.User, Platform: e.Platform, Ref: e.Ref()}
		at, is := given[g]
		if !is {
			continue
		}
		lines = append(lines, Handed{User: e.User, Platform: e.Platform, Ref: g.Ref, Files: e.Files, At: at})
		if delete(given, g); len(given) == 0 {
			break
		}
	}
	return lines, nil
}

// notNoted leaves out the lines that stand there already.
func notNoted(ctx context.Context, v vault.Vault, lines []Handed) ([]Handed, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	there := map[Given]bool{}
	for line, err := range ReadHanded(ctx, v) {
		if err != nil {
			return nil, err
		}
		there[line.given()] = true
	}
	return slices.DeleteFunc(lines, func(l Handed) bool { return there[l.given()] }), nil
}

// given is what a line says, by the time as it is written.
func (l *Handed) given() Given {
	return Given{User: l.User, Platform: l.Platform, Ref: l.Ref, At: l.At.UTC().Truncate(time.Second)}
}
