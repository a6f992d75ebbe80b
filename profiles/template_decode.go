package profiles

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// decoder puts YAML nodes into a Template. YAML libraries do that as well, but
// turn 7.5 into 7, pass over keys that are no strings, and say neither which key
// is meant nor what it wants.
type decoder struct {
	places map[string]place // of each value, by its dotted key; "key[0]" of the items of a list
}

// section decodes a mapping into a struct, whose yaml tags are the keys.
func (d *decoder) section(prefix string, n *ast.MappingNode, to reflect.Value) error {
	return d.pairs(prefix, n, func(name, key string, at place, value ast.Node) error {
		for i := range to.NumField() {
			if to.Type().Field(i).Tag.Get("yaml") == name {
				return d.value(key, value, to.Field(i))
			}
		}
		return at.fault(key, "this key is unknown%s", suggestion(prefix, name))
	})
}

// texts decodes a mapping of words to texts. One without a text is left out.
func (d *decoder) texts(prefix string, n *ast.MappingNode, to reflect.Value) error {
	to.Set(reflect.MakeMap(to.Type()))
	return d.pairs(prefix, n, func(name, key string, _ place, value ast.Node) error {
		text := reflect.New(to.Type().Elem()).Elem()
		if err := d.value(key, value, text); err != nil {
			return err
		}
		if text.String() != "" {
			to.SetMapIndex(reflect.ValueOf(name), text)
		}
		return nil
	})
}

// pairs walks over a mapping in the order of the file.
func (d *decoder) pairs(prefix string, n *ast.MappingNode, each func(name, key string, at place, value ast.Node) error) error {
	seen := map[string]place{}
	for _, pair := range n.Values {
		at := placeOf(pair.Key.GetToken())
		word, ok := pair.Key.(*ast.StringNode)
		switch {
		case pair.Key.IsMergeKey():
			return at.fault(prefix, "%s", noAnchors)
		case !ok:
			return at.fault(prefix, "a key is a word, such as sync-days")
		}
		key := clip(word.Value)
		if prefix != "" {
			key = prefix + "." + key
		}
		if first, twice := seen[word.Value]; twice {
			return at.fault(key, "this key is there already, in line %d", first.line)
		}
		seen[word.Value] = at
		if err := each(word.Value, key, at, pair.Value); err != nil {
			return err
		}
	}
	return nil
}

// value decodes one value. An empty one, or null, is one that was left out.
func (d *decoder) value(key string, n ast.Node, to reflect.Value) error {
	at := startOf(n)
	d.places[key] = at
	switch n := n.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.AnchorNode, *ast.AliasNode:
		return at.fault(key, "%s", noAnchors)
	case *ast.TagNode:
		return at.fault(key, "tags (!) are not supported: put a value that starts with one in quotation marks")
	case *ast.MappingNode:
		switch to.Kind() {
		case reflect.Struct:
			return d.section(key, n, to)
		case reflect.Map:
			return d.texts(key, n, to)
		}
	case *ast.SequenceNode:
		if to.Kind() == reflect.Slice {
			return d.list(key, n, to)
		}
	case *ast.StringNode, *ast.LiteralNode:
		if to.Kind() == reflect.String {
			return setText(key, at, n, to)
		}
	case *ast.BoolNode:
		if target := settable(to); target.Kind() == reflect.Bool {
			target.SetBool(n.Value)
			return nil
		}
	case *ast.IntegerNode:
		if target := settable(to); target.Kind() == reflect.Int {
			return setInt(key, at, n, target)
		}
	}
	return at.fault(key, "%s: it must be %s", kindOf(n), wanted(to.Type(), n))
}

func (d *decoder) list(key string, n *ast.SequenceNode, to reflect.Value) error {
	at := d.places[key]
	to.Set(reflect.MakeSlice(to.Type(), len(n.Values), len(n.Values)))
	for i, item := range n.Values {
		if err := d.value(key, item, to.Index(i)); err != nil {
			return err
		}
		d.places[key+itemAt(i)] = d.places[key]
	}
	d.places[key] = at
	return nil
}

func itemAt(i int) string { return fmt.Sprintf("[%d]", i) }

// settable is the value itself, or what a pointer, made here, points to.
func settable(v reflect.Value) reflect.Value {
	if v.Kind() != reflect.Pointer {
		return v
	}
	v.Set(reflect.New(v.Type().Elem()))
	return v.Elem()
}

func setInt(key string, at place, n *ast.IntegerNode, to reflect.Value) error {
	i, err := strconv.ParseInt(fmt.Sprint(n.Value), 10, strconv.IntSize)
	if err != nil {
		return at.fault(key, "the number %s is out of range", clip(n.GetToken().Value))
	}
	to.SetInt(i)
	return nil
}

// setText refuses the control characters that escapes can bring in: a profile
// is XML, which has no way to write them.
func setText(key string, at place, n ast.Node, to reflect.Value) error {
	text := textOf(n)
	for _, r := range text {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return at.fault(key, "there is the control character %U in it", r)
		}
	}
	to.SetString(text)
	return nil
}

func textOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	}
	return ""
}

// startOf is where a value begins; of a section, its first key.
func startOf(n ast.Node) place {
	switch n := n.(type) {
	case nil:
		return place{}
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return placeOf(n.Values[0].Key.GetToken())
		}
	}
	return placeOf(n.GetToken())
}

// kindOf names a value of the wrong type.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return fmt.Sprintf("%q is text", clip(textOf(n)))
	case *ast.BoolNode:
		return fmt.Sprintf("%s is a truth value", n.GetToken().Value)
	case *ast.IntegerNode:
		return fmt.Sprintf("%s is a number", clip(n.GetToken().Value))
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return fmt.Sprintf("%s is a fractional number", clip(n.GetToken().Value))
	case *ast.SequenceNode:
		return "this is a list"
	case *ast.MappingNode:
		return "this is a section with keys of its own"
	}
	return "this is no value"
}

// wanted says what a key takes that was given n.
func wanted(t reflect.Type, n ast.Node) string {
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem(), n)
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		if _, text := n.(*ast.StringNode); text {
			return "a whole number, without quotation marks"
		}
		return "a whole number"
	case reflect.String:
		if _, scalar := n.(ast.ScalarNode); scalar {
			return "text, so put it in quotation marks"
		}
		return "text"
	case reflect.Slice:
		return "a list, such as [mail, contacts]"
	case reflect.Map:
		return "a section of texts by language, such as {default: text}"
	}
	return "a section, with its keys on the lines below, indented"
}
