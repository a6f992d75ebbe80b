// Package exports judges what a tenant has in Intune already, from files that
// IntuneManagement, IntuneCD or Microsoft Graph itself wrote: mail profiles whose direct
// sign-in ends, certificate profiles without the user's address, groups that do not
// match, private keys that every reader sees. It never signs in.
package exports
