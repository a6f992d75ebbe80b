package graph

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Graph's answers, as they come.
func answering(t *testing.T, status int, body string) (*Client, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return &Client{Endpoint: Endpoint{Graph: server.URL}, Sign: held{Token{Secret: "x"}}, Patience: -1}, &asked
}

// An assignment goes back as it came, with what is not known of it here.
func TestIntuneAssignment(t *testing.T) {
	const text = `{"id":"1_2","intent":"apply","source":"policySets","new":[1],"target":{"@odata.type":"#microsoft.graph.exclusionGroupAssignmentTarget","groupId":"2","more":null}}`
	c, _ := answering(t, http.StatusOK, `{"value":[`+text+`]}`)
	all, err := c.IntuneAssignments(t.Context(), DeviceConfigurations, "1")
	if err != nil || len(all) != 1 || all[0].Target.Type != ExclusionTarget || all[0].Target.GroupID != "2" || all[0].Intent != "apply" {
		t.Fatalf("%+v, %v", all, err)
	}
	added, err := AssignGroup(DeviceConfigurations, "3")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(AssignBody(append(all, added)))
	want := `{"assignments":[` + text + `,{"@odata.type":"#microsoft.graph.deviceConfigurationAssignment","target":{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"3"}}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s\n%s\n%v", got, want, err)
	}
	if text, err := json.Marshal(IntuneAssignment{}); err != nil || string(text) != "null" {
		t.Errorf("%s, %v", text, err)
	}
}

func TestIntuneRelation(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   IntuneReference
		fails  bool
	}{
		"set":       {200, `{"@odata.context":"…","id":"7","displayName":"Certificate"}`, IntuneReference{"7", "Certificate"}, false},
		"not found": {404, `{"error":{"code":"ResourceNotFound"}}`, IntuneReference{}, false},
		"null":      {200, `null`, IntuneReference{}, false},
		"no answer": {204, ``, IntuneReference{}, false},
		"no body":   {200, ``, IntuneReference{}, false},
		"refused":   {403, `{}`, IntuneReference{}, true},
		"no object": {200, `[]`, IntuneReference{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := answering(t, test.status, test.body)
			got, err := c.IntuneRelation(t.Context(), "1", "iosEasEmailProfileConfiguration", "identityCertificate")
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("%+v, %v", got, err)
			}
			if want := "GET /beta/deviceManagement/deviceConfigurations/1/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate?$select=id,displayName"; (*asked)[0] != want {
				t.Errorf("asked %s", (*asked)[0])
			}
		})
	}
}

// How many certificates there are may stay unknown; that Graph is away may not.
func TestIssuedCertificates(t *testing.T) {
	for status, test := range map[int]struct {
		body  string
		n     int
		known bool
		fails bool
	}{
		200: {`{"value":[{"id":"1"},{"id":"2"}]}`, 2, true, false}, 403: {"", 0, false, false}, 404: {"", 0, false, false},
		500: {"", 0, false, false}, 501: {"", 0, false, false}, 401: {"", 0, false, true}, 503: {"", 0, false, true},
	} {
		c, _ := answering(t, status, test.body)
		if n, known, err := c.IssuedCertificates(t.Context(), "1", "iosPkcsCertificateProfile"); n != test.n || known != test.known || (err != nil) != test.fails {
			t.Errorf("%d: %d, %t, %v", status, n, known, err)
		}
	}
}

// A quote in a group's name ends no string of the filter.
func TestGroupsNamed(t *testing.T) {
	c, asked := answering(t, http.StatusOK, `{"value":[]}`)
	if _, err := c.GroupsNamed(t.Context(), "O'Brien' or startswith(displayName,'"); err != nil {
		t.Fatal(err)
	}
	if want := "GET /v1.0/groups?$select=id,displayName,securityEnabled,groupTypes&$filter=displayName+eq+%27O%27%27Brien%27%27+or+startswith%28displayName%2C%27%27%27"; (*asked)[0] != want {
		t.Errorf("asked %s", (*asked)[0])
	}
}

// What imports need is in the table.
func TestIntunePermissions(t *testing.T) {
	for request, want := range map[[2]string]string{
		{http.MethodGet, DeviceConfigurations}:                                            "DeviceManagementConfiguration.Read.All",
		{http.MethodGet, DeviceConfigurations + "/1/assignments"}:                         "DeviceManagementConfiguration.Read.All",
		{http.MethodPut, DeviceConfigurations + "/1/microsoft.graph.a/rootCertificate/b"}: "DeviceManagementConfiguration.ReadWrite.All",
		{http.MethodPatch, AppConfigurations + "/1"}:                                      "DeviceManagementApps.ReadWrite.All",
		{http.MethodPost, AppConfigurations + "/1/assign"}:                                "DeviceManagementApps.ReadWrite.All",
		{http.MethodGet, mobileApps}:                                                      "DeviceManagementApps.Read.All",
		{http.MethodGet, "/groups"}:                                                       "GroupMember.Read.All",
		{http.MethodDelete, DeviceConfigurations + "/1"}:                                  "",
	} {
		if got := Needed(request[0], request[1]).Scope; got != want {
			t.Errorf("%s: %q", request, got)
		}
	}
}

// Intune takes security groups and Microsoft 365 groups, and no distribution lists.
func TestTargetable(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		want   bool
	}{
		"a security group":      {`{"id":"1","securityEnabled":true,"groupTypes":[]}`, true},
		"one of a rule":         {`{"id":"1","securityEnabled":true,"groupTypes":["DynamicMembership"]}`, true},
		"a Microsoft 365 group": {`{"id":"1","securityEnabled":false,"groupTypes":["Unified"]}`, true},
		"a distribution list":   {`{"id":"1","securityEnabled":false,"groupTypes":[]}`, false},
	} {
		c, _ := answering(t, http.StatusOK, test.answer)
		if g, err := c.GroupOf(t.Context(), "1"); err != nil || g.Targetable() != test.want {
			t.Errorf("%s: %+v, %v", name, g, err)
		}
	}
}
