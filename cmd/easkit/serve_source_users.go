package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/portal"
	"github.com/easkit/easkit/profiles/rollout"
)

// Users finds users by a part of their name, and says what came of them last. It goes
// through the manifests that are proven, and holds those alone that it gives.
func (m *madeFiles) Users(ctx context.Context, query string, limit int) ([]portal.User, error) {
	proven, end, err := m.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	query = strings.ToLower(strings.TrimSpace(query))
	found := map[string]map[rollout.Platform]*rollout.Entry{}
	for line, err := range rollout.ReadShares(ctx, m.vault, proven.shares, proven.unproven) {
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
		if newer(e, latest[e.Platform]) {
			latest[e.Platform] = whole(e, latest[e.Platform])
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

// whole is an entry with what stands in the one before, which made what it kept: who is
// kept has a short entry, without names and findings.
func whole(e, before *rollout.Entry) *rollout.Entry {
	if before == nil || e.Status != rollout.Kept || len(e.Files) > 0 || e.Ref() != before.Ref() {
		return e
	}
	full := *e
	full.Identity, full.Findings = before.Identity, before.Findings
	return &full
}

// standing is what an entry says of a user on a platform, in little memory.
type standing struct {
	ended      time.Time
	says, made bool
}

func standingOf(e *rollout.Entry) standing {
	return standing{e.Ended, e.Status != rollout.Skipped && e.Status != rollout.Left, made(e)}
}

// after reports whether it is what came of the user last, and not what was before: a run
// that did not come to the user says nothing.
func (s standing) after(before standing) bool {
	return s.says && (!before.says || !s.ended.Before(before.ended))
}

// newer reports whether an entry says what came of a user later than another, which may be
// nil.
func newer(e, before *rollout.Entry) bool {
	return before == nil || standingOf(e).after(standingOf(before))
}

// made reports whether there is something for the user after an entry.
func made(e *rollout.Entry) bool { return e.Status == rollout.Done || e.Status == rollout.Kept }

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
		if u.Made.Before(e.Ended) && made(e) {
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

// counts goes through the manifests once, and opens no file.
func (m *madeFiles) counts(ctx context.Context) (userCounts, error) {
	proven, end, err := m.begin(ctx)
	if err != nil {
		return userCounts{}, err
	}
	defer end()
	users := map[string]map[rollout.Platform]standing{}
	for line, err := range rollout.ReadShares(ctx, m.vault, proven.shares, proven.unproven) {
		if err != nil {
			return userCounts{}, err
		}
		e := line.Entry
		if e == nil || e.User == "" { // a row that could not be read
			continue
		}
		if users[e.User] == nil {
			users[e.User] = map[rollout.Platform]standing{}
		}
		now := standingOf(e)
		if before, known := users[e.User][e.Platform]; !known || now.after(before) {
			users[e.User][e.Platform] = now
		}
	}
	var c userCounts
	for name, of := range users {
		c.add(name, of[rollout.IOS].made, of[rollout.Android].made)
	}
	return c, nil
}
