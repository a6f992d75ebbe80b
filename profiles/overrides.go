package profiles

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// Overrides is what a call says over its template and certificate. Empty fields
// say nothing.
type Overrides struct {
	Email             string
	User              string
	Host              string // HOST or HOST:PORT
	App               string // of Android
	IntuneCertificate string // of Android: see there
	Auth              preflight.Auth
	Issuer            preflight.Issuer
	Mailbox           preflight.Mailbox
	Cloud             preflight.Cloud

	// The phone makes its own key, and gets the certificate from a server at this
	// address: of SCEP, or of an ACME directory. One of them at most.
	SCEP, ACME string
	Challenge  certs.Password // of SCEP
}

// Account joins a template, a user's certificate and overrides:
//
//   - Email is the override, else the first routable rfc822Name, else the UPN;
//   - User is the override, else the UPN, else Email;
//   - without certificate and overrides both are the template's placeholders;
//   - Mailbox is the override, else the template's, else what the host says;
//   - Cloud is the override, else the template's, else that of the host;
//   - Auth and Issuer are the override's, else the template's, else the default
//     for the mailbox.
//
// Where the call names another host than the template, what the template says of
// mailbox and cloud was said of its own: a template for Exchange Online then
// leaves the mailbox to the host, and so does any where the host is one of
// Exchange Online; a host known to be another cloud's is that cloud's.
//
// leaf may be nil where Email is given or the template has placeholders. The error
// wraps [ErrPlaceholders] where a template for everybody meets one person's
// certificate.
func (t Template) Account(leaf *certs.Certificate, o Overrides) (Account, error) {
	s, endpoint, err := t.resolve(o)
	if err != nil {
		return Account{}, err
	}
	a := Account{
		Endpoint: endpoint, Auth: s.Auth, Issuer: s.Issuer, Mailbox: s.Mailbox, Cloud: s.Cloud,
		Organization: t.Organization, Identifier: cmp.Or(t.Identifier, DefaultIdentifier),
		SyncDays: DefaultSyncDays, Services: t.services(), IOS: t.IOS.options(), Android: t.Android.options(), Intune: t.Intune.options(),
	}
	if t.SyncDays != nil {
		a.SyncDays = *t.SyncDays
	}
	a.Android.App = cmp.Or(o.App, a.Android.App)
	a.Android.IntuneCertificate = cmp.Or(o.IntuneCertificate, a.Android.IntuneCertificate)
	if err := a.name(leaf, t, o); err != nil {
		return Account{}, err
	}
	if err := a.enrol(t.IOS, o); err != nil {
		return Account{}, err
	}
	a.Name = cmp.Or(t.AccountName, a.Email)
	return a, nil
}

// ErrNoHost says that neither call nor template names a server, and that none
// follows from where the mailbox is.
var ErrNoHost = errors.New("there is no server to connect to")

// Scenario is what every account of the template and these overrides is judged
// for, at the time and for the phones of s.
func (t Template) Scenario(s preflight.Scenario, o Overrides) (preflight.Scenario, error) {
	of, _, err := t.resolve(o)
	of.At, of.IOS, of.Android = s.At, s.IOS, s.Android
	return of.WithDefaults(), err
}

// resolve settles where an account is, and refuses what contradicts itself: the
// phone goes by the host, whatever was said of cloud and mailbox.
func (t Template) resolve(o Overrides) (preflight.Scenario, Endpoint, error) {
	host := cmp.Or(o.Host, t.Host)
	if host == "" && cmp.Or(o.Mailbox, t.Mailbox) == preflight.ExchangeOnline {
		host = cloudHosts[cmp.Or(o.Cloud, t.Cloud, preflight.Worldwide)]
	}
	if host == "" {
		return preflight.Scenario{}, Endpoint{}, fmt.Errorf("%w: the template %q leaves it to the call", ErrNoHost, t.Name)
	}
	endpoint, err := ParseEndpoint(host)
	if err != nil {
		return preflight.Scenario{}, Endpoint{}, err
	}
	s := t.scenario(o, endpoint)
	cloud, online := onlineHosts[endpoint.Host]
	switch {
	case online && s.Mailbox == preflight.ExchangeServer:
		err = fmt.Errorf("%s is a host of Exchange Online, and a mailbox on Exchange Server is not there", endpoint.Host)
	case online && cloud != s.Cloud && !(cloud == preflight.Worldwide && s.Cloud == preflight.GCC):
		err = fmt.Errorf("%s is the host of the cloud %s, not of %s: leave out the host, or say the cloud that it is in", endpoint.Host, cloud, s.Cloud)
	}
	return s, endpoint, err
}

// DefaultIdentifier is the start of PayloadIdentifier where a template gives none.
const DefaultIdentifier = "io.github.easkit.mail"

func (t Template) scenario(o Overrides, e Endpoint) preflight.Scenario {
	s := preflight.Scenario{
		Auth:    cmp.Or(o.Auth, t.Auth),
		Issuer:  cmp.Or(o.Issuer, t.Issuer),
		Cloud:   cmp.Or(o.Cloud, t.Cloud, onlineHosts[e.Host]),
		Mailbox: cmp.Or(o.Mailbox, t.Mailbox, MailboxAt(e.Host)),
	}
	if own, err := ParseEndpoint(t.Host); o.Host == "" || err == nil && own == e {
		return s.WithDefaults()
	}
	if at := MailboxAt(e.Host); o.Mailbox == "" && (t.Mailbox == preflight.ExchangeOnline || at == preflight.ExchangeOnline) {
		s.Mailbox = at
	}
	if at, known := onlineHosts[e.Host]; o.Cloud == "" && known && !(at == preflight.Worldwide && t.Cloud == preflight.GCC) {
		s.Cloud = at
	}
	return s.WithDefaults()
}

// ErrNoAddress says that nobody says whose account it is.
var ErrNoAddress = errors.New("there is no address for the account")

// ErrPlaceholders says that a template is for everybody, and a certificate is one
// person's.
var ErrPlaceholders = errors.New("the template has placeholders for the user (email, user), and the certificate is one person's")

// name sets who the account is for.
func (a *Account) name(leaf *certs.Certificate, t Template, o Overrides) error {
	if o.Email == "" && o.User == "" && (t.Email != "" || t.User != "") {
		return a.everybody(leaf, t)
	}
	upn, mail := "", ""
	if leaf != nil {
		upn = first(leaf.Values(certs.KindUPN), func(s string) bool { _, err := certs.ParseAddress(s); return err == nil })
		mail = first(leaf.Values(certs.KindEmail), func(s string) bool { return certs.Routable(s).Routable })
	}
	a.Email = cmp.Or(o.Email, mail, upn)
	a.User = cmp.Or(o.User, upn, a.Email)
	switch {
	case a.Email != "" && a.User != "":
	case leaf == nil:
		return fmt.Errorf("%w: there is no certificate to take it from", ErrNoAddress)
	default:
		return fmt.Errorf("%w: the certificate has neither a UPN that is one nor a routable rfc822Name", ErrNoAddress)
	}
	if _, err := certs.ParseAddress(a.Email); err != nil {
		return fmt.Errorf("e-mail address %q: %w", a.Email, err)
	}
	if strings.ContainsFunc(a.User, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("user name %q: there is a character in it that does not print", a.User)
	}
	return nil
}

// everybody takes the template's placeholders for user and address.
func (a *Account) everybody(leaf *certs.Certificate, t Template) error {
	switch {
	case leaf != nil:
		return ErrPlaceholders
	case t.Email == "":
		return errors.New("the template has a placeholder for the user and none for the address: set email as well")
	}
	a.Email, a.User = t.Email, cmp.Or(t.User, t.Email)
	return nil
}

func first(values []string, ok func(string) bool) string {
	for _, v := range values {
		if ok(v) {
			return v
		}
	}
	return ""
}

// Scenario is what an account is judged for, at the time and for the phones of s.
func (a Account) Scenario(s preflight.Scenario) preflight.Scenario {
	s.Auth, s.Issuer, s.Mailbox, s.Cloud = a.Auth, a.Issuer, a.Mailbox, a.Cloud
	return s.WithDefaults()
}
