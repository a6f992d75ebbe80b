package exports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// groups judges whether whoever gets an object gets what it needs as well: a mail
// profile its certificate, and a certificate its root. Who is in a group, the exports
// don't tell.
func (j *judging) groups(preflight.Scenario) []preflight.Outcome {
	if j.Unclear > 0 {
		return j.unclear(j.Export)
	}
	if j.Assigned && !j.reaches() && j.Kind.Role == intune.Mail {
		o := outcome(preflight.StatusWarn, "nobody", "%s is assigned to nobody", j.called())
		if len(j.Groups) > 0 {
			o.Message += ": it has exclusions alone"
		}
		o.Fix = "assign it to a group of users, or delete it"
		return []preflight.Outcome{j.at("assignments", o)}
	}
	needs, named, what := j.needs()
	switch {
	case what == "":
		return preflight.Skip("%s needs no certificate of Intune's", j.called())
	case len(needs) == 0:
		return preflight.Unchecked("%s: %s is not among the exports", j.called(), what)
	case !j.Assigned && !j.tenant.assigned:
		return preflight.Unchecked("%s: the exports have no assignments: ask Graph for $expand=assignments", j.called())
	case !j.Assigned:
		return preflight.Unchecked("%s: this export has no assignments", j.called())
	case !j.reaches():
		return preflight.Skip("%s is assigned to nobody", j.called())
	case named && len(needs) == 1:
		return append(j.forDevices(), j.covered(needs[0])...)
	}
	return append(j.forDevices(), j.coveredByOne(needs, what)...)
}

// unclear says that an export's assignments can't all be read.
func (j *judging) unclear(e *Export) []preflight.Outcome {
	of := "its assignments"
	if e != j.Export {
		of = "the assignments of " + e.called()
	}
	return preflight.Unchecked("%s: %d of %s can't be read here: export it again (from PowerShell with ConvertTo-Json -Depth 10)", j.called(), e.Unclear, of)
}

// needs is what an object is of no use without: the very one where the export names it,
// and else all that it may be. what says it in words, and is empty where it needs nothing.
func (j *judging) needs() (found []*Export, named bool, what string) {
	switch {
	case j.Kind.Role == intune.Mail && byCertificate(j.Export):
		found, named = j.tenant.certificates(j.Export)
		return found, named, "its certificate profile"
	case j.Kind.Role == intune.Certificate && signsIn(j.Kind):
		if r, told, _ := j.tenant.known(j.Export, relationRoot); told && r != (Ref{}) {
			return j.tenant.find(r), true, "its trusted certificate"
		}
		return j.tenant.byRole[j.Kind.Platform][intune.Root], false, "its trusted certificate"
	case j.Kind.Role == intune.AppConfig && j.Refers[relationCertificate] != Ref{}:
		return j.tenant.find(j.Refers[relationCertificate]), true, "its certificate profile"
	}
	return nil, false, ""
}

// forDevices tells of a mail profile for all devices: Intune has e-mail for users.
func (j *judging) forDevices() []preflight.Outcome {
	if j.Kind.Role != intune.Mail || !slices.ContainsFunc(j.Groups, func(g Group) bool { return g.Kind == AllDevices }) {
		return nil
	}
	o := outcome(preflight.StatusWarn, "devices", "%s is assigned to all devices, and mail profiles are for groups of users", j.called())
	o.Source, o.Fix = srcIntuneEmail, "assign it to groups of users, and what it needs to the same"
	return []preflight.Outcome{j.at("assignments", o)}
}

// covered judges the one object that is needed.
func (j *judging) covered(needed *Export) []preflight.Outcome {
	switch {
	case !needed.Assigned:
		return preflight.Unchecked("%s: the export of %s has no assignments", j.called(), needed.called())
	case needed.Unclear > 0:
		return j.unclear(needed)
	case !needed.reaches():
		return []preflight.Outcome{j.at("assignments", outcome(preflight.StatusFail, "unassigned", "%s needs %s, which is assigned to nobody", j.called(), needed.called()))}
	}
	var all []preflight.Outcome
	missing, excluded, narrowed := gaps(j.Groups, j.tenant.audience(needed))
	for _, g := range excluded {
		all = append(all, j.at("assignments", outcome(preflight.StatusFail, "excluded", "%s is assigned to %s, and %s excludes it", j.called(), g, needed.called())))
	}
	if len(missing) > 0 {
		all = append(all, j.at("assignments", outcome(preflight.StatusWarn, "other-groups", "%s is assigned to %s, and %s is not, but to %s: who is in the first alone lacks it", j.called(), list(missing), needed.called(), list(needed.Groups))))
	}
	if len(narrowed) > 0 {
		o := outcome(preflight.StatusWarn, "narrower", "%s excludes %s, and %s does not: who is in both its groups and those lacks it", needed.called(), list(narrowed), j.called())
		o.Basis = preflight.Inferred
		all = append(all, j.at("assignments", o))
	}
	if len(all) == 0 {
		return preflight.Pass("%s: %s is assigned to the same", j.called(), needed.called())
	}
	return all
}

// coveredByOne wants that one of several objects is assigned alike. Which of them is
// meant, nothing says.
func (j *judging) coveredByOne(candidates []*Export, what string) []preflight.Outcome {
	unread := 0
	for _, e := range candidates {
		if !e.Assigned || e.Unclear > 0 {
			unread++
			continue
		}
		if missing, excluded, narrowed := gaps(j.Groups, j.tenant.audience(e)); len(missing)+len(excluded)+len(narrowed) == 0 {
			return preflight.Pass("%s: %s is assigned to the same, if that is %s", j.called(), e.called(), what)
		}
	}
	if unread > 0 {
		return preflight.Unchecked("%s: which object is %s, its export does not say, and %d of the %d that may be have no assignments in theirs that can be read", j.called(), what, unread, len(candidates))
	}
	if j.tenant.partial {
		return preflight.Unchecked("%s: which object is %s, its export does not say, and %s", j.called(), what, notAll)
	}
	o := outcome(preflight.StatusWarn, "other-groups", "%s is assigned to %s, and none of the %d objects that may be %s is", j.called(), list(j.Groups), len(candidates), what)
	if len(candidates) == 1 {
		o.Message = fmt.Sprintf("%s is assigned to %s, and %s, the only one of its platform, is not", j.called(), list(j.Groups), candidates[0].called())
	}
	o.Basis = preflight.Inferred
	return []preflight.Outcome{j.at("assignments", o)}
}

// audience is whom an object is for.
type audience struct {
	in, out map[string]bool // by [Group.key]
	outs    []Group
}

func (t *tenant) audience(e *Export) *audience {
	if known := t.audiences[e]; known != nil {
		return known
	}
	a := &audience{in: map[string]bool{}, out: map[string]bool{}}
	for _, g := range e.Groups {
		if g.Kind != ExcludeGroup {
			a.in[g.key()] = true
			continue
		}
		a.out[g.key()] = true
		a.outs = append(a.outs, g)
	}
	t.audiences[e] = a
	return a
}

// has reports whether a group that something is assigned to is in the audience, with or
// without its filter. All users, and all devices, take in everybody.
func (a *audience) has(g Group) bool {
	for _, filter := range []string{"", g.Filter} {
		same := g
		same.Filter = filter
		if a.in[same.key()] || a.in[Group{Kind: AllUsers, Filter: filter}.key()] || a.in[Group{Kind: AllDevices, Filter: filter}.key()] {
			return true
		}
	}
	return false
}

// gaps are those for whom something is and not what it needs: groups that lack it,
// groups that are taken out of it by name, and others that are, whoever is in them.
func gaps(is []Group, needed *audience) (missing, excluded, narrowed []Group) {
	said := map[string]bool{} // excluded from both, or told already
	for _, g := range is {
		switch {
		case g.Kind == ExcludeGroup:
			said[g.key()] = true
		case g.Kind == IncludeGroup && g.Filter == "" && needed.out[g.key()]:
			said[g.key()] = true
			excluded = append(excluded, g)
		case !needed.has(g):
			missing = append(missing, g)
		}
	}
	for _, g := range needed.outs {
		if !said[g.key()] {
			g.Kind = IncludeGroup // as it is named
			narrowed = append(narrowed, g)
		}
	}
	return missing, excluded, narrowed
}

// key is the same for the same people. Of an excluded group the filter does not count.
func (g Group) key() string {
	who := string(g.Kind)
	switch {
	case g.Kind == AllUsers, g.Kind == AllDevices:
	case g.ID != "":
		who = "id " + strings.ToLower(g.ID)
	default:
		who = "name " + g.Name
	}
	if g.Filter == "" || g.Kind == ExcludeGroup {
		return who
	}
	return who + "\x00" + g.Filter
}

// String names a group for a message.
func (g Group) String() string {
	text := string(g.Kind)
	switch g.Kind {
	case IncludeGroup, ExcludeGroup:
		text = fmt.Sprintf("group %q", shown(cmp.Or(g.Name, g.ID)))
	}
	if g.Filter != "" {
		text += " with the filter " + shown(g.Filter)
	}
	return text
}

// maxListed is how many groups a message names.
const maxListed = 3

func list(groups []Group) string {
	var texts []string
	for i, g := range groups {
		if i == maxListed {
			texts = append(texts, fmt.Sprintf("%d more", len(groups)-i))
			break
		}
		text := g.String()
		if g.Kind == ExcludeGroup {
			text = "without " + text
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}
