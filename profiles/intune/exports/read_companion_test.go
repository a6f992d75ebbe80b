package exports_test

import (
	"testing"

	"github.com/easkit/easkit/profiles/intune/exports"
)

func TestIsCompanion(t *testing.T) {
	const table = `{"TenantId": "a", "Organization": "Contoso", "Objects": [{"Id": "b", "DisplayName": "Mail users", "Type": "Group"}]}`
	const index = `{"schema": "easkit/intune-set/v1", "hash": "a", "set": "b", "name": "c", "parts": []}`
	const object = `{"@odata.type": "#microsoft.graph.iosTrustedRootCertificate", "displayName": "Root"}`
	for _, test := range []struct {
		base, data string
		want       bool
	}{
		{"MigrationTable.json", table, true},
		{"MigrationTable.json", "\xef\xbb\xbf" + table, true},
		{"other.json", table, false},
		{"MigrationTable.json", object, false},
		{"MigrationTable.json", `{"value": [` + object + `], "Objects": []}`, false},
		{"MigrationTable.json", `[` + object + `]`, false},
		{"MigrationTable.json", `{}`, false},
		{"MigrationTable.json", `{`, false},
		{"easkit-intune.json", index, true},
		{"easkit-intune.json", table, false},
		{"easkit-intune.json", object, false},
	} {
		if got := exports.IsCompanion(test.base, []byte(test.data)); got != test.want {
			t.Errorf("%s: %s: %v", test.base, test.data, got)
		}
	}
}
