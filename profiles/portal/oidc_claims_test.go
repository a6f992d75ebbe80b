package portal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/easkit/easkit/profiles/portal/ticket"
)

// Nobody at the desk acts under a name of their choice. What they did can be traced to
// their account, whatever it is called.
func TestDeskNames(t *testing.T) {
	for name, test := range map[string]struct {
		issuer string
		claims map[string]any
		by     string // empty for nobody
	}{
		"the reserved name":        {otherTest, map[string]any{"preferred_username": localAdmin, "name": localAdmin}, "subject s-1"},
		"another name chosen":      {otherTest, map[string]any{"preferred_username": "boss@contoso.com"}, "subject s-1"},
		"an unverified address":    {otherTest, map[string]any{"email": "boss@contoso.com"}, "subject s-1"},
		"a verified address":       {otherTest, map[string]any{"email": "helen@contoso.com", "email_verified": true}, "helen@contoso.com"},
		"verified, but reserved":   {otherTest, map[string]any{"email": localAdmin, "email_verified": true}, "subject s-1"},
		"as on the command line":   {otherTest, map[string]any{"email": "root (command line)", "email_verified": true}, "subject s-1"},
		"somebody else's subject":  {otherTest, map[string]any{"email": "subject s-2", "email_verified": true}, "subject s-1"},
		"Entra ID":                 {entraTest, map[string]any{"upn": "helen@contoso.com"}, "helen@contoso.com"},
		"Entra ID, reserved":       {entraTest, map[string]any{"preferred_username": localAdmin}, "subject s-1"},
		"Entra ID, a guest":        {entraTest, map[string]any{"preferred_username": "boss@contoso.com", "idp": "live.com"}, "subject s-1"},
		"a subject like a name":    {otherTest, map[string]any{"sub": localAdmin}, "subject " + localAdmin},
		"no subject":               {otherTest, map[string]any{"sub": ""}, ""},
		"a subject with a control": {otherTest, map[string]any{"sub": "a\nb"}, ""},
		"a long subject":           {otherTest, map[string]any{"sub": strings.Repeat("s", maxName)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, i := serveOIDC(t, test.issuer, func(o *Options) { o.Mail = &outbox{} })
			i.claims = map[string]any{"roles": []string{deskRole}, "sub": "s-1", "oid": "o-1"}
			for claim, value := range test.claims {
				i.claims[claim] = value
			}
			c := d.client()
			if got := c.signInAt(i, deskOIDC); (got.location == deskRoot) != (test.by != "") {
				t.Fatalf("%d\n%s", got.status, d.log.String())
			}
			if test.by == "" {
				return
			}
			c.csrf = c.field(c.get(deskRoot), "csrf")
			c.made(c.order("alice@contoso.com", ticket.ByPIN))
			if by := d.only().By; by != test.by {
				t.Errorf("the ticket is by %q, want %q", by, test.by)
			}
			traced := fmt.Sprintf(`"subject":%q,"object":"o-1"`, i.claims["sub"])
			for line := range strings.Lines(d.log.String()) {
				if !strings.Contains(line, traced) {
					t.Errorf("a record can't be traced: %s", line)
				}
			}
		})
	}
}

// A guest is known by the claim idp, which is compared as a whole.
func TestGuestByIDP(t *testing.T) {
	for idp, member := range map[any]bool{
		"https://sts.windows.net/" + testTenant + "/":                   true,
		"https://login.microsoftonline.com/" + testTenant + "/v2.0":     true,
		"https://login.microsoftonline.us/" + testTenant + "/v2.0":      true,
		"https://sts.chinacloudapi.cn/" + testTenant + "/":              true,
		"https://evil.example/" + testTenant + "/":                      false,
		"https://evil.example/x/" + testTenant:                          false,
		"https://sts.windows.net.evil.example/" + testTenant + "/":      false,
		"https://sts.windows.net/other/" + testTenant + "/":             false,
		"https://sts.windows.net/" + testTenant + "/../other/":          false,
		"http://sts.windows.net/" + testTenant + "/":                    false,
		"https://sts.windows.net/99999999-2222-3333-4444-555555555555/": false,
		"live.com": false,
		testTenant: false,
		"":         false,
		nil:        false,
		true:       false,
		1.0:        false,
	} {
		c := &claims{all: map[string]any{"idp": idp, "tid": testTenant, "iss": entraTest, "preferred_username": "alice@contoso.com"}}
		if err := c.member(); (err == nil) != member {
			t.Errorf("idp %v: %v", idp, err)
		}
	}
	list := &claims{all: map[string]any{"idp": []any{"https://sts.windows.net/" + testTenant + "/"}, "tid": testTenant}}
	none := &claims{all: map[string]any{"idp": "https://sts.windows.net//", "tid": ""}}
	if list.member() == nil || none.member() == nil {
		t.Error("an idp that is no text, or of no tenant, is a member's")
	}
	if err := (&claims{all: map[string]any{"tid": testTenant}}).member(); err != nil {
		t.Errorf("without the claim: %v", err)
	}
}
