package preflight

import "time"

// SignerNotice is how long before its end a signer's certificate is to be renewed
// with a plan. iOS replaces an installed profile in place only by one that the same
// certificate signed: after a renewal, users who installed theirs by hand have to
// remove it and its mail first, so those profiles must be sent out before.
// Sixty days are our own measure: a change window of a month, and one more to act.
const SignerNotice = 60 * 24 * time.Hour
