package tenant_test

import (
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// What a custom profile changes is not seen, and may be how phones sign in.
func TestCustomChange(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	l.set.Parts = []intune.Part{{Key: "ios-custom", Object: custom("Custom", "<dict><key>OAuth</key><false/></dict>", nil)}}
	l.done(l.plan())
	l.set.Parts[0].Object["payloadName"] = "Work mail"
	if p := l.plan(); p.Empty() || len(p.Dangers()) > 0 {
		t.Errorf("%+v", p.Dangers())
	}
	l.set.Parts[0].Object["payload"] = base64Of("<dict><key>OAuth</key><true/></dict>")
	if p := l.plan(); len(p.Dangers()) != 1 || !strings.Contains(p.Dangers()[0].Danger, "asks every user again") {
		t.Errorf("%+v", p.Dangers())
	}
}

// An object of others changes for them, too, when it is adopted.
func TestAdoptOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		more   intune.Object
		danger bool
	}{
		"for others":              {intune.Object{"payload": base64Of("<array/>"), "assignments": []any{colleagues}}, true},
		"for others, and alike":   {intune.Object{"assignments": []any{colleagues}}, false},
		"for the set's group":     {intune.Object{"payloadName": "Post", "assignments": []any{mailUsers}}, false},
		"for others, by its name": {intune.Object{"payloadName": "Post", "assignments": []any{colleagues}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{}, custom("Corp profile", "<dict/>", test.more))
			l.set.Parts = []intune.Part{{Key: "ios-custom", Object: custom("Custom", "<dict/>", nil)}}
			step := action(l.plan("Corp profile"), "ios-custom")
			if is := strings.Contains(step.Danger, "it is for others, too ("+l.groupID(colleagues)+")"); step.Action != tenant.Adopt || is != test.danger {
				t.Errorf("%+v", step)
			}
		})
	}
}

// Who has the mail profile and not the certificate that it gets to refer to is cut off.
func TestCutOffUsers(t *testing.T) {
	both := []string{mailUsers, colleagues}
	for name, test := range map[string]struct {
		mail, certificate []string // whom the mail profile is for, and the certificate that it gets back
		danger            bool
	}{
		"others get it":   {both, both, false},
		"others don't":    {both, []string{mailUsers}, true},
		"only the set's":  {[]string{mailUsers}, []string{mailUsers}, false},
		"none of theirs":  {both, []string{others}, true},
		"the set's by us": {[]string{mailUsers}, []string{others}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			first := l.done(l.plan())
			l.set.Parts[2].Object["keySize"] = "size4096"
			l.done(l.plan())
			l.set.Parts[2].Object["keySize"] = "size2048" // back to the first
			for key, groups := range map[string][]string{"ios-mail": test.mail, "ios-certificate": test.certificate} {
				if err := l.graph.Assign(first.IDs[key], groups...); err != nil {
					t.Fatal(err)
				}
			}
			step := action(l.plan(), "ios-mail")
			if is := strings.Contains(step.Danger, "("+l.groupID(colleagues)+"), who do not get the certificate"); is != test.danger || !strings.Contains(step.Danger, "asks every user again") {
				t.Errorf("%+v", step)
			}
		})
	}
	l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"displayName": "Corp mail", "assignments": []any{colleagues}}))
	if step := action(l.plan("Corp mail"), "ios-mail"); !strings.Contains(step.Danger, "who do not get the certificate") {
		t.Errorf("adopted: %+v", step)
	}
}
