package provision

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/certs/signer"
	"github.com/easkit/easkit/ios"
)

// ExtIOS is the extension of iOS profiles.
const ExtIOS = ".mobileconfig"

// IOS makes a user's .mobileconfig, signed where the request has a signer, and a
// file with the password where one was made that the user has to type.
//
// Without a bundle the profile has no key: the phone makes one and asks for a
// certificate, as overrides or template say. The error wraps one of the Err…
// variables of this package where that does not go together with the request.
func IOS(ctx context.Context, req Request) (*Result, error) {
	u, err := resolveIOS(ctx, req)
	if err != nil {
		return nil, err
	}
	p, err := u.identityIOS()
	if err != nil {
		return nil, err
	}
	if !u.passes() {
		return u.result, nil
	}
	if req.Declarative != "" {
		return u.result, u.declare(p)
	}
	profile, err := u.iosProfile(p)
	if err != nil {
		return nil, err
	}
	u.noteIOS()
	if profile, err = u.encryptIOS(profile); err != nil {
		return nil, err
	}
	if profile, err = u.signIOS(profile); err != nil {
		return nil, err
	}
	u.add(u.Name+ExtIOS, profile)
	if !req.ForMDM {
		u.addPassword(p, false)
	}
	return u.result, nil
}

// encryptIOS encrypts the payloads where the request says for whom.
func (u *user) encryptIOS(profile []byte) ([]byte, error) {
	if u.EncryptFor == nil {
		return profile, nil
	}
	c := u.EncryptFor
	u.note("The payloads are encrypted for %s: a phone without that key, and any at a first installation by hand, refuses the profile.", c.Subject)
	switch at := u.result.Scenario.At; {
	case c.IsCA:
		u.note("That is the certificate of a CA, and no phone has its key.")
	case at.After(c.NotAfter), at.Before(c.NotBefore):
		u.note("That certificate is valid from %s to %s: the phone may have another key by now.", c.NotBefore.Format(time.DateOnly), c.NotAfter.Format(time.DateOnly))
	case c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageKeyEncipherment == 0:
		u.note("That certificate is not for encryption (keyEncipherment, RFC 5280 4.2.1.3): the phone may refuse to open the payloads.")
	}
	return ios.Encrypt(profile, c)
}

// resolveIOS is resolve, but that an identity may be missing.
func resolveIOS(ctx context.Context, req Request) (*user, error) {
	var u *user
	var err error
	if req.Bundle == nil {
		u, err = newUser(ctx, req, nil, nil)
	} else {
		u, err = resolve(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	return u, u.refuseEnrolment()
}

// identityIOS runs the checks, and returns the identity as it goes into the profile:
// an empty one where the phone makes its own.
func (u *user) identityIOS() (*packed, error) {
	if u.id == nil {
		u.enrol()
		return &packed{}, nil
	}
	oldest := u.result.Scenario.IOS
	p, err := u.pack(func(p *certs.PKCS12) string { return firstOf(p.ProblemsIOS(oldest)) },
		certs.EncryptionFor(oldest, certs.ModernSinceIOS), "")
	if err != nil {
		return nil, err
	}
	u.check(p.parsed, "cert.p12.android", "cert.p12.alias")
	return p, nil
}

// signIOS signs the profile where there is a signer.
func (u *user) signIOS(profile []byte) ([]byte, error) {
	switch {
	case u.Signer != nil:
	case len(u.account.Placeholders()) > 0:
		u.note("The profile is not signed, as device management has yet to fill in its placeholders.")
		return profile, nil
	default:
		u.note("The profile is not signed: phones show \"Not Signed\". Give --signer FILE.")
		return profile, nil
	}
	u.note("Phones show the profile as Verified where they trust %s.", u.Signer.TrustedBy())
	if note := SignerNote(u.Signer, u.result.Scenario.At); note != "" {
		u.note("%s", note)
	}
	signed, err := u.Signer.Sign(profile, u.result.Scenario.At, false)
	if err != nil {
		return nil, fmt.Errorf("signing the profile: %w", err)
	}
	return signed, nil
}

// SignerNote warns of a signer's certificate that ends soon; "" for any other.
func SignerNote(s *signer.Signer, at time.Time) string {
	left, soon := s.ExpiresSoon(at)
	if !soon {
		return ""
	}
	return fmt.Sprintf("The signer's certificate ends in %s, on %s. Phones without device management update a profile only by one with the very same signer's certificate: send out what has to change before, and plan for the removal after.",
		preflight.Days(int(left.Hours())/24), s.Certificate.NotAfter.UTC().Format(time.DateOnly))
}

// ekuEmail is what S/MIME asks of a certificate (RFC 8550 4.4.4).
var ekuEmail = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}

// noteIOS says what the profile lacks that may be wanted.
func (u *user) noteIOS() {
	smime := u.account.IOS.SMIME()
	if u.id == nil {
		if smime {
			u.note("The profile switches S/MIME on: the certificate has to be for e-mail as well (emailProtection).")
		}
		return
	}
	switch leaf := u.id.Leaf; {
	case len(u.id.Chain) > 0, leaf.IsRoot():
	case len(u.CAs) > 0:
		u.note("The profile holds no CA certificates: none of those given signed the user's, whose issuer is %s.", leaf.Issuer())
	default:
		u.note("The profile holds no CA certificates: the file had none above the user's, and --chain adds them.")
	}
	if smime && !slices.ContainsFunc(u.id.Leaf.EKU, ekuEmail.Equal) {
		u.note("The profile switches S/MIME on with a certificate that is not for e-mail (emailProtection): Mail may not offer it.")
	}
}

func firstOf(problems []certs.Problem) string {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Text
}

func (u *user) optionsIOS(p *packed) ios.Options {
	return ios.Options{PKCS12: p.data, Chain: u.authorities(), Oldest: u.result.Scenario.IOS, At: u.result.Scenario.At}
}

// iosProfile builds the profile and reads it back: what the phone will see must
// be the account that was asked for.
func (u *user) iosProfile(p *packed) ([]byte, error) {
	o := u.optionsIOS(p)
	if u.ForMDM && u.id != nil {
		o.Password = p.password
		u.note("The profile holds the password of its certificate, for an MDM that installs without asking: whoever reads the file has the key.")
	}
	profile, err := ios.New(u.account, o)
	if err != nil {
		return nil, err
	}
	data, err := profile.Marshal()
	if err != nil {
		return nil, err
	}
	back, err := ios.Parse(data)
	if err != nil || len(back.Notes) > 0 || back.Dangling || !back.HasAccount ||
		back.Account.Email != u.account.Email || back.Account.User != u.account.User || back.Account.Auth != u.account.Auth {
		return nil, errors.Join(errBroken, err)
	}
	return data, nil
}
