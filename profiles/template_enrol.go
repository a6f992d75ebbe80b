package profiles

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// enrolRules are the rules of the sections ios.scep and ios.acme. Those on numbers
// and kinds of keys are Apple's (com.apple.security.scep and .acme).
var enrolRules = []templateRule{
	{"ios.scep.url", func(t Template) error { return webURL(t.IOS.SCEP.URL) }},
	{"ios.scep.name", func(t Template) error { return knownTokens(t.IOS.SCEP.Name) }},
	{"ios.scep.key-size", func(t Template) error { return oneOf(t.IOS.SCEP.KeySize, SCEPKeySizes) }},
	{"ios.scep.key-usage", func(t Template) error {
		if n := t.IOS.SCEP.KeyUsage; n != nil && *n == KeyUsageEncryption {
			return errors.New("4 is encryption alone, and to sign in the key has to sign: write 1, or 5 for both")
		}
		return oneOf(t.IOS.SCEP.KeyUsage, SCEPKeyUsages)
	}},
	{"ios.scep.fingerprint", func(t Template) error { _, err := parseFingerprint(t.IOS.SCEP.Fingerprint); return err }},
	{"ios.scep.retries", func(t Template) error { return upTo(t.IOS.SCEP.Retries, maxRetries) }},
	{"ios.scep.retry-delay", func(t Template) error { return upTo(t.IOS.SCEP.RetryDelay, maxRetryDelay) }},
	{"ios.scep.subject", func(t Template) error { return subject(t.IOS.SCEP.Subject) }},
	{"ios.acme.url", func(t Template) error {
		if t.IOS.ACME.URL != "" && t.IOS.SCEP.URL != "" {
			return errors.New("ios.scep has a url as well, and a phone gets its certificate in one way")
		}
		return httpsURL(t.IOS.ACME.URL)
	}},
	{"ios.acme.client-identifier", func(t Template) error { return knownTokens(t.IOS.ACME.ClientIdentifier) }},
	{"ios.acme.key-type", func(t Template) error {
		if a := t.IOS.ACME; a.keyType() == KeyRSA && a.HardwareBound == nil {
			return errEnclaveRSA
		}
		return word(t.IOS.ACME.KeyType, KeyTypes)
	}},
	{"ios.acme.key-size", acmeKeySize},
	{"ios.acme.hardware-bound", func(t Template) error {
		if a := t.IOS.ACME; a.keyType() == KeyRSA && or(a.HardwareBound, false) {
			return errEnclaveRSA
		}
		return nil
	}},
	{"ios.acme.attest", func(t Template) error {
		if a := t.IOS.ACME; or(a.Attest, false) && !a.hardwareBound() {
			return errors.New("a phone attests only keys of its Secure Enclave: leave hardware-bound: false out, or attest")
		}
		return nil
	}},
	{"ios.acme.subject", func(t Template) error { return subject(t.IOS.ACME.Subject) }},
}

var errEnclaveRSA = errors.New("the Secure Enclave makes no RSA keys: write hardware-bound: false, or leave key-type out")

// The bounds of the waiting for a SCEP server, a phone's user before it: Apple names
// none.
const (
	maxRetries    = 100
	maxRetryDelay = 3600 // seconds
)

// The sizes of ACME's keys in bits (Apple, KeyType and HardwareBound).
var (
	acmeCurves    = []int{192, 256, 384, 521}
	enclaveCurves = []int{256, 384}
)

const minACMERSA, maxACMERSA, stepACMERSA = 1024, 4096, 8

func acmeKeySize(t Template) error {
	a := t.IOS.ACME
	size := a.keySize()
	switch {
	case a.keyType() == KeyRSA:
		if size < minACMERSA || size > maxACMERSA || size%stepACMERSA != 0 {
			return fmt.Errorf("%d is no size of an RSA key: it is a multiple of %d from %d to %d", size, stepACMERSA, minACMERSA, maxACMERSA)
		}
		return nil
	case a.hardwareBound():
		if slices.Contains(acmeCurves, size) && !slices.Contains(enclaveCurves, size) {
			return fmt.Errorf("%d is no size of the Secure Enclave's keys: write 256 or 384, or hardware-bound: false", size)
		}
		return oneOf(&size, enclaveCurves)
	}
	return oneOf(&size, acmeCurves)
}

// oneOf checks a number that is one of a few, where it is set.
func oneOf(n *int, allowed []int) error {
	if n == nil || slices.Contains(allowed, *n) {
		return nil
	}
	return fmt.Errorf("%d is not one of %v", *n, allowed)
}

// upTo checks a number that has an upper bound, where it is set.
func upTo(n *int, most int) error {
	if n == nil || 0 <= *n && *n <= most {
		return nil
	}
	return fmt.Errorf("%d is not a number from 0 to %d", *n, most)
}

// subjectPattern is a part of a subject: a shortcut that Apple knows or a dotted OID,
// and its value.
var subjectPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(C|L|ST|O|OU|CN|[0-2](\.[0-9]+)+)=(?s:.+)$`)
})

func subject(parts []string) error {
	for i, part := range parts {
		if !subjectPattern().MatchString(part) {
			return &itemError{itemAt(i), fmt.Errorf("%q is no part of a subject: it is C, L, ST, O, OU, CN or an OID, an equals sign and the value, such as CN={{userprincipalname}}", clip(part))}
		}
		if err := knownTokens(part); err != nil {
			return &itemError{itemAt(i), err}
		}
	}
	return nil
}
