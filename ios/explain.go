package ios

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Known is what is known beside a profile. The zero value is a user who installs it
// by hand on a phone with the roots of this computer.
type Known struct {
	Roots    *x509.CertPool // whom the phone trusts; nil is the roots of this computer
	RootsAre string         // names them for a message: "the roots in root.pem"
	Password certs.Password // opens the identity where the profile itself does not
	ByMDM    bool           // device management installs it, without the user
	// Literal says that device management fills no placeholder in, as with Apple
	// Business. By hand nobody does.
	Literal bool
	// Replaces says that the phone has an older profile for the account, and
	// Reinstall that the user has to remove that one first.
	Replaces, Reinstall bool
}

// Story is what will happen on the phone: the installation, what comes after it, and
// what to do where it goes wrong. All text in it may be printed.
type Story struct {
	Profile     string            `json:"profile"` // as the phone shows it
	Identifier  string            `json:"identifier"`
	User        string            `json:"user,omitempty"`
	Email       string            `json:"email,omitempty"`
	Host        string            `json:"host,omitempty"`
	Auth        preflight.Auth    `json:"auth,omitempty"` // empty without a mail account
	Issuer      preflight.Issuer  `json:"issuer,omitempty"`
	Mailbox     preflight.Mailbox `json:"mailbox,omitempty"`
	At          time.Time         `json:"at"` // in whole seconds, UTC, as all times here
	IOS         int               `json:"ios"`
	NeedsIOS    string            `json:"needs_ios,omitempty"` // older phones of those to serve refuse it: "16"
	Unfilled    []string          `json:"unfilled,omitempty"`  // placeholders that nobody fills in
	Roots       []string          `json:"roots,omitempty"`     // that the phone asks the user to add
	ByMDM       bool              `json:"by_mdm"`
	Replaces    bool              `json:"replaces,omitempty"`    // an older profile for the account
	Certificate *Shown            `json:"certificate,omitempty"` // that the account signs in with
	Badge       Badge             `json:"badge"`
	Expires     time.Time         `json:"expires,omitzero"` // what the phone shows as the profile's end
	Refused     bool              `json:"refused"`          // the file itself keeps the phone from installing it
	Steps       []Step            `json:"steps"`            // the installation, in the order of the phone
	After       []Step            `json:"after"`            // what comes then
	Wrong       []Step            `json:"wrong"`            // what may go wrong later, by what the user sees
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

// teller makes a story.
type teller struct {
	s       preflight.Scenario
	f       *File
	k       Known
	story   *Story
	account *Payload   // nil where there is none
	ref     *Reference // nil where the account names no identity
	own     opened     // the account's identity, where it is a file
	files   []opened   // all certificate files, in order
	end     ending     // of the profile, as the phone counts
}

// Explain tells what happens on the phone with a profile, so far as it is known. It
// judges as of s.At for s.IOS, looks at nothing but its arguments, and says the same
// of the same. How the account signs in is the profile's own; who issues tokens and
// where the mailbox is, s says, or else the host.
func Explain(s preflight.Scenario, f *File, k Known) *Story {
	t := &teller{s: s, f: f, k: k, account: f.Account()}
	if t.k.RootsAre == "" {
		t.k.RootsAre = "the roots of this computer"
	}
	t.settle()
	t.openFiles()
	t.head()
	t.install()
	if !t.story.Refused {
		t.after()
		t.wrong()
	}
	t.story.makePrintable()
	return t.story
}

// settle completes the scenario with what the profile says.
func (t *teller) settle() {
	t.s = t.f.Scenario(t.s)
	if page := t.signInHost(); t.s.Issuer == "" && page != "" {
		t.s.Issuer = preflight.ADFS
		if isMicrosoftSignIn(page) {
			t.s.Issuer = preflight.Entra
		}
	}
	t.s = t.s.WithDefaults()
}

// signInHost is where the profile sends sign-ins by OAuth; "" leaves it to the server.
func (t *teller) signInHost() string {
	if t.account == nil || !t.account.Get("OAuth").True() {
		return ""
	}
	u, err := url.Parse(t.account.Get("OAuthSignInURL").Str())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// microsoftSignIn are the hosts of Entra ID's sign-in pages in the Microsoft clouds.
var microsoftSignIn = []string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}

func isMicrosoftSignIn(host string) bool {
	return slices.Contains(microsoftSignIn, strings.ToLower(host))
}

// openFiles opens the certificate files. The password that is known is tried on those
// whose password the profile does not have.
func (t *teller) openFiles() {
	if t.account != nil {
		t.ref = t.f.Identity(t.account)
	}
	for _, p := range t.f.Payloads {
		if !holdsP12(p) {
			continue
		}
		o := openPayload(p, t.k.Password, t.s.IOS)
		t.files = append(t.files, o)
		if t.ref != nil && (p == t.ref.Payload || p == t.account && t.ref.Key == "Certificate") {
			t.own = o
		}
	}
}

// head says what the story is about.
func (t *teller) head() {
	top := t.f.Top
	t.story = &Story{
		Profile: top.Get("PayloadDisplayName").Str(), Identifier: top.Get("PayloadIdentifier").Str(),
		At: t.s.At.UTC().Truncate(time.Second), IOS: t.s.IOS, ByMDM: t.k.ByMDM, Replaces: t.k.Replaces || t.k.Reinstall, Badge: t.f.Badge(t.s.At, t.k.Roots, t.k.RootsAre),
		Steps: []Step{}, After: []Step{}, Wrong: []Step{},
	}
	t.story.NeedsIOS, _ = t.f.needs(t.s.IOS)
	t.end = t.ends()
	t.story.Expires = t.end.day
	if t.k.Literal || !t.k.ByMDM {
		t.story.Unfilled = t.f.placeholders()
	}
	for _, p := range Prompts(t.f) {
		if p.Kind == AskTrust && !t.k.ByMDM {
			t.story.Roots = append(t.story.Roots, p.Root)
		}
	}
	if t.story.Profile == "" {
		t.story.Profile = t.story.Identifier
	}
	if t.account == nil {
		return
	}
	st := t.story
	st.User, st.Email, st.Host = t.account.Get("UserName").Str(), t.account.Get("EmailAddress").Str(), t.account.Get("Host").Str()
	st.Auth, st.Mailbox = t.s.Auth, t.s.Mailbox
	if st.Auth == preflight.OAuth {
		st.Issuer = t.s.Issuer
	}
	if t.ref == nil || t.f.danglingReference(t.account) {
		return
	}
	st.Certificate = &Shown{File: t.own.file}
	if leaf := t.own.leaf; leaf != nil {
		st.Certificate.Name, st.Certificate.Issuer, st.Certificate.Until = leaf.String(), issuerName(leaf), leaf.NotAfter.UTC()
	}
}

// issuerName is the issuer's CN, as lists of certificates show it.
func issuerName(c *certs.Certificate) string {
	if c.X509 != nil && c.X509.Issuer.CommonName != "" {
		return c.X509.Issuer.CommonName
	}
	return c.Issuer()
}

// shownBefore is how long before the end of its first certificate the phone takes a
// profile for expired (observed).
const shownBefore = 14 * 24 * time.Hour

// ending is when the phone takes the profile for expired, and why.
type ending struct {
	day time.Time          // zero where there is none
	of  *certs.Certificate // that ends first; nil where the day is set in the profile
}

// ends is what the phone shows as the profile's end.
func (t *teller) ends() ending {
	var end ending
	if v := t.f.Top.Get("PayloadExpirationDate"); v != nil {
		end.day = v.Time.UTC().Truncate(time.Second)
	}
	inside := t.f.authorities()
	for _, o := range t.files {
		if o.leaf != nil {
			inside = append(inside, o.leaf)
		}
	}
	for _, c := range inside {
		if e := c.NotAfter.Add(-shownBefore).UTC(); end.day.IsZero() || e.Before(end.day) {
			end = ending{e, c}
		}
	}
	return end
}

// add appends a step of the installation.
func (t *teller) add(s Step) { t.story.Steps = append(t.story.Steps, s) }

// makePrintable takes what does not print out of all text.
func (s *Story) makePrintable() {
	for _, text := range []*string{&s.Profile, &s.Identifier, &s.User, &s.Email, &s.Host, &s.Badge.Why, &s.Badge.Signer} {
		*text = preflight.Printable(*text)
	}
	if c := s.Certificate; c != nil {
		c.Name, c.Issuer, c.File = preflight.Printable(c.Name), preflight.Printable(c.Issuer), preflight.Printable(c.File)
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

// here makes a number of a step.
func here(id, format string, args ...any) CodeHere { return CodeHere{id, fmt.Sprintf(format, args...)} }
