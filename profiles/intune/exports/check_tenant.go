package exports

import (
	"github.com/easkit/easkit/certs/preflight"

	"github.com/easkit/easkit/profiles/intune"
)

// tenant is all exports of a call, to find what belongs together.
type tenant struct {
	byID      map[string]*Export
	byName    map[string][]*Export                          // at most maxCandidates of each
	byRole    map[intune.Platform]map[intune.Role][]*Export // at most maxCandidates of each
	audiences map[*Export]*audience                         // as they are asked for
	assigned  bool                                          // a file tells whom its object is assigned to
	resolved  bool                                          // a tool followed the links of its objects
}

// maxCandidates is how many objects of a platform, or of a name, are looked at where
// nothing says which of them is meant.
const maxCandidates = 200

func newTenant(exports []Export) *tenant {
	t := &tenant{audiences: map[*Export]*audience{}, byID: map[string]*Export{}, byName: map[string][]*Export{}, byRole: map[intune.Platform]map[intune.Role][]*Export{}}
	for i := range exports {
		e := &exports[i]
		if id := e.Object.Text("id"); id != "" {
			t.byID[id] = e
		}
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
		t.assigned = t.assigned || e.Assigned
		t.resolved = t.resolved || e.resolved
	}
	return t
}

// find is what a reference leads to; several where a name is that of several objects.
func (t *tenant) find(r Ref) []*Export {
	if e := t.byID[r.ID]; e != nil {
		return []*Export{e}
	}
	if r.ID != "" || r.Name == "" {
		return nil
	}
	var found []*Export
	for _, e := range t.byName[r.Name] {
		if r.Type == "" || e.Kind.Type == r.Type {
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
	for _, e := range t.byRole[mail.Kind.Platform][intune.Certificate] {
		if signsIn(e.Kind) {
			found = append(found, e)
		}
	}
	return found, false
}

// signsIn tells certificate profiles from those that import a PFX, which Intune has for
// S/MIME alone.
func signsIn(k intune.Kind) bool { return k.Role == intune.Certificate && !importsPFX[k.Type] }

// importsPFX are the certificate profiles of imported PFX files.
var importsPFX = map[string]bool{
	"iosImportedPFXCertificateProfile":                true,
	"androidDeviceOwnerImportedPFXCertificateProfile": true,
}

// scenarios are what the certificates of a profile are used for, as far as the mail
// profiles of its platform say, and the apps that name it: each once. An app that is
// given a certificate shows it to the server itself.
func (t *tenant) scenarios(s preflight.Scenario, certificate *Export) []preflight.Scenario {
	var all []preflight.Scenario
	seen := map[preflight.Scenario]bool{}
	for _, app := range t.byRole[intune.AnyAndroid][intune.AppConfig] {
		if r, there := app.Refers[relationCertificate]; there && t.byID[r.ID] == certificate && len(all) == 0 {
			of := s
			of.Auth = preflight.Direct
			if of.Mailbox == "" {
				of.Mailbox = preflight.MailboxUnknown
			}
			all = append(all, of.WithDefaults())
			seen[all[0]] = true
		}
	}
	for _, mail := range t.byRole[certificate.Kind.Platform][intune.Mail] {
		if mail.Kind.Retired || !byCertificate(mail) || !t.mayUse(mail, certificate) {
			continue
		}
		if of := scenarioOfMail(s, mail); !seen[of] {
			seen[of] = true
			all = append(all, of)
		}
	}
	if len(all) == 0 {
		return []preflight.Scenario{s.WithDefaults()}
	}
	return all
}

// mayUse reports whether a certificate profile is that of a mail profile, or may be.
func (t *tenant) mayUse(mail, certificate *Export) bool {
	r, told, _ := t.known(mail, relationIdentity)
	if !told {
		return true
	}
	for _, e := range t.find(r) {
		if e == certificate {
			return true
		}
	}
	return false
}
