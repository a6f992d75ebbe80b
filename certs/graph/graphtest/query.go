package graphtest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// maxTop is the most that $top takes
// (https://learn.microsoft.com/graph/api/user-list#optional-query-parameters).
const maxTop = 999

// advanced is the header that Graph wants for what it calls advanced queries, together
// with $count=true (https://learn.microsoft.com/graph/aad-advanced-queries).
const advanced = "ConsistencyLevel"

// query is what the options behind the ? ask for.
type query struct {
	properties []string // of $select; nil for those that come by default
	top        int      // 0 if not given
	count      bool
	expand     bool
	filter     *filter // nil if not given
	after      string  // the id behind which the page starts
	fixed      string  // the options without $skiptoken, in a fixed order
}

// readQuery reads the options and refuses all that the operation does not have.
func (s *Server) readQuery(op *operation, r *http.Request) (query, error) {
	var q query
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return q, badQuery("The query options cannot be read.")
	}
	readers := map[string]func(string) error{
		"$select": func(v string) error { return q.readSelect(s.types, op.entity, v) },
		"$top":    q.readTop,
		"$count":  q.readCount,
		"$expand": func(v string) error { return q.readExpand(op, v) },
		"$filter": func(v string) error { return q.readFilter(op, v) },
	}
	fixed := url.Values{}
	for name, given := range values {
		read, known := readers[name]
		switch {
		case name == "$skiptoken" && slices.Contains(op.options, "$top"):
			continue
		case !known || !slices.Contains(op.options, name):
			return q, badQuery("The query option %q does not exist here.", name)
		case len(given) != 1:
			return q, badQuery("The query option %q is given more than once.", name)
		}
		if err := read(given[0]); err != nil {
			return q, err
		}
		fixed[name] = given
	}
	q.fixed = fixed.Encode()
	if err := q.needsAdvanced(op, r); err != nil {
		return q, err
	}
	q.after, err = s.afterToken(values.Get("$skiptoken"), q.fixed)
	return q, err
}

// readSelect takes names of properties of the type, and of properties of its cases
// behind the names of those: microsoft.graph.iosStoreApp/bundleId.
func (q *query) readSelect(types schema.Catalogue, entity, value string) error {
	for name := range strings.SplitSeq(value, ",") {
		t, wanted := types[entity], strings.TrimSpace(name)
		if is, of, ok := strings.Cut(wanted, "/"); ok && types.IsA(strings.TrimPrefix(is, "microsoft.graph."), entity) {
			t, wanted = types[strings.TrimPrefix(is, "microsoft.graph.")], of
		}
		property, ok := t.Property(wanted)
		if !ok || property.Navigation {
			return badQuery("Could not find a property named %q on type 'microsoft.graph.%s'.", name, t.Name)
		}
		q.properties = append(q.properties, property.Name)
	}
	return nil
}

func (q *query) readTop(value string) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > maxTop {
		return badQuery("Invalid page size %q specified. Must be between 1 and %d inclusive.", value, maxTop)
	}
	q.top = n
	return nil
}

func (q *query) readCount(value string) error {
	if value != "true" && value != "false" {
		return badQuery("Invalid value %q of $count.", value)
	}
	q.count = value == "true"
	return nil
}

func (q *query) readExpand(op *operation, value string) error {
	if value != op.expand {
		return badQuery("Could not expand %q: only %q can be here.", value, op.expand)
	}
	q.expand = true
	return nil
}

// filter is one of the forms of $filter that Graph documents and easkit uses.
type filter struct {
	form    *regexp.Regexp // its one group is the value between the quotes
	matches func(o Object, value string) bool
	refuse  func(value string) error // what the form cannot say; may be nil
	// advanced says that the header and $count=true are needed
	// (https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificateuserids).
	advanced bool
	value    string
}

// userFilters and appFilters are the filters on users and on service principals.
func userFilters() []filter {
	return []filter{
		{form: regexp.MustCompile(`^userPrincipalName eq '((?:[^']|'')*)'$`), matches: func(o Object, value string) bool {
			return strings.EqualFold(o.text("userPrincipalName"), value)
		}},
		{form: regexp.MustCompile(`^authorizationInfo/certificateUserIds/any\(x:x eq '((?:[^']|'')*)'\)$`),
			advanced: true, matches: func(o Object, value string) bool { return slices.Contains(userIDs(o), value) }},
	}
}

func appFilters() []filter {
	return []filter{{form: regexp.MustCompile(`^appId eq '((?:[^']|'')*)'$`), matches: func(o Object, value string) bool {
		return strings.EqualFold(o.text("appId"), value)
	}}}
}

// groupFilters are those on groups. Graph's directory compares names without regard to
// capitals.
func groupFilters() []filter {
	return []filter{{form: nameForm(), matches: func(o Object, value string) bool {
		return strings.EqualFold(o.text("displayName"), value)
	}}}
}

func nameForm() *regexp.Regexp { return regexp.MustCompile(`^displayName eq '((?:[^']|'')*)'$`) }

// intuneFilters are those on Intune's collections. That Intune compares names with
// regard to capitals is OData's rule, and described nowhere.
func intuneFilters() []filter {
	types := schema.NewCatalogue(schema.Intune())
	quoted := regexp.MustCompile(`'microsoft\.graph\.(\w+)'`)
	return []filter{
		{form: nameForm(), matches: func(o Object, value string) bool { return o.text("displayName") == value }},
		{form: regexp.MustCompile(`^(isof\('microsoft\.graph\.\w+'\)(?: or isof\('microsoft\.graph\.\w+'\))*)$`),
			matches: func(o Object, value string) bool {
				return slices.ContainsFunc(quoted.FindAllStringSubmatch(value, -1), func(name []string) bool { return types.IsA(kindOf(o), name[1]) })
			},
			refuse: func(value string) error {
				for _, name := range quoted.FindAllStringSubmatch(value, -1) {
					if _, ok := types[name[1]]; !ok {
						return badQuery("The type 'microsoft.graph.%s' of $filter is not known.", name[1])
					}
				}
				return nil
			}},
	}
}

func (q *query) readFilter(op *operation, value string) error {
	for _, f := range op.filters {
		if found := f.form.FindStringSubmatch(value); found != nil {
			f.value = strings.ReplaceAll(found[1], "''", "'")
			if f.refuse != nil {
				if err := f.refuse(f.value); err != nil {
					return err
				}
			}
			q.filter = &f
			return nil
		}
	}
	return badQuery("Unsupported or invalid query filter clause %q.", value)
}

func (q *query) needsAdvanced(op *operation, r *http.Request) error {
	needed := op.advanced || q.filter != nil && q.filter.advanced
	if needed && (!q.count || r.Header.Get(advanced) != "eventual") {
		return badQuery("This query needs the header 'ConsistencyLevel: eventual' and $count=true.")
	}
	return nil
}
