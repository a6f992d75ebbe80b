package inventory

import "time"

// Schema names the form of an [Inventory] in JSON. Fields may be added under it,
// never removed.
const Schema = "easkit/inventory/v1"

// State says which way a phone, or a user, signs in.
type State string

// The states, from the one that asks for most. A user's is the first that one of
// the phones has.
const (
	// Direct: a certificate went straight to Exchange Online by EAS.
	Direct State = "direct"
	// Maybe: EAS is used, and the exports don't tell how it signs in.
	Maybe State = "maybe"
	// Failed: every sign-in by EAS failed.
	Failed State = "failed"
	// Password: EAS with a password, which the retirement is not about.
	Password State = "password"
	// Moved: OAuth, and no other way any more.
	Moved State = "moved"
)

// States are all states, in their order.
var States = []State{Direct, Maybe, Failed, Password, Moved}

// rank orders states; one that doesn't exist comes last.
func (s State) rank() int {
	for i, other := range States {
		if s == other {
			return i
		}
	}
	return len(States)
}

// Change says what became of a user since an earlier inventory.
type Change string

// The changes. HasMoved and Gone are those who were affected and aren't any more:
// OAuth is seen in its place, or nothing is.
const (
	HasMoved Change = "moved"
	Gone     Change = "gone"
	Still    Change = "still"
	New      Change = "new"  // affected now, and not in the earlier inventory
	Back     Change = "back" // affected now, and had moved
)

// Inventory is who signs in which way, as far as the files tell.
type Inventory struct {
	Schema   string    `json:"schema"`
	At       time.Time `json:"at"`                // when it was made
	Since    time.Time `json:"since,omitzero"`    // sign-ins from before are left out
	Redacted bool      `json:"redacted,omitzero"` // names are replaced: see [Inventory.Redact]

	Summary  Summary  `json:"summary"`
	Files    []File   `json:"files"`
	Notes    []string `json:"notes"` // what a person has to know to read it right
	Waves    []Wave   `json:"waves"`
	Policies []Policy `json:"policies"`
	Users    []User   `json:"users"` // in the order of their names

	// Compared is there where an earlier inventory was given.
	Compared *Comparison `json:"compared,omitzero"`
}

// Summary counts users by state, and tells what the logs cover.
type Summary struct {
	Users     map[State]int `json:"users"`
	Devices   map[State]int `json:"devices"`
	OAuthOnly int           `json:"oauthOnly"` // users of mail apps who never used EAS: they are not listed
	OldEAS    int           `json:"oldEAS"`    // phones with EAS below 16.1, which Exchange Online refuses
	SignIns   int           `json:"signIns"`   // that were read, of whatever client
	First     time.Time     `json:"first,omitzero"`
	Last      time.Time     `json:"last,omitzero"` // the sign-ins that the logs begin and end with
}

// Affected is how many users have to move, or may have to.
func (i *Inventory) Affected() int {
	n := 0
	for k := range i.Users {
		if i.Users[k].affected {
			n++
		}
	}
	return n
}

// File is one of the exports and what it was taken for.
type File struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Rows int    `json:"rows"` // rows or objects

	json bool
}

// User is one person with the phones that were seen.
type User struct {
	UPN     string    `json:"upn,omitempty"` // "" where the exports tell the name alone
	Name    string    `json:"name,omitempty"`
	ID      string    `json:"id,omitempty"` // object ID in Entra ID
	State   State     `json:"state"`
	Change  Change    `json:"change,omitempty"`
	Wave    string    `json:"wave,omitempty"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Devices []Device  `json:"devices"`

	affected bool
}

// Label is the name under which a user is listed.
func (u *User) Label() string {
	for _, name := range []string{u.UPN, u.Name, u.ID} {
		if name != "" {
			return name
		}
	}
	return "(no name)"
}

// Device is a phone with one mail app, as far as the exports tell phones apart.
type Device struct {
	App        string     `json:"app"` // by the user agent: see unknownApp
	Model      string     `json:"model,omitempty"`
	ID         string     `json:"id,omitempty"` // EAS DeviceId; for OAuth the device's ID in Entra ID
	OS         string     `json:"os,omitempty"`
	OSVersion  string     `json:"osVersion,omitempty"`
	UserAgent  string     `json:"userAgent,omitempty"`
	EASVersion string     `json:"easVersion,omitempty"`
	OldEAS     bool       `json:"oldEAS,omitempty"` // below 16.1
	Access     string     `json:"access,omitempty"` // DeviceAccessState
	Stale      bool       `json:"stale,omitempty"`  // Exchange says that it has not synced for 30 days
	State      State      `json:"state"`
	Why        string     `json:"why"` // the state in words
	Counts     Counts     `json:"counts"`
	First      time.Time  `json:"first,omitzero"`
	Last       time.Time  `json:"last,omitzero"`
	Failure    *Failure   `json:"failure,omitempty"`
	Evidence   []Evidence `json:"evidence"`
}

// Counts are sign-ins by the way they went, and those that failed among them. A
// sign-in that stands in two exports may count twice.
type Counts struct {
	Certificate int `json:"certificate"`
	Unknown     int `json:"unknown"` // EAS, with a method that isn't told
	Password    int `json:"password"`
	OAuth       int `json:"oauth"`
	Failed      int `json:"failed"`
}

// Failure is the last sign-in that failed.
type Failure struct {
	Code   string    `json:"code"` // AADSTS error code, without the letters
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at,omitzero"`
}

// Evidence is the rows of a file that a phone's state is known from. Tables count
// by line and JSON by record, both from 1; First and Last are the outermost.
type Evidence struct {
	File  string `json:"file"`
	Unit  string `json:"unit"` // line or record
	First int    `json:"first"`
	Last  int    `json:"last"`
	Rows  int    `json:"rows"`
}

// Wave is a group of users to move together.
type Wave struct {
	Name  string `json:"name"` // pilot, wave 1, ...
	Group string `json:"group"`
	Rule  string `json:"rule"` // by which its users were chosen
	Users int    `json:"users"`
	Left  int    `json:"left"` // of them, who still have to move
}

// Comparison is what changed since an earlier inventory.
type Comparison struct {
	With  time.Time      `json:"with"` // when that was made
	Users map[Change]int `json:"users"`
	Gone  []string       `json:"gone"` // the names of those who are in no export any more
}
