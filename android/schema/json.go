package schema

import (
	"slices"

	"github.com/easkit/easkit/android/tree"
)

// readAMAPI reads ManagedProperty objects
// (https://developers.google.com/android/management/reference/rest/v1/enterprises.applications).
func readAMAPI(list *tree.Node, depth int) ([]Key, error) {
	if err := objects(list, "key", depth); err != nil {
		return nil, err
	}
	var keys []Key
	for _, n := range list.Items {
		k := Key{
			Key: n.Get("key").Str(), Title: n.Get("title").Str(), Description: n.Get("description").Str(),
			Type: typeOf(n.Get("type").Str()), Default: plain(n.Get("defaultValue")),
		}
		for _, e := range items(n.Get("entries")) {
			k.Entries = append(k.Entries, Entry{e.Get("name").Str(), e.Get("value").Str()})
		}
		if nested := n.Get("nestedProperties"); nested.Is(tree.Array) {
			var err error
			if k.Keys, err = readAMAPI(nested, depth+1); err != nil {
				return nil, err
			}
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// readPlay reads AppRestrictionsSchemaRestriction objects
// (https://developers.google.com/android/work/play/emm-api/v1/products/getAppRestrictionsSchema).
func readPlay(list *tree.Node, depth int) ([]Key, error) {
	if err := objects(list, "key", depth); err != nil {
		return nil, err
	}
	var keys []Key
	for _, n := range list.Items {
		k := Key{
			Key: n.Get("key").Str(), Title: n.Get("title").Str(), Description: n.Get("description").Str(),
			Type: typeOf(n.Get("restrictionType").Str()), Default: playDefault(n.Get("defaultValue")),
		}
		names := strs(n.Get("entry"))
		for i, value := range strs(n.Get("entryValue")) {
			e := Entry{Value: value}
			if i < len(names) {
				e.Name = names[i]
			}
			k.Entries = append(k.Entries, e)
		}
		if nested := n.Get("nestedRestriction"); nested.Is(tree.Array) {
			var err error
			if k.Keys, err = readPlay(nested, depth+1); err != nil {
				return nil, err
			}
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// playDefault takes the one value out of a typed default.
func playDefault(n *tree.Node) any {
	for _, name := range []string{"valueBool", "valueInteger", "valueMultiselect", "valueString"} {
		if v := n.Get(name); v != nil {
			return plain(v)
		}
	}
	return nil
}

// graphDefaults are the fields of a default, one for each type.
var graphDefaults = map[Type]string{
	Bool: "defaultBoolValue", Integer: "defaultIntValue", String: "defaultStringValue", Hidden: "defaultStringValue",
	Choice: "defaultStringValue", MultiSelect: "defaultStringArrayValue",
}

// graphNode is an item with the place where it hangs: an index for itself, and that of
// the item which it is a part of.
type graphNode struct {
	Key
	index, parent int64
	nested, root  bool // it has an index; it names no parent that is there
}

// readGraph reads AndroidManagedStoreAppConfigurationSchemaItem objects
// (https://learn.microsoft.com/graph/api/resources/intune-androidforwork-androidmanagedstoreappconfigurationschemaitem).
// Where there are nested items, each has an index and names its parent's; they hold the
// flat ones as well.
func readGraph(whole, list *tree.Node) ([]Key, error) {
	if flat := whole.Get("schemaItems"); len(list.Items) == 0 && flat.Is(tree.Array) {
		list = flat
	}
	if err := objects(list, "schemaItemKey", 0); err != nil {
		return nil, err
	}
	nodes := make([]graphNode, 0, min(len(list.Items), maxKeys))
	byIndex, holdsParts := map[int64]bool{}, map[int64]bool{}
	for _, n := range list.Items {
		g := graphNode{Key: graphKey(n)}
		g.index, g.nested = n.Get("index").Int()
		parent, has := n.Get("parentIndex").Int()
		g.parent, g.root = parent, !has
		if g.nested && byIndex[g.index] {
			return nil, at(n, "two items have the index %d", g.index)
		}
		if byIndex[g.index] = g.nested; len(nodes) == maxKeys {
			return nil, at(n, "it has more than %d keys", maxKeys)
		}
		holdsParts[g.index] = g.nested && (g.Type == Bundle || g.Type == BundleArray)
		nodes = append(nodes, g)
	}
	for i := range nodes {
		// Items at the top name no parent, or one that isn't there or has no parts.
		nodes[i].root = nodes[i].root || !nodes[i].nested || !holdsParts[nodes[i].parent]
	}
	keys := hang(nodes)
	if count(keys) != len(nodes) {
		return nil, at(list, "items are parts of each other (parentIndex), or nested deeper than %d", maxDepth)
	}
	return keys, nil
}

func graphKey(n *tree.Node) Key {
	k := Key{
		Key: n.Get("schemaItemKey").Str(), Title: n.Get("displayName").Str(), Description: n.Get("description").Str(),
		Type: typeOf(n.Get("dataType").Str()),
	}
	if field := graphDefaults[k.Type]; field != "" {
		k.Default = plain(n.Get(field))
	}
	for _, e := range items(n.Get("selections")) {
		k.Entries = append(k.Entries, Entry{e.Get("name").Str(), e.Get("value").Str()})
	}
	return k
}

// hang makes the tree of a flat list. An item is reached from the top, or not at all.
func hang(nodes []graphNode) []Key {
	under := map[int64][]*graphNode{}
	var top []Key
	for i := range nodes {
		if !nodes[i].root {
			under[nodes[i].parent] = append(under[nodes[i].parent], &nodes[i])
		}
	}
	var fill func(g *graphNode, depth int) Key
	fill = func(g *graphNode, depth int) Key {
		k := g.Key
		if !g.nested || depth > maxDepth {
			return k
		}
		for _, child := range under[g.index] {
			k.Keys = append(k.Keys, fill(child, depth+1))
		}
		return k
	}
	for i := range nodes {
		if nodes[i].root {
			top = append(top, fill(&nodes[i], 0))
		}
	}
	return slices.Clip(top)
}
