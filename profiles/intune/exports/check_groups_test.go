package exports_test

import (
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune/exports"
)

// Where answers are missing, the one object that is there is not the one that is meant,
// and one whose assignments go on elsewhere is for nobody knows whom.
func TestGroupsOfPart(t *testing.T) {
	const mail, certificate = `{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "displayName": "Mail", "authenticationMethod": "certificate", "assignments": [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "a"}}]`,
		`{"@odata.type": "#microsoft.graph.iosScepCertificateProfile", "displayName": "Certificate", "assignments": [{"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": "b"}}]}`
	for _, test := range []struct {
		name, file string
		want       preflight.Status
	}{
		{"whole", `{"value": [` + mail + `}, ` + certificate + `]}`, preflight.StatusWarn},
		{"a page", `{"@odata.nextLink": "https://graph.microsoft.com/beta/x", "value": [` + mail + `}, ` + certificate + `]}`, preflight.StatusSkip},
		{"an empty page", `[` + mail + `}, ` + certificate + `, {"@odata.nextLink": "https://graph.microsoft.com/beta/x", "value": []}]`, preflight.StatusSkip},
		{"an error", `[` + mail + `}, ` + certificate + `, {"error": {"code": "Forbidden"}}]`, preflight.StatusSkip},
		{"a page of assignments", `{"value": [` + mail + `, "assignments@odata.nextLink": "https://graph.microsoft.com/beta/x"}, ` + certificate + `]}`, preflight.StatusSkip},
	} {
		all, passed, err := exports.Read("x.json", []byte(test.file))
		if err != nil || len(all) != 2 {
			t.Fatalf("%s: %d objects, %v", test.name, len(all), err)
		}
		for _, f := range exports.Check(preflight.Scenario{At: corpusTime}, all, exports.Options{Passed: passed})[0].Findings {
			if f.Check == "intune.groups" && (f.Status != test.want || f.Unchecked != (test.want == preflight.StatusSkip)) {
				t.Errorf("%s: %s: %s", test.name, f.Status, f.Message)
			}
		}
	}
}
