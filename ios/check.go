package ios

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// Subject is what the checks of a profile look at: a file, and what is known around
// it.
type Subject struct {
	Data     []byte
	File     *File // nil where Err says why
	Err      error // of Open
	Delivery profiles.Delivery
	Auth     preflight.Auth       // what the profile shall sign in by; "" where nobody says
	Password certs.Password       // of the identities, where the profile has none embedded
	CAs      []*certs.Certificate // authorities that the server's side is known to have
	Roots    *x509.CertPool       // whom phones trust as signers; nil is the system's
	RootsAre string               // names them for a message
	Users    *entra.Users         // the directory's; nil where nobody gave them
}

// NewSubject opens a file to be checked. What Open refuses is a subject as well.
func NewSubject(data []byte, d profiles.Delivery) *Subject {
	f, err := Open(data)
	return &Subject{Data: data, File: f, Err: err, Delivery: d, RootsAre: "the system's roots"}
}

// judged is a subject with all of its accounts looked at once.
type judged struct {
	*Subject
	accounts []*account
	cas      []*certs.Certificate // that payloads bring
	opened   map[*Payload]*account
	rounds   int // of key derivation that were spent
}

// What one file can make us do: no profile has as many accounts, or identities to
// derive keys for, and findings beyond these say nothing new.
const (
	maxAccounts   = 50
	maxIdentities = 20
	maxFindings   = 100 // of one check
)

// account is one mail account of a profile, with its identity as far as it opens.
type account struct {
	*Payload
	ref      *Reference // nil where it names no identity
	doc      profiles.Account
	bundle   *certs.Bundle
	identity *certs.Identity
	err      error // why bundle or identity is missing
}

// errTooMany says that an identity was left shut.
var errTooMany = fmt.Errorf("the profile has more than %d identities, or they ask for too many rounds of key derivation together", maxIdentities)

// checks are those of a profile's file.
var checks = preflight.Table[*judged]{
	{Info: profiles.Info("profile.structure"), Run: some(checkStructure)},
	{Info: profiles.Info("profile.schema"), Run: some(checkSchema)},
	{Info: profiles.Info("profile.identity"), Run: some(checkIdentity)},
	{Info: profiles.Usable.Info, Run: some(checkAccount)},
	{Info: profiles.Match.Info, Run: some(checkMatch)},
	{Info: profiles.Info("profile.auth"), Run: some(checkAuth)},
	{Info: profiles.Info("profile.secrets"), Run: some(checkSecrets)},
	{Info: profiles.Info("profile.tokens"), Run: some(checkTokens)},
}

// some keeps a check to so many findings that a person can read them: the first, and
// the worst of what is left for the rest.
func some(check func(preflight.Scenario, *judged) []preflight.Outcome) func(preflight.Scenario, *judged) []preflight.Outcome {
	return func(s preflight.Scenario, j *judged) []preflight.Outcome {
		all := check(s, j)
		if len(all) <= maxFindings {
			return all
		}
		rest := all[maxFindings:]
		more := slices.MaxFunc(rest, func(a, b preflight.Outcome) int {
			switch {
			case a.Status.Worse(b.Status):
				return 1
			case b.Status.Worse(a.Status):
				return -1
			}
			return 0
		})
		more.Message = fmt.Sprintf("and %d more of this check, such as: %s", len(rest), more.Message)
		return append(all[:maxFindings:maxFindings], more)
	}
}

var (
	formatCheck = preflight.Check[*Subject]{Info: profiles.Info("profile.format"), Run: checkFormat}
	intuneCheck = preflight.Check[*Subject]{Info: profiles.Info("profile.intune"), Run: checkIntune}
)

// Check judges a profile: what a phone will make of the file, its signature and its
// accounts. s is what the call says; auth and, unless the call says it, the mailbox
// are the profile's own: see [File.Scenario]. Of a file that isn't understood
// profile.format speaks, and what the signature and Intune's upload have to do with
// it.
func Check(s preflight.Scenario, sub *Subject) []preflight.Finding { return Judge(s, sub).Findings }

// Judgement is what [Judge] gives.
type Judgement struct {
	Scenario   preflight.Scenario // what the profile was judged for
	Findings   []preflight.Finding
	Identities []Identity // of the profile's accounts, as far as they could be opened
	// PasswordRefused says that the password of the call does not open an identity
	// whose password is not in the profile.
	PasswordRefused bool
	Unseen          int                 // identities of accounts that nobody could look at
	Mailboxes       []preflight.Mailbox // of the accounts, each
}

// Identity is what an account signs in with, and what for.
type Identity struct {
	*certs.Identity
	Scenario preflight.Scenario // of its account
}

// Judge is [Check], and gives what it found in the profile besides.
func Judge(s preflight.Scenario, sub *Subject) *Judgement {
	j := &judged{Subject: sub, opened: map[*Payload]*account{}}
	r := &Judgement{}
	asked := s
	signed := &profiles.Signed{Data: sub.Data, Roots: sub.Roots, RootsAre: sub.RootsAre, Delivery: sub.Delivery}
	if sub.File != nil {
		j.cas = sub.File.authorities()
		for _, p := range sub.File.Accounts()[:min(len(sub.File.Accounts()), maxAccounts)] {
			j.accounts = append(j.accounts, j.open(p))
		}
		signed.Message, signed.MessageErr = sub.File.Signed, sub.File.SignatureErr
		s = j.scenario(s)
	}
	r.Scenario = s.WithDefaults()
	s = r.Scenario
	r.Findings = append(formatCheck.Apply(s, sub), profiles.CheckSigned(s, signed)...)
	if sub.File != nil {
		r.Findings = append(r.Findings, checks.Run(s, j)...)
	}
	r.Findings = append(r.Findings, j.retirement(asked)...)
	if sub.Delivery == profiles.ForIntune {
		r.Findings = append(r.Findings, intuneCheck.Apply(s, sub)...)
	}
	for _, a := range j.accounts {
		r.Mailboxes = append(r.Mailboxes, j.scenarioOf(a, asked).WithDefaults().Mailbox)
		if a.ref != nil && len(a.ref.PKCS12) > 0 && a.identity == nil {
			r.Unseen++
		}
		if a.identity != nil {
			r.Identities = append(r.Identities, Identity{a.identity, j.scenarioOf(a, asked).WithDefaults()})
		}
		r.PasswordRefused = r.PasswordRefused || j.Password != "" && errors.Is(a.err, certs.ErrPassword) && a.ref.Password.Str() == ""
	}
	if sub.File != nil {
		r.Unseen += max(len(sub.File.Accounts())-maxAccounts, 0)
	}
	return r
}

// retirement tells of each way in which accounts of the profile sign in whether it
// stays, and how they get away from direct sign-in.
func (j *judged) retirement(asked preflight.Scenario) []preflight.Finding {
	var all []preflight.Finding
	for _, a := range j.accounts {
		for _, f := range preflight.Retirement.Run(j.scenarioOf(a, asked).WithDefaults(), struct{}{}) {
			switch {
			case !f.Status.Worse(preflight.StatusSkip):
			case j.Delivery == profiles.ForManual:
				f.Fix = "easkit migrate FILE makes an OAuth profile of it, which phones update in place"
			default:
				f.Fix = "have device management sign in by OAuth: in Intune's e-mail profile, or with a profile that is built anew (easkit ios --for mdm)"
			}
			if !slices.ContainsFunc(all, func(g preflight.Finding) bool { return g.Message == f.Message }) {
				all = append(all, f)
			}
		}
	}
	return all
}

// Unreadable is the finding on a file that could not be opened.
func Unreadable(err error) []preflight.Finding {
	findings := formatCheck.Apply(preflight.Scenario{}, &Subject{Err: err})
	findings[0].Fix, findings[0].Codes = "give the name of a file that can be read", nil
	return findings
}

// scenario is what the whole profile is judged for: that of its first account.
func (j *judged) scenario(s preflight.Scenario) preflight.Scenario {
	if len(j.accounts) == 0 {
		return s
	}
	return j.scenarioOf(j.accounts[0], s)
}

// scenarioOf is an account's own, with the mailbox of its user where the directory has
// it and the call says nothing.
func (j *judged) scenarioOf(a *account, s preflight.Scenario) preflight.Scenario {
	if s.Mailbox == "" && j.Users != nil {
		s.Mailbox = j.mailbox(a)
	}
	return a.Payload.scenario(s)
}

// mailbox is where the directory has the mailbox of an account's user: by the
// certificate, or else by the user name. It is "" where it doesn't tell.
func (j *judged) mailbox(a *account) preflight.Mailbox {
	at := preflight.Mailbox("")
	if a.identity != nil {
		at = j.Users.Mailbox(a.identity.Leaf)
	} else if u := j.Users.ByUPN(a.doc.User); u != nil {
		at = u.Mailbox
	}
	if at == preflight.MailboxUnknown {
		return ""
	}
	return at
}

// Scenario is what a profile is judged for: auth is its own, and where the call says
// nothing of mailbox and cloud, so are these, by its host.
func (f *File) Scenario(s preflight.Scenario) preflight.Scenario {
	if p := f.Account(); p != nil {
		return p.scenario(s)
	}
	return s
}

// scenario is what an account says of it.
func (p *Payload) scenario(s preflight.Scenario) preflight.Scenario {
	s.Auth = preflight.Direct
	if p.Get("OAuth").True() {
		s.Auth = preflight.OAuth
	}
	endpoint, err := profiles.ParseEndpoint(p.Get("Host").Str())
	if s.Mailbox == "" {
		s.Mailbox = preflight.MailboxUnknown
		if err == nil {
			s.Mailbox = profiles.MailboxAt(endpoint.Host)
		}
	}
	if s.Cloud == "" && err == nil {
		s.Cloud = profiles.CloudAt(endpoint.Host)
	}
	return s
}

// open reads an account and its identity.
func (j *judged) open(p *Payload) *account {
	a := &account{Payload: p, ref: j.File.Identity(p)}
	r := reader{doc: &profiles.Document{}, file: j.File}
	r.eas(p)
	a.doc = r.doc.Account
	return j.identityOf(a)
}

// identityOf opens the identity that an account refers to, where it is a file: each
// once, and so many of them, since each costs what its file asks for.
func (j *judged) identityOf(a *account) *account {
	if a.ref == nil || len(a.ref.PKCS12) == 0 {
		return a
	}
	if p := a.ref.Payload; p != nil {
		if before := j.opened[p]; before != nil {
			a.bundle, a.identity, a.err = before.bundle, before.identity, before.err
			return a
		}
		j.opened[p] = a
	} else {
		j.opened[a.Payload] = a
	}
	if outline, err := certs.OutlinePKCS12(a.ref.PKCS12); err == nil {
		j.rounds += outline.Rounds()
	}
	if len(j.opened) > maxIdentities || j.rounds > certs.MaxIterations && len(j.opened) > 1 {
		a.err = errTooMany
		return a
	}
	password := certs.Password(a.ref.Password.Str())
	if password == "" {
		password = j.Password
	}
	if a.bundle, a.err = certs.Read(a.ref.PKCS12, certs.Unlock{Password: password}); a.err == nil {
		a.identity, a.err = a.bundle.Identity()
	}
	return a
}

// each gathers the outcomes of a check over all accounts, each named where there are
// several.
func (j *judged) each(check func(*account) []preflight.Outcome) []preflight.Outcome {
	switch {
	case j.File.Encrypted:
		return preflight.Unchecked("the payloads are encrypted")
	case len(j.accounts) == 0:
		return preflight.Skip("there is no mail account in the profile")
	}
	var all []preflight.Outcome
	for _, a := range j.accounts {
		for _, o := range check(a) {
			if len(j.accounts) > 1 {
				o.Message = a.String() + ": " + o.Message
			}
			all = append(all, o)
		}
	}
	return all
}

// at puts an outcome to where a value stands.
func at(p plist.Position, o preflight.Outcome) preflight.Outcome {
	o.Line, o.Column = p.Line, p.Column
	return o
}

// place is where a value stands, or where the account begins that lacks it.
func (a *account) place(key string) plist.Position {
	if n := a.Get(key); n != nil {
		return n.At
	}
	return a.At
}

// outcome makes one outcome with a word for scripts.
func outcome(s preflight.Status, word, format string, args ...any) preflight.Outcome {
	return preflight.Outcome{Status: s, Value: word, Message: fmt.Sprintf(format, args...)}
}

func checkFormat(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	if sub.File != nil {
		return preflight.Pass("%s", sub.File.form())
	}
	o := outcome(preflight.StatusFail, "not-a-profile", "%v", sub.Err)
	if syntax := new(plist.SyntaxError); errors.As(sub.Err, &syntax) {
		o = at(syntax.At, outcome(preflight.StatusFail, "not-well-formed", "%v: %s", ErrNotProfile, syntax.Reason))
	}
	o.Codes = []string{"ios-1000", "ios-4007"}
	if _, err := certs.Read(sub.Data, certs.Unlock{}); err == nil || errors.Is(err, certs.ErrNoPassword) || errors.Is(err, certs.ErrPassword) {
		o.Fix = "it holds certificates: easkit check cert FILE"
	}
	return []preflight.Outcome{o}
}

// form describes a file in a few words.
func (f *File) form() string {
	text := "an XML property list"
	if f.List.Binary {
		text = "a binary property list"
	}
	if f.Signed != nil {
		text += ", signed"
	}
	if f.Encrypted {
		return text + ", with encrypted payloads"
	}
	return text + ", with " + preflight.Counted(len(f.Payloads), "payload")
}
