package graphtest

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

const (
	devices    = "/beta" + devicePath
	appConfigs = "/beta" + appConfigPath
)

// groupTargetOf and assigning make the body that assigns something to groups.
func groupTargetOf(name string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": stableID("group", name)}
}

func assigning(targets ...map[string]any) map[string]any {
	all := []any{}
	for _, target := range targets {
		all = append(all, map[string]any{"target": target})
	}
	return map[string]any{"assignments": all}
}

// intuneTenant has two groups more, apps for both platforms, and certificate profiles
// of both kinds with two certificates each.
func intuneTenant() Tenant {
	tenant := NewTenant()
	tenant.Groups = append(tenant.Groups, Group{DisplayName: "Sales", SecurityEnabled: true}, Group{DisplayName: "Pilot", SecurityEnabled: true})
	tenant.MobileApps = []Object{
		{"@odata.type": "#microsoft.graph.androidManagedStoreApp", "id": "gmail", "displayName": "Gmail", "packageId": "app:com.google.android.gm"},
		{"@odata.type": "#microsoft.graph.iosStoreApp", "id": "outlook", "displayName": "Outlook", "bundleId": "com.microsoft.Office.Outlook"},
		{"@odata.type": "#microsoft.graph.managedIOSStoreApp", "id": "edge", "displayName": "Edge", "bundleId": "com.microsoft.msedge"},
	}
	tenant.AppConfigurationSchemas = []Object{{"id": "app:com.google.android.gm", "schemaItems": []any{
		map[string]any{"schemaItemKey": "email_address", "dataType": "string", "index": 0}}}}
	profile := func(kind, name string) Object {
		return Object{"@odata.type": "#microsoft.graph." + kind, "id": kind, "displayName": name, "description": "",
			"renewalThresholdPercentage": 20, "assignments": []any{"Sales", "Pilot"}, "certificates": []any{
				map[string]any{"userDisplayName": "Alice Example", "deviceDisplayName": "iPhone of Alice", "group": "Sales"},
				map[string]any{"userDisplayName": "Bob Example", "deviceDisplayName": "iPhone of Bob", "group": "Pilot"}}}
	}
	scep := profile("iosScepCertificateProfile", "SCEP")
	scep["rootCertificate"] = "Root"
	tenant.IntuneObjects = []Object{
		{"@odata.type": "#microsoft.graph.iosTrustedRootCertificate", "id": "root", "displayName": "Root", "trustedRootCertificate": "AAAA"},
		{"@odata.type": "#microsoft.graph.iosTrustedRootCertificate", "id": "root2", "displayName": "Another root", "trustedRootCertificate": "AAAA"},
		scep, profile("iosPkcsCertificateProfile", "PKCS"),
		{"@odata.type": "#microsoft.graph.iosImportedPFXCertificateProfile", "id": "pfx", "displayName": "PFX", "intendedPurpose": "smimeSigning"},
	}
	return tenant
}

// mailBody is the body that makes a mail profile for iOS.
func mailBody(name string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "displayName": name, "accountName": "Mail",
		"hostName": "outlook.office365.com", "emailAddressSource": "primarySmtpAddress", "usernameSource": "userPrincipalName",
		"durationOfEmailToSync": "oneMonth", "requireSsl": true, "authenticationMethod": "certificate"}
}

// gmailBody is the body that configures Gmail for Android; payload is its JSON.
func gmailBody(payload string) map[string]any {
	return map[string]any{"@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration", "displayName": "Gmail", "targetedMobileApps": []string{"gmail"},
		"packageId": "app:com.google.android.gm", "profileApplicability": "androidWorkProfile", "payloadJson": base64.StdEncoding.EncodeToString([]byte(payload))}
}

const gmailPayload = `{"kind":"androidenterprise#managedConfiguration","productId":"app:com.google.android.gm","managedProperty":[]}`

// names lists the displayNames of a page.
func (r reply) names() []string {
	var all []string
	for _, o := range r.value() {
		all = append(all, Object(o.(map[string]any)).text("displayName"))
	}
	return all
}

// TestDeviceConfiguration goes through the life of a mail profile.
func TestDeviceConfiguration(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	body := mailBody("Mail")
	body["identityCertificate@odata.bind"] = b.url + devices + "('iosPkcsCertificateProfile')"
	made := b.want(201, "POST", devices, body).body
	if made["version"] != 1.0 || made["createdDateTime"] != stamp(b.clock.Now()) || made["supportsScopeTags"] != true || made["useOAuth"] != nil {
		t.Errorf("the new profile is %v", made)
	}
	b.want(201, "POST", devices, body) // two may have the same name
	one := devices + "/" + made["id"].(string)
	b.clock.Add(time.Minute)
	changed := b.want(200, "PATCH", one, map[string]any{"@odata.type": body["@odata.type"], "useOAuth": true}).body
	if changed["version"] != 2.0 || changed["useOAuth"] != true || changed["hostName"] != body["hostName"] ||
		changed["createdDateTime"] != made["createdDateTime"] || changed["lastModifiedDateTime"] != stamp(b.clock.Now()) {
		t.Errorf("after PATCH: %v", changed)
	}
	if got := b.want(200, "GET", one, nil).body; marshal(t, got) != marshal(t, changed) {
		t.Errorf("GET gives %v", got)
	}

	related := one + "/microsoft.graph.iosEasEmailProfileConfiguration/"
	if got := b.want(200, "GET", related+"identityCertificate", nil).body["displayName"]; got != "PKCS" {
		t.Errorf("the identity is %v", got)
	}
	b.want(404, "GET", related+"smimeSigningCertificate", nil)
	b.want(404, "GET", one+"/smimeSigningCertificate/$ref", nil)
	b.want(204, "PUT", related+"smimeSigningCertificate/$ref", map[string]any{"@odata.id": b.url + devices + "('pfx')"})
	b.want(204, "PUT", one+"/identityCertificate/$ref", map[string]any{"@odata.id": b.url + devices + "/iosScepCertificateProfile"})
	if got := b.want(200, "GET", one+"/identityCertificate/$ref", nil).body["@odata.id"]; got != b.url+devices+"('iosScepCertificateProfile')" {
		t.Errorf("the reference is %v", got)
	}
	b.want(200, "GET", devices+"/iosScepCertificateProfile/microsoft.graph.iosScepCertificateProfile/rootCertificate", nil)
	b.want(404, "GET", one+"/microsoft.graph.iosScepCertificateProfile/rootCertificate", nil)

	b.want(204, "DELETE", one, nil)
	b.want(404, "GET", one, nil)
	b.want(404, "DELETE", one, nil)
	b.want(404, "PATCH", one, map[string]any{"@odata.type": body["@odata.type"], "useOAuth": true})
	b.clean()
}

// TestAppConfiguration goes through the life of an app configuration for either platform.
func TestAppConfiguration(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	gmail := b.want(201, "POST", appConfigs, gmailBody(gmailPayload)).body
	b.want(201, "POST", appConfigs, map[string]any{"@odata.type": "#microsoft.graph.iosMobileAppConfiguration", "displayName": "Outlook",
		"targetedMobileApps": []string{"outlook"}, "settings": []any{map[string]any{
			"appConfigKey": "IntuneMAMUPN", "appConfigKeyType": "stringType", "appConfigKeyValue": "{{userprincipalname}}"}}})
	one := appConfigs + "/" + gmail["id"].(string)
	b.want(204, "POST", one+"/assign", assigning(groupTargetOf("Sales")))
	b.want(204, "POST", one+"/microsoft.graph.managedDeviceMobileAppConfiguration/assign", assigning(groupTargetOf("Pilot"), groupTargetOf("Sales")))
	if got := b.want(200, "GET", one+"/assignments?$top=1", nil); len(got.value()) != 1 || got.body["@odata.nextLink"] == nil {
		t.Errorf("assignments: %v", got.body)
	}
	if got := b.want(200, "PATCH", one, map[string]any{"@odata.type": gmail["@odata.type"], "description": "x"}).body; got["version"] != 2.0 {
		t.Errorf("after PATCH: %v", got)
	}
	filter := "?$filter=" + url.QueryEscape("isof('microsoft.graph.iosMobileAppConfiguration')")
	if got := b.want(200, "GET", appConfigs+filter, nil).names(); !slices.Equal(got, []string{"Outlook"}) {
		t.Errorf("for iOS: %q", got)
	}
	b.want(204, "DELETE", one, nil)
	b.clean()
}

// TestAssignReplaces: what is not in the new list is assigned no more.
func TestAssignReplaces(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	made := b.want(201, "POST", devices, mailBody("Mail")).body
	one := devices + "/" + made["id"].(string)
	excluded := changed(groupTargetOf("Pilot"), "@odata.type", "#microsoft.graph.exclusionGroupAssignmentTarget")
	everybody := map[string]any{"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
	tests := []struct {
		targets []map[string]any
		want    []any // as IntuneObjects gives them
	}{
		{[]map[string]any{groupTargetOf("Sales"), groupTargetOf("Pilot")}, []any{"Sales", "Pilot"}},
		{[]map[string]any{groupTargetOf("Certificate users")}, []any{"Certificate users"}},
		{[]map[string]any{everybody, excluded}, []any{Object(everybody), Object(excluded)}},
		{nil, nil},
	}
	for _, test := range tests {
		answer := b.want(200, "POST", one+"/assign", assigning(test.targets...))
		list := b.want(200, "GET", one+"/assignments", nil)
		if marshal(t, answer.value()) != marshal(t, list.value()) || len(list.value()) != len(test.want) {
			t.Errorf("assign answers %v, the list is %v", answer.value(), list.value())
		}
		b.want(200, "POST", one+"/assign", map[string]any{"assignments": list.value()}) // all as it was read
		if again := b.want(200, "GET", one+"/assignments", nil); marshal(t, again.body) != marshal(t, list.body) {
			t.Errorf("posted back: %v, want %v", again.body, list.body)
		}
		objects, err := b.server.IntuneObjects()
		if err != nil {
			t.Fatal(err)
		}
		held, _ := objects[len(objects)-1]["assignments"].([]any)
		for i := range held {
			if target, ok := held[i].(map[string]any); ok {
				delete(target, "deviceAndAppManagementAssignmentFilterId")
				delete(target, "deviceAndAppManagementAssignmentFilterType")
			}
		}
		if marshal(t, held) != marshal(t, test.want) && len(test.want) > 0 {
			t.Errorf("assigned to %v, want %v", held, test.want)
		}
	}
	b.clean()
}

// TestIntuneExpand: assignments come inside of their objects where somebody asks for them.
func TestIntuneExpand(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	pkcs := devices + "/iosPkcsCertificateProfile"
	list := b.want(200, "GET", pkcs+"/assignments", nil).value()
	if got := b.want(200, "GET", pkcs+"?$expand=assignments", nil).body["assignments"]; len(list) != 2 || marshal(t, got) != marshal(t, list) {
		t.Errorf("one object: %v, want %v", got, list)
	}
	if got := b.want(200, "GET", pkcs, nil).body; got["assignments"] != nil {
		t.Errorf("nobody asked: %v", got)
	}
	for _, o := range b.want(200, "GET", devices+"?$expand=assignments&$top=2", nil).value() {
		if got, ok := o.(map[string]any)["assignments"].([]any); !ok || len(got) != 0 {
			t.Errorf("in the list: %v", o)
		}
	}
	b.want(201, "POST", appConfigs, gmailBody(gmailPayload))
	if got := b.want(200, "GET", appConfigs+"?$expand=assignments", nil).value(); len(got) != 1 || marshal(t, got[0].(map[string]any)["assignments"]) != "[]" {
		t.Errorf("app configurations: %v", got)
	}
	b.clean()
	b.want(400, "GET", devices+"?$expand=deviceStatuses", nil)
}

// TestIntuneCovers: who is left out keeps no certificate.
func TestIntuneCovers(t *testing.T) {
	target := func(kind, group, filter string) Object {
		return Object{"@odata.type": namespace + kind, "groupId": group, "deviceAndAppManagementAssignmentFilterType": filter}
	}
	assigned := func(intent string, targets ...Object) (list []Object) {
		for _, o := range targets {
			list = append(list, Object{"intent": intent, "target": map[string]any(o)})
		}
		return list
	}
	everybody, group := target(allUsersTarget, "", "none"), target(groupTarget, "sales", "")
	narrow := target(groupTarget, "sales", "include")
	for _, test := range []struct {
		name         string
		list, before []Object
		want         bool
	}{
		{"its group", assigned("apply", group), nil, true},
		{"everybody", assigned("apply", everybody), nil, true},
		{"another group", assigned("apply", target(groupTarget, "pilot", "")), nil, false},
		{"everybody but the group", assigned("apply", everybody, target(exclusionTarget, "sales", "")), nil, false},
		{"everybody, and taken from the group", append(assigned("apply", everybody), assigned("remove", group)...), nil, false},
		{"a new filter", assigned("apply", narrow), assigned("apply", group), false},
		{"the filter as it was", assigned("apply", narrow), assigned("apply", narrow), true},
	} {
		if got := covers(test.list, test.before, "sales"); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// TestIntunePages goes through 250 profiles, to which a colleague adds one while the
// first page is on its way.
func TestIntunePages(t *testing.T) {
	tenant := NewTenant()
	for i := range 250 {
		tenant.IntuneObjects = append(tenant.IntuneObjects, Object{"@odata.type": "#microsoft.graph.iosCustomConfiguration",
			"displayName": fmt.Sprintf("Profile %03d", i), "payloadName": "x", "payload": "AAAA"})
	}
	for _, test := range []struct{ size, pages int }{{0, 3}, {7, 36}} {
		var b *bench
		first := true
		added := tenant.IntuneObjects[0].with("displayName", "Profile 250")
		b = start(t, tenant, Options{PageSize: test.size, OnRequest: func(Request) {
			if !first {
				return
			}
			first = false
			if _, err := b.server.AddIntune(added); err != nil {
				t.Error(err)
			}
		}})
		var names []string
		pages := 0
		for next := devices + "?$select=id,displayName"; next != ""; pages++ {
			r := b.want(200, "GET", next, nil)
			names = append(names, r.names()...)
			next, _ = r.body["@odata.nextLink"].(string)
		}
		if len(names) != 251 || !slices.IsSorted(names) || pages != test.pages {
			t.Errorf("%d names on %d pages, want %d", len(names), pages, test.pages)
		}
		b.clean()
	}
}

// TestIntuneFilters: lists by name and by type.
func TestIntuneFilters(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	apps := "/beta" + mobileAppPath
	tests := []struct {
		path, filter string
		want         []string
	}{
		{devices, "displayName eq 'Root'", []string{"Root"}},
		{devices, "displayName eq 'Nobody''s'", nil},
		{devices, "isof('microsoft.graph.iosCertificateProfileBase')", []string{"SCEP", "PKCS"}},
		{apps, "isof('microsoft.graph.androidManagedStoreApp')", []string{"Gmail"}},
		{apps, "isof('microsoft.graph.iosStoreApp') or isof('microsoft.graph.managedIOSStoreApp') or isof('microsoft.graph.iosVppApp')", []string{"Outlook", "Edge"}},
		{"/v1.0/groups", "displayName eq 'sales'", []string{"Sales"}},
		{"/beta/groups", "displayName eq 'Certificate users'", []string{"Certificate users"}},
	}
	for _, test := range tests {
		if got := b.want(200, "GET", test.path+"?$filter="+url.QueryEscape(test.filter), nil).names(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.filter, got, test.want)
		}
	}
	got := b.want(200, "GET", apps+"/gmail?$select=id,microsoft.graph.androidManagedStoreApp/packageId", nil).body
	delete(got, "@odata.context")
	if want := `{"@odata.type":"#microsoft.graph.androidManagedStoreApp","id":"gmail","packageId":"app:com.google.android.gm"}`; marshal(t, got) != want {
		t.Errorf("the app is %s", marshal(t, got))
	}
	if got := b.want(200, "GET", "/beta"+appSchemaPath+"/app:com.google.android.gm", nil).body["schemaItems"].([]any); len(got) != 1 {
		t.Errorf("the schema has %v", got)
	}
	b.clean()
}

// TestIntuneLagsAndFails: the knobs and faults of the server are for these collections
// as well.
func TestIntuneLagsAndFails(t *testing.T) {
	b := start(t, intuneTenant(), Options{ReadsBehind: 1})
	one := devices + "/" + b.want(201, "POST", devices, mailBody("Mail")).body["id"].(string)
	b.want(404, "GET", one, nil)
	b.want(200, "GET", one, nil)
	b.want(200, "POST", one+"/assign", assigning(groupTargetOf("Sales"))) // writers are never behind
	if got := b.want(200, "GET", one+"/assignments", nil).value(); len(got) != 0 {
		t.Errorf("a reader is not behind: %v", got)
	}
	if got := b.want(200, "GET", one+"/assignments", nil).value(); len(got) != 1 {
		t.Errorf("a reader never catches up: %v", got)
	}
	for _, test := range []struct {
		fault Fault
		count int
	}{{Fault{Method: "POST", Cut: CutBefore}, 0}, {Fault{Method: "POST", Cut: CutAfter}, 1}} {
		if err := b.server.SetFaults(test.fault); err != nil {
			t.Fatal(err)
		}
		if _, err := b.try("POST", devices, mailBody("cut "+test.fault.Cut)); err == nil {
			t.Error("an answer came over a connection that was cut")
		}
		b.want(200, "GET", devices, nil) // behind
		if got := b.want(200, "GET", devices+"?$filter=displayName+eq+'cut+"+test.fault.Cut+"'", nil).value(); len(got) != test.count {
			t.Errorf("cut %s: %d objects", test.fault.Cut, len(got))
		}
	}
	if err := b.server.SetFaults(Fault{PathContains: devicePath, Status: 429, RetryAfter: 3}, Fault{PathContains: appConfigPath, Status: 503}); err != nil {
		t.Fatal(err)
	}
	if got := b.want(429, "GET", devices, nil).header.Get("Retry-After"); got != "3" {
		t.Errorf("Retry-After is %q", got)
	}
	b.want(503, "POST", appConfigs, gmailBody(gmailPayload))
	b.want(201, "POST", appConfigs, gmailBody(gmailPayload))
	b.clean()
}
