// Package entra judges what a tenant of Entra ID is given, or is about to be:
// the authorities of its trust store, and the users that certificates sign in.
//
// [CheckCA] and [Store.Check] look at authorities as Entra ID sees them: it
// builds chains by key identifiers, takes one CRL address for each CA and
// fetches it from the Internet. [CheckHolder] says which user a certificate
// signs in and by which rule, from a [Users] file and the tenant's [Domains];
// [CertificateUserIDs] writes the strings that tie a certificate to an account.
//
// Nothing here uses the network.
package entra
