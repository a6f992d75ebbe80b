package graphtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/graph/schema"
)

// certificateStateTypes are what Intune reports of a certificate that a profile gave to
// a device, as far as it matters here
// (https://learn.microsoft.com/graph/api/resources/intune-deviceconfig-manageddevicecertificatestate?view=graph-rest-beta).
// The table of [schema.Intune] has less, and is replaced.
func certificateStateTypes() []schema.Type {
	return []schema.Type{
		{Name: stateType, Kind: schema.Entity, Subset: true, Properties: []schema.Property{
			{Name: "id", EDM: "Edm.String", ReadOnly: true},
			{Name: "certificateExpirationDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "certificateIssuanceDateTime", EDM: "Edm.DateTimeOffset"},
			{Name: "certificateIssuanceState", EDM: "certificateIssuanceStates"},
			{Name: "certificateIssuer", EDM: "Edm.String", Nullable: true},
			{Name: "certificateProfileDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "certificateRevokeStatus", EDM: "certificateRevocationStatus"},
			{Name: "certificateSerialNumber", EDM: "Edm.String", Nullable: true},
			{Name: "certificateThumbprint", EDM: "Edm.String", Nullable: true},
			{Name: "deviceDisplayName", EDM: "Edm.String", Nullable: true},
			{Name: "userDisplayName", EDM: "Edm.String", Nullable: true},
		}},
		{Name: "certificateIssuanceStates", Kind: schema.Enum, Members: []string{
			"unknown", "challengeIssued", "challengeIssueFailed", "requestCreationFailed", "requestSubmitFailed",
			"challengeValidationSucceeded", "challengeValidationFailed", "issueFailed", "issuePending", issued,
			"responseProcessingFailed", "responsePending", "enrollmentSucceeded", "enrollmentNotNeeded", revoked,
			removed, "renewVerified", "installFailed", "installed", "deleteFailed", "deleted", "renewalRequested", "requested"}},
		{Name: "certificateRevocationStatus", Kind: schema.Enum, Members: []string{"none", "pending", "issued", "failed", revoked}},
	}
}

// The states of certificates that the server knows how to reach.
const (
	issued  = "issued"
	revoked = "revoked"
	removed = "removedFromCollection"
)

// certificate is one that a profile gave to a device.
type certificate struct {
	state Object // a managedDeviceCertificateState
	group string // the id of the group for which the user got it
	lost  bool
}

// The causes by which users lose certificates.
const (
	CauseEdited     = "edited"     // the profile was changed
	CauseUnassigned = "unassigned" // the profile is not for the group any more
	CauseDeleted    = "deleted"    // the profile is gone
)

// LostCertificate is a certificate that a user has no more because of what was done to
// its profile.
type LostCertificate struct {
	Profile string // displayName of the profile
	User    string // userDisplayName of the certificate
	Device  string // deviceDisplayName of the certificate
	Cause   string // one of the causes
	Revoked bool   // by its authority
	Removed bool   // from the device
}

// loss is what happens to certificates.
type loss struct{ revoked, removed bool }

// losses is what happens to the certificates of SCEP profiles and of others
// (https://learn.microsoft.com/intune/intune-service/protect/remove-certificates). That
// a profile that is deleted is one that is assigned to nobody, and that imported
// certificates go like those of PKCS, is taken from there by inference.
var losses = map[string]struct{ scep, other loss }{
	CauseEdited:     {scep: loss{revoked: true}},
	CauseUnassigned: {scep: loss{revoked: true, removed: true}, other: loss{removed: true}},
	CauseDeleted:    {scep: loss{revoked: true, removed: true}, other: loss{removed: true}},
}

// lose lets happen to certificates of a profile what the cause brings, each once.
func (s *Server) lose(profile Object, cause string, hit func(certificate) bool) {
	what := losses[cause].other
	if strings.Contains(kindOf(profile), "ScepCertificateProfile") {
		what = losses[cause].scep
	}
	in := &s.current.intune
	held := slices.Clone(in.certificates[profile.text("id")])
	if what == (loss{}) || len(held) == 0 {
		return
	}
	lost := slices.Clone(in.lost)
	for i, c := range held {
		if c.lost || !hit(c) {
			continue
		}
		held[i] = certificate{state: c.state.merged(what.states()), group: c.group, lost: true}
		lost = append(lost, LostCertificate{Profile: profile.text("displayName"), User: c.state.text("userDisplayName"),
			Device: c.state.text("deviceDisplayName"), Cause: cause, Revoked: what.revoked, Removed: what.removed})
	}
	in.certificates, in.lost = replaced(in.certificates, profile.text("id"), held), lost
}

// states are what Intune reports then.
func (l loss) states() Object {
	change := Object{}
	if l.revoked {
		maps.Copy(change, Object{"certificateIssuanceState": revoked, "certificateRevokeStatus": revoked})
	}
	if l.removed {
		change["certificateIssuanceState"] = removed
	}
	return change
}

// LostCertificates are the certificates that were lost so far, in the order of events,
// by whatever client or colleague.
func (s *Server) LostCertificates() []LostCertificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.current.intune.lost)
}

func (s *Server) listCertificates(c *call) (*answer, error) {
	o, _, err := s.relation(c.view, c.params[0], c.params[1], "managedDeviceCertificateStates")
	if err != nil {
		return nil, err
	}
	var all []Object
	for _, held := range c.view.intune.certificates[o.text("id")] {
		all = append(all, held.state)
	}
	return s.list(c, all)
}
