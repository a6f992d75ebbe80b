package tenant

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/profiles/intune"
)

// form is how the values of a property are compared, where text by text is too strict.
type form string

const (
	asFlags   form = "flags"    // words with commas between, in any order
	asBytes   form = "base64"   // base64
	asJSON    form = "JSON"     // base64 of JSON
	asWord    form = "word"     // of an enum: the admin center writes some with a capital
	onlyFirst form = "at first" // the tenant's business after the object was made
)

// forms are the properties of such forms.
var forms = map[string]form{
	"easServices":            asFlags,
	"keyUsage":               asFlags,
	"hashAlgorithm":          asFlags,
	"payload":                asBytes,
	"trustedRootCertificate": asBytes,
	"encodedSettingXml":      asBytes,
	"payloadJson":            asJSON,
	"appConfigKeyType":       asWord,
	"roleScopeTagIds":        onlyFirst,
}

// labels are the properties by which nothing reaches a phone.
var labels = []string{"displayName", "description", "roleScopeTagIds", "certFileName"}

// superseded are the properties that say nothing where another one has a value. With
// names of its own, a certificate profile has no type of name: the admin center sends
// null then, and Graph keeps what it likes.
var superseded = map[string]string{"subjectAlternativeNameType": "customSubjectAlternativeNames"}

// different are the properties of what is wanted that an object has otherwise, sorted.
// What the object has beside them is left as it is.
func different(want, have intune.Object) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if name != schema.TypeKey && unset(want[superseded[name]]) && !same(name, want[name], have[name]) {
			names = append(names, name)
		}
	}
	return names
}

// sameContent reports whether an object does on a phone what is wanted.
func sameContent(want, have intune.Object) bool {
	return !slices.ContainsFunc(different(want, have), func(name string) bool { return !slices.Contains(labels, name) })
}

// same reports whether two values of a property mean the same.
func same(name string, want, have any) bool {
	if forms[name] == onlyFirst {
		return true
	}
	if want == nil || have == nil {
		return unset(want) && unset(have)
	}
	switch want := want.(type) {
	case string:
		have, ok := have.(string)
		return ok && sameText(forms[name], want, have)
	case []any:
		have, ok := have.([]any)
		return ok && sameItems(name, want, have)
	case map[string]any:
		have, ok := have.(map[string]any)
		return ok && len(different(want, have)) == 0
	case float64, bool:
		return want == have
	}
	return false
}

// unset reports whether a value is what Graph may as well give as null.
func unset(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case float64:
		return value == 0
	case string:
		return value == "" || value == "none" || value == "notConfigured"
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return false
}

func sameText(f form, want, have string) bool {
	switch {
	case want == have:
		return true
	case f == asWord:
		return strings.EqualFold(want, have)
	case f == asFlags:
		return slices.Equal(words(want), words(have))
	case f == asBytes, f == asJSON:
		a, errA := fromBase64(want)
		b, errB := fromBase64(have)
		return errA == nil && errB == nil && (bytes.Equal(a, b) || f == asJSON && sameJSON(a, b))
	}
	return false
}

// words are the words of flags, sorted.
func words(s string) []string {
	var all []string
	for word := range strings.SplitSeq(s, ",") {
		all = append(all, strings.TrimSpace(word))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func fromBase64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	x1, err := json.Marshal(x) // with sorted keys
	y1, err2 := json.Marshal(y)
	return err == nil && err2 == nil && bytes.Equal(x1, y1)
}

// sameItems compares collections, whose order Graph does not keep.
func sameItems(name string, want, have []any) bool {
	if len(want) != len(have) {
		return false
	}
	left := slices.Clone(have)
	for _, item := range want {
		i := slices.IndexFunc(left, func(other any) bool { return same(name, item, other) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// plain gives an object the values that encoding/json makes of JSON, so that objects
// made here compare with those read.
func plain(o intune.Object) (intune.Object, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var p intune.Object
	return p, json.Unmarshal(text, &p)
}
