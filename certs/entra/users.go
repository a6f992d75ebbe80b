package entra

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// User is one account of the tenant, as an export tells it. A property that the
// export does not have, or has no value of, is zero.
type User struct {
	ID            string // of the object; "" where the export does not tell
	UPN           string
	Mail          string
	OnPremisesUPN string

	// ProxyAddresses are the mail addresses of proxyAddresses, without their
	// smtp: prefix. Nil says that the export does not tell them, empty that
	// there are none.
	ProxyAddresses []string

	// CertificateUserIDs are those of authorizationInfo. Nil says that the
	// export does not tell them, empty that there are none.
	CertificateUserIDs []string

	Disabled bool // accountEnabled is false
	Synced   bool // onPremisesSyncEnabled: most properties are set on premises
	Guest    bool // userType is Guest

	// SessionsValidFrom is signInSessionsValidFromDateTime: sessions from
	// before are revoked. Zero where it is not known.
	SessionsValidFrom time.Time

	// Mailbox is where the user's mailbox is, by our own column of that name;
	// "" where the export does not tell.
	Mailbox preflight.Mailbox
}

// String names the user for a message, on one printable line.
func (u *User) String() string { return printable(u.UPN) }

// Property is a property of a user that a certificate may lead to.
type Property string

// The properties, as Microsoft Graph names them. The first, the second and the
// last are those that a username binding may name; the others count where a
// certificate is shown to Exchange itself.
const (
	UserPrincipalName           Property = "userPrincipalName"
	OnPremisesUserPrincipalName Property = "onPremisesUserPrincipalName"
	ProxyAddress                Property = "proxyAddress"
	Mail                        Property = "mail"
	UserIDs                     Property = "certificateUserIds"
)

// Users is the users of a tenant, with indexes over what certificates lead to.
// It does not change and may be used by several goroutines.
type Users struct {
	all []User
	by  map[Property]*index

	// What the export tells of every user, so that a name which is not found is
	// really nobody's.
	knowsProxies, knowsIDs, knowsOnPremises bool
}

// NewUsers builds the indexes over users, which it keeps.
func NewUsers(users []User) *Users {
	us := &Users{all: users, by: map[Property]*index{}, knowsProxies: true, knowsIDs: true}
	for _, p := range []Property{UserPrincipalName, OnPremisesUserPrincipalName, ProxyAddress, Mail, UserIDs} {
		us.by[p] = &index{first: map[string]int32{}}
	}
	for i := len(users) - 1; i >= 0; i-- { // so that look-ups give the export's order
		us.add(int32(i))
	}
	return us
}

func (us *Users) add(i int32) {
	u := &us.all[i]
	us.by[UserPrincipalName].add(fold(u.UPN), i)
	us.by[OnPremisesUserPrincipalName].add(fold(u.OnPremisesUPN), i)
	us.by[Mail].add(fold(u.Mail), i)
	for _, p := range u.ProxyAddresses {
		us.by[ProxyAddress].add(fold(p), i)
	}
	for _, id := range u.CertificateUserIDs {
		us.by[UserIDs].add(foldID(id), i)
	}
	us.knowsProxies = us.knowsProxies && u.ProxyAddresses != nil
	us.knowsIDs = us.knowsIDs && u.CertificateUserIDs != nil
	// PowerShell writes null for a property that was not asked for, as Graph
	// does for one without a value: one user with a value tells the two apart.
	us.knowsOnPremises = us.knowsOnPremises || u.OnPremisesUPN != ""
}

// Len is how many users there are.
func (us *Users) Len() int { return len(us.all) }

// All goes through the users, in the order of the export.
func (us *Users) All() iter.Seq[*User] {
	return func(yield func(*User) bool) {
		for i := range us.all {
			if !yield(&us.all[i]) {
				return
			}
		}
	}
}

// KnowsIDs reports whether the export tells the certificateUserIds of every user.
func (us *Users) KnowsIDs() bool { return us.knowsIDs }

// ByUPN is the user with a userPrincipalName; nil where there is none.
func (us *Users) ByUPN(upn string) *User {
	for _, u := range us.find(UserPrincipalName, fold(upn)) {
		return u
	}
	return nil
}

// index finds users by a string. Several users for one string are chained
// through entries, which takes a fraction of the memory that a slice for each
// string would.
type index struct {
	first   map[string]int32
	entries []entry
}

type entry struct{ user, next int32 } // next is in entries; -1 at the end

func (x *index) add(key string, user int32) {
	if key == "" {
		return
	}
	next, ok := x.first[key]
	if !ok {
		next = -1
	}
	x.first[key] = int32(len(x.entries))
	x.entries = append(x.entries, entry{user, next})
}

// maxFound bounds what one string finds: that it is several users is plain from
// two, and a crafted file gives one address to all.
const maxFound = 16

// find lists users who have a property, given folded, each once.
func (us *Users) find(p Property, key string) []*User {
	x := us.by[p]
	if x == nil {
		return nil
	}
	at, ok := x.first[key]
	if !ok {
		return nil
	}
	var found []*User
	for range maxFound {
		if u := &us.all[x.entries[at].user]; len(found) == 0 || found[len(found)-1] != u {
			found = append(found, u)
		}
		if at = x.entries[at].next; at < 0 {
			break
		}
	}
	return found
}

// claim is one name of a certificate that one property of one user has.
type claim struct {
	name     certs.Name
	property Property
	user     *User
}

// String writes the rule by which a name leads to a user.
func (c claim) String() string {
	article := "the"
	if c.property == ProxyAddress {
		article = "a"
	}
	return fmt.Sprintf("%s %s is %s %s of %s", label(c.name), c.name.Value, article, c.property, c.user)
}

// label names the kind of a name as admins know it.
func label(n certs.Name) string {
	if n.Kind == certs.KindUPN {
		return "UPN"
	}
	return "rfc822Name"
}

// addresses are the names that Microsoft's rule counts: UPN and rfc822Name.
func addresses(c *certs.Certificate) []certs.Name {
	var names []certs.Name
	for _, n := range c.Names {
		if (n.Kind == certs.KindUPN || n.Kind == certs.KindEmail) && n.Value != "" {
			names = append(names, n)
		}
	}
	return names
}

// claims lists who the names of a certificate lead to by the properties, each
// user once for a name.
func (us *Users) claims(names []certs.Name, properties ...Property) []claim {
	var claims []claim
	for _, n := range names {
		var seen []*User
		for _, p := range properties { // the first counts that has it
			for _, u := range us.find(p, fold(n.Value)) {
				if !slices.Contains(seen, u) {
					seen = append(seen, u)
					claims = append(claims, claim{n, p, u})
				}
			}
		}
	}
	return claims
}

// owners are the distinct users of claims.
func owners(claims []claim) []*User {
	var users []*User
	for _, c := range claims {
		if !slices.Contains(users, c.user) {
			users = append(users, c.user)
		}
	}
	return users
}

// Find lists the users that a certificate may belong to, whichever way they sign
// in: those that have one of its addresses, or else one of its
// certificateUserIds.
func (us *Users) Find(c *certs.Certificate) []*User {
	found := owners(us.claims(addresses(c), UserPrincipalName, ProxyAddress, Mail, OnPremisesUserPrincipalName))
	if len(found) > 0 {
		return found
	}
	for _, id := range CertificateUserIDs(c) {
		for _, u := range us.find(UserIDs, foldID(id.Value)) {
			if !slices.Contains(found, u) {
				found = append(found, u)
			}
		}
	}
	return found
}

// ByAddress lists the users that have an address, be it as UPN, mail, alias or UPN on
// premises.
func (us *Users) ByAddress(address string) []*User {
	var users []*User
	for _, p := range []Property{UserPrincipalName, ProxyAddress, Mail, OnPremisesUserPrincipalName} {
		for _, u := range us.find(p, fold(address)) {
			if !slices.Contains(users, u) {
				users = append(users, u)
			}
		}
	}
	return users
}

// Mailbox is where the mailbox of the certificate's user is; "" where the users
// don't tell, or no user or several are found.
func (us *Users) Mailbox(c *certs.Certificate) preflight.Mailbox {
	if found := us.Find(c); len(found) == 1 {
		return found[0].Mailbox
	}
	return ""
}
