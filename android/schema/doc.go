// Package schema reads the table of keys that an Android app publishes of its own
// managed configuration (its app restrictions), in any of the forms in which the table
// is handed out, and judges configurations by it: names, types, values and nesting.
//
// The forms are the Application of the Android Management API (managedProperties), the
// AppRestrictionsSchema of the Google Play EMM API, Microsoft Graph's
// androidManagedStoreAppConfigurationSchema, and app_restrictions.xml out of the app's
// package. What a table leaves open, such as entries that are a reference to a resource
// of the app, is not judged.
package schema
