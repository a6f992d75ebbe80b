package probe

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/easkit/easkit/certs/preflight"
)

// A refusal is how and why a server did not let the user in.
type refusal struct {
	word, text, fix string
	codes           []string
	source          string // where it differs from the check's
	unproven        bool   // the server asks for a certificate, and there is none here
}

// wordNotAsked is the refusal of a server that wants to know who it is and did not ask
// for the certificate.
const wordNotAsked = "not-asked"

// refused is the refusal that the way to the server ended in, nil where it did not.
func (e *Evidence) refused() *refusal { return e.refusedIn(lastOf(e.path())) }

// refusedIn is the refusal in an exchange. It may come in the handshake; as an alert
// after it, as TLS 1.3 has it; by closing the connection; or as an answer of HTTP.
func (e *Evidence) refusedIn(x *Exchange) *refusal {
	switch {
	case x == nil || x.TLS == nil || x.TLS.ChainErr != nil || errors.Is(x.Err, ErrKey):
		return nil
	case x.TLS.Alert != 0 && alertOf(x.TLS.Alert).isOfOurs(x.TLS):
		return e.byAlert(x)
	case x.TLS.Alert == 0 && x.Status == 0 && x.TLS.Asked && closed(x.Err):
		return e.byClosing(x)
	case x.Status != 0:
		return e.byStatus(x)
	}
	return nil
}

// isOfOurs says whether an alert is about the client's certificate. Servers send 40 and
// some others also where they have not come to that.
func (c alertCase) isOfOurs(t *TLS) bool {
	if c.number == alertInternal {
		return t.Sent
	}
	return c.aboutOurs && (t.Asked || c.number != 40 && c.number != 49 && c.number != 51)
}

// beforeToken says whether a request was made without a token, to learn where tokens
// come from.
func (e *Evidence) beforeToken(x *Exchange) bool {
	if !e.byToken() {
		return false
	}
	for _, with := range e.OAuth.Options {
		if x == with {
			return false
		}
	}
	return true
}

// closed says whether an error is that of a connection which the other side ended. The
// texts are those of Unix and Windows.
func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || err != nil &&
		(strings.Contains(err.Error(), "reset by peer") || strings.Contains(err.Error(), "forcibly closed") || strings.Contains(err.Error(), "broken pipe"))
}

// when says at which point of the connection an exchange ended.
func when(x *Exchange) string {
	switch {
	case x.Stage == StageHandshake:
		return "in the handshake"
	case x.TLS.Late:
		return "when it asked again, after the request"
	}
	return "after the handshake, as TLS 1.3 has it"
}

func (e *Evidence) byAlert(x *Exchange) *refusal {
	t, c := x.TLS, alertOf(x.TLS.Alert)
	r := &refusal{word: c.word, fix: c.fix}
	switch {
	case !t.Sent && t.Asked:
		r.noneSent(e)
	case c.number == alertInternal:
		r.text = c.means + "; Apache says so of a good certificate whose chain is too long for it, and its own limit is one CA above the certificate"
		r.fix = "on Apache, set SSLVerifyDepth to the number of CAs above the certificate, the root included (its log says \"Certificate Chain too long\"); " + fixServerLog
	case c.unspecific:
		r.text = c.means
		r.guess(e.ownCause(t, false))
	case c.number == 43 && e.Target.Identity != nil && forClients(e.Target.Identity.Leaf):
		r.word, r.text = "unsupported", "the server does not take certificates of this kind, although it may sign in to servers by its uses"
		r.fix = "see which keys, signatures and uses the server takes; " + fixServerLog
	case c.number == 45 && e.Target.Identity != nil && !e.At.After(e.Target.Identity.Leaf.NotAfter):
		r.word = "crl-expired"
		r.text = fmt.Sprintf("it has not expired, being valid until %s; a certificate above it or the CRL that the server looks into has (OpenSSL says both with this alert), or the server's clock is wrong", day(e.Target.Identity.Leaf.NotAfter))
		r.fix = "publish the CRL and have the server load it; check its clock and the CA certificates"
	case c.number == 48 && e.namesake(t) != nil:
		r.guess(e.namesake(t))
		r.text = c.means + r.text
	case c.number == 48 && len(t.CAs) > 0 && t.Offered:
		r.text = c.means + ", and names it all the same among those that it takes: it has a CA of the same name with another key, an intermediate is missing in the profile or at the server, or the server has no CRL of that CA"
		if id := e.Target.Identity; id != nil && id.Leaf.Lab {
			r.text += "; the CAs of every easkit lab have the same names, and so this one is likely of another lab"
		}
	default:
		r.text = c.means
	}
	r.text = fmt.Sprintf("%s refused the sign-in %s, with %v: %s", x.at(), when(x), t.Alert, r.text)
	return r
}

// noneSent is the refusal where the server asked and got nothing.
func (r *refusal) noneSent(e *Evidence) {
	none := alertOf(116)
	r.word, r.fix, r.text = none.word, none.fix, none.means
	switch {
	case e.byToken():
		r.fix = "have the server ask for tokens alone at /Microsoft-Server-ActiveSync: a phone with OAuth shows its certificate to the authority"
	case e.Target.Identity == nil:
		r.unproven = true
		r.text += ": there is no identity to send (" + safe(e.Target.Name) + ")"
	}
}

// guess names the likely cause, where the certificate shows one.
func (r *refusal) guess(c *cause) {
	if c != nil {
		r.word, r.fix = c.word, c.fix
		r.text += "; likely because " + c.text + " (inferred from the certificate)"
	}
}

// byClosing is a connection that ends without a word once the certificate was asked for,
// as Windows does it.
func (e *Evidence) byClosing(x *Exchange) *refusal {
	what := fmt.Sprintf("%s asked for the certificate and then closed the connection without saying why", x.at())
	r := &refusal{word: "closed", fix: fixServerLog, text: what}
	if x.TLS.Sent {
		r.guess(e.ownCause(x.TLS, false))
		return r
	}
	r.noneSent(e)
	r.text = what + ": " + r.text
	return r
}

// frontWords are the words by which web servers say in the body of an answer that it is
// about the certificate: nginx's for its 400, and the numbers behind IIS's 403, which
// stand in its page where errors are shown in detail.
// Sources: nginx, src/http/ngx_http_special_response.c; [srcIIS].
var frontWords = []struct {
	status            int
	text, word, means string
	code              string // explains it
}{
	{400, "no required ssl certificate was sent", "none-sent", "the server wants a client certificate, and got none", ""},
	{400, "the ssl certificate error", "bad-certificate", "the server does not take the certificate: nginx says so of every fault", ""},
	{403, "403.7", "none-sent", "", "http-403.7"},
	{403, "403.12", "no-such-account", "no account is mapped to the certificate", "http-403"},
	{403, "403.13", "revoked", "", "http-403.13"},
	{403, "403.16", "untrusted", "", "http-403.16"},
	{403, "403.17", "expired", "", "http-403.17"},
}

// statusWords are the statuses of HTTP by which users are refused.
var statusWords = map[int]string{401: "not-accepted", 403: "no-such-account", 456: "account-blocked", 457: "password-expired"}

// Statuses of nginx's own, which it shows as 400 unless it is told otherwise.
const (
	nginxBad  = 495
	nginxNone = 496
)

func (e *Evidence) byStatus(x *Exchange) *refusal {
	id := fmt.Sprintf("http-%d", x.Status)
	c := explanation(Codes(), id)
	r := &refusal{word: statusWords[x.Status], fix: c.Fix, codes: []string{id}, source: c.Source}
	body := bytes.ToLower(x.Body)
	certificate := false // the server's own words are about it
	for _, f := range frontWords {
		if f.status == x.Status && hasWord(body, f.text) || f.status == 400 && (x.Status == nginxBad && f.word == "bad-certificate" || x.Status == nginxNone && f.word == "none-sent") {
			finer := explanation(Codes(), f.code)
			certificate, r.word, r.text, r.fix = true, f.word, cmp.Or(f.means, finer.Title), cmp.Or(finer.Fix, fixServerLog)
			r.codes, r.source = []string{cmp.Or(f.code, id)}, cmp.Or(finer.Source, c.Source)
			if x.Status == 403 { // the number is in the body alone
				r.text = fmt.Sprintf("the page that came with it says %s: %s (that IIS means this before ActiveSync is inferred)", f.text, r.text)
			}
		}
	}
	if r.word == "" || e.beforeToken(x) && !certificate { // other refusals are due there
		return nil
	}
	switch {
	case e.byToken() && certificate && r.word == alertOf(116).word:
		r.noneSent(e)
	case e.byToken() && certificate:
	case e.byToken():
		r.ofToken(x, c)
	case !x.TLS.Asked:
		r.word, r.text = wordNotAsked, cmp.Or(r.text, c.Title)
	case !x.TLS.Sent:
		r.noneSent(e)
	case !certificate:
		r.text = c.Title
		r.ofUser(e, x)
	case r.word == "bad-certificate":
		own := e.ownCause(x.TLS, false)
		if own == nil {
			own = &cause{"perhaps-revoked", "it is revoked, or an intermediate or a CRL is missing at the server, or the server has a CA of the same name with another key: nothing else is wrong with it that can be seen", "easkit check cert looks it up in the CRL (cert.revoked); " + fixServerLog}
		}
		r.guess(own)
	}
	if code := r.codes[0]; x.Status != 400 && explanation(Codes(), code).ID != "" { // nginx's 400 is about something else than HTTP's
		r.fix = explained(r.fix, code)
	}
	r.text = fmt.Sprintf("%s refused the sign-in with HTTP %d: %s", x.at(), x.Status, r.text)
	return r
}

// hasWord says whether a text stands in a body, and not as a part of a longer number.
func hasWord(body []byte, text string) bool {
	i := bytes.Index(body, []byte(text))
	if i < 0 {
		return false
	}
	end := i + len(text)
	return end == len(body) || body[end] < '0' || body[end] > '9'
}

// ofUser says why a server that took the certificate refuses its user.
func (r *refusal) ofUser(e *Evidence, x *Exchange) {
	own := e.ownCause(x.TLS, true)
	switch {
	case own != nil:
		r.guess(own)
	case x.Status == 401 && readChallenge(x.Header).Bearer:
		r.word, r.fix = "oauth-wanted", "build the profile with --auth oauth"
		r.text = "the server took the certificate in TLS, and wants a token (Bearer) all the same"
	case x.Status == 401 && len(x.Header.Values("WWW-Authenticate")) > 0:
		r.word = "not-set-up"
		r.fix = "switch sign-in by certificate on for the server's ActiveSync directory: in IIS, Active Directory Client Certificate Authentication for the server and certificates required for the directory; then see that an account goes with the certificate"
		r.text = "the server took the certificate in TLS, and asks for another sign-in all the same: " + schemes(x.Header.Values("WWW-Authenticate")) +
			"; likely sign-in by certificate is not on for its ActiveSync directory, or no account goes with it (inferred)"
	case x.Status == 403 || x.Status == 401:
		r.word = "no-such-account"
		r.fix = "see that the user has a mailbox under one of these names, or that a mapping leads there, and that ActiveSync is on (Get-CASMailbox USER: ActiveSyncEnabled)"
		r.text += fmt.Sprintf("; the certificate itself was taken, so likely no account goes with %s, or ActiveSync is off for it (inferred)", e.whom())
	}
}

// ofToken says why a server refuses a token.
func (r *refusal) ofToken(x *Exchange, c preflight.Code) {
	r.text = c.Title
	challenge := readChallenge(x.Header)
	switch x.Status {
	case 403:
		r.word = "not-enabled"
	case 401:
		r.word = "token-refused"
		r.fix = "see that the application has the permission EAS.AccessAsUser.All of Exchange Online, that the one who signed in is the account's user, and that the tenant lets the sign-in through (Conditional Access)"
	}
	if challenge.Error != "" {
		r.text += ": " + safe(challenge.Error)
	}
	r.withAADSTS(strings.Join(x.Header.Values("WWW-Authenticate"), " ") + " " + string(x.Body))
}

// aadsts is the form of Entra ID's codes.
var aadsts = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`AADSTS\d{4,8}`) })

// withAADSTS takes up the codes of Entra ID in a text.
func (r *refusal) withAADSTS(text string) {
	for _, id := range distinct(aadsts().FindAllString(preflight.Clip(text, maxHeader), -1)) {
		if c := explanation(entraCodes(), id); c.ID != "" {
			r.text += fmt.Sprintf("; %s: %s", id, c.Title)
			r.fix, r.source = explained(c.Fix, id), c.Source
		} else {
			r.text += "; " + id
		}
		r.codes = append([]string{id}, r.codes...)
	}
}

// outcomes is a refusal as that of a check. That it happened is measured, whatever the
// cause is known by.
func (r *refusal) outcomes() []preflight.Outcome {
	o := outcome(preflight.StatusFail, r.word, r.fix, "%s", r.text)
	o.Codes, o.Source = r.codes, r.source
	return []preflight.Outcome{o}
}
