package tenant_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// custom is a custom profile that brings a text.
func custom(name, text string, more intune.Object) intune.Object {
	return object("iosCustomConfiguration", name, merged(intune.Object{"payloadName": "Mail", "payloadFileName": "a.mobileconfig", "payload": base64Of(text)}, more))
}

// pilotLab is a tenant for which the set is one pilot.
func pilotLab(t *testing.T, objects ...intune.Object) *lab {
	t.Helper()
	l := newLab(t, graphtest.Options{}, objects...)
	l.set.Parts = []intune.Part{{Key: "ios-pilot-1", Secret: true, Object: custom("Pilot alice", "<string>com.apple.security.pkcs12</string>", nil)}}
	return l
}

// A private key goes into no object that somebody else made: phones have that already.
func TestPilotNotAdopted(t *testing.T) {
	for _, name := range []string{"Corp profile", "Pilot alice"} {
		l := pilotLab(t, custom(name, "<dict/>", intune.Object{"assignments": []any{mailUsers, colleagues}}))
		if _, err := l.tryPlan(name); err == nil || !strings.Contains(err.Error(), "which holds one user's private key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := pilotLab(t, custom("Pilot alice", "<dict/>", nil))
	if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), "it is not taken over") || strings.Contains(err.Error(), "--adopt") {
		t.Errorf("%v", err)
	}
}

// A pilot's object that is for more than a group of its user gets no private key, neither
// by a plan nor by one that was made before it was assigned.
func TestPilotForMany(t *testing.T) {
	everybody := `{"target":{"@odata.type":"#microsoft.graph.allLicensedUsersAssignmentTarget"}}`
	devices := `{"target":{"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget"}}`
	group := func(l *lab, name, kind string) string {
		return `{"target":{"@odata.type":"#microsoft.graph.` + kind + `","groupId":"` + l.groupID(name) + `"}}`
	}
	include, exclude := "groupAssignmentTarget", "exclusionGroupAssignmentTarget"
	for name, test := range map[string]struct {
		assign func(*lab) string
		fine   bool
		note   string
	}{
		"nobody":                  {func(*lab) string { return "" }, true, "assigned to nobody"},
		"one group":               {func(l *lab) string { return group(l, others, include) }, true, "see that nobody else is in that group"},
		"one group but another":   {func(l *lab) string { return group(l, others, include) + "," + group(l, colleagues, exclude) }, true, "see that nobody else"},
		"the set's group":         {func(l *lab) string { return group(l, mailUsers, include) }, false, ""},
		"two groups":              {func(l *lab) string { return group(l, others, include) + "," + group(l, colleagues, include) }, false, ""},
		"all users":               {func(*lab) string { return everybody }, false, ""},
		"all devices":             {func(*lab) string { return devices }, false, ""},
		"all users but one group": {func(l *lab) string { return everybody + "," + group(l, others, exclude) }, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := pilotLab(t)
			r := l.done(l.plan())
			l.set.Parts[0].Object["payload"] = base64Of("<string>com.apple.security.pkcs12</string> anew")
			early := l.plan()
			l.send("POST", "/beta/deviceManagement/deviceConfigurations/"+r.IDs["ios-pilot-1"]+"/assign", `{"assignments":[`+test.assign(l)+`]}`)
			p, err := l.tryPlan()
			if test.fine {
				if err != nil || !strings.Contains(strings.Join(action(p, "ios-pilot-1").Notes, "\n"), test.note) {
					t.Errorf("%+v, %v", p, err)
				}
				l.done(early)
				return
			}
			if err == nil || !strings.Contains(err.Error(), "is to hold one user's private key") {
				t.Errorf("planned, with %v", err)
			}
			writes := len(l.writes())
			if _, err := l.apply(early); !errors.Is(err, tenant.ErrChanged) || len(l.writes()) != writes {
				t.Errorf("%v, %v", err, l.writes()[writes:])
			}
		})
	}
}

// Who assigns a pilot's object to all at the moment when it gets another key is in time.
func TestPilotAssignedMeanwhile(t *testing.T) {
	l := pilotLab(t)
	id := l.done(l.plan()).IDs["ios-pilot-1"]
	l.set.Parts[0].Object["payload"] = base64Of("<string>com.apple.security.pkcs12</string> anew")
	p := l.plan()
	l.setHook(func(r graphtest.Request) {
		if strings.HasSuffix(r.Path, id+"/assignments") { // read once, to see that the tenant is as it was
			l.setHook(nil)
			if err := l.graph.Assign(id, others, colleagues); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := l.apply(p); !errors.Is(err, tenant.ErrChanged) || slices.ContainsFunc(l.writes(), func(w string) bool { return strings.HasPrefix(w, "PATCH") }) {
		t.Errorf("%v, %v", err, l.writes())
	}
}

// An object that was for the set's groups gets no key, whatever its part is called.
func TestKeyIntoCustom(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	l.set.Parts = []intune.Part{{Key: "ios-custom", Object: custom("Custom", "<dict/>", nil)}}
	l.done(l.plan())
	l.set.Parts[0].Object["payload"] = base64Of("<string>com.apple.security.pkcs12</string>")
	if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), `is assigned to Mail users, and is to hold one user's private key`) {
		t.Errorf("%v", err)
	}
}

// Roots and certificate profiles that were adopted under another name are known again by
// what refers to them; one that nothing refers to is named in the plan.
func TestAdoptedKnownAgain(t *testing.T) {
	held := map[string]any{"group": colleagues, "deviceDisplayName": "iPhone", "userDisplayName": "Bob Example"}
	l := newLab(t, graphtest.Options{}, byHand("ios-root-1a2b3c4d", intune.Object{"displayName": "Corp root"}),
		byHand("ios-certificate", intune.Object{"displayName": "Corp SCEP", "rootCertificate": "Corp root", "assignments": []any{colleagues}, "certificates": []any{held}}))
	if step := action(l.plan(), "ios-certificate"); step.Action != tenant.Create || !strings.Contains(strings.Join(step.Notes, "\n"), `--adopt "Corp SCEP=ios-certificate"`) {
		t.Errorf("%+v", step)
	}
	p := l.plan("Corp root", "Corp SCEP")
	step := action(p, "ios-certificate")
	if !strings.Contains(strings.Join(step.Notes, "\n"), "give --adopt at each import") {
		t.Errorf("%+v", step)
	}
	first := l.done(p)
	l.set.Groups = append(l.set.Groups, others)
	p = l.plan()
	for _, key := range []string{"ios-root-1a2b3c4d", "ios-certificate"} {
		if step := action(p, key); step.Action != tenant.Adopt || step.ID != first.IDs[key] || len(step.Assign) != 1 {
			t.Errorf("%+v", step)
		}
	}
	l.done(p)
	if next := l.plan(); !next.Empty() || len(next.Dangers()) > 0 {
		t.Errorf("a new plan, without --adopt, is not empty: %+v", next.Steps)
	}
	l.set.Parts[2].Object["keySize"] = "size4096" // the root is known by the profile as it was
	p = l.plan()
	if step := action(p, "ios-root-1a2b3c4d"); step.ID != first.IDs["ios-root-1a2b3c4d"] {
		t.Errorf("%+v", step)
	}
	if step := action(p, "ios-certificate"); step.Action != tenant.Create {
		t.Errorf("%+v", step)
	}
	l.done(p)
	if next := l.plan(); !next.Empty() {
		t.Errorf("a new plan is not empty: %+v", next.Steps)
	}
	l.sound()
}

// To adopt an object where the set has its own is refused, and not left undone in silence.
func TestAdoptBesideOwn(t *testing.T) {
	l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"displayName": "Other mail"}))
	id := l.done(l.plan()).IDs["ios-mail"]
	if _, err := l.tryPlan("Other mail"); err == nil || !strings.Contains(err.Error(), "the set has its own object for the part \"ios-mail\"") || !strings.Contains(err.Error(), id) {
		t.Errorf("%v", err)
	}
	l.plan("Contoso mail iOS mail") // which is its own
}
