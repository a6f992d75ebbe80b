package schema

import "slices"

// appConfiguration is what every app configuration of managed devices has. Read-only and
// required are from
// https://learn.microsoft.com/graph/api/resources/intune-apps-manageddevicemobileappconfiguration?view=graph-rest-beta
// and the pages of the same place on each type.
func appConfiguration() []Property {
	return []Property{
		{Name: "id", EDM: "Edm.String", ReadOnly: true},
		{Name: "createdDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
		{Name: "description", EDM: "Edm.String", Nullable: true},
		{Name: "displayName", EDM: "Edm.String", Required: true},
		{Name: "lastModifiedDateTime", EDM: "Edm.DateTimeOffset", ReadOnly: true},
		{Name: "roleScopeTagIds", EDM: "Edm.String", Collection: true},
		{Name: "targetedMobileApps", EDM: "Edm.String", Collection: true},
		{Name: "version", EDM: "Edm.Int32", ReadOnly: true},
		{Name: "assignments", EDM: "managedDeviceMobileAppConfigurationAssignment", Collection: true, Navigation: true},
		{Name: "deviceStatuses", EDM: "managedDeviceMobileAppConfigurationDeviceStatus", Collection: true, Navigation: true},
		{Name: "deviceStatusSummary", EDM: "managedDeviceMobileAppConfigurationDeviceSummary", Navigation: true},
		{Name: "userStatuses", EDM: "managedDeviceMobileAppConfigurationUserStatus", Collection: true, Navigation: true},
		{Name: "userStatusSummary", EDM: "managedDeviceMobileAppConfigurationUserSummary", Navigation: true},
	}
}

// appConfigurationTypes are app configurations of managed devices.
func appConfigurationTypes() []Type {
	return []Type{
		{Name: "managedDeviceMobileAppConfiguration", Kind: Entity, Abstract: true, Properties: appConfiguration()},
		{Name: "androidManagedStoreAppConfiguration", Kind: Entity, Base: "managedDeviceMobileAppConfiguration", Properties: slices.Concat(appConfiguration(), []Property{
			{Name: "appSupportsOemConfig", EDM: "Edm.Boolean", ReadOnly: true},
			{Name: "connectedAppsEnabled", EDM: "Edm.Boolean"},
			{Name: "credentialProviderRoleState", EDM: "androidAppCredentialProviderRoleState", Nullable: true},
			{Name: "packageId", EDM: "Edm.String", Nullable: true},
			{Name: "payloadJson", EDM: "Edm.String", Nullable: true},
			{Name: "permissionActions", EDM: "androidPermissionAction", Collection: true},
			{Name: "profileApplicability", EDM: "androidProfileApplicability"},
		})},
		{Name: "iosMobileAppConfiguration", Kind: Entity, Base: "managedDeviceMobileAppConfiguration", Properties: slices.Concat(appConfiguration(), []Property{
			{Name: "encodedSettingXml", EDM: "Edm.Binary", Nullable: true},
			{Name: "settings", EDM: "appConfigurationSettingItem", Collection: true},
		})},
		{Name: "androidPermissionAction", Kind: Complex, Properties: []Property{
			{Name: "action", EDM: "androidPermissionActionType"},
			{Name: "permission", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "appConfigurationSettingItem", Kind: Complex, Properties: []Property{
			{Name: "appConfigKey", EDM: "Edm.String"},
			{Name: "appConfigKeyType", EDM: "mdmAppConfigKeyType"},
			{Name: "appConfigKeyValue", EDM: "Edm.String"},
		}},
	}
}

// appSchemaTypes say which configuration an app from Google Play understands.
func appSchemaTypes() []Type {
	return []Type{
		{Name: "androidManagedStoreAppConfigurationSchema", Kind: Entity, Properties: []Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "exampleJson", EDM: "Edm.Binary", Nullable: true},
			{Name: "nestedSchemaItems", EDM: "androidManagedStoreAppConfigurationSchemaItem", Collection: true},
			{Name: "schemaItems", EDM: "androidManagedStoreAppConfigurationSchemaItem", Collection: true},
		}},
		{Name: "androidManagedStoreAppConfigurationSchemaItem", Kind: Complex, Properties: []Property{
			{Name: "dataType", EDM: "androidManagedStoreAppConfigurationSchemaItemDataType"},
			{Name: "defaultBoolValue", EDM: "Edm.Boolean", Nullable: true},
			{Name: "defaultIntValue", EDM: "Edm.Int32", Nullable: true},
			{Name: "defaultStringArrayValue", EDM: "Edm.String", Collection: true},
			{Name: "defaultStringValue", EDM: "Edm.String", Nullable: true},
			{Name: "description", EDM: "Edm.String", Nullable: true},
			{Name: "displayName", EDM: "Edm.String", Nullable: true},
			{Name: "index", EDM: "Edm.Int32"},
			{Name: "parentIndex", EDM: "Edm.Int32", Nullable: true},
			{Name: "schemaItemKey", EDM: "Edm.String", Nullable: true},
			{Name: "selections", EDM: "keyValuePair", Collection: true},
		}},
		{Name: "keyValuePair", Kind: Complex, Properties: []Property{
			{Name: "name", EDM: "Edm.String"},
			{Name: "value", EDM: "Edm.String", Nullable: true},
		}},
	}
}
