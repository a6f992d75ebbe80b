package ios

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/easkit/easkit/certs"
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
	// Mailbox says where the user of a certificate has the mailbox; nil where nobody
	// knows.
	Mailbox func(*certs.Certificate) preflight.Mailbox
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
}

// account is one mail account of a profile, with its identity as far as it opens.
type account struct {
	*Payload
	ref      *Reference // nil where it names no identity
	doc      profiles.Account
	bundle   *certs.Bundle
	identity *certs.Identity
	err      error // why bundle or identity is missing
}

// checks are those of a profile's file.
var checks = preflight.Table[*judged]{
	{Info: profiles.Info("profile.structure"), Run: checkStructure},
	{Info: profiles.Info("profile.schema"), Run: checkSchema},
	{Info: profiles.Info("profile.identity"), Run: checkIdentity},
	{Info: profiles.Usable.Info, Run: checkAccount},
	{Info: profiles.Match.Info, Run: checkMatch},
	{Info: profiles.Info("profile.auth"), Run: checkAuth},
	{Info: profiles.Info("profile.secrets"), Run: checkSecrets},
	{Info: profiles.Info("profile.tokens"), Run: checkTokens},
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
	Identities []*certs.Identity // of the profile's accounts, as far as they could be opened
	// PasswordRefused says that the password of the call does not open an identity
	// whose password is not in the profile.
	PasswordRefused bool
}

// Judge is [Check], and gives what it found in the profile besides.
func Judge(s preflight.Scenario, sub *Subject) *Judgement {
	j := &judged{Subject: sub}
	r := &Judgement{}
	signed := &profiles.Signed{Data: sub.Data, Roots: sub.Roots, RootsAre: sub.RootsAre, Delivery: sub.Delivery}
	if sub.File != nil {
		for _, p := range sub.File.Of(typeEAS) {
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
	if len(j.accounts) > 0 {
		r.Findings = append(r.Findings, preflight.Retirement.Run(s, struct{}{})...)
	}
	if sub.Delivery == profiles.ForIntune {
		r.Findings = append(r.Findings, intuneCheck.Apply(s, sub)...)
	}
	for _, a := range j.accounts {
		if a.identity != nil {
			r.Identities = append(r.Identities, a.identity)
		}
		r.PasswordRefused = r.PasswordRefused || j.Password != "" && errors.Is(a.err, certs.ErrPassword) && a.ref.Password.Str() == ""
	}
	return r
}

// Unreadable is the finding on a file that could not be opened.
func Unreadable(err error) []preflight.Finding {
	return formatCheck.Apply(preflight.Scenario{}, &Subject{Err: err})
}

// scenario is the file's own, with the mailbox of the user of its first identity
// where that is known.
func (j *judged) scenario(s preflight.Scenario) preflight.Scenario {
	if s.Mailbox == "" && j.Mailbox != nil && len(j.accounts) > 0 && j.accounts[0].identity != nil {
		if at := j.Mailbox(j.accounts[0].identity.Leaf); at != preflight.MailboxUnknown {
			s.Mailbox = at
		}
	}
	return j.File.Scenario(s)
}

// Scenario is what a profile is judged for: auth is its own, and where the call says
// nothing of mailbox and cloud, so are these, by its host.
func (f *File) Scenario(s preflight.Scenario) preflight.Scenario {
	p := f.Account()
	if p == nil {
		return s
	}
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

// identityOf opens the identity that an account refers to, where it is a file.
func (j *judged) identityOf(a *account) *account {
	if a.ref == nil || len(a.ref.PKCS12) == 0 {
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
