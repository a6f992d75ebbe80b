package graphtest

import (
	"encoding/json"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
)

// TestIntuneSeed: what is read back is a seed of the same, and answers are as the tables
// say.
func TestIntuneSeed(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	id, err := b.server.AddIntune(Object{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "displayName": "Mail",
		"identityCertificate": "SCEP", "assignments": []any{"Sales", map[string]any{"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := b.server.IntuneObjects()
	if err != nil {
		t.Fatal(err)
	}
	mail := first[len(first)-1]
	if mail.text("id") != id || mail.text("identityCertificate") != "iosScepCertificateProfile" || len(first) != 6 {
		t.Errorf("the mail profile is %v", mail)
	}
	tenant := intuneTenant()
	if err := json.Unmarshal([]byte(marshal(t, first)), &tenant.IntuneObjects); err != nil {
		t.Fatal(err)
	}
	again, err := start(t, tenant, Options{}).server.IntuneObjects()
	if err != nil || marshal(t, first) != marshal(t, again) {
		t.Errorf("seeded again: %v, want %v; %v", again, first, err)
	}
	for _, o := range b.want(200, "GET", devices, nil).value() {
		o := Object(o.(map[string]any))
		for key, value := range o { // what the seed leaves open is null here
			if value == nil {
				delete(o, key)
			}
		}
		if err := b.server.types.Check(kindOf(o), o, schema.Stored); err != nil {
			t.Errorf("%s: %v", o.text("displayName"), err)
		}
	}
	if err := b.server.RemoveIntune(id); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"remove twice":     b.server.RemoveIntune(id),
		"a group":          b.server.Assign("root", "Nobody"),
		"an object":        b.server.Assign("nothing", "Sales"),
		"a property":       b.server.ChangeIntune("root", Object{"colour": "red"}),
		"a seed's type":    func() error { _, err := b.server.AddIntune(Object{"displayName": "x"}); return err }(),
		"a seed's group":   seedError(Object{"assignments": []any{"Nobody"}}),
		"a seed's target":  seedError(Object{"identityCertificate": "Nobody"}),
		"a seed's colour":  seedError(Object{"colour": "red"}),
		"no certificates":  seedError(Object{"certificates": []any{map[string]any{}}}),
		"root as identity": seedError(Object{"identityCertificate": "Root"}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// seedError adds what is wrong to the seed of a mail profile.
func seedError(wrong Object) error {
	tenant := intuneTenant()
	tenant.IntuneObjects = append(tenant.IntuneObjects,
		Object{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "displayName": "Mail"}.merged(wrong))
	_, err := New(tenant, Options{})
	return err
}
