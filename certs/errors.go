package certs

import "errors"

// What can be wrong with a file, so that callers can branch on it. The errors
// that wrap these say in one sentence what was found.
var (
	// ErrPassword says that the password given does not open the file.
	ErrPassword = errors.New("the password is wrong")
	// ErrNoPassword says that the file is encrypted and that there is no password
	// to try.
	ErrNoPassword = errors.New("it is encrypted, and no password was given")
	// ErrNoKey says that the file holds certificates, but no private key.
	ErrNoKey = errors.New("there is no private key in it")
	// ErrSeveral says that the file holds more than one identity.
	ErrSeveral = errors.New("there is more than one identity in it")
	// ErrNoCertificate says that no certificate in the file belongs to its key.
	ErrNoCertificate = errors.New("there is no certificate for its key")
	// ErrTruncated says that the file ends before it should.
	ErrTruncated = errors.New("the file is cut short")
	// ErrIterations says that opening the file would take too long.
	ErrIterations = errors.New("the file asks for too many rounds of key derivation")
	// ErrUnsupported says that the file uses what is not understood here.
	ErrUnsupported = errors.New("not supported")
	// ErrFormat says that the file is none of the formats that are read here.
	ErrFormat = errors.New("it is no certificate, PEM, PKCS#12 or PKCS#7 file")
	// ErrKeystore says that the file is a Java keystore.
	ErrKeystore = errors.New("it is a Java keystore, not a PKCS#12 file")
)
