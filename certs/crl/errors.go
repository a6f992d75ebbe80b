package crl

import "errors"

// What a body can be in place of a CRL, so that callers can branch on it. The
// errors that wrap these say in one sentence what was found.
var (
	// ErrEmpty says that there is nothing at all.
	ErrEmpty = errors.New("it is empty")
	// ErrHTML says that it is a web page or other XML, as a portal or an error
	// page is.
	ErrHTML = errors.New("it is a web page and no CRL")
	// ErrBase64 says that it is text that may hold a CRL, but in no form that can
	// be read.
	ErrBase64 = errors.New("it is text and not DER")
	// ErrIndefinite says that it has indefinite lengths, which BER knows and DER
	// doesn't.
	ErrIndefinite = errors.New("it is BER with indefinite lengths and not DER")
	// ErrTruncated says that it ends before it should.
	ErrTruncated = errors.New("it is cut short")
	// ErrNotCRL says that it is DER, but of something else.
	ErrNotCRL = errors.New("it is no CRL")
	// ErrMalformed says that it is a CRL with a part that can't be read.
	ErrMalformed = errors.New("its structure is broken")
)
