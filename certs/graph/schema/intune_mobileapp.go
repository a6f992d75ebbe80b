package schema

import "slices"

// mobileApp is as much of an app as it takes to find it.
func mobileApp() []Property {
	return []Property{
		{Name: "id", EDM: "Edm.String", ReadOnly: true},
		{Name: "displayName", EDM: "Edm.String", Nullable: true},
		{Name: "publisher", EDM: "Edm.String", Nullable: true},
	}
}

// mobileAppTypes are the apps that a tenant has, as far as app configurations are made
// for them.
func mobileAppTypes() []Type {
	return []Type{
		{Name: "mobileApp", Kind: Entity, Abstract: true, Subset: true, Properties: mobileApp()},
		{Name: "androidManagedStoreApp", Kind: Entity, Base: "mobileApp", Subset: true, Properties: slices.Concat(mobileApp(), []Property{
			{Name: "appIdentifier", EDM: "Edm.String", Nullable: true},
			{Name: "packageId", EDM: "Edm.String", Nullable: true, ReadOnly: true},
		})},
		{Name: "iosStoreApp", Kind: Entity, Base: "mobileApp", Subset: true, Properties: slices.Concat(mobileApp(), []Property{
			{Name: "bundleId", EDM: "Edm.String", Nullable: true},
		})},
		{Name: "iosVppApp", Kind: Entity, Base: "mobileApp", Subset: true, Properties: slices.Concat(mobileApp(), []Property{
			{Name: "bundleId", EDM: "Edm.String", Nullable: true},
		})},
		{Name: "managedIOSStoreApp", Kind: Entity, Base: "mobileApp", Subset: true, Properties: slices.Concat(mobileApp(), []Property{
			{Name: "bundleId", EDM: "Edm.String", Nullable: true},
		})},
	}
}
