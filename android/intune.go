package android

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
)

// Enrolment is how the phones are enrolled that an app configuration policy of
// Intune is for. Policies for all of them at once take no certificate.
type Enrolment string

const (
	// FullyManaged is the company's phones, with a work profile or without.
	FullyManaged Enrolment = "fully-managed"
	// WorkProfile is the work profile on a phone that is the user's own.
	WorkProfile Enrolment = "work-profile"
)

// Enrolments are all of them; the first is the default: Intune has mail profiles
// of its own for work profiles, and for fully managed phones only this policy.
var Enrolments = []Enrolment{FullyManaged, WorkProfile}

// applicabilities are Graph's words for enrolments (androidProfileApplicability).
var applicabilities = map[Enrolment]string{FullyManaged: "androidDeviceOwner", WorkProfile: "androidWorkProfile"}

// anyEnrolment is Graph's word for all at once.
const anyEnrolment = "default"

// intuneType is the type of the policy; Microsoft Graph has it in beta only.
const intuneType = "#microsoft.graph.androidManagedStoreAppConfiguration"

// intunePolicy is an androidManagedStoreAppConfiguration. The payload's base64 is
// that of the standard alphabet, padded.
type intunePolicy struct {
	Type                 string   `json:"@odata.type"`
	DisplayName          string   `json:"displayName"`
	RoleScopeTagIDs      []string `json:"roleScopeTagIds"`
	TargetedMobileApps   []string `json:"targetedMobileApps"`
	PackageID            string   `json:"packageId"`
	ProfileApplicability string   `json:"profileApplicability"`
	PayloadJSON          []byte   `json:"payloadJson"`
	ConnectedAppsEnabled bool     `json:"connectedAppsEnabled"`
	PermissionActions    []string `json:"permissionActions"`
}

// defaultScope is the scope tag that Intune gives to what has no other.
const defaultScope = "0"

// Intune is the configuration as an app configuration policy for Microsoft Graph,
// POST /beta/deviceAppManagement/mobileAppConfigurations. Its targetedMobileApps
// is empty: the id of the app is the tenant's own.
//
// Where the account says which certificate profile of Intune's puts the key on the
// phone (Android.IntuneCertificate), the alias is a placeholder for that.
func (c *Config) Intune(e Enrolment) ([]byte, error) {
	if _, err := preflight.Word("enrolment", string(e), Enrolments); err != nil {
		return nil, err
	}
	payload, err := compact(c.forIntune().enterprise())
	if err != nil {
		return nil, err
	}
	return encode(intunePolicy{
		Type: intuneType, DisplayName: c.displayName(),
		RoleScopeTagIDs: []string{defaultScope}, TargetedMobileApps: []string{}, PermissionActions: []string{},
		PackageID: c.App.Product, ProfileApplicability: applicabilities[e], PayloadJSON: payload,
	})
}

// NotesIntune is what an admin must know of the policy, in full sentences.
func (c *Config) NotesIntune(e Enrolment) []string {
	notes := []string{
		fmt.Sprintf("For Intune: write into targetedMobileApps the id that your tenant has for the app (GET /beta/deviceAppManagement/mobileApps?$filter=isof('microsoft.graph.androidManagedStoreApp'), the one whose packageId is %q), then POST the policy to /beta/deviceAppManagement/mobileAppConfigurations.", c.App.Product),
		fmt.Sprintf("For Intune: the policy is for phones enrolled as %s.", e),
	}
	if c.isGiven || !slices.ContainsFunc(c.Properties, func(p Property) bool { return p.Key == gmailAlias }) {
		return notes
	}
	if id := c.Account.Android.IntuneCertificate; id != "" {
		return append(notes, fmt.Sprintf("For Intune: %s becomes the alias of the certificate that Intune's own profile (PKCS or SCEP) put on the phone; take it from where the portal shows it (value type certificate, then string), since nobody documents what that id is of.", certificateToken(id)))
	}
	return append(notes, fmt.Sprintf("For Intune: the policy names the key %q, which Intune itself installs for nobody; give the id of a certificate profile with --intune-cert where that brings the key.", c.Alias))
}

// displayName is the policy's name for people.
func (c *Config) displayName() string {
	if c.isGiven {
		return c.App.Title
	}
	return c.App.Title + ": " + c.whose()
}

// whose says in a few words whose configuration it is.
func (c *Config) whose() string {
	if c.Everybody() {
		return cmp.Or(c.Account.Organization, c.Account.Identifier)
	}
	return c.Account.Email
}

// forIntune is the configuration with the alias that Intune fills in.
func (c *Config) forIntune() *Config {
	id := c.Account.Android.IntuneCertificate
	if id == "" {
		return c
	}
	of := *c
	of.Properties = slices.Clone(c.Properties)
	for i, p := range of.Properties {
		if p.Key == gmailAlias {
			of.Properties[i].Value = certificateToken(id)
		}
	}
	return &of
}

// compact writes JSON without white space: what Intune's portal stores has none.
func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
