package tenant

import (
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/graph"
)

// The names by which policies of Conditional Access include Exchange Online.
// Source: https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-cloud-apps
const (
	everything   = "All"
	nothing      = "None"
	office365    = "Office365"
	exchangeID   = "00000002-0000-0ff1-ce00-000000000000"
	reportOnly   = "enabledForReportingButNotEnforced"
	guestsOnly   = "GuestsOrExternalUsers"
	controlBlock = "block"
	controlMFA   = "mfa"
)

// An attempt is a way to sign in, as policies see it: the app types that it is, and
// those that it may be.
type attempt struct{ is, maybe []string }

// The attempts. Sign-in by OAuth shows as a mobile app, direct sign-in as Exchange
// ActiveSync; that policies for browsers reach the one, and those for other legacy
// clients the other, is not known.
var (
	byOAuth  = attempt{is: []string{"mobileAppsAndDesktopClients"}, maybe: []string{"browser"}}
	byDirect = attempt{is: []string{"exchangeActiveSync", "easSupported"}, maybe: []string{"other"}}
)

// A condition is one of those that have to hold for a policy to apply. The user is
// nil for anybody.
type condition struct {
	name  string // where it can't be decided here
	holds func(*Snapshot, *graph.AccessConditions, attempt, *entra.User) answer
}

// conditions are all that are looked at. Places, devices and risks are those of a
// sign-in, which is not at hand.
var conditions = []condition{
	{"the type of app", clientHolds},
	{"the app", appHolds},
	{"groups or roles that the snapshot does not have", userHolds},
	{"the platform", platformHolds},
	{"the place", placeHolds},
	{"a device filter", filterHolds},
	{"the risk", riskHolds},
	{"the way of authentication", flowHolds},
}

// reach is how far a policy applies to an attempt.
type reach struct {
	answer
	why []string // what it depends on, where that is perhaps
}

func (s *Snapshot) reach(p *graph.AccessPolicy, a attempt, u *entra.User) reach {
	r := reach{answer: yes}
	for _, c := range conditions {
		holds := c.holds(s, &p.Conditions, a, u)
		if holds == no {
			return reach{answer: no}
		}
		if holds == perhaps {
			r.answer = perhaps
			r.why = append(r.why, c.name)
		}
	}
	return r
}

// has reports whether one of the words is one of those wanted.
func has(words []string, wanted ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.ContainsFunc(wanted, func(want string) bool { return strings.EqualFold(word, want) })
	})
}

func clientHolds(_ *Snapshot, c *graph.AccessConditions, a attempt, _ *entra.User) answer {
	switch {
	case len(c.ClientAppTypes) == 0 || has(c.ClientAppTypes, everything) || has(c.ClientAppTypes, a.is...):
		return yes
	case has(c.ClientAppTypes, a.maybe...):
		return perhaps
	}
	return no
}

func appHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	return sure(has(c.Applications.Include, everything, exchangeID, office365) && !has(c.Applications.Exclude, exchangeID, office365))
}

// userHolds decides for one user; for anybody it asks whether there may be one.
func userHolds(s *Snapshot, c *graph.AccessConditions, _ attempt, u *entra.User) answer {
	users := &c.Users
	if u == nil {
		someone := len(users.IncludeGroups) > 0 || slices.ContainsFunc(users.Include, func(id string) bool { return !has([]string{id}, nothing, guestsOnly) })
		if !someone && len(users.IncludeRoles) > 0 {
			return perhaps
		}
		return sure(someone)
	}
	included := max(sure(has(users.Include, everything)), s.listed(u, users.Include, users.IncludeGroups, users.IncludeRoles))
	excluded := s.listed(u, users.Exclude, users.ExcludeGroups, users.ExcludeRoles)
	return min(included, excluded.not())
}

// listed reports whether users, groups or roles hold a user. Who has a role is not
// in the snapshot.
func (s *Snapshot) listed(u *entra.User, users, groups, roles []string) answer {
	found := no
	for _, id := range users {
		switch {
		case strings.EqualFold(id, nothing), strings.EqualFold(id, everything):
		case strings.EqualFold(id, guestsOnly):
			found = max(found, sure(u.Guest))
		default:
			found = max(found, isUser(u, id))
		}
	}
	for _, id := range groups {
		found = max(found, s.inGroup(u, id))
	}
	if len(roles) > 0 {
		found = max(found, perhaps)
	}
	return found
}

// phones are the platforms that matter here.
var phones = []string{"iOS", "android"}

// platformHolds says yes where one of the phones is concerned: [policyName] names it.
func platformHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	if c.Platforms == nil || len(c.Platforms.Include) == 0 && len(c.Platforms.Exclude) == 0 {
		return yes
	}
	return sure(len(platformsOf(c)) > 0)
}

// platformsOf are the phones that a policy is for.
func platformsOf(c *graph.AccessConditions) []string {
	if c.Platforms == nil {
		return phones
	}
	var of []string
	for _, p := range phones {
		included := len(c.Platforms.Include) == 0 || has(c.Platforms.Include, everything, p)
		if included && !has(c.Platforms.Exclude, everything, p) {
			of = append(of, p)
		}
	}
	return of
}

func placeHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	l := c.Locations
	switch {
	case l == nil || len(l.Include) == 0 && len(l.Exclude) == 0:
		return yes
	case has(l.Include, everything) && len(l.Exclude) == 0:
		return yes
	}
	return perhaps
}

func filterHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	if c.Devices == nil || c.Devices.Filter == nil || c.Devices.Filter.Rule == "" {
		return yes
	}
	return perhaps
}

func riskHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	if len(c.UserRiskLevels) == 0 && len(c.SignInRiskLevels) == 0 {
		return yes
	}
	return perhaps
}

// flowHolds: a policy for device codes or for the transfer of a sign-in is about no
// mail app.
func flowHolds(_ *Snapshot, c *graph.AccessConditions, _ attempt, _ *entra.User) answer {
	return sure(c.AuthenticationFlows == nil || c.AuthenticationFlows.TransferMethods == "" || strings.EqualFold(c.AuthenticationFlows.TransferMethods, nothing))
}

// deviceControls are what a policy may ask for that the phone's own mail app, or the
// web page that it signs in on, can't show.
var deviceControls = []string{"compliantDevice", "domainJoinedDevice", "approvedApplication", "compliantApplication"}

// A demand is what a policy asks for.
type demand int

// The demands, as far as they matter to a mail app with a certificate.
const (
	demandsNothing demand = iota
	demandsMFA            // a second factor, or a certificate that counts as one
	demandsDevice         // what the phone's own mail app can't show
	demandsBlock          // nothing helps
)

// demands lists what a policy asks for. One of several that suffices is taken at
// its easiest, which is a factor.
func demands(g *graph.AccessGrant) []demand {
	if g == nil {
		return nil
	}
	if has(g.Controls, controlBlock) {
		return []demand{demandsBlock}
	}
	factor := has(g.Controls, controlMFA) || g.Strength != nil
	device := has(g.Controls, deviceControls...)
	switch {
	case factor && device && !strings.EqualFold(g.Operator, "OR"):
		return []demand{demandsMFA, demandsDevice}
	case factor:
		return []demand{demandsMFA}
	case device:
		return []demand{demandsDevice}
	}
	return nil
}

// byDemand lists the policies of a state by what they ask for.
func (s *Snapshot) byDemand(state string) map[demand][]*graph.AccessPolicy {
	found := map[demand][]*graph.AccessPolicy{}
	for i := range s.Access {
		if p := &s.Access[i]; strings.EqualFold(p.State, state) {
			for _, d := range demands(p.Grant) {
				found[d] = append(found[d], p)
			}
		}
	}
	return found
}

// policyName is what a policy is called in a message, with the phones that it is
// for, where that is not all.
func policyName(p *graph.AccessPolicy) string {
	name := quoted(p.DisplayName)
	if p.DisplayName == "" {
		name = quoted(p.ID)
	}
	if of := platformsOf(&p.Conditions); len(of) < len(phones) {
		name += " (" + strings.Join(of, ", ") + ")"
	}
	return name
}

// forAll reports whether a policy leaves no user out.
func forAll(p *graph.AccessPolicy) bool {
	u := &p.Conditions.Users
	return has(u.Include, everything) && len(u.Exclude) == 0 && len(u.ExcludeGroups) == 0 && len(u.ExcludeRoles) == 0
}

// depends says what it depends on that a policy applies, if it does.
func (r reach) depends() string {
	if len(r.why) == 0 {
		return ""
	}
	return "depending on " + strings.Join(r.why, ", ")
}
