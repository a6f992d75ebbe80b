package preflight

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Auth is how the phone proves who it is to Exchange ActiveSync.
type Auth string

// The two ways to sign in with a certificate.
const (
	// OAuth shows the certificate to an authorisation server (Entra ID or
	// AD FS) and uses its token on EAS.
	OAuth Auth = "oauth"
	// Direct shows the certificate to Exchange itself, in the TLS handshake.
	// Exchange Online stops taking it: see [Retirement].
	Direct Auth = "direct"
)

// Issuer is the authorisation server that issues tokens for [OAuth].
type Issuer string

// The authorisation servers.
const (
	Entra Issuer = "entra"
	ADFS  Issuer = "adfs"
)

// Mailbox is where the user's mailbox lives, which decides what holds for it;
// the host name of the endpoint does not.
type Mailbox string

// The places of a mailbox. MailboxUnknown is treated with the care that
// Exchange Online asks for, but warns where that place would fail.
const (
	ExchangeOnline Mailbox = "exchange-online"
	ExchangeServer Mailbox = "exchange-server"
	MailboxUnknown Mailbox = "unknown"
)

// Cloud is the Microsoft cloud of the tenant.
type Cloud string

// The clouds. GCC shares the hosts of the worldwide cloud.
const (
	Worldwide Cloud = "worldwide"
	GCC       Cloud = "gcc"
	GCCHigh   Cloud = "gcc-high"
	DoD       Cloud = "dod"
	China     Cloud = "china"
)

// The values that flags and templates take, in the order help prints them.
var (
	Auths     = []Auth{OAuth, Direct}
	Issuers   = []Issuer{Entra, ADFS}
	Mailboxes = []Mailbox{ExchangeOnline, ExchangeServer, MailboxUnknown}
	Clouds    = []Cloud{Worldwide, GCC, GCCHigh, DoD, China}
)

// The oldest phone versions served where nothing else is said.
const (
	DefaultIOS     = 15
	DefaultAndroid = 11
)

// Scenario is what something is judged for. The zero value, once completed by
// [Scenario.WithDefaults], is OAuth by Entra ID against a mailbox in Exchange
// Online, in the worldwide cloud, now.
type Scenario struct {
	Auth    Auth
	Issuer  Issuer
	Mailbox Mailbox
	Cloud   Cloud
	At      time.Time // every rule about time is evaluated as of then
	IOS     int       // the oldest iOS version to serve
	Android int       // the oldest Android version to serve
	Now     time.Time // what time it is, for an At that lies ahead; zero where nobody says
}

// WithDefaults fills in what is not set. The default of Auth follows the
// mailbox: direct for Exchange Server, oauth otherwise, an unknown place
// counting as Exchange Online. The default of Issuer is AD FS for Exchange
// Server and Entra ID otherwise. At is left alone: the clock is the caller's.
func (s Scenario) WithDefaults() Scenario {
	s.Mailbox = orElse(s.Mailbox, ExchangeOnline)
	s.Cloud = orElse(s.Cloud, Worldwide)
	s.IOS = orElse(s.IOS, DefaultIOS)
	s.Android = orElse(s.Android, DefaultAndroid)
	if s.Mailbox == ExchangeServer {
		s.Auth = orElse(s.Auth, Direct)
		s.Issuer = orElse(s.Issuer, ADFS)
	}
	s.Auth = orElse(s.Auth, OAuth)
	s.Issuer = orElse(s.Issuer, Entra)
	return s
}

// MaybeOnline reports whether the mailbox is, or may be, in Exchange Online.
func (s Scenario) MaybeOnline() bool { return s.Mailbox != ExchangeServer }

// InCloud reports whether Entra ID or Exchange Online, or perhaps so, looks at the
// certificate and at the CRLs, asking from the Internet; with AD FS, and with
// direct sign-in to Exchange Server, servers inside do.
func (s Scenario) InCloud() bool {
	if s.Auth == OAuth {
		return s.Issuer != ADFS
	}
	return s.MaybeOnline()
}

func orElse[T comparable](v, other T) T {
	var zero T
	if v == zero {
		return other
	}
	return v
}

// Word checks that s is one of the words allowed for what, and returns it
// typed; the error names the ones there are.
func Word[T ~string](what, s string, allowed []T) (T, error) {
	if i := slices.Index(allowed, T(s)); i >= 0 {
		return allowed[i], nil
	}
	return "", fmt.Errorf("%s %q is unknown: it is one of %s", what, s, Join(allowed))
}

// Join lists words for a message: "oauth, direct".
func Join[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
