package android

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/android/schema"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Subject is what the checks of a configuration look at: a file, and what is known
// around it.
type Subject struct {
	Data     []byte
	File     *File // nil where Err says why
	Err      error // of Open
	Delivery profiles.Delivery
	Auth     preflight.Auth // what the account shall sign in by; "" where nobody says
	Password certs.Password // of a bundle's identity
	Users    *entra.Users   // the directory's; nil where nobody gave them
	Schema   *schema.Table  // the app's own table; nil for what its vendor documents
}

// NewSubject opens a file to be checked. What Open refuses is a subject as well.
func NewSubject(data []byte, d profiles.Delivery) *Subject {
	f, err := Open(data)
	if err != nil {
		f = nil
	}
	return &Subject{Data: data, File: f, Err: err, Delivery: d}
}

// Judgement is what [Judge] gives.
type Judgement struct {
	Scenario        preflight.Scenario // what the first account was judged for
	Findings        []preflight.Finding
	Identity        *certs.Identity      // of a bundle, where it could be opened
	Chain           []*certs.Certificate // that a bundle brings beside it
	Direct          bool                 // an account of it signs in directly
	PasswordRefused bool                 // the password of the call opens nothing
}

// What one file can make us do.
const (
	maxConfigurations = 50
	maxFindings       = 100 // of one check
)

// judged is a subject with its configurations looked at once.
type judged struct {
	*Subject
	asked    preflight.Scenario
	accounts []*mailAccount
	bundle   *opened // nil where the file is none
}

// mailAccount is the configuration of a mail app as far as it can be read.
type mailAccount struct {
	*Configuration
	app App
	doc profiles.Account
	s   preflight.Scenario
	// password says that it signs in with a user name and a password, and no certificate.
	password bool
}

// Where the rules of Android's configurations come from.
const (
	srcAMAPI   = "https://developers.google.com/android/management/reference/rest/v1/enterprises.policies#ApplicationPolicy"
	srcGmail   = "https://support.google.com/a/answer/7065453"
	srcOutlook = "https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/outlook-for-ios-and-android-configuration-with-microsoft-intune"
	srcIntune  = "https://learn.microsoft.com/intune/intune-service/apps/app-configuration-policies-use-android"
	srcCert    = "https://learn.microsoft.com/intune/intune-service/apps/app-configuration-vpn-ae"
	srcJSON    = "https://www.rfc-editor.org/rfc/rfc8259#section-8.1"
	srcAOSP    = "https://android.googlesource.com/platform/packages/apps/CertInstaller"
)

// info is the catalogue's entry of a check with the source and the remedy that hold for
// Android.
func info(i preflight.Info, source, fix string) preflight.Info {
	i.Source, i.Fix, i.Codes = source, fix, nil
	return i
}

// checks are those of a configuration's file, by the entries of package profiles.
var checks = preflight.Table[*judged]{
	{Info: info(profiles.Info("profile.schema"), srcAMAPI, "write the key and its value as the app's own schema has them"), Run: some(checkSchema)},
	{Info: info(profiles.Info("profile.identity"), srcAOSP, "build the bundle with easkit android, which writes the identity for the oldest version to serve and names it"), Run: some(checkIdentity)},
	{Info: info(profiles.Usable.Info, srcGmail, "write the address, the user name and the server into the configuration, or build it anew with easkit android"), Run: some(checkAccount)},
	{Info: info(profiles.Match.Info, profiles.Match.Source, "give the certificate's own user, or another identity"), Run: some(checkMatch)},
	{Info: info(profiles.Info("profile.auth"), srcGmail, "name the certificate for direct sign-in, and none for oauth"), Run: some(checkAuth)},
	{Info: info(profiles.Info("profile.secrets"), srcGmail, "leave passwords and keys out: the phone takes the key from its key store"), Run: some(checkSecrets)},
	{Info: info(profiles.Info("profile.tokens"), srcIntune, "write the placeholder as the console has it, or the value itself"), Run: some(checkTokens)},
	{Info: info(preflight.Retirement[0].Info, preflight.RetirementSource, "build it anew with easkit android --auth oauth"), Run: some(checkRetirement)},
}

var formatCheck = preflight.Check[*Subject]{
	Info: info(profiles.Info("profile.format"), srcAMAPI, "build the configuration anew, or export it again"), Run: checkFormat,
}

// some keeps a check to so many findings that a person can read them, and the worst of
// the rest.
func some(check func(*judged) []preflight.Outcome) func(preflight.Scenario, *judged) []preflight.Outcome {
	return func(_ preflight.Scenario, j *judged) []preflight.Outcome {
		all := check(j)
		if len(all) <= maxFindings {
			return all
		}
		rest := all[maxFindings:]
		more := rest[0]
		for _, o := range rest {
			if o.Status.Worse(more.Status) {
				more = o
			}
		}
		more.Message = fmt.Sprintf("and %d more of this check, such as: %s", len(rest), more.Message)
		return append(all[:maxFindings:maxFindings], more)
	}
}

// Check judges a managed configuration: its form, each key, and the accounts in it.
// s is what the call says; auth and, unless the call says it, the mailbox are the
// configuration's own. Of a file that isn't understood profile.format speaks alone.
func Check(s preflight.Scenario, sub *Subject) []preflight.Finding { return Judge(s, sub).Findings }

// Judge is [Check], and gives what it found besides.
func Judge(s preflight.Scenario, sub *Subject) *Judgement {
	r := &Judgement{Scenario: s.WithDefaults(), Findings: formatCheck.Apply(s.WithDefaults(), sub)}
	if sub.File == nil {
		return r
	}
	j := &judged{Subject: sub, asked: s}
	if sub.File.Form == FormBundle {
		j.bundle = j.openBundle()
		r.Identity, r.Chain = j.bundle.identity, j.bundle.chain
		r.PasswordRefused = sub.Password != "" && errors.Is(j.bundle.err, certs.ErrPassword)
	}
	mail := sub.File.mail()
	for _, c := range mail[:min(len(mail), maxConfigurations)] {
		a := j.account(c)
		j.accounts = append(j.accounts, a)
		r.Direct = r.Direct || a.s.Auth == preflight.Direct
	}
	if len(j.accounts) > 0 {
		r.Scenario = j.accounts[0].s
	}
	r.Findings = append(r.Findings, checks.Run(r.Scenario, j)...)
	return r
}

// account reads what a configuration says of the account. The bundle around it, if
// there is one, knows what the app is not told.
func (j *judged) account(c *Configuration) *mailAccount {
	app, _ := appOf(c.Package)
	a := &mailAccount{Configuration: c, app: app, s: j.asked}
	if j.bundle != nil {
		a.doc = j.bundle.said
	}
	// An alias is what direct sign-in takes; nothing else in a configuration tells.
	a.s.Auth = preflight.OAuth
	if app.Name == gmail.Name {
		a.doc.Email, a.doc.User = a.str("email_address"), a.str("exchange_username")
		a.doc.Endpoint, _ = readHost(a.str("exchange_host"))
		if a.str(gmailAlias) != "" {
			a.s.Auth = preflight.Direct
		}
	} else {
		a.doc.Email, a.doc.User = a.str(outlookAddress), a.str(outlookUPN)
		a.password = a.str(outlookType) != modernAuth && !isToken(a.str(outlookType))
		if host := a.str(outlookHost); host != "" {
			a.doc.Endpoint, _ = readHost(host)
		}
	}
	a.doc.Auth = a.s.Auth
	if a.s.Mailbox == "" {
		a.s.Mailbox = j.mailbox(a)
	}
	if a.s.Cloud == "" {
		a.s.Cloud = profiles.CloudAt(a.doc.Endpoint.Host)
	}
	a.s = a.s.WithDefaults()
	return a
}

// mailbox is where the account's mailbox is: by the directory, by the bundle, or by
// its host. Outlook's sign-in without a host is that of Exchange Online or of a hybrid.
func (j *judged) mailbox(a *mailAccount) preflight.Mailbox {
	if j.Users != nil {
		if u := j.Users.ByUPN(a.doc.User); u != nil && u.Mailbox != "" && u.Mailbox != preflight.MailboxUnknown {
			return u.Mailbox
		}
	}
	if j.bundle != nil && slices.Contains(preflight.Mailboxes, j.bundle.said.Mailbox) {
		return j.bundle.said.Mailbox
	}
	return profiles.MailboxAt(a.doc.Endpoint.Host)
}

// str is the text of a value, "" where there is none.
func (c *Configuration) str(key string) string { return c.Values.Get(key).Str() }

// place is where a value stands, or where the configuration begins that lacks it.
func (c *Configuration) place(key string) tree.Position {
	if n := c.Values.Get(key); n != nil {
		return n.At
	}
	return c.object.At
}

// each gathers the outcomes of a check over all accounts, each named where there are
// several.
func (j *judged) each(check func(*mailAccount) []preflight.Outcome) []preflight.Outcome {
	if len(j.accounts) == 0 {
		return preflight.Skip("there is no configuration of an app that is known here (Gmail, Outlook)")
	}
	var all []preflight.Outcome
	for _, a := range j.accounts {
		for _, o := range check(a) {
			if len(j.accounts) > 1 {
				o.Message = a.app.Title + ": " + o.Message
			}
			all = append(all, o)
		}
	}
	return all
}

// at puts an outcome to where a value stands.
func at(p tree.Position, o preflight.Outcome) preflight.Outcome {
	o.Line, o.Column = p.Line, p.Column
	return o
}

// outcome makes one outcome with a word for scripts.
func outcome(s preflight.Status, word, format string, args ...any) preflight.Outcome {
	return preflight.Outcome{Status: s, Value: word, Message: fmt.Sprintf(format, args...)}
}

func checkFormat(_ preflight.Scenario, sub *Subject) []preflight.Outcome {
	if sub.File == nil {
		o := outcome(preflight.StatusFail, "not-a-configuration", "%s", preflight.Printable(sub.Err.Error()))
		var where *openError
		if errors.As(sub.Err, &where) {
			o.Value = where.word
			o = at(where.at, o)
		}
		if o.Value == "not-base64" {
			o.Source, o.Fix = srcIntune, "encode the JSON in base64, as Intune exports it"
		}
		return []preflight.Outcome{o}
	}
	f := sub.File
	if f.UTF16 {
		o := outcome(preflight.StatusFail, "utf-16", "%s, in UTF-16, as Windows PowerShell's > and Out-File write it: JSON is UTF-8", f.Form)
		o.Source, o.Fix = srcJSON, "save it as UTF-8 (Out-File -Encoding utf8)"
		return []preflight.Outcome{at(tree.Position{Line: 1, Column: 1}, o)}
	}
	if f.BOM {
		o := outcome(preflight.StatusWarn, "bom", "%s, behind a byte order mark, which JSON does not have", f.Form)
		o.Source, o.Fix = srcJSON, "save it as UTF-8 without a byte order mark"
		return []preflight.Outcome{at(tree.Position{Line: 1, Column: 1}, o)}
	}
	return preflight.Pass("%s, for %s", f.Form, preflight.Counted(len(f.Configurations), "app"))
}

// opened is a bundle with its identity, as far as that opens.
type opened struct {
	*tree.Node
	said     profiles.Account // what it says of the account, beside the configuration
	raw      []byte
	pkcs12   *certs.PKCS12 // opened, or its outline
	identity *certs.Identity
	chain    []*certs.Certificate
	broken   *tree.Node // an element of the chain that is no certificate; nil where none is
	err      error      // why identity is missing
}

// openBundle reads what stands in a bundle beside the configuration.
func (j *judged) openBundle() *opened {
	top := j.File.Top
	b := &opened{Node: top.Get("identity")}
	said := top.Get("account")
	b.said = profiles.Account{
		Name: said.Get("name").Str(), Email: said.Get("email").Str(), User: said.Get("user").Str(),
		Auth: preflight.Auth(said.Get("auth").Str()), Mailbox: preflight.Mailbox(said.Get("mailbox").Str()),
	}
	b.said.Endpoint, _ = readHost(said.Get("host").Str())
	b.readChain(top.Get("chain"))
	if b.raw, b.err = base64.StdEncoding.DecodeString(b.Get("data").Str()); b.err != nil || len(b.raw) == 0 {
		b.err = errors.New("identity.data is not base64, or not there")
		return b
	}
	opened, err := certs.Read(b.raw, certs.Unlock{Password: j.Password})
	if err == nil {
		b.pkcs12 = opened.PKCS12
		if b.identity, b.err = opened.Identity(); b.pkcs12 == nil {
			b.err = fmt.Errorf("it is a %s file, not PKCS#12", opened.Format)
		}
		return b
	}
	b.err = err
	b.pkcs12, _ = certs.OutlinePKCS12(b.raw)
	return b
}

// maxChain is how many certificates of a chain are read: real ones have two or three.
const maxChain = 20

func (b *opened) readChain(n *tree.Node) {
	if !n.Is(tree.Array) {
		return
	}
	for _, item := range n.Items[:min(len(n.Items), maxChain)] {
		der, err := base64.StdEncoding.DecodeString(item.Str())
		var ca *certs.Certificate
		if err == nil {
			ca, err = certs.ParseCertificate(der)
		}
		if err != nil {
			b.broken = item
			continue
		}
		b.chain = append(b.chain, ca)
	}
}
