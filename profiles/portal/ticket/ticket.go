// Package ticket keeps the one-time links by which users fetch what was made for them.
//
// A link carries a [Token], which is known to nobody else: the store has only hashes of
// it, and what waits to be fetched is encrypted under a key that follows from it. So the
// disk alone gives nothing away. See [Store].
package ticket

import (
	"errors"
	"time"
)

// Order is what a ticket is made of.
type Order struct {
	User   string        // as people know the user: the UPN or address
	By     string        // who ordered it, for the log
	SignIn SignIn        // how the user shows who they are, beside having the link
	Files  []File        // what waits to be fetched
	Life   time.Duration // until the link ends; 0 for [DefaultLife]
}

// DefaultLife is how long a link lives.
const DefaultLife = 24 * time.Hour

// SignIn is how a user shows who they are, beside having the link.
type SignIn string

// The ways. One of them is always on.
const (
	ByPIN  SignIn = "pin"  // a number that was told by another way
	ByOIDC SignIn = "oidc" // the user's own sign-in
)

// Kind is what a file is to the phone.
type Kind string

// The kinds. A password and what it opens never travel in one response.
const (
	KindProfile  Kind = "profile"  // a .mobileconfig
	KindPKCS12   Kind = "pkcs12"   // a .p12 for Android
	KindPassword Kind = "password" // of the .p12, or of the one in the profile
	KindBundle   Kind = "bundle"   // bundle.json of Android: alias and values for the mail app
)

// File is one file that waits.
type File struct {
	Name string // as the phone saves it
	Kind Kind
	Data []byte
	// Ref names what counts as handed out once the file went out whole, in the words of
	// who makes the ticket ([Store.Unnoted]); it is kept in the clear. Empty for nothing.
	Ref string
}

// Token is what a link carries. It prints as a placeholder.
type Token string

// String hides the token.
func (Token) String() string { return "[token]" }

// GoString hides the token from %#v.
func (Token) GoString() string { return "[token]" }

// MarshalText hides the token from encoders.
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }

// PIN is told to the user by another way than the link. It prints as a placeholder.
type PIN string

// String hides the PIN.
func (PIN) String() string { return "[PIN]" }

// GoString hides the PIN from %#v.
func (PIN) GoString() string { return "[PIN]" }

// MarshalText hides the PIN from encoders.
func (PIN) MarshalText() ([]byte, error) { return []byte("[PIN]"), nil }

// Made is a new ticket with its secrets, which are kept nowhere.
type Made struct {
	Ticket
	Token Token
	PIN   PIN // empty where the user signs in
}

// State is where a ticket is in its life.
type State string

// The states.
const (
	Pending State = "pending" // asked for, and waits for somebody who has the rollout's key
	Ready   State = "ready"   // the link works
	Used    State = "used"    // its button was pressed
	Expired State = "expired"
	Locked  State = "locked" // too many wrong PINs
	Revoked State = "revoked"
)

// States lists them, in the order in which people are offered them.
var States = []State{Pending, Ready, Used, Expired, Locked, Revoked}

// Ticket is what may be known of a ticket without its link.
type Ticket struct {
	ID       string // names it in lists and logs; opens nothing
	User     string
	By       string
	SignIn   SignIn
	State    State
	Kinds    []Kind    // of the files that wait
	Made     time.Time // or asked for, where it is pending
	Expires  time.Time
	Redeemed time.Time // its button was pressed
	Fetched  time.Time // the first file that is no password went out whole
	Ended    time.Time // it was revoked or locked, or is known to have expired
	EndedBy  string    // who revoked it
	Left     int       // wrong PINs that it takes yet
}

// Live reports whether something can still be had from the ticket at a time: its link
// works, or will once it is fulfilled, or it was used within the [Window], in which the
// browser that used it goes on fetching.
func (t Ticket) Live(now time.Time) bool {
	switch t.State {
	case Ready, Pending:
		return true
	case Used:
		return now.Sub(t.Redeemed).Abs() < Window
	}
	return false
}

// Why a ticket does not open.
var (
	ErrNone    = errors.New("there is no such ticket")
	ErrUsed    = errors.New("the link was used already")
	ErrExpired = errors.New("the link has expired")
	ErrRevoked = errors.New("the link was revoked")
	ErrLocked  = errors.New("the link is locked after too many wrong PINs")
	ErrPIN     = errors.New("the PIN is wrong")
	ErrUser    = errors.New("the ticket is for another user")
)

// Why a ticket is not fetched from, or not fulfilled.
var (
	ErrUnused     = errors.New("the link's button was not pressed yet")
	ErrNoFile     = errors.New("there is no such file in the ticket")
	ErrNotPending = errors.New("the ticket does not wait any more")
)
