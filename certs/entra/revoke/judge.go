package revoke

import (
	"fmt"
	"math/big"
	"time"

	"github.com/easkit/easkit/certs/crl"
	"github.com/easkit/easkit/certs/preflight"
)

// Case is a certificate that is to open no session any more.
type Case struct {
	User   string    // userPrincipalName, for the commands
	Serial *big.Int  // of the certificate
	Since  time.Time // when the user's sessions were revoked
}

// Advice says whether a revocation lasts, and what to do about it.
type Advice struct {
	Lasts    bool     `json:"lasts"`
	Todo     []string `json:"todo"`     // what is missing; empty where it lasts
	Still    []string `json:"still"`    // what works until then, or for a while yet
	Commands []string `json:"commands"` // Exchange Online PowerShell, against a phone that needs no token
}

// backdating is how far a Windows CA dates a CRL's Effective Date back, unless its
// ClockSkewMinutes says otherwise.
// Source: https://learn.microsoft.com/archive/blogs/pki/how-effectivedate-thisupdate-nextupdate-and-nextcrlpublish-are-calculated
const backdating = 10 * time.Minute

// What still works, whatever the CRL says. The sources are, in order, [sessionsSource]
// with https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes,
// and https://learn.microsoft.com/entra/identity/authentication/concept-certificate-based-authentication-certificate-revocation-list
const (
	stillTokens = "access tokens that are out already: refresh tokens and browser sessions are revoked within a few minutes, an access token ends by itself, by default 60 to 90 minutes after it was issued"
	stillCache  = "the certificate, as long as Entra ID has an older CRL: it keeps one until its Next Update (or Next CRL Publish) and can't be made to fetch another, and it fetches none for a CA whose CRL address the tenant does not have"
	stillDirect = "a phone that shows its certificate to Exchange itself: it has no token that could be revoked, so block the phone, or ActiveSync for the mailbox"
)

// stillOpen is what works where a revocation does not last.
const stillOpen = "the certificate: with it the user, or whoever has the phone, signs in anew"

// Judge reads from the findings on a certificate, and on the CRL that it was looked up
// in, whether its revocation lasts. They are those of a pre-flight that was told since
// when sign-ins are revoked. Without a finding of cert.revoked nothing is known, and
// what is not known does not last.
func Judge(findings []preflight.Finding, c Case) Advice {
	a := Advice{Lasts: true, Todo: []string{}, Still: []string{stillTokens, stillCache, stillDirect}, Commands: Commands(c.User)}
	found := false
	for _, f := range findings {
		if f.Check != crl.CertRevoked.ID {
			continue
		}
		found = true
		if f.Status == preflight.StatusPass && crl.Verdict(f.Value) == crl.Effective {
			continue
		}
		a.Lasts = false
		a.Todo = append(a.Todo, c.todo(f))
	}
	if !found {
		a.Lasts = false
		a.Todo = append(a.Todo, "give the certificate and the CRL of its CA: without them it is not known whether the revocation lasts")
	}
	for _, f := range findings {
		if f.Status == preflight.StatusFail && unusable[f.Check] {
			a.Lasts = false
			a.Todo = appendNew(a.Todo, preflight.Printable("the CRL: "+f.Message+": "+f.Fix))
		}
	}
	if !a.Lasts {
		a.Still = append([]string{stillOpen}, a.Still...)
	}
	return a
}

// unusable are the checks of a CRL whose failing keeps Entra ID from fetching it or
// from taking it: it goes by the one that it has. What else may be wrong with a CRL is
// part of cert.revoked.
var unusable = map[string]bool{
	"crl.download": true, "crl.format": true, "crl.size": true, "crl.issuer": true, "crl.signature": true, "crl.number": true,
}

// todo says what is missing, by the verdict on the certificate.
func (c Case) todo(f preflight.Finding) string {
	publish := "publish a CRL after " + c.after()
	lists := "that lists " + c.certificate()
	switch crl.Verdict(f.Value) {
	case crl.NotListed:
		return fmt.Sprintf("revoke %s at its CA, and %s that lists it", c.certificate(), publish)
	case crl.StaleEffectiveDate:
		return fmt.Sprintf("%s %s: the one that there is has an Effective Date that is not later than the revocation of the sessions", publish, lists)
	case crl.ExpiredCRL:
		return fmt.Sprintf("%s %s: the one that there is is not valid", publish, lists)
	case crl.WrongIssuer:
		return fmt.Sprintf("%s, of the certificate's own CA, %s: the one that there is is another's", publish, lists)
	case crl.Effective:
		return preflight.Printable(fmt.Sprintf("%s: %s, after %s", f.Message, f.Fix, c.after()))
	case crl.Revoked:
		return "judge it with the time since when the sessions are revoked (--since)"
	}
	return preflight.Printable(fmt.Sprintf("%s %s, and judge that one: %s", publish, lists, f.Message))
}

// certificate names it by its serial number, as CAs show that.
func (c Case) certificate() string {
	if c.Serial == nil {
		return "the certificate"
	}
	return fmt.Sprintf("the certificate with the serial number %X", c.Serial)
}

// after is the time after which a CRL has to be published: its Effective Date must be
// later than the revocation, strictly, and has whole seconds.
func (c Case) after() string {
	if c.Since.IsZero() {
		return "the revocation of the sessions"
	}
	whole := c.Since.UTC().Truncate(time.Second)
	if whole.Before(c.Since) {
		whole = whole.Add(time.Second)
	}
	const layout = "2006-01-02T15:04:05Z"
	return fmt.Sprintf("%s (%s, and the %d minutes by which Windows CAs date it back)", whole.Add(backdating).Format(layout), whole.Format(layout), int(backdating.Minutes()))
}

func appendNew(all []string, s string) []string {
	for _, other := range all {
		if other == s {
			return all
		}
	}
	return append(all, s)
}
