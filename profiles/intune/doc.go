// Package intune makes, judges and imports the objects by which Microsoft Intune brings
// a mail account with a certificate to phones: trusted roots, certificate profiles, mail
// profiles and app configurations, as Microsoft Graph (beta) has them.
//
// [New] makes the [Set] of objects of an account, [Set.Files] and [ReadDir] write and
// read it as a folder, [NewPlan] compares it with a tenant, and [Applier] creates, updates
// and assigns. What is created there is never deleted; certificate profiles are never
// edited, since that revokes the certificates they issued. [ReadExports] and [Check]
// judge what a tenant has already.
package intune
