package schema

import "slices"

// assignmentTarget is what all targets have.
func assignmentTarget() []Property {
	return []Property{
		{Name: "deviceAndAppManagementAssignmentFilterId", EDM: "Edm.String", Nullable: true},
		{Name: "deviceAndAppManagementAssignmentFilterType", EDM: "deviceAndAppManagementAssignmentFilterType"},
	}
}

// groupTarget is what both targets have that are groups.
func groupTarget() []Property {
	return slices.Concat(assignmentTarget(), []Property{
		{Name: "groupId", EDM: "Edm.String", Nullable: true},
	})
}

// assignmentTypes say whom a configuration is for. Read-only is from
// https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-deviceconfigurationassignment?view=graph-rest-beta.
func assignmentTypes() []Type {
	return []Type{
		{Name: "deviceConfigurationAssignment", Kind: Entity, Properties: []Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "intent", EDM: "deviceConfigAssignmentIntent", Nullable: true},
			{Name: "source", EDM: "deviceAndAppManagementAssignmentSource", ReadOnly: true},
			{Name: "sourceId", EDM: "Edm.String", Nullable: true, ReadOnly: true},
			{Name: "target", EDM: "deviceAndAppManagementAssignmentTarget", Nullable: true},
		}},
		{Name: "managedDeviceMobileAppConfigurationAssignment", Kind: Entity, Properties: []Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "target", EDM: "deviceAndAppManagementAssignmentTarget", Nullable: true},
		}},
		{Name: "deviceAndAppManagementAssignmentTarget", Kind: Complex, Abstract: true, Properties: assignmentTarget()},
		{Name: "allDevicesAssignmentTarget", Kind: Complex, Base: "deviceAndAppManagementAssignmentTarget", Properties: assignmentTarget()},
		{Name: "allLicensedUsersAssignmentTarget", Kind: Complex, Base: "deviceAndAppManagementAssignmentTarget", Properties: assignmentTarget()},
		{Name: "configurationManagerCollectionAssignmentTarget", Kind: Complex, Base: "deviceAndAppManagementAssignmentTarget", Properties: slices.Concat(assignmentTarget(), []Property{
			{Name: "collectionId", EDM: "Edm.String", Nullable: true},
		})},
		{Name: "groupAssignmentTarget", Kind: Complex, Base: "deviceAndAppManagementAssignmentTarget", Properties: groupTarget()},
		{Name: "exclusionGroupAssignmentTarget", Kind: Complex, Base: "groupAssignmentTarget", Properties: groupTarget()},
	}
}
