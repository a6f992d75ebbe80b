// Package schema holds Apple's schema of configuration profiles as tables, and
// judges property lists against it: names, types, values and versions of keys.
//
// The facts are those of https://github.com/apple/device-management, at iOS 18.1
// with the differences up to 26.4, for the payloads of a mail account with a
// certificate and for what is common to all profiles. Rules that Apple's schema
// states in prose alone are rules here too.
//
// It does not judge what goes beyond one dictionary or takes a look at the
// content: references between payloads, duplicates, certificates, addresses and
// secrets.
package schema
