package exports

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// tenant is all exports of a call, to find what belongs together. An object that is in
// several files counts once.
type tenant struct {
	byID      map[string]*Export                            // by the id in small letters
	byName    map[string][]*Export                          // at most maxCandidates of each
	byRole    map[intune.Platform]map[intune.Role][]*Export // at most maxCandidates of each
	audiences map[*Export]*audience                         // as they are asked for
	assigned  bool                                          // a file tells whom its object is assigned to
	resolved  bool                                          // a tool followed the links of its objects
	partial   bool                                          // there may be objects that are not among the exports
	pilots    int                                           // objects of a pilot, with a private key in them
}

// maxCandidates is how many objects of a platform, or of a name, are looked at where
// nothing says which of them is meant.
const maxCandidates = 200

// noID is what the console has in place of an id for what is not there yet.
const noID = "00000000-0000-0000-0000-000000000000"

// id is an object's id in small letters; "" where it has none.
func (e *Export) id() string {
	if id := strings.ToLower(e.Object.Text("id")); id != noID {
		return id
	}
	return ""
}

func newTenant(exports []Export) *tenant {
	t := &tenant{audiences: map[*Export]*audience{}, byID: map[string]*Export{}, byName: map[string][]*Export{}, byRole: map[intune.Platform]map[intune.Role][]*Export{}}
	for i := range exports {
		e := &exports[i]
		t.assigned = t.assigned || e.Assigned
		t.resolved = t.resolved || e.resolved
		if id := e.id(); id != "" {
			if before := t.byID[id]; before == nil || !before.Assigned && e.Assigned { // of two files the one that tells more
				t.byID[id] = e
			}
		}
	}
	for i := range exports {
		if e := &exports[i]; t.same(e) == e {
			t.add(e)
		}
	}
	return t
}

// same is the export that stands for an object: that of the file that tells most of it.
func (t *tenant) same(e *Export) *Export {
	if first := t.byID[e.id()]; first != nil && first.Kind == e.Kind {
		return first
	}
	return e
}

func (t *tenant) add(e *Export) {
	if name := e.Object.Name(); len(t.byName[name]) < maxCandidates {
		t.byName[name] = append(t.byName[name], e)
	}
	roles := t.byRole[e.Kind.Platform]
	if roles == nil {
		roles = map[intune.Role][]*Export{}
		t.byRole[e.Kind.Platform] = roles
	}
	if len(roles[e.Kind.Role]) < maxCandidates {
		roles[e.Kind.Role] = append(roles[e.Kind.Role], e)
	}
	if e.isPilot() {
		t.pilots++
	}
}

// find is what a reference leads to; several where a name is that of several objects.
func (t *tenant) find(r Ref) []*Export {
	if e := t.byID[strings.ToLower(r.ID)]; e != nil {
		return []*Export{e}
	}
	if r.ID != "" || r.Name == "" {
		return nil
	}
	var found []*Export
	for _, e := range t.byName[r.Name] {
		if r.Type == "" || strings.EqualFold(e.Kind.Type, r.Type) {
			found = append(found, e)
		}
	}
	return found
}

// known says what a file tells of a relationship: told is false where nobody can know,
// and sure where it was concluded from links that nobody followed.
func (t *tenant) known(e *Export, relation string) (r Ref, told, sure bool) {
	if r, told = e.Refers[relation]; told {
		return r, true, true
	}
	return Ref{}, e.linked[relation] && t.resolved, false
}

// certificates are the certificate profiles that may be a mail profile's: the one that
// it names, or all of its platform where the file doesn't tell.
func (t *tenant) certificates(mail *Export) (found []*Export, named bool) {
	if r, told, _ := t.known(mail, relationIdentity); told {
		return t.find(r), true
	}
	return t.candidates(mail.Kind.Platform), false
}

// candidates are the certificate profiles of a platform that a user may sign in with.
// Certificates in the store of the machine are the phone's.
func (t *tenant) candidates(p intune.Platform) []*Export {
	var found []*Export
	for _, e := range t.byRole[p][intune.Certificate] {
		if signsIn(e.Kind) && !forMachine(e) {
			found = append(found, e)
		}
	}
	return found
}

// forMachine reports whether a certificate profile is for phones, and not for users.
func forMachine(e *Export) bool {
	return strings.EqualFold(e.Object.Text("certificateStore"), "machine")
}

// signsIn tells certificate profiles from those that import a PFX, which Intune has for
// S/MIME alone.
func signsIn(k intune.Kind) bool { return k.Role == intune.Certificate && !importsPFX[k.Type] }

// importsPFX are the certificate profiles of imported PFX files.
var importsPFX = map[string]bool{
	"iosImportedPFXCertificateProfile":                true,
	"androidDeviceOwnerImportedPFXCertificateProfile": true,
}

// usage says how sure it is that a certificate profile is for mail.
type usage int

const (
	unused  usage = iota // what is known to sign in with a certificate names others
	unknown              // one of several that may be it, or others may be missing
	likely               // the only one that may be it
	named                // a mail profile or an app names it
)

// uses are the sign-ins that the certificates of a profile are for, each once, as far as
// mail profiles and apps say.
func (t *tenant) uses(s preflight.Scenario, certificate *Export) ([]preflight.Scenario, usage) {
	certificate = t.same(certificate)
	all := t.namedBy(s, certificate)
	if len(all) > 0 {
		return all, named
	}
	mails, told := 0, 0
	for _, mail := range t.byRole[certificate.Kind.Platform][intune.Mail] {
		if mail.Kind.Retired || !byCertificate(mail) {
			continue
		}
		mails++
		if _, says, _ := t.known(mail, relationIdentity); says {
			told++
		} else {
			all = with(all, scenarioOfMail(s, mail))
		}
	}
	candidates := t.candidates(certificate.Kind.Platform)
	switch {
	case !slices.Contains(candidates, certificate), mails > 0 && told == mails && !t.partial:
		return nil, unused
	case len(candidates) > 1, t.partial:
		return nil, unknown
	case len(all) == 0:
		all = append(all, s.WithDefaults())
	}
	return all, likely
}

// namedBy are the sign-ins of those that name a certificate profile. An app that is given
// a certificate shows it to the server itself.
func (t *tenant) namedBy(s preflight.Scenario, certificate *Export) (all []preflight.Scenario) {
	for _, platform := range []intune.Platform{intune.AnyAndroid, intune.Legacy} {
		for _, app := range t.byRole[platform][intune.AppConfig] {
			if r, there := app.Refers[relationCertificate]; there && slices.Contains(t.find(r), certificate) {
				of := s
				of.Auth = preflight.Direct
				if of.Mailbox == "" {
					of.Mailbox = preflight.MailboxUnknown
				}
				all = with(all, of.WithDefaults())
			}
		}
	}
	for _, mail := range t.byRole[certificate.Kind.Platform][intune.Mail] {
		r, told, _ := t.known(mail, relationIdentity)
		if told && !mail.Kind.Retired && byCertificate(mail) && slices.Contains(t.find(r), certificate) {
			all = with(all, scenarioOfMail(s, mail))
		}
	}
	return all
}

// with adds a sign-in that is not there yet.
func with(all []preflight.Scenario, s preflight.Scenario) []preflight.Scenario {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
