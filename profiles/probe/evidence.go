package probe

import (
	"crypto/x509"
	"net/http"
	"net/netip"
	"time"
)

// Evidence is what was seen of a target, before anybody judges it. What was not come to
// is nil. It holds no key, no token and no password.
type Evidence struct {
	Target   Target
	At       time.Time
	OwnRoots bool // servers were trusted by [Options].Roots, and not by the system's

	Name     *Lookup     // of the account's host
	Options  []*Exchange // OPTIONS with the certificate, each sent on by the one before
	Late     []*Exchange // the last of them by TLS 1.2 and renegotiation, where it was refused in TLS 1.3 without having been asked
	Versions []string    // of the protocol, as the last of them announced
	Commands []string    // likewise
	Discover *Discovery  // Autodiscover v2
	OAuth    *OAuth      // where the account signs in by a token
	Deep     *Deep       // where that was asked for
}

// Lookup is what a name came to.
type Lookup struct {
	Host      string
	Addresses []netip.Addr
	Connect   string // the address that was given in its place
	Err       error
}

// Stage is how far an exchange got.
type Stage string

// The stages in order. A refusal in TLS 1.3 shows as StageAnswer: the handshake is over
// for the client before the server has looked at its certificate.
const (
	StageName      Stage = "name"
	StageConnect   Stage = "connect"
	StageHandshake Stage = "handshake"
	StageRequest   Stage = "request"
	StageAnswer    Stage = "answer" // waiting for the status line, or reading headers
	StageBody      Stage = "body"
	StageDone      Stage = "done"
)

// Exchange is one request and its answer.
type Exchange struct {
	Method  string
	URL     string
	Address string // that was dialled
	TLS     *TLS   // nil where it did not come to a handshake
	Status  int    // of HTTP; 0 where there was no answer
	Header  http.Header
	Body    []byte // as much as 1 MiB
	Stage   Stage  // that it ended in
	Err     error  // why it ended there; nil where Stage is StageDone
	Took    time.Duration

	Location string // where the answer sends to, if anywhere
	Refused  error  // why that was not followed
}

// TLS is what was seen of a connection.
type TLS struct {
	Version  uint16
	Chain    []*x509.Certificate // as the server sent it
	ChainErr error               // why it is not trusted, for this name; nothing was sent then
	Trusted  []*x509.Certificate // the way from the server's certificate to a root; nil where there is none
	Asked    bool                // for a client certificate
	Late     bool                // only once the request was there, by renegotiation
	CAs      [][]byte            // the names (DER) of the CAs that it offered; none where it takes any
	Offered  bool                // the identity's own is among them, or there are none
	Sent     bool                // the identity's certificate
	Alert    Alert               // that the server sent; 0 where it did not
}

// Alert is the number of a TLS alert (RFC 8446 6).
type Alert uint8

// Discovery is what Autodiscover v2 answered for the account's address.
type Discovery struct {
	Exchange *Exchange
	URL      string // of the server that the mailbox is on
	Error    string // the code that it gave in its place
}

// OAuth is what can be seen of the sign-in by token.
type OAuth struct {
	Before    []*Exchange // what sent on to Exchange, in order
	Exchange  *Exchange   // OPTIONS with an empty Bearer header and the address
	Challenge Challenge   // that came back
	CertAuth  *Exchange   // the host of the authority that asks for certificates; only shaken hands with
	SignInErr error       // why there is no token, where one was to be had
	SignedIn  bool        // there was a token
	Options   []*Exchange // OPTIONS with the token
}

// Challenge is what a server says about who gives tokens for it.
type Challenge struct {
	Host           string // of the server: where a token would go
	Bearer         bool   // it takes tokens at all
	Authority      string // URL of authorization_uri
	TrustedIssuers string
	ClientID       string // of the server itself
	Claims         string // that the token must answer to
	Error          string // invalid_token, …
}

// Deep is what was seen of the mailbox. In its parts, Status is 0 and Err says why where an
// answer did not come, or could not be understood. Exchanges with mail in them have no Body.
type Deep struct {
	DeviceID  string // of the partnership that this makes
	Version   string // of the protocol that was spoken
	Provision *Provisioned
	Folders   *FolderSynced
	Inbox     *InboxSynced
}

// Provisioned is what the server demands of the phone.
type Provisioned struct {
	Exchanges    []*Exchange
	Status       int // of the answer; 1 is success
	PolicyStatus int // of the policy in it; 2 is that there is none
	Policy       []Setting
	Wipe         bool // the server asks the device to wipe itself; never acknowledged
	WipeAccount  bool // likewise of the account's data alone (version 16.1)
	Acknowledged bool
	AckStatus    int
	Err          error
}

// Setting is one demand of a policy.
type Setting struct{ Name, Value string }

// FolderSynced is the list of folders.
type FolderSynced struct {
	Exchanges []*Exchange
	Status    int
	Folders   []Folder
	Err       error
}

// Folder is one folder of a mailbox.
type Folder struct {
	ID, Parent, Name string
	Type             int // 2 is the inbox (MS-ASCMD 2.2.3.186.3)
}

// InboxSynced is what came of the inbox.
type InboxSynced struct {
	Exchanges []*Exchange
	Status    int
	Days      int  // how far back was asked for; 0 is all mail
	Messages  int  // that came
	More      bool // there are more than were fetched
	Err       error
}
