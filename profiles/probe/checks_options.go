package probe

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

func checkOptions(_ preflight.Scenario, e *Evidence) []preflight.Outcome {
	x := lastOf(e.path())
	switch {
	case x == nil || x.TLS == nil || x.TLS.ChainErr != nil || x.Stage == StageHandshake && x.Err != nil:
		return notTried(e)
	case e.refusedIn(x) != nil && e.refusedIn(x).unproven:
		return notTried(e)
	case e.refusedIn(x) != nil:
		return preflight.Skip("the server answers, and refuses the sign-in (eas.auth)")
	case x.Err != nil:
		return unanswered(x)
	case e.beforeToken(x) && x.is(401, 403):
		return preflight.Skip("without a token the server answers HTTP %d, as it should; with --sign-in it is asked again", x.Status)
	case x.Location != "" || x.is(451):
		return preflight.Skip("the server sends elsewhere (eas.redirect)")
	case !x.is(200):
		return badStatus(x)
	case !x.speaksEAS():
		return failed("not-eas", "", "%s answers HTTP 200, and names no version of Exchange ActiveSync: it is another kind of server", x.at())
	}
	return preflight.Pass("%s answers within %v, with %s", x.at(), x.Took.Round(time.Millisecond), preflight.Counted(len(list(x.Header, "MS-ASProtocolCommands")), "command"))
}

// unanswered says which side ended a request without an answer, or was silent.
func unanswered(x *Exchange) []preflight.Outcome {
	after := map[Stage]string{
		StageRequest: "did not take the request",
		StageAnswer:  "took the request and is silent: no answer came",
		StageBody:    "began its answer and went silent before its end",
	}[x.Stage]
	switch {
	case errors.Is(x.Err, ErrKey):
		return keyUnfit(x)
	case x.TLS.Alert != 0:
		a := alertOf(x.TLS.Alert)
		return failed(a.word, a.fix, "%s ended the connection after the handshake with %v: %s", x.at(), x.TLS.Alert, a.means)
	case silent(x.Err) && x.Stage == StageAnswer && x.TLS.Sent:
		return failed("timeout", "see whether the server reaches the CRLs of the users' CA, which it may be waiting for; "+fixServerLog, "%s %s", x.at(), after)
	case silent(x.Err):
		return failed("timeout", fixServerLog, "%s %s", x.at(), after)
	case errors.Is(x.Err, ErrHeader), errors.Is(x.Err, ErrBody):
		return failed("endless", "see what answers there: no ActiveSync server says so much", "the answer of %s does not end: %s", x.at(), why(x.Err))
	case closed(x.Err):
		return failed("closed", fixServerLog, "%s took the connection and closed it without an answer", x.at())
	}
	return failed("broken", "see what answers there: it is no web server, or something on the way changes its answers", "the answer of %s is not understood: %s", x.at(), why(x.Err))
}

// passing are the statuses after which the same request may succeed.
var passing = []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}

// wordBusy is the word for a server that has not let itself be asked.
const wordBusy = "busy"

// pause is what Retry-After says, for a message: seconds or a time (RFC 9110 10.2.3).
func pause(after string) string {
	if n, err := strconv.ParseUint(after, 10, 31); err == nil {
		return preflight.Counted(int(n), "second")
	}
	return safe(after)
}

// badStatus is an answer that is neither good nor a refusal of the user.
func badStatus(x *Exchange) []preflight.Outcome {
	id := fmt.Sprintf("http-%d", x.Status)
	c := explanation(Codes(), id)
	o := outcome(preflight.StatusFail, strconv.Itoa(x.Status), "", "%s answers HTTP %d", x.at(), x.Status)
	if c.ID != "" {
		o.Value, o.Fix, o.Source, o.Codes = id, explained(c.Fix, id), c.Source, []string{id}
		o.Message += ": " + c.Title
	}
	switch {
	case x.Status == http.StatusNotFound:
		o.Value = "not-eas"
	case x.Status == http.StatusNoContent:
		o.Message += ": what stands before the server may answer OPTIONS itself, as gateways do for CORS; ActiveSync's own answer is 200"
		o.Fix = "have what stands before the server let OPTIONS through to it"
	case slices.Contains(passing, x.Status):
		o.Value = wordBusy
		if wait := strings.TrimSpace(x.Header.Get("Retry-After")); wait != "" {
			o.Message += "; to be asked again after " + pause(wait)
		}
	}
	return []preflight.Outcome{o}
}

// onlineVersion is the only version that Exchange Online takes since 2026 (see [srcOldEAS]).
const onlineVersion = "16.1"

// oldestVersion is the first of those with which devices take policies in the form that
// they have today (MS-ASPROV 2.2.2.43), and the oldest that is counted on.
const oldestVersion = 12

func checkVersion(s preflight.Scenario, e *Evidence) []preflight.Outcome {
	if len(e.Versions) == 0 {
		return notTried(e)
	}
	all := safe(strings.Join(e.Versions, ", "))
	switch {
	case slices.Contains(e.Versions, onlineVersion):
		return preflight.Pass("%s", all)
	case online(s, e):
		return failed("no-16.1", "", "%s: 16.1 is not among them, and Exchange Online takes no other", all)
	case !slices.ContainsFunc(e.Versions, spoken):
		o := outcome(preflight.StatusWarn, "old", "update the server", "%s: phones of today may speak none of them", all)
		o.Basis, o.Codes = preflight.Inferred, []string{}
		return []preflight.Outcome{o}
	}
	return preflight.Pass("%s, without 16.1, which Exchange Online alone demands", all)
}

func spoken(version string) bool {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.ParseUint(major, 10, 8)
	return err == nil && n >= oldestVersion
}
