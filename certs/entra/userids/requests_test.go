package userids

import (
	"encoding/json"
	"testing"
)

func TestRequests(t *testing.T) {
	rows := []struct {
		name   string
		change Change
		want   string
	}{
		{"what he has is known", Change{ID: "1", UPN: alice, Before: []string{"old"}, Add: []string{"new"}},
			`{"method":"PATCH","path":"/users/1","body":{"authorizationInfo":{"certificateUserIds":["old","new"]}},"add":["new"],"when":"` + whenKnown + `"}`},
		{"nothing", Change{ID: "1", UPN: alice, Before: []string{}, Add: []string{"new"}},
			`{"method":"PATCH","path":"/users/1","body":{"authorizationInfo":{"certificateUserIds":["new"]}},"add":["new"],"when":"` + whenKnown + `"}`},
		{"not known, and known by name only", Change{UPN: "o/hara@contoso.com", Add: []string{"new"}},
			`{"method":"PATCH","path":"/users/{o%2Fhara@contoso.com}","add":["new"],"when":"` + whenUnknown + `"}`},
	}
	for _, r := range rows {
		p := Plan{Rows: []Change{r.change}}
		text, err := json.Marshal(p.Requests()[0])
		if err != nil || string(text) != r.want {
			t.Errorf("%s: %s (%v), want %s", r.name, text, err, r.want)
		}
	}
}
