package intune

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// Options is what [New] makes a set of.
type Options struct {
	// Account is everybody's: placeholders stand for address and user name. What its
	// field Intune leaves out has the defaults of [profiles.Account.IntuneOptions].
	Account profiles.Account
	CAs     []*certs.Certificate // that phones shall trust, each an authority, the root among them
	// KeyLess is a profile for iOS in which each phone makes a key of its own, with
	// placeholders of Intune's, as package ios writes it. It takes the place of the
	// mail profile and the certificate profile of iOS. May be nil.
	KeyLess []byte
	Pilots  []Pilot   // at most MaxPilots
	At      time.Time // when it is imported at the earliest; zero leaves dates unchecked
}

// RefusedError says why there can be no such set, or why one is not read or written.
type RefusedError struct {
	Reason string
	Hint   string // what to do instead; may be empty

	cause error // behind Reason; may be nil
}

// Error is one line, without the hint.
func (e *RefusedError) Error() string { return e.Reason }

// Unwrap is what is behind it, such as an error of a file; nil if there is nothing.
func (e *RefusedError) Unwrap() error { return e.cause }

func refused(hint, format string, args ...any) error {
	return &RefusedError{Reason: fmt.Sprintf(format, args...), Hint: hint}
}

// New makes the set of an account: for each platform the trusted authorities, the
// certificate, and the mail profile or app configuration. The same options give the
// same set. Its groups, targeted apps and references are for the import to fill in.
//
// With pilots and nothing by which everybody gets a certificate (no CAs, neither PKCS
// nor SCEP, no KeyLess) the set is of the pilots alone: one beside the set of everybody,
// with an id and a name of its own and without groups.
//
// The error is a *RefusedError for an account that is one user's, for what Graph's
// types have no value for, and for files that Intune or a phone would not take; it is
// another, or one of package android, for what the mail app cannot do.
func New(o Options) (*Set, error) {
	intune, err := o.Account.IntuneOptions()
	if err != nil {
		return nil, refused("easkit help templates explains every key", "%v", err)
	}
	b := &builder{Options: o, intune: intune}
	if b.set, err = b.emptySet(); err != nil {
		return nil, err
	}
	if err := b.refuse(); err != nil {
		return nil, err
	}
	if !b.pilotsOnly() {
		for _, p := range platforms {
			if !slices.Contains(intune.Platforms, string(p.platform)) {
				continue
			}
			if err := b.platform(p); err != nil {
				return nil, err
			}
		}
	}
	if err := b.pilots(); err != nil {
		return nil, err
	}
	b.set.Notes = b.notes()
	if err := b.set.verify(); err != nil {
		return nil, fmt.Errorf("the objects made are not as Graph takes them, which is a mistake of easkit's: %w", err)
	}
	return b.set, nil
}

// What sets a set of pilots apart from that of everybody.
const (
	pilotsID   = ".pilot"
	pilotsName = " pilot"
)

// emptySet is the set without its parts.
func (b *builder) emptySet() (*Set, error) {
	endpoint, err := graph.EndpointOf(cmp.Or(string(b.Account.Cloud), string(preflight.Worldwide)))
	if err != nil {
		return nil, refused("", "%v", err)
	}
	s := &Set{ID: b.Account.Identifier, Name: b.intune.Name, Groups: b.intune.Groups, Graph: endpoint.Graph}
	if b.pilotsOnly() {
		s.ID, s.Name, s.Groups = s.ID+pilotsID, s.Name+pilotsName, nil
	}
	return s, nil
}

// builder makes one set.
type builder struct {
	Options
	intune profiles.Intune
	set    *Set
	anchor *certs.Certificate // that certificate profiles refer to; nil in a set of pilots alone
}

// platformTypes is what the objects of a platform are called, and who makes its account.
type platformTypes struct {
	platform         Platform
	words            string // for names
	root, pkcs, scep string // types of Graph
	mail             func(*builder) error
}

var platforms = []platformTypes{
	{IOS, "iOS", "iosTrustedRootCertificate", "iosPkcsCertificateProfile", "iosScepCertificateProfile", (*builder).mailOfIOS},
	{WorkProfile, "work profile", "androidWorkProfileTrustedRootCertificate", "androidWorkProfilePkcsCertificateProfile", "androidWorkProfileScepCertificateProfile", (*builder).mailOfWorkProfile},
	{FullyManaged, "fully managed", "androidDeviceOwnerTrustedRootCertificate", "androidDeviceOwnerPkcsCertificateProfile", "androidDeviceOwnerScepCertificateProfile", (*builder).mailOfFullyManaged},
}

func (b *builder) platform(p platformTypes) error {
	b.roots(p)
	if !b.bringsOwnKey(p.platform) {
		b.certificate(p)
	}
	return p.mail(b)
}

// bringsOwnKey reports whether phones of a platform get their certificates inside of
// a custom profile.
func (b *builder) bringsOwnKey(p Platform) bool { return p == IOS && len(b.KeyLess) > 0 }

// pilotsOnly reports whether nothing is there for everybody.
func (b *builder) pilotsOnly() bool {
	return len(b.Pilots) > 0 && len(b.CAs) == 0 && len(b.KeyLess) == 0 && !b.intune.ByPKCS() && !b.intune.BySCEP()
}

// refuse looks at what holds for the set as a whole.
func (b *builder) refuse() error {
	if err := ValidID(b.set.ID); err != nil {
		return refused("set identifier in the template, a reverse-DNS name such as com.contoso.mail", "the identifier %q cannot mark objects: %v", b.set.ID, err)
	}
	if b.pilotsOnly() {
		return nil
	}
	for _, refuse := range []func() error{b.refuseAccount, b.refuseSource, b.refuseCAs} {
		if err := refuse(); err != nil {
			return err
		}
	}
	return nil
}

const everybodyHint = `set email: "{{mail}}" and user: "{{userprincipalname}}" in the template, and leave out --email and --user`

// refuseAccount refuses an account that is one user's, or that no phone would take.
func (b *builder) refuseAccount() error {
	a := b.Account
	for _, v := range []struct{ what, value string }{{"address", a.Email}, {"user name", a.User}} {
		if len(profiles.Tokens(v.value)) == 0 {
			return refused(everybodyHint, "the %s %q is one user's, and the objects are everybody's", v.what, v.value)
		}
	}
	if _, ok := syncDurations[a.SyncDays]; !ok {
		return refused("", "sync-days: %d is not one of %v", a.SyncDays, profiles.SyncWindows)
	}
	if !slices.ContainsFunc(a.Services.List(), func(s profiles.NamedService) bool { return s.On }) {
		return refused("", "services.sync: at least one service must be on, or iOS refuses the account (MCEASErrorDomain 21009)")
	}
	return nil
}

// refuseSource refuses a set in which phones get their certificates in no way or in two.
func (b *builder) refuseSource() error {
	const hint = "set intune.pkcs (server, ca, template) or intune.scep (urls) in the template"
	needed := slices.ContainsFunc(b.intune.Platforms, func(p string) bool { return !b.bringsOwnKey(Platform(p)) })
	switch pkcs, scep := b.intune.ByPKCS(), b.intune.BySCEP(); {
	case pkcs && scep:
		return refused("leave one of them out", "intune.pkcs and intune.scep are both there, and a phone gets its certificate in one way")
	case needed && !pkcs && !scep:
		return refused(hint, "nothing says how phones get their certificates")
	}
	return nil
}

// add puts a part into the set. What its name says beside the set's is the platform's
// words and its own; the sentence is for whoever finds it in the portal.
func (b *builder) add(p Part, words, sentence string) {
	p.Object["displayName"] = fmt.Sprintf("%s - %s", b.set.Name, words)
	p.Object["description"] = Mark{Set: b.set.ID, Key: p.Key}.Describe(sentence)
	p.Object["roleScopeTagIds"] = []any{defaultScope}
	b.set.Parts = append(b.set.Parts, p)
}

// defaultScope is the scope tag that Intune gives to what has no other.
const defaultScope = "0"

// keyOf is the key of a platform's part.
func keyOf(p Platform, role string) string { return string(p) + "-" + role }

// keyMail is the key of the mail profile of iOS.
const keyMail = "ios-mail"

// app is the mail app of Android: the account's, else the one that its sign-in needs.
func (b *builder) app() string {
	byAuth := appGmail
	if b.oauth() {
		byAuth = appOutlook
	}
	return cmp.Or(b.Account.Android.App, byAuth)
}

// verify is a guard against our own mistakes: what is made here is what Graph takes.
func (s *Set) verify() error {
	types := schema.NewCatalogue(schema.Intune())
	names := map[string]string{}
	var all []error
	for _, p := range s.Parts {
		for _, breach := range types.Breaches(p.Object.Type(), p.Object, schema.Creating) {
			all = append(all, fmt.Errorf("%s: %w", p.Key, breach))
		}
		name := strings.ToLower(p.Object.Name())
		if other, twice := names[name]; twice {
			all = append(all, fmt.Errorf("%s has the name of %s", p.Key, other))
		}
		names[name] = p.Key
	}
	return errors.Join(all...)
}

// maxShown is how much of a foreign text a message shows, in characters.
const maxShown = 60

func shown(s string) string { return preflight.Clip(preflight.Printable(s), maxShown) }
