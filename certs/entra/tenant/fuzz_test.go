package tenant

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/easkit/easkit/certs/preflight/checktest"
)

// snapshotFiles are the files that the fuzzer writes.
var snapshotFiles = []string{
	AboutFile, OrganizationFile, DomainsFile, MethodFile, ClassicFile, PKIFile, AppleMailFile,
	AccessFile, DefaultsFile, ConsentFile, RolloutsFile, GroupsFile, MailboxesFile,
}

// Any bytes in any of the files give an error of one line, or a snapshot of which
// every check says something.
func FuzzSnapshot(f *testing.F) {
	_, files := collect(f, &tenantReader{answers: answers(f)})
	files[MailboxesFile] = &fstest.MapFile{Data: []byte(casMailbox)}
	for i, name := range snapshotFiles {
		f.Add(uint8(i), files[name].Data)
	}
	f.Add(uint8(3), []byte(`{"state":"enabled","certificateUserBindings":[{}],"certificateAuthorityScopes":[{}],"authenticationModeConfiguration":{"rules":[{}]},"includeTargets":[{}],"excludeTargets":[{}]}`))
	f.Add(uint8(7), []byte(`{"value":[{"state":"enabled","conditions":{"platforms":{},"locations":{},"devices":{"deviceFilter":{}},"authenticationFlows":{}},"grantControls":{"authenticationStrength":{}}},{}]}`))
	c := fixture(f, "good.pem")
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		changed := fstest.MapFS{}
		for name, file := range files {
			changed[name] = file
		}
		changed[snapshotFiles[int(which)%len(snapshotFiles)]] = &fstest.MapFile{Data: data}
		s, err := Open(changed)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("not one printable line: %q", err)
			}
			return
		}
		user := alice()
		findings := append(s.Check(oauth, people()), s.Check(direct, nil)...)
		findings = append(findings, CheckUser(oauth, &User{Snapshot: s, User: &user, Certificate: c})...)
		for _, finding := range append(findings, CheckUser(direct, &User{Snapshot: s, User: &user})...) {
			checktest.Finding(t, finding)
		}
	})
}

func FuzzMailboxes(f *testing.F) {
	f.Add(casMailbox)
	f.Add("Name;ActiveSyncEnabled\nalice;True\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMailboxes(strings.NewReader(text))
		if err == nil && m.Len() == 0 || err != nil && strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%v, %q", m, err)
		}
		user := alice()
		if err == nil {
			m.Find(&user)
		}
	})
}
