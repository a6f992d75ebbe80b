package schema_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/easkit/easkit/certs/graph/schema"
)

const (
	mail   = "iosEasEmailProfileConfiguration"
	custom = "iosCustomConfiguration"
	apps   = "androidManagedStoreAppConfiguration"
	assign = "deviceConfigurationAssignment"
	scep   = "iosScepCertificateProfile"
)

// The verdict on an object of a type, for a purpose: the path of each breach with a
// part of its reason.
func TestBreaches(t *testing.T) {
	const s, c, u = schema.Stored, schema.Creating, schema.Updating
	for _, test := range []struct {
		does    string
		typ     string
		purpose schema.Purpose
		object  string
		want    []string
	}{
		{"nothing", mail, s, `{}`, nil},
		{"what an answer carries besides", mail, s, `{"@odata.context": "x", "@microsoft.graph.tips": "x", "id": "1", "assignments@odata.context": "x", "#assign": {}}`, nil},
		{"a profile as the service answers", scep, s, `{"@microsoft.graph.tips": "x", "description": null, "deviceManagementApplicabilityRuleOsEdition": null,
			"subjectAlternativeNameType": null, "subjectNameFormat": "custom", "keyUsage": "keyEncipherment,digitalSignature", "keySize": "size2048",
			"customSubjectAlternativeNames": [], "rootCertificate@odata.navigationLink": "x", "version": 1}`, nil},
		{"an assignment as the service answers", mail, s, `{"assignments@odata.context": "x", "assignments": [{"id": "1_2", "source": "direct", "sourceId": "1", "intent": "apply",
			"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "deviceAndAppManagementAssignmentFilterId": null,
			"deviceAndAppManagementAssignmentFilterType": "none", "groupId": "2"}}]}`, nil},
		{"annotations in a body", mail, u, `{"@odata.context": "x", "@microsoft.graph.tips": "x", "assignments@odata.context": "x"}`, []string{
			`@microsoft.graph.tips: The annotation`, `@odata.context: The annotation`, `assignments@odata.context: The annotation`,
		}},
		{"an unknown property", mail, s, `{"hostname2": "x"}`, []string{`hostname2: Invalid property "hostname2"`}},
		{"the wrong case", mail, s, `{"hostname": "x"}`, []string{`hostname: Invalid property`}},
		{"an unknown property of a type that is shown in part", "androidManagedStoreApp", s, `{"isPrivate": true}`, nil},
		{"the same when it is set", "androidManagedStoreApp", u, `{"isPrivate": true}`, []string{`isPrivate: Invalid property`}},
		{"null", mail, s, `{"description": null, "useOAuth": null, "identityCertificate": null}`, nil},
		{"null where it must not be", mail, s, `{"hostName": null, "roleScopeTagIds": null}`, []string{
			`hostName: Property "hostName" must not be null`, `roleScopeTagIds: Property "roleScopeTagIds" must be a collection, not null`,
		}},
		{"null in a collection", mail, s, `{"roleScopeTagIds": ["0", null]}`, []string{`roleScopeTagIds[1]: Property`}},
		{"the wrong JSON", mail, s, `{"hostName": 1, "requireSsl": "true", "version": 1.5, "roleScopeTagIds": "0", "easServices": ["email"], "createdDateTime": "yesterday"}`, []string{
			`createdDateTime: Cannot convert the value of property "createdDateTime" (a string) to Edm.DateTimeOffset`,
			`easServices: Property "easServices" must be a string of "easServices", not a collection`,
			`hostName: Cannot convert the value of property "hostName" (a number) to Edm.String`,
			`requireSsl: Cannot convert the value of property "requireSsl" (a string) to Edm.Boolean`,
			`roleScopeTagIds: Property "roleScopeTagIds" must be a collection, not a string`,
			`version: Cannot convert the value of property "version" (a number) to Edm.Int32`,
		}},
		{"no base64", custom, s, `{"payload": "<?xml"}`, []string{`payload: Cannot convert the value of property "payload" (a string) to Edm.Binary`}},
		{"no object", mail, s, `{"deviceManagementApplicabilityRuleOsVersion": "10"}`, []string{`deviceManagementApplicabilityRuleOsVersion: Property`}},
		{"a time with an offset", mail, s, `{"createdDateTime": "2026-12-31T23:58:46.7156189-08:00"}`, nil},

		{"read-only, as it is", mail, s, `{"id": "1", "version": 7}`, nil},
		{"read-only, created", mail, c, `{"displayName": "x", "id": "1", "version": 7}`, []string{`id: Property "id" of`, `version: Property "version" of`}},
		{"read-only, updated", mail, u, `{"version": 7}`, []string{`version: Property "version" of "iosEasEmailProfileConfiguration" is read-only`}},
		{"required, created", custom, c, `{"payload": ""}`, []string{`displayName: A value is required`, `payloadName: A value is required`}},
		{"required, updated", custom, u, `{"payload": ""}`, nil},
		{"required, as it is", custom, s, `{"payload": ""}`, nil},

		{"a relationship in the object", mail, s, `{"identityCertificate": {"@odata.type": "#microsoft.graph.iosScepCertificateProfile", "keyUsage": "digitalSignature"}}`, nil},
		{"a relationship in a body", mail, u, `{"identityCertificate": {}}`, []string{`identityCertificate: "identityCertificate" of "iosEasEmailProfileConfiguration" is a relationship`}},
		{"a reference", mail, c, `{"displayName": "x", "identityCertificate@odata.bind": "https://graph.microsoft.com/beta/x"}`, nil},
		{"a reference of a property", mail, c, `{"displayName": "x", "hostName@odata.bind": "x"}`, []string{`hostName@odata.bind: "hostName" is no relationship`}},
		{"a reference of nothing", mail, c, `{"displayName": "x", "certificate@odata.bind": "x"}`, []string{`certificate@odata.bind: "certificate" is no relationship`}},
		{"an abstract relationship", mail, s, `{"identityCertificate": {}}`, []string{`identityCertificate: "iosCertificateProfileBase" is no object of its own`}},
		{"a relationship of another kind", mail, s, `{"identityCertificate": {"@odata.type": "#microsoft.graph.iosImportedPFXCertificateProfile"}}`, []string{
			`identityCertificate: "iosCertificateProfileBase" is no object`, `identityCertificate.@odata.type: identityCertificate.@odata.type is "#microsoft.graph.iosImportedPFXCertificateProfile"`,
		}},

		{"its type", mail, u, `{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration"}`, nil},
		{"another type", mail, u, `{"@odata.type": "#microsoft.graph.iosCustomConfiguration"}`, []string{`@odata.type: @odata.type is "#microsoft.graph.iosCustomConfiguration": it must be "#microsoft.graph.iosEas`}},
		{"its type without #", mail, u, `{"@odata.type": "microsoft.graph.iosEasEmailProfileConfiguration"}`, []string{`@odata.type: @odata.type is`}},
		{"a type that is no text", mail, u, `{"@odata.type": {"a": 1}}`, []string{`@odata.type: @odata.type must be a string, not an object`}},
		{"a case", assign, c, `{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "1"}}`, nil},
		{"a case without #", assign, c, `{"target": {"@odata.type": "microsoft.graph.exclusionGroupAssignmentTarget", "groupId": "1"}}`, nil},
		{"what the case lacks", assign, c, `{"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget", "groupId": "1"}}`, []string{`target.groupId: Invalid property "target.groupId"`}},
		{"no case", assign, c, `{"target": {"groupId": "1"}}`, []string{`target: "deviceAndAppManagementAssignmentTarget" is no object of its own`, `target.groupId: Invalid property`}},

		{"a long key", mail, s, `{"` + strings.Repeat("k", 100) + `": 1}`, []string{strings.Repeat("k", 100) + `: Invalid property "` + strings.Repeat("k", 59) + `…": "iosEas`}},

		{"flags", mail, u, `{"easServices": "calendars, contacts,email"}`, nil},
		{"a flag that is none", mail, u, `{"easServices": "calendars,tasks"}`, []string{`easServices: Invalid value "tasks" of property "easServices"`}},
		{"a list where one is taken", mail, u, `{"emailAddressSource": "userPrincipalName,primarySmtpAddress"}`, []string{`emailAddressSource: Invalid value`}},
		{"a capital, as it is", apps, s, `{"profileApplicability": "AndroidWorkProfile"}`, nil},
		{"a capital, updated", apps, u, `{"profileApplicability": "AndroidWorkProfile"}`, []string{`profileApplicability: Invalid value "AndroidWorkProfile"`}},
		{"in a collection", apps, u, `{"permissionActions": [{"action": "prompt"}, {"action": "ask", "extra": 1}]}`, []string{
			`permissionActions[1].action: Invalid value "ask"`, `permissionActions[1].extra: Invalid property "permissionActions[1].extra"`,
		}},
		{"a long value of an enum", scep, s, `{"keySize": "` + strings.Repeat("x", 61) + `"}`, []string{`keySize: Invalid value "` + strings.Repeat("x", 59) + `…" of`}},
		{"one that is just short enough", scep, s, `{"keySize": "` + strings.Repeat("ä", 60) + `"}`, []string{`keySize: Invalid value "` + strings.Repeat("ä", 60) + `" of`}},
		{"a long type", mail, s, `{"@odata.type": "` + strings.Repeat("x", 100) + `"}`, []string{`@odata.type: @odata.type is "` + strings.Repeat("x", 59) + `…": it must`}},
		{"as many as are allowed", scep, u, names(500), nil},
		{"too many", scep, u, names(501), []string{`customSubjectAlternativeNames: Property "customSubjectAlternativeNames" has 501 items, at most 500`}},
	} {
		t.Run(test.does, func(t *testing.T) {
			catalogue := schema.NewCatalogue(schema.Intune())
			o := object(t, test.object)
			breaches := catalogue.Breaches(test.typ, o, test.purpose)
			if len(breaches) != len(test.want) {
				t.Fatalf("got %q, want %q", breaches, test.want)
			}
			for i, breach := range breaches {
				if got := breach.Path + ": " + breach.Reason; !strings.HasPrefix(got, test.want[i]) {
					t.Errorf("got %q, want %q", got, test.want[i])
				}
			}
			err := catalogue.Check(test.typ, o, test.purpose)
			var first *schema.Breach
			if errors.As(err, &first); len(breaches) > 0 && (first == nil || *first != *breaches[0]) || len(breaches) == 0 && err != nil {
				t.Errorf("Check gives %v, which is not the first breach", err)
			}
		})
	}
}

// names is an object with so many alternative names.
func names(n int) string {
	return `{"customSubjectAlternativeNames": [` + strings.TrimSuffix(strings.Repeat(`{"sanType": "emailAddress"},`, n), ",") + `]}`
}

// Whatever a server sends, the walker says on one line what is wrong with it.
func FuzzBreaches(f *testing.F) {
	types := schema.Intune()
	catalogue := schema.NewCatalogue(types)
	f.Add(byte(0), byte(0), []byte(`{"@odata.type": 1, "assignments": [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget"}}]}`))
	f.Add(byte(6), byte(1), []byte(`{"identityCertificate@odata.bind": "x", "easServices": "email, none", "\n": null}`))
	f.Add(byte(7), byte(2), []byte(`{"roleScopeTagIds": [null, {}], "deviceManagementApplicabilityRuleOsEdition": {"osEditionTypes": ["a\nb"]}}`))
	f.Fuzz(func(t *testing.T, typ, purpose byte, text []byte) {
		var o map[string]any
		if json.Unmarshal(text, &o) != nil {
			return
		}
		name := types[int(typ)%len(types)].Name
		for _, breach := range catalogue.Breaches(name, o, schema.Purpose(purpose%3)) {
			if breach.Reason == "" || strings.ContainsFunc(breach.Reason, unicode.IsControl) {
				t.Errorf("%s: %q", name, breach.Reason)
			}
		}
	})
}
