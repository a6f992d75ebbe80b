package schema

// statusTypes are what the service reports of each configuration. Only that they are
// relationships matters: an export may hold them.
func statusTypes() []Type {
	return []Type{
		{Name: "deviceConfigurationDeviceOverview", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "deviceConfigurationDeviceStatus", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "deviceConfigurationGroupAssignment", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "deviceConfigurationUserOverview", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "deviceConfigurationUserStatus", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "managedDeviceCertificateState", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "managedDeviceMobileAppConfigurationDeviceStatus", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "managedDeviceMobileAppConfigurationDeviceSummary", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "managedDeviceMobileAppConfigurationUserStatus", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "managedDeviceMobileAppConfigurationUserSummary", Kind: Entity, Subset: true, Properties: reported()},
		{Name: "settingStateDeviceSummary", Kind: Entity, Subset: true, Properties: reported()},
	}
}

// reported is as much of a report as all have.
func reported() []Property {
	return []Property{
		{Name: "id", EDM: "Edm.String", ReadOnly: true},
	}
}
