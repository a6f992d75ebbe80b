package ios_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/easkit/easkit/ios"
)

// declaredSince is the oldest iOS that the declarations of the tests are for.
const declaredSince = 17

// schemaKey is a key of a declaration as Apple's schema has it.
type schemaKey struct {
	Key, Type, Presence string
	RangeList           []any    `yaml:"rangelist"`
	AssetTypes          []string `yaml:"assettypes"`
	SupportedOS         schemaOS `yaml:"supportedOS"`
	SubKeys             []schemaKey
}

type schemaOS struct {
	IOS struct{ Introduced string } `yaml:"iOS"`
}

// schemaFile is what a file of Apple's schema says of a declaration or a credential.
type schemaFile struct {
	Payload struct {
		DeclarationType string   `yaml:"declarationtype"`
		CredentialType  string   `yaml:"credentialtype"`
		SupportedOS     schemaOS `yaml:"supportedOS"`
	}
	PayloadKeys []schemaKey `yaml:"payloadkeys"`
}

// declarationSchemas reads Apple's files on declarations, by the type of declaration
// or of credential.
func declarationSchemas(t *testing.T) map[string]schemaFile {
	t.Helper()
	reference := os.Getenv("EASKIT_REFERENCE")
	if reference == "" {
		t.Skip("EASKIT_REFERENCE names no folder with Apple's schema files")
	}
	all := map[string]schemaFile{}
	for _, pattern := range []string{"*.yaml", "*/*.yaml", "*/*/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(reference, "apple", "*", "declarative", "declarations", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var s schemaFile
			if err := yaml.Unmarshal(data, &s); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			all[s.Payload.DeclarationType+s.Payload.CredentialType] = s
		}
	}
	return all
}

// credentials are the types of what assets refer to.
var credentials = map[string]string{
	"com.apple.asset.credential.userpassword": "com.apple.credential.usernameandpassword",
	"com.apple.asset.credential.identity":     "com.apple.credential.identity",
	"com.apple.asset.credential.scep":         "com.apple.credential.scep",
	"com.apple.asset.credential.acme":         "com.apple.credential.acme",
}

// Every key that is written stands in Apple's schema for iPhones of the version to
// serve, with its type and a value that it allows; none is missing that has to be
// there; and each reference leads to an asset of a type that is allowed there.
func TestDeclarationsAgainstAppleSchema(t *testing.T) {
	schemas := declarationSchemas(t)
	for name, a := range declaredAccounts(t) {
		d := declare(t, a)
		kinds, files := map[string]string{}, map[string][]byte{}
		for _, asset := range d.Assets {
			kinds[asset.Identifier] = asset.Type
		}
		for _, f := range d.Data {
			files[hostedAt+f.Name] = f.Content
		}
		for _, one := range append(slices.Clone(d.Assets), d.Configuration) {
			t.Run(name+"/"+one.Type, func(t *testing.T) {
				judgeDeclaration(t, schemas, kinds, one)
			})
			if kind := credentials[one.Type]; kind != "" {
				t.Run(name+"/"+kind, func(t *testing.T) {
					at := one.Payload["Reference"].(map[string]any)["DataURL"].(string)
					judgeWhole(t, schemas, kind, kinds, files[at])
				})
			}
		}
	}
}

func judgeDeclaration(t *testing.T, schemas map[string]schemaFile, kinds map[string]string, d ios.Declaration) {
	t.Helper()
	whole, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(d.Payload)
	if err != nil {
		t.Fatal(err)
	}
	judgeWhole(t, schemas, d.Type, kinds, payload)
	if base, ok := schemas["any"]; ok {
		judger{t, kinds}.dictionary("", base.PayloadKeys, decoded(t, whole))
	}
}

// judgeWhole judges a payload or the content of a data file.
func judgeWhole(t *testing.T, schemas map[string]schemaFile, kind string, kinds map[string]string, content []byte) {
	t.Helper()
	s, ok := schemas[kind]
	if !ok {
		t.Skip("EASKIT_REFERENCE names no folder with Apple's schema files of " + kind)
	}
	j := judger{t, kinds}
	j.support(kind, s.Payload.SupportedOS)
	j.dictionary("", s.PayloadKeys, decoded(t, content))
}

func decoded(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var d map[string]any
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// judger compares values with keys of the schema; kinds are the types of assets by
// identifier.
type judger struct {
	*testing.T
	kinds map[string]string
}

func (j judger) support(path string, os schemaOS) {
	j.Helper()
	if os.IOS.Introduced == "" {
		return
	}
	major, _, _ := strings.Cut(os.IOS.Introduced, ".")
	if since, err := strconv.Atoi(major); err != nil || since > declaredSince {
		j.Errorf("%s: iOS %s knows it, and iOS %d is served", path, os.IOS.Introduced, declaredSince)
	}
}

func (j judger) dictionary(path string, keys []schemaKey, d map[string]any) {
	j.Helper()
	if len(keys) == 0 {
		return // the payload of the declaration that holds for all types
	}
	for name, v := range d {
		at := slices.IndexFunc(keys, func(k schemaKey) bool { return k.Key == name })
		if at < 0 {
			j.Errorf("%s%s is not in Apple's schema", path, name)
			continue
		}
		j.value(path+name, keys[at], v)
	}
	for _, k := range keys {
		if _, there := d[k.Key]; k.Presence == "required" && !there {
			j.Errorf("%s%s has to be there", path, k.Key)
		}
	}
}

func (j judger) value(path string, k schemaKey, v any) {
	j.Helper()
	j.support(path, k.SupportedOS)
	if !typed(k.Type, v) {
		j.Errorf("%s: %T, Apple says %s", path, v, k.Type)
		return
	}
	if len(k.RangeList) > 0 && !slices.ContainsFunc(k.RangeList, func(a any) bool { return fmt.Sprint(a) == fmt.Sprint(v) }) {
		j.Errorf("%s: %v is none of Apple's %v", path, v, k.RangeList)
	}
	if text, _ := v.(string); len(k.AssetTypes) > 0 && !slices.Contains(k.AssetTypes, j.kinds[text]) {
		j.Errorf("%s: %q is an asset of type %q, Apple says %v", path, text, j.kinds[text], k.AssetTypes)
	}
	switch v := v.(type) {
	case map[string]any:
		j.dictionary(path+".", k.SubKeys, v)
	case []any:
		for i, item := range v {
			j.value(fmt.Sprintf("%s[%d]", path, i), k.SubKeys[0], item)
		}
	}
}

// typed reports whether a value of JSON is of a type of Apple's schema; data is in
// Base64.
func typed(apple string, v any) bool {
	switch v := v.(type) {
	case string:
		_, err := base64.StdEncoding.DecodeString(v)
		return apple == "<string>" || apple == "<data>" && v != "" && err == nil
	case bool:
		return apple == "<boolean>"
	case float64:
		return apple == "<integer>" && v == float64(int64(v))
	case []any:
		return apple == "<array>"
	case map[string]any:
		return apple == "<dictionary>"
	}
	return false
}
