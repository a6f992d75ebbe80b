package intune

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
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
	embedded bool // the password of the key as well
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
	return opened{p, doc.Password != ""}, nil
}

// pilot makes the custom profile of one user.
func (b *builder) pilot(p opened) {
	part := Part{Key: keyOf(IOS, "pilot-"+fingerprint([]byte(p.User))), Secret: true, Object: newObject("iosCustomConfiguration", Object{
		"payloadName": b.accountName(), "payloadFileName": pilotFile(p.Pilot),
		"payload": base64.StdEncoding.EncodeToString(p.Profile),
	})}
	part.Notes = []string{
		fmt.Sprintf("This is for %s alone: assign it by hand to a group that holds this user and nobody else, or others get the mailbox.", p.User),
		"A pilot is never more than that: everybody who may read Intune's configurations, and every export and backup, sees the private key. When the trial ends, take the object away and revoke the certificate.",
	}
	if p.embedded {
		part.Notes = append(part.Notes, "The password of the key is in the profile too, so that whoever reads the object can use the key.")
	}
	b.add(part, "iOS profile of "+profiles.IntuneName(p.User), fmt.Sprintf("PILOT: sets up the mail account of %s, with the private key in it. For this user alone, and for a trial only.", p.User))
	o := b.set.Parts[len(b.set.Parts)-1].Object
	o["displayName"] = "PILOT " + o.Name()
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
