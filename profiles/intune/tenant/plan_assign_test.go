package tenant

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/easkit/easkit/certs/graph"
)

// Whom assignments reach, and whom they are kept from on purpose.
func TestCoverage(t *testing.T) {
	const (
		mine     = `{"intent":%q,"target":{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"1","deviceAndAppManagementAssignmentFilterType":%q}}`
		other    = `{"target":{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"2"}}`
		excluded = `{"target":{"@odata.type":"#microsoft.graph.exclusionGroupAssignmentTarget","groupId":"%d"}}`
		everyone = `{"intent":%q,"target":{"@odata.type":"#microsoft.graph.allLicensedUsersAssignmentTarget"}}`
		devices  = `{"target":{"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget"}}`
	)
	tests := []struct {
		name  string
		list  string
		want  covered
		fails bool
	}{
		{"nobody", ``, uncovered, false},
		{"the group", fmt.Sprintf(mine, "apply", "none"), wholly, false},
		{"the group, by a filter", fmt.Sprintf(mine, "apply", "exclude"), partly, false},
		{"the group by a filter, and everybody", fmt.Sprintf(mine, "apply", "include") + "," + fmt.Sprintf(everyone, "apply"), wholly, false},
		{"to be removed from the group", fmt.Sprintf(mine, "remove", ""), uncovered, true},
		{"to be removed from everybody", fmt.Sprintf(everyone, "remove"), uncovered, false},
		{"the group is excluded from everybody", fmt.Sprintf(everyone, "apply") + "," + fmt.Sprintf(excluded, 1), uncovered, true},
		{"another is excluded from everybody", fmt.Sprintf(everyone, "apply") + "," + fmt.Sprintf(excluded, 2), wholly, false},
		{"another", other, uncovered, false},
		{"all devices, which are no users", devices, uncovered, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var all []graph.IntuneAssignment
			if err := json.Unmarshal([]byte("["+test.list+"]"), &all); err != nil {
				t.Fatal(err)
			}
			if got, err := coverage(all, Named{ID: "1", Name: "Mail users"}); got != test.want || (err != nil) != test.fails {
				t.Errorf("%d, %v", got, err)
			}
		})
	}
}
