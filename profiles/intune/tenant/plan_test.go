package tenant_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/entra/record"
	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
	pki "github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// byHand is an object of the set as somebody made it by hand.
func byHand(key string, more intune.Object) intune.Object {
	part, _ := newSet().Part(key)
	return merged(merged(part.Object, intune.Object{"description": "by hand"}), more)
}

func action(p *tenant.Plan, key string) tenant.Step {
	i := slices.IndexFunc(p.Steps, func(s tenant.Step) bool { return s.Key == key })
	if i < 0 {
		return tenant.Step{}
	}
	return p.Steps[i]
}

// An object of another name is taken over as well, and called as the set calls it.
func TestAdoptAnotherName(t *testing.T) {
	for _, adopt := range []string{"Old iOS mail", "Old iOS mail=ios-mail"} {
		l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"displayName": "Old iOS mail", "assignments": []any{colleagues}}))
		p := l.plan(adopt)
		if step := action(p, "ios-mail"); step.Action != tenant.Adopt || step.Was["displayName"] != "Old iOS mail" {
			t.Errorf("%s: %+v", adopt, step)
		}
		l.done(p)
		l.complete()
		if again := l.plan(); !again.Empty() {
			t.Errorf("%s: a second plan is not empty", adopt)
		}
		l.sound()
	}
	l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"displayName": "Old iOS mail"}))
	for adopt, want := range map[string]string{
		"Old iOS mail=ios-certificate": "is of another kind",
		"Newer mail":                   "no profile or app configuration called",
	} {
		if _, err := l.tryPlan(adopt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", adopt, err)
		}
	}
}

// What is called like a part and is not easkit's is left alone, unless it is to be
// taken over.
func TestAdopt(t *testing.T) {
	l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"hostName": "mail.contoso.com", "assignments": []any{colleagues}}))
	name := "Contoso mail iOS mail"
	if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), `--adopt "Contoso mail iOS mail"`) {
		t.Fatalf("it is taken over unasked: %v", err)
	}
	p := l.plan(name)
	step := action(p, "ios-mail")
	if step.Action != tenant.Adopt || step.Was["hostName"] != "mail.contoso.com" || step.Was["description"] != "by hand" || step.Danger == "" {
		t.Errorf("%+v", step)
	}
	l.done(p)
	l.complete()
	if got := l.assigned(name); !slices.Equal(got, []string{mailUsers, colleagues}) {
		t.Errorf("it is for %q", got)
	}
	saved, err := tenant.ReadSaved(bytes.NewReader(l.backups[0]))
	if err != nil || len(saved.Objects) != 1 || saved.Objects[0].Object["hostName"] != "mail.contoso.com" {
		t.Errorf("saved: %+v, %v", saved, err)
	}
	if again := l.plan(); !again.Empty() {
		t.Error("a new plan, without --adopt, is not empty")
	}
	l.sound()
}

// A certificate profile that somebody else made is used as it is where it has the same
// settings; one with others gets a new one beside it.
func TestAdoptCertificate(t *testing.T) {
	root := byHand("ios-root-1a2b3c4d", nil)
	name := "Contoso mail iOS certificate"
	for size, want := range map[string]tenant.Action{"size2048": tenant.Adopt, "size1024": tenant.Create} {
		t.Run(size, func(t *testing.T) {
			held := map[string]any{"group": colleagues, "deviceDisplayName": "iPhone", "userDisplayName": "Bob Example"}
			l := newLab(t, graphtest.Options{}, root, byHand("ios-certificate", intune.Object{"keySize": size, "rootCertificate": "Contoso mail iOS root", "assignments": []any{colleagues}, "certificates": []any{held}}))
			before := l.objects()[name]
			p := l.plan(name, "Contoso mail iOS root")
			step := action(p, "ios-certificate")
			if step.Action != want || len(step.Was) > 0 {
				t.Fatalf("%+v", step)
			}
			l.done(p)
			if after := l.objects()[name]; fmt.Sprint(without(before, "assignments")) != fmt.Sprint(without(after, "assignments")) {
				t.Errorf("it was touched:\n%v\n%v", before, after)
			}
			if want == tenant.Create { // the set has its own now
				if _, err := l.tryPlan(name); err == nil || !strings.Contains(err.Error(), "the set has its own object for the part") {
					t.Errorf("it is to be adopted again: %v", err)
				}
			}
			if again := l.plan("Contoso mail iOS root"); !again.Empty() {
				t.Error("a new plan is not empty")
			}
			l.sound()
		})
	}
}

// What can't be planned is told at once, each in a line that says what to do.
func TestRefusals(t *testing.T) {
	outlook := graphtest.Object{"@odata.type": "#microsoft.graph.androidManagedStoreApp", "displayName": "Outlook, too", "packageId": "com.microsoft.office.outlook"}
	tests := []struct {
		name   string
		tenant func(*graphtest.Tenant)
		set    func(*intune.Set)
		adopt  string
		want   []string
	}{
		{"groups that are not there", nil, func(s *intune.Set) {
			s.Groups = []string{"Nobody's", "11111111-2222-3333-4444-555555555555", "Others'"}
		}, "",
			[]string{`no group of the tenant is called "Nobody's"`, `called "11111111-`, `called "Others'"`}},
		{"a group twice", func(t *graphtest.Tenant) {
			t.Groups = append(t.Groups, graphtest.Group{ID: "11111111-2222-3333-4444-555555555555", DisplayName: mailUsers})
		}, nil, "", []string{`2 groups of the tenant are called "Mail users"`, "11111111-2222"}},
		{"an app that is not there", func(t *graphtest.Tenant) { t.MobileApps = t.MobileApps[1:] }, nil, "", []string{"approve it in managed Google Play"}},
		{"no app for iOS", func(t *graphtest.Tenant) { t.MobileApps = t.MobileApps[:1] }, nil, "", []string{"add it in Intune's admin center"}},
		{"an app for Android twice", func(t *graphtest.Tenant) { t.MobileApps = append(t.MobileApps, outlook) }, nil, "", []string{"the tenant has the app Outlook 2 times"}},
		{"a distribution list", func(t *graphtest.Tenant) {
			t.Groups = append(t.Groups, graphtest.Group{DisplayName: "Newsletter", MailEnabled: true}, graphtest.Group{DisplayName: "Team", MailEnabled: true, GroupTypes: []string{"Unified"}})
		}, func(s *intune.Set) { s.Groups = []string{"Newsletter", "Team"} }, "", []string{`the group "Newsletter" is a distribution list`}},
		{"an excluded group", func(t *graphtest.Tenant) {
			mark := intune.Mark{Set: "com.contoso.mail", Key: "ios-root-1a2b3c4d"}
			t.Groups[1].ID = "11111111-2222-3333-4444-555555555555"
			t.IntuneObjects = append(t.IntuneObjects, graphtest.Object(byHand("ios-root-1a2b3c4d", intune.Object{"description": mark.String(), "assignments": []any{
				map[string]any{"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": "11111111-2222-3333-4444-555555555555"}}})))
		}, nil, "", []string{`the group "Mail users" is excluded from it`}},
		{"a part of another set", func(t *graphtest.Tenant) {
			mark := intune.Mark{Set: "com.fabrikam.mail", Key: "ios-mail"}
			t.IntuneObjects = append(t.IntuneObjects, graphtest.Object(byHand("ios-mail", intune.Object{"description": mark.String()})))
		}, nil, "Contoso mail iOS mail", []string{`is the part "ios-mail" of the set "com.fabrikam.mail"`}},
		{"two to adopt", func(t *graphtest.Tenant) {
			t.IntuneObjects = append(t.IntuneObjects, graphtest.Object(byHand("ios-mail", nil)), graphtest.Object(byHand("ios-mail", nil)))
		}, nil, "Contoso mail iOS mail", []string{"has 2 objects of the kind iOS mail profile"}},
		{"nothing to adopt", nil, nil, "Contoso post", []string{`no profile or app configuration called "Contoso post"`}},
		{"too many keys", nil, func(s *intune.Set) {
			for n := range intune.MaxSecrets + 1 {
				s.Parts = append(s.Parts, intune.Part{Key: fmt.Sprint("ios-pilot-", n), Secret: true, Object: object("iosCustomConfiguration", fmt.Sprint("Pilot ", n), intune.Object{"payload": "QQ==", "payloadName": "Mail"})})
			}
		}, "", []string{"26 parts hold a private key, and 25 at most"}},
		{"a retired type", nil, func(s *intune.Set) {
			s.Parts = append(s.Parts, intune.Part{Key: "windows", Object: object("windows10EasEmailProfileConfiguration", "Windows", nil)})
		}, "", []string{"which is not imported"}},
		{"a reference to what comes later", nil, func(s *intune.Set) { slices.Reverse(s.Parts) }, "", []string{"which is no part before it"}},
		{"a key twice", nil, func(s *intune.Set) { s.Parts = append(s.Parts, s.Parts[0]) }, "", []string{"two parts"}},
		{"another's mark", nil, func(s *intune.Set) {
			s.Parts[0].Object["description"] = intune.Mark{Set: "com.fabrikam.mail", Key: "ios-mail"}.String()
		}, "", []string{"of another in its description"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := newLabOf(t, graphtest.Options{}, test.tenant)
			if test.set != nil {
				test.set(l.set)
			}
			var adopt []string
			if test.adopt != "" {
				adopt = append(adopt, test.adopt)
			}
			_, err := l.tryPlan(adopt...)
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("it lacks %q: %v", want, err)
				}
			}
			l.sound()
		})
	}
}

// An app for iOS may be there from the App Store and by VPP: the configuration is for both.
func TestAppFromTwoStores(t *testing.T) {
	l := newLabOf(t, graphtest.Options{}, func(t *graphtest.Tenant) {
		t.MobileApps = append(t.MobileApps, graphtest.Object{"@odata.type": "#microsoft.graph.iosVppApp", "displayName": "Outlook by VPP", "bundleId": "com.microsoft.Office.Outlook"})
	})
	l.done(l.plan())
	if apps, _ := l.objects()["Contoso mail Outlook for iOS"]["targetedMobileApps"].([]any); len(apps) != 2 {
		t.Errorf("it is for %v", apps)
	}
	if next := l.plan(); !next.Empty() {
		t.Errorf("a new plan is not empty: %+v", next.Steps)
	}
	l.sound()
}

// The same CA, whatever its file was called, is the same root.
func TestAdoptRoot(t *testing.T) {
	l := newLab(t, graphtest.Options{}, byHand("ios-root-1a2b3c4d", intune.Object{"certFileName": "ContosoRoot.cer"}))
	if step := action(l.plan("Contoso mail iOS root"), "ios-root-1a2b3c4d"); step.Action != tenant.Adopt || step.ID == "" {
		t.Errorf("%+v", step)
	}
}

// A group that an object reaches already, as everybody or itself, is not added again.
func TestCovered(t *testing.T) {
	all := map[string]any{"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}
	filtered := map[string]any{"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget", "deviceAndAppManagementAssignmentFilterType": "include", "deviceAndAppManagementAssignmentFilterId": "11111111-2222-3333-4444-555555555555"}
	for name, test := range map[string]struct {
		assignment any
		adds       bool
	}{
		"all users": {all, false}, "itself": {mailUsers, false}, "some of all users": {filtered, true}, "another": {others, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{}, byHand("ios-mail", intune.Object{"assignments": []any{test.assignment}}))
			if step := action(l.plan("Contoso mail iOS mail"), "ios-mail"); (len(step.Assign) > 0) != test.adds {
				t.Errorf("it adds %v", step.Assign)
			}
		})
	}
}

// A plan is read as it was written; an edited one, and one that no plan is, are not.
func TestPlanFile(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	p := l.plan()
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	read, err := tenant.ReadPlan(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	l.done(read)
	l.complete()
	if _, err := tenant.ReadPlan(strings.NewReader(strings.ReplaceAll(file.String(), "outlook.office365.com", "eas.evil.example"))); !errors.Is(err, record.ErrEdited) {
		t.Errorf("an edited plan is read: %v", err)
	}
	for _, text := range []string{"", "{}", "[]", `{"schema":"easkit/intune-plan/v1"}`, `{"schema":"easkit/trust-plan/v1"}`} {
		if _, err := tenant.ReadPlan(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as a plan", text)
		}
		if _, err := tenant.ReadSaved(strings.NewReader(text)); err == nil {
			t.Errorf("%q is read as a back-up", text)
		}
	}
}

// A step that edits a certificate is none of easkit's, though the hash be right.
func TestForgedPlan(t *testing.T) {
	l := changed(t, graphtest.Options{})
	for name, forge := range map[string]func(*tenant.Step){
		"edits a certificate": func(s *tenant.Step) { s.Was = intune.Object{"certificateTemplateName": "Users"} },
		"adopts for a key":    func(s *tenant.Step) { s.Secret, s.Action, s.Assign = true, tenant.Adopt, nil },
		"of no type":          func(s *tenant.Step) { s.Object = intune.Object{} },
		"of no action":        func(s *tenant.Step) { s.Action = "delete" },
		"without an object":   func(s *tenant.Step) { s.ID = "" },
		"refers to nothing":   func(s *tenant.Step) { s.Relations[0].To = "nothing" },
	} {
		p := l.plan()
		forge(&p.Steps[3])
		p.Hash = ""
		p.Hash = record.Hash(p)
		var file bytes.Buffer
		if err := p.Write(&file); err != nil {
			t.Fatal(err)
		}
		if _, err := tenant.ReadPlan(&file); err == nil || !strings.Contains(err.Error(), "not made by easkit intune plan") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Phones are not to trust a CA whose key lies in somebody's trial.
func TestLabAuthority(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	trial, err := pki.New(l.clock(), "http://crl.contoso.com")
	if err != nil {
		t.Fatal(err)
	}
	l.set.Parts[0].Object["trustedRootCertificate"] = base64Of(string(trial.Root.Certificate.Raw))
	if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), "is a CA of easkit's lab") {
		t.Errorf("planned, with %v", err)
	}
	st, err := tenant.ReadState(t.Context(), l.client, l.set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.NewPlan(l.set, st, tenant.PlanOptions{AllowLab: true}, l.clock()); err != nil {
		t.Errorf("in a lab: %v", err)
	}
}

// A key is shown nowhere but in the plan's file.
func TestSecretsNotShown(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	secret := base64Of("a private key")
	l.set.Parts = append(l.set.Parts, intune.Part{Key: "ios-pilot-1", Secret: true, Object: object("iosCustomConfiguration", "Pilot", intune.Object{"payload": secret, "payloadName": "Mail", "payloadFileName": "a.mobileconfig"})})
	show := func(p *tenant.Plan) string {
		var b bytes.Buffer
		if err := p.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		requests, err := p.Requests()
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&b).Encode(requests); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	p := l.plan()
	if text := show(p); strings.Contains(text, secret) || !strings.Contains(text, "not shown") || !p.Secret() {
		t.Errorf("secret: %t\n%s", p.Secret(), text)
	}
	l.done(p)
	if groups := l.assigned("Pilot"); len(groups) > 0 {
		t.Errorf("one user's key is assigned to %q", groups)
	}
	l.set.Parts[8].Object["payload"] = base64Of("another key")
	p = l.plan()
	if text := show(p); strings.Contains(text, secret) || strings.Contains(text, base64Of("another key")) || !strings.Contains(text, "payload: <13 bytes, not shown> -> <11 bytes, not shown>") {
		t.Errorf("%s", text)
	}
	l.done(p)
	l.set.Parts = l.set.Parts[:8]
	if p = l.plan(); p.Secret() || !p.Empty() || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], `no part "ios-pilot-1" any more`) {
		t.Errorf("%v", p.Notes)
	}
}

// The requests that a plan shows are those that it sends.
func TestRequests(t *testing.T) {
	for name, begin := range map[string]func(*testing.T, graphtest.Options) *lab{
		"first import": func(t *testing.T, o graphtest.Options) *lab { return newLab(t, o) }, "change": changed,
	} {
		t.Run(name, func(t *testing.T) {
			l := begin(t, graphtest.Options{})
			p := l.plan()
			requests, err := p.Requests()
			if err != nil {
				t.Fatal(err)
			}
			before := len(l.writes())
			r := l.done(p)
			var want []string
			for _, request := range requests {
				if request.When == "the request before has not set it" {
					continue
				}
				path := request.Path
				for key, id := range r.IDs {
					path = strings.ReplaceAll(path, "{"+key+"}", id)
				}
				want = append(want, request.Method+" "+path)
			}
			if got := l.writes()[before:]; !slices.Equal(got, want) {
				t.Errorf("sent:\n%s\nshown:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// What users notice is a danger; what they don't is none.
func TestDangers(t *testing.T) {
	for name, test := range map[string]struct {
		change intune.Object
		danger bool
	}{
		"sign-in by OAuth": {intune.Object{"useOAuth": false}, true}, // as the tenant has it
		"host":             {intune.Object{"hostName": "mail.contoso.com"}, true},
		"window":           {intune.Object{"durationOfEmailToSync": "oneWeek"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			r := l.done(l.plan())
			change := graphtest.Object(merged(test.change, intune.Object{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration"}))
			if err := l.graph.ChangeIntune(r.IDs["ios-mail"], change); err != nil {
				t.Fatal(err)
			}
			p := l.plan()
			if step := action(p, "ios-mail"); step.Action != tenant.Update || (step.Danger != "") != test.danger || len(p.Dangers()) != map[bool]int{true: 1}[test.danger] {
				t.Errorf("%+v", step)
			}
		})
	}
}

// An old certificate profile that others have, too, is a danger: the mail profile refers
// to the new one for them as well.
func TestStranded(t *testing.T) {
	l := changed(t, graphtest.Options{})
	id := action(l.plan(), "ios-certificate")
	if id.Danger != "" {
		t.Errorf("%q", id.Danger)
	}
	if err := l.graph.Assign(l.objects()["Contoso mail iOS certificate"].Text("id"), mailUsers, colleagues); err != nil {
		t.Fatal(err)
	}
	if step := action(l.plan(), "ios-certificate"); !strings.Contains(step.Danger, l.groupID(colleagues)) || strings.Contains(step.Danger, l.groupID(mailUsers)) {
		t.Errorf("%q", step.Danger)
	}
}

// The earliest of several with our mark counts, whatever the order of the list.
func TestTwins(t *testing.T) {
	set := &intune.Set{ID: "com.contoso.mail", Parts: []intune.Part{{Key: "ios-mail", Object: object("iosEasEmailProfileConfiguration", "Mail", nil)}}}
	kind, _ := intune.KindOf("iosEasEmailProfileConfiguration")
	twin := func(id, made string) tenant.Existing {
		return tenant.Existing{ID: id, Kind: kind, Object: object("iosEasEmailProfileConfiguration", "Mail", intune.Object{
			"id": id, "createdDateTime": made, "description": "Made for tests. [easkit com.contoso.mail/ios-mail]"})}
	}
	st := &tenant.State{Tenant: graph.Organization{ID: "1", DisplayName: "Contoso"}, Objects: []tenant.Existing{
		twin("a", "2026-11-22T09:00:00.2Z"), twin("c", "2026-11-22T09:00:00Z"), twin("b", "2026-11-22T09:00:00Z")}}
	p, err := tenant.NewPlan(set, st, tenant.PlanOptions{}, start)
	if err != nil {
		t.Fatal(err)
	}
	if step := p.Steps[0]; step.ID != "b" || step.Action != tenant.Keep || len(step.Notes) != 2 || !strings.Contains(step.Notes[0], "(c)") || !p.Empty() {
		t.Errorf("%+v", step)
	}
}

// copied is an object of the set as the portal or a back-up makes it a second time.
func (l *lab) copied(name string, more intune.Object) {
	l.t.Helper()
	l.sleep(l.t.Context(), time.Hour)
	o := without(l.objects()[name], "id", "createdDateTime", "lastModifiedDateTime", "version", "assignments", "certificates")
	if _, err := l.graph.AddIntune(graphtest.Object(merged(o, more))); err != nil {
		l.t.Fatal(err)
	}
}

// A twin is to be deleted only where nobody would notice.
func TestTwinInUse(t *testing.T) {
	const mail, certificate = "Contoso mail iOS mail", "Contoso mail iOS certificate"
	held := map[string]any{"group": others, "deviceDisplayName": "iPhone", "userDisplayName": "Bob Example"}
	inUse := intune.Object{"assignments": []any{others}}
	for name, test := range map[string]struct {
		of   string
		more intune.Object
		want string
	}{
		"nobody's certificate profile":            {certificate, nil, "is for nobody and has no certificates: delete it by hand"},
		"one with certificates":                   {certificate, merged(inUse, intune.Object{"certificates": []any{held, held, held}}), "keeps its assignments and its certificates (3); when the phones have moved on, unassign it"},
		"nobody's mail profile":                   {mail, nil, "is for nobody: delete it by hand"},
		"a mail profile of others":                {mail, inUse, "keeps its assignments: whom to take out is left to you"},
		"a certificate profile of another's name": {certificate, merged(inUse, intune.Object{"displayName": "Bob's copy"}), "keeps its assignments and its certificates (0)"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			l.done(l.plan())
			l.copied(test.of, test.more)
			p := l.plan()
			var notes []string
			for _, s := range p.Steps {
				notes = append(notes, s.Notes...)
			}
			if len(notes) != 1 || !strings.Contains(notes[0], "twin") || !strings.Contains(notes[0], test.want) || !p.Empty() {
				t.Errorf("%q", notes)
			}
		})
	}
}

// What has the mark and another name may be a colleague's copy: it is written to only
// where the call names it.
func TestRenamed(t *testing.T) {
	for _, test := range []struct{ key, kind, name, now string }{
		{"ios-mail", "iosEasEmailProfileConfiguration", "Contoso mail iOS mail", "Berlin mail (Bob)"},
		{"ios-certificate", "iosScepCertificateProfile", "Contoso mail iOS certificate", "Bob's certificate"},
	} {
		t.Run(test.key, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			r := l.done(l.plan())
			if err := l.graph.ChangeIntune(r.IDs[test.key], graphtest.Object{"@odata.type": "#microsoft.graph." + test.kind, "displayName": test.now}); err != nil {
				t.Fatal(err)
			}
			l.set.Groups = append(l.set.Groups, others)
			if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("--adopt %q", test.now+"="+test.key)) {
				t.Fatalf("it is taken unasked: %v", err)
			}
			p := l.plan(test.now + "=" + test.key)
			if step := action(p, test.key); step.Action != tenant.Adopt || step.ID != r.IDs[test.key] {
				t.Errorf("%+v", step)
			}
			l.done(p)
			if next := l.plan(); !next.Empty() { // a certificate profile keeps its name, and nothing is to be written to it
				t.Errorf("a new plan, without --adopt, is not empty: %+v", next.Steps)
			}
			l.sound()
		})
	}
}

// A number behind the name is ours, where it was taken; any other text is not.
func TestNamed(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	r := l.done(l.plan())
	for name, ours := range map[string]bool{"Contoso mail iOS mail": true, "Contoso mail iOS mail 2": true, "Contoso mail iOS mail 1": false, "Contoso mail iOS mail - Copy": false} {
		if err := l.graph.ChangeIntune(r.IDs["ios-mail"], graphtest.Object{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "displayName": name}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.tryPlan(); (err == nil) != ours {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// pilots are parts for so many users.
func pilots(round string, n int) []intune.Part {
	var parts []intune.Part
	for i := range n {
		key := fmt.Sprintf("ios-pilot-%s%d", round, i)
		parts = append(parts, intune.Part{Key: key, Secret: true, Object: object("iosCustomConfiguration", key, intune.Object{"payload": "QQ==", "payloadName": "Mail", "payloadFileName": "a.mobileconfig"})})
	}
	return parts
}

// The limit of pilots is the tenant's, not a folder's.
func TestPilotsOfSeveralSets(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	first := &intune.Set{ID: "com.fabrikam.mail", Name: "Fabrikam mail", Parts: pilots("a", 20)}
	ours := l.set
	l.set = first
	l.done(l.plan())
	l.done(l.plan()) // the same again is no more
	l.set = &intune.Set{ID: ours.ID, Name: ours.Name, Parts: pilots("b", intune.MaxSecrets-20)}
	l.plan()
	l.set.Parts = append(l.set.Parts, pilots("c", 1)...)
	if _, err := l.tryPlan(); err == nil || !strings.Contains(err.Error(), "6 parts hold a private key, the tenant has 20 more of earlier imports") {
		t.Errorf("%v", err)
	}
	l.set = ours
	l.plan() // one without keys is let in
}

// That a part holds a key is seen of itself, whatever is said of it.
func TestSecretUnsaid(t *testing.T) {
	payload := base64Of("<string>com.apple.security.pkcs12</string>")
	for name, key := range map[string]string{"by its content": "ios-custom", "by its key": "ios-pilot-1"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			o := object("iosCustomConfiguration", "Key", intune.Object{"payloadName": "Mail", "payloadFileName": "a.mobileconfig", "payload": base64Of("<dict/>")})
			if key == "ios-custom" {
				o["payload"] = payload
			}
			l.set.Parts = []intune.Part{{Key: key, Object: o}}
			p := l.plan()
			if !p.Secret() || !p.Steps[0].Secret || len(p.Steps[0].Assign) > 0 {
				t.Errorf("%+v", p.Steps[0])
			}
			l.done(p)
			if groups := l.assigned("Key"); len(groups) > 0 {
				t.Errorf("one user's key is assigned to %q", groups)
			}
			p.Steps[0].Secret, p.Hash = false, ""
			p.Hash = record.Hash(p)
			var file bytes.Buffer
			if err := p.Write(&file); err != nil {
				t.Fatal(err)
			}
			if _, err := tenant.ReadPlan(&file); err == nil || !strings.Contains(err.Error(), "not made by easkit intune plan") {
				t.Errorf("a plan that hides it is read: %v", err)
			}
		})
	}
}

// A certificate profile of an import that was cut off goes on; one without its root that
// phones have already is not touched, and not made again at each import.
func TestUnfinishedCertificate(t *testing.T) {
	for name, assignments := range map[string][]any{"for nobody yet": nil, "in use": {mailUsers}} {
		t.Run(name, func(t *testing.T) {
			root := byHand("ios-root-1a2b3c4d", intune.Object{"description": "[easkit com.contoso.mail/ios-root-1a2b3c4d]"})
			half := byHand("ios-certificate", intune.Object{"description": "[easkit com.contoso.mail/ios-certificate]"})
			if assignments != nil {
				half["assignments"] = assignments
				half["certificates"] = []any{map[string]any{"group": mailUsers, "deviceDisplayName": "iPhone", "userDisplayName": "Alice Example"}}
			}
			l := newLab(t, graphtest.Options{}, root, half)
			p, err := l.tryPlan()
			if assignments != nil {
				if err == nil || !strings.Contains(err.Error(), "is assigned, and the tenant shows nothing as its rootCertificate") {
					t.Errorf("%v", err)
				}
				return
			}
			if step := action(p, "ios-certificate"); err != nil || step.Action != tenant.Update {
				t.Fatalf("%+v, %v", step, err)
			}
			l.done(p)
			if next := l.plan(); !next.Empty() {
				t.Errorf("a new plan is not empty: %+v", next.Steps)
			}
			l.sound()
		})
	}
}

// From PKCS to SCEP there is no way but another object; the old one stays.
func TestOtherKindOfCertificate(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	scep := l.set.Parts[2]
	l.set.Parts[2] = intune.Part{Key: scep.Key, Object: object("iosPkcsCertificateProfile", scep.Object.Name(), certificate(intune.Object{
		"subjectAlternativeNameType": "none", "certificationAuthority": "ca01.contoso.com", "certificationAuthorityName": "Contoso CA", "certificateTemplateName": "Users"}))}
	first := l.done(l.plan())
	l.set.Parts[2] = scep
	scep.Object["displayName"] = "Contoso mail iOS certificate by SCEP"
	p := l.plan()
	if step := action(p, "ios-certificate"); step.Action != tenant.Create || len(step.Notes) != 1 || !strings.Contains(step.Notes[0], first.IDs["ios-certificate"]) {
		t.Errorf("%+v", step)
	}
	l.done(p)
	l.complete()
	if next := l.plan(); !next.Empty() || !slices.Equal(l.assigned("Contoso mail iOS certificate"), []string{mailUsers}) {
		t.Error("a new plan is not empty, or the old profile was unassigned")
	}
	l.sound()
}
