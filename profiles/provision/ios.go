package provision

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios"
)

// ExtIOS is the extension of iOS profiles.
const ExtIOS = ".mobileconfig"

// IOS makes a user's .mobileconfig, signed where the request has a signer, and a
// file with the password where one was made that the user has to type.
func IOS(ctx context.Context, req Request) (*Result, error) {
	u, err := resolve(ctx, req)
	if err != nil {
		return nil, err
	}
	oldest := u.result.Scenario.IOS
	p, err := u.pack(func(p *certs.PKCS12) string { return firstOf(p.ProblemsIOS(oldest)) },
		certs.EncryptionFor(oldest, certs.ModernSinceIOS), "")
	if err != nil {
		return nil, err
	}
	if u.check(p.parsed, "cert.p12.android", "cert.p12.alias"); !u.passes() {
		return u.result, nil
	}
	profile, err := u.iosProfile(p)
	if err != nil {
		return nil, err
	}
	u.noteIOS()
	if req.Signer != nil {
		u.note("Phones show the profile as Verified where they trust %s.", req.Signer.TrustedBy())
		if profile, err = req.Signer.Sign(profile, u.result.Scenario.At, false); err != nil {
			return nil, fmt.Errorf("signing the profile: %w", err)
		}
	} else {
		u.note("The profile is not signed: phones show \"Not Signed\". Give --signer FILE.")
	}
	u.add(req.Name+ExtIOS, profile)
	if !req.ForMDM {
		u.addPassword(p, false)
	}
	return u.result, nil
}

// ekuEmail is what S/MIME asks of a certificate (RFC 8550 4.4.4).
var ekuEmail = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 4}

// noteIOS says what the profile lacks that may be wanted.
func (u *user) noteIOS() {
	switch leaf := u.id.Leaf; {
	case len(u.id.Chain) > 0, leaf.IsRoot():
	case len(u.CAs) > 0:
		u.note("The profile holds no CA certificates: none of those given signed the user's, whose issuer is %s.", leaf.Issuer())
	default:
		u.note("The profile holds no CA certificates: the file had none above the user's, and --chain adds them.")
	}
	o := u.account.IOS
	smime := o.SMIMESigning || o.SMIMEEncrypt || o.SMIMEPerMessage
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

// iosProfile builds the profile and reads it back: what the phone will see must
// be the account that was asked for.
func (u *user) iosProfile(p *packed) ([]byte, error) {
	o := ios.Options{PKCS12: p.data, Chain: u.id.Chain, Oldest: u.result.Scenario.IOS, At: u.result.Scenario.At}
	if u.ForMDM {
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
