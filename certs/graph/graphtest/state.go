package graphtest

import (
	"maps"
	"slices"
	"time"
)

// state is all that a tenant holds. What is in it is replaced and never changed, so a
// copy of it stays what it was.
type state struct {
	organization                    Object
	domains, users, groups, apps    []Object
	members                         map[string][]string // by the group's id: ids of users and groups
	grants, assigned                map[string][]Object // by the app's id
	method, defaults, authorization Object
	access, rollout                 []Object
	classic                         []Object // none or one
	pkis                            []Object
	cas                             map[string][]Object // by the PKI's id
	deleted                         []deletedItem
	revocations                     []revocation // not visible yet
	intune                          intune
}

// clone gives a copy for the readers of before a write.
func (st *state) clone() *state {
	c := *st
	c.users, c.classic, c.pkis = slices.Clone(st.users), slices.Clone(st.classic), slices.Clone(st.pkis)
	c.deleted, c.revocations = slices.Clone(st.deleted), slices.Clone(st.revocations)
	c.cas = maps.Clone(st.cas)
	return &c
}

// revocation is a time that a user's sessions are valid from, from when on readers
// see it.
type revocation struct {
	user    string
	from    time.Time
	visible time.Time
}

// write is called before a change: until readers have caught up, they see the state of
// before it.
func (s *Server) write(now time.Time) {
	if s.options.ReadsBehind <= 0 && s.options.Behind <= 0 {
		return
	}
	s.old, s.readsLeft, s.oldUntil = s.current.clone(), s.options.ReadsBehind, now.Add(s.options.Behind)
}

// view gives the state that a request sees: writers see the newest.
func (s *Server) view(method string, now time.Time) *state {
	if s.old == nil || method != "GET" {
		return s.current
	}
	if s.readsLeft > 0 {
		s.readsLeft--
		return s.old
	}
	if now.Before(s.oldUntil) {
		return s.old
	}
	s.old = nil
	return s.current
}

// settle lets happen what was only a matter of time: revocations that become visible,
// uploads that end, and deleted objects that go for good.
func (s *Server) settle(now time.Time) {
	st := s.current
	st.revocations = slices.DeleteFunc(slices.Clone(st.revocations), func(r revocation) bool {
		if now.Before(r.visible) {
			return false
		}
		if i := indexOf(st.users, "id", r.user); i >= 0 {
			st.users = slices.Clone(st.users)
			st.users[i] = st.users[i].with("signInSessionsValidFromDateTime", stamp(r.from))
		}
		return true
	})
	st.deleted = slices.DeleteFunc(slices.Clone(st.deleted), func(d deletedItem) bool {
		return now.After(d.at.Add(deletedLife))
	})
	s.settleUploads(now)
}

// stamp writes a time as Graph does.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
