package graphtest

import (
	"slices"
	"testing"

	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/graph/schema/schematest"
)

// TestRevocation is what Microsoft says of what happens to certificates.
func TestRevocation(t *testing.T) {
	scep, pkcs := "iosScepCertificateProfile", "iosPkcsCertificateProfile"
	edit := func(kind, property string, value any) func(*bench) {
		return func(b *bench) {
			b.want(200, "PATCH", devices+"/"+kind, map[string]any{"@odata.type": "#microsoft.graph." + kind, property: value})
		}
	}
	assign := func(kind string, targets ...map[string]any) func(*bench) {
		return func(b *bench) { b.want(200, "POST", devices+"/"+kind+"/assign", assigning(targets...)) }
	}
	sales, pilot := groupTargetOf("Sales"), groupTargetOf("Pilot")
	everybody := map[string]any{"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
	notPilot := changed(pilot, "@odata.type", "#microsoft.graph.exclusionGroupAssignmentTarget")
	lost := func(profile, user, cause string, revoked, removed bool) LostCertificate {
		return LostCertificate{profile, user + " Example", "iPhone of " + user, cause, revoked, removed}
	}
	tests := []struct {
		name string
		do   func(*bench)
		want []LostCertificate
	}{
		{"rename a SCEP profile", edit(scep, "displayName", "New"), nil},
		{"describe a SCEP profile", edit(scep, "description", "New"), nil},
		{"tag a SCEP profile", edit(scep, "roleScopeTagIds", []string{"1"}), nil},
		{"set what is set", edit(scep, "renewalThresholdPercentage", 20), nil},
		{"edit a SCEP profile", edit(scep, "renewalThresholdPercentage", 30), []LostCertificate{lost("SCEP", "Alice", CauseEdited, true, false), lost("SCEP", "Bob", CauseEdited, true, false)}},
		{"give a SCEP profile its root", func(b *bench) {
			b.want(204, "PUT", devices+"/"+scep+"/rootCertificate/$ref", map[string]any{"@odata.id": b.url + devices + "('root')"})
		}, nil},
		{"give a SCEP profile another root", func(b *bench) {
			b.want(204, "PUT", devices+"/"+scep+"/rootCertificate/$ref", map[string]any{"@odata.id": b.url + devices + "('root2')"})
		}, []LostCertificate{lost("SCEP", "Alice", CauseEdited, true, false), lost("SCEP", "Bob", CauseEdited, true, false)}},
		{"edit a PKCS profile", edit(pkcs, "renewalThresholdPercentage", 30), nil},
		{"assign SCEP to more", assign(scep, pilot, sales, groupTargetOf("Certificate users")), nil},
		{"assign SCEP to everybody", assign(scep, everybody), nil},
		{"take SCEP from a group", assign(scep, sales), []LostCertificate{lost("SCEP", "Bob", CauseUnassigned, true, true)}},
		{"except a group", assign(scep, everybody, notPilot), []LostCertificate{lost("SCEP", "Bob", CauseUnassigned, true, true)}},
		{"take PKCS from a group", assign(pkcs, pilot), []LostCertificate{lost("PKCS", "Alice", CauseUnassigned, false, true)}},
		{"delete SCEP", func(b *bench) { b.want(204, "DELETE", devices+"/"+scep, nil) },
			[]LostCertificate{lost("SCEP", "Alice", CauseDeleted, true, true), lost("SCEP", "Bob", CauseDeleted, true, true)}},
		{"lose none twice", func(b *bench) { assign(scep, sales)(b); assign(scep)(b) },
			[]LostCertificate{lost("SCEP", "Bob", CauseUnassigned, true, true), lost("SCEP", "Alice", CauseUnassigned, true, true)}},
		{"a colleague takes SCEP away", func(b *bench) {
			if err := b.server.Assign(scep, "Pilot"); err != nil {
				b.t.Error(err)
			}
		}, []LostCertificate{lost("SCEP", "Alice", CauseUnassigned, true, true)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := start(t, intuneTenant(), Options{})
			test.do(b)
			if got := b.server.LostCertificates(); !slices.Equal(got, test.want) {
				t.Errorf("lost %+v, want %+v", got, test.want)
			}
			b.clean()
		})
	}
}

// TestCertificateStates: what is lost is seen in the states of the profile.
func TestCertificateStates(t *testing.T) {
	b := start(t, intuneTenant(), Options{})
	states := devices + "/iosScepCertificateProfile/microsoft.graph.iosScepCertificateProfile/managedDeviceCertificateStates?$select=certificateIssuanceState,certificateRevokeStatus"
	check := func(want ...string) {
		t.Helper()
		var got []string
		for _, o := range b.want(200, "GET", states, nil).value() {
			o := Object(o.(map[string]any))
			got = append(got, o.text("certificateIssuanceState")+" "+o.text("certificateRevokeStatus"))
		}
		if !slices.Equal(got, want) {
			t.Errorf("states %q, want %q", got, want)
		}
	}
	check("issued none", "issued none")
	b.want(200, "POST", devices+"/iosScepCertificateProfile/assign", assigning(groupTargetOf("Sales")))
	check("issued none", "removedFromCollection revoked")
	if err := b.server.ChangeIntune("iosScepCertificateProfile", Object{"renewalThresholdPercentage": 50}); err != nil {
		t.Fatal(err)
	}
	check("revoked revoked", "removedFromCollection revoked")
	b.clean()
}

// TestCertificateStatesAreDeclared compares the one table of Intune that is kept here
// with Microsoft's declarations of beta.
func TestCertificateStatesAreDeclared(t *testing.T) {
	types := schematest.Read(t, "EASKIT_GRAPH_BETA_TYPES", schema.IntuneDeclarations)
	for _, table := range certificateStateTypes() {
		name := schematest.Name(table.Name)
		if types[name] == nil || !slices.Equal(types[name].Members, table.Members) {
			t.Fatalf("%s is declared as %+v", table.Name, types[name])
		}
		declared := types.Properties(name)
		for _, p := range table.Properties {
			if err := schematest.Compare(p, declared[p.Name]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
