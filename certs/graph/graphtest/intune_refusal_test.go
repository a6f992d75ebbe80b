package graphtest

import (
	"strings"
	"testing"
)

// TestIntuneBreaches sends what Intune's collections refuse. The state of some of these
// decides: they are no violations.
func TestIntuneBreaches(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	mail, gmail := mailBody("Mail"), gmailBody(gmailPayload)
	bound := func(to string) any {
		return changed(mail, "identityCertificate@odata.bind", strings.ReplaceAll(to, "HOST", b.url))
	}
	scep := devices + "/iosScepCertificateProfile"
	scepType := "#microsoft.graph.iosScepCertificateProfile"
	root := devices + "('root')"
	tests := []struct {
		name, method, path string
		body               any
		status             int
		says               string
		violation          bool
	}{
		{"unknown property", "POST", devices, changed(mail, "colour", "red"), 400, `"colour"`, true},
		{"read-only property", "POST", devices, changed(mail, "version", 7), 400, "read-only", true},
		{"unknown enum member", "POST", devices, changed(mail, "durationOfEmailToSync", "forever"), 400, "oneMonth", true},
		{"no name", "POST", devices, lacking(mail, "displayName"), 400, "displayName", true},
		{"no type", "POST", devices, lacking(mail, "@odata.type"), 400, "@odata.type", true},
		{"abstract type", "POST", devices, map[string]any{"@odata.type": "#microsoft.graph.iosCertificateProfileBase", "displayName": "x"}, 400, "iosCertificateProfileBase", true},
		{"unknown type", "POST", devices, changed(mail, "@odata.type", "#microsoft.graph.iosThing"), 400, "iosThing", true},
		{"type of the other collection", "POST", devices, gmail, 400, "deviceConfiguration", true},
		{"relationship inside the body", "POST", devices, changed(mail, "identityCertificate", map[string]any{"id": "x"}), 400, "relationship", true},
		{"bind to a wrong type", "POST", devices, bound("HOST" + root), 400, "iosCertificateProfileBase", true},
		{"bind to an imported certificate", "POST", devices, bound("HOST" + devices + "/pfx"), 400, "iosImportedPFXCertificateProfile", true},
		{"bind to another server", "POST", devices, bound("https://example.com" + root), 400, "example.com", true},
		{"bind to v1.0", "POST", devices, bound("HOST/v1.0" + devicePath + "('root')"), 400, "v1.0", true},
		{"bind to nothing", "POST", devices, bound("HOST" + devices + "('nobody')"), 404, "nobody", false},
		{"bind of no relationship", "POST", devices, changed(mail, "hostName@odata.bind", b.url+root), 400, "hostName", true},
		{"PATCH without a type", "PATCH", scep, map[string]any{"description": "x"}, 400, "@odata.type", true},
		{"PATCH of another type", "PATCH", scep, map[string]any{"@odata.type": mail["@odata.type"], "hostName": "x"}, 400, "iosScepCertificateProfile", true},
		{"PATCH of a read-only property", "PATCH", scep, map[string]any{"@odata.type": scepType, "id": "x"}, 400, "read-only", true},
		{"PATCH of nothing", "PATCH", scep, map[string]any{"@odata.type": scepType}, 400, "nothing", true},
		{"PUT of an object", "PUT", scep, mail, 405, "method", true},
		{"relationship without $ref", "PUT", scep + "/microsoft.graph.iosScepCertificateProfile/rootCertificate", mail, 405, "method", true},
		{"reference to a wrong type", "PUT", scep + "/rootCertificate/$ref", map[string]any{"@odata.id": b.url + devices + "('pfx')"}, 400, "iosTrustedRootCertificate", true},
		{"reference with something besides", "PUT", scep + "/rootCertificate/$ref", map[string]any{"@odata.id": b.url + root, "x": 1}, 400, "@odata.id", true},
		{"reference that the type has not", "PUT", scep + "/identityCertificate/$ref", map[string]any{"@odata.id": b.url + root}, 400, "identityCertificate", true},
		{"reference to many", "GET", scep + "/managedDeviceCertificateStates/$ref", nil, 400, "segment", true},
		{"cast to something else", "GET", scep + "/microsoft.graph.user/rootCertificate", nil, 400, "segment", true},
		{"states without the type", "GET", scep + "/managedDeviceCertificateStates", nil, 400, "segment", true},
		{"assignments without a list", "POST", scep + "/assign", map[string]any{}, 400, "assignments", true},
		{"assignment without a target", "POST", scep + "/assign", map[string]any{"assignments": []any{map[string]any{}}}, 400, "target", true},
		{"target without a type", "POST", scep + "/assign", assigning(lacking(groupTargetOf("Sales"), "@odata.type")), 400, "@odata.type", true},
		{"target without a group", "POST", scep + "/assign", assigning(lacking(groupTargetOf("Sales"), "groupId")), 400, "groupId", true},
		{"a group twice", "POST", scep + "/assign", assigning(groupTargetOf("Sales"), groupTargetOf("Sales")), 400, "twice", true},
		{"a group that is not there", "POST", scep + "/assign", assigning(groupTargetOf("Nobody")), 400, "does not exist", false},
		{"app that is not there", "POST", appConfigs, changed(gmail, "targetedMobileApps", []string{"nine"}), 400, "nine", false},
		{"no app", "POST", appConfigs, changed(gmail, "targetedMobileApps", []string{}), 400, "no app", true},
		{"app of the other platform", "POST", appConfigs, changed(gmail, "targetedMobileApps", []string{"outlook"}), 400, "iosStoreApp", true},
		{"another app's package", "POST", appConfigs, changed(gmail, "packageId", "app:com.example"), 400, "com.google.android.gm", true},
		{"payload in plain JSON", "POST", appConfigs, changed(gmail, "payloadJson", gmailPayload), 400, "base64", true},
		{"payload of no JSON", "POST", appConfigs, changed(gmail, "payloadJson", "AAAA"), 400, "JSON", true},
		{"payload of another kind", "POST", appConfigs, gmailBody(`{"kind":"x"}`), 400, managedConfiguration, true},
		{"payload for another app", "POST", appConfigs, gmailBody(strings.Replace(gmailPayload, "app:com", "com", 1)), 400, "packageId", true},
		{"$select of a case's property", "GET", "/beta" + mobileAppPath + "?$select=bundleId", nil, 400, "bundleId", true},
		{"$filter by an unknown type", "GET", "/beta" + mobileAppPath + "?$filter=isof('microsoft.graph.symbianApp')", nil, 400, "symbianApp", true},
		{"v1.0", "GET", "/v1.0" + devicePath, nil, 400, "segment", true},
		{"v1.0 of apps", "POST", "/v1.0" + appConfigPath, gmail, 400, "segment", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(b.server.Violations())
			b := *b
			b.t = t
			r := b.want(test.status, test.method, test.path, test.body)
			if !strings.Contains(r.message(), test.says) {
				t.Errorf("the message is %q, it must name %q", r.message(), test.says)
			}
			if got := len(b.server.Violations()) > before; got != test.violation {
				t.Errorf("violation: %t, want %t", got, test.violation)
			}
		})
	}
	if lost := b.server.LostCertificates(); len(lost) > 0 {
		t.Errorf("refused requests cost certificates: %+v", lost)
	}
}

// TestIntunePermissions: who may read and write what.
func TestIntunePermissions(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	role := []string{IntuneAdministrator}
	tests := []struct {
		name, method, path string
		token              TokenOptions
		status             int
	}{
		{"read", "GET", devices, TokenOptions{Scopes: []string{"DeviceManagementConfiguration.Read.All"}, DirectoryRoles: []string{}}, 200},
		{"write without the permission", "DELETE", devices + "/root", TokenOptions{Scopes: []string{"DeviceManagementConfiguration.Read.All"}, DirectoryRoles: role}, 403},
		{"write without the role", "DELETE", devices + "/root", TokenOptions{Scopes: []string{"DeviceManagementConfiguration.ReadWrite.All"}, DirectoryRoles: []string{AuthenticationAdministrator}}, 403},
		{"read apps with the permission for devices", "GET", appConfigs, TokenOptions{Scopes: []string{"DeviceManagementConfiguration.ReadWrite.All"}}, 403},
		{"read apps", "GET", "/beta" + mobileAppPath, TokenOptions{Roles: []string{"DeviceManagementApps.Read.All"}}, 200},
		{"write", "DELETE", devices + "/root", TokenOptions{Scopes: []string{"DeviceManagementConfiguration.ReadWrite.All"}, DirectoryRoles: role}, 204},
		{"write as an app", "DELETE", devices + "/root2", TokenOptions{Roles: []string{"DeviceManagementConfiguration.ReadWrite.All"}}, 204},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := *b
			b.t, b.token = t, b.server.Token(test.token)
			b.want(test.status, test.method, test.path, nil)
		})
	}
	b.clean()
}
