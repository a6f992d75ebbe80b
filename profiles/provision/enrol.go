package provision

import (
	"errors"
	"net/url"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/profiles"
)

// Why a profile without a key can't be made as it was asked for.
var (
	// ErrNoIdentity says that there is neither an identity nor a way by which the phone
	// gets one.
	ErrNoIdentity = errors.New("there is no identity, and the phone makes none")
	// ErrTwoKeys says that there are both.
	ErrTwoKeys = errors.New("the phone makes its own key (SCEP or ACME), and an identity is given as well")
	// ErrByHand says that nobody would fill the placeholders in.
	ErrByHand = errors.New("the account has placeholders, which nobody fills in on a phone where the profile is installed by hand")
	// ErrSealed says that nobody gets at the placeholders.
	ErrSealed = errors.New("the account has placeholders, which nobody can fill in within encrypted payloads")
	// ErrSigned says that a signature would not hold.
	ErrSigned = errors.New("the account has placeholders, and a signature breaks when device management fills them in")
)

// refuseEnrolment refuses what can't be asked of a profile whose key is made by the phone.
func (u *user) refuseEnrolment() error {
	placeholders := len(u.account.Placeholders()) > 0
	switch {
	case u.id == nil && !u.account.IOS.Enrols():
		return ErrNoIdentity
	case u.id != nil && u.account.IOS.Enrols():
		return ErrTwoKeys
	case placeholders && u.id != nil:
		return profiles.ErrPlaceholders
	case placeholders && u.EncryptFor != nil:
		return ErrSealed
	case placeholders && !u.ForMDM:
		return ErrByHand
	case placeholders && u.Signer != nil:
		return ErrSigned
	}
	return nil
}

// enrol prepares a profile without a key: it is named after the account, and of the
// checks those run that need no certificate.
func (u *user) enrol() {
	if u.Name == "" {
		u.Name = accountName(u.account)
	}
	u.result.Findings = profiles.Check(u.result.Scenario, &profiles.Subject{Account: u.account})
	u.noteEnrolment()
}

// accountName is what the files of an account without an identity are called: the
// address up to its @, or the identifier of a profile that is everybody's.
func accountName(a profiles.Account) string {
	if len(profiles.Tokens(a.Email)) > 0 {
		return a.Identifier
	}
	local, _, _ := strings.Cut(a.Email, "@")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) { // Windows takes none of these in a name
			return '-'
		}
		return r
	}, local)
}

// noteEnrolment says what nobody can see before there is a certificate, and what the
// profile gives away.
func (u *user) noteEnrolment() {
	a := u.account
	u.note("The certificate is judged when there is one: easkit check cert FILE. The CA has to put the names into it that the phone asks for (%s), with the extended key usage clientAuth, the key usage digitalSignature and the address of a CRL; AD CS does so by a template that takes the names from the request.", names(a))
	if !profiles.IsUPN(a.User) {
		u.note("The user name %s is no UPN: the phone asks for the address alone, so the CA or a mapping has to say whose the certificate is.", a.User)
	}
	if s := a.IOS.SCEP; s != nil {
		u.noteSCEP(s)
	}
	if s := a.IOS.ACME; s != nil && s.ClientIdentifier == a.UUID(profiles.RoleACMEClient) {
		u.note("The client identifier that the ACME server sees follows from the user, so it is no secret and the same on all phones of the user: let the server judge the attestation.")
	}
	if a.IOS.KeyUsage() != profiles.KeyUsageSigning {
		u.note("Mail is encrypted to a key that never leaves the phone: without the phone nobody reads it any more.")
	}
}

func (u *user) noteSCEP(s *profiles.SCEP) {
	u.note("With SCEP, phones were seen not to try the account as they install it: there is no certificate yet.")
	if s.Challenge != "" {
		u.note("The profile holds the challenge of the SCEP server: whoever reads the file can ask for certificates, in any name that the server lets through.")
	}
	if address, err := url.Parse(s.URL); err == nil && address.Scheme == "http" && len(s.CAFingerprint) == 0 {
		u.note("The SCEP server's address is http, and no fingerprint of its CA is given (ios.scep.fingerprint): on the way, anybody can pass for the server.")
	}
}

// names lists the names that the certificate is asked for in.
func names(a profiles.Account) string {
	if profiles.IsUPN(a.User) {
		return "UPN " + a.User + ", address " + a.Email
	}
	return "address " + a.Email
}

// authorities are the CAs to go into the profile, the nearest first: those above the
// identity, or without one those given, each once, with the roots at the end.
func (u *user) authorities() []*certs.Certificate {
	if u.id != nil {
		return u.id.Chain
	}
	var cas, roots []*certs.Certificate
	seen := map[string]bool{}
	for _, ca := range u.CAs {
		switch {
		case !ca.IsCA || seen[string(ca.Raw)]:
		case ca.IsRoot():
			roots = append(roots, ca)
		default:
			cas = append(cas, ca)
		}
		seen[string(ca.Raw)] = true
	}
	return append(cas, roots...)
}
