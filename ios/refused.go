package ios

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/cms"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios/plist"
	"github.com/easkit/easkit/ios/schema"
)

// refusal is something in the file itself for which the phone ends the installation.
type refusal struct {
	code  string // by which the phone reports it, so far as known
	here  string // what it is in this file: a sentence
	basis preflight.Basis
	fix   string // where it is not that of the number
}

// refusals gathers them.
type refusals []refusal

func (r *refusals) add(code string, basis preflight.Basis, format string, args ...any) {
	*r = append(*r, refusal{code, fmt.Sprintf(format, args...), basis, ""})
}

// refusedOpening lists why the phone refuses the profile before it shows anything of
// it. Which of several it names first is not known.
func (f *File) refusedOpening() refusals {
	var r refusals
	if f.SignatureErr != nil && !errors.Is(f.SignatureErr, cms.ErrWeakDigest) {
		r.add("ios-1000", preflight.Observed, "The signature does not fit the content: something changed the file after it was signed.")
		r.add("ios-1004", preflight.Documented, "The same, as Apple lists it.")
	}
	r.keys(f)
	r.top(f)
	switch content := f.contents; {
	case f.Encrypted:
		return r
	case content == nil, content.Is(plist.Array) && len(content.Items) == 0:
		r.add("ios-1005", preflight.Documented, "There is no payload in it.")
	case content.Is(plist.Array) && len(f.Payloads) < len(content.Items):
		r.add("ios-2000", preflight.Documented, "One of the payloads is not a dictionary.")
	}
	r.payloads(f)
	return r
}

// What iOS was seen to take: the versions, the kinds of profiles, and the first
// TargetDeviceType that it takes for nonsense.
const (
	oldestVersion, newestVersion = 1, 2
	impossibleTarget             = 8
)

var profileTypes = []string{typeProfile, "CertificateWrapper", "Profile Service"}

func (r *refusals) top(f *File) {
	if v := f.Top.Get("PayloadVersion"); v.Is(plist.Integer) && (v.Int < oldestVersion || v.Int > newestVersion) {
		r.add("ios-1001", preflight.Observed, "PayloadVersion at the top is %d.", v.Int)
	}
	if v := f.Top.Get("PayloadType").Str(); v != "" && !slices.Contains(profileTypes, v) {
		r.add("ios-1016", preflight.Observed, "PayloadType at the top is %q.", v)
		r.add("ios-1017", preflight.Observed, "The same: which of the two numbers comes is not known.")
	}
	if v := f.Top.Get("TargetDeviceType"); v.Is(plist.Integer) && v.Int >= impossibleTarget {
		r.add("ios-1000", preflight.Observed, "TargetDeviceType is %d, a device that does not exist.", v.Int)
	}
}

func (r *refusals) payloads(f *File) {
	uuids, identifiers := map[string]bool{}, map[string]bool{}
	for _, p := range f.Payloads {
		where := "of " + p.String()
		if v := p.Get("PayloadVersion"); v.Is(plist.Integer) && v.Int != oldestVersion {
			r.add("ios-2001", preflight.Documented, "PayloadVersion %s is %d.", where, v.Int)
		}
		if p.UUID != "" && uuids[p.UUID] {
			r.add("ios-1007", preflight.Observed, "The PayloadUUID %s is that of an earlier one.", where)
		}
		if p.Identifier != "" && identifiers[p.Identifier] {
			r.add("ios-1008", preflight.Observed, "The PayloadIdentifier %s is that of an earlier one.", where)
		}
		uuids[p.UUID], identifiers[p.Identifier] = true, true
		if p.Type == typeEAS {
			r.account(p)
		}
	}
}

// account is what iOS demands of a mail account.
func (r *refusals) account(p *Payload) {
	oauth, page := p.Get("OAuth").True(), p.Get("OAuthSignInURL").Str()
	if p.Get("Host").Str() == "" && (!oauth || page != "") {
		r.add("ios-21003", preflight.Observed, "The account names no server. Only an account that signs in by OAuth without OAuthSignInURL may leave it out.")
		r.add("ios-2002", preflight.Observed, "The same, as a required key that is missing.")
	}
	for _, key := range []string{"OAuthSignInURL", "OAuthTokenRequestURL"} {
		if v := p.Get(key).Str(); oauth && v != "" {
			if u, err := url.Parse(v); err != nil || u.Scheme == "" {
				r.add("ios-2004", preflight.Observed, "%s of the account is not a URL.", key)
			}
		}
	}
	if len(servicesOf(p)) > 0 {
		return
	}
	r.add("ios-21009", preflight.Observed, "Mail, contacts, calendars, reminders and notes are all switched off.")
}

// needs is the version of iOS that a phone needs to know all payloads, "16" or "16.4",
// and the payload for which it does, where an older one is to be served; else "".
func (f *File) needs(oldest int) (version, what string) {
	since := schema.Version{Major: oldest}
	for _, p := range f.Payloads {
		if table := schema.Lookup(p.Type); table != nil && !table.NotIOS && table.Introduced.After(since) {
			since = table.Introduced
			version, what = strings.TrimSuffix(since.String(), ".0"), fmt.Sprintf("payload %d (%s)", p.Number, table.Title)
		}
	}
	return version, what
}
