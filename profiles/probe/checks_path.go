package probe

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles"
)

// byToken says whether the account signs in by a token.
func (e *Evidence) byToken() bool { return e.Target.Account.Auth == preflight.OAuth }

// direct is the requests with the certificate that decide, in order: the last of them
// by TLS 1.2 where that made the server ask.
func (e *Evidence) direct() []*Exchange {
	for _, x := range e.Late {
		if x.TLS != nil && x.TLS.Asked {
			return slices.Concat(e.Options[:max(len(e.Options)-1, 0)], e.Late)
		}
	}
	return e.Options
}

// path is the requests by which the server was come to, in order: with a token where
// there is one.
func (e *Evidence) path() []*Exchange {
	switch {
	case !e.byToken():
		return e.direct()
	case e.OAuth == nil || e.OAuth.Exchange == nil:
		return nil
	}
	all := append([]*Exchange{}, e.OAuth.Before...)
	return append(append(all, e.OAuth.Exchange), e.OAuth.Options...)
}

// lastOf is the last exchange, nil where there is none.
func lastOf(all []*Exchange) *Exchange {
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// endedIn is the first exchange that ended in a stage.
func endedIn(all []*Exchange, stage Stage) *Exchange {
	for _, x := range all {
		if x.Err != nil && x.Stage == stage {
			return x
		}
	}
	return nil
}

// host is that of the exchange's URL.
func (x *Exchange) host() string {
	u, err := url.Parse(x.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// at names the server of an exchange for a message, with the address that was dialled.
func (x *Exchange) at() string {
	host := x.host()
	if address, _, err := net.SplitHostPort(x.Address); err != nil || address == host {
		return safe(host)
	}
	return safe(host) + " (" + safe(x.Address) + ")"
}

// silent says whether an error is that of somebody who did not answer.
func silent(err error) bool {
	var timeout net.Error
	return errors.Is(err, ErrTimeout) || errors.As(err, &timeout) && timeout.Timeout()
}

// safe makes text of a server fit for a message.
func safe(text string) string { return preflight.Printable(preflight.Clip(text, shown)) }

// why is an error's text, fit for a message.
func why(err error) string { return safe(err.Error()) }

// is says whether an exchange got an answer with one of these statuses.
func (x *Exchange) is(statuses ...int) bool {
	for _, s := range statuses {
		if x.Err == nil && x.Status == s {
			return true
		}
	}
	return false
}

// stopped says which step ended the way to the server, and under which check that is
// told; "" where none did.
func (e *Evidence) stopped() string {
	x := lastOf(e.path())
	switch {
	case e.Name != nil && e.Name.Err != nil && !notFound(e.Name.Err):
		return "the server's name could not be looked up (eas.name)"
	case e.Name != nil && e.Name.Err != nil:
		return "the server's name leads nowhere (eas.name)"
	case x == nil:
		return "no request was sent"
	case x.Stage == StageName && x.Err != nil:
		return "there is no way to the server (eas.name)"
	case x.Stage == StageConnect && x.Err != nil:
		return "there is no connection to the server (eas.connect)"
	case x.TLS != nil && x.TLS.ChainErr != nil:
		return "the server is not trusted (eas.tls)"
	case e.refused() != nil && e.refused().unproven:
		return "there is no certificate to show (eas.auth)"
	case e.refused() != nil:
		return "the sign-in is refused (eas.auth)"
	case x.Stage == StageHandshake && x.Err != nil:
		return "TLS was not agreed on (eas.tls)"
	case x.Refused != nil || x.is(451):
		return "the server sends elsewhere (eas.redirect)"
	case e.byToken() && !e.OAuth.SignedIn:
		return "there is no token: --sign-in gets one"
	case !x.speaksEAS():
		return "the server gave no good answer (eas.options)"
	}
	return ""
}

// The words of skips by which a report for people is kept short.
const (
	NotTried  = "not-tried" // an earlier step stands before it
	NotForNow = "not-asked" // the way to sign in, or the call, has no such step
)

// notTried skips a check that was not come to.
func notTried(e *Evidence) []preflight.Outcome {
	reason := e.stopped()
	if reason == "" {
		reason = "no step led to it"
	}
	return []preflight.Outcome{outcome(preflight.StatusSkip, NotTried, "", "not tried: %s", reason)}
}

// notForNow skips a check that the way to sign in, or the call, does not have.
func notForNow(why string) []preflight.Outcome {
	return []preflight.Outcome{outcome(preflight.StatusSkip, NotForNow, "", "%s", why)}
}

// sentBy says for a message which host sent to that of an exchange; "" where the account
// itself names it.
func (e *Evidence) sentBy(x *Exchange) string {
	path := e.path()
	for i := 1; i < len(path); i++ {
		if from := path[i-1]; path[i] == x && from.Location != "" {
			return ", where " + safe(from.host()) + " sends to"
		}
	}
	return ""
}

// online says whether it is Exchange Online that answers, or has to.
func online(s preflight.Scenario, e *Evidence) bool {
	x := lastOf(e.path())
	return s.Mailbox == preflight.ExchangeOnline || x != nil && profiles.MailboxAt(x.host()) == preflight.ExchangeOnline
}

// clock is the time that rules go by.
func clock(s preflight.Scenario, e *Evidence) time.Time {
	if s.At.IsZero() {
		return e.At
	}
	return s.At
}

// outcome makes one outcome with its word for scripts.
func outcome(status preflight.Status, value, fix, format string, args ...any) preflight.Outcome {
	return preflight.Outcome{Status: status, Value: value, Fix: fix, Message: fmt.Sprintf(format, args...)}
}

// failed is the single outcome of a check that fails.
func failed(value, fix, format string, args ...any) []preflight.Outcome {
	return []preflight.Outcome{outcome(preflight.StatusFail, value, fix, format, args...)}
}

// warned is the single outcome of a check that warns.
func warned(value, fix, format string, args ...any) []preflight.Outcome {
	return []preflight.Outcome{outcome(preflight.StatusWarn, value, fix, format, args...)}
}

// listed joins texts of a server for a message, the first few of many.
func listed(texts []string) string {
	const few = 5
	var shortened []string
	for _, t := range texts[:min(few, len(texts))] {
		shortened = append(shortened, safe(t))
	}
	if more := len(texts) - few; more > 0 {
		shortened = append(shortened, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shortened, ", ")
}
