package rollout

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/easkit/easkit/certs"
)

// ErrNobody says that the certificate is of no user of the table.
var ErrNobody = errors.New("its certificate is of no user of the table")

// addresses are the names of a SAN that say whose it is: UPNs first, then mail addresses.
func addresses(leaf *certs.Certificate) (upns, mails []string) {
	for _, n := range leaf.Names {
		switch {
		case n.Value == "":
		case n.Kind == certs.KindUPN:
			upns = append(upns, n.Value)
		case n.Kind == certs.KindEmail, n.Kind == certs.KindSmtpUTF8:
			mails = append(mails, n.Value)
		}
	}
	return upns, mails
}

// Holder gives the line of the one row whose user a certificate names, as its UPN or mail
// address. The error is [ErrNobody] where there is none, and another where several rows
// are named, or an address that several rows have.
func (p *People) Holder(leaf *certs.Certificate) (line int, err error) {
	upns, mails := addresses(leaf)
	var unsure string
	for _, name := range append(upns, mails...) {
		switch at, shared := p.owner(certs.CanonicalAddress(name)); {
		case shared:
			unsure = name
		case at == 0, at == line:
		case line != 0:
			return 0, fmt.Errorf("its certificate names the users of lines %d and %d", line, at)
		default:
			line = at
		}
	}
	switch {
	case line != 0:
		return line, nil
	case unsure != "":
		return 0, fmt.Errorf("its certificate is of %s, an address that several rows have", quoted(unsure))
	}
	return 0, ErrNobody
}

// holderOf is [People.Holder] by the hashes of a certificate's names; 0 for nobody.
func (p *People) holderOf(names []digest) (line int) {
	for _, name := range names {
		switch at, _ := p.ownerOf(name); {
		case at == 0, at == line:
		case line != 0:
			return 0
		default:
			line = at
		}
	}
	return line
}

// Agrees reports whether a certificate is that of a row's user; the error says whose else
// it is, and begins with "the certificate". It is the user's where
//
//   - one of its names at least, UPN or rfc822Name, is the row's UPN or mail address, in
//     the sense of [certs.SameAddress]. Both kinds count for both columns: Entra ID binds
//     an rfc822Name to the UPN by default, and a UPN serves as mail address;
//   - none of its names is the UPN of another row, or the mail address of just one other;
//   - none of its UPNs is a different one under the domain of the row's UPN. One under
//     another domain may be the user's on premises, or the initial one in the tenant;
//   - it has another name of the row than a mail address that several rows have;
//   - it has the thumbprint that the row says, where it says one.
func (p *People) Agrees(r Record, leaf *certs.Certificate) error {
	if err := sameThumbprint(r, leaf); err != nil {
		return err
	}
	upns, mails := addresses(leaf)
	names := append(upns, mails...)
	if len(names) == 0 {
		return fmt.Errorf("the certificate has neither a UPN nor an rfc822Name: it is of %s", quoted(leaf.String()))
	}
	user, email := certs.CanonicalAddress(r.User), certs.CanonicalAddress(r.Email)
	own, unsure := false, ""
	for i, name := range names {
		folded := certs.CanonicalAddress(name)
		mine := folded == user || folded == email
		line, shared := p.owner(folded)
		switch {
		case line != 0 && line != r.Line:
			return fmt.Errorf("the certificate is of %s, who is in line %d, and not of %s", quoted(name), line, quoted(r.Key()))
		case mine && shared:
			unsure = name
		case mine:
			own = true
		case i < len(upns) && r.User != "" && domainOf(folded) == domainOf(user):
			return otherHolder(r, name)
		}
	}
	switch {
	case own:
		return nil
	case unsure != "":
		return fmt.Errorf("the certificate is of %s, an address that several rows have: it needs the UPN as well", quoted(unsure))
	}
	return otherHolder(r, names[0])
}

func otherHolder(r Record, name string) error {
	return fmt.Errorf("the certificate is of %s, and not of %s", quoted(name), quoted(r.Key()))
}

// domainOf is what follows the @; of a name without one, what no address has there.
func domainOf(folded string) string {
	_, domain, ok := strings.Cut(folded, "@")
	if !ok {
		return "@"
	}
	return domain
}

func sameThumbprint(r Record, leaf *certs.Certificate) error {
	if r.Thumbprint == "" {
		return nil
	}
	short, long := sha1.Sum(leaf.Raw), sha256.Sum256(leaf.Raw)
	switch r.Thumbprint {
	case hex.EncodeToString(short[:]), hex.EncodeToString(long[:]):
		return nil
	}
	return fmt.Errorf("the certificate has the thumbprint %x, and the row wants %s", short, quoted(r.Thumbprint))
}
