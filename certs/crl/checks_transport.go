package crl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/preflight"
)

// The words of the checks on a CRL that came from a file.
const fromFile = "it was read from a file"

func checkDownload(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	d := sub.Download
	switch {
	case d == nil:
		return preflight.Skip(fromFile)
	case errors.Is(d.Err, ErrTooLarge) && s.InCloud():
		return preflight.Skip("it was cut off at %s: see crl.size", bytesText(d.LeastSize()))
	case errors.Is(d.Err, ErrTooLarge):
		return inferred("it was not read: it has more than %s", bytesText(d.LeastSize()))
	case d.Err != nil:
		return []preflight.Outcome{downloadFailed(s, d)}
	}
	outcomes := preflight.Pass("HTTP 200, %s in %s (DNS %s, connect %s, first byte after %s)", bytesText(d.Received),
		milliseconds(d.Total), milliseconds(d.DNS), milliseconds(d.Connect), milliseconds(d.FirstByte))
	if !s.InCloud() {
		return outcomes
	}
	var doubts []preflight.Outcome
	doubt := func(format string, args ...any) {
		doubts = append(doubts, preflight.Outcome{Status: preflight.StatusWarn, Basis: preflight.Inferred, Message: fmt.Sprintf(format, args...)})
	}
	for _, why := range d.Special {
		doubt("%s; seen from here: Entra ID asks from the internet", why)
	}
	if len(d.Redirects) > 0 {
		doubt("it is redirected to %s; whether Entra ID follows is not documented", d.FinalURL)
	}
	if d.ContentEncoding != "" {
		doubt("it comes compressed (%s); whether Entra ID unpacks it is not documented", d.ContentEncoding)
	}
	if strings.HasPrefix(d.URL, "https:") {
		doubt("it comes by https: one page of Microsoft allows that, others and its own checker want http")
	}
	if len(doubts) > 0 {
		return doubts
	}
	return outcomes
}

// downloadFailed puts the cause in an admin's words. What depends on where one
// asks from says so.
func downloadFailed(s preflight.Scenario, d *Download) preflight.Outcome {
	o := preflight.Outcome{Status: preflight.StatusFail, Message: d.Err.Error(), Value: "not-downloaded"}
	switch {
	case errors.Is(d.Err, context.Canceled):
		o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
	case errors.Is(d.Err, ErrPrivate):
		privateHost(s, d, &o)
	case errors.Is(d.Err, ErrResolver):
		o.Status = preflight.StatusWarn
		o.Fix = "see whether this machine reaches its DNS server, or ask another with --resolver ADDR; --offline leaves downloads out"
	case errors.Is(d.Err, ErrTimeout):
		o.Codes = []string{"AADSTS2205012", "AADSTS500179"}
	case errors.Is(d.Err, ErrScheme) && !s.InCloud():
		o.Status, o.Fix = preflight.StatusWarn, "get the CRL by other means, and give it with --crl"
	case errors.Is(d.Err, ErrScheme):
		o.Fix = "publish the CRL by http as well, and give Entra ID that address"
	case errors.Is(d.Err, ErrStatus):
		statusFailed(d, &o)
	case errors.Is(d.Err, ErrEncoding), errors.Is(d.Err, ErrIncomplete):
		o.Codes = []string{"AADSTS500173", "AADSTS500174"}
	default:
		o.Message += " (seen from here; proxies are not used)"
		o.Fix = "publish the CRL where the Internet reaches it; if only this machine doesn't reach it, get the CRL elsewhere and give it with --crl"
	}
	return o
}

func privateHost(s preflight.Scenario, d *Download, o *preflight.Outcome) {
	switch u, err := url.Parse(d.URL); {
	case !s.InCloud():
		o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
		o.Fix = "give --allow-private where this machine may ask hosts inside"
	case err == nil && certs.UnroutableHost(u.Hostname()) != "":
		// The name itself says so: no resolver on the Internet knows better.
		o.Fix = "publish the CRL at an http URL that the Internet reaches; to fetch it from here all the same, give --allow-private"
	default:
		o.Status, o.Basis = preflight.StatusWarn, preflight.Inferred
		o.Message += "; seen from here: Entra ID asks from the internet"
		o.Fix = "ask a DNS server outside (--resolver ADDR), or fetch it all the same (--allow-private)"
	}
}

// statusFailed tells the usual causes of an HTTP status.
func statusFailed(d *Download, o *preflight.Outcome) {
	path, _, _ := strings.Cut(d.FinalURL, "?")
	switch {
	case d.Status == http.StatusNotFound && strings.Contains(path, "+"):
		// technet dd379478: request filtering, substatus 404.11.
		o.Fix = "IIS refuses names with a plus sign (404.11): allow double escaping for that folder (appcmd set config /section:requestFiltering /allowDoubleEscaping:true)"
	case d.Status == http.StatusNotFound:
		o.Fix = "see whether the CA copies its CRL to the web server, and under which name: after a renewal with a new key AD CS writes CA(1).crl"
	case d.Status == http.StatusForbidden, d.Status == http.StatusUnauthorized:
		o.Fix = "let anybody read the file: a firewall, IP filter or sign-in stands before it"
	}
}

// slow is the part of the limit from which a download is worth a warning: the
// next one may be slower.
const slow = 2

func checkTime(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	d, limit := sub.Download, LimitsOf(s.Cloud).MaxTime
	elsewhere := "from here; Entra ID's own line may be faster or slower"
	switch {
	case d == nil:
		return preflight.Skip(fromFile)
	case errors.Is(d.Err, ErrTimeout):
		return preflight.Fail("it had not ended after %s, and the limit is %s (%s)", milliseconds(d.Total), limit, elsewhere)
	case d.Err != nil:
		return preflight.Skip("nothing was downloaded")
	case !s.InCloud():
		return preflight.Skip("%s; no limit is documented for servers inside", milliseconds(d.Total))
	case d.Total > limit:
		return preflight.Fail("%s from the request to the last byte, more than %s (%s)", milliseconds(d.Total), limit, elsewhere)
	case d.Total > limit/slow:
		return []preflight.Outcome{{Status: preflight.StatusWarn, Basis: preflight.Inferred,
			Message: fmt.Sprintf("%s of the %s allowed (%s)", milliseconds(d.Total), limit, elsewhere)}}
	}
	return preflight.Pass("%s of the %s allowed (%s)", milliseconds(d.Total), limit, elsewhere)
}

// formatKinds are what Entra ID reports for a body that is no CRL, or none in DER,
// and what to do where that differs from the catalogue's.
var formatKinds = []struct {
	is    error
	codes []string
	fix   string
}{
	{ErrEmpty, []string{"AADSTS500174"}, publishedFix},
	{ErrHTML, []string{"AADSTS500174", "AADSTS2205011"}, publishedFix},
	{ErrNotCRL, []string{"AADSTS500174"}, publishedFix},
	{ErrTruncated, []string{"AADSTS500174", "AADSTS2205011"}, "copy or publish the file again, whole"},
	{ErrMalformed, nil, ""},
	{ErrIndefinite, nil, ""},
	{ErrBase64, nil, ""},
}

const publishedFix = "see what is published at this address: it must be the file that the CA wrote"

func checkFormat(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	l := sub.List
	switch d := sub.Download; {
	case l == nil && sub.Err == nil && d != nil && d.ReadErr == nil:
		return preflight.Skip("nothing was downloaded")
	case l == nil:
		return formatFailed(sub)
	case l.PEM && !s.InCloud():
		return inferred("it is PEM text; RFC 5280 4.2.1.13 wants DER")
	case l.PEM:
		return preflight.Fail("it is PEM text; Entra ID and RFC 5280 4.2.1.13 want DER")
	case len(l.Irregular) > 0:
		return inferred("%s", strings.Join(l.Irregular, "; "))
	case l.Version == 1:
		return inferred("it is of version 1, which can't name its CA's key")
	case l.Trailing > 0:
		return inferred("%d bytes follow behind its end", l.Trailing)
	}
	return preflight.Pass("DER, version 2, %s", preflight.Counted(l.Entries, "entry"))
}

func formatFailed(sub *Subject) []preflight.Outcome {
	err := sub.Err
	if err == nil {
		err = sub.Download.ReadErr
	}
	o := preflight.Outcome{Status: preflight.StatusFail, Message: err.Error()}
	for _, kind := range formatKinds {
		if errors.Is(err, kind.is) {
			o.Codes, o.Fix = kind.codes, kind.fix
			return []preflight.Outcome{o}
		}
	}
	o.Codes, o.Fix = []string{}, "give a CRL that can be read"
	return []preflight.Outcome{o}
}

func checkSize(s preflight.Scenario, sub *Subject) []preflight.Outcome {
	limits, size := LimitsOf(s.Cloud), int64(0)
	switch {
	case sub.List != nil:
		size = sub.List.Size + sub.List.Trailing
	case sub.Download != nil && (sub.Download.Err == nil || errors.Is(sub.Download.Err, ErrTooLarge)):
		size = sub.Download.LeastSize()
	}
	text := bytesText(size)
	switch {
	case size == 0:
		return preflight.Skip("nothing was read")
	case !s.InCloud():
		return preflight.Skip("%s; no limit is documented for servers inside", text)
	case size > limits.BackgroundSize:
		return limits.outcome("%s is above the limit for downloads in the background (%s): no sign-in below this CA succeeds", text, bytesText(limits.BackgroundSize))
	case size > limits.BackgroundWarnSize:
		return limits.outcome("%s is above the limit at a sign-in (%s); in the background the limit is %s or %s by how one reads Microsoft's pages, so it may never be read",
			text, bytesText(limits.MaxSize), bytesText(limits.BackgroundWarnSize), bytesText(limits.BackgroundSize))
	case size > limits.MaxSize:
		return limits.outcome("%s is above the limit at a sign-in (%s): the first one fails and starts a download in the background", text, bytesText(limits.MaxSize))
	case size >= limits.WarnSize:
		return inferred("%s: Microsoft says %d MB, and not whether that is %s or %s", text, limits.WarnSize/limitDecimalMB, bytesText(limits.WarnSize), bytesText(limits.MaxSize))
	}
	return preflight.Pass("%s of %s", text, bytesText(limits.MaxSize))
}

// outcome fails, or warns where the limit is only assumed for the cloud.
func (l Limits) outcome(format string, args ...any) []preflight.Outcome {
	if l.Documented {
		return preflight.Fail(format, args...)
	}
	return inferred(format+"; this cloud's limits are not documented, those of the worldwide one are assumed", args...)
}

// inferred warns of what has no source of its own.
func inferred(format string, args ...any) []preflight.Outcome {
	outcomes := preflight.Warn(format, args...)
	outcomes[0].Basis = preflight.Inferred
	return outcomes
}

// milliseconds rounds a duration for a person.
func milliseconds(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

// bytesText writes a size for a person: all digits, since limits are read in two
// ways.
func bytesText(n int64) string { return preflight.Thousands(n) + " bytes" }
