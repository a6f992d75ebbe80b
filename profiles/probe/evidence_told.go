package probe

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

// Exchanges are all that were made, in the order of the steps.
func (e *Evidence) Exchanges() []*Exchange {
	all := append(append([]*Exchange{}, e.Options...), e.Late...)
	if o := e.OAuth; o != nil {
		all = append(append(append(all, o.Before...), o.Exchange, o.CertAuth), o.Options...)
	}
	if e.Discover != nil {
		all = append(all, e.Discover.Exchange)
	}
	if d := e.Deep; d != nil {
		if d.Folders != nil {
			all = append(all, d.Folders.Exchanges...)
		}
		if d.Provision != nil {
			all = append(all, d.Provision.Exchanges...)
		}
		if d.Inbox != nil {
			all = append(all, d.Inbox.Exchanges...)
		}
	}
	var made []*Exchange
	for _, x := range all {
		if x != nil {
			made = append(made, x)
		}
	}
	return made
}

// toldHeaders are those of an answer that tell who answered, and where it goes on.
var toldHeaders = []string{"MS-ASProtocolVersions", "X-MS-Location", "Location", "WWW-Authenticate", "Retry-After", "MS-Server-ActiveSync", "Server"}

// Lines tells of an exchange to who looks closely: what was asked where, what came back
// in which time, and the headers that matter. They are fit for a terminal.
func (x *Exchange) Lines() []string {
	parts := []string{x.Method, safe(x.URL)}
	if x.Method == "" { // a handshake alone
		parts = []string{"TLS", safe(x.host())}
	}
	if x.Address != "" {
		parts = append(parts, "("+safe(x.Address)+")")
	}
	if x.TLS != nil && x.TLS.Version != 0 {
		parts = append(parts, tls.VersionName(x.TLS.Version))
	}
	switch {
	case x.Status != 0:
		parts = append(parts, fmt.Sprintf("HTTP %d", x.Status))
	case x.Err == nil:
		parts = append(parts, "no request")
	}
	if x.Err != nil {
		parts = append(parts, fmt.Sprintf("ended in %s: %s", x.Stage, why(x.Err)))
	}
	lines := []string{strings.Join(append(parts, x.Took.Round(time.Millisecond).String()), "  ")}
	for _, h := range toldHeaders {
		for _, v := range x.Header.Values(h) {
			if strings.HasSuffix(h, "Location") {
				v = withoutSecrets(v)
			}
			lines = append(lines, "  "+h+": "+safe(v))
		}
	}
	return lines
}

// What is kept of a policy in a report at most: more than twice as many settings as
// MS-ASPROV knows, and lists of apps of some length.
const (
	maxFacts    = 128
	maxFactText = 4096 // characters
)

// Facts are what was seen of the mailbox and judges nothing: the device partnership, the
// version of the protocol, and the whole of the policy.
func (e *Evidence) Facts() []preflight.Fact {
	if e.Deep == nil {
		return nil
	}
	facts := []preflight.Fact{{Name: "DeviceId", Value: e.Deep.DeviceID}, {Name: "MS-ASProtocolVersion", Value: e.Deep.Version}}
	if p := e.Deep.Provision; p != nil {
		for _, s := range p.Policy[:min(maxFacts, len(p.Policy))] {
			facts = append(facts, preflight.Fact{Name: "policy." + safe(s.Name), Value: preflight.Printable(preflight.Clip(s.Value, maxFactText))})
		}
	}
	return facts
}
