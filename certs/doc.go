// Package certs reads what a certificate says and judges what it alone decides.
//
// [Read] takes the bytes of a .p12, .pem, .der or .p7b file, whoever made it,
// and returns a [Bundle]: certificates and keys as they stand in the file.
// [Bundle.Identity] picks the one certificate with its key and the chain that a
// mail profile needs. [Check] judges it for a [preflight.Scenario].
//
// Go's own parser refuses certificates that real authorities issue: negative
// serial numbers, mail addresses outside ASCII, doubled extensions. They are
// read leniently here, because a certificate that easkit cannot read is one
// that it cannot warn of.
//
//go:generate go run ../testdata/generate
package certs
