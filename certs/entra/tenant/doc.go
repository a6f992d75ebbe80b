// Package tenant says what a tenant of Entra ID is set to, and whether users can
// sign in to their mail with a certificate under it.
//
// A [Snapshot] is read once, from Microsoft Graph by [Collect] or from a folder
// by [Open]. Both give the same, and what could not be read is named in it: it is
// never taken for something that the tenant does not have. [Snapshot.Check] judges
// the tenant as a whole and [CheckUser] one of its users.
//
// Nothing here writes to a tenant, and nothing but the [Reader] uses the network.
package tenant
