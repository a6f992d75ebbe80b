package exports

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles/intune"
)

// Export is one object of a tenant as a file has it. What tools unpack is packed again,
// so that Object has the form that Graph gives it.
type Export struct {
	File         string
	Line, Column int // where the object begins, counted from 1
	Kind         intune.Kind
	Object       intune.Object
	// Refers is what the file says of relationships, by Graph's name. An empty Ref is
	// known to be none; of what is not there nothing is known.
	Refers map[string]Ref
	Groups []Group // whom the object is assigned to
	// Assigned says that the file tells whom the object is assigned to, be it nobody.
	Assigned bool
	// Unclear is how many assignments there are besides that nobody can read here.
	Unclear int

	raw      []byte          // as it stands in the file; nil where there is none
	linked   map[string]bool // relationships that the file has a link for, and may not follow
	resolved bool            // the tool followed its links
}

// Ref is what an object refers to, as far as a file says it.
type Ref struct{ ID, Name, Type string }

// GroupKind says how an assignment takes people in.
type GroupKind string

// The kinds of assignments.
const (
	IncludeGroup GroupKind = "include"
	ExcludeGroup GroupKind = "exclude"
	AllUsers     GroupKind = "all users"
	AllDevices   GroupKind = "all devices"
)

// Group is whom an assignment is for.
type Group struct {
	Kind     GroupKind
	ID, Name string // of the group; a tool may have either
	Filter   string // narrows it: "include" or "exclude", a blank and the filter's id
}

// Relationships that Graph has of these types.
const (
	relationIdentity = "identityCertificate"
	relationRoot     = "rootCertificate"
	// relationCertificate is the placeholder {{cert:…}} of an app configuration, which is
	// none of Graph's.
	relationCertificate = "certificate"
)

// odataBind ends the key by which an object is created with a relationship.
const odataBind = "@odata.bind"

var relations = []string{relationIdentity, relationRoot, "smimeSigningCertificate", "smimeEncryptionCertificate"}

// customRef begins the keys in which IntuneManagement names what a relationship leads
// to: "Name|:|#microsoft.graph.type" (Extensions/MSGraph.psm1,
// https://github.com/Micke-K/IntuneManagement).
const (
	customRef    = "#CustomRef_"
	customRefSep = "|:|"
)

func newExport(e Export) Export {
	e.Refers, e.linked = map[string]Ref{}, map[string]bool{}
	for key := range e.Object {
		e.resolved = e.resolved || strings.HasPrefix(key, customRef)
	}
	for _, name := range relations {
		if ref, told := relation(e.Object, name); told {
			e.Refers[name] = ref
		}
		for _, link := range []string{"@odata.associationLink", "@odata.navigationLink"} {
			e.linked[name] = e.linked[name] || e.Object.Text(name+link) != ""
		}
	}
	e.Groups, e.Unclear, e.Assigned = groups(e.Object)
	pack(e.Object)
	if id, ok := certificateToken(e.Object); ok {
		e.Refers[relationCertificate] = Ref{ID: id}
	}
	return e
}

// relation reads what a relationship leads to: expanded, as IntuneManagement names it,
// or as it is set when the object is created.
func relation(o intune.Object, name string) (ref Ref, told bool) {
	if expanded, there := o[name]; there {
		to, _ := expanded.(map[string]any)
		of := intune.Object(to)
		return Ref{ID: of.Text("id"), Name: of.Name(), Type: of.Type()}, true
	}
	if named := o.Text(customRef + name); named != "" {
		called, kind, _ := strings.Cut(named, customRefSep)
		return Ref{Name: called, Type: intune.Object{schema.TypeKey: kind}.Type()}, true
	}
	if id := idOfLink(o.Text(name + odataBind)); id != "" {
		return Ref{ID: id}, true
	}
	return Ref{}, false
}

// idOfLink is the id at the end of …/deviceConfigurations('ID') or …/deviceConfigurations/ID.
func idOfLink(link string) string {
	last := link[strings.LastIndexByte(link, '/')+1:]
	if _, quoted, ok := strings.Cut(last, "('"); ok {
		last, _, _ = strings.Cut(quoted, "'")
	}
	return last
}

// reaches reports whether an object is assigned to somebody: exclusions alone are for
// nobody.
func (e *Export) reaches() bool {
	return slices.ContainsFunc(e.Groups, func(g Group) bool { return g.Kind != ExcludeGroup })
}

// groups reads the assignments; told is false where the file has none of them. What is
// left of them where PowerShell was told no depth is text, and counts as unclear.
func groups(o intune.Object) (all []Group, unclear int, told bool) {
	held := o["assignments"]
	list, ok := held.([]any)
	if !ok && held != nil {
		return nil, 1, true
	}
	for _, item := range list {
		assignment, _ := item.(map[string]any)
		target, ok := assignment["target"].(map[string]any)
		if !ok {
			target = assignment
		}
		g, ok := newGroup(target)
		if !ok {
			unclear++
			continue
		}
		if g.Kind == IncludeGroup && strings.EqualFold(intune.Object(assignment).Text("intent"), "remove") {
			g.Kind = ExcludeGroup
		}
		all = append(all, g)
	}
	if o.Text("assignments"+nextLink) != "" { // the rest is on another page
		unclear++
	}
	return all, unclear, ok
}

// targets are Graph's types of assignments, in small letters.
var targets = map[string]GroupKind{
	"groupassignmenttarget":            IncludeGroup,
	"exclusiongroupassignmenttarget":   ExcludeGroup,
	"alllicensedusersassignmenttarget": AllUsers,
	"alldevicesassignmenttarget":       AllDevices,
}

func newGroup(target intune.Object) (g Group, ok bool) {
	kind, ok := targets[strings.ToLower(typeName(target.Text(schema.TypeKey)))]
	if !ok {
		return g, false
	}
	g = Group{Kind: kind, ID: target.Text("groupId"), Name: cmp.Or(target.Text("groupName"), target.Text("groupDisplayName"))}
	filter := target.Text("deviceAndAppManagementAssignmentFilterType")
	if filter != "" && !strings.EqualFold(filter, "none") {
		g.Filter = filter + " " + target.Text("deviceAndAppManagementAssignmentFilterId")
	}
	return g, true
}

// pack undoes what IntuneCD unpacks: payloadJson and targetedMobileApps, and payload
// where its older versions wrote it as text
// (src/IntuneCD/backup/Intune/AppConfiguration.py, https://github.com/almenscorner/IntuneCD).
func pack(o intune.Object) {
	if unpacked, ok := o["payloadJson"].(map[string]any); ok {
		if text, err := json.Marshal(unpacked); err == nil {
			o["payloadJson"] = base64.StdEncoding.EncodeToString(text)
		}
	}
	if payload := o.Text("payload"); strings.Contains(payload, "<") { // which base64 has not
		o["payload"] = base64.StdEncoding.EncodeToString([]byte(payload))
	}
	if _, ok := o["targetedMobileApps"].(map[string]any); ok {
		o["targetedMobileApps"] = []any{}
	}
}

// payload is a property that holds data, decoded; ok is false where it is no base64.
func payload(o intune.Object, key string) (data []byte, ok bool) { return lenient(o.Text(key)) }

// certificateToken is the id in the first {{cert:ID}} of an app configuration.
func certificateToken(o intune.Object) (id string, ok bool) {
	data, _ := payload(o, "payloadJson")
	_, after, found := strings.Cut(string(data), "{{cert:")
	id, _, closed := strings.Cut(after, "}}")
	return id, found && closed
}
