package ios

import (
	"cmp"
	"fmt"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Story is what will happen on the phone: the installation, what comes after it, and
// what to do where it goes wrong. All text in it may be printed.
type Story struct {
	Profile     string            `json:"profile"` // as the phone shows it
	Identifier  string            `json:"identifier"`
	User        string            `json:"user,omitempty"`
	Email       string            `json:"email,omitempty"`
	Host        string            `json:"host,omitempty"`
	Auth        preflight.Auth    `json:"auth,omitempty"`   // empty without a mail account
	Issuer      preflight.Issuer  `json:"issuer,omitempty"` // of OAuth; empty where nobody says whose page opens
	Mailbox     preflight.Mailbox `json:"mailbox,omitempty"`
	At          time.Time         `json:"at"` // in whole seconds, UTC, as all times here
	IOS         int               `json:"ios"`
	NeedsIOS    string            `json:"needs_ios,omitempty"` // older phones of those to serve refuse it: "16"
	Unfilled    []string          `json:"unfilled,omitempty"`  // placeholders that nobody fills in
	Roots       []string          `json:"roots,omitempty"`     // that the phone asks the user to add
	ByMDM       bool              `json:"by_mdm"`
	Replaces    bool              `json:"replaces,omitempty"`    // an older profile for the account
	Certificate *Shown            `json:"certificate,omitempty"` // that the account signs in with
	Services    []string          `json:"services,omitempty"`    // of the account, those that are on: "mail", "contacts"
	Others      []OtherAccount    `json:"others,omitempty"`      // accounts of the profile that the story is not of
	Encrypted   bool              `json:"encrypted,omitempty"`   // what is in the profile cannot be told
	RootsNamed  bool              `json:"roots_named,omitempty"` // the caller said whom the phone trusts
	Given       GivenPassword     `json:"given_password,omitempty"`
	Badge       Badge             `json:"badge"`
	Expires     time.Time         `json:"expires,omitzero"` // what the phone shows as the profile's end
	Refused     bool              `json:"refused"`          // the file itself keeps the phone from installing it
	Steps       []Step            `json:"steps"`            // the installation, in the order of the phone
	After       []Step            `json:"after"`            // what comes then
	Wrong       []Step            `json:"wrong"`            // what may go wrong later, by what the user sees
}

// OtherAccount is a mail account in a few words.
type OtherAccount struct {
	Email       string         `json:"email,omitempty"`
	Host        string         `json:"host,omitempty"`
	Auth        preflight.Auth `json:"auth"`
	Certificate bool           `json:"certificate"` // it has one
}

// String names the account for a sentence.
func (o OtherAccount) String() string {
	how := "a password"
	switch {
	case o.Auth == preflight.OAuth && o.Certificate:
		how = "a web page (OAuth), with a certificate"
	case o.Auth == preflight.OAuth:
		how = "a web page (OAuth), without a certificate"
	case o.Certificate:
		how = "a certificate"
	}
	return fmt.Sprintf("%s at %s, by %s", cmp.Or(o.Email, "an address that the phone asks for"), cmp.Or(o.Host, "a server that the phone finds"), how)
}

// Shown is a certificate as a list of certificates on the phone names it. A name is
// empty where the file is locked.
type Shown struct {
	Name   string    `json:"name,omitempty"`
	Issuer string    `json:"issuer,omitempty"`
	Until  time.Time `json:"until,omitzero"`
	File   string    `json:"file,omitempty"`
}

// AskBy is when a user should ask for a new profile where none has come: as long before
// the certificate's end as the phone takes the profile for expired.
func (c *Shown) AskBy() time.Time { return c.Until.Add(-shownBefore) }

// String names it for a sentence.
func (c *Shown) String() string {
	switch {
	case c.Name != "" && c.Issuer != "":
		return c.Name + ", issued by " + c.Issuer
	case c.Name != "":
		return c.Name
	case c.File != "":
		return "the one named in " + c.File + " (the file is locked, so its name is not known here)"
	}
	return "the user's own (its name is not known here)"
}

// Step is one thing that happens. What the phone writes on its screen is told in our
// words: the exact wording is Apple's, and changes.
type Step struct {
	Kind  string          `json:"kind"`            // a stable word: "open", "badge", "picker"
	Shows string          `json:"shows"`           // what the user sees
	Does  string          `json:"does,omitempty"`  // what to do
	Means string          `json:"means,omitempty"` // for the help desk
	Codes []CodeHere      `json:"codes,omitempty"` // numbers that may come up here
	Maybe bool            `json:"maybe,omitempty"` // it happens to some only
	Basis preflight.Basis `json:"basis"`

	asks     PromptKind // of a question
	optional bool
	fetches  bool // the phone gets its certificate from elsewhere
}

// CodeHere is a number that may come up at a step. What it means everywhere is in
// [Codes], or for AADSTS numbers in package entra.
type CodeHere struct {
	ID   string `json:"id"`
	Here string `json:"here"` // what it means at this step: a sentence
}

// makePrintable takes what does not print out of all text.
func (s *Story) makePrintable() {
	for _, text := range []*string{&s.Profile, &s.Identifier, &s.User, &s.Email, &s.Host, &s.Badge.Why, &s.Badge.Signer} {
		*text = preflight.Printable(*text)
	}
	if c := s.Certificate; c != nil {
		c.Name, c.Issuer, c.File = preflight.Printable(c.Name), preflight.Printable(c.Issuer), preflight.Printable(c.File)
	}
	for i := range s.Others {
		s.Others[i].Email, s.Others[i].Host = preflight.Printable(s.Others[i].Email), preflight.Printable(s.Others[i].Host)
	}
	for _, names := range [][]string{s.Unfilled, s.Roots} {
		for i := range names {
			names[i] = preflight.Printable(names[i])
		}
	}
	for _, steps := range [][]Step{s.Steps, s.After, s.Wrong} {
		for i := range steps {
			p := &steps[i]
			p.Shows, p.Does, p.Means = preflight.Printable(p.Shows), preflight.Printable(p.Does), preflight.Printable(p.Means)
			for j := range p.Codes {
				p.Codes[j].Here = preflight.Printable(p.Codes[j].Here)
			}
		}
	}
}
