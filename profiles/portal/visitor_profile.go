package portal

import (
	"crypto/x509"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/ios"
)

// shown is what an iPhone shows of a profile before it installs it, for people to compare.
type shown struct {
	signed signing
	Signer string    // as the phone names it
	Root   string    // the authority that it warns of; empty for none
	Until  time.Time // the certificate ends; zero where that is not known
}

// signing is what is known of who signed a profile; empty is any.
type signing string

// Whether a profile is signed. Of one that can't be read it is not known.
const (
	signedBy      signing = "signed"
	signedNot     signing = "unsigned"
	signedUnknown signing = "unknown"
)

// readShown reads a profile. What can't be read of it is left out: the steps are then as
// general as they have to be. The password is that of the certificate in it; empty for none.
func readShown(profile []byte, password string, now time.Time) *shown {
	s := &shown{signed: signedUnknown}
	f, err := ios.Open(profile)
	if err != nil {
		return s
	}
	// Which roots a phone trusts is not known here, so that none is said to be trusted.
	switch badge := f.Badge(now, x509.NewCertPool(), ""); badge.State {
	case ios.NotSigned:
		s.signed = signedNot
	case ios.NotVerified:
		s.signed, s.Signer = signedBy, badge.Signer
	}
	for _, p := range ios.Prompts(f) {
		if p.Kind == ios.AskTrust && s.Root == "" {
			s.Root = p.Root
		}
	}
	if account := f.Account(); account != nil {
		s.Until = identityEnds(f.ByUUID(account.Get("PayloadCertificateUUID").Str()), password)
	}
	return s
}

// identityEnds is when the certificate of a payload ends; zero where that is not known.
func identityEnds(p *ios.Payload, password string) time.Time {
	if p == nil {
		return time.Time{}
	}
	b, err := certs.Read(p.Get("PayloadContent").Bytes(), certs.Unlock{Password: certs.Password(password)})
	if err != nil {
		return time.Time{}
	}
	id, err := b.Identity()
	if err != nil {
		return time.Time{}
	}
	return id.Leaf.NotAfter
}

// firstLine is a password as its file has it.
func firstLine(data []byte) string { return strings.TrimRight(string(data), "\r\n") }
