package ios

import (
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/profiles"
)

// PromptKind names a question that the phone asks during an installation by hand.
type PromptKind string

// The questions.
const (
	AskPasscode   PromptKind = "passcode"             // the phone's own
	AskDevice     PromptKind = "device"               // iPhone or paired watch
	AskConsent    PromptKind = "consent"              // the profile's ConsentText
	AskTrust      PromptKind = "trust"                // a root: a warning, and a switch for later
	AskEmail      PromptKind = "email"                // the mail address
	AskUser       PromptKind = "user-name"            // of the account
	AskPassword   PromptKind = "password"             // of the account
	AskP12        PromptKind = "certificate-password" // of a PKCS#12 file
	InventedEmail PromptKind = "invented-email"       // not asked: iOS makes one up
)

// Prompt is one question that the phone asks where a user installs the profile. By
// device management nothing is asked: what is missing then stays missing.
type Prompt struct {
	Kind     PromptKind      `json:"kind"`
	What     string          `json:"what"` // what is asked for, and why
	Optional bool            `json:"optional,omitempty"`
	NotAsked bool            `json:"not_asked,omitempty"` // iOS takes something in place of asking
	Where    string          `json:"where,omitempty"`     // the payload that makes the phone ask
	Root     string          `json:"root,omitempty"`      // of AskTrust: the root's name
	Basis    preflight.Basis `json:"basis"`

	payload *Payload // of Where
}

// condition is what a payload has to say, or must not.
type condition int

const (
	either condition = iota
	yes
	no
)

func (c condition) fits(v bool) bool { return c == either || (c == yes) == v }

// credentialRow is a row of what iOS asks of an account's credentials: it follows
// from which keys are there. Of OAuth the presence counts, not the value.
type credentialRow struct {
	cert, oauth, user, password condition
	asks                        []Prompt
	basis                       preflight.Basis
}

// What is asked for, in the words of the table below.
var (
	askUser     = Prompt{Kind: AskUser, What: "the user name of the mail account, which the profile does not have"}
	askPassword = Prompt{Kind: AskPassword, What: "the password of the mail account"}
	askOptional = Prompt{Kind: AskPassword, Optional: true,
		What: "a password of the mail account, which may stay empty"}
)

// credentialRows were observed on one build of iOS; those that nobody saw are inferred.
// The first that fits counts.
var credentialRows = []credentialRow{
	{cert: no, oauth: no, user: no, password: no, asks: []Prompt{askUser, askPassword}, basis: preflight.Observed},
	{cert: no, oauth: no, user: yes, password: no, asks: []Prompt{askPassword}, basis: preflight.Observed},
	{cert: no, oauth: yes, user: no, asks: []Prompt{askUser}, basis: preflight.Observed},
	{cert: yes, oauth: no, user: no, password: no, basis: preflight.Observed},
	{cert: yes, oauth: no, user: yes, password: no, asks: []Prompt{askOptional}, basis: preflight.Observed},
	{cert: yes, oauth: yes, basis: preflight.Observed},
	{cert: no, oauth: no, user: no, password: yes, asks: []Prompt{askUser}, basis: preflight.Inferred},
	{cert: no, oauth: no, user: yes, password: yes, basis: preflight.Inferred},
	{cert: no, oauth: yes, user: yes, basis: preflight.Inferred},
	{cert: yes, oauth: no, password: yes, basis: preflight.Inferred},
}

// Prompts lists what the phone asks where a user installs the profile, in the order
// in which it does: as far as known, for the order is documented nowhere.
func Prompts(f *File) []Prompt {
	var all []Prompt
	// 0 stands for any device, as leaving it out does.
	if target := f.Top.Get("TargetDeviceType"); target == nil || target.Int == 0 {
		all = append(all, Prompt{Kind: AskDevice, Basis: preflight.Documented,
			What: "for which device the profile is, where an Apple Watch is paired (iOS 12.2 and later)"})
	}
	all = append(all, Prompt{Kind: AskPasscode, Basis: preflight.Observed, What: "its own passcode, where one is set"})
	if texts := f.Top.Get("ConsentText"); texts != nil && len(texts.Entries) > 0 {
		all = append(all, Prompt{Kind: AskConsent, Basis: preflight.Documented, What: "consent to the profile's own text, in the phone's language"})
	}
	for _, p := range f.Payloads {
		switch p.Type {
		case typeRoot, typePKCS1, typePEM:
			all = append(all, rootPrompts(p)...)
		}
	}
	for _, p := range f.Payloads {
		switch p.Type {
		case typePKCS12:
			if p.Get("Password").Str() == "" {
				all = append(all, Prompt{Kind: AskP12, Where: p.String(), payload: p, Basis: preflight.Observed, What: "the password of the certificate file"})
			}
		case typeEAS:
			all = append(all, accountPrompts(p)...)
		}
	}
	return all
}

// rootPrompts warns of a root: installed by hand it is trusted for everything but
// TLS, until the user switches that on. https://support.apple.com/102390
func rootPrompts(p *Payload) []Prompt {
	b, err := certs.Read(p.Get("PayloadContent").Bytes(), certs.Unlock{})
	if err != nil || len(b.Certificates) != 1 || !b.Certificates[0].IsRoot() {
		return nil
	}
	name := b.Certificates[0].String()
	return []Prompt{{Kind: AskTrust, Where: p.String(), Basis: preflight.Documented, Root: name,
		What: "whether to add the root " + quoted(name)}}
}

// accountPrompts is what a mail account makes the phone ask.
func accountPrompts(p *Payload) []Prompt {
	isSet := func(key string) bool { return p.Get(key).Str() != "" } // empty counts as missing
	inline := p.Get("Certificate") != nil && !isSet(keyIdentity)
	cert := inline || isSet(keyIdentity)
	var all []Prompt
	add := func(q Prompt, basis preflight.Basis) {
		q.Where, q.Basis, q.payload = p.String(), basis, p
		all = append(all, q)
	}
	switch {
	case isSet("EmailAddress"):
	case addressOf(p) != "":
		add(Prompt{Kind: InventedEmail, NotAsked: true, What: "no mail address is asked for: iOS makes up " +
			quoted(addressOf(p)) + ", which is not the user's"}, preflight.Observed)
	default:
		add(Prompt{Kind: AskEmail, What: "the user's mail address, which the profile does not have"}, preflight.Documented)
	}
	for _, row := range credentialRows {
		if row.cert.fits(cert) && row.oauth.fits(p.Get("OAuth") != nil) && row.user.fits(isSet("UserName")) && row.password.fits(isSet("Password")) {
			for _, q := range row.asks {
				add(q, row.basis)
			}
			break
		}
	}
	if inline && !isSet("CertificatePassword") {
		add(Prompt{Kind: AskP12, What: "the password of the certificate file that lies in the account"}, preflight.Observed)
	}
	return all
}

// hiddenToken stands for a placeholder in a secret: what is written there is not shown.
const hiddenToken = "{{…}}"

// placeholders lists what device management would fill in, each once, in the order of
// the file.
func (f *File) placeholders() []string {
	var all []string
	add := func(token string) {
		if !slices.Contains(all, token) {
			all = append(all, token)
		}
	}
	var visit func(n *plist.Node, secret bool)
	visit = func(n *plist.Node, secret bool) {
		for _, item := range n.Items {
			visit(item, secret)
		}
		for _, e := range n.Entries {
			visit(e.Value, secret || slices.Contains(secretKeys, e.Key))
		}
		for _, token := range profiles.Tokens(n.Text) {
			if known, _ := profiles.IntuneToken(token); secret && !known {
				token = hiddenToken
			}
			add(token)
		}
	}
	visit(f.Top, false)
	return all
}
