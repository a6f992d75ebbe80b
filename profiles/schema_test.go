package profiles

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/templates"
)

// node is a schema as far as the tests look at it.
type node struct {
	Type                 any
	Description, Ref     string
	Enum                 []any
	Default              any
	Examples             []any
	Properties           map[string]*node
	Items                *node
	AdditionalProperties any
}

// schemaNodes lists the schemas of all keys, by their dotted names.
func schemaNodes(t *testing.T) (root *node, byKey map[string]*node) {
	t.Helper()
	data, err := TemplateSchema()
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.ReplaceAll(string(data), `"$ref"`, `"ref"`))
	root = &node{}
	if err := json.Unmarshal(data, root); err != nil {
		t.Fatal(err)
	}
	byKey = map[string]*node{}
	var walk func(prefix string, n *node)
	walk = func(prefix string, n *node) {
		for name, child := range n.Properties {
			byKey[prefix+name] = child
			walk(prefix+name+".", child)
		}
	}
	walk("", root)
	return root, byKey
}

// The schema has the keys of the struct, each with what it does.
func TestSchemaKeys(t *testing.T) {
	root, byKey := schemaNodes(t)
	var got []string
	for key, n := range byKey {
		got = append(got, key)
		if !strings.HasSuffix(n.Description, ".") {
			t.Errorf("%s: the description %q is no sentence", key, n.Description)
		}
		if n.Properties != nil && n.AdditionalProperties != false {
			t.Errorf("%s takes unknown keys", key)
		}
	}
	if root.AdditionalProperties != false {
		t.Error("the template takes unknown keys")
	}
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(keys())), got); diff != "" {
		t.Errorf("keys (-struct +schema):\n%s", diff)
	}
}

// The words and defaults of the schema are those of the code.
func TestSchemaValues(t *testing.T) {
	_, byKey := schemaNodes(t)
	for key, words := range map[string]any{
		"auth": preflight.Auths, "issuer": preflight.Issuers, "mailbox": preflight.Mailboxes,
		"cloud": preflight.Clouds, "sync-days": SyncWindows, "android.app": AndroidApps,
		"ios.scep.key-size": SCEPKeySizes, "ios.scep.key-usage": SCEPKeyUsages, "ios.acme.key-type": KeyTypes,
		"intune.scep.key-size": IntuneKeySizes, "intune.scep.hash": IntuneHashes,
	} {
		if want, got := fmt.Sprint(words), fmt.Sprint(byKey[key].Enum); got != want {
			t.Errorf("%s: the schema has %s, the code %s", key, got, want)
		}
	}
	for key, want := range map[string]any{
		"identifier": DefaultIdentifier, "sync-days": DefaultSyncDays, "services.sync": serviceNames,
		"ios.remove-after-days": 0, "services.lock": []string{},
		"ios.scep.key-size": DefaultSCEPKeySize, "ios.scep.retries": DefaultRetries, "ios.scep.retry-delay": DefaultRetryDelay,
		"ios.acme.key-type": KeyEC, "ios.acme.hardware-bound": true,
		"intune.platforms": IntunePlatforms, "intune.groups": []string{}, "intune.scep.key-size": DefaultIntuneKeySize,
		"intune.scep.hash": DefaultIntuneHash, "intune.subject": DefaultIntuneSubject, "intune.validity-days": DefaultIntuneValidity,
		"intune.renew-at-percent": DefaultIntuneRenewal,
	} {
		if got := byKey[key].Default; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the schema's default is %v, the code's %v", key, got, want)
		}
	}
	if got := (Template{}).services(); !got.Mail.On || !got.Notes.On || got.Mail.Locked {
		t.Errorf("the default of services is %+v", got)
	}
}

// The placeholders of the schema are those of the code.
func TestSchemaTokens(t *testing.T) {
	s := schema(t)
	valid := func(value string) bool {
		v, err := instance(fmt.Appendf(nil, "ios: {scep: {name: %q}}", value))
		return err == nil && s.Validate(v) == nil
	}
	for _, token := range IntuneTokens {
		if !valid("a "+token.Text+" b") || !valid(token.Text+token.Text) {
			t.Errorf("the schema does not know %s", token.Text)
		}
		if valid(strings.ToUpper(token.Text)) || valid(strings.TrimSuffix(token.Text, "}")) {
			t.Errorf("the schema takes %s in any form", token.Text)
		}
	}
	if !valid("{a} }b{") {
		t.Error("the schema refuses single braces")
	}
}

// Every example stands the test of both.
func TestSchemaExamples(t *testing.T) {
	s := schema(t)
	_, byKey := schemaNodes(t)
	for key, n := range byKey {
		for _, example := range n.Examples {
			value, err := json.Marshal(example)
			if err != nil {
				t.Fatal(err)
			}
			section, last, ok := cutLast(key)
			text := fmt.Sprintf("%s: %s", last, value)
			for ok {
				section, last, ok = cutLast(section)
				text = fmt.Sprintf("%s: {%s}", last, text)
			}
			if _, err := ParseTemplate([]byte(text)); err != nil {
				t.Errorf("example %s: %v", text, err)
			}
			if v, err := instance([]byte(text)); err != nil || s.Validate(v) != nil {
				t.Errorf("example %s: %v, %v", text, err, s.Validate(v))
			}
		}
	}
}

func TestSchemaAccepts(t *testing.T) {
	s := schema(t)
	texts := map[string]string{
		"full": fullTemplate, "nothing": "{}", "empty sections": "ios:\nandroid:\nservices:\n",
		"port": "host: mail.contoso.com:65535", "IPv6": "host: '[2001:db8::7]:8443'", "no days": "ios: {remove-after-days: 0}",
	}
	for _, name := range Presets() {
		text, err := PresetText(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		if _, err := ParseTemplate([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		v, err := instance([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The comments of the presets show keys to uncomment: they are right as well.
func TestPresetCommentsAreKeys(t *testing.T) {
	for _, name := range Presets() {
		data, err := PresetText(name)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for line := range strings.Lines(string(data)) {
			if key, ok := strings.CutPrefix(line, "# "); ok && isKeyLine(key) {
				line = key
			}
			text.WriteString(line)
		}
		if _, err := ParseTemplate([]byte(text.String())); err != nil {
			t.Errorf("%s with its comments switched on: %v", name, err)
		}
	}
}

// isKeyLine reports whether a comment is a key of a template, and no sentence.
func isKeyLine(s string) bool {
	name, _, ok := strings.Cut(strings.TrimSpace(s), ":")
	return ok && slices.ContainsFunc(keys(), func(key string) bool { _, last, _ := cutLast(key); return last == name })
}

// What ParseTemplate refuses of a value, the schema refuses as well.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for _, b := range brokenTemplates {
		if b.yamlOnly {
			continue
		}
		v, err := instance([]byte(b.text))
		if err != nil {
			t.Errorf("%s: it is not YAML, so no schema sees it: %v", b.name, err)
			continue
		}
		if err := s.Validate(v); err == nil {
			t.Errorf("%s: the schema accepts %q", b.name, b.text)
		}
	}
}

// Each rule has a template that breaks it, alone, which the schema refuses too.
func TestEveryRuleIsBroken(t *testing.T) {
	byKey := map[string]bool{}
	for _, b := range brokenTemplates {
		if !b.yamlOnly {
			byKey[b.key] = true
		}
	}
	for _, rule := range rulesOfTemplates() {
		if !byKey[rule.key] {
			t.Errorf("no broken template for %s", rule.key)
		}
		if !slices.Contains(keys(), rule.key) {
			t.Errorf("there is no key %s to have a rule", rule.key)
		}
		if err := rule.check(Template{}); err != nil {
			t.Errorf("%s: what is left out is refused: %v", rule.key, err)
		}
	}
}

// The help page on templates names every key.
func TestHelpNamesEveryKey(t *testing.T) {
	page, err := templates.Files.ReadFile("help/templates.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys() {
		section, last, _ := cutLast(key)
		text := string(page)
		if strings.Contains(section, ".") { // such as ios.scep, which has a heading of its own
			_, text, _ = strings.Cut(text, "\n"+section+":")
			text, _, _ = strings.Cut(text, "\n\n")
		}
		if !regexp.MustCompile(`(?m)^  ([a-z-]+, )?` + last + `[ ,]|^` + last + `:`).MatchString(text) {
			t.Errorf("%s is not there", key)
		}
	}
}

// Help pages fit a terminal, and start with the title that the list shows.
func TestHelpPagesFit(t *testing.T) {
	const width = 80
	entries, err := templates.Files.ReadDir("help")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		page, err := templates.Files.ReadFile("help/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		title, rest, _ := strings.Cut(string(page), "\n")
		if title == "" || len(title) > 60 || !strings.HasPrefix(rest, "\n") {
			t.Errorf("%s: the title is %q", e.Name(), title)
		}
		for i, line := range strings.Split(string(page), "\n") {
			if len([]rune(line)) > width && !strings.HasPrefix(strings.TrimSpace(line), "https://") || strings.TrimRight(line, " \t") != line || strings.Contains(line, "\t") {
				t.Errorf("%s, line %d: %q", e.Name(), i+1, line)
			}
		}
	}
}

// Types agree: what the struct holds as a bool is a boolean of the schema.
func TestSchemaTypes(t *testing.T) {
	_, byKey := schemaNodes(t)
	var walk func(prefix string, typ reflect.Type)
	walk = func(prefix string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			key, kind := prefix+f.Tag.Get("yaml"), f.Type
			if kind.Kind() == reflect.Pointer {
				kind = kind.Elem()
			}
			if kind.Kind() == reflect.Struct {
				walk(key+".", kind)
			}
			n := byKey[key]
			if n == nil {
				continue // TestSchemaKeys says so
			}
			want := map[reflect.Kind]string{
				reflect.Bool: "boolean", reflect.Int: "integer", reflect.String: "string",
				reflect.Slice: "array", reflect.Map: "[object null]", reflect.Struct: "[object null]",
			}[kind.Kind()]
			got := fmt.Sprint(n.Type)
			switch n.Ref {
			case "#/$defs/switch":
				got = "boolean"
			case "#/$defs/text", "#/$defs/https", "#/$defs/day":
				got = "string"
			case "#/$defs/subject":
				got = "array"
			}
			if n.Type == nil && n.Ref == "" && len(n.Enum) > 0 {
				got = "string" // a list of words needs no type
			}
			if got != want {
				t.Errorf("%s is %s in the schema and %s in the struct", key, got, want)
			}
		}
	}
	walk("", reflect.TypeFor[Template]())
}
