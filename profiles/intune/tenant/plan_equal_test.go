package tenant

import (
	"encoding/base64"
	"slices"
	"testing"

	"github.com/easkit/easkit/profiles/intune"
)

// What Graph gives back in other words than it was sent is no change.
func TestDifferent(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	san := func(kind string) any { return map[string]any{"sanType": kind, "name": "{{EmailAddress}}"} }
	typed := map[string]any{"@odata.type": "#microsoft.graph.customSubjectAlternativeName", "sanType": "emailAddress", "name": "{{EmailAddress}}"}
	tests := []struct {
		name, property string
		want, have     any
		differs        bool
	}{
		{"the same text", "hostName", "a", "a", false},
		{"another text", "hostName", "a", "A", true},
		{"flags in another order", "easServices", "email,contacts", "contacts, email", false},
		{"other flags", "easServices", "email,contacts", "email", true},
		{"false and null", "requireSmime", false, nil, false},
		{"true and null", "requireSsl", true, nil, true},
		{"null and true", "requireSsl", nil, true, true},
		{"an enum's first member and null", "signingCertificateType", "none", nil, false},
		{"an empty list and null", "permissionActions", []any{}, nil, false},
		{"no text and null", "encodedSettingXml", "", nil, false},
		{"a number and null", "certificateValidityPeriodValue", 1.0, nil, true},
		{"the same number", "certificateValidityPeriodValue", 1.0, 1.0, false},
		{"base64 with a line break", "payload", b64("a long text"), b64("a long text")[:8] + "\r\n" + b64("a long text")[8:], false},
		{"other bytes", "payload", b64("a"), b64("b"), true},
		{"no base64", "payload", "%", b64("b"), true},
		{"JSON in another order", "payloadJson", b64(`{"a":1,"b":[1,2]}`), b64(`{ "b":[1,2], "a":1 }`), false},
		{"other JSON", "payloadJson", b64(`{"a":1}`), b64(`{"a":2}`), true},
		{"a list in another order", "customSubjectAlternativeNames", []any{san("emailAddress"), san("userPrincipalName")}, []any{san("userPrincipalName"), san("emailAddress")}, false},
		{"an item twice", "customSubjectAlternativeNames", []any{san("emailAddress"), san("emailAddress")}, []any{san("userPrincipalName"), san("emailAddress")}, true},
		{"one item more", "customSubjectAlternativeNames", []any{san("emailAddress")}, []any{san("userPrincipalName"), san("emailAddress")}, true},
		{"an item that names its type", "customSubjectAlternativeNames", []any{san("emailAddress")}, []any{typed}, false},
		{"the portal's capital", "settings", []any{map[string]any{"appConfigKeyType": "stringType"}}, []any{map[string]any{"appConfigKeyType": "StringType"}}, false},
		{"scope tags, which are the tenant's", "roleScopeTagIds", []any{"0"}, []any{"7"}, false},
		{"another kind of value", "hostName", "1", 1.0, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := different(intune.Object{"@odata.type": "#microsoft.graph.a", test.property: test.want}, intune.Object{"@odata.type": "#microsoft.graph.b", test.property: test.have, "version": 3.0})
			if differs := slices.Equal(got, []string{test.property}); differs != test.differs || len(got) > 1 {
				t.Errorf("different: %v", got)
			}
		})
	}
}

// The type of a certificate's names says nothing beside names of its own.
func TestNamesOfItsOwn(t *testing.T) {
	names := []any{map[string]any{"sanType": "emailAddress", "name": "{{EmailAddress}}"}}
	for _, have := range []any{nil, "none", "userPrincipalName"} {
		for _, want := range []intune.Object{{"customSubjectAlternativeNames": names}, {"subjectAlternativeNameType": "userPrincipalName", "customSubjectAlternativeNames": names}} {
			if got := different(want, intune.Object{"subjectAlternativeNameType": have, "customSubjectAlternativeNames": names}); len(got) > 0 {
				t.Errorf("%v: %q", have, got)
			}
		}
	}
	if got := different(intune.Object{"subjectAlternativeNameType": "userPrincipalName"}, intune.Object{"subjectAlternativeNameType": "none"}); len(got) != 1 {
		t.Errorf("without such names: %q", got)
	}
}

// A certificate's labels are no settings.
func TestSameContent(t *testing.T) {
	want := intune.Object{"displayName": "a", "description": "b", "keySize": "size2048"}
	if !sameContent(want, intune.Object{"displayName": "x", "keySize": "size2048"}) || sameContent(want, intune.Object{"displayName": "a", "description": "b", "keySize": "size4096"}) {
		t.Error("labels count, or settings don't")
	}
}
