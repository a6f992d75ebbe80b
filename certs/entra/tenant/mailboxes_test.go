package tenant

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
)

func TestMailboxes(t *testing.T) {
	m, err := ParseMailboxes(strings.NewReader(casMailbox))
	if err != nil || m.Len() != 2 {
		t.Fatal(m, err)
	}
	for _, u := range []entra.User{
		{UPN: "bob@contoso.com"}, {UPN: "b.example@contoso.com", Mail: "Bob@contoso.com"}, {UPN: "x", ProxyAddresses: []string{"y@contoso.com", "bob@contoso.com"}},
	} {
		if box := m.Find(&u); box == nil || box.Name != "bob@contoso.com" || !box.Enabled || box.Policy != "Default" || box.Blocked != 2 {
			t.Errorf("%s: %+v", &u, box)
		}
	}
	if box := m.Find(&entra.User{UPN: "carol@contoso.com"}); box != nil {
		t.Errorf("%+v", box)
	}
}

func TestMailboxForms(t *testing.T) {
	for _, row := range []struct{ name, text, says string }{
		{"semicolons", "Identity;ActiveSyncEnabled\nalice;FALSE\n", ""},
		{"scripts' own column", "UserPrincipalName,ActiveSyncEnabled\nalice@contoso.com,True\n", ""},
		{"another export", "Name,OWAEnabled\nalice,True\n", "there is no column ActiveSyncEnabled, only Name, OWAEnabled"},
		{"no name", "ActiveSyncEnabled\nTrue\n", "PrimarySmtpAddress"},
		{"no truth", "Name,ActiveSyncEnabled\nalice,maybe\n", "neither True nor False"},
		{"nobody", "Name,ActiveSyncEnabled\n,True\n", "nothing names"},
		{"no row", "Name,ActiveSyncEnabled\n", "no mailbox in it"},
		{"empty", "", "empty"},
	} {
		m, err := ParseMailboxes(strings.NewReader(row.text))
		switch {
		case row.says == "" && (err != nil || m.Len() != 1):
			t.Errorf("%s: %v", row.name, err)
		case row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)):
			t.Errorf("%s: %v, want one with %q", row.name, err, row.says)
		}
	}
}
