package portal

import (
	"net/url"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
)

// The form for a new ticket promises what will come, by what the server has.
func TestFormSaysWhatComes(t *testing.T) {
	const (
		sent    = "The link goes to alice@contoso.com by mail"
		pending = "can send no mail to the user"
		shown   = "You may show the link"
		noKey   = "If this server does not have the rollout"
		noUsers = "started without a rollout"
	)
	for name, test := range map[string]struct {
		change    func(*Options)
		has, lack []string
	}{
		"mail":                   {func(o *Options) { o.Mail = &outbox{} }, []string{sent, shown, noKey}, []string{pending, noUsers}},
		"no mail":                {nil, []string{pending, shown, noKey}, []string{sent, noUsers}},
		"no mail and no sign-in": {func(o *Options) { o.OIDC = nil }, []string{pending}, []string{sent, shown, noKey, noUsers}},
		"no rollout":             {func(o *Options) { o.Source, o.Mail = nil, &outbox{} }, []string{noUsers}, []string{sent, pending, shown, noKey}},
		"no rollout, no sign-in": {func(o *Options) { o.Source, o.OIDC = nil, nil }, []string{noUsers}, []string{sent, pending, shown, noKey}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := serveOIDC(t, entraTest, test.change)
			page := d.signedIn().get(deskUser + "?name=" + url.QueryEscape("alice@contoso.com")).body
			for _, text := range test.has {
				if !strings.Contains(page, text) {
					t.Errorf("it does not say %q", text)
				}
			}
			for _, text := range test.lack {
				if strings.Contains(page, text) {
					t.Errorf("it says %q", text)
				}
			}
		})
	}
}

// Who was not checked did not pass.
func TestVerdictOfUsers(t *testing.T) {
	pass, skip, fail := preflight.Finding{Status: preflight.StatusPass}, preflight.Finding{Status: preflight.StatusSkip}, preflight.Finding{Status: preflight.StatusFail}
	for want, cases := range map[preflight.Status][][]preflight.Finding{
		preflight.StatusSkip: {nil, {skip}},
		preflight.StatusPass: {{pass}, {skip, pass}},
		preflight.StatusFail: {{fail, pass}},
	} {
		for _, findings := range cases {
			if got := verdict(findings); got != want {
				t.Errorf("%+v: %s, want %s", findings, got, want)
			}
		}
	}
}

// An empty list says whether nothing was made, or nothing found.
func TestEmptyLists(t *testing.T) {
	c := serveDesk(t, nil).signedIn()
	for path, want := range map[string]string{
		deskRoot:                             "No link has been made yet.",
		deskRoot + "?q=alice":                "There is no such link.",
		deskRoot + "?state=used":             "There is no such link.",
		deskUser + "?name=bob%40contoso.com": "No checks are on record",
		deskUsers + "?q=bob":                 "Not checked",
	} {
		if got := c.get(path); !strings.Contains(got.body, want) {
			t.Errorf("%s does not say %q:\n%s", path, want, got.body)
		}
	}
}
