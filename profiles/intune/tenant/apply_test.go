package tenant_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// Everything is made before anything reaches a phone, and then first what others need.
func TestApply(t *testing.T) {
	l := newLab(t, graphtest.Options{PageSize: 2})
	p := l.plan()
	r := l.done(p)
	if r.Done != 8 || r.Before != 0 || r.Backup != "" || len(l.backups) != 0 {
		t.Errorf("%+v", r)
	}
	l.complete()
	var steps []string
	for _, w := range l.writes() {
		for key, id := range r.IDs {
			w = strings.Replace(w, id, key, 1)
		}
		steps = append(steps, w[strings.LastIndex(w, "Management/")+len("Management/"):])
	}
	device, app := "deviceConfigurations", "mobileAppConfigurations"
	want := []string{
		device, device, device, device, device, device, app, app,
		device + "/ios-root-1a2b3c4d/assign", device + "/work-profile-root-1a2b3c4d/assign",
		device + "/ios-certificate/assign", device + "/work-profile-certificate/assign",
		device + "/ios-mail/assign", device + "/work-profile-gmail/assign",
		app + "/fully-managed-outlook/assign", app + "/ios-outlook/assign",
	}
	if !slices.Equal(steps, want) {
		t.Errorf("requests:\n%s", strings.Join(steps, "\n"))
	}
	l.sound()
}

// A second run, with the same plan or a new one, sends nothing that writes.
func TestApplyTwice(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	p := l.plan()
	first := l.done(p)
	writes := len(l.writes())
	second := l.done(p)
	again := l.plan()
	l.done(again)
	if second.Done != 0 || second.Before != 8 || !maps.Equal(first.IDs, second.IDs) || !again.Empty() || len(l.writes()) != writes {
		t.Errorf("%+v, empty: %t, %v", second, again.Empty(), l.writes()[writes:])
	}
	if p.Empty() || len(l.backups) != 0 {
		t.Error("the first plan is empty, or something was backed up")
	}
}

// changed is a lab in which the set was imported, phones have certificates, colleagues
// use what was imported, too, and the set has changed since.
func changed(t *testing.T, o graphtest.Options) *lab {
	t.Helper()
	l := newLab(t, o)
	r := l.done(l.plan())
	held := map[string]any{"group": mailUsers, "deviceDisplayName": "iPhone", "userDisplayName": "Alice Example"}
	old := l.objects()["Contoso mail iOS certificate"]
	// The server gives certificates to objects as they are added: the imported one gives
	// way to its like.
	if err := l.graph.RemoveIntune(r.IDs["ios-certificate"]); err != nil {
		t.Fatal(err)
	}
	if _, err := l.graph.AddIntune(graphtest.Object(merged(old, intune.Object{"certificates": []any{held, held}}))); err != nil {
		t.Fatal(err)
	}
	l.done(l.plan()) // the mail profile refers to it again
	if err := l.graph.Assign(r.IDs["ios-mail"], mailUsers, colleagues); err != nil {
		t.Fatal(err)
	}
	l.set.Parts[2].Object["keySize"] = "size4096"
	l.set.Parts[4].Object["hostName"] = "mail.contoso.com"
	l.set.Parts[6].Object["connectedAppsEnabled"] = true
	return l
}

func merged(o, more intune.Object) intune.Object {
	all := maps.Clone(o)
	maps.Copy(all, more)
	return all
}

func without(o intune.Object, keys ...string) intune.Object {
	less := maps.Clone(o)
	for _, key := range keys {
		delete(less, key)
	}
	return less
}

// Certificate profiles are not edited: a changed one is made anew, and the old one keeps
// its assignments and certificates.
func TestChangedCertificate(t *testing.T) {
	l := changed(t, graphtest.Options{})
	p := l.plan()
	var text bytes.Buffer
	if err := p.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`+ create  iOS SCEP certificate "Contoso mail iOS certificate 2"`, "keeps its assignments and its certificates (2)",
		`hostName: "outlook.office365.com" -> "mail.contoso.com"`, `identityCertificate: "Contoso mail iOS certificate 2"`, "asks every user again",
		"1 to create, 2 to update, 0 to adopt, 5 kept; 1 get groups",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, &text)
		}
	}
	r := l.done(p)
	all := l.objects()
	if all["Contoso mail iOS mail"]["identityCertificate"] != all["Contoso mail iOS certificate 2"]["id"] || all["Contoso mail iOS mail"]["hostName"] != "mail.contoso.com" {
		t.Error("the mail profile is as it was")
	}
	if all["Contoso mail iOS certificate"]["keySize"] != "size2048" || !slices.Equal(l.assigned("Contoso mail iOS certificate"), []string{mailUsers}) {
		t.Error("the old certificate profile was touched")
	}
	if !slices.Equal(l.assigned("Contoso mail iOS mail"), []string{mailUsers, colleagues}) {
		t.Errorf("the mail profile is for %q", l.assigned("Contoso mail iOS mail"))
	}
	l.sound()
	saved, err := tenant.ReadSaved(bytes.NewReader(l.backups[len(l.backups)-1]))
	if err != nil || r.Backup == "" || len(saved.Objects) != 2 {
		t.Fatalf("%v, %+v", err, saved)
	}
	mail := saved.Objects[0]
	if mail.Object["hostName"] != "outlook.office365.com" || mail.Relations["identityCertificate"].Name != "Contoso mail iOS certificate" || len(mail.Assignments) != 2 {
		t.Errorf("saved: %+v", mail)
	}
	if again := l.plan(); !again.Empty() {
		t.Errorf("a new plan is not empty: %+v", again.Steps)
	}
}

// slowTests names the variable that asks for a fault at every request; without it each
// of so many is enough.
const (
	slowTests   = "EASKIT_SLOW"
	faultsEvery = 5
)

// At each request that writes, whatever happens to it: what passes is got over, and the
// same plan, applied again, ends as planned, with nothing there twice and nothing lost.
func TestApplyFaults(t *testing.T) {
	kinds := map[string]graphtest.Fault{
		"cut before":       {Cut: graphtest.CutBefore},
		"cut after":        {Cut: graphtest.CutAfter},
		"failed":           {Status: 500},
		"away for long":    {Status: 503, Times: 1000},
		"away for a while": {Status: 503, Times: 3, RetryAfter: 20},
		"throttled":        {Status: 429, Times: 2, RetryAfter: 10},
		"refused":          {Status: 400},
		"token expires":    {Status: 401, ExpireTokens: true},
	}
	stories := []struct {
		name  string
		begin func(*testing.T, graphtest.Options) *lab
		sends map[string]int
	}{
		{"first import", func(t *testing.T, o graphtest.Options) *lab { return newLab(t, o) }, map[string]int{http.MethodPost: 16}},
		{"change", changed, map[string]int{http.MethodPost: 2, http.MethodPatch: 2, http.MethodPut: 1}},
	}
	for _, story := range stories {
		for name, fault := range kinds {
			for method, sends := range story.sends {
				for skip := range sends {
					if os.Getenv(slowTests) == "" && skip%faultsEvery != 0 && skip != sends-1 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%s/%s %d", story.name, name, method, skip+1), func(t *testing.T) {
						l := story.begin(t, graphtest.Options{})
						p := l.plan()
						fault.Method, fault.Skip = method, skip
						l.faults(fault)
						first, err := l.apply(p)
						if err != nil && len(first.IDs) > 0 && !strings.Contains(err.Error(), "apply the same plan again") && !strings.Contains(err.Error(), "nothing was changed") {
							t.Errorf("the message does not say how to go on: %v", err)
						}
						if gotOver := fault.Cut != "" || fault.Status >= 429 && fault.Times < 1000; gotOver != (err == nil && first.Seen) {
							t.Errorf("got over: %t, %+v, %v", gotOver, first, err)
						}
						l.faults()
						l.signIn()
						again := l.done(p)
						if len(first.LeftOver)+len(again.LeftOver) > 0 {
							t.Errorf("left over: %v, %v", first.LeftOver, again.LeftOver)
						}
						if story.name == "first import" {
							l.complete()
						}
						if next := l.plan(); !next.Empty() {
							t.Errorf("a new plan is not empty: %+v", next.Steps)
						}
						l.objects()
						l.sound()
					})
				}
			}
		}
	}
}

// Graph may show what was done only later.
func TestApplyBehind(t *testing.T) {
	l := newLab(t, graphtest.Options{Behind: 5 * time.Second})
	l.done(l.plan())
	l.complete()
	l.sound()
}

// Two imports of the same set at the same time end with one object of each part, which
// both use.
func TestTwoImports(t *testing.T) {
	first := func(t *testing.T, o graphtest.Options) *lab { return newLab(t, o) }
	for n, begin := range []func(*testing.T, graphtest.Options) *lab{first, first, first, changed, changed} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			l := begin(t, graphtest.Options{})
			p := l.plan()
			before, err := l.graph.IntuneObjects()
			if err != nil {
				t.Fatal(err)
			}
			var results [2]tenant.Result
			var errs [2]error
			var both sync.WaitGroup
			for i := range results {
				both.Go(func() { results[i], errs[i] = l.apply(p) })
			}
			both.Wait()
			if err := errors.Join(errs[:]...); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(results[0].IDs, results[1].IDs) {
				t.Errorf("they use different objects:\n%v\n%v", results[0].IDs, results[1].IDs)
			}
			created := len(slices.DeleteFunc(slices.Clone(p.Steps), func(s tenant.Step) bool { return s.Action != tenant.Create }))
			all, err := l.graph.IntuneObjects()
			left := len(results[0].LeftOver) + len(results[1].LeftOver)
			if err != nil || len(all) != len(before)+created+left {
				t.Errorf("%d objects, of which %d are left over, %v", len(all), left, err)
			}
			next := l.plan()
			var text bytes.Buffer
			if err := next.WriteText(&text); err != nil || !next.Empty() || strings.Count(text.String(), "twin") != left {
				t.Errorf("a new plan, with %d twins: %v\n%s", left, err, &text)
			}
			l.sound()
		})
	}
}

// What colleagues do to the groups of an object meanwhile is kept, and ours with it.
func TestColleague(t *testing.T) {
	const name = "Contoso mail iOS mail"
	for _, when := range []struct{ title, method, suffix string }{
		{"before the assignments are read", http.MethodPost, "work-profile-certificate/assign"},
		{"right after they are posted", http.MethodPost, "ios-mail/assign"},
	} {
		t.Run(when.title, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			l.done(l.plan())
			all := l.objects()
			ids := map[string]string{"ios-mail": all[name].Text("id"), "work-profile-certificate": all["Contoso mail work profile certificate"].Text("id")}
			for _, id := range ids {
				if err := l.graph.Assign(id, others); err != nil {
					t.Fatal(err)
				}
			}
			p := l.plan()
			var once sync.Once
			l.setHook(func(r graphtest.Request) {
				key, action, _ := strings.Cut(when.suffix, "/")
				if r.Method == when.method && strings.HasSuffix(r.Path, ids[key]+"/"+action) {
					once.Do(func() {
						if err := l.graph.Assign(ids["ios-mail"], others, colleagues); err != nil {
							t.Error(err)
						}
					})
				}
			})
			l.done(p)
			if got := l.assigned(name); !slices.Equal(got, []string{mailUsers, colleagues, others}) {
				t.Errorf("it is for %q", got)
			}
			l.sound()
		})
	}
}

// A colleague who takes a group away at the moment when ours is added is told of.
func TestVanished(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	r := l.done(l.plan())
	id := r.IDs["ios-mail"]
	if err := l.graph.Assign(id, others); err != nil {
		t.Fatal(err)
	}
	p := l.plan()
	l.setHook(func(r graphtest.Request) {
		if strings.HasSuffix(r.Path, id+"/assign") {
			if err := l.graph.Assign(id, mailUsers); err != nil {
				t.Error(err)
			}
		}
	})
	if r := l.done(p); len(r.Vanished) != 1 || !strings.Contains(r.Vanished[0], "is not any more") {
		t.Errorf("%+v", r)
	}
}

// Exclusions, filters and targets of others are posted as they are.
func TestAssignmentsKept(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	r := l.done(l.plan())
	other := l.groupID(others)
	post := fmt.Sprintf(`{"assignments":[
		{"target":{"@odata.type":"#microsoft.graph.exclusionGroupAssignmentTarget","groupId":%q}},
		{"target":{"@odata.type":"#microsoft.graph.allDevicesAssignmentTarget","deviceAndAppManagementAssignmentFilterId":"0f6ac6b7-3f2e-4f53-8a0b-4b1f4b0c9d11","deviceAndAppManagementAssignmentFilterType":"include"}}]}`, other)
	path := "/beta/deviceManagement/deviceConfigurations/" + r.IDs["work-profile-gmail"]
	l.send(http.MethodPost, path+"/assign", post)
	before := l.raw(path + "/assignments")
	l.done(l.plan())
	after := l.raw(path + "/assignments")
	if len(before) != 2 || len(after) != 3 || !reflect.DeepEqual(before, after[:2]) {
		t.Errorf("before: %v\nafter: %v", before, after)
	}
	l.sound()
}

// A tenant that is neither as it was when the plan was made nor as planned is refused,
// and nothing is written.
func TestTenantChanged(t *testing.T) {
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func(*testing.T, *lab, map[string]string){
		"edited": func(t *testing.T, l *lab, ids map[string]string) {
			must(t, l.graph.ChangeIntune(ids["ios-mail"], graphtest.Object{"@odata.type": "#microsoft.graph.iosEasEmailProfileConfiguration", "hostName": "eas.fabrikam.com"}))
		},
		"removed": func(t *testing.T, l *lab, ids map[string]string) { must(t, l.graph.RemoveIntune(ids["ios-mail"])) },
		"unassigned": func(t *testing.T, l *lab, ids map[string]string) {
			must(t, l.graph.Assign(ids["ios-mail"], others))
		},
		"refers to another": func(t *testing.T, l *lab, ids map[string]string) {
			id, err := l.graph.AddIntune(graphtest.Object(byHand("ios-certificate", intune.Object{"displayName": "Another"})))
			must(t, err)
			l.send(http.MethodPut, "/beta/deviceManagement/deviceConfigurations/"+ids["ios-mail"]+"/microsoft.graph.iosEasEmailProfileConfiguration/identityCertificate/$ref",
				fmt.Sprintf(`{"@odata.id":%q}`, l.client.IntuneAddress(id)))
		},
		"excludes the group": func(t *testing.T, l *lab, ids map[string]string) {
			l.send(http.MethodPost, "/beta/deviceManagement/deviceConfigurations/"+ids["ios-mail"]+"/assign",
				fmt.Sprintf(`{"assignments":[{"target":{"@odata.type":"#microsoft.graph.exclusionGroupAssignmentTarget","groupId":%q}}]}`, l.groupID(mailUsers)))
		},
		"certificate edited": func(t *testing.T, l *lab, ids map[string]string) {
			must(t, l.graph.ChangeIntune(ids["work-profile-certificate"], graphtest.Object{"@odata.type": "#microsoft.graph.androidWorkProfilePkcsCertificateProfile", "certificateTemplateName": "Others"}))
		},
		"made by hand": func(t *testing.T, l *lab, _ map[string]string) {
			_, err := l.graph.AddIntune(graphtest.Object(without(merged(l.objects()["Contoso mail iOS certificate"], intune.Object{
				"displayName": "Contoso mail iOS certificate 2", "description": "by hand"}), "id", "certificates", "assignments")))
			must(t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := changed(t, graphtest.Options{})
			p := l.plan()
			ids := map[string]string{}
			for _, s := range p.Steps {
				ids[s.Key] = s.ID
			}
			change(t, l, ids)
			writes := len(l.writes())
			if _, err := l.apply(p); err == nil || !errors.Is(err, tenant.ErrChanged) && name != "excludes the group" || len(l.writes()) != writes {
				t.Errorf("%v, %v", err, l.writes()[writes:])
			}
		})
	}
}

// What the tenant keeps otherwise than it was sent reaches nobody, and is made once, not
// by each further import.
func TestKeptOtherwise(t *testing.T) {
	for _, test := range []struct {
		title, name, property string
		value                 any
		again                 string // what a new plan comes to
	}{
		{"certificate profile", "Contoso mail iOS certificate", "keySize", "size1024", "with another keySize, and is for nobody: delete it in the portal, then plan again"},
		{"mail profile", "Contoso mail iOS mail", "hostName", "eas.contoso.com", "no group was added to it"},
	} {
		t.Run(test.title, func(t *testing.T) {
			l := newLab(t, graphtest.Options{})
			l.setHook(func(r graphtest.Request) {
				if o, made := l.objects()[test.name]; made && r.Method != http.MethodGet && o[test.property] != test.value {
					if err := l.graph.ChangeIntune(o.Text("id"), graphtest.Object{"@odata.type": o["@odata.type"], test.property: test.value}); err != nil {
						t.Error(err)
					}
				}
			})
			_, err := l.apply(l.plan())
			if !errors.Is(err, tenant.ErrNotKept) || !strings.Contains(err.Error(), "the "+test.property+" of ") || strings.Contains(err.Error(), "apply the same plan") {
				t.Errorf("%v", err)
			}
			p, err := l.tryPlan()
			if err == nil {
				_, err = l.apply(p)
			}
			if err == nil || !strings.Contains(err.Error(), test.again) {
				t.Errorf("a new plan: %v", err)
			}
			if _, twice := l.objects()[test.name+" 2"]; twice || len(l.assigned(test.name)) > 0 {
				t.Errorf("there is another one: %t; it is for %q", twice, l.assigned(test.name))
			}
		})
	}
}

// What was made and can't be read for long is told as such: who runs it again too early
// makes it twice.
func TestNotSeen(t *testing.T) {
	l := newLab(t, graphtest.Options{Behind: time.Hour})
	_, err := l.apply(l.plan())
	for _, want := range []string{`reading iOS trusted certificate "Contoso mail iOS root" back`, "wait until the portal shows it", "apply the same plan again to go on, when the portal shows it"} {
		if !errors.Is(err, tenant.ErrNotSeen) || !strings.Contains(err.Error(), want) {
			t.Errorf("it lacks %q: %v", want, err)
		}
	}
	l = newLab(t, graphtest.Options{})
	p := l.plan()
	outlook := ""
	l.setHook(func(r graphtest.Request) { // a colleague takes back what was just done
		switch {
		case strings.HasSuffix(r.Path, "/assign"):
			outlook = r.Path
		case outlook != "" && r.Path == outlook+"ments" && strings.Contains(r.Path, "mobileAppConfigurations"):
			if err := l.graph.Assign(l.objects()["Contoso mail Outlook for iOS"].Text("id")); err != nil {
				t.Error(err)
			}
		}
	})
	if r, err := l.apply(p); !errors.Is(err, tenant.ErrNotSeen) || r.Seen || r.Done != 8 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Who takes a group away each time it is added is told, and has the last word.
func TestAddedInVain(t *testing.T) {
	l := newLab(t, graphtest.Options{})
	l.setHook(func(r graphtest.Request) {
		if strings.HasSuffix(r.Path, "/assign") {
			if err := l.graph.Assign(l.objects()["Contoso mail iOS root"].Text("id")); err != nil {
				t.Error(err)
			}
		}
	})
	if _, err := l.apply(l.plan()); !errors.Is(err, tenant.ErrNotKept) || !strings.Contains(err.Error(), "added 3 times") {
		t.Errorf("%v", err)
	}
}

func TestOtherTenant(t *testing.T) {
	p := newLab(t, graphtest.Options{}).plan()
	l := newLab(t, graphtest.Options{})
	p.Tenant = "00000000-0000-0000-0000-000000000001"
	if _, err := l.apply(p); err == nil || !strings.Contains(err.Error(), "the plan is for the tenant") {
		t.Errorf("%v", err)
	}
}

// send sends what a colleague sends.
func (l *lab) send(method, path, body string) []byte {
	l.t.Helper()
	req, err := http.NewRequest(method, l.client.Endpoint.Graph+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	token, err := l.client.Sign.Token(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Secret)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode >= 300 {
		l.t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, &b, err)
	}
	return b.Bytes()
}

// raw reads a collection.
func (l *lab) raw(path string) []any {
	l.t.Helper()
	var page struct{ Value []any }
	if err := json.Unmarshal(l.send(http.MethodGet, path, ""), &page); err != nil {
		l.t.Fatal(err)
	}
	return page.Value
}

func (l *lab) groupID(name string) string {
	l.t.Helper()
	groups, err := l.client.GroupsNamed(l.t.Context(), name)
	if err != nil || len(groups) != 1 {
		l.t.Fatal(groups, err)
	}
	return groups[0].ID
}
