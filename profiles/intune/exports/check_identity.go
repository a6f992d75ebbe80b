package exports

import (
	"cmp"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/intune"
)

// identity judges what a mail profile, or an app by a placeholder, signs in with.
func (j *judging) identity(preflight.Scenario) []preflight.Outcome {
	if j.Kind.Role == intune.AppConfig {
		return j.placeholder()
	}
	if !byCertificate(j.Export) {
		return preflight.Skip("%s: authenticationMethod is not %s", j.called(), methodCertificate)
	}
	r, told, sure := j.tenant.known(j.Export, relationIdentity)
	switch {
	case !told:
		return preflight.Unchecked("%s: the export does not say which certificate profile it refers to (IntuneManagement's does, where it resolves references)", j.called())
	case r == Ref{}:
		o := outcome(preflight.StatusFail, "no-identity", "%s signs in with a certificate and names no certificate profile", j.called())
		if !sure {
			o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
			o.Message += ", as far as the export tells"
		}
		return []preflight.Outcome{j.atRelation(relationIdentity, o)}
	}
	return j.refersTo(r, relationIdentity)
}

// refersTo judges the object that a mail profile signs in with.
func (j *judging) refersTo(r Ref, relation string) []preflight.Outcome {
	found := j.tenant.find(r)
	if len(found) > 1 {
		o := outcome(preflight.StatusWarn, "ambiguous", "%s refers to %q, and %d objects are called that: which of them is meant, the export does not say", j.called(), shown(r.Name), len(found))
		o.Basis, o.Fix = preflight.Inferred, "give each certificate profile a name of its own"
		return []preflight.Outcome{j.atRelation(relation, o)}
	}
	name := shown(cmp.Or(r.Name, r.ID))
	kind, known := intune.KindOf(r.Type)
	if len(found) == 1 {
		kind, known, name = found[0].Kind, true, shown(cmp.Or(found[0].Object.Name(), name))
	}
	fail := func(word, format string, args ...any) []preflight.Outcome {
		return []preflight.Outcome{j.atRelation(relation, outcome(preflight.StatusFail, word, format, args...))}
	}
	switch {
	case !known && len(found) == 0:
		return preflight.Unchecked("%s refers to %q, which is not among the exports", j.called(), name)
	case importsPFX[kind.Type]:
		all := fail("imported-pfx", "%s signs in with %q, which imports PFX files: Intune has those for S/MIME alone", j.called(), name)
		all[0].Source = srcIntunePFX
		return all
	case kind.Role != intune.Certificate:
		return fail("no-certificate", "%s signs in with %q, which is no certificate profile (%s)", j.called(), name, kind.Type)
	case kind.Platform != j.Kind.Platform:
		return fail("other-platform", "%s signs in with %q, which is for another platform (%s)", j.called(), name, kind.Title)
	}
	return preflight.Pass("%s signs in with %q (%s)", j.called(), name, kind.Title)
}

// placeholder judges the certificate profile that {{cert:ID}} names in an app
// configuration. That the id is that of the profile is likely, and not documented.
func (j *judging) placeholder() []preflight.Outcome {
	r, there := j.Refers[relationCertificate]
	if !there {
		return preflight.Skip("%s names no certificate profile", j.called())
	}
	found := j.tenant.find(r)
	if len(found) == 0 {
		return preflight.Unchecked("%s: the certificate profile %q is not among the exports, or its id is another", j.called(), shown(r.ID))
	}
	if kind := found[0].Kind; !signsIn(kind) {
		o := outcome(preflight.StatusWarn, "no-certificate", "%s names %s, which brings no certificate to sign in with", j.called(), found[0].called())
		o.Basis, o.Fix = preflight.Inferred, "take the placeholder of a SCEP or PKCS certificate profile from the console"
		return []preflight.Outcome{j.at("payloadJson", o)}
	}
	return preflight.Pass("%s names %s", j.called(), found[0].called())
}
