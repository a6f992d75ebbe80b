// Package intune makes the objects by which Microsoft Intune brings a mail account with
// a certificate to phones: trusted roots, certificate profiles, mail profiles and app
// configurations, as Microsoft Graph (beta) has them.
//
// [New] makes the [Set] of objects of an account, and [Set.Files] and [ReadDir] write and
// read it as a folder. Package tenant imports it; package exports judges what a tenant
// has already.
package intune
