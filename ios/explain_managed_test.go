package ios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
)

// By device management nobody is asked: what is missing ends the installation, is made
// up, or stays missing.
func TestManaged(t *testing.T) {
	identity := smallIdentity(foreign(t, "openssl-3des.p12"))
	cert, user, noEmail := dict{"PayloadCertificateUUID": identityUUID}, dict{"UserName": "alice"}, dict{"EmailAddress": nil}
	for _, test := range []struct {
		name  string
		keys  []dict
		steps string // between the push and the end
	}{
		{"nothing", nil, "refused"},
		{"user", []dict{user}, "check done"},
		{"user, password", []dict{user, {"Password": "x"}}, "check done"},
		{"OAuth", []dict{{"OAuth": true}}, "refused"},
		{"OAuth, user", []dict{{"OAuth": true}, user}, "check done"},
		{"OAuth false, user", []dict{{"OAuth": false}, user}, "check done"},
		{"certificate", []dict{cert}, "no-user-name check done"},
		{"certificate, OAuth", []dict{cert, {"OAuth": true}}, "no-user-name check done"},
		{"certificate, OAuth false", []dict{cert, {"OAuth": false}}, "no-user-name check done"},
		{"certificate, user", []dict{cert, user}, "check done"},
		{"certificate, OAuth, user", []dict{cert, {"OAuth": true}, user}, "check done"},
		{"certificate, user, no address", []dict{cert, user, noEmail}, "invented-email check done"},
		{"certificate, no address", []dict{cert, noEmail}, "no-user-name no-email check done"},
		{"certificate, user, no address, no host", []dict{cert, user, noEmail, {"OAuth": true, "Host": nil}}, "no-email check done"},
		{"file in the account, shut", []dict{user, {"Certificate": foreign(t, "openssl-3des.p12")}}, "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			account := smallAccount
			for _, k := range test.keys {
				account = with(account, k)
			}
			s := told(opened(t, small(identity, account)), ios.Known{ByMDM: true})
			if got := strings.Join(kinds(s.Steps), " "); got != "push "+test.steps {
				t.Errorf("told: %s, want push %s", got, test.steps)
			}
			for kind, basis := range map[string]preflight.Basis{"no-user-name": preflight.Documented, "no-email": preflight.Inferred, "invented-email": preflight.Observed} {
				if step := stepOf(s, kind); slices.Contains(kinds(s.Steps), kind) && (step.Basis != basis || step.Does == "") {
					t.Errorf("%+v", step)
				}
			}
		})
	}
}
