// Package graph is a small client of Microsoft Graph, v1.0 and for Intune beta: sign-in, requests
// that wait when they are told to, and typed bodies of the few resources that
// certificate-based sign-in is made of.
//
// The bodies are written here and not taken from Microsoft's SDK, which takes
// minutes and gigabytes to compile. Every type names the resource that it is,
// and holds only the properties that are read or written.
package graph
