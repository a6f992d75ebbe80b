package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/easkit/easkit/certs/graph"
)

// AppleMailID is the application id of the mail app of iPhones, iPads and Macs:
// Apple Internet Accounts, also called iOS Accounts.
const AppleMailID = "f8d98a96-0999-43f5-8af3-69971c7bb423"

// Reader reads Microsoft Graph; a [graph.Client] is one. Paths begin with a
// slash, are relative to the version, and may hold a query.
type Reader interface {
	// Get reads one resource.
	Get(ctx context.Context, path string, into any) error
	// All reads the elements of a collection, over all its pages.
	All(ctx context.Context, path string) iter.Seq2[json.RawMessage, error]
}

// A resource is one file of a snapshot: how Graph is asked for it, and what
// becomes of it. What permission that needs, [graph.Needed] knows by the path.
type resource struct {
	file   string
	single bool // one object, and not a collection
	// read gives the elements: of a single one the object itself. What it needs
	// of the snapshot stands above it in the table.
	read func(context.Context, Reader, *Snapshot) iter.Seq2[json.RawMessage, error]
	add  func(*Snapshot, json.RawMessage) error // nil: not held in memory
}

// resources are the files that Graph is asked for, in that order: groups are
// those that the ones before name.
func resources() []resource {
	return []resource{
		{OrganizationFile, false, all("/organization"), set(func(s *Snapshot) **graph.Organization { return &s.Organization })},
		{DomainsFile, false, all("/domains"), list(func(s *Snapshot) *[]graph.Domain { return &s.Domains })},
		{MethodFile, true, get("/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate"), set(func(s *Snapshot) **graph.Method { return &s.Method })},
		{ClassicFile, false, classicStore, addClassic},
		{PKIFile, false, pkiStore, list(func(s *Snapshot) *[]graph.PKI { return &s.PKIs })},
		{AppleMailFile, false, appleMail, set(func(s *Snapshot) **graph.ServicePrincipal { return &s.AppleMail })},
		{AccessFile, false, all("/identity/conditionalAccess/policies"), list(func(s *Snapshot) *[]graph.AccessPolicy { return &s.Access })},
		{DefaultsFile, true, get("/policies/identitySecurityDefaultsEnforcementPolicy"), set(func(s *Snapshot) **graph.SecurityDefaults { return &s.Defaults })},
		{ConsentFile, true, get("/policies/authorizationPolicy"), set(func(s *Snapshot) **graph.AuthorizationPolicy { return &s.Consent })},
		{RolloutsFile, false, all("/policies/featureRolloutPolicies?$expand=appliesTo"), list(func(s *Snapshot) *[]graph.RolloutPolicy { return &s.Rollouts })},
		{GroupsFile, false, groups, list(func(s *Snapshot) *[]graph.Group { return &s.Groups })},
		{UsersFile, false, all("/users?$select=" + graph.UserSelect + "&$top=999"), nil},
	}
}

// set keeps the one object that there may be.
func set[T any](field func(*Snapshot) **T) func(*Snapshot, json.RawMessage) error {
	return func(s *Snapshot, raw json.RawMessage) error {
		if *field(s) != nil {
			return errors.New("there is more than one of what a tenant has one of")
		}
		return json.Unmarshal(raw, field(s))
	}
}

// list keeps each object.
func list[T any](field func(*Snapshot) *[]T) func(*Snapshot, json.RawMessage) error {
	return func(s *Snapshot, raw json.RawMessage) error {
		var element T
		if err := json.Unmarshal(raw, &element); err != nil {
			return err
		}
		*field(s) = append(*field(s), element)
		return nil
	}
}

func addClassic(s *Snapshot, raw json.RawMessage) error {
	var store graph.ClassicStore
	if err := json.Unmarshal(raw, &store); err != nil {
		return err
	}
	s.Classic = append(s.Classic, store.CAs...)
	return nil
}

// all reads a collection.
func all(path string) func(context.Context, Reader, *Snapshot) iter.Seq2[json.RawMessage, error] {
	return func(ctx context.Context, r Reader, _ *Snapshot) iter.Seq2[json.RawMessage, error] {
		return r.All(ctx, path)
	}
}

// get reads one object, which some versions of Graph wrap into a page.
func get(path string) func(context.Context, Reader, *Snapshot) iter.Seq2[json.RawMessage, error] {
	return func(ctx context.Context, r Reader, _ *Snapshot) iter.Seq2[json.RawMessage, error] {
		return one(func() (json.RawMessage, error) {
			var raw json.RawMessage
			if err := r.Get(ctx, path, &raw); err != nil {
				return nil, err
			}
			return unwrap(raw)
		})
	}
}

// one is a sequence of a single element.
func one(read func() (json.RawMessage, error)) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) { yield(read()) }
}

// unwrap takes an object out of a page that holds it alone.
func unwrap(raw json.RawMessage) (json.RawMessage, error) {
	var page struct {
		Value *[]json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, err
	}
	switch {
	case page.Value == nil:
		return raw, nil
	case len(*page.Value) != 1:
		return nil, fmt.Errorf("it holds %d objects in place of one", len(*page.Value))
	}
	return (*page.Value)[0], nil
}
