package schema

import "slices"

// IntuneDeclarations is the npm package whose microsoft-graph.d.ts the tables of
// [Intune] were taken from.
const IntuneDeclarations = "@microsoft/microsoft-graph-types-beta@0.44.0-preview"

// Intune gives the tables of what Microsoft Intune has of mail profiles, certificates
// and app configurations, anew with each call. They are of Graph beta: v1.0 has few of
// these types.
func Intune() []Type {
	return slices.Concat(
		deviceTypes(), mailTypes(), androidMailTypes(),
		certificateTypes(), iosCertificateTypes(), workProfileCertificateTypes(), deviceOwnerCertificateTypes(),
		appConfigurationTypes(), appSchemaTypes(), mobileAppTypes(),
		assignmentTypes(), statusTypes(), intuneEnums(),
	)
}
