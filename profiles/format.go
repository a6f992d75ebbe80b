package profiles

import "github.com/easkit/easkit/certs"

// Format is one kind of file that configures a phone. Packages ios and android
// implement it; whoever opens files is handed the formats there are.
type Format interface {
	// Name of the format, for messages: "iOS profile".
	Name() string
	// Sniff says, without judging, whether data looks like this format.
	Sniff(data []byte) bool
	// Parse reads data back into an account and what is embedded with it.
	Parse(data []byte) (*Document, error)
}

// Document is what a file of a Format holds.
type Document struct {
	Format       string
	Identifier   string // of the file itself: PayloadIdentifier, package name
	UUID         string
	Title        string
	Account      Account
	HasAccount   bool                 // there is a mail account in it
	PKCS12       []byte               // the embedded identity, as it stands there
	Password     certs.Password       // of PKCS12, where that is embedded as well
	Dangling     bool                 // the account refers to an identity that isn't there
	Certificates []*certs.Certificate // embedded authorities
	Signed       bool
	Notes        []string // what else is in it that a person should know
}
