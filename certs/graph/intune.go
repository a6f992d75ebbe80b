package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Where Intune has its objects. All that is asked of them is asked of beta, whatever
// version a client is of.
const (
	DeviceConfigurations = "/deviceManagement/deviceConfigurations"
	AppConfigurations    = "/deviceAppManagement/mobileAppConfigurations"
	mobileApps           = "/deviceAppManagement/mobileApps"
)

// assignmentTypes are the types of the assignments of a collection.
var assignmentTypes = map[string]string{
	DeviceConfigurations: "#microsoft.graph.deviceConfigurationAssignment",
	AppConfigurations:    "#microsoft.graph.managedDeviceMobileAppConfigurationAssignment",
}

// IntuneAssignment says whom an object of Intune is for (resources
// deviceConfigurationAssignment and managedDeviceMobileAppConfigurationAssignment). All
// of an object's are posted together, so each is kept as Graph gave it, and what is
// read of it here is read for looking at it.
type IntuneAssignment struct {
	Intent string       `json:"intent"` // "remove" takes a profile off the devices of the target; "" and "apply" bring it
	Target IntuneTarget `json:"target"`

	raw json.RawMessage
}

// IntuneTarget is whom or what an assignment is for (deviceAndAppManagementAssignmentTarget).
type IntuneTarget struct {
	Type       string `json:"@odata.type"`
	GroupID    string `json:"groupId"`
	FilterType string `json:"deviceAndAppManagementAssignmentFilterType"` // none, include or exclude; of some of the devices only
}

// The types of targets that matter here, and the intent that takes away.
const (
	GroupTarget     = "#microsoft.graph.groupAssignmentTarget"
	ExclusionTarget = "#microsoft.graph.exclusionGroupAssignmentTarget"
	AllUsersTarget  = "#microsoft.graph.allLicensedUsersAssignmentTarget"

	RemoveIntent = "remove"
)

// Filtered reports whether only some of the target's devices are meant.
func (t IntuneTarget) Filtered() bool { return t.FilterType != "" && t.FilterType != "none" }

// UnmarshalJSON keeps the assignment as it is.
func (a *IntuneAssignment) UnmarshalJSON(text []byte) error {
	type plain IntuneAssignment
	if err := json.Unmarshal(text, (*plain)(a)); err != nil {
		return err
	}
	a.raw = append(json.RawMessage{}, text...)
	return nil
}

// MarshalJSON gives the assignment as it came from Graph.
func (a IntuneAssignment) MarshalJSON() ([]byte, error) {
	if a.raw == nil {
		return []byte("null"), nil
	}
	return a.raw, nil
}

// AssignGroup is an assignment of an object of a collection to a group.
func AssignGroup(collection, group string) (IntuneAssignment, error) {
	text, err := json.Marshal(map[string]any{
		"@odata.type": assignmentTypes[collection],
		"target":      map[string]string{"@odata.type": GroupTarget, "groupId": group},
	})
	if err != nil {
		return IntuneAssignment{}, err
	}
	var a IntuneAssignment
	return a, json.Unmarshal(text, &a)
}

func intuneObject(collection, id string) string { return collection + "/" + url.PathEscape(id) }

// IntuneAddress is the address of a device configuration, by which others refer to it.
func (c *Client) IntuneAddress(id string) string {
	return c.Beta().base() + DeviceConfigurations + "('" + url.PathEscape(id) + "')"
}

// IntuneObjects reads all objects of a collection.
func (c *Client) IntuneObjects(ctx context.Context, collection string) ([]map[string]any, error) {
	return List[map[string]any](ctx, c.Beta(), collection)
}

// IntuneObject reads one object of a collection.
func (c *Client) IntuneObject(ctx context.Context, collection, id string) (map[string]any, error) {
	var object map[string]any
	err := c.Beta().Get(ctx, intuneObject(collection, id), &object)
	return object, err
}

// CreateIntuneObject makes an object and gives it as Graph made it. The body names its
// type in @odata.type.
func (c *Client) CreateIntuneObject(ctx context.Context, collection string, body map[string]any) (map[string]any, error) {
	var made map[string]any
	err := c.Beta().do(ctx, http.MethodPost, collection, body, &made)
	return made, err
}

// UpdateIntuneObject changes the properties of an object that the body has. The body
// names the object's type in @odata.type.
func (c *Client) UpdateIntuneObject(ctx context.Context, collection, id string, body map[string]any) error {
	return c.Beta().do(ctx, http.MethodPatch, intuneObject(collection, id), body, nil)
}

// IntuneAssignments reads whom an object is for.
func (c *Client) IntuneAssignments(ctx context.Context, collection, id string) ([]IntuneAssignment, error) {
	return List[IntuneAssignment](ctx, c.Beta(), intuneObject(collection, id)+"/assignments")
}

// AssignIntuneObject replaces all assignments of an object.
// Source: https://learn.microsoft.com/graph/api/intune-deviceconfig-deviceconfiguration-assign?view=graph-rest-beta
func (c *Client) AssignIntuneObject(ctx context.Context, collection, id string, all []IntuneAssignment) error {
	return c.Beta().do(ctx, http.MethodPost, intuneObject(collection, id)+"/assign", AssignBody(all), nil)
}

// AssignBody is the body of the request that replaces all assignments.
func AssignBody(all []IntuneAssignment) any {
	return struct {
		Assignments []IntuneAssignment `json:"assignments"`
	}{all}
}

// IntuneReference is a device configuration that another one refers to.
type IntuneReference struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
}

func relationPath(id, kind, relation string) string {
	return intuneObject(DeviceConfigurations, id) + "/microsoft.graph." + kind + "/" + relation
}

// IntuneRelation reads what a device configuration of a type refers to; its ID is ""
// where it refers to nothing.
func (c *Client) IntuneRelation(ctx context.Context, id, kind, relation string) (IntuneReference, error) {
	var found IntuneReference
	beta, op := c.Beta(), operation{http.MethodGet, relationPath(id, kind, relation)}
	answer, err := beta.persist(ctx, op, func() ([]byte, error) {
		return beta.once(ctx, op, op.path+"?$select=id,displayName", nil)
	})
	if IsStatus(err, http.StatusNotFound) || err == nil && slices.Contains(nothing, strings.TrimSpace(string(answer))) {
		return found, nil
	}
	if err == nil {
		err = json.Unmarshal(answer, &found)
	}
	if err != nil {
		return found, fmt.Errorf("reading the %s of the object %q: %w", relation, id, err)
	}
	return found, nil
}

// nothing are the answers that stand for a reference that is not set. OData 4.01 has 204
// without a body for that (https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html#sec_RequestingIndividualEntities).
var nothing = []string{"", "null"}

// SetIntuneRelation makes a device configuration of a type refer to another one.
func (c *Client) SetIntuneRelation(ctx context.Context, id, kind, relation, to string) error {
	return c.Beta().do(ctx, http.MethodPut, relationPath(id, kind, relation)+"/$ref", c.RelationBody(to), nil)
}

// RelationBody is the body of the request that makes one refer to another.
func (c *Client) RelationBody(to string) map[string]string {
	return map[string]string{"@odata.id": c.IntuneAddress(to)}
}

// untold are the statuses by which Graph does not tell what nothing depends on: such
// lists are known to be refused, not to be there and to fail.
var untold = []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusInternalServerError, http.StatusNotImplemented}

// IssuedCertificates counts the certificates that phones have by a certificate profile
// of a type. Known is false where Graph does not tell, or fails to.
func (c *Client) IssuedCertificates(ctx context.Context, id, kind string) (n int, known bool, err error) {
	path := relationPath(id, kind, "managedDeviceCertificateStates")
	for _, err := range c.Beta().All(ctx, path) {
		if slices.ContainsFunc(untold, func(status int) bool { return IsStatus(err, status) }) {
			return 0, false, nil
		}
		if err != nil {
			return 0, false, err
		}
		n++
	}
	return n, true, nil
}

// MobileApp is an app that Intune brings to phones (resource mobileApp).
type MobileApp struct {
	ID        string `json:"id"`
	Name      string `json:"displayName"`
	PackageID string `json:"packageId"` // of Android
	BundleID  string `json:"bundleId"`  // of iOS
}

// MobileApps reads the apps of a type, such as androidManagedStoreApp.
func (c *Client) MobileApps(ctx context.Context, kind string) ([]MobileApp, error) {
	return List[MobileApp](ctx, c.Beta(), mobileApps+"?$filter="+url.QueryEscape("isof('microsoft.graph."+kind+"')"))
}

const groupSelect = "$select=id,displayName,securityEnabled,groupTypes"

// GroupsNamed finds the groups that are called so: names need not be unique.
func (c *Client) GroupsNamed(ctx context.Context, name string) ([]Group, error) {
	filter := "displayName eq '" + strings.ReplaceAll(name, "'", "''") + "'"
	return List[Group](ctx, c, "/groups?"+groupSelect+"&$filter="+url.QueryEscape(filter))
}

// GroupOf reads a group by its id, without its members.
func (c *Client) GroupOf(ctx context.Context, id string) (Group, error) {
	var g Group
	err := c.Get(ctx, "/groups/"+url.PathEscape(id)+"?"+groupSelect, &g)
	return g, err
}
