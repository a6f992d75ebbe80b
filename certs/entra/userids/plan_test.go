package userids

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/easkit/easkit/certs/entra"
	"github.com/easkit/easkit/certs/entra/record"
)

const tenant = "aaaaaaaa-0000-4000-8000-000000000001"

func planText(t testing.TB) string {
	t.Helper()
	p, err := NewPlan(mixed(t), tenant, testClock)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlan(t *testing.T) {
	p, err := ReadPlan(strings.NewReader(planText(t)))
	if err != nil {
		t.Fatal(err)
	}
	var who []string
	for _, c := range p.Rows {
		who = append(who, c.UPN)
	}
	if !slices.Equal(who, []string{alice, "=cmd@contoso.com", "zoë’s@contoso.com"}) || p.Tenant != tenant || !p.Made.Equal(testClock) || len(p.Short()) != record.ShortHash {
		t.Errorf("%+v", p)
	}
	if !slices.Equal(p.Rows[0].Before, []string{"X509:<SKI>01"}) || p.Rows[1].Before == nil {
		t.Errorf("before: %q, %#v", p.Rows[0].Before, p.Rows[1].Before)
	}
}

// TestPlanTellsUnknownFromEmpty: that it is not known what a user has is no empty list.
func TestPlanTellsUnknownFromEmpty(t *testing.T) {
	users := entra.NewUsers([]entra.User{user(alice, func(u *entra.User) { u.CertificateUserIDs = nil }), user(bob)})
	p, err := NewPlan(Propose([]Source{{"a.pem", certificate(t, alice, "", []byte{1}), ""}, {"b.pem", certificate(t, bob, "", []byte{2}), ""}}, users, nil), tenant, testClock)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p.Rows)
	if err != nil || !strings.Contains(string(text), `"before":null`) || !strings.Contains(string(text), `"before":[]`) {
		t.Errorf("%s (%v)", text, err)
	}
}

func TestReadPlanRefuses(t *testing.T) {
	good := planText(t)
	// rehash gives a changed plan the hash that fits.
	rehash := func(change func(*Plan)) string {
		p, err := ReadPlan(strings.NewReader(good))
		if err != nil {
			t.Fatal(err)
		}
		change(p)
		p.Hash = p.hash()
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	rows := []struct{ name, text, want string }{
		{"a value changed", strings.Replace(good, "X509:<SKI>02", "X509:<SKI>ff", 1), "changed after it was made"},
		{"a user changed", strings.Replace(good, alice, bob, 1), "changed after it was made"},
		{"the tenant changed", strings.Replace(good, tenant, strings.Replace(tenant, "1", "2", 1), 1), "changed after it was made"},
		{"no hash", rehash(func(*Plan) {})[:20], "not of this form"},
		{"another schema", strings.Replace(good, "user-ids-plan/v1", "user-ids-plan/v2", 1), "its schema is"},
		{"an unknown property", strings.Replace(good, `"tenant"`, `"remove": [], "tenant"`, 1), "unknown field"},
		{"two plans", good + good, "after top-level value"},
		{"nothing", "", "not of this form"},
		{"no tenant", rehash(func(p *Plan) { p.Tenant = "" }), "for no tenant"},
		{"a user twice", rehash(func(p *Plan) { p.Rows[1].UPN = strings.ToUpper(p.Rows[0].UPN) }), "twice"},
		{"an id twice", rehash(func(p *Plan) { p.Rows[1].ID = p.Rows[0].ID }), "twice"},
		{"no values", rehash(func(p *Plan) { p.Rows[0].Add = nil }), "without values"},
		{"one value for two", rehash(func(p *Plan) { p.Rows[1].Add = p.Rows[0].Add }), "is there twice"},
		{"no such prefix", rehash(func(p *Plan) { p.Rows[0].Add[0] = "x509:<ski>02" }), "letter case counts"},
		{"a prefix alone", rehash(func(p *Plan) { p.Rows[0].Add[0] = "X509:<SKI>" }), "letter case counts"},
		{"eleven values", rehash(func(p *Plan) { p.Rows[0].Add = many(11) }), "there would be 11 values"},
	}
	for _, r := range rows {
		if p, err := ReadPlan(strings.NewReader(r.text)); err == nil || !strings.Contains(err.Error(), r.want) || p != nil && r.text == "" {
			t.Errorf("%s: %v, want %q", r.name, err, r.want)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add(planText(f))
	f.Add(`{"schema":"easkit/user-ids-plan/v1","hash":"","rows":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPlan(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadPlan(&b); err != nil {
			t.Errorf("what was read is refused when written again: %v", err)
		}
	})
}
