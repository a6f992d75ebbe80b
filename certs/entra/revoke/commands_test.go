package revoke

import (
	"strings"
	"testing"
)

var quoteRows = []struct{ user, want string }{
	{"alice@contoso.com", "'alice@contoso.com'"},
	{"o'hara@contoso.com", "'o''hara@contoso.com'"},
	{"a’; Remove-Mailbox x; ’@contoso.com", "'a’’; Remove-Mailbox x; ’’@contoso.com'"},
	{"$(whoami)`n\"@contoso.com", "'$(whoami)`n\"@contoso.com'"},
	{"a\nb", "'a\ufffdb'"},
}

func TestQuote(t *testing.T) {
	for _, r := range quoteRows {
		if got := quote(r.user); got != r.want {
			t.Errorf("%q: %s, want %s", r.user, got, r.want)
		}
		for _, c := range append(Commands(r.user), RemoveCommand(r.user, "0123")) {
			if !strings.Contains(c, " "+r.want+" ") {
				t.Errorf("%q: %s", r.user, c)
			}
		}
	}
}
