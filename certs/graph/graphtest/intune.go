package graphtest

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// intune is what a tenant holds of Intune. As in state, what is in it is replaced and
// never changed.
type intune struct {
	objects       map[string][]Object          // by the path of their collection
	assignments   map[string][]Object          // by the object's id
	references    map[string]map[string]string // by the object's id and the relationship: the id of another object
	certificates  map[string][]certificate     // by the profile's id
	apps, schemas []Object
	lost          []LostCertificate
}

func newIntune() intune {
	return intune{objects: map[string][]Object{}, assignments: map[string][]Object{},
		references: map[string]map[string]string{}, certificates: map[string][]certificate{}}
}

// replaced gives a copy of a map in which the key has the value.
func replaced[V any](m map[string]V, key string, value V) map[string]V {
	changed := map[string]V{key: value}
	for k, v := range m {
		if k != key {
			changed[k] = v
		}
	}
	return changed
}

// collection is one of Intune's collections of objects that are assigned to groups.
type collection struct {
	path, entity string // the entity is what all its objects are cases of
	assignment   string // the type of its assignments
	assigned     Object // what an assignment has that says no more than its target
	assignPaths  []string
	assignStatus int // of the answer to the action assign
	read, write  []string
	judge        func(*state, Object) error // what tables cannot say of an object; may be nil
}

// collections are those that are served. The answers to assign are those of
// https://learn.microsoft.com/graph/api/intune-deviceconfig-deviceconfiguration-assign?view=graph-rest-beta
// and https://learn.microsoft.com/graph/api/intune-apps-manageddevicemobileappconfiguration-assign?view=graph-rest-beta.
func collections() []collection {
	return []collection{deviceConfigurations(),
		{path: appConfigPath, entity: appConfigType, assignment: "managedDeviceMobileAppConfigurationAssignment",
			assignPaths:  []string{appConfigPath + "/{}/assign", appConfigPath + "/{}/microsoft.graph." + appConfigType + "/assign"},
			assignStatus: http.StatusNoContent, read: readMobileApps, write: writeMobileApps, judge: judgeAppConfig},
	}
}

func deviceConfigurations() collection {
	return collection{path: devicePath, entity: deviceType,
		assignment: "deviceConfigurationAssignment", assigned: Object{"intent": "apply", "source": "direct"},
		assignPaths: []string{devicePath + "/{}/assign"}, assignStatus: http.StatusOK, read: readDevices, write: writeDevices}
}

// find gives the object of an id and where it is in its collection.
func (k collection) find(st *state, id string) (Object, int, error) {
	all := st.intune.objects[k.path]
	i := indexOf(all, "id", id)
	if i < 0 {
		return nil, 0, missing(id)
	}
	return all[i], i, nil
}

func (k collection) list(s *Server, c *call) (*answer, error) {
	return s.list(c, k.expanded(s, c))
}

func (k collection) get(s *Server, c *call) (*answer, error) {
	return s.found(c, k.expanded(s, c), c.params[0])
}

// expanded are the objects as a reader sees them, with their assignments where the query
// asks for those.
func (k collection) expanded(s *Server, c *call) []Object {
	objects := c.view.intune.objects[k.path]
	if !c.query.expand {
		return objects
	}
	var all []Object
	for _, o := range objects {
		assigned := []any{}
		for _, a := range c.view.intune.assignments[o.text("id")] {
			whole := map[string]any{}
			for _, p := range s.types[k.assignment].Properties {
				whole[p.Name] = a[p.Name]
			}
			assigned = append(assigned, whole)
		}
		all = append(all, o.with(c.op.expand, assigned))
	}
	return all
}

// create adds an object. Two may have the same name.
func (k collection) create(s *Server, c *call) (*answer, error) {
	plain, references, err := s.bindings(c, kindOf(c.body))
	if err != nil {
		return nil, err
	}
	o := s.completed(plain.merged(Object{"id": s.newID(k.entity), "version": 1.0,
		"createdDateTime": stamp(c.now), "lastModifiedDateTime": stamp(c.now)}))
	if err := k.judged(s, o); err != nil {
		return nil, err
	}
	s.write(c.now)
	in := &s.current.intune
	in.objects = replaced(in.objects, k.path, append(slices.Clone(in.objects[k.path]), o))
	in.references = replaced(in.references, o.text("id"), references)
	return s.one(c, http.StatusCreated, o)
}

func (k collection) judged(s *Server, o Object) error {
	if k.judge == nil {
		return nil
	}
	return k.judge(s.current, o)
}

// completed gives an object the values that the service has for properties that are
// never null and were not sent: false, 0, "" and the first member of an enum. An object
// without scope tags has the default one
// (https://learn.microsoft.com/intune/intune-service/fundamentals/scope-tags).
func (s *Server) completed(o Object) Object {
	o = o.merged(nil)
	defaults := Object{"roleScopeTagIds": []any{"0"}, "supportsScopeTags": true}
	zeros := Object{"Edm.Boolean": false, "Edm.Int32": 0.0, "Edm.String": ""}
	for _, p := range s.types[kindOf(o)].Properties {
		value, ok := defaults[p.Name]
		if _, sent := o[p.Name]; sent || p.Navigation || !ok && (p.Nullable || p.Collection) {
			continue
		}
		if !ok {
			value, ok = zeros[p.EDM]
		}
		if t := s.types[p.EDM]; !ok && t.Kind == schema.Enum {
			value, ok = t.Members[0], true
		}
		if ok {
			o[p.Name] = value
		}
	}
	return o
}

// update changes an object, and with it may revoke what it issued.
func (k collection) update(s *Server, c *call) (*answer, error) {
	o, _, err := k.find(s.current, c.params[0])
	if err != nil {
		return nil, err
	}
	if kindOf(c.body) != kindOf(o) {
		return nil, breach("@odata.type is %q: the object is a %q, and stays one.", kindOf(c.body), kindOf(o))
	}
	plain, references, err := s.bindings(c, kindOf(o))
	if err != nil {
		return nil, err
	}
	if err := k.judged(s, o.merged(plain)); err != nil {
		return nil, err
	}
	s.write(c.now)
	changed := s.change(k, c.params[0], plain, references, stamp(c.now))
	return s.one(c, http.StatusOK, changed)
}

// untouched are the properties of a certificate profile whose change is no edit of the
// certificates: they are the administrator's own.
var untouched = []string{"displayName", "description", "roleScopeTagIds"}

// change sets properties and relationships of an object that is there.
func (s *Server) change(k collection, id string, plain Object, references map[string]string, when string) Object {
	in := &s.current.intune
	i := indexOf(in.objects[k.path], "id", id)
	o := in.objects[k.path][i]
	edited := false
	for key, value := range plain {
		edited = edited || !slices.Contains(untouched, key) && !reflect.DeepEqual(o[key], value)
	}
	held := maps.Clone(in.references[id])
	for name, to := range references {
		edited = edited || held[name] != to
		held = replaced(held, name, to)
	}
	version, _ := o["version"].(float64)
	o = o.merged(plain).merged(Object{"version": version + 1, "lastModifiedDateTime": when})
	all := slices.Clone(in.objects[k.path])
	all[i] = o
	in.objects, in.references = replaced(in.objects, k.path, all), replaced(in.references, id, held)
	if edited {
		s.lose(o, CauseEdited, func(certificate) bool { return true })
	}
	return o
}

// delete takes an object away, with its assignments and certificates. What referred to
// it refers to nothing then: what Intune does there is not described.
func (k collection) delete(s *Server, c *call) (*answer, error) {
	if _, _, err := k.find(s.current, c.params[0]); err != nil {
		return nil, err
	}
	s.write(c.now)
	s.remove(k, c.params[0])
	return &answer{status: http.StatusNoContent}, nil
}

func (s *Server) remove(k collection, id string) {
	in := &s.current.intune
	i := indexOf(in.objects[k.path], "id", id)
	s.lose(in.objects[k.path][i], CauseDeleted, func(certificate) bool { return true })
	in.objects = replaced(in.objects, k.path, slices.Delete(slices.Clone(in.objects[k.path]), i, i+1))
	in.assignments = replaced(in.assignments, id, nil)
	in.references = replaced(in.references, id, nil)
	for from, references := range in.references {
		references = maps.Clone(references)
		maps.DeleteFunc(references, func(_, to string) bool { return to == id })
		in.references = replaced(in.references, from, references)
	}
}

// bindings parts a body into properties and the ids of what it refers to by
// @odata.bind.
func (s *Server) bindings(c *call, kind string) (Object, map[string]string, error) {
	plain, references := Object{}, map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(c.body)) {
		name, bound := strings.CutSuffix(key, "@odata.bind")
		if !bound {
			plain[key] = c.body[key]
			continue
		}
		p, _ := s.types[kind].Property(name) // that it has it, the table has said
		to, err := s.referred(c, p, c.body.text(key))
		if err != nil {
			return nil, nil, err
		}
		references[name] = to
	}
	return plain, references, nil
}
