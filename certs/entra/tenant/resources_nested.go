package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"net/url"

	"github.com/easkit/easkit/certs/graph"
)

// each reads a collection and puts what it lacks into each of its elements.
func each(ctx context.Context, r Reader, path string, complete func(json.RawMessage) (json.RawMessage, error)) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for raw, err := range r.All(ctx, path) {
			if err == nil {
				raw, err = complete(raw)
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

func classicStore(ctx context.Context, r Reader, s *Snapshot) iter.Seq2[json.RawMessage, error] {
	return r.All(ctx, "/organization/"+url.PathEscape(s.Organization.ID)+"/certificateBasedAuthConfiguration")
}

func pkiStore(ctx context.Context, r Reader, _ *Snapshot) iter.Seq2[json.RawMessage, error] {
	return each(ctx, r, graph.PKIPath, func(raw json.RawMessage) (json.RawMessage, error) {
		return withCollection(ctx, r, raw, "certificateAuthorities", func(id string) string { return graph.PKIPath + "/" + id + "/certificateAuthorities" })
	})
}

const servicePrincipalsPath = "/servicePrincipals"

func appleMail(ctx context.Context, r Reader, _ *Snapshot) iter.Seq2[json.RawMessage, error] {
	path := servicePrincipalsPath + "?$filter=" + url.PathEscape("appId eq '"+AppleMailID+"'")
	return each(ctx, r, path, func(raw json.RawMessage) (json.RawMessage, error) {
		for _, name := range []string{"oauth2PermissionGrants", "appRoleAssignedTo"} {
			var err error
			raw, err = withCollection(ctx, r, raw, name, func(id string) string { return servicePrincipalsPath + "/" + id + "/" + name })
			if err != nil {
				return nil, err
			}
		}
		return raw, nil
	})
}

// groups reads the groups that the snapshot names. One that is gone is left out:
// policies keep the ids of groups that were deleted.
func groups(ctx context.Context, r Reader, s *Snapshot) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		for _, id := range s.namedGroups() {
			raw, err := group(ctx, r, url.PathEscape(id))
			if graph.IsStatus(err, http.StatusNotFound) {
				continue
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

// usersOfGroup are the users in a group and in the groups in it. To pick out users is
// an advanced query, which Graph wants $count for.
// Source: https://learn.microsoft.com/graph/aad-advanced-queries
const usersOfGroup = "/transitiveMembers/microsoft.graph.user?$select=id,userPrincipalName&$top=999&$count=true"

func group(ctx context.Context, r Reader, id string) (json.RawMessage, error) {
	var raw json.RawMessage
	if err := r.Get(ctx, "/groups/"+id+"?$select=id,displayName", &raw); err != nil {
		return nil, err
	}
	return withCollection(ctx, r, raw, "members", func(id string) string {
		return "/groups/" + id + usersOfGroup
	})
}

// withCollection puts a collection that Graph has under an address of its own into
// an object, as its last property, and leaves the rest as it came.
func withCollection(ctx context.Context, r Reader, object json.RawMessage, name string, path func(id string) string) (json.RawMessage, error) {
	var head struct{ ID string }
	if err := json.Unmarshal(object, &head); err != nil {
		return nil, err
	}
	if head.ID == "" {
		return nil, errors.New("an object came without id")
	}
	var b bytes.Buffer
	b.Write(bytes.TrimSuffix(bytes.TrimSpace(object), []byte("}")))
	b.WriteString(`,"` + name + `":[`)
	first := true
	for raw, err := range r.All(ctx, path(url.PathEscape(head.ID))) {
		if err != nil {
			return nil, err
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.Write(raw)
	}
	b.WriteString("]}")
	return b.Bytes(), nil
}
