package exports

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/easkit/easkit/android"
	"github.com/easkit/easkit/android/tree"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph/schema"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
	"github.com/easkit/easkit/profiles/intune"
)

// Options is what is known around the exports.
type Options struct {
	Users  *entra.Users // the directory's; nil where nobody gave them
	Passed Passed       // what was passed over in the files; where answers are missing, no object counts as the only one
}

// Judged is one object with what was found in it.
type Judged struct {
	Kind     string // for [preflight.Report.AddFor]
	Name     string // the file and the object
	File     string
	Line     int // where the object begins in the file
	Scenario preflight.Scenario
	Findings []preflight.Finding
}

// judgedKind is what a report calls an object of Intune.
const judgedKind = "configuration"

// Where the rules of Intune's objects come from.
const (
	srcIntuneGroups = "https://learn.microsoft.com/intune/intune-service/protect/certificates-configure"
	srcIntuneEmail  = "https://learn.microsoft.com/intune/intune-service/configuration/email-settings-ios"
	srcIntuneSCEP   = "https://learn.microsoft.com/intune/intune-service/protect/certificates-profile-scep"
	srcIntuneRoot   = "https://learn.microsoft.com/intune/intune-service/protect/certificates-trusted-root"
	srcIntunePFX    = "https://learn.microsoft.com/intune/intune-service/protect/certificates-imported-pfx-configure"
	srcIntuneCustom = "https://learn.microsoft.com/intune/intune-service/configuration/custom-settings-apple"
	srcIntuneTokens = "https://learn.microsoft.com/intune/intune-service/apps/app-configuration-policies-use-ios"
	srcIntuneMail   = "https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-ioseasemailprofileconfiguration?view=graph-rest-beta"
	srcGraphIntune  = "https://learn.microsoft.com/graph/api/resources/intune-graph-overview?view=graph-rest-beta"
	srcDirect       = "https://learn.microsoft.com/entra/identity/authentication/certificate-based-authentication-federation-get-started"
	srcBindings     = "https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-technical-deep-dive"
)

// The checks that only exports of Intune have.
var (
	groupsCheck = preflight.Check[*judging]{Run: by((*judging).groups), Info: preflight.Info{
		ID: "intune.groups", Title: "What belongs together is assigned to the same groups", Basis: preflight.Documented, Source: srcIntuneGroups,
		Reason: "a phone that gets the mail profile and not its certificate, or the certificate and not its root, keeps the profile pending or asks for a password",
		Fix:    "assign the root, the certificate profile and the mail profile to the same groups of users; take no phone out of a certificate profile, which removes its certificate",
	}}
	sanCheck = preflight.Check[*judging]{Run: by((*judging).san), Info: preflight.Info{
		ID: "intune.san", Title: "The certificate profile asks for the user's address", Basis: preflight.Documented, Source: srcDirect,
		Reason: "Exchange Online and Entra ID find the user by an address in the SAN of the certificate; nobody can sign in with one that has none",
		Fix:    "make a new certificate profile with the UPN {{UserPrincipalName}} and the e-mail address {{EmailAddress}} in its SAN: editing one that is in use may revoke its certificates",
	}}
	certificateCheck = preflight.Check[*judging]{Run: by((*judging).certificate), Info: preflight.Info{
		ID: "intune.certificate", Title: "The certificate that the profile asks for can sign in", Basis: preflight.Documented, Source: srcIntuneSCEP,
		Reason: "phones get no certificate, or one that servers don't ask for and refuse",
		Fix:    "make a new certificate profile for users, with the key usage Digital signature and the extended key usage Client Authentication: editing one that is in use may revoke its certificates",
	}}
	identityCheck = preflight.Check[*judging]{Run: by((*judging).identity), Info: preflight.Info{
		ID: "intune.identity", Title: "The mail profile has a certificate profile that can sign in", Basis: preflight.Documented, Source: srcIntuneMail,
		Reason: "the phone gets an account without a certificate and asks for a password that nobody has",
		Fix:    "choose a SCEP or PKCS certificate profile of the same platform in the mail profile",
	}}
	keysCheck = preflight.Check[*judging]{Run: by((*judging).keys), Info: preflight.Info{
		ID: "intune.keys", Title: "No private key and no password lies in Intune", Basis: preflight.Documented, Source: srcIntuneCustom,
		Reason: "everybody who may read Intune, and every export and back-up of it, has the user's key",
		Fix:    "let Intune issue the certificate by a SCEP or PKCS profile, or let the phone make its own key (easkit ios --scep)",
	}}
)

// Catalogue lists the checks that only exports of Intune have. Those of profile.* are
// in [profiles.Catalogue].
func Catalogue() []preflight.Info {
	return preflight.Table[*judging]{groupsCheck, sanCheck, certificateCheck, identityCheck, keysCheck}.Catalogue()
}

// of is the catalogue's entry of a check, with the source and remedy that hold for
// Intune's objects.
func of(i preflight.Info, source, fix string) preflight.Info {
	i.Source, i.Fix, i.Codes = source, fix, nil
	return i
}

var (
	schemaCheck  = preflight.Check[*judging]{Run: by((*judging).schema), Info: of(profiles.Info("profile.schema"), srcGraphIntune, "write the property and its value as Graph has them, or export the object again")}
	accountCheck = preflight.Check[*judging]{Run: by((*judging).account), Info: of(profiles.Usable.Info, srcIntuneEmail, "correct the mail profile in Intune")}
	authCheck    = preflight.Check[*judging]{Run: by((*judging).auth), Info: of(profiles.Info("profile.auth"), srcIntuneEmail, "in the mail profile, choose Certificate as authentication method and switch OAuth on")}
	retireCheck  = preflight.Check[*judging]{Run: by((*judging).retirement), Info: of(preflight.Retirement[0].Info, preflight.RetirementSource, "switch OAuth on in the mail profile, which Intune then issues again: users are asked to sign in")}
	labCheck     = preflight.Check[*judging]{Run: by((*judging).lab), Info: of(labInfo(), srcIntuneRoot, "take the profile away from everybody who is no test user, and give phones the root of your own CA")}
	tokensCheck  = preflight.Check[*judging]{Run: by((*judging).tokens), Info: of(profiles.Info("profile.tokens"), srcIntuneTokens, "write the placeholder as the console has it, or the value itself")}
)

// tables are the checks of objects by what they do for an account.
var tables = map[intune.Role]preflight.Table[*judging]{
	intune.Root:        {schemaCheck, labCheck},
	intune.Certificate: {schemaCheck, sanCheck, certificateCheck, groupsCheck},
	intune.Mail:        {schemaCheck, accountCheck, authCheck, retireCheck, identityCheck, groupsCheck},
	intune.Custom:      {schemaCheck, keysCheck},
	intune.AppConfig:   {schemaCheck, keysCheck, identityCheck, groupsCheck},
}

// retiredTable is for objects that no app is left for.
var retiredTable = preflight.Table[*judging]{accountCheck}

// Check judges objects of Intune: each by itself, and by what the others say that it
// belongs to. s is what the call says, defaults left out; mailbox, where the call leaves
// it out, and sign-in are the object's own, and one that is not the call's fails. What
// the exports don't tell is skipped, and never passes.
func Check(s preflight.Scenario, exports []Export, o Options) []Judged {
	t := newTenant(exports)
	t.partial = o.Passed.partial()
	types := schema.NewCatalogue(schema.Intune())
	var all []Judged
	for i := range exports {
		j := &judging{Export: &exports[i], tenant: t, types: types, asked: s, Options: o}
		all = append(all, j.judged())
	}
	return all
}

// judging is one object as it is judged.
type judging struct {
	*Export
	Options
	tenant *tenant
	types  schema.Catalogue
	asked  preflight.Scenario // as the call has it
	inside []preflight.Finding
	// What is inside, as far as the package that knows it could read it.
	profile       *ios.File
	configuration *android.File
	read          bool       // node was looked for
	node          *tree.Node // the object with its places; nil where nobody knows them
}

func (j *judging) judged() Judged {
	s := j.scenario()
	own := Judged{Kind: judgedKind, Name: j.named(), File: j.File, Line: j.Line}
	own.Scenario, j.inside = j.judgeInside(s)
	table := tables[j.Kind.Role]
	if j.Kind.Retired && j.Kind.Role == intune.Mail {
		table = retiredTable
	}
	own.Findings = table.Run(own.Scenario, j)
	for _, f := range j.inside {
		if f.Check != secretsID { // of which intune.keys speaks
			own.Findings = append(own.Findings, f)
		}
	}
	return own
}

// scenario is what an object is judged for.
func (j *judging) scenario() preflight.Scenario {
	switch j.Kind.Role {
	case intune.Mail:
		return scenarioOfMail(j.asked, j.Export)
	case intune.Certificate:
		if all, _ := j.tenant.uses(j.asked, j.Export); len(all) > 0 {
			return all[0]
		}
	}
	return j.asked.WithDefaults()
}

// scenarioOfMail is what a mail profile says of the scenario. One without a certificate
// is for no sign-in that there is a word for.
func scenarioOfMail(s preflight.Scenario, e *Export) preflight.Scenario {
	switch m := method(e); {
	case e.oauth():
		s.Auth = preflight.OAuth
	case m == methodCertificate, m == methodDerived:
		s.Auth = preflight.Direct
	}
	endpoint, err := profiles.ParseEndpoint(e.Object.Text("hostName"))
	if s.Mailbox == "" {
		s.Mailbox = preflight.MailboxUnknown
		if err == nil {
			s.Mailbox = profiles.MailboxAt(endpoint.Host)
		}
	}
	if s.Cloud == "" && err == nil {
		s.Cloud = profiles.CloudAt(endpoint.Host)
	}
	return s.WithDefaults()
}

// maxShown is how much of a text of the file a message shows, in characters.
const maxShown = 60

// shown is a text of a file as messages have it.
func shown(s string) string { return preflight.Clip(preflight.Printable(s), maxShown) }

// quoted is a text of a file in quotes.
func quoted(s string) string { return strconv.Quote(shown(s)) }

// called names an object for a message.
func (e *Export) called() string {
	return fmt.Sprintf("%s %q", e.Kind.Title, shown(cmp.Or(e.Object.Name(), "without a name")))
}

// named is the name of an object in a report.
func (j *judging) named() string {
	return j.File + ": " + shown(cmp.Or(j.Object.Name(), j.Kind.Title))
}

// maxOutcomes is how many findings of one check a person reads.
const maxOutcomes = 100

// by makes the function of a check of a method, and keeps its outcomes to so many that
// a person can read them.
func by(check func(*judging, preflight.Scenario) []preflight.Outcome) func(preflight.Scenario, *judging) []preflight.Outcome {
	return func(s preflight.Scenario, j *judging) []preflight.Outcome { return some(check(j, s)) }
}

// some keeps the outcomes of a check to so many, and the worst of the rest.
func some(all []preflight.Outcome) []preflight.Outcome {
	if len(all) <= maxOutcomes {
		return all
	}
	rest := all[maxOutcomes:]
	more := slices.MaxFunc(rest, func(a, b preflight.Outcome) int {
		return cmp.Compare(slices.Index(preflight.Statuses, a.Status), slices.Index(preflight.Statuses, b.Status))
	})
	more.Message = fmt.Sprintf("and %d more of this check, such as: %s", len(rest), more.Message)
	return append(all[:maxOutcomes:maxOutcomes], more)
}

// outcome makes one outcome with a word for scripts.
func outcome(s preflight.Status, word, format string, args ...any) preflight.Outcome {
	return preflight.Outcome{Status: s, Value: word, Message: fmt.Sprintf(format, args...)}
}

// formatCheck is of files: what is in them is judged object by object.
func formatCheck[T any](run func(preflight.Scenario, T) []preflight.Outcome) preflight.Check[T] {
	return preflight.Check[T]{Info: of(profiles.Info("profile.format"), srcGraphIntune, "export the objects again, as JSON"), Run: run}
}

// Findings say what of the files of a call was passed over; nil where nothing was.
func (p Passed) Findings() []preflight.Finding {
	check := formatCheck(func(_ preflight.Scenario, p Passed) (all []preflight.Outcome) {
		if p.Others > 0 {
			all = preflight.Skip("%s of other kinds: nothing in them is looked at", preflight.Counted(p.Others, "object"))
		}
		if p.Untyped > 0 {
			all = append(all, preflight.Unchecked("%s without %s: what they are, nobody can tell; ask Graph for it (Accept: application/json;odata.metadata=minimal)", preflight.Counted(p.Untyped, "object"), schema.TypeKey)...)
		}
		if p.Cut > 0 {
			all = append(all, preflight.Unchecked("%s with a next page (%s): what is on it was not looked at; get that too, and where it is among the files, take the link out", preflight.Counted(p.Cut, "answer"), nextLink)...)
		}
		if p.Refused > 0 {
			all = append(all, preflight.Unchecked("%s that Graph answered with an error: what was asked for was not looked at", preflight.Counted(p.Refused, "request"))...)
		}
		return all
	})
	if p == (Passed{}) {
		return nil
	}
	return check.Apply(preflight.Scenario{}, p)
}

// Unreadable is the finding on a file that [Read] refuses.
func Unreadable(err error) []preflight.Finding {
	check := formatCheck(func(_ preflight.Scenario, err error) []preflight.Outcome {
		o := outcome(preflight.StatusFail, "not-an-export", "%s", preflight.Printable(err.Error()))
		if where := new(ExportError); errors.As(err, &where) {
			o.Message, o.Line, o.Column = preflight.Printable(where.Reason), where.Line, where.Column
		}
		return []preflight.Outcome{o}
	})
	return check.Apply(preflight.Scenario{}, err)
}
