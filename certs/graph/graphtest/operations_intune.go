package graphtest

import "github.com/easkit/easkit/certs/graph/schema"

// The permissions of Intune's collections, the same for users and for apps
// (https://learn.microsoft.com/graph/api/intune-deviceconfig-deviceconfiguration-list?view=graph-rest-beta,
// https://learn.microsoft.com/graph/api/intune-apps-manageddevicemobileappconfiguration-list?view=graph-rest-beta).
var (
	readDevices     = []string{"DeviceManagementConfiguration.Read.All", "DeviceManagementConfiguration.ReadWrite.All"}
	writeDevices    = []string{"DeviceManagementConfiguration.ReadWrite.All"}
	readMobileApps  = []string{"DeviceManagementApps.Read.All", "DeviceManagementApps.ReadWrite.All"}
	writeMobileApps = []string{"DeviceManagementApps.ReadWrite.All"}
	administerApps  = []string{IntuneAdministrator}
)

// The paths and types of Intune.
const (
	devicePath    = "/deviceManagement/deviceConfigurations"
	deviceType    = "deviceConfiguration"
	appConfigPath = "/deviceAppManagement/mobileAppConfigurations"
	appConfigType = "managedDeviceMobileAppConfiguration"
	mobileAppPath = "/deviceAppManagement/mobileApps"
	mobileAppType = "mobileApp"
	appSchemaPath = "/deviceManagement/androidManagedStoreAppConfigurationSchemas"
	stateType     = "managedDeviceCertificateState"
)

func intuneOperations() []operation {
	operations := []operation{listOfGroups(beta)}
	for _, k := range collections() {
		operations = append(operations, k.operations()...)
	}
	operations = append(operations, relationOperations()...)
	for _, op := range []operation{
		{path: mobileAppPath, entity: mobileAppType, options: append([]string{"$filter"}, paged...), filters: intuneFilters(), handle: (*Server).listMobileApps},
		{path: mobileAppPath + "/{}", entity: mobileAppType, options: []string{"$select"}, handle: (*Server).getMobileApp},
	} {
		operations = append(operations, op.reading(readMobileApps))
	}
	schemas := operation{path: appSchemaPath + "/{}", entity: "androidManagedStoreAppConfigurationSchema", handle: (*Server).getAppSchema}
	return append(operations, schemas.reading(readDevices))
}

// reading is an operation of beta that reads, for those who have the permissions.
func (op operation) reading(permissions []string) operation {
	op.version, op.delegated, op.application = beta, permissions, permissions
	if op.method == "" {
		op.method = "GET"
	}
	return op
}

// writing is an operation of beta that changes something.
func (op operation) writing(permissions []string) operation {
	op = op.reading(permissions)
	op.roles = administerApps
	op.hasBody = op.body != schema.Stored
	return op
}

// expandable is the relationship that $expand takes at Intune's objects.
const expandable = "assignments"

// operations are what can be done with the objects of a collection as such.
func (k collection) operations() []operation {
	one := k.path + "/{}"
	all := []operation{
		operation{path: k.path, entity: k.entity, options: append([]string{"$filter", "$expand"}, paged...), expand: expandable, filters: intuneFilters(), handle: k.list}.reading(k.read),
		operation{method: "POST", path: k.path, entity: k.entity, cases: true, body: schema.Creating, handle: k.create}.writing(k.write),
		operation{path: one, entity: k.entity, options: []string{"$select", "$expand"}, expand: expandable, handle: k.get}.reading(k.read),
		operation{method: "PATCH", path: one, entity: k.entity, cases: true, body: schema.Updating, handle: k.update}.writing(k.write),
		operation{method: "DELETE", path: one, entity: k.entity, handle: k.delete}.writing(k.write),
		operation{path: one + "/assignments", entity: k.assignment, options: paged, handle: k.listAssignments}.reading(k.read),
	}
	for _, path := range k.assignPaths {
		all = append(all, operation{method: "POST", path: path, entity: k.assignment, bodyType: k.parameters(), body: schema.Creating, handle: k.assign}.writing(k.write))
	}
	return all
}

// relationOperations follow and set what device configurations refer to. Those at $ref
// come first: $ref is the name of no relationship.
func relationOperations() []operation {
	var all []operation
	for _, path := range []string{devicePath + "/{}/{}/$ref", devicePath + "/{}/{}/{}/$ref"} {
		all = append(all,
			operation{path: path, entity: deviceType, handle: (*Server).getReference}.reading(readDevices),
			operation{method: "PUT", path: path, entity: deviceType, reference: true, body: schema.Creating, handle: (*Server).putReference}.writing(writeDevices))
	}
	return append(all,
		operation{path: devicePath + "/{}/{}/managedDeviceCertificateStates", entity: stateType, options: paged, handle: (*Server).listCertificates}.reading(readDevices),
		operation{path: devicePath + "/{}/{}/{}", entity: deviceType, options: []string{"$select"}, handle: (*Server).getRelated}.reading(readDevices))
}
