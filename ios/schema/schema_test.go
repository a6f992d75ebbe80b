package schema

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/ios/plist"
)

func TestVersion(t *testing.T) {
	if got := (Version{12, 2}).String(); got != "12.2" {
		t.Errorf("got %q", got)
	}
	if got := (Version{}).String(); got != "" {
		t.Errorf("no version is %q", got)
	}
	order := []Version{{}, {9, 2}, {10, 0}, {10, 3}, {12, 0}}
	for i := range order {
		for j := range order {
			if got := order[i].After(order[j]); got != (i > j) {
				t.Errorf("%v after %v: %t", order[i], order[j], got)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	if p := Lookup("com.apple.security.scep"); p == nil || p.Title != "SCEP" {
		t.Errorf("got %+v", p)
	}
	if p := Lookup("com.apple.wifi.managed"); p != nil || !Known("com.apple.wifi.managed") {
		t.Errorf("a payload that is only known: %+v", p)
	}
	if Known("com.contoso.mail") || Known("") {
		t.Error("known, but not Apple's")
	}
}

// The tables are sound: no name twice, values of the type that they are for, and a
// format that is judged for each that Apple gives.
func TestTables(t *testing.T) {
	for _, p := range append(Payloads(), Top(), Common()) {
		walkKeys(p.Type, p.Keys, func(path string, k Key, siblings []Key) {
			same := slices.DeleteFunc(slices.Clone(siblings), func(s Key) bool { return s.Name != k.Name })
			if len(same) != 1 {
				t.Errorf("%s is there %d times", path, len(same))
			}
			for _, value := range append(slices.Clone(k.Allowed), k.Default) {
				if value != nil && kindOf(value) != k.Type {
					t.Errorf("%s: %v is no %s", path, value, k.Type)
				}
			}
			if k.Pattern != "" && (k.form == nil || k.Type != plist.String) {
				t.Errorf("%s: its format is not judged", path)
			}
			if container := k.Type == plist.Array || k.Type == plist.Dictionary; container != (len(k.Keys) > 0) {
				t.Errorf("%s: a %s with %d keys", path, k.Type, len(k.Keys))
			}
			if k.Replacement != "" && !slices.ContainsFunc(siblings, func(s Key) bool { return s.Name == k.Replacement }) {
				t.Errorf("%s: %s is no key", path, k.Replacement)
			}
		})
	}
}

func TestSecrets(t *testing.T) {
	var got []string
	for _, p := range Payloads() {
		walkKeys(p.Type, p.Keys, func(path string, k Key, _ []Key) {
			if k.Secret {
				got = append(got, strings.TrimPrefix(path, "com.apple."))
			}
		})
	}
	want := []string{
		"eas.account/Password", "eas.account/Certificate", "eas.account/CertificatePassword",
		"security.pkcs12/PayloadContent", "security.pkcs12/Password", "security.scep/PayloadContent/Challenge", "profileRemovalPassword/RemovalPassword",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func walkKeys(path string, keys []Key, visit func(path string, k Key, siblings []Key)) {
	for _, k := range keys {
		visit(path+"/"+k.Name, k, keys)
		walkKeys(path+"/"+k.Name, k.Keys, visit)
	}
}

func kindOf(value any) plist.Kind {
	switch value.(type) {
	case string:
		return plist.String
	case bool:
		return plist.Boolean
	case int:
		return plist.Integer
	}
	return "none"
}

// isUUID is Apple's pattern by hand.
func TestUUIDPattern(t *testing.T) {
	pattern := regexp.MustCompile(uuidPattern)
	for _, s := range []string{
		uuid, strings.ToLower(uuid), "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "",
		uuid + "\n", uuid[1:], "{" + uuid + "}", strings.ReplaceAll(uuid, "-", "_"), strings.ReplaceAll(uuid, "-", "0"),
		"-" + uuid[1:], strings.Replace(uuid, "6", "ü", 1)[:36], strings.Replace(uuid, "6", "@", 1), strings.Replace(uuid, "6", "[", 1),
	} {
		if isUUID(s) != pattern.MatchString(s) {
			t.Errorf("%q: by hand %t", s, isUUID(s))
		}
	}
}
