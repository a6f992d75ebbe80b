package intune

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Pilot is one user's profile for iOS with the private key in it, to try before
// certificates come to everybody by Intune.
type Pilot struct {
	User     string // UPN or mail address, which the account in the profile has to have; "" takes the account's
	FileName string // as Intune shows it; "" makes one of the user
	Profile  []byte // unsigned XML, MaxPilotProfile bytes at most
}

// MaxPilots is how many pilots a set may have. The number is ours: more would be a
// rollout, for which this way is not.
const MaxPilots = MaxSecrets

// MaxPilotProfile is the size of a pilot's profile in bytes, which is Intune's limit.
const MaxPilotProfile = maxCustom

// pilots makes a custom profile of each pilot, in the order of users.
func (b *builder) pilots() error {
	if n := len(b.Pilots); n > MaxPilots {
		return refused("bring certificates to everybody by intune.pkcs or intune.scep", "there are %d pilots, more than the %d that a trial may have: every private key lies open in Intune", n, MaxPilots)
	}
	var all []opened
	for _, p := range b.Pilots {
		o, err := p.open()
		if err != nil {
			return err
		}
		if err := o.readKey(preflight.Scenario{At: b.At, Auth: o.doc.Account.Auth, Mailbox: b.Account.Mailbox}); err != nil {
			return err
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(p, q opened) int { return cmp.Compare(p.User, q.User) })
	for i, p := range all {
		if i > 0 && p.User == all[i-1].User {
			return refused("give one profile a user", "the pilot %q is there twice", p.User)
		}
		b.pilot(p)
	}
	return nil
}

// opened is a pilot whose user is known, in lower case, and whose profile may be used.
type opened struct {
	Pilot
	doc   *profiles.Document
	whose string   // the profile, for messages
	notes []string // on the key in it
}

func (p Pilot) open() (opened, error) {
	whose := "the profile of the pilot " + shown(cmp.Or(p.User, p.FileName))
	doc, err := openCustom(whose, p.Profile)
	if err != nil {
		return opened{}, err
	}
	a := doc.Account
	if tokens := profiles.Tokens(string(p.Profile)); len(tokens) > 0 {
		return opened{}, refused("make the profile of the user's own values", "%s: there is %q in it, which Intune would take for a placeholder", whose, shown(tokens[0]))
	}
	if p.User == "" {
		p.User = a.Email
		if profiles.IsUPN(a.User) {
			p.User = a.User
		}
	}
	p.User = strings.ToLower(strings.TrimSpace(p.User))
	if _, err := certs.ParseAddress(p.User); err != nil {
		return opened{}, refused("give a profile with the user's address in it", "%s: its user is no UPN or mail address: %v", whose, err)
	}
	if !strings.EqualFold(a.User, p.User) && !strings.EqualFold(a.Email, p.User) {
		return opened{}, refused("give each pilot the profile made for them", "%s: the account in it is %q, with the address %q, so it would hand one user's mailbox to another", whose, shown(a.User), shown(a.Email))
	}
	return opened{Pilot: p, doc: doc, whose: whose}, nil
}

// readKey looks at the certificate that the account signs in with, where the profile has
// all that opens it: another's would open another's mailbox, or none.
func (p *opened) readKey(s preflight.Scenario) error {
	switch {
	case len(p.doc.PKCS12) == 0:
		return nil
	case p.doc.Password != "":
		p.notes = append(p.notes, "The password of the key is in the profile too, so that whoever reads the object can use the key.")
	default:
		p.notes = append(p.notes, "The password of the key is not in the profile, and Intune asks nobody for it: phones were seen to refuse such a profile. easkit ios --for mdm makes one with it.")
	}
	bundle, err := certs.Read(p.doc.PKCS12, certs.Unlock{Password: p.doc.Password})
	var id *certs.Identity
	if err == nil {
		id, err = bundle.Identity()
	}
	if err != nil {
		p.notes = append(p.notes, fmt.Sprintf("The key in the profile could not be opened here, so that nobody looked whether its certificate is %s's, and valid.", p.User))
		return nil
	}
	return p.judgeKey(s, id.Leaf)
}

// judgeKey refuses a certificate that is not the user's, or not valid.
func (p *opened) judgeKey(s preflight.Scenario, leaf *certs.Certificate) error {
	switch at := s.At; {
	case !at.IsZero() && at.After(leaf.NotAfter):
		return refused("make the profile with the user's renewed certificate", "%s: the certificate in it has expired, on %s", p.whose, leaf.NotAfter.UTC().Format(time.DateOnly))
	case !at.IsZero() && at.Before(leaf.NotBefore):
		return refused("import it when the certificate is valid", "%s: the certificate in it is valid only from %s", p.whose, leaf.NotBefore.UTC().Format(time.DateOnly))
	}
	for _, f := range profiles.Match.Apply(s, &profiles.Subject{Account: p.doc.Account, Leaf: leaf}) {
		switch {
		case f.Value == profiles.OtherNames:
			return refused("make the profile of the user's own certificate", "%s: the certificate in it is for %s, and the account for %s", p.whose, shown(strings.Join(namesOf(leaf), ", ")), p.User)
		case f.Status == preflight.StatusWarn:
			p.notes = append(p.notes, fmt.Sprintf("See whether the certificate is this user's (%s).", preflight.Printable(f.Message)))
		}
	}
	return nil
}

// namesOf are the UPNs and mail addresses of a certificate, UPNs first and each once.
func namesOf(c *certs.Certificate) []string {
	var names []string
	for _, name := range slices.Concat(c.Values(certs.KindUPN), c.Values(certs.KindEmail)) {
		if !slices.ContainsFunc(names, func(other string) bool { return certs.SameAddress(name, other) }) {
			names = append(names, name)
		}
	}
	return names
}

// pilot makes the custom profile of one user.
func (b *builder) pilot(p opened) {
	part := Part{Key: pilotKey + fingerprint([]byte(p.User)), Secret: true, Object: newObject("iosCustomConfiguration", Object{
		"payloadName": b.accountName(), "payloadFileName": pilotFile(p.Pilot),
		"payload": base64.StdEncoding.EncodeToString(p.Profile),
	})}
	part.Notes = []string{
		fmt.Sprintf("This is for %s alone: assign it by hand to a group that holds this user and nobody else, or others get the mailbox.", p.User),
		"A pilot is never more than that: everybody who may read Intune's configurations, and every export and backup, sees the private key. When the trial ends, take the object away and revoke the certificate.",
	}
	part.Notes = append(part.Notes, p.notes...)
	b.add(part, "iOS profile of "+p.name(), fmt.Sprintf("PILOT: sets up the mail account of %s, with the private key in it. For this user alone, and for a trial only.", p.User))
	o := b.set.Parts[len(b.set.Parts)-1].Object
	o["displayName"] = "PILOT " + o.Name()
}

// name is the user as a name of an object can have it. What is lost may tell one user from
// another, so that the fingerprint stands in for it.
func (p opened) name() string {
	name := profiles.IntuneName(p.User)
	if name == p.User {
		return name
	}
	return name + " " + fingerprint([]byte(p.User))
}

// pilotFile is a file name without folders, such as other tools write it to.
func pilotFile(p Pilot) string {
	name := profiles.IntuneName(path.Base(strings.ReplaceAll(p.FileName, `\`, "/")))
	if p.FileName == "" || name == "" {
		name = profiles.IntuneName(p.User)
	}
	const extension = ".mobileconfig"
	return strings.TrimSuffix(name, extension) + extension
}
