package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/tenant"
	"github.com/easkit/easkit/certs/preflight"
)

// storesRead reports whether it is known what the tenant trusts, be it nothing.
func (r *run) storesRead() bool {
	t := r.in.Tenant
	return t != nil && t.Has(tenant.PKIFile) && t.Has(tenant.ClassicFile)
}

// signIn is one user's sign-in with one certificate, as far as it was judged.
type signIn struct {
	s        preflight.Scenario
	user     *entra.User
	chain    []*certs.Certificate
	cert     []preflight.Finding // of the certificate
	settings []preflight.Finding // of the tenant, for this user
	above    []preflight.Finding // of the CAs above the certificate and their CRLs
	all      []preflight.Finding // of the certificate, those left out of the verdict too
	ignored  []string            // the checks whose failures were left out
}

// Catalogue lists the checks of this package: the one that sums up all the others
// for a user.
func Catalogue() []preflight.Info { return []preflight.Info{canSignIn.Info} }

// canSignIn sums up what the other checks found for one user.
var canSignIn = preflight.Check[*signIn]{Run: checkSignIn, Info: preflight.Info{
	ID: "tenant.sign-in", Title: "The user can sign in with the certificate", Basis: preflight.Documented, Source: srcTroubleshoot,
	Reason: "a sign-in needs the tenant's settings, the certificate, the CAs above it and their CRLs to be right at once, and the phone shows one code at most",
	Fix:    "see the check that is named, in this report and by easkit explain CODE",
}}

const srcTroubleshoot = "https://learn.microsoft.com/entra/identity/authentication/troubleshoot-certificate-based-authentication"

// signIn prepares the judgement of a user's sign-in; nil where no tenant was given
// or it is nobody's.
func (r *run) signIn(s preflight.Scenario, h *entra.Holder, issuer *certs.Certificate, findings []preflight.Finding) *signIn {
	if r.in.Tenant == nil {
		return nil
	}
	u := h.User(s)
	if u == nil {
		return nil
	}
	in := &signIn{s: s, user: u}
	if issuer != nil {
		in.chain = append([]*certs.Certificate{issuer}, certs.BuildChain(issuer, r.pool)...)
	}
	in.cert, in.all = r.counting(findings), findings
	if !r.in.Tenant.Has(tenant.MethodFile) { // what its bindings are is not known
		in.cert = only(in.cert, func(f preflight.Finding) bool { return f.Check != "cert.binding" })
	}
	in.settings = tenant.CheckUser(s, &tenant.User{Snapshot: r.in.Tenant, User: u, Certificate: h.Certificate, Chain: in.chain})
	return in
}

// trouble keeps what is wrong with a CA or its CRL, for those below it.
func (r *run) trouble(ca *certs.Certificate, findings []preflight.Finding) {
	if ca == nil {
		return
	}
	for _, f := range r.counting(findings) {
		if f.Status.Worse(preflight.StatusSkip) || f.Unchecked {
			r.troubles[string(ca.Raw)] = append(r.troubles[string(ca.Raw)], f)
		}
	}
}

// counting are the findings that the call does not leave out of the verdict.
func (r *run) counting(findings []preflight.Finding) []preflight.Finding {
	return only(findings, func(f preflight.Finding) bool { return r.o.Ignore[f.Check] == "" && f.Ignored == "" })
}

// excused marks the findings that count for nothing.
func (r *run) excused(findings []preflight.Finding) []preflight.Finding {
	for i := range findings {
		if f := &findings[i]; r.o.Excuse != nil && f.Status.Worse(preflight.StatusSkip) {
			f.Ignored = r.o.Excuse(*f)
		}
	}
	return findings
}

// judgeTenant judges the tenant as a whole, and each user whose certificate was
// given.
func (r *run) judgeTenant(report *preflight.Report) {
	if r.in.Tenant == nil {
		return
	}
	whole := r.in.Tenant.Check(r.s, r.in.Users)
	if r.in.Users == nil && len(r.in.Certificates) > 0 {
		whole = append(whole, canSignIn.Apply(r.s, nil)...)
	}
	report.Add("tenant", r.tenantName(), whole, r.o.Ignore)
	for i := range r.signIns {
		in := &r.signIns[i]
		for _, ca := range in.chain {
			in.above = append(in.above, r.troubles[string(ca.Raw)]...)
		}
		in.above = append(in.above, r.ofTenant(in, whole)...)
		settings := in.settings
		in.settings, in.ignored = r.counting(settings), r.ignored(in, settings)
		findings := append(canSignIn.Apply(in.s, in), settings...)
		report.AddFor(in.s, "user", in.user.String(), findings, r.o.Ignore)
	}
}

// ofTenant are the failures of the tenant as a whole that a user meets: names of CAs
// that phones can't read, and a CA above the certificate whose CRL is required and has
// no address.
func (r *run) ofTenant(in *signIn, whole []preflight.Finding) []preflight.Finding {
	bare := slices.ContainsFunc(in.chain, func(ca *certs.Certificate) bool {
		a := r.byRaw[string(ca.Raw)]
		return a != nil && a.configured && len(a.fetch.list) == 0
	})
	return only(r.counting(whole), func(f preflight.Finding) bool {
		return f.Status == preflight.StatusFail && (f.Check == "tenant.issuer-hints" || f.Check == "tenant.crl-required" && bare)
	})
}

// ignored are the checks whose failures were left out of the verdict on a user.
func (r *run) ignored(in *signIn, settings []preflight.Finding) []string {
	return checksOf(slices.Concat(settings, in.all), func(f preflight.Finding) bool {
		return f.Status == preflight.StatusFail && (r.o.Ignore[f.Check] != "" || f.Ignored != "")
	})
}

func (r *run) tenantName() string {
	org := r.in.Tenant.Organization
	if org == nil {
		return "tenant"
	}
	return preflight.Printable(cmp.Or(org.DisplayName, org.ID))
}

// checkSignIn names what keeps a user out: what Entra ID looks at first comes first,
// since that is what the user sees.
func checkSignIn(_ preflight.Scenario, in *signIn) []preflight.Outcome {
	if in == nil {
		return preflight.Unchecked("who signs in with the certificates is not known without users: the snapshot has none, and the call gives none (--users)")
	}
	stages := slices.Concat(only(in.settings, before), only(in.cert, always), in.above, only(in.settings, after))
	if f := worst(stages); f != nil {
		o := preflight.Outcome{Status: f.Status, Basis: f.Basis, Source: f.Source, Fix: f.Fix, Codes: f.Codes, Value: strings.Join(f.Codes, " ")}
		what := "sign-in fails"
		if f.Status == preflight.StatusWarn {
			what = "sign-in may fail"
		}
		o.Message = fmt.Sprintf("%s%s: %s: %s", what, with(f.Codes), f.Check, f.Message)
		return []preflight.Outcome{o}
	}
	if open := unchecked(stages); len(open) > 0 {
		return preflight.Unchecked("nothing that was looked at keeps the user out, but not all was looked at: %s", strings.Join(open, ", "))
	}
	message := "nothing keeps the user out"
	if len(in.ignored) > 0 {
		message = "nothing keeps the user out but what is ignored: " + strings.Join(in.ignored, ", ")
	}
	if doubts := doubts(stages); len(doubts) > 0 {
		message += "; but see " + strings.Join(doubts, ", ")
	}
	return preflight.Pass("%s", message)
}

// doubts are the checks of the tenant that warn of something that has no code.
func doubts(findings []preflight.Finding) []string {
	return checksOf(findings, func(f preflight.Finding) bool {
		return f.Status == preflight.StatusWarn && strings.HasPrefix(f.Check, "tenant.")
	})
}

// before and after tell the tenant's settings apart that Entra ID looks at before
// the certificate, and after it; always takes what decides about a certificate.
func before(f preflight.Finding) bool { return slices.Contains(beforeCertificate, f.Check) }

func after(f preflight.Finding) bool { return !before(f) }

func always(f preflight.Finding) bool { return len(f.Codes) == 0 || isSignIn(f.Codes) }

// beforeCertificate are the settings that keep a user from being asked for a
// certificate.
var beforeCertificate = []string{"tenant.method", "tenant.targets", "tenant.federated", "tenant.legacy-block"}

// isSignIn reports whether codes are those of a sign-in, and not of a phone that
// imports a file.
func isSignIn(codes []string) bool {
	return slices.ContainsFunc(codes, func(c string) bool {
		return strings.HasPrefix(c, "AADSTS") || strings.HasPrefix(c, "eas-") || strings.HasPrefix(c, "http-")
	})
}

func only(findings []preflight.Finding, take func(preflight.Finding) bool) []preflight.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f preflight.Finding) bool { return !take(f) })
}

// checksOf names the checks of the findings that are taken, each once.
func checksOf(findings []preflight.Finding, take func(preflight.Finding) bool) []string {
	var ids []string
	for _, f := range findings {
		if take(f) && !slices.Contains(ids, f.Check) {
			ids = append(ids, f.Check)
		}
	}
	return ids
}

// worst is the first failure that has a code of sign-in, else the first warning.
// Warnings without one, of a weak hash for instance, keep nobody out.
func worst(findings []preflight.Finding) *preflight.Finding {
	var found *preflight.Finding
	for i := range findings {
		f := &findings[i]
		relevant := isSignIn(f.Codes) || f.Status == preflight.StatusFail && !strings.HasPrefix(f.Check, "cert.p12")
		if f.Status.Worse(preflight.StatusSkip) && relevant && (found == nil || f.Status.Worse(found.Status)) {
			found = f
		}
	}
	return found
}

func with(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return " with " + strings.Join(codes, " or ")
}

// unchecked are the checks that wanted for something.
func unchecked(findings []preflight.Finding) []string {
	return checksOf(findings, func(f preflight.Finding) bool {
		return f.Unchecked || f.Status == preflight.StatusWarn && len(f.Codes) == 0 && slices.Contains(revocation, f.Check)
	})
}

// revocation are the checks that warn where they could not find out.
var revocation = []string{"cert.revoked", "ca.revoked"}
