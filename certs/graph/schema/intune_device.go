package schema

import "slices"

// deviceConfiguration is what every configuration of devices has. Read-only and required
// are from https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-deviceconfiguration?view=graph-rest-beta,
// limits and what else is required from the pages of the same place on each type. The
// examples of how to create one send a version, which the service counts itself.
func deviceConfiguration() []Property {
	return []Property{
		{Name: "id", EDM: "Edm.String", ReadOnly: true},
		{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
		{Name: "description", EDM: "Edm.String", Nullable: true},
		{Name: "deviceManagementApplicabilityRuleDeviceMode", EDM: "deviceManagementApplicabilityRuleDeviceMode", Nullable: true},
		{Name: "deviceManagementApplicabilityRuleOsEdition", EDM: "deviceManagementApplicabilityRuleOsEdition", Nullable: true},
		{Name: "deviceManagementApplicabilityRuleOsVersion", EDM: "deviceManagementApplicabilityRuleOsVersion", Nullable: true},
		{Name: "displayName", EDM: "Edm.String", Required: true},
		{Name: "lastModifiedDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
		{Name: "roleScopeTagIds", EDM: "Edm.String", Collection: true},
		{Name: "supportsScopeTags", EDM: "Edm.Boolean", ReadOnly: true},
		{Name: "version", EDM: "Edm.Int32", ReadOnly: true},
		{Name: "assignments", EDM: "deviceConfigurationAssignment", Collection: true, Navigation: true},
		{Name: "deviceSettingStateSummaries", EDM: "settingStateDeviceSummary", Collection: true, Navigation: true},
		{Name: "deviceStatuses", EDM: "deviceConfigurationDeviceStatus", Collection: true, Navigation: true},
		{Name: "deviceStatusOverview", EDM: "deviceConfigurationDeviceOverview", Navigation: true},
		{Name: "groupAssignments", EDM: "deviceConfigurationGroupAssignment", Collection: true, Navigation: true},
		{Name: "userStatuses", EDM: "deviceConfigurationUserStatus", Collection: true, Navigation: true},
		{Name: "userStatusOverview", EDM: "deviceConfigurationUserOverview", Navigation: true},
	}
}

// deviceTypes are configurations of devices as such, and when they apply.
func deviceTypes() []Type {
	return []Type{
		{Name: "deviceConfiguration", Kind: Entity, Abstract: true, Properties: deviceConfiguration()},
		{Name: "iosCustomConfiguration", Kind: Entity, Base: "deviceConfiguration", Properties: slices.Concat(deviceConfiguration(), []Property{
			{Name: "payload", EDM: "Edm.Binary", Required: true},
			{Name: "payloadFileName", EDM: "Edm.String", Nullable: true},
			{Name: "payloadName", EDM: "Edm.String", Required: true},
		})},
		{Name: "deviceManagementApplicabilityRuleDeviceMode", Kind: Complex, Properties: []Property{
			{Name: "deviceMode", EDM: "windows10DeviceModeType"},
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "ruleType", EDM: "deviceManagementApplicabilityRuleType"},
		}},
		{Name: "deviceManagementApplicabilityRuleOsEdition", Kind: Complex, Properties: []Property{
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "osEditionTypes", EDM: "windows10EditionType", Collection: true},
			{Name: "ruleType", EDM: "deviceManagementApplicabilityRuleType"},
		}},
		{Name: "deviceManagementApplicabilityRuleOsVersion", Kind: Complex, Properties: []Property{
			{Name: "maxOSVersion", EDM: "Edm.String", Nullable: true},
			{Name: "minOSVersion", EDM: "Edm.String", Nullable: true},
			{Name: "name", EDM: "Edm.String", Nullable: true},
			{Name: "ruleType", EDM: "deviceManagementApplicabilityRuleType"},
		}},
	}
}
