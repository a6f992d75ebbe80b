package graphtest

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// The types of targets that stand for everybody, and for a group.
const (
	groupTarget      = "groupAssignmentTarget"
	exclusionTarget  = "exclusionGroupAssignmentTarget"
	allUsersTarget   = "allLicensedUsersAssignmentTarget"
	allDevicesTarget = "allDevicesAssignmentTarget"
)

// parameters names the parameters of the action assign, which are no type of the CSDL.
func (k collection) parameters() string { return k.entity + ": assign" }

func assignParameters() []schema.Type {
	var types []schema.Type
	for _, k := range collections() {
		types = append(types, schema.Type{Name: k.parameters(), Kind: schema.Complex, Properties: []schema.Property{
			{Name: "assignments", EDM: k.assignment, Collection: true, Required: true}}})
	}
	return types
}

// sendable is the type of assignments as the action takes them: Microsoft's example sends
// back all that an assignment has, its id as well
// (https://learn.microsoft.com/graph/api/intune-deviceconfig-deviceconfiguration-assign?view=graph-rest-beta).
func sendable(t schema.Type) schema.Type {
	t.Properties = slices.Clone(t.Properties)
	for i := range t.Properties {
		t.Properties[i].ReadOnly = false
	}
	return t
}

func (k collection) listAssignments(s *Server, c *call) (*answer, error) {
	if _, _, err := k.find(c.view, c.params[0]); err != nil {
		return nil, err
	}
	return s.list(c, c.view.intune.assignments[c.params[0]])
}

// assign replaces all assignments of an object.
func (k collection) assign(s *Server, c *call) (*answer, error) {
	o, _, err := k.find(s.current, c.params[0])
	if err != nil {
		return nil, err
	}
	items, _ := c.body["assignments"].([]any)
	list, err := k.assignments(s.current, o.text("id"), items)
	if err != nil {
		return nil, err
	}
	s.write(c.now)
	s.setAssignments(o, list)
	if k.assignStatus == http.StatusNoContent {
		return &answer{status: http.StatusNoContent}, nil
	}
	value := []Object{}
	for _, a := range list {
		value = append(value, s.shown(c, a))
	}
	return &answer{k.assignStatus, Object{
		"@odata.context": c.origin() + c.op.root() + "/$metadata#Collection(microsoft.graph." + k.assignment + ")", "value": value}}, nil
}

// assignments completes the assignments of a body. Each target can be there once, since
// its assignment's id is made of its own.
func (k collection) assignments(st *state, id string, items []any) ([]Object, error) {
	var list []Object
	for _, item := range items {
		given, _ := item.(map[string]any)
		sent, ok := given["target"].(map[string]any)
		if !ok {
			return nil, breach("An assignment has no target.")
		}
		target := Object{"deviceAndAppManagementAssignmentFilterId": nil, "deviceAndAppManagementAssignmentFilterType": "none"}.merged(sent)
		of := strings.TrimPrefix(kindOf(target), "microsoft.graph.") // a type inside an object may be without #
		target["@odata.type"] = namespace + of
		if group := target.text("groupId"); of == groupTarget || of == exclusionTarget {
			if group == "" {
				return nil, breach("A %s has no groupId.", of)
			}
			if indexOf(st.groups, "id", group) < 0 {
				return nil, conflict("The group %q does not exist.", group)
			}
			of = group
		}
		a := Object{}.merged(k.assigned).merged(given).merged(Object{"id": id + "_" + of, "target": map[string]any(target)})
		delete(a, "@odata.type")
		if indexOf(list, "id", a.text("id")) >= 0 {
			return nil, breach("The target %q is there twice.", of)
		}
		list = append(list, a)
	}
	return list, nil
}

// setAssignments replaces the assignments of an object; the certificates of groups that
// are not among them any more are lost.
func (s *Server) setAssignments(o Object, list []Object) {
	in := &s.current.intune
	before := in.assignments[o.text("id")]
	in.assignments = replaced(in.assignments, o.text("id"), list)
	s.lose(o, CauseUnassigned, func(held certificate) bool { return !covers(list, before, held.group) })
}

func targetOf(assignment Object) Object {
	target, _ := assignment["target"].(map[string]any)
	return target
}

// covers reports whether assignments are for a group, by its own name or as part of
// everybody, and do not except it. One with the intent remove excepts whom it names. Whom
// a filter lets through, nobody knows here: an assignment with one covers the group only
// if it was the same before.
func covers(list, before []Object, group string) bool {
	included := false
	for _, a := range list {
		target := targetOf(a)
		kind := kindOf(target)
		names := target.text("groupId") == group || kind == allUsersTarget || kind == allDevicesTarget
		switch {
		case !names:
		case kind == exclusionTarget, a.text("intent") == "remove":
			return false
		default:
			included = included || !filtered(target) || slices.ContainsFunc(before, func(b Object) bool { return reflect.DeepEqual(targetOf(b), target) })
		}
	}
	return included
}

// filtered reports whether a filter narrows a target.
func filtered(target Object) bool {
	by := target.text("deviceAndAppManagementAssignmentFilterType")
	return by != "" && by != "none"
}
