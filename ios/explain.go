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
	"github.com/easkit/easkit/ios/plist"
)

// Known is what is known beside a profile. The zero value is a user who installs it
// by hand on a phone with the roots of this computer.
type Known struct {
	Roots    *x509.CertPool // whom the phone trusts; nil is the roots of this computer
	RootsAre string         // names them for a message: "the roots in root.pem"
	Password certs.Password // opens identities where the profile itself does not
	ByMDM    bool           // device management installs it, without the user
	// Literal says that device management fills no placeholder in, as with Apple
	// Business. By hand nobody does.
	Literal bool
	// Replaces says that the phone has an older profile for the account, and
	// Reinstall that the user has to remove that one first.
	Replaces, Reinstall bool
}

// teller makes a story.
type teller struct {
	s       preflight.Scenario
	f       *File
	k       Known
	story   *Story
	account *Payload   // nil where there is none
	ref     *Reference // nil where the account names no identity
	naming  naming     // whether the phone finds it
	own     opened     // the account's identity, where it is a file
	files   []opened   // all certificate files, in order
	end     ending     // of the profile, as the phone counts
	guessed bool       // nothing says whether Entra ID or AD FS issues tokens
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
	t.guessed = t.s.Auth == preflight.OAuth && t.s.Issuer == "" && t.s.Mailbox == preflight.MailboxUnknown
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
		t.ref, t.naming = t.f.named(t.account)
	}
	t.files = t.f.openAll(t.k.Password, t.s.IOS)
	for _, o := range t.files {
		if t.hasIdentity() && (o.payload == t.ref.Payload || o.payload == t.account && t.ref.Key == "Certificate") {
			t.own = o
		}
	}
}

// hasIdentity reports whether the account has an identity on the phone, so far as is
// known.
func (t *teller) hasIdentity() bool { return t.naming == names || t.naming == likely }

// head says what the story is about.
func (t *teller) head() {
	top := t.f.Top
	t.story = &Story{
		Profile: top.Get("PayloadDisplayName").Str(), Identifier: top.Get("PayloadIdentifier").Str(),
		At: t.s.At.UTC().Truncate(time.Second), IOS: t.s.IOS, ByMDM: t.k.ByMDM, Replaces: t.k.Replaces || t.k.Reinstall, Badge: t.f.Badge(t.s.At, t.k.Roots, t.k.RootsAre),
		Encrypted: t.f.Encrypted, RootsNamed: t.k.Roots != nil, Given: given(t.k.Password, t.files),
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
	st.Auth, st.Mailbox, st.Services, st.Others = t.s.Auth, t.s.Mailbox, servicesOf(t.account), t.others()
	if st.Auth == preflight.OAuth && !t.guessed {
		st.Issuer = t.s.Issuer
	}
	if !t.hasIdentity() {
		return
	}
	st.Certificate = &Shown{File: t.own.file}
	if leaf := t.own.leaf; leaf != nil {
		st.Certificate.Name, st.Certificate.Issuer, st.Certificate.Until = leaf.String(), issuerName(leaf), leaf.NotAfter.UTC()
	}
}

// others are the accounts that the story is not of.
func (t *teller) others() []OtherAccount {
	var all []OtherAccount
	for _, p := range t.f.Accounts()[1:] {
		if len(all) == maxAccounts {
			break
		}
		_, n := t.f.named(p)
		o := OtherAccount{Email: addressOf(p), Host: p.Get("Host").Str(), Auth: preflight.Direct, Certificate: n == names || n == likely}
		if p.Get("OAuth").True() {
			o.Auth = preflight.OAuth
		}
		all = append(all, o)
	}
	return all
}

// services are what an account brings, by the keys that switch them off.
var services = []struct{ key, word string }{
	{"EnableMail", "mail"}, {"EnableContacts", "contacts"}, {"EnableCalendars", "calendars"}, {"EnableReminders", "reminders"}, {"EnableNotes", "notes"},
}

// servicesOf are those that an account has on, as they are where nothing is said.
func servicesOf(p *Payload) []string {
	var on []string
	for _, s := range services {
		if v := p.Get(s.key); !v.Is(plist.Boolean) || v.Bool {
			on = append(on, s.word)
		}
	}
	return on
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
	if v := t.f.Top.Get("PayloadExpirationDate"); v.Is(plist.Date) {
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

// here makes a number of a step.
func here(id, format string, args ...any) CodeHere { return CodeHere{id, fmt.Sprintf(format, args...)} }
