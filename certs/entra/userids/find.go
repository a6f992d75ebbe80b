package userids

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/preflight"
)

// Source is a certificate, and whom it is for.
type Source struct {
	Name        string             // of the file, for messages
	Certificate *certs.Certificate // not nil
	UPN         string             // the user's; "" to find him by the certificate's names
}

// finder finds the users whom certificates are for.
type finder struct {
	users     *entra.Users
	addresses map[string][]*entra.User // by folded mail address
	holders   map[string][]*entra.User // by certificateUserId, letter case aside
}

func newFinder(users *entra.Users) *finder {
	f := &finder{users: users, addresses: map[string][]*entra.User{}, holders: map[string][]*entra.User{}}
	for u := range users.All() {
		for _, a := range append([]string{u.UPN, u.Mail}, u.ProxyAddresses...) {
			add(f.addresses, certs.CanonicalAddress(a), u)
		}
		for _, id := range u.CertificateUserIDs {
			add(f.holders, strings.ToLower(id), u)
		}
	}
	return f
}

// maxFound bounds what one string finds: that it is several users is plain from two,
// and a crafted file gives one address to all.
const maxFound = 16

func add(index map[string][]*entra.User, key string, u *entra.User) {
	if key != "" && len(index[key]) < maxFound && !slices.Contains(index[key], u) {
		index[key] = append(index[key], u)
	}
}

// user is whom a certificate is for. Where that is not plain, the error says why.
func (f *finder) user(s Source) (*entra.User, error) {
	if s.UPN != "" {
		if u := f.users.ByUPN(s.UPN); u != nil {
			return u, nil
		}
		return nil, fmt.Errorf("none of the %d users has the userPrincipalName %s", f.users.Len(), preflight.Printable(s.UPN))
	}
	if s.Certificate.IsCA {
		return nil, errors.New("it is a CA's certificate: give those of users, which it issued")
	}
	upns := s.Certificate.Values(certs.KindUPN)
	mails := s.Certificate.Values(certs.KindEmail)
	byUPN := f.each(upns, func(name string) []*entra.User {
		if u := f.users.ByUPN(name); u != nil {
			return []*entra.User{u}
		}
		return nil
	})
	byMail := f.each(mails, func(name string) []*entra.User { return f.addresses[certs.CanonicalAddress(name)] })
	found := byUPN
	if len(found) == 0 {
		found = byMail
	}
	switch {
	case len(upns)+len(mails) == 0:
		return nil, errors.New("the certificate has neither a UPN nor an rfc822Name, which would tell whose it is: take the file out")
	case len(found) == 0:
		return nil, fmt.Errorf("none of the %d users has %s as userPrincipalName, or the rfc822Name as mail or proxyAddress: take the file out, or give users with that address", f.users.Len(), printable(distinct(upns, mails)))
	case len(found) > 1:
		return nil, fmt.Errorf("the names of the certificate lead to %d users (%s): take the file out, or give users whose addresses tell it apart", len(found), names(found))
	case len(byUPN) == 1 && len(byMail) > 0 && !slices.Contains(byMail, byUPN[0]):
		return nil, fmt.Errorf("the UPN of the certificate is of %s and its rfc822Name of %s: take the file out, or give users whose addresses tell it apart", byUPN[0], names(byMail))
	}
	return found[0], nil
}

// each gathers whom any of several names finds, each user once.
func (f *finder) each(values []string, find func(string) []*entra.User) []*entra.User {
	var found []*entra.User
	for _, name := range values {
		for _, u := range find(name) {
			if !slices.Contains(found, u) {
				found = append(found, u)
			}
		}
	}
	return found
}

// distinct are the values of several lists, those that differ in letter case only once.
func distinct(lists ...[]string) []string {
	var all []string
	for _, value := range slices.Concat(lists...) {
		if !slices.ContainsFunc(all, func(v string) bool { return strings.EqualFold(v, value) }) {
			all = append(all, value)
		}
	}
	return all
}

// maxNamed bounds how many are named in one message.
const maxNamed = 4

func names(users []*entra.User) string {
	all := make([]string, len(users))
	for i, u := range users {
		all[i] = u.String()
	}
	return printable(all)
}

// printable names values in one line.
func printable(values []string) string {
	more := ""
	if n := len(values) - maxNamed; n > 0 {
		values, more = values[:maxNamed], fmt.Sprintf(" and %d more", n)
	}
	return preflight.Printable(strings.Join(values, ", ")) + more
}
