package userids

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/preflight"
)

// update is what is to be written for a user.
type update struct {
	row    Change
	id     string   // of his object
	before []string // what he has; empty, never nil, for nothing
	add    []string // those of the row that he lacks
}

// values is what he is to have in the end, since Graph replaces the whole list.
func (u update) values() []string { return slices.Concat(u.before, u.add) }

// prepareAll reads all users of a plan, and says what is to be written. It writes
// nothing.
func (a *applier) prepareAll(ctx context.Context, rows []Change) ([]update, error) {
	var updates []update
	for _, row := range rows {
		u, err := a.prepare(ctx, row)
		if err := a.refuse(row, err); err != nil {
			return nil, err
		}
		switch {
		case err != nil:
		case len(u.add) == 0:
			a.already(row)
		default:
			updates = append(updates, u)
		}
	}
	return updates, nil
}

func (a *applier) already(row Change) {
	a.say("%s: has them already", preflight.Printable(row.UPN))
	a.result.Already++
}

// prepare reads a user, and says what he lacks. Values are compared exactly.
func (a *applier) prepare(ctx context.Context, row Change) (update, error) {
	id, before, err := a.read(ctx, row)
	if err != nil {
		return update{}, err
	}
	u := update{row: row, id: id, before: before, add: missing(row.Add, before)}
	for _, value := range u.add {
		holders, err := a.client.Holders(ctx, value)
		if err != nil {
			return update{}, err
		}
		for _, h := range holders {
			if h.ID != id {
				return update{}, refused(fmt.Sprintf("%s is among the certificateUserIds of %s, and may be so of one user only", preflight.Printable(value), preflight.Printable(h.UserPrincipalName)))
			}
		}
	}
	if why := tooMany(len(u.values())); len(u.add) > 0 && why != "" {
		return update{}, refused(why)
	}
	return u, nil
}

// read reads the user whom a row of the plan is for: the id of his object, and what he
// has.
func (a *applier) read(ctx context.Context, row Change) (id string, has []string, err error) {
	key := row.ID
	if key == "" {
		key = row.UPN
	}
	u, err := a.client.User(ctx, key)
	switch {
	case err != nil:
		return "", nil, err
	case u.ID == "":
		return "", nil, refused("Graph tells no id of the user")
	case !strings.EqualFold(u.UserPrincipalName, row.UPN):
		return "", nil, refused(fmt.Sprintf("the user with this id is now called %s: make a new plan", preflight.Printable(u.UserPrincipalName)))
	case u.OnPremisesSyncEnabled:
		return "", nil, refused("the user is synchronised from Active Directory: set the values as altSecurityIdentities there, and let Entra Connect bring them")
	}
	has, known := present(u)
	if !known && (row.Before == nil || len(row.Before) > 0) {
		return "", nil, refused("Graph does not tell the user's certificateUserIds, all of which a write replaces: nothing is written; if there are none, make the plan with a list of users that says so")
	}
	if gone := missing(row.Before, has); len(gone) > 0 {
		return "", nil, refused(fmt.Sprintf("the user had %s when the plan was made, and Graph does not show that now: the plan is stale, or Graph's answer is; make a new plan", printable(gone)))
	}
	return u.ID, has, nil
}

// present is what Graph tells that a user has. Answers of Graph that are published have
// an empty list for a user without values, though Microsoft does not document that;
// where there is no list, it is not known what he has, and the one returned is empty.
func present(u graph.User) (values []string, known bool) {
	if u.AuthorizationInfo == nil || u.AuthorizationInfo.CertificateUserIDs == nil {
		return []string{}, false
	}
	return slices.Clone(u.AuthorizationInfo.CertificateUserIDs), true
}

// missing are the values that are not among those there, in their order.
func missing(values, there []string) []string {
	var gone []string
	for _, v := range values {
		if !slices.Contains(there, v) {
			gone = append(gone, v)
		}
	}
	return gone
}
