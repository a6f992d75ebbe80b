package tenant_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/easkit/easkit/certs/graph"
	"github.com/easkit/easkit/certs/graph/graphtest"
	"github.com/easkit/easkit/profiles/intune"
	"github.com/easkit/easkit/profiles/intune/tenant"
)

// start is when the tests begin.
var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// The groups of the lab's tenant, and the set's among them.
const (
	mailUsers  = "Mail users"
	colleagues = "O'Brien's users"
	others     = "Other users"
)

// object makes an object of a type.
func object(kind, name string, properties intune.Object) intune.Object {
	o := intune.Object{"@odata.type": "#microsoft.graph." + kind, "displayName": name, "description": "Made for tests."}
	maps.Copy(o, properties)
	return o
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// certificate are the settings that all certificate profiles of the tests share.
func certificate(more intune.Object) intune.Object {
	o := intune.Object{
		"certificateValidityPeriodScale": "years", "certificateValidityPeriodValue": 1.0, "renewalThresholdPercentage": 20.0,
		"subjectNameFormat": "custom", "subjectNameFormatString": "CN={{UserPrincipalName}}", "certificateStore": "user",
		"customSubjectAlternativeNames": []any{
			map[string]any{"sanType": "userPrincipalName", "name": "{{UserPrincipalName}}"},
			map[string]any{"sanType": "emailAddress", "name": "{{EmailAddress}}"}},
	}
	maps.Copy(o, more)
	return o
}

// newSet is a set for iPhones and for work profiles, with an app of each.
func newSet() *intune.Set {
	root := intune.Object{"certFileName": "contoso-root.cer", "trustedRootCertificate": base64Of("the root")}
	return &intune.Set{
		ID: "com.contoso.mail", Name: "Contoso mail", Groups: []string{mailUsers},
		Parts: []intune.Part{
			{Key: "ios-root-1a2b3c4d", Object: object("iosTrustedRootCertificate", "Contoso mail iOS root", root)},
			{Key: "work-profile-root-1a2b3c4d", Object: object("androidWorkProfileTrustedRootCertificate", "Contoso mail work profile root", root)},
			{Key: "ios-certificate", Refers: []intune.Reference{{Property: "rootCertificate", To: "ios-root-1a2b3c4d"}},
				Object: object("iosScepCertificateProfile", "Contoso mail iOS certificate", certificate(intune.Object{
					"subjectAlternativeNameType": "none", "scepServerUrls": []any{"https://scep.contoso.com"}, "keySize": "size2048",
					"keyUsage": "keyEncipherment,digitalSignature", "extendedKeyUsages": []any{}}))},
			{Key: "work-profile-certificate", Refers: []intune.Reference{{Property: "rootCertificate", To: "work-profile-root-1a2b3c4d"}},
				Object: object("androidWorkProfilePkcsCertificateProfile", "Contoso mail work profile certificate", certificate(intune.Object{
					"subjectAlternativeNameType": "none", "certificationAuthority": "ca01.contoso.com", "certificationAuthorityName": "Contoso CA", "certificateTemplateName": "Users", "extendedKeyUsages": []any{}}))},
			{Key: "ios-mail", Refers: []intune.Reference{{Property: "identityCertificate", To: "ios-certificate"}},
				Object: object("iosEasEmailProfileConfiguration", "Contoso mail iOS mail", intune.Object{
					"accountName": "Work mail", "hostName": "outlook.office365.com", "requireSsl": true, "useOAuth": true, "authenticationMethod": "certificate",
					"usernameSource": "userPrincipalName", "usernameAADSource": "userPrincipalName", "emailAddressSource": "primarySmtpAddress", "durationOfEmailToSync": "oneMonth",
					"easServices": "calendars,contacts,email,notes,reminders", "requireSmime": false, "signingCertificateType": "none"})},
			{Key: "work-profile-gmail", Refers: []intune.Reference{{Property: "identityCertificate", To: "work-profile-certificate"}},
				Object: object("androidWorkProfileGmailEasConfiguration", "Contoso mail Gmail", intune.Object{
					"hostName": "outlook.office365.com", "requireSsl": true, "authenticationMethod": "certificate",
					"usernameSource": "userPrincipalName", "emailAddressSource": "primarySmtpAddress", "durationOfEmailToSync": "oneMonth"})},
			{Key: "fully-managed-outlook", App: &intune.App{Title: "Outlook", Android: "com.microsoft.office.outlook"},
				Object: object("androidManagedStoreAppConfiguration", "Contoso mail Outlook", intune.Object{
					"packageId": "app:com.microsoft.office.outlook", "profileApplicability": "androidDeviceOwner", "connectedAppsEnabled": false, "permissionActions": []any{},
					"payloadJson": base64Of(`{"kind":"androidenterprise#managedConfiguration","productId":"app:com.microsoft.office.outlook","managedProperty":[]}`)})},
			{Key: "ios-outlook", App: &intune.App{Title: "Outlook", IOS: "com.microsoft.Office.Outlook"},
				Object: object("iosMobileAppConfiguration", "Contoso mail Outlook for iOS", intune.Object{"settings": []any{map[string]any{
					"appConfigKey": "com.microsoft.outlook.EmailProfile.AccountType", "appConfigKeyType": "stringType", "appConfigKeyValue": "ModernAuth"}}})},
		},
	}
}

// lab is a tenant in which time passes where somebody waits, and a little with each
// look at the clock.
type lab struct {
	t       *testing.T
	graph   *graphtest.Server
	client  *graph.Client
	set     *intune.Set
	mu      sync.Mutex
	now     time.Time
	backups [][]byte
	hook    func(graphtest.Request) // after each request
}

func newLab(t *testing.T, o graphtest.Options, objects ...intune.Object) *lab {
	t.Helper()
	return newLabOf(t, o, func(tenant *graphtest.Tenant) {
		for _, o := range objects {
			tenant.IntuneObjects = append(tenant.IntuneObjects, graphtest.Object(o))
		}
	})
}

// newLabOf is a lab whose tenant is changed before it begins; change may be nil.
func newLabOf(t *testing.T, o graphtest.Options, change func(*graphtest.Tenant)) *lab {
	t.Helper()
	l := &lab{t: t, now: start, set: newSet()}
	o.Now = l.clock
	o.OnRequest = func(r graphtest.Request) {
		l.mu.Lock()
		hook := l.hook
		l.mu.Unlock()
		if hook != nil {
			hook(r)
		}
	}
	tenant := graphtest.NewTenant()
	for _, name := range []string{mailUsers, colleagues, others} {
		tenant.Groups = append(tenant.Groups, graphtest.Group{DisplayName: name, SecurityEnabled: true})
	}
	tenant.MobileApps = []graphtest.Object{
		{"@odata.type": "#microsoft.graph.androidManagedStoreApp", "displayName": "Outlook", "packageId": "com.microsoft.office.outlook"},
		{"@odata.type": "#microsoft.graph.iosStoreApp", "displayName": "Microsoft Outlook", "bundleId": "com.microsoft.Office.Outlook"},
		{"@odata.type": "#microsoft.graph.managedIOSStoreApp", "displayName": "Outlook (built in)", "bundleId": "com.microsoft.Office.Outlook"},
	}
	if change != nil {
		change(&tenant)
	}
	var err error
	if l.graph, err = graphtest.New(tenant, o); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(l.graph)
	t.Cleanup(func() { server.Close(); l.graph.Close() })
	l.client = &graph.Client{Endpoint: graph.Endpoint{Graph: server.URL}, Sleep: l.sleep}
	l.signIn()
	return l
}

// signIn takes a token that is good for all that an import does, and for no more.
func (l *lab) signIn() {
	l.t.Helper()
	source, err := graph.NewFixed(l.graph.Token(graphtest.TokenOptions{
		Scopes:         []string{"Organization.Read.All", "GroupMember.Read.All", "DeviceManagementConfiguration.ReadWrite.All", "DeviceManagementApps.ReadWrite.All"},
		DirectoryRoles: []string{graphtest.IntuneAdministrator},
		Expires:        l.clock().Add(24 * time.Hour),
	}), l.clock)
	if err != nil {
		l.t.Fatal(err)
	}
	l.client.Sign = source
}

func (l *lab) clock() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(time.Millisecond)
	return l.now
}

func (l *lab) sleep(ctx context.Context, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = l.now.Add(d)
	return ctx.Err()
}

func (l *lab) setHook(hook func(graphtest.Request)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = hook
}

func (l *lab) faults(faults ...graphtest.Fault) {
	l.t.Helper()
	if err := l.graph.SetFaults(faults...); err != nil {
		l.t.Fatal(err)
	}
}

// tryPlan plans the lab's set for its tenant as it is.
func (l *lab) tryPlan(adopt ...string) (*tenant.Plan, error) {
	st, err := tenant.ReadState(l.t.Context(), l.client, l.set, adopt...)
	if err != nil {
		return nil, err
	}
	return tenant.NewPlan(l.set, st, tenant.PlanOptions{}, l.clock())
}

func (l *lab) plan(adopt ...string) *tenant.Plan {
	l.t.Helper()
	p, err := l.tryPlan(adopt...)
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

func (l *lab) apply(p *tenant.Plan) (tenant.Result, error) {
	a := &tenant.Applier{Client: l.client, Now: l.clock, Backup: func(text []byte) (string, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.backups = append(l.backups, bytes.Clone(text))
		return "backup.json", nil
	}}
	return a.Apply(l.t.Context(), p)
}

// done applies a plan, and wants it to end well.
func (l *lab) done(p *tenant.Plan) tenant.Result {
	l.t.Helper()
	r, err := l.apply(p)
	if err != nil || !r.Seen {
		l.t.Fatalf("%+v, %v", r, err)
	}
	return r
}

// objects are what the tenant has, whatever readers see, by name.
func (l *lab) objects() map[string]intune.Object {
	l.t.Helper()
	all, err := l.graph.IntuneObjects()
	if err != nil {
		l.t.Fatal(err)
	}
	byName := map[string]intune.Object{}
	for _, o := range all {
		object := intune.Object(o)
		if _, twice := byName[object.Name()]; twice {
			l.t.Errorf("there are two objects called %q", object.Name())
		}
		byName[object.Name()] = object
	}
	return byName
}

// assigned are the groups of an object, sorted.
func (l *lab) assigned(name string) []string {
	l.t.Helper()
	o, there := l.objects()[name]
	if !there {
		l.t.Fatalf("there is no %q", name)
	}
	return groupsOf(o)
}

func groupsOf(o intune.Object) []string {
	var names []string
	list, _ := o["assignments"].([]any)
	for _, a := range list {
		name, _ := a.(string)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// complete wants the tenant to have the whole set, once, for its group.
func (l *lab) complete() {
	l.t.Helper()
	all := l.objects()
	for _, p := range l.set.Parts {
		o, there := all[p.Object.Name()]
		if !there {
			l.t.Errorf("there is no %q", p.Object.Name())
			continue
		}
		if !slices.Contains(groupsOf(o), mailUsers) {
			l.t.Errorf("%q is for %q", o.Name(), groupsOf(o))
		}
		for _, r := range p.Refers {
			to, _ := l.set.Part(r.To)
			if o[r.Property] != all[to.Object.Name()]["id"] {
				l.t.Errorf("the %s of %q is %v", r.Property, o.Name(), o[r.Property])
			}
		}
	}
}

// writes are the requests so far that were not only reading, as "POST path".
func (l *lab) writes() (list []string) {
	for _, r := range l.graph.Requests() {
		if r.Method != http.MethodGet {
			list = append(list, r.Method+" "+strings.TrimPrefix(r.Path, "/beta"))
		}
	}
	return list
}

// sound wants every request so far to be as Microsoft describes it, and no certificate
// to be lost.
func (l *lab) sound() {
	l.t.Helper()
	for _, v := range l.graph.Violations() {
		l.t.Errorf("a request that Graph does not know: %s", v)
	}
	for _, lost := range l.graph.LostCertificates() {
		l.t.Errorf("a certificate was lost: %+v", lost)
	}
	for _, w := range l.writes() {
		if strings.HasPrefix(w, http.MethodDelete) {
			l.t.Errorf("something was deleted: %s", w)
		}
	}
}
