package ticket

// Session is what the browser keeps that redeemed a ticket. It prints as a placeholder.
type Session string

// String hides the session.
func (Session) String() string { return "[session]" }

// GoString hides the session from %#v.
func (Session) GoString() string { return "[session]" }

// MarshalText hides the session from encoders.
func (Session) MarshalText() ([]byte, error) { return []byte("[session]"), nil }

// Proof is what a visitor shows beside the link.
type Proof struct {
	PIN  PIN    // as typed
	User string // whom the OIDC sign-in named; empty for nobody
}

// Named is a file that waits, without what is in it.
type Named struct {
	Name string
	Kind Kind
}
