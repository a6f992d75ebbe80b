// Package graphtest is a small Microsoft Graph in memory: the parts of v1.0 that
// easkit uses, and Intune's collections of beta, with their rules, their delays and
// their failures. Tests of the client and of the commands talk to it, and a lab offers
// it to people who have no tenant.
//
// It is written from Microsoft's own description (the CSDL named by [CSDLCommit], the
// declarations named by [schema.IntuneDeclarations] and the reference pages) and not
// from what a client sends, so that both can disagree. What Microsoft does not describe
// is a knob of [Options], or is decided beside a comment that says so.
//
// A request that breaks the description (an unknown path, an unknown or read-only
// property, a wrong type, a query option that does not exist) is answered as Graph
// answers it, and is kept in [Server.Violations]: a test of a client fails if there is
// one. A request that is well-formed and meets a state that refuses it (a duplicate CA,
// an expired token) is no violation.
//
// Certificates that Intune gave to devices are lost as Microsoft says, if somebody
// edits or unassigns the profile that gave them: [Server.LostCertificates].
//
// It holds no secret, checks no signature and trusts nobody: it is not for anything
// that other machines can reach.
package graphtest
