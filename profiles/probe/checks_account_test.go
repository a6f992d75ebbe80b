package probe

import (
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/preflight"
)

func TestJudgeAccount(t *testing.T) {
	f := newJudgeFix(t)
	late := judgeOnline
	late.At = preflight.RetirementDay.Add(48 * time.Hour)
	soon := judgeOnline
	soon.At = preflight.RetirementDay.Add(-48 * time.Hour)
	bob := func(e *Evidence) {
		e.Target.Account.Email, e.Target.Account.User = "bob@contoso.com", "bob@contoso.com"
	}
	for _, tt := range []struct {
		name     string
		scenario preflight.Scenario
		change   func(*Evidence)
		want     string // status and check of each
		mailbox  string // that the sign-in opens
	}{
		{"own", judgeInside, keep, "pass profile.match, pass profile.retirement", "alice@contoso.com"},
		{"somebody else's address", judgeInside, bob, "warn profile.match, pass profile.retirement", "alice@contoso.com"},
		{"somebody else's address, online", soon, bob, "fail profile.match, warn profile.retirement", "alice@contoso.com"},
		{"without a certificate", judgeInside, func(e *Evidence) { e.Target.Identity = nil }, "pass profile.retirement", "alice@contoso.com"},
		{"taken after the end, of which eas.auth warns", late, keep, "pass profile.match", "alice@contoso.com"},
		{"refused after the end", late, f.refusedBy(403, "", nil), "pass profile.match, fail profile.retirement", "alice@contoso.com"},
		{"by a token, for somebody else", judgeOAuth, func(e *Evidence) { *e = *f.oauth(); bob(e) }, "warn profile.match", "bob@contoso.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := f.direct()
			tt.change(e)
			var got []string
			for _, found := range JudgeAccount(tt.scenario, e) {
				got = append(got, string(found.Status)+" "+found.Check)
			}
			if text := strings.Join(got, ", "); text != tt.want {
				t.Errorf("%s, want %s", text, tt.want)
			}
			if mailbox := e.Target.Mailbox(); mailbox != tt.mailbox {
				t.Errorf("the mailbox of %s, want that of %s", mailbox, tt.mailbox)
			}
		})
	}
}

// The mailbox that is counted is that of the certificate, whatever address was given.
func TestJudgeWhose(t *testing.T) {
	f := newJudgeFix(t)
	e := f.direct()
	e.Target.Account.Email = "bob@contoso.com"
	for _, found := range Judge(judgeInside, e) {
		if found.Check == "eas.sync" && found.Message != "3 messages in Inbox, as alice@contoso.com" {
			t.Error(found.Message)
		}
	}
}
