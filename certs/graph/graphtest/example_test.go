package graphtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/easkit/easkit/certs/graph/graphtest"
)

// A test seeds a tenant, lets its client talk to the server, and asks in the end
// whether a request broke the description of Graph.
func Example() {
	tenant := graphtest.NewTenant()
	server, err := graphtest.New(tenant, graphtest.Options{ReadsBehind: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	running := httptest.NewServer(server)
	defer running.Close()

	request, err := http.NewRequest("PATCH", running.URL+"/v1.0/users/alice@contoso.com", strings.NewReader(`{"certificateUserIds":[]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	request.Header.Set("Authorization", "Bearer "+server.Token(graphtest.TokenOptions{Scopes: []string{"User.ReadWrite.All"}}))
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	fmt.Println(response.StatusCode)
	for _, violation := range server.Violations() {
		fmt.Println(violation)
	}
	// Output:
	// 400
	// PATCH /v1.0/users/alice@contoso.com: Invalid property "certificateUserIds": "user" has no property of that name.
}
