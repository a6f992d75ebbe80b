// Package ios turns a mail account into a configuration profile for iPhone and
// iPad (.mobileconfig), and back.
//
// [New] makes the profile: the account (com.apple.eas.account), the identity
// (com.apple.security.pkcs12) that it refers to, and each authority of the chain
// in a payload of its own, since a phone installs only the identity of a
// PKCS#12 file. [Profile.Marshal] writes it as XML, the same bytes for the same
// account. [Parse] reads any such profile, signed or not, XML or binary.
//
// The keys are those of https://github.com/apple/device-management; which of
// them a version knows stands in the table of keys.go.
package ios
