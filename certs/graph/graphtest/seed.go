package graphtest

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/easkit/easkit/certs/graph/schema"
)

// stableID makes an id from a name, the same each time.
func stableID(kind, name string) string {
	h := sha256.Sum256([]byte(kind + "\n" + strings.ToLower(name)))
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// seeder turns a Tenant into a state. It keeps the first error.
type seeder struct {
	types schema.Catalogue
	now   time.Time
	err   error
}

// object makes an object of a type, with what it lacks taken from defaults, and holds
// it against the table.
func (b *seeder) object(name string, from any, defaults Object) Object {
	o, err := toObject(from)
	if err == nil && o == nil {
		o = Object{}
	}
	for key, value := range defaults {
		if _, ok := o[key]; !ok && err == nil {
			o[key] = value
		}
	}
	if err == nil {
		err = b.types.Check(name, o, schema.Stored)
	}
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("seeding a %s (%q): %w", name, o.text("displayName"), err)
	}
	return o
}

// without gives an object that has not the keys that stand for relationships.
func without(from any, keys ...string) any {
	o, err := toObject(from)
	if err != nil {
		return from
	}
	for _, key := range keys {
		delete(o, key)
	}
	return o
}

func (b *seeder) state(t Tenant) *state {
	st := &state{members: map[string][]string{}, grants: map[string][]Object{}, assigned: map[string][]Object{}, cas: map[string][]Object{}, intune: newIntune()}
	st.organization = b.object("organization", t.Organization, Object{"id": stableID("organization", t.Organization.DisplayName)})
	for _, d := range t.Domains {
		if d.AuthenticationType == "" {
			d.AuthenticationType = "Managed"
		}
		st.domains = append(st.domains, b.object("domain", d, nil))
	}
	for _, u := range t.Users {
		st.users = append(st.users, b.object("user", u, Object{
			"id": stableID("user", u.UserPrincipalName), "accountEnabled": true, "userType": "Member"}))
	}
	b.groups(st, t.Groups)
	b.apps(st, t.ServicePrincipals)
	b.policies(st, t)
	b.trust(st, t)
	b.intune(st, t)
	return st
}

func (b *seeder) groups(st *state, groups []Group) {
	for _, g := range groups {
		o := b.object("group", without(g, "members"), Object{"id": stableID("group", g.DisplayName)})
		st.groups = append(st.groups, o)
		for _, member := range g.Members {
			if user, ok := findUser(st.users, member); ok {
				member = user.text("id")
			}
			st.members[o.text("id")] = append(st.members[o.text("id")], member)
		}
	}
}

func (b *seeder) apps(st *state, apps []ServicePrincipal) {
	for _, a := range apps {
		o := b.object("servicePrincipal", without(a, "oauth2PermissionGrants", "appRoleAssignedTo"), Object{
			"id": stableID("servicePrincipal", a.AppID), "accountEnabled": true, "appDisplayName": a.DisplayName})
		id := o.text("id")
		st.apps = append(st.apps, o)
		for i, g := range a.Grants {
			st.grants[id] = append(st.grants[id], b.object("oAuth2PermissionGrant", g, Object{
				"id": stableID("grant", fmt.Sprint(id, i)), "clientId": id}))
		}
		for i, r := range a.AssignedTo {
			st.assigned[id] = append(st.assigned[id], b.object("appRoleAssignment", r, Object{
				"id": stableID("assignment", fmt.Sprint(id, i)), "resourceId": id}))
		}
	}
}

func (b *seeder) policies(st *state, t Tenant) {
	st.method = b.object(methodType, t.X509Method, Object{
		"@odata.type": "#microsoft.graph." + methodType, "id": "X509Certificate", "state": "disabled",
		"crlValidationConfiguration": map[string]any{"state": "disabled"}})
	st.defaults = b.object("identitySecurityDefaultsEnforcementPolicy", t.SecurityDefaults, Object{
		"id": "00000000-0000-0000-0000-000000000005", "isEnabled": false})
	st.authorization = b.object("authorizationPolicy", t.AuthorizationPolicy, Object{"id": "authorizationPolicy"})
	for i, p := range t.ConditionalAccess {
		st.access = append(st.access, b.object("conditionalAccessPolicy", p, Object{"id": stableID("access", fmt.Sprint(i))}))
	}
	for i, p := range t.FeatureRolloutPolicies {
		st.rollout = append(st.rollout, b.object("featureRolloutPolicy", p, Object{
			"id": stableID("rollout", fmt.Sprint(i)), "appliesTo": []any{}}))
	}
}

func (b *seeder) trust(st *state, t Tenant) {
	var list []any
	for _, ca := range t.ClassicCAs {
		ca.Issuer, ca.IssuerSKI = "", ""
		if cert, err := parseCA(ca.Certificate); err != nil {
			b.err = fmt.Errorf("seeding a CA of the classic store: %w", err)
		} else {
			ca.Issuer, ca.IssuerSKI = cert.Issuer.String(), hexKeyID(cert)
		}
		list = append(list, map[string]any(b.object("certificateAuthority", ca, nil)))
	}
	if len(list) > 0 {
		st.classic = []Object{{"id": ClassicID, "certificateAuthorities": list}}
	}
	for _, p := range t.PKIs {
		o := b.object(pkiType, without(p, "certificateAuthorities"), Object{
			"@odata.type": "#microsoft.graph." + pkiType, "id": stableID("pki", p.DisplayName),
			"status": statusSucceeded, "lastModifiedDateTime": stamp(b.now)})
		st.pkis = append(st.pkis, o)
		for _, ca := range p.CertificateAuthorities {
			st.cas[o.text("id")] = append(st.cas[o.text("id")], b.detail(o.text("id"), ca))
		}
	}
}

func (b *seeder) detail(pki string, ca CertificateAuthorityDetail) Object {
	cert, err := parseCA(ca.Certificate)
	if err != nil {
		b.err = fmt.Errorf("seeding a CA of the PKI store: %w", err)
		return Object{}
	}
	return b.object(caType, ca, describeCA(cert, b.now).with("id", stableID(pki, thumbprintOf(cert))))
}
