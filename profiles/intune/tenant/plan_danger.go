package tenant

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles/intune"
)

// asked are the properties by which a mail profile is issued anew, so that users are
// asked again. Intune's page says so of OAuth; that it holds for the others, since iOS
// replaces the account, is our conclusion.
// Source: https://learn.microsoft.com/intune/intune-service/configuration/email-settings-ios
var asked = []string{"useOAuth", "hostName", "authenticationMethod", "usernameSource", "emailAddressSource", "identityCertificate"}

// Dangers of changes.
const (
	reissued    = "this issues the profile anew and asks every user again"
	customAnew  = "this puts another .mobileconfig in the place of the one that phones have: what it changes of an account, such as its sign-in, asks every user again"
	gmailAnew   = "Gmail is seen to take the account away and to add it anew when its configuration changes"
	gmailStore  = "app:com.google.android.gm"
	changesFor  = "it is for others, too (%s), for whom it changes as well"
	cutsOff     = "it is for others, too (%s), who do not get the certificate that it refers to from now on, and are cut off: add them to the set's groups, or assign that certificate to them first"
	identityKey = "identityCertificate"
)

// alarm says what users notice of a change.
func (b *planner) alarm(s *Step, have *Existing) {
	changes := func(name string) bool { _, there := s.Was[name]; return there }
	moved := slices.ContainsFunc(s.Relations, b.plan.moves)
	var dangers []string
	switch role := s.kind().Role; {
	case role == intune.Mail && (moved || slices.ContainsFunc(asked, changes)):
		dangers = append(dangers, reissued)
	case role == intune.Custom && changes("payload"):
		dangers = append(dangers, customAnew)
	case s.Object.Text("packageId") == gmailStore && changes("payloadJson"):
		dangers = append(dangers, gmailAnew)
	}
	felt := slices.DeleteFunc(slices.Collect(maps.Keys(s.Was)), func(name string) bool { return slices.Contains(labels, name) })
	if whom := b.beyond(have); s.Action == Adopt && !have.Kind.Frozen() && (moved || len(felt) > 0) && len(whom) > 0 {
		dangers = append(dangers, fmt.Sprintf(changesFor, listed(whom)))
	}
	if whom := b.without(s, have); len(whom) > 0 {
		dangers = append(dangers, fmt.Sprintf(cutsOff, listed(whom)))
	}
	s.Danger = strings.Join(dangers, "; ")
}

// moves reports whether an object gets to refer to another than before.
func (p *Plan) moves(r Relation) bool { return r.Was == "" || r.Was != p.step(r.To).ID }

// has reports whether a target is a group of the plan.
func (p *Plan) has(t graph.IntuneTarget) bool {
	return slices.ContainsFunc(p.Groups, func(g Named) bool { return strings.EqualFold(g.ID, t.GroupID) })
}

// target is whom an assignment is for, as a message names it.
func target(t graph.IntuneTarget) string {
	return cmp.Or(t.GroupID, strings.TrimPrefix(t.Type, schema.Namespace))
}

// beyond are those beside the set's groups whom objects are for.
func (b *planner) beyond(objects ...*Existing) []string {
	var whom []string
	for _, e := range objects {
		for _, a := range e.Assignments {
			if includes(a) && !b.plan.has(a.Target) {
				whom = append(whom, target(a.Target))
			}
		}
	}
	slices.Sort(whom)
	return slices.Compact(whom)
}

// without are those whom a mail profile is for and who do not get the certificate that it
// refers to from now on.
func (b *planner) without(s *Step, have *Existing) []string {
	i := slices.IndexFunc(s.Relations, func(r Relation) bool { return r.Property == identityKey })
	if i < 0 || !b.plan.moves(s.Relations[i]) {
		return nil
	}
	var theirs []graph.IntuneAssignment
	if e := b.existing(b.plan.step(s.Relations[i].To).ID); e != nil {
		theirs = e.Assignments
	}
	var whom []string
	for _, a := range have.Assignments {
		if includes(a) && !b.plan.has(a.Target) && !reaches(theirs, a.Target) {
			whom = append(whom, target(a.Target))
		}
	}
	slices.Sort(whom)
	return slices.Compact(whom)
}

// reaches reports whether assignments reach all whom a target names.
func reaches(all []graph.IntuneAssignment, t graph.IntuneTarget) bool {
	if t.Type == graph.GroupTarget {
		switch is, err := coverage(all, Named{ID: t.GroupID}); {
		case err != nil:
			return false
		case is == wholly:
			return true
		}
	}
	return slices.ContainsFunc(all, func(a graph.IntuneAssignment) bool {
		same := a.Target == t || a.Target.Type == t.Type && a.Target.GroupID == t.GroupID && !a.Target.Filtered()
		return includes(a) && same
	})
}

// existing finds an object of the tenant by its id; nil where there is none.
func (b *planner) existing(id string) *Existing {
	i := slices.IndexFunc(b.state.Objects, func(e Existing) bool { return id != "" && e.ID == id })
	if i < 0 {
		return nil
	}
	return &b.state.Objects[i]
}

// strand warns of those who have an old certificate and will not get the new one: the
// mail profile refers to the new one for them, too.
func (b *planner) strand(s *Step, former []*Existing) {
	if len(former) > 0 && former[0].Kind.Platform == intune.FullyManaged && former[0].Kind.Role == intune.Certificate {
		s.Notes = append(s.Notes, "app configurations that name the old one by {{cert:…}} go on doing so: copy the new id in the admin center, put it into the template and make the set again")
	}
	if whom := b.beyond(former...); len(whom) > 0 {
		s.Danger = fmt.Sprintf("the old one is for others, too (%s), who will not get the new one: add them to the set's groups if they use its mail profile", listed(whom))
	}
}
