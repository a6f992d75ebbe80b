package graphtest

import (
	"fmt"
	"maps"
	"slices"
)

// intune seeds what the tenant holds of Intune.
func (b *seeder) intune(st *state, t Tenant) {
	for _, app := range t.MobileApps {
		st.intune.apps = append(st.intune.apps, b.object(kindOf(app), app, Object{
			"id": stableID(kindOf(app), app.text("displayName"))}))
	}
	for _, o := range t.AppConfigurationSchemas {
		st.intune.schemas = append(st.intune.schemas, b.object("androidManagedStoreAppConfigurationSchema", o, nil))
	}
	for _, o := range t.IntuneObjects {
		b.configuration(st, o)
	}
}

// fail keeps the first error of the seed of an object.
func (b *seeder) fail(o Object, format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("seeding a %s (%q): %w", kindOf(o), o.text("displayName"), fmt.Errorf(format, args...))
	}
}

// configuration adds an object of Intune in the form of [Tenant], and gives its id.
func (b *seeder) configuration(st *state, seed Object) string {
	given, err := toObject(seed)
	if err != nil {
		b.fail(seed, "%w", err)
		return ""
	}
	at := slices.IndexFunc(collections(), func(k collection) bool { return b.types.IsA(kindOf(seed), k.entity) })
	if at < 0 {
		b.fail(seed, "it is of no type that Intune's collections have")
		return ""
	}
	k := collections()[at]
	relations, plain := b.parted(given)
	o := b.object(kindOf(given), plain, Object{"id": st.unusedID(k, given), "version": 1.0, "roleScopeTagIds": []any{"0"},
		"createdDateTime": stamp(b.now), "lastModifiedDateTime": stamp(b.now)})
	id := o.text("id")
	in := &st.intune
	in.objects = replaced(in.objects, k.path, append(slices.Clone(in.objects[k.path]), o))
	b.relate(st, o, relations)
	items, _ := given["assignments"].([]any)
	list, err := k.assignments(st, id, st.targets(items))
	if err != nil {
		b.fail(o, "%w", err)
	}
	in.assignments = replaced(in.assignments, id, list)
	b.certificates(st, o, given["certificates"])
	return id
}

// parted separates what refers to other objects from what is the object's own.
func (b *seeder) parted(given Object) (relations map[string]string, plain Object) {
	relations, plain = map[string]string{}, Object{}
	for key, value := range given {
		p, _ := b.types[kindOf(given)].Property(key)
		to, text := value.(string)
		switch {
		case p.Navigation && text:
			relations[key] = to
		case key != "assignments" && key != "certificates":
			plain[key] = value
		}
	}
	return relations, plain
}

// unusedID makes an id from an object's type and name, and from how many have it before.
func (st *state) unusedID(k collection, o Object) string {
	name := kindOf(o) + "\n" + o.text("displayName")
	id := stableID(k.entity, name)
	for n := 2; indexOf(st.intune.objects[k.path], "id", id) >= 0; n++ {
		id = stableID(k.entity, fmt.Sprint(name, "\n", n))
	}
	return id
}

func (b *seeder) relate(st *state, o Object, relations map[string]string) {
	in := &st.intune
	references := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(relations)) {
		p, _ := b.types[kindOf(o)].Property(name)
		i := slices.IndexFunc(in.objects[devicePath], func(other Object) bool {
			named := other.text("id") == relations[name] || other.text("displayName") == relations[name]
			return named && b.types.IsA(kindOf(other), p.EDM)
		})
		if i < 0 {
			b.fail(o, "%s is %q: there is no %s of that name or id before it", name, relations[name], p.EDM)
			return
		}
		references[name] = in.objects[devicePath][i].text("id")
	}
	in.references = replaced(in.references, o.text("id"), references)
}

// targets makes assignments of what a seed has for them: names and ids of groups, and
// whole targets.
func (st *state) targets(items []any) []any {
	var all []any
	for _, item := range items {
		if group, ok := item.(string); ok {
			item = map[string]any{"@odata.type": namespace + groupTarget, "groupId": st.groupID(group)}
		}
		all = append(all, map[string]any{"target": item})
	}
	return all
}

// groupID finds a group by its name; anything else is taken to be an id.
func (st *state) groupID(name string) string {
	if i := indexOf(st.groups, "displayName", name); i >= 0 {
		return st.groups[i].text("id")
	}
	return name
}

func (b *seeder) certificates(st *state, o Object, from any) {
	items, _ := from.([]any)
	var all []certificate
	for i, item := range items {
		given, _ := item.(map[string]any)
		if _, ok := b.types[kindOf(o)].Property("managedDeviceCertificateStates"); !ok || given == nil {
			b.fail(o, "certificates[%d] is no certificate of a profile that has them", i)
			return
		}
		group := st.groupID(Object(given).text("group"))
		state := b.object(stateType, without(given, "group"), Object{"id": fmt.Sprint(o.text("id"), "_", i),
			"certificateProfileDisplayName": o.text("displayName"), "certificateIssuanceState": issued, "certificateRevokeStatus": "none"})
		lost := slices.Contains([]string{revoked, removed}, state.text("certificateIssuanceState"))
		all = append(all, certificate{state: state, group: group, lost: lost})
	}
	if len(all) > 0 {
		st.intune.certificates = replaced(st.intune.certificates, o.text("id"), all)
	}
}

// seedForm gives an object in the form of [Tenant], with ids where it names others, and
// the names of groups.
func (in *intune) seedForm(st *state, o Object) (Object, error) {
	id := o.text("id")
	whole := o.merged(nil)
	for name, to := range in.references[id] {
		whole[name] = to
	}
	var assigned, held []any
	for _, a := range in.assignments[id] {
		target := targetOf(a)
		i := indexOf(st.groups, "id", target.text("groupId"))
		if kindOf(target) == groupTarget && i >= 0 && target["deviceAndAppManagementAssignmentFilterId"] == nil {
			assigned = append(assigned, st.groups[i].text("displayName"))
		} else {
			assigned = append(assigned, target)
		}
	}
	for _, c := range in.certificates[id] {
		group := c.group
		if i := indexOf(st.groups, "id", group); i >= 0 {
			group = st.groups[i].text("displayName")
		}
		held = append(held, c.state.with("group", group))
	}
	if assigned != nil {
		whole["assignments"] = assigned
	}
	if held != nil {
		whole["certificates"] = held
	}
	return toObject(whole) // nothing of it is the server's any more
}
